"""Everything that is on, as the one that is told of calls."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

from procedures.observe.logs import log_call
from procedures.settings import Settings
from rpc.call import Call, OnCall
from rpc.watching import Ended

if TYPE_CHECKING:
    from procedures.observe.metrics import Metrics


class Observers(NamedTuple):
    """Who is told of calls, and what is measured; None is off."""

    on_call: OnCall | None
    metrics: Metrics | None


def observers(settings: Settings) -> Observers:
    """What the settings and the surroundings of this process ask for."""
    listening: list[OnCall] = [log_call] if settings.log == "json" else []
    if find_spec("opentelemetry") is not None:
        from procedures.observe.traces import tracing

        listening += [trace] if (trace := tracing()) else []
    metrics = None
    if settings.metrics is not None:
        from procedures.observe.metrics import Metrics

        listening.append(metrics := Metrics())
    return Observers(together(listening), metrics)


def together(listening: Sequence[OnCall]) -> OnCall | None:
    """One that tells each of them."""
    if len(listening) < 2:
        return next(iter(listening), None)

    def on_call(call: Call, ctx: Any) -> Ended:
        told = [listener(call, ctx) for listener in listening]

        def ended(error: Exception | None) -> None:
            for tell in told:
                tell(error)

        return ended

    return on_call
