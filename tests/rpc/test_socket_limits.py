"""How much one WebSocket may have under way, and that it may be any number where an option says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from ws_driver import CLOSED, connected, data, query, started, stop, stopped, subscribe

from rpc import KeepAlive, Options, ProcedureBuilder, Router, SocketLimits, WebSocketEndpoint

UNLIMITED = SocketLimits(None, None, None)


class Desk:
    """A service whose calls take until they are let go."""

    def __init__(self, limits: SocketLimits, **more: Any) -> None:
        self.begun = 0
        self._turns = asyncio.Semaphore(0)
        base = ProcedureBuilder[None]()
        router = Router({"work": base.query(self._work), "follow": base.subscription(self._follow)})
        options = Options(sockets=limits, **more)
        self.app = WebSocketEndpoint(router, lambda request: None, options=options)

    async def _work(self, ctx: None) -> int:
        self.begun += 1
        await self._turns.acquire()
        return self.begun

    async def _follow(self, ctx: None) -> AsyncIterator[int]:
        await asyncio.sleep(60)
        yield 0

    async def becomes_busy(self, calls: int) -> None:
        async with asyncio.timeout(1):
            while self.begun < calls:
                await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        assert self.begun == calls

    def let_go(self, calls: int) -> None:
        for _ in range(calls):
            self._turns.release()


async def test_calls_beyond_the_limit_are_read_when_one_has_ended() -> None:
    desk = Desk(SocketLimits(max_calls=2))
    async with connected("/rpc", app=desk.app) as socket:
        socket.say(*(query(number, "work") for number in range(5)))
        await desk.becomes_busy(2)
        desk.let_go(1)
        assert await socket.heard() == data(0, 2)
        await desk.becomes_busy(3)
        desk.let_go(4)
        assert {answer["id"] for answer in await socket.answers(4)} == {1, 2, 3, 4}


async def test_who_is_not_listened_to_is_not_silent() -> None:
    desk = Desk(SocketLimits(max_calls=2), keep_alive=KeepAlive(ping_ms=20, pong_wait_ms=30))
    async with connected("/rpc", app=desk.app) as socket:
        assert await socket.heard() == "PING"
        socket.say(query(0, "work"), query(1, "work"), query(2, "work"), "PONG")
        await desk.becomes_busy(2)
        await asyncio.sleep(0.15)
        desk.let_go(3)
        assert {answer["id"] for answer in await socket.answers(3)} == {0, 1, 2}
        assert await socket.answers(2) == ["PING", CLOSED]


async def test_who_has_as_many_as_may_be_is_listened_to_until_one_more_comes() -> None:
    desk = Desk(SocketLimits(max_calls=2))
    async with connected("/rpc", app=desk.app) as socket:
        socket.say(query(0, "work"), query(1, "work"))
        await desk.becomes_busy(2)
        assert await socket.ask("PING") == "PONG"
        socket.say(query(2, "work"), "PING")
        await desk.becomes_busy(2)
        desk.let_go(1)
        assert await socket.heard() == data(0, 2)
        assert await socket.heard() == "PONG"
        await desk.becomes_busy(3)
        socket.leave()
        await socket.ended()


async def test_without_a_limit_all_of_them_are_under_way() -> None:
    desk = Desk(UNLIMITED)
    async with connected("/rpc", app=desk.app) as socket:
        socket.say(*(query(number, "work") for number in range(500)))
        await desk.becomes_busy(500)
        desk.let_go(500)
        assert len(await socket.answers(500)) == 500


async def test_subscriptions_are_no_calls_under_way() -> None:
    desk = Desk(SocketLimits(max_subscriptions=9, max_calls=1))
    async with connected("/rpc", app=desk.app) as socket:
        socket.say(*(subscribe(number, "follow") for number in range(9)))
        assert await socket.answers(9) == [started(number) for number in range(9)]
        desk.let_go(1)
        assert await socket.ask(query("q", "work")) == data("q", 1)


async def test_one_subscription_too_many_is_refused_until_another_stops() -> None:
    desk = Desk(SocketLimits(max_subscriptions=2))
    async with connected("/rpc", app=desk.app) as socket:
        socket.say(subscribe(1, "follow"), subscribe(2, "follow"), subscribe(3, "follow"))
        *_, refused = await socket.answers(3)
        assert (refused["id"], refused["error"]["data"]["code"]) == (3, "TOO_MANY_REQUESTS")
        assert await socket.ask(stop(1)) == stopped(1)
        assert await socket.ask(subscribe(3, "follow")) == started(3)


async def test_without_a_limit_there_may_be_any_number_of_them() -> None:
    async with connected("/rpc", app=Desk(UNLIMITED).app) as socket:
        socket.say(*(subscribe(number, "follow") for number in range(300)))
        assert await socket.answers(300) == [started(number) for number in range(300)]


async def told(limits: SocketLimits, *messages: Any) -> Any:
    """What a socket that announced params hears first, if it is patient for a moment."""
    desk = Desk(limits)
    desk.let_go(1)
    async with connected("/rpc?connectionParams=1", app=desk.app) as socket:
        await asyncio.sleep(0.05)
        socket.say(*messages)
        first = await socket.heard()
        if "error" in first:
            assert await socket.heard() == CLOSED
            await socket.ended()
        return first


PARAMS = {"method": "connectionParams", "data": {}}


async def test_params_that_were_announced_come_soon_or_the_socket_is_closed() -> None:
    late = await told(SocketLimits(params_wait_ms=10))
    assert (late["id"], late["error"]["data"]["code"]) == (None, "TIMEOUT")
    for patient in (SocketLimits(params_wait_ms=5000), UNLIMITED):
        assert await told(patient, PARAMS, query(1, "work")) == data(1, 1)


async def test_a_ping_is_no_params() -> None:
    desk = Desk(SocketLimits(params_wait_ms=100))
    async with connected("/rpc?connectionParams=1", app=desk.app) as socket:
        assert await socket.ask("PING") == "PONG"
        assert (await socket.heard())["error"]["data"]["code"] == "TIMEOUT"
        assert await socket.heard() == CLOSED
