"""uvloop, accepting through a listener of ours, as asyncio's own loop does. By itself it would
accept past the listener's bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import uvloop

from procedures.servers.listening import Listener
from procedures.servers.sockets import BACKLOG

PAUSE = 1.0  # seconds without accepting, after the system had no room for one more
NOT_NOW = (BlockingIOError, InterruptedError, ConnectionAbortedError)


class Loop(uvloop.Loop):  # type: ignore[misc,unused-ignore]
    async def create_server(self, protocol_factory: Any, *args: Any, **about: Any) -> Any:
        listener = about.get("sock")
        if isinstance(listener, Listener):
            return Accepting(self, protocol_factory, listener)
        return await super().create_server(protocol_factory, *args, **about)


class Accepting:
    """A server on a listener, as far as one is asked anything."""

    def __init__(self, loop: Loop, factory: Callable[[], Any], listener: Listener) -> None:
        self._loop = loop
        self._factory = factory
        self._listener = listener
        self._letting_in: set[asyncio.Task[Any]] = set()
        listener.setblocking(False)
        self._listen()

    def _listen(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        for _ in range(BACKLOG):
            try:
                connection, _address = self._listener.accept()
            except NOT_NOW:
                return
            except OSError as error:
                self._rest(error)
                return
            connection.setblocking(False)
            self._let_in(connection)

    def _let_in(self, connection: Any) -> None:
        task = self._loop.create_task(self._loop.connect_accepted_socket(self._factory, connection))
        self._letting_in.add(task)
        task.add_done_callback(self._letting_in.discard)

    def _rest(self, error: OSError) -> None:
        about = {"message": "cannot accept a connection", "exception": error}
        self._loop.call_exception_handler(about)
        self._loop.remove_reader(self._listener)
        self._loop.call_later(PAUSE, self._listen)

    def close(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.remove_reader(self._listener)
            self._listener.close()

    async def wait_closed(self) -> None:
        """Connections end by themselves, or by whoever made the server."""
