"""granian, on a socket of ours."""

from __future__ import annotations

import asyncio
from typing import Any

from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.server.embed import Server

from procedures.servers.listening import Listener
from procedures.servers.sockets import BACKLOG
from rpc.transport import App

hold: Any = SocketHolder  # its stub knows the first argument only
# Its lines go where all others do; by themselves they would be text on standard output.
LOGS: dict[str, Any] = {"handlers": {}, "loggers": {"_granian": {"propagate": True}}}


class OnSocket(Server):  # type: ignore[misc,unused-ignore]
    """A granian that accepts through a socket of ours; else it would listen anew."""

    _shd: Any

    def __init__(self, app: App, listener: Listener) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(
            app,
            address=host,
            port=port,
            interface=Interfaces.ASGI,
            # Of connections, idle streams among them; by default 128, and then nobody is let in.
            backpressure=listener.bounds.connections,
            log_dictconfig=LOGS,
        )
        self._listener = listener

    def _init_shared_socket(self) -> None:
        self._shd = hold(self._listener.detach(), False, BACKLOG)


async def serve(app: App, listener: Listener, stop: asyncio.Event) -> None:
    server = OnSocket(app, listener)
    serving = asyncio.ensure_future(server.serve())
    await asyncio.wait([serving, asyncio.ensure_future(stop.wait())], return_when="FIRST_COMPLETED")
    server.stop()  # type: ignore[no-untyped-call,unused-ignore]
    await serving
