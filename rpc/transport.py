"""The ASGI side: reading a request, noticing that the client leaves, starting and ending."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar
from urllib.parse import quote

from rpc.errors import RPCError
from rpc.inputs import Body
from rpc.options import Options
from rpc.stream import cancelled

T = TypeVar("T")
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Gone(Exception):
    """The client has left."""


async def all_ended(tasks: set[asyncio.Task[Any]]) -> None:
    try:
        await asyncio.wait(tasks)
    finally:
        await cancelled(tasks)


class Client:
    """The other end of one exchange. All listening goes through here and is done once: a server
    may forget what a cancelled `receive` would have told, and one that ends its answer before the
    request was read never lets go of the connection."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_read = self._has_left = False
        self._gone: asyncio.Task[None] | None = None

    async def receive(self) -> Message:
        message = await self._receive()
        self._is_read = not message.get("more_body")
        self._has_left = message["type"] == "http.disconnect"
        return message

    @property
    def is_there(self) -> bool:
        """Whether the whole request is read and the client was still there then."""
        return self._is_read and not self._has_left

    @property
    def is_listening(self) -> bool:
        return self._gone is not None

    async def read_rest(self) -> None:
        """What nobody wanted of the request. Raises Gone."""
        while not self._is_read:
            await self.receive()
        if self._has_left:
            raise Gone

    async def body(self, options: Options) -> Body:
        """The whole body, or the refusal to read one that is too large. Raises Gone."""
        limit = options.max_body_size
        pieces: list[bytes] = []
        size = 0
        while not self._is_read:
            piece = (await self.receive()).get("body", b"")
            size += len(piece)
            if limit is None or size <= limit:
                pieces.append(piece)
        if self._has_left:
            raise Gone
        if limit is not None and size > limit:
            return Body(b"", options, RPCError("PAYLOAD_TOO_LARGE"))
        return Body(b"".join(pieces), options)

    async def unless_gone(self, work: Awaitable[T]) -> T:
        """The result of `work`, which is cancelled when the client leaves. Raises Gone."""
        task = asyncio.ensure_future(work)
        try:
            await self.read_rest()
            if self._gone is None:
                self._gone = asyncio.create_task(self._disconnected())
            await asyncio.wait({task, self._gone}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Gone
            return task.result()
        finally:
            await cancelled({task})

    async def _disconnected(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass

    async def listen_no_more(self) -> None:
        if self._gone is not None:
            await cancelled({self._gone})


def raw_path(scope: Scope) -> bytes:
    """The path as it was sent: servers decode `path` in ways that lose what was asked."""
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"]).encode() if raw is None else raw


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
