"""The line in front of the one writer of a file: first come, first served, but for long works."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from typing import Any

from procedures.store.transaction import Work

Entry = tuple[Work[Any], "asyncio.Future[Any]", bool]  # the last: whether it is long


class Line:
    """Of the long works one is among the `ready` at a time: so whoever comes waits for that one
    only, however many one caller has sent. The others wait behind, and with them what comes later
    in their order."""

    def __init__(self) -> None:
        self.ready: deque[Entry] = deque()
        self._behind: deque[tuple[Entry, object]] = deque()
        self._orders: Counter[object] = Counter()  # of those behind
        self._has_long = False  # among the ready, or under way

    def __len__(self) -> int:
        return len(self.ready) + len(self._behind)

    def join(self, entry: Entry, order: object) -> None:
        is_long = entry[2]
        if self._has_long and (is_long or (order is not None and order in self._orders)):
            self._behind.append((entry, order))
            self._orders[order] += 1
        else:
            self.ready.append(entry)
            self._has_long |= is_long

    def go_on(self) -> None:
        """The long one is done: it is the turn of the next, and of what came before that."""
        self._has_long = False
        while self._behind and not self._has_long:
            entry, order = self._behind.popleft()
            self._orders[order] -= 1
            if not self._orders[order]:
                del self._orders[order]
            self.ready.append(entry)
            self._has_long = entry[2]

    def emptied(self) -> list[Entry]:
        """All who have waited, and wait no more."""
        waiting = [*self.ready, *(entry for entry, _ in self._behind)]
        self.ready.clear()
        self._behind.clear()
        self._orders.clear()
        self._has_long = False
        return waiting
