"""When events are sent and how long: pings, the maximum duration, one value only, a client gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgi_driver import exchange, get, given

from rpc import (
    JSONL,
    SSE,
    Endpoint,
    KeepAlive,
    Options,
    ProcedureBuilder,
    Router,
    SocketLimits,
    tracked,
)

CONNECTED = b"event: connected\ndata: {}\n\n\n"
RETURN = b"event: return\ndata: \n\n\n"
p = ProcedureBuilder[None]()


def serving(function: Any, **options: Any) -> Endpoint:
    router = Router({"it": p.subscription(function)})
    return Endpoint(router, lambda request: None, options=Options(sse=SSE(**options)))


async def test_connected_tells_the_client_its_options() -> None:
    answer = await get("/trpc-ping/sub.empty")
    options = b'event: connected\ndata: {"reconnectAfterInactivityMs":2000}\n\n\n'
    assert answer.body == options + RETURN


async def test_a_quiet_spell_is_filled_with_pings() -> None:
    answer = await get("/trpc-ping/sub.count?" + given({"count": 1, "everyMs": 250}))
    pings = b"event: ping\ndata: \n\n\n" * 2
    assert answer.body.endswith(b"}\n\n\n" + pings + b"data: 1\n\n\n" + RETURN)


def test_a_ping_must_come_before_the_client_gives_up() -> None:
    assert SSE(ping_ms=100, reconnect_after_inactivity_ms=100).ping_ms == 100
    with pytest.raises(ValueError, match="ping_ms must not exceed"):
        SSE(ping_ms=101, reconnect_after_inactivity_ms=100)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (SSE, "ping_ms"),
        (SSE, "max_duration_ms"),
        (JSONL, "ping_ms"),
        (KeepAlive, "ping_ms"),
        (KeepAlive, "pong_wait_ms"),
        (SocketLimits, "max_calls"),
        (SocketLimits, "params_wait_ms"),
    ],
)
def test_without_end_or_without_pause_is_no_pace(options: Any, name: str) -> None:
    for useless in (0, -1):
        with pytest.raises(ValueError, match="must be more than 0"):
            options(**{name: useless})
    assert getattr(options(**{name: 1}), name) == 1


async def test_at_the_maximum_duration_the_stream_ends_without_return() -> None:
    closed = asyncio.Event()

    async def silent(ctx: None) -> AsyncIterator[int]:
        yield 1
        try:
            await asyncio.sleep(60)
        finally:
            closed.set()

    answer = await get("/rpc/it", app=serving(silent, max_duration_ms=50))
    assert answer.body == CONNECTED + b"data: 1\n\n\n"
    assert closed.is_set()


async def test_the_maximum_duration_holds_for_a_busy_stream_too() -> None:
    async def busy(ctx: None) -> AsyncIterator[int]:
        while True:
            await asyncio.sleep(0)
            yield 1

    answer = await get("/rpc/it", app=serving(busy, max_duration_ms=20))
    assert answer.body.endswith(b"data: 1\n\n\n")


async def test_a_stream_may_end_after_its_first_value() -> None:
    async def endless(ctx: None) -> AsyncIterator[Any]:
        yield tracked("1", "first")
        await asyncio.sleep(60)

    answer = await get("/rpc/it", app=serving(endless, emit_and_end_immediately=True))
    assert answer.body == CONNECTED + b'data: "first"\nid: 1\n\n\n'
    ended = await get("/trpc-once/sub.returns")
    assert ended.body == CONNECTED + b"data: 1\n\n\n" + RETURN


async def test_when_the_client_leaves_the_generator_is_closed() -> None:
    closed: list[str] = []

    async def endless(ctx: None) -> AsyncIterator[int]:
        try:
            while True:
                yield 1
                await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            closed.append("generator")

    async with exchange("/rpc/it", app=serving(endless)) as under_way:
        await under_way.head()
        assert await under_way.piece() == CONNECTED
        assert await under_way.piece() == b"data: 1\n\n\n"
        under_way.leave()
        await under_way.ended()
    assert closed == ["generator"]


async def test_a_client_may_leave_while_a_subscription_is_being_set_up() -> None:
    setting_up = asyncio.Event()
    ended: list[str] = []

    async def set_up(ctx: None) -> Any:
        setting_up.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("setup")

    async with exchange("/rpc/it", app=serving(set_up)) as under_way:
        await setting_up.wait()
        under_way.leave()
        await under_way.ended()
    assert ended == ["setup"]
