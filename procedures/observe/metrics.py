"""What is counted and measured, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from procedures.store.outbox import Backlog
from rpc.call import Call
from rpc.errors import as_rpc_error
from rpc.watching import Ended

CONTENT_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
GROUPS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """Counts calls and what the store does. Of several processes any can tell of all."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        about: dict[str, Any] = {"registry": registry, "namespace": "rollcall"}
        self._calls = Counter("calls", "Calls that have ended", ["procedure", "code"], **about)
        self._seconds = Histogram(
            "call_seconds", "How long calls took", ["procedure"], buckets=SECONDS, **about
        )
        self._subscriptions = Gauge(
            "subscriptions", "Open subscriptions", multiprocess_mode="livesum", **about
        )
        self._groups = Histogram(
            "commit_calls", "Calls that shared a commit", buckets=GROUPS, **about
        )
        self._commits = Histogram(
            "commit_seconds", "How long a commit took", buckets=SECONDS, **about
        )
        self._again = Counter(
            "store_repeats", "Calls the database had run again or sent away", ["why"], **about
        )

    def __call__(self, call: Call, ctx: Any) -> Ended:
        begun, is_stream = perf_counter(), call.procedure.type == "subscription"
        if is_stream:
            self._subscriptions.inc()

        def ended(error: Exception | None) -> None:
            code = "OK" if error is None else as_rpc_error(error).code
            self._calls.labels(call.path, code).inc()
            if is_stream:
                self._subscriptions.dec()
            else:
                self._seconds.labels(call.path).observe(perf_counter() - begun)

        return ended

    def committed(self, calls: int, seconds: float) -> None:
        self._groups.observe(calls)
        self._commits.observe(seconds)

    def again(self, why: str) -> None:
        self._again.labels(why).inc()

    def exposition(self, messages: Sequence[Backlog], calls: int) -> bytes:
        """Everything, in the text format; and how many messages and calls wait."""
        registry = CollectorRegistry()
        try:
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        except ValueError:  # as it says where a process counts for itself
            registry = self._registry
        return generate_latest(registry) + generate_latest(waiting(messages, calls))


def forget(process: int) -> None:
    """Take a process that has ended out of what is going on; what it counted stays."""
    multiprocess.mark_process_dead(process)  # type: ignore[no-untyped-call]


def waiting(messages: Sequence[Backlog], calls: int) -> CollectorRegistry:
    registry = CollectorRegistry()
    about: dict[str, Any] = {"registry": registry, "namespace": "rollcall"}
    outbox = Gauge("outbox", "Messages that are not sent", ["channel", "state"], **about)
    for part in messages:
        outbox.labels(part.channel, part.state).set(part.count)
    Gauge("store_waiting", "Calls of this process that wait for the database", **about).set(calls)
    return registry
