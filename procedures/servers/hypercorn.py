"""hypercorn, held to HTTP/1.1 and to our bounds."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from hypercorn.asyncio import run as run_module
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.asyncio import tcp_server
from hypercorn.config import Config, Sockets
from hypercorn.protocol import h11, http_stream, ws_stream
from hypercorn.protocol.events import Body, Data, Event, Request, StreamClosed

from procedures.servers.bounds import GRACE, LARGEST_HEAD, LARGEST_MESSAGE
from procedures.servers.frames import Frames
from procedures.servers.listening import Listener
from procedures.servers.sockets import BACKLOG

ORIGIN = re.compile(rb"https?://[^/?]*/?", re.IGNORECASE)


class OnSocket(Config):
    """Settings of a hypercorn that accepts through a socket of ours."""

    def __init__(self, listener: Listener) -> None:
        super().__init__()
        self.listener = listener

    def create_sockets(self) -> Sockets:
        return Sockets([], [self.listener], [])


def in_origin_form(event: Event) -> Event:
    """A request as most clients write it: its target may be a whole URL (RFC 9112, section 3.2)."""
    if not isinstance(event, Request) or event.raw_path.startswith(b"/"):
        return event
    return replace(event, raw_path=ORIGIN.sub(b"/", event.raw_path, count=1))


class AnyTarget(http_stream.HTTPStream):
    """A request of hypercorn's, whose target may be a whole URL."""

    def handle(self, event: Event) -> Coroutine[Any, Any, None]:
        return super().handle(in_origin_form(event))


class FewFrames(ws_stream.WSStream):
    """A WebSocket of hypercorn's that ends where too many frames come, or messages that are not
    whole."""

    config: OnSocket

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self._frames = Frames()
        self._connection = self.config.listener.connection_of(self.client)

    async def handle(self, event: Event) -> None:
        if self.closed or not isinstance(event, Body | Data):
            await super().handle(in_origin_form(event))
        elif not self.handshake.accepted and self.app_put:
            # Hypercorn ends the connection, and would leave the app waiting for it.
            await self.app_put({"type": "websocket.disconnect", "code": 1002})
            await super().handle(event)
        elif self._frames.are_borne(event.data):
            if self._connection is not None:
                self._connection.has_part(self._frames.held)
            await super().handle(event)
        else:
            await self.send(StreamClosed(stream_id=self.stream_id))


async def stay(*_: object) -> None:
    """Speak HTTP/1.1, whatever the client would rather."""


class PromptServer(tcp_server.TCPServer):
    """A connection of hypercorn's that is given up when its client has closed it; else it would be
    kept for as long as one that is idle."""

    async def _read_data(self) -> None:
        await super()._read_data()
        await self.idle_task.stop()


async def serve(app: Any, listener: Listener, stop: asyncio.Event) -> None:
    config = OnSocket(listener)
    config.errorlog = logging.getLogger("hypercorn.error")  # else every line comes twice
    config.include_server_header = False
    config.h11_max_incomplete_size = LARGEST_HEAD
    config.keep_alive_max_requests = 1_000_000
    config.graceful_timeout = GRACE
    config.backlog = BACKLOG
    config.websocket_max_message_size = LARGEST_MESSAGE
    # No setting turns compression off, and 200 kB of it become 286 MB before the size is looked at.
    ws_stream.server_extensions_handshake = lambda *_: None  # type: ignore[attr-defined]
    h11.HTTPStream = AnyTarget  # type: ignore[attr-defined]
    h11.WSStream = FewFrames  # type: ignore[assignment, attr-defined]
    # Nor HTTP/2, which an early answer to one body ends for all streams of a connection.
    h11.H11Protocol._check_protocol = stay  # type: ignore[assignment]
    run_module.TCPServer = PromptServer  # type: ignore[attr-defined]
    await hypercorn_serve(app, config, shutdown_trigger=stop.wait, mode="asgi")
