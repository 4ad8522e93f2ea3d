"""One WebSocket: texts both ways, PING and PONG, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from rpc.cancelling import cancelled
from rpc.messages import BINARY
from rpc.options import KeepAlive
from rpc.transport import Receive, Send


class Channel:
    """The client at the other end of a WebSocket that was accepted."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._speaking = asyncio.Lock()
        self._heard = asyncio.Event()
        self._is_deaf = False
        self._closing: int | None = None  # with which code
        self.is_open = True

    async def run(self, listen: Coroutine[None, None, None], keep_alive: KeepAlive | None) -> None:
        """Listen to the end, or until nothing is heard of the client, and close."""
        pulse = asyncio.ensure_future(self._pulse(keep_alive)) if keep_alive else None
        self._listening = asyncio.create_task(listen)
        try:
            await asyncio.wait({self._listening})
            if self._closing is not None:
                await self._send({"type": "websocket.close", "code": self._closing})
        finally:
            self.is_open = False
            await cancelled({self._listening, pulse} if pulse else {self._listening})

    async def say(self, text: bytes) -> None:
        """Send one message, unless the client has gone."""
        async with self._speaking:
            if self.is_open:
                try:
                    await self._send({"type": "websocket.send", "text": text.decode()})
                except OSError:  # how ASGI says so; the listener hears of it too
                    self.is_open = False

    async def hear(self) -> str | None:
        """The next message that is no PING or PONG; BINARY for bytes; None when it is over."""
        while True:
            message = await self._receive()
            self._heard.set()
            if message["type"] == "websocket.disconnect":
                return None
            text: str = BINARY if message.get("text") is None else message["text"]
            if text == "PING":
                await self.say(b"PONG")
            elif text != "PONG":
                return text

    def turn_away(self) -> None:
        """From now on nothing is heard, which is no silence of the client's."""
        self._is_deaf = True

    def turn_back(self) -> None:
        """What the client has said meanwhile is heard now."""
        self._is_deaf = False
        self._heard.set()

    def close(self, code: int = 1000) -> None:
        """End the connection. Granian cannot close one that is still being listened to."""
        if self.is_open:
            self.is_open = False
            self._closing = code
            self._listening.cancel()

    async def _pulse(self, keep_alive: KeepAlive) -> None:
        while True:
            if await self._is_quiet(keep_alive.ping_ms):
                await self.say(b"PING")
                if await self._is_quiet(keep_alive.pong_wait_ms):
                    self.close()
                    return

    async def _is_quiet(self, for_ms: int) -> bool:
        self._heard.clear()
        try:
            async with asyncio.timeout(for_ms / 1000):
                await self._heard.wait()
        except TimeoutError:
            return not self._is_deaf
        return False
