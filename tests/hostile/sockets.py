"""A WebSocket's client that sends whatever it likes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from raw import ADA, Raw, Target

HEAD = (
    "GET /rpc{} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
    "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    f"authorization: Bearer {ADA}\r\n\r\n"
)
TEXT, PIECE, PING = 0x81, 0x00, 0x89


def frame(first: int, data: bytes = b"") -> bytes:
    """A frame with that first byte, behind a mask that changes nothing."""
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([first]) + length + b"\0\0\0\0" + data


@asynccontextmanager
async def websocket(service: Target, query: str = "") -> AsyncIterator[Raw]:
    async with service.client() as client:
        await client.send(HEAD.format(query).encode())
        head = await client.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101")
        yield client
