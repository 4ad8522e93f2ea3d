"""A span for each call, where OpenTelemetry is set up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from world import World, serving

pytest.importorskip("opentelemetry.sdk")

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import (
    InMemorySpanExporter,
)

from procedures.observe.together import observers
from procedures.settings import Settings

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    yield exporter
    provider.shutdown()


def index_of(span: ReadableSpan) -> int:
    return span.attributes["rpc.trpc.batch.index"]


def test_nobody_is_told_of_calls_where_nothing_is_set_up():
    assert observers(Settings()) == (None, None)


async def test_each_call_of_a_batch_is_a_span_of_the_request_that_asks(
    spans: InMemorySpanExporter, database: str
):
    async with serving(database) as world:
        lou = world.person("usr_lou")
        headers = {"traceparent": PARENT, "x-request-id": "r-1"}
        await lou.get("system.info,course.list?batch=1", headers=headers)
    found = sorted(spans.get_finished_spans(), key=index_of)
    assert [span.name for span in found] == ["system.info", "course.list"]
    for index, span in enumerate(found):
        assert span.attributes["rpc.trpc.batch.index"] == index
        assert span.attributes["rpc.trpc.code"] == "OK"
        assert span.attributes["rollcall.request"] == "r-1"
        assert format(span.context.trace_id, "032x") == PARENT.split("-")[1]
        assert format(span.parent.span_id, "016x") == PARENT.split("-")[2]


async def test_a_refusal_is_no_error_and_a_failure_is_one(
    spans: InMemorySpanExporter, database: str
):
    async with serving(database) as world:
        await world.stranger().post("course.list", json={})
        world.store.fault = "the disk is full"
        await world.stranger().get("system.health")
    refused, failed = spans.get_finished_spans()
    assert (refused.attributes["rpc.trpc.code"], refused.status.is_ok) == ("UNAUTHORIZED", True)
    assert (failed.attributes["rpc.trpc.code"], failed.status.is_ok) == (
        "SERVICE_UNAVAILABLE",
        False,
    )


async def test_spans_name_no_person(spans: InMemorySpanExporter, world: World, database: str):
    async with serving(database) as traced:
        await traced.person("usr_lou").post("auth.me", json={})
    [span] = spans.get_finished_spans()
    assert "lou" not in repr(dict(span.attributes))
