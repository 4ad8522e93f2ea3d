"""How a process leaves its clients: what has begun is answered, what comes is sent elsewhere."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from rpc.errors import Leaving
from rpc.transport import App, Message, Receive, Scope, Send


class Gate:
    """Counts the exchanges that go through it. Once it is closed, those that come are only told
    to come again, over another connection; those under way are waited for."""

    def __init__(self) -> None:
        self.is_closed = False
        self._under_way = 0
        self._empty = asyncio.Event()

    async def through(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Let `app` answer."""
        if self.is_closed:
            await app(scope, receive, parting(scope, send))
            return
        self._under_way += 1
        try:
            await app(scope, receive, send)
        finally:
            self._under_way -= 1
            if self.is_closed and not self._under_way:
                self._empty.set()

    def require_open(self) -> None:
        """Raise Leaving once the gate is closed."""
        if self.is_closed:
            raise Leaving

    def close(self) -> None:
        self.is_closed = True
        if not self._under_way:
            self._empty.set()

    async def emptied(self, patience: float) -> None:
        """Wait for what was under way when the gate was closed, so many seconds at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._empty.wait(), patience)


def parting(scope: Scope, send: Send) -> Send:
    """`send`, with the end of the connection in the answer's head. HTTP/2 has another way."""

    async def send_parting(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        await send(message)

    return send_parting if scope.get("http_version", "").startswith("1") else send
