"""uvicorn, held to our bounds."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from procedures.servers.bounds import GRACE, LARGEST_HEAD, LARGEST_MESSAGE
from procedures.servers.frames import Frames
from procedures.servers.listening import Listener
from procedures.strict import CONTENT
from rpc.transport import App

BAD_REQUEST = (
    b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(CONTENT), CONTENT)
)

TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\n"
    b"content-length: 0\r\n\r\n"
)


class QuietHTTP(AutoHTTPProtocol):  # type: ignore[misc,valid-type,unused-ignore]
    """HTTP that answers what is none in our words, not in uvicorn's, and ends a head that does not
    end. httptools would copy all of it with each piece that comes, and serve nobody meanwhile."""

    _untold: int | None = None  # bytes of which the parser has told nothing; h11 bounds them itself

    def data_received(self, data: bytes) -> None:
        if self._untold is not None:
            self._untold += len(data)
        super().data_received(data)
        if self._untold is not None and self._untold > LARGEST_HEAD:
            self.transport.write(TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._untold = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._untold = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._untold = 0
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        self.transport.write(BAD_REQUEST)
        self.transport.close()


class FewFrames(WebSocketsSansIOProtocol):  # type: ignore[misc,unused-ignore]
    """A WebSocket that ends where too many frames come, or messages that are not whole."""

    listener: Listener

    def connection_made(self, transport: Any) -> None:
        self._frames = Frames()
        super().connection_made(transport)
        self._connection = self.listener.connection_of(self.client)

    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated:
            super().data_received(data)
        elif self._frames.are_borne(data):
            if self._connection is not None:
                self._connection.has_part(self._frames.held)
            super().data_received(data)
        else:
            self.transport.abort()


async def serve(app: App, listener: Listener, stop: asyncio.Event) -> None:
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            server_header=False,
            proxy_headers=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=GRACE,
            http=QuietHTTP,
            ws=type("Bounded", (FewFrames,), {"listener": listener}),
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
