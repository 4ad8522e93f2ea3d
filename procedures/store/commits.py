"""Telling of commits: of this process at once, of other processes within a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

POLL = 0.25  # seconds between looks at what other processes have done


class Commits:
    """Calls whoever follows after every commit. Looks for nothing while nobody does.

    `version` gives a number that changes with every commit of another connection, and is cheap. An
    engine that tells of commits by itself calls `tell` instead.
    """

    def __init__(self, version: Callable[[], int]) -> None:
        self._version = version
        self._known = 0
        self._wakes: list[Callable[[], None]] = []
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def followed_by(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call `wake`, on this event loop, after each commit until the block ends."""
        self._wakes.append(wake)
        if self._timer is None:
            self._look()
        try:
            yield
        finally:
            if wake in self._wakes:
                self._wakes.remove(wake)
            if not self._wakes:
                self._rest()

    def tell(self) -> None:
        """Something was committed."""
        for wake in self._wakes:
            wake()

    def close(self) -> None:
        """Look no more: the database is about to be closed."""
        self._wakes.clear()
        self._rest()

    def _look(self) -> None:
        version = self._version()
        if version != self._known:
            self._known = version
            self.tell()
        self._timer = asyncio.get_running_loop().call_later(POLL, self._look)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
