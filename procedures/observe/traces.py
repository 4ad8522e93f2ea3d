"""A span for each call, for whoever has set up OpenTelemetry around this process."""

from __future__ import annotations

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, StatusCode

from procedures.context import Anyone
from rpc.call import Call, OnCall
from rpc.errors import CODES, as_rpc_error
from rpc.watching import Ended

CARRIED = ("traceparent", "tracestate", "baggage")


def tracing() -> OnCall | None:
    """What makes the spans; None where nobody would see them."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None
    tracer = trace.get_tracer("rollcall")

    def trace_call(call: Call, ctx: Anyone) -> Ended:
        carrier = {name: v for name in CARRIED if (v := ctx.request.header(name)) is not None}
        span = tracer.start_span(
            call.path,
            context=propagate.extract(carrier),
            kind=SpanKind.SERVER,
            attributes={
                "rpc.system": "trpc",
                "rpc.method": call.path,
                "rpc.trpc.type": call.procedure.type,
                "rpc.trpc.batch.index": call.index,
                "rollcall.request": ctx.request.id,
                "rollcall.door": ctx.door,
            },
        )

        def ended(error: Exception | None) -> None:
            code = "OK" if error is None else as_rpc_error(error).code
            span.set_attribute("rpc.trpc.code", code)
            if error is not None and CODES[as_rpc_error(error).code].http >= 500:
                span.set_status(StatusCode.ERROR, code)
            span.end()

        return ended

    return trace_call
