"""A server that is about to end: streams and connections are over, and their clients come back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

from asgi_driver import exchange
from ws_driver import CLOSED, Socket, connected, data, query, scope_of, started, subscribe

from rpc import Endpoint, ProcedureBuilder, Router, WebSocketEndpoint, tracked

p = ProcedureBuilder[None]()
RECONNECT = {"id": None, "method": "reconnect"}
# As the specification of event streams says it: a wait in milliseconds, and no event.
HINT = re.compile(rb"retry: \d+\n\n")


class Kept:
    """Procedures that wait for the test."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.closed = 0
        self.router = Router({"follow": p.subscription(self.follow), "wait": p.query(self.wait)})

    async def follow(self, ctx: None) -> AsyncIterator[Any]:
        try:
            yield tracked("1", "first")
            await asyncio.Event().wait()
        finally:
            self.closed += 1

    async def wait(self, ctx: None) -> str:
        await self.go.wait()
        return "waited"


async def test_an_event_stream_ends_without_return_and_says_when_to_come_back() -> None:
    kept = Kept()
    app = Endpoint(kept.router, lambda request: None)
    async with exchange("/rpc/follow", app=app) as under_way:
        await under_way.head()
        assert await under_way.piece() == b"event: connected\ndata: {}\n\n\n"
        assert await under_way.piece() == b'data: "first"\nid: 1\n\n\n'
        assert app.pace.streams == 1
        app.pace.end_streams()
        assert HINT.fullmatch(await under_way.piece() or b"")
        assert await under_way.piece() is None
        await under_way.ended()
    assert (kept.closed, app.pace.streams) == (1, 0)


async def test_a_busy_event_stream_ends_too_and_so_does_one_that_begins_late() -> None:
    async def busy(ctx: None) -> AsyncIterator[int]:
        while True:
            await asyncio.sleep(0)
            yield 1

    app = Endpoint(Router({"busy": p.subscription(busy)}), lambda request: None)
    for ends in (1, 0, 1):  # under way, late, and both
        async with exchange("/rpc/busy", app=app) as under_way:
            await under_way.head()
            await under_way.piece()
            for _ in range(ends):
                app.pace.end_streams()
            while (piece := await under_way.piece()) == b"data: 1\n\n\n":
                pass
            assert HINT.fullmatch(piece or b"")
            await under_way.ended()


async def test_a_connection_is_closed_when_its_calls_are_answered() -> None:
    kept = Kept()
    app = WebSocketEndpoint(kept.router, lambda request: None)
    async with connected("/rpc", app=app) as socket:
        socket.say(subscribe(1, "follow"), query(2, "wait"))
        assert (await socket.answers(2))[0] == started(1)
        leaving = asyncio.create_task(app.leave())
        assert await socket.heard() == RECONNECT
        refusal = (await socket.ask(query(3, "wait")))["error"]
        assert refusal["data"] == {"code": "SERVICE_UNAVAILABLE", "httpStatus": 503, "path": "wait"}
        assert kept.closed == 0
        kept.go.set()
        assert await socket.heard() == data(2, "waited")
        assert await socket.heard() == CLOSED
        assert socket.closed_with == 1001
        await socket.ended()
        await leaving
    assert (kept.closed, app.connections) == (1, set())


async def test_no_connection_is_accepted_any_more() -> None:
    app = WebSocketEndpoint(Kept().router, lambda request: None)
    async with connected("/rpc", app=app) as socket:
        await socket.silence()
    await app.leave()
    late = Socket(app, scope_of("GET", "/rpc", {}) | {"type": "websocket", "scheme": "ws"})
    assert await late.heard() == CLOSED
    await late.ended()
