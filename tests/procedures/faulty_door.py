"""What may stand between a client and the service: it forwards, refuses, or loses answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import httpx2
from world import World

# `busy`: 503 without asking the service. `lost`: the service answers, the connection is cut.
# `gateway`: the service answers, 502 comes instead. `silent`: nobody answers. `foreign`: 200, HTML.
Fault = Literal["busy", "lost", "gateway", "silent", "foreign"]
NO_TRPC = b"<html>upstream sent too big a header</html>"
SAID = {
    "busy": (503, b"busy", "retry-after: 0\r\n"),
    "gateway": (502, NO_TRPC, ""),
    "foreign": (200, NO_TRPC, ""),
}


class Door:
    """A server of one request for each connection, which has these faults, one after another."""

    def __init__(self, world: World) -> None:
        self.faults: list[Fault] = []
        self.seen: list[httpx2.Request] = []
        self._service = world.http

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await self._request(reader)
        self.seen.append(request)
        fault = self.faults.pop(0) if self.faults else None
        if fault == "silent":
            await reader.read()  # until the client gives up
        elif fault == "busy":
            writer.write(answer(*SAID[fault]))
        else:
            came = await self._service.send(request)
            if fault != "lost":
                told = (came.status_code, came.content, "content-type: application/json\r\n")
                writer.write(answer(*(SAID[fault] if fault else told)))
        writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> httpx2.Request:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.rstrip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        kept = {n: v for n, v in headers.items() if n not in ("host", "content-length")}
        return self._service.build_request(method, target, headers=kept, content=body)


def answer(status: int, body: bytes, more: str) -> bytes:
    head = f"HTTP/1.1 {status} x\r\ncontent-length: {len(body)}\r\nconnection: close\r\n{more}\r\n"
    return head.encode() + body


@asynccontextmanager
async def door_to(world: World) -> AsyncIterator[tuple[Door, str]]:
    """The door, and where clients find it."""
    door = Door(world)
    server = await asyncio.start_server(door.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield door, f"http://{host}:{port}/rpc"
