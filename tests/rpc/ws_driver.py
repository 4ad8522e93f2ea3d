"""A WebSocket client of an ASGI app in this process: frames go out as given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from asgi_driver import PATIENCE, mounts, scope_of

CLOSED = "closed"


class Socket:
    """A connection: what is said on it, and what the app answers."""

    def __init__(self, app: Any, scope: dict[str, Any]) -> None:
        self._incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.is_cut = False
        self.turns_of_a_send = 0  # the client may have answered before a server's `send` is over
        self.put({"type": "websocket.connect"})
        self.app = asyncio.create_task(app(scope, self._incoming.get, self._send))

    def put(self, message: dict[str, Any]) -> None:
        self._incoming.put_nowait(message)

    async def _send(self, message: dict[str, Any]) -> None:
        if self.is_cut:
            raise OSError("the connection is gone")
        self._sent.put_nowait(message)
        for _ in range(self.turns_of_a_send):
            await asyncio.sleep(0)

    def say(self, *messages: Any) -> None:
        """Send each message: a text as it is, bytes as a binary frame, anything else as JSON."""
        for message in messages:
            if isinstance(message, bytes):
                self.put({"type": "websocket.receive", "bytes": message})
            else:
                text = message if isinstance(message, str) else json.dumps(message)
                self.put({"type": "websocket.receive", "text": text})

    async def heard(self) -> Any:
        """The next thing that is said: the value of a JSON frame, PING, PONG, or CLOSED."""
        async with asyncio.timeout(PATIENCE):
            message = await self._sent.get()
        if message["type"] == "websocket.close":
            self.closed_with = message.get("code")
            return CLOSED
        assert message["type"] == "websocket.send"
        text = message["text"]
        return text if text in ("PING", "PONG") else json.loads(text)

    async def accepted(self) -> None:
        async with asyncio.timeout(PATIENCE):
            assert (await self._sent.get())["type"] == "websocket.accept"

    async def answers(self, count: int) -> list[Any]:
        return [await self.heard() for _ in range(count)]

    async def ask(self, message: Any) -> Any:
        self.say(message)
        return await self.heard()

    async def silence(self) -> None:
        """Assert that nothing else was said: the answer to a PING comes next."""
        assert await self.ask("PING") == "PONG"

    @property
    def nothing_is_left(self) -> bool:
        """Whether all that was said has been heard."""
        return self._sent.empty()

    def leave(self) -> None:
        self.is_cut = True
        self.put({"type": "websocket.disconnect", "code": 1006})

    async def ended(self) -> None:
        async with asyncio.timeout(1):
            await self.app


@asynccontextmanager
async def connected(
    mount: str = "/trpc", headers: Mapping[str, str] | None = None, app: Any = mounts
) -> AsyncIterator[Socket]:
    """A connection that the app has accepted, closed with the block; `mount` may have a query."""
    scope = scope_of("GET", mount, headers or {}) | {"type": "websocket", "scheme": "ws"}
    socket = Socket(app, scope)
    try:
        await socket.accepted()
        yield socket
    finally:
        socket.leave()
        await asyncio.wait({socket.app})
        socket.app.result()


def call(id: Any, method: str, path: str, **about: Any) -> dict[str, Any]:
    """A call; `input` and `lastEventId` belong to it, anything else to its message."""
    inner = {key: about.pop(key) for key in ("input", "lastEventId") if key in about}
    return {"id": id, "method": method, "params": {"path": path, **inner}, **about}


def query(id: Any, path: str, **about: Any) -> dict[str, Any]:
    return call(id, "query", path, **about)


def subscribe(id: Any, path: str, **about: Any) -> dict[str, Any]:
    return call(id, "subscription", path, **about)


def stop(id: Any, **about: Any) -> dict[str, Any]:
    return {"id": id, "method": "subscription.stop", **about}


def data(id: Any, value: Any) -> dict[str, Any]:
    return {"id": id, "result": {"type": "data", "data": value}}


def started(id: Any) -> dict[str, Any]:
    return {"id": id, "result": {"type": "started"}}


def stopped(id: Any) -> dict[str, Any]:
    return {"id": id, "result": {"type": "stopped"}}
