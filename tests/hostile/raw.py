"""Clients that do not behave, on raw sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from world import token_text

from procedures.app import App
from procedures.servers.listening import Bounds, Listener
from procedures.servers.running import ServerName, server_named
from procedures.servers.sockets import listen
from procedures.settings import Settings
from procedures.store.opening import database_at

ADA = token_text("usr_ada", "acme")
PATIENCE = 10.0  # seconds until a connection that should be cut is a failure
BOUNDS = Bounds(connections=8, per_peer=6, silence=0.3, piece=0.3, body=0.6, stall=1.0, pace=10**6)


class Raw:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        with suppress(ConnectionError):
            self.writer.write(data)
            await self.writer.drain()

    async def rest(self) -> bytes:
        """What comes until the other side ends the connection."""
        got = b""
        async with asyncio.timeout(PATIENCE):
            with suppress(ConnectionError):
                while piece := await self.reader.read(65_536):
                    got += piece
        return got

    async def is_cut(self) -> bool:
        with suppress(TimeoutError):
            await self.rest()
            return True
        return False


class Target:
    """A service that listens within small bounds."""

    def __init__(self, app: App, listener: Listener) -> None:
        self.app, self.listener = app, listener
        self.host, self.port = listener.getsockname()[:2]

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[Raw]:
        reader, writer = await asyncio.open_connection(self.host, self.port, **options)
        try:
            yield Raw(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def answer(self, request: bytes) -> bytes:
        """All that comes for a request that ends the connection."""
        async with self.client() as client:
            await client.send(request)
            return await client.rest()

    async def health(self) -> bytes:
        return await self.answer(get("system.health"))


def get(path: str, *more: str) -> bytes:
    lines = (f"GET /rpc/{path} HTTP/1.1", "host: x", "connection: close", *more)
    return "\r\n".join((*lines, "", "")).encode()


def post(path: str, given: Any, *more: str) -> bytes:
    body = json.dumps(given)
    length = f"content-length: {len(body)}"
    kind = "content-type: application/json"
    lines = (f"POST /rpc/{path} HTTP/1.1", "host: x", kind, length, "connection: close", *more)
    return "\r\n".join((*lines, "", body)).encode()


@asynccontextmanager
async def target(
    address: str, server: ServerName, bounds: Bounds = BOUNDS, **settings: Any
) -> AsyncIterator[Target]:
    """The service on a server, until the block ends."""
    app = App(Settings(secret_keys=("k",), database=address, **settings), database_at(address))
    listener, stop = listen("127.0.0.1", 0).within(bounds), asyncio.Event()
    serving = asyncio.create_task(server_named(server)(listener.watching(app), listener, stop))
    try:
        yield Target(app, listener)
    finally:
        stop.set()
        await serving
