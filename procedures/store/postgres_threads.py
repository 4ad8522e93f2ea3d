"""What the threads of one process share: connections, lanes, counts."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from procedures.store.postgres_transaction import Connection, connect

UNKNOWN = 0  # the lane of works that are about no tenant, or about all


class Lanes:
    """Works about one tenant that have collided go on one by one. New ones go beside them, unless
    somebody collides again and again with those: until that one is through, they go behind."""

    def __init__(self) -> None:
        self._locks: dict[int, threading.Lock] = {}
        self._users: Counter[int] = Counter()
        self._closed: Counter[int] = Counter()
        self._guard = threading.Lock()

    def is_open(self, tenant: int) -> bool:
        """Whether new works about the tenant may go beside its lane."""
        return not self._closed[tenant]

    @contextmanager
    def through(self, tenant: int | None, *, closed: bool) -> Iterator[None]:
        """In the lane alone, `closed`: with nobody beside it; None: in no lane."""
        if tenant is None:
            yield
            return
        lock = self._enter(tenant, closed)
        try:
            with lock:
                yield
        finally:
            self._leave(tenant, closed)

    def _enter(self, tenant: int, closed: bool) -> threading.Lock:
        with self._guard:
            self._users[tenant] += 1
            self._closed[tenant] += closed
            return self._locks.setdefault(tenant, threading.Lock())

    def _leave(self, tenant: int, closed: bool) -> None:
        with self._guard:
            self._users[tenant] -= 1
            self._closed[tenant] -= closed
            if not self._users[tenant]:
                del self._locks[tenant], self._users[tenant], self._closed[tenant]


class Connections:
    """One for each thread that asks, made when it is needed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._own = threading.local()
        self._open: set[Connection] = set()

    def mine(self) -> Connection:
        """This thread's connection, a new one if it was lost. Raises Unusable."""
        held: Connection | None = getattr(self._own, "connection", None)
        if held is None or held.closed:
            self._open.discard(held) if held else None
            self._own.connection = held = connect(self._url)
            self._open.add(held)
        return held

    def close(self) -> None:
        while self._open:
            self._open.pop().close()


class Counts:
    """How often a call was run again, and why, and how often one was sent away."""

    def __init__(self) -> None:
        self._counter: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, what: str) -> None:
        with self._lock:
            self._counter[what] += 1

    def __getitem__(self, what: str) -> int:
        return self._counter[what]
