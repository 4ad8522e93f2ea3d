"""Runs an ASGI app on a socket of ours, in this process or in several, by the chosen server."""

from __future__ import annotations

import asyncio
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
from typing import Any, Literal

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config

ServerName = Literal["hypercorn", "granian", "uvicorn"]
App = Callable[[Any, Any, Any], Awaitable[None]]
ENDINGS = (signal.SIGTERM, signal.SIGINT)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError, for instance when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


async def run(app: App, listener: socket.socket, server: ServerName) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for sign in ENDINGS:
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    await SERVERS[server](app, listener, stop)


async def run_hypercorn(app: App, listener: socket.socket, stop: asyncio.Event) -> None:
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.errorlog = logging.getLogger("hypercorn.error")  # else every line comes twice
    config.include_server_header = False
    config.h11_max_incomplete_size = 64 * 1024  # long GET batches come in one request line
    config.keep_alive_max_requests = 1_000_000
    config.graceful_timeout = 10
    config.websocket_max_message_size = 2**20
    await hypercorn_serve(app, config, shutdown_trigger=stop.wait, mode="asgi")


async def run_uvicorn(app: App, listener: socket.socket, stop: asyncio.Event) -> None:
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(app, server_header=False, access_log=False, log_config=None)
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


QUICK_DEATH = 1.0  # seconds; a process that ends sooner cannot start at all


class Processes:
    """Several processes that do the same. One that ends unasked is replaced; all end with this."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._watched, self._held = os.pipe()  # its end tells the children that we are gone
        self._started: dict[int, float] = {}
        self._stopping = False

    def run(self, count: int) -> int:
        """Run that many until asked to stop; the exit status."""
        for sign in ENDINGS:
            signal.signal(sign, self._stop)
        for _ in range(count):
            self._start()
        status = 0
        while self._started:
            child, _ = os.wait()
            lived = time.monotonic() - self._started.pop(child)
            if not self._stopping and lived < QUICK_DEATH:
                status = 1
                self._stop()
            else:
                self._start()
        return status

    def _stop(self, *_: object) -> None:
        self._stopping = True
        for child in self._started:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)

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
