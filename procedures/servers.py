"""Runs an ASGI app on a socket of ours, in this process or in several, by the chosen server."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Literal, Protocol

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config, Sockets
from hypercorn.protocol import h11, ws_stream
from hypercorn.protocol.events import Body, Data, Event, StreamClosed

from procedures.frames import Frames
from procedures.listening import Listener

ServerName = Literal["hypercorn", "granian", "uvicorn"]
App = Callable[[Any, Any, Any], Awaitable[None]]
ENDINGS = (signal.SIGTERM, signal.SIGINT)

# Seconds from being asked to stop: for calls under way (longer than one waits for a lock), then for
# what the server still holds, then for messages on their way; and until the process ends anyhow.
PATIENCE, GRACE, LIMIT = 5.2, 1, 9.5
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
    return Listener.of(socket.create_server((host, port), family=family, backlog=1024))


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


def end_within(seconds: float) -> None:
    """End the process then, unless it has ended before."""
    timer = threading.Timer(seconds, os._exit, [1])
    timer.daemon = True
    timer.start()


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
        is_sent = isinstance(event, Body | Data) and not self.closed and self.handshake.accepted
        if is_sent and not self._frames.are_borne(event.data):  # type: ignore[attr-defined]
            await self.send(StreamClosed(stream_id=self.stream_id))
        else:
            await super().handle(event)


async def stay(*_: object) -> None:
    """Speak HTTP/1.1, whatever the client would rather."""


async def run_hypercorn(app: App, listener: socket.socket, stop: asyncio.Event) -> None:
    config = OnSocket(listener)
    config.errorlog = logging.getLogger("hypercorn.error")  # else every line comes twice
    config.include_server_header = False
    config.h11_max_incomplete_size = 64 * 1024  # long GET batches come in one request line
    config.keep_alive_max_requests = 1_000_000
    config.graceful_timeout = GRACE
    config.websocket_max_message_size = LARGEST_MESSAGE
    # No setting turns compression off, and 200 kB of it become 286 MB before the size is looked at.
    ws_stream.server_extensions_handshake = lambda *_: None  # type: ignore[attr-defined]
    h11.WSStream = FewFrames  # type: ignore[assignment]
    # Nor HTTP/2, which an early answer to one body ends for all streams of a connection.
    h11.H11Protocol._check_protocol = stay  # type: ignore[assignment]
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
    from granian.constants import Interfaces
    from granian.server.embed import Server

    host, port = listener.getsockname()[:2]
    listener.close()
    server = Server(app, address=host, port=port, interface=Interfaces.ASGI)
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


QUICK_END = 1.0  # seconds; a process that ends by itself sooner has perhaps not even started
TRIES = 5  # so many of those in a row, and none will ever start
PAUSE = 0.2  # seconds before the next try


class Processes:
    """Several processes that do the same. One that ends unasked is replaced; all end with this."""

    def __init__(
        self, work: Callable[[], None], ended: Callable[[int], None] | None = None
    ) -> None:
        self._work = work
        self._ended = ended  # is told which process has
        self._watched, self._held = os.pipe()  # its end tells the children that we are gone
        self._started: dict[int, float] = {}
        self._stopping = False
        self._in_vain = 0

    def run(self, count: int) -> int:
        """Run that many until asked to stop; the exit status: 0 if all have ended as asked."""
        for sign in ENDINGS:
            signal.signal(sign, self._asked)
        for _ in range(count):
            self._start()
        failed = False
        while self._started:
            child, status = os.wait()
            lived = time.monotonic() - self._started.pop(child)
            if self._ended is not None:
                self._ended(child)
            if self._stopping:
                failed |= os.waitstatus_to_exitcode(status) not in (0, -signal.SIGTERM)
            elif self._is_hopeless(status, lived):
                failed = True
                self._stop()
            else:
                self._start()
        return int(failed)

    def _is_hopeless(self, status: int, lived: float) -> bool:
        """Whether there is no use in another process. One that was killed says nothing of that."""
        if lived >= QUICK_END:
            self._in_vain = 0
            return False
        self._in_vain += os.WIFEXITED(status)
        time.sleep(PAUSE)
        return self._in_vain >= TRIES

    def _asked(self, sign: int, _: object) -> None:
        if self._stopping:
            self._send(signal.SIGKILL)
            os._exit(128 + sign)
        self._stop()

    def _stop(self) -> None:
        self._stopping = True
        self._send(signal.SIGTERM)

    def _send(self, sign: signal.Signals) -> None:
        for child in self._started:
            with suppress(ProcessLookupError):
                os.kill(child, sign)

    def _start(self) -> None:
        # Until each side knows its part: `_stop` must not miss a child, nor run inside one.
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
        child = None if self._stopping else os.fork()
        if child:
            self._started[child] = time.monotonic()
        elif child == 0:
            for sign in ENDINGS:
                signal.signal(sign, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDINGS)
        if child == 0:
            self._work_and_exit()

    def _work_and_exit(self) -> None:
        os.close(self._held)
        threading.Thread(target=self._end_with_parent, daemon=True).start()
        try:
            self._work()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def _end_with_parent(self) -> None:
        os.read(self._watched, 1)
        os.kill(os.getpid(), signal.SIGTERM)
