"""How whoever queues a message wakes the worker that sends it, cheaply."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class Bell:
    """Rung from any thread as often as one likes, heard by one listener at a time."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def ring(self) -> None:
        if self._rung.is_set():  # the cheap and usual case of a busy service
            return
        if self._loop is None:
            self._rung.set()
        else:
            self._loop.call_soon_threadsafe(self._rung.set)

    async def heard(self, patience: float) -> bool:
        """Wait for it so many seconds at most; whether it has rung since last time."""
        self._loop = asyncio.get_running_loop()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._rung.wait(), patience)
        has_rung = self._rung.is_set()
        self._rung.clear()
        return has_rung
