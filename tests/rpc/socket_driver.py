"""A raw HTTP/1.1 client and a real server for what only a socket shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from asgi_driver import PATIENCE, mounts

from procedures.servers import hypercorn
from procedures.servers.sockets import listen


@asynccontextmanager
async def listening(app: Any = mounts) -> AsyncIterator[int]:
    """The port of a server in this event loop, until the block ends."""
    stop = asyncio.Event()
    listener = listen("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    server = asyncio.create_task(hypercorn.serve(app, listener, stop))
    try:
        yield port
    finally:
        stop.set()
        await server
        listener.detach()  # the server has closed it


class Line:
    """One connection: requests go out as bytes, answers come back whole or line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        about = {"host": "x"} | dict(headers or {})
        if body is not None:
            about |= {"content-type": "application/json", "content-length": str(len(body))}
        lines = [f"{method} {target} HTTP/1.1", *(f"{k}: {v}" for k, v in about.items()), "", ""]
        await self.write("\r\n".join(lines).encode() + (body or b""))

    async def write(self, raw: bytes) -> None:
        self._writer.write(raw)
        await self._writer.drain()

    async def until(self, end: bytes) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self._reader.readuntil(end)

    async def head(self) -> tuple[int, dict[str, str]]:
        first, *lines = (await self.until(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(first.split()[1]), headers

    async def answer(self) -> tuple[int, bytes]:
        """The next answer on this connection; the body of one to HEAD is empty."""
        status, headers = await self.head()
        async with asyncio.timeout(PATIENCE):
            size = int(headers.get("content-length", 0))
            return status, await self._reader.readexactly(size)

    async def ask(self, *request: Any, **about: Any) -> tuple[int, bytes]:
        await self.send(*request, **about)
        return await self.answer()

    def vanish(self) -> None:
        self._writer.transport.abort()


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    try:
        yield Line(reader, writer)
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
