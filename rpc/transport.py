"""The ASGI side: reading a request, noticing that the client leaves, starting and ending."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar
from urllib.parse import quote

from msgspec import Struct

from rpc.cancelling import cancelled
from rpc.errors import RPCError
from rpc.inputs import BOM, Body
from rpc.options import Options
from rpc.request import Request

T = TypeVar("T")
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]
Headers = list[Header]


class Gone(Exception):
    """The client has left."""


async def all_ended(tasks: set[asyncio.Task[Any]]) -> None:
    try:
        await asyncio.wait(tasks)
    finally:
        await cancelled(tasks)


class Client(Struct, eq=False):
    """The other end of one exchange. All listening goes through here and is done once: a server
    may forget what a cancelled `receive` would have told, and one that ends its answer before the
    request was read never lets go of the connection."""

    server: Receive
    is_read: bool = False  # to its end
    has_left: bool = False
    gone: asyncio.Task[None] | None = None  # listens for that

    async def receive(self) -> Message:
        return self._noted(await self.server())

    def _noted(self, message: Message) -> Message:
        if not message.get("more_body"):
            self.is_read = True
        if message["type"] == "http.disconnect":
            self.has_left = True
        return message

    async def read_rest(self) -> None:
        """What nobody wanted of the request. Raises Gone."""
        while not self.is_read:
            self._noted(await self.server())
        if self.has_left:
            raise Gone

    async def body(self, options: Options, request: Request) -> Body:
        """The whole body, or the refusal to read one that is too large. Raises Gone."""
        limit = options.max_body_size
        message = await self.server()
        whole = whole_body(message, request, limit)
        if whole is not None:
            self.is_read = True
            return Body(whole, options)
        text = await self._in_pieces(message, limit)
        if limit is not None and len(text) > limit:
            return Body(b"", options, RPCError("PAYLOAD_TOO_LARGE"))
        return Body(text.removeprefix(BOM), options)

    async def _in_pieces(self, message: Message, limit: int | None) -> bytes:
        """A body that comes in pieces; of one that is too large more than the limit. Raises
        Gone."""
        text = bytearray(self._noted(message).get("body", b""))
        while not self.is_read:
            piece = self._noted(await self.server()).get("body", b"")
            if limit is None or len(text) <= limit:
                text += piece
        if self.has_left:
            raise Gone
        return bytes(text)

    async def unless_gone(self, work: Awaitable[T]) -> T:
        """The result of `work`, which is cancelled when the client leaves. Raises Gone."""
        task = asyncio.ensure_future(work)
        try:
            await self.read_rest()
            if self.gone is None:
                self.gone = asyncio.create_task(self._disconnected())
            await asyncio.wait({task, self.gone}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Gone
            return task.result()
        finally:
            await cancelled({task})

    async def _disconnected(self) -> None:
        while (await self.server())["type"] != "http.disconnect":
            pass

    async def listen_no_more(self) -> None:
        if self.gone is not None:
            await cancelled({self.gone})


class Again:
    """A `receive` that gives once more what it gave first."""

    def __init__(self, message: Message, receive: Receive) -> None:
        self._first: Message | None = message
        self._receive = receive

    async def __call__(self) -> Message:
        message, self._first = self._first, None
        return await self._receive() if message is None else message


def whole_body(message: Message, request: Request, limit: int | None) -> bytes | None:
    """The body, without a BOM, where a message has all of it; None where it may not have, and where
    it has too much."""
    text: bytes = message.get("body", b"")
    if not text or (limit is not None and len(text) > limit):
        return None
    # Some servers tell by a message of its own that no more comes, and it costs to wait for it.
    if message.get("more_body") and not request.announces(len(text)):
        return None
    return text.removeprefix(BOM)


def raw_path(scope: Scope) -> bytes:
    """The path as it was sent: servers decode `path` in ways that lose what was asked."""
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"]).encode() if raw is None else raw


async def send_whole(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    """Send an answer that is known as a whole."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def answer_without_calls(client: Client, send: Send, status: int) -> None:
    """Answer by a bare status."""
    try:
        await client.read_rest()
    except Gone:
        return
    await send_whole(send, status, [])


async def answer_elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer what an endpoint does not serve: there is nothing."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close"})
    else:
        await answer_without_calls(Client(receive), send, 404)


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
