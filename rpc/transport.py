"""The ASGI side: reading a request, noticing that the client leaves, starting and ending."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar
from urllib.parse import quote

from rpc.errors import RPCError
from rpc.stream import cancelled
from rpc.wire import Body

T = TypeVar("T")
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Gone(Exception):
    """The client has left."""


async def all_ended(tasks: set[asyncio.Task[Any]]) -> None:
    try:
        await asyncio.wait(tasks)
    finally:
        await cancelled(tasks)


async def unless_gone(receive: Receive, work: Awaitable[T]) -> T:
    """The result of `work`, which is cancelled when the client leaves. Raises Gone."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(disconnected(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Gone
        return task.result()
    finally:
        await cancelled({task, gone})


async def disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def raw_path(scope: Scope) -> bytes:
    """The path as it was sent: servers decode `path` in ways that lose what was asked."""
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"]).encode() if raw is None else raw


async def read_body(receive: Receive, limit: int | None) -> Body:
    """The whole body, or the refusal to read one that is too large. Raises Gone."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        piece = message.get("body", b"")
        size += len(piece)
        if limit is None or size <= limit:
            pieces.append(piece)
        if not message.get("more_body"):
            break
    if limit is not None and size > limit:
        return Body(b"", RPCError("PAYLOAD_TOO_LARGE"))
    return Body(b"".join(pieces))


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
