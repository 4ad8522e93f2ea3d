"""W9: bulks of 500 enrollments, one after the other, and what a reader sees of them."""

from __future__ import annotations

import json
import threading
import time

from bench.peers import Running
from bench.workloads import AS_LEARNER

SIZE = 500


class Bulks:
    name, title = "W9", f"bulks of {SIZE} enrollments, and a learner's list meanwhile"

    def is_for(self, peer: Running) -> bool:
        return peer.is_service

    def run(self, peer: Running, seconds: int, base: int) -> dict[str, float]:
        alone = AS_LEARNER.run(peer, seconds, base)
        bulks = Bulking(peer)
        bulks.start()
        beside = AS_LEARNER.run(peer, seconds, base)
        rate = bulks.stopped()
        return {
            "records/s": rate,
            "list p50 ms": beside["p50 ms"],
            "list p99 ms": beside["p99 ms"],
            "without bulks": alone["p50 ms"],
            "p99 there": alone["p99 ms"],
            "RSS MB": beside["RSS MB"],
        }


class Bulking(threading.Thread):
    """Sends bulks until it is stopped."""

    def __init__(self, peer: Running) -> None:
        super().__init__()
        self._peer = peer
        self._is_over = threading.Event()
        self._sent = 0
        self._begun = time.perf_counter()

    def run(self) -> None:
        while not self._is_over.is_set():
            self._peer.ask("POST", "/rpc/enrollment.bulk", bulk(self._peer.next_base(SIZE)))
            self._sent += SIZE

    def stopped(self) -> float:
        """The records made in a second."""
        self._is_over.set()
        self.join()
        return self._sent / (time.perf_counter() - self._begun)


def bulk(base: int) -> str:
    items = [
        {"op": "create", "userId": f"usr_{n % 5000}", "courseId": f"crs_{n // 5000}"}
        for n in range(base, base + SIZE)
    ]
    return json.dumps({"items": items})
