"""Runs an ASGI app on a socket of ours, in this process or in several, by the chosen server."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Literal, Protocol

from hypercorn.asyncio import run as run_module
from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.asyncio import tcp_server
from hypercorn.config import Config, Sockets
from hypercorn.protocol import h11, ws_stream
from hypercorn.protocol.events import Body, Data, Event, StreamClosed

from procedures.frames import Frames
from procedures.listening import Listener
from procedures.processes import ENDINGS, LIMIT, end_within

ServerName = Literal["hypercorn", "granian", "uvicorn"]
App = Callable[[Any, Any, Any], Awaitable[None]]

# Seconds from being asked to stop: for calls under way (longer than one waits for a lock), then for
# what the server still holds. Messages on their way have what is left of the processes' LIMIT.
PATIENCE, GRACE = 5.2, 1
BACKLOG = 1024  # connections that wait to be accepted
LARGEST_MESSAGE = 2**20  # bytes on a WebSocket
REFUSAL = (
    b'{"error":{"message":"Bad Request","code":-32600,'
    b'"data":{"code":"BAD_REQUEST","httpStatus":400}}}'
)
BAD_REQUEST = (
    b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(REFUSAL), REFUSAL)
)


class Drainable(Protocol):
    """An ASGI app that can take leave of its clients."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    async def drain(self, patience: float) -> None: ...


class StoppedUnasked(Exception):
    """The server ended by itself."""


def listen(host: str, port: int) -> Listener:
    """A listening socket. Raises OSError, for instance when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return Listener.of(socket.create_server((host, port), family=family, backlog=BACKLOG))


def inherited(descriptor: int) -> Listener:
    """The listening socket that was left to this process. Raises OSError where there is none."""
    listener = socket.socket(fileno=descriptor)
    if not listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise OSError(errno.EINVAL, "this is no listening socket")
    return Listener.of(listener)


async def run(
    app: Drainable, listener: Listener, server: ServerName, *, alone: bool = True
) -> None:
    """Serve until SIGTERM or SIGINT, then drain. A second signal ends the process at once where it
    is alone; where it is not, one is sent by the terminal and one by the parent.

    Raises StoppedUnasked.
    """
    stop = asyncio.Event()
    leaving: list[asyncio.Task[None]] = []

    async def leave() -> None:
        await app.drain(PATIENCE)
        stop.set()

    def ask(sign: signal.Signals) -> None:
        if not leaving:
            end_within(LIMIT)
            leaving.append(asyncio.create_task(leave()))
        elif alone:
            os._exit(128 + sign)

    for sign in ENDINGS:
        asyncio.get_running_loop().add_signal_handler(sign, ask, sign)
    await SERVERS[server](listener.watching(app), listener, stop)
    if not leaving:
        raise StoppedUnasked(f"{server} has ended by itself")


class OnSocket(Config):
    """Settings of a hypercorn that accepts through a socket of ours."""

    def __init__(self, listener: socket.socket) -> None:
        super().__init__()
        self._listener = listener

    def create_sockets(self) -> Sockets:
        return Sockets([], [self._listener], [])


class FewFrames(ws_stream.WSStream):
    """A WebSocket of hypercorn's that ends where too many frames come."""

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self._frames = Frames()

    async def handle(self, event: Event) -> None:
        if self.closed or not isinstance(event, Body | Data):
            await super().handle(event)
        elif not self.handshake.accepted and self.app_put:
            # Hypercorn ends the connection, and would leave the app waiting for it.
            await self.app_put({"type": "websocket.disconnect", "code": 1002})
            await super().handle(event)
        elif self._frames.are_borne(event.data):
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


async def run_hypercorn(app: App, listener: socket.socket, stop: asyncio.Event) -> None:
    config = OnSocket(listener)
    config.errorlog = logging.getLogger("hypercorn.error")  # else every line comes twice
    config.include_server_header = False
    config.h11_max_incomplete_size = 64 * 1024  # long GET batches come in one request line
    config.keep_alive_max_requests = 1_000_000
    config.graceful_timeout = GRACE
    config.backlog = BACKLOG
    config.websocket_max_message_size = LARGEST_MESSAGE
    # No setting turns compression off, and 200 kB of it become 286 MB before the size is looked at.
    ws_stream.server_extensions_handshake = lambda *_: None  # type: ignore[attr-defined]
    h11.WSStream = FewFrames  # type: ignore[assignment, attr-defined]
    # Nor HTTP/2, which an early answer to one body ends for all streams of a connection.
    h11.H11Protocol._check_protocol = stay  # type: ignore[assignment]
    run_module.TCPServer = PromptServer  # type: ignore[attr-defined]
    await hypercorn_serve(app, config, shutdown_trigger=stop.wait, mode="asgi")


def quiet_http() -> Any:
    """uvicorn's HTTP, which answers what is no HTTP in our words, not its own."""
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    class QuietHTTP(AutoHTTPProtocol):  # type: ignore[misc,valid-type,unused-ignore]
        def send_400_response(self, msg: str) -> None:
            self.transport.write(BAD_REQUEST)
            self.transport.close()

    return QuietHTTP


def few_frames() -> Any:
    """uvicorn's WebSocket, which ends where too many frames come."""
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    class FewFramesHere(WebSocketsSansIOProtocol):  # type: ignore[misc,unused-ignore]
        def connection_made(self, transport: Any) -> None:
            self._frames = Frames()
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            if self.handshake_initiated and not self._frames.are_borne(data):
                self.transport.abort()
            else:
                super().data_received(data)

    return FewFramesHere


async def run_uvicorn(app: App, listener: socket.socket, stop: asyncio.Event) -> None:
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(
            app,
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=GRACE,
            http=quiet_http(),
            ws=few_frames(),
            ws_max_size=LARGEST_MESSAGE,
            ws_per_message_deflate=False,
        )
    )

    async def end() -> None:
        await stop.wait()
        server.should_exit = True

    ending = asyncio.create_task(end())
    await server._serve([listener])  # `serve` would put its own signal handlers over ours
    ending.cancel()


async def run_granian(app: App, listener: socket.socket, stop: asyncio.Event) -> None:
    from granian._granian import SocketHolder
    from granian.constants import Interfaces
    from granian.server.embed import Server

    hold: Any = SocketHolder  # its stub knows the first argument only

    class OnOurs(Server):  # type: ignore[misc,unused-ignore]
        _shd: Any

        def _init_shared_socket(self) -> None:
            self._shd = hold(listener.detach(), False, BACKLOG)  # else it would listen anew

    host, port = listener.getsockname()[:2]
    server = OnOurs(app, address=host, port=port, interface=Interfaces.ASGI)
    serving = asyncio.ensure_future(server.serve())
    await asyncio.wait([serving, asyncio.ensure_future(stop.wait())], return_when="FIRST_COMPLETED")
    server.stop()  # type: ignore[no-untyped-call,unused-ignore]
    await serving


def leave_at_once() -> None:
    """End the process without the interpreter's own end, which threads of granian that still run
    turn into an abort."""
    logging.shutdown()
    sys.stdout.flush()
    os._exit(0)


SERVERS: dict[ServerName, Callable[[App, socket.socket, asyncio.Event], Awaitable[None]]] = {
    "hypercorn": run_hypercorn,
    "granian": run_granian,
    "uvicorn": run_uvicorn,
}
