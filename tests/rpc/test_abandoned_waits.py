"""What a call waits for may be cancelled by others, as a task that two calls share is when one of
their clients leaves. That is a fault as any other, and not the end of a call without an answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgi_driver import exchange, get, post
from ws_driver import connected, data, query, started, stop, stopped, subscribe

from rpc import (
    Endpoint,
    ProcedureBuilder,
    Request,
    Router,
    RPCError,
    WebSocketEndpoint,
    create_caller,
)
from rpc.cancelling import Abandoned

LINES = {"trpc-accept": "application/jsonl"}
p = ProcedureBuilder[str]()


async def abandoned_wait() -> None:
    shared = asyncio.ensure_future(asyncio.sleep(60))
    shared.cancel()
    await shared


async def waiting(ctx: str) -> str:
    await abandoned_wait()
    return ctx


def looking(ctx: list[asyncio.Task[None]]) -> None:
    ctx[0].result()


async def around(ctx: str) -> AsyncIterator[str]:
    try:
        yield ctx
    except Abandoned:
        raise RPCError("SERVICE_UNAVAILABLE", "come again") from None


async def before(ctx: str) -> AsyncIterator[str]:
    await abandoned_wait()
    yield ctx


async def behind(ctx: str) -> AsyncIterator[str]:
    yield ctx
    await abandoned_wait()


def promising(ctx: str) -> Any:
    return {"later": waiting(ctx)}


async def fine(ctx: str) -> str:
    await asyncio.sleep(0)
    return ctx


async def items(ctx: str) -> AsyncIterator[int]:
    yield 1
    await abandoned_wait()


async def forever(ctx: str) -> AsyncIterator[int]:
    yield 1
    await asyncio.Event().wait()


ROUTER = Router(
    {
        "waiting": p.query(waiting),
        "write": p.mutation(waiting),
        "around": p.use(around).query(waiting),
        "behind": p.use(behind).query(fine),
        "aroundBehind": p.use(around).use(behind).query(fine),
        "aroundBefore": p.use(around).use(before).query(fine),
        "aroundWaiting": p.use(around).use(waiting).query(fine),
        "promising": p.query(promising),
        "fine": p.query(fine),
        "atOnce": p.query(lambda ctx: ctx),
        "streamed": p.query(items),
        "items": p.subscription(items),
        "forever": p.subscription(forever),
    }
)


async def context(request: Request) -> str:
    if request.header("x-wait"):
        await abandoned_wait()
    return "ada"


HTTP = Endpoint(ROUTER, context)
SOCKET = WebSocketEndpoint(ROUTER, context)


def fault(path: str) -> dict[str, Any]:
    about = {"code": "INTERNAL_SERVER_ERROR", "httpStatus": 500, "path": path}
    return {"message": "internal server error", "code": -32603, "data": about}


@pytest.mark.parametrize("path", ["waiting", "behind"])
async def test_the_call_alone_is_answered_as_a_fault_that_the_log_has(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "rpc"):
        answer = await get(f"/rpc/{path}", app=HTTP)
    assert answer.error == fault(path)
    assert "await shared" in caplog.text


async def test_a_mutation_and_a_context_are_answered_too() -> None:
    assert (await post("/rpc/write", app=HTTP)).error == fault("write")
    assert (await get("/rpc/fine", {"x-wait": "1"}, app=HTTP)).error == fault("fine")


async def test_the_other_calls_of_a_batch_are_answered() -> None:
    answer = await get("/rpc/waiting,fine,atOnce?batch=1", app=HTTP)
    assert answer.json == [{"error": fault("waiting")}, *[{"result": {"data": "ada"}}] * 2]


class Cancelled:
    """Units that somebody cancels."""

    def call(self, ctx: Any, call: Any, work: Any) -> Any:
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        return future

    prepare = call


async def test_so_it_is_of_a_unit() -> None:
    app = Endpoint(ROUTER, lambda request: "ada", units=Cancelled())
    assert (await get("/rpc/atOnce", app=app)).error == fault("atOnce")
    batch = await get("/rpc/atOnce,fine?batch=1", app=app)
    assert batch.json == [{"error": fault("atOnce")}, {"result": {"data": "ada"}}]


@pytest.mark.parametrize("path", ["waiting", "promising", "streamed"])
async def test_a_line_of_a_streamed_batch_says_it(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await get(f"/rpc/{path}?batch=1", LINES, app=HTTP)
    assert b'"code":"INTERNAL_SERVER_ERROR"' in answer.body.splitlines()[-1]
    assert "await shared" in caplog.text


@pytest.mark.parametrize("path", ["around", "aroundBehind", "aroundBefore", "aroundWaiting"])
async def test_a_middleware_may_make_something_of_it(path: str) -> None:
    assert (await get(f"/rpc/{path}", app=HTTP)).error["message"] == "come again"


async def test_an_event_stream_says_it_before_it_ends() -> None:
    answer = await get("/rpc/items", app=HTTP)
    assert b"data: 1\n" in answer.body
    assert b"event: serialized-error\n" in answer.body


async def test_a_call_over_a_websocket_is_answered() -> None:
    async with connected("/rpc", app=SOCKET) as socket:
        assert await socket.ask(query(1, "waiting")) == {"id": 1, "error": fault("waiting")}
        assert await socket.ask(query(2, "fine")) == data(2, "ada")


async def test_a_look_at_what_was_cancelled_is_answered_too() -> None:
    router = Router({"looking": ProcedureBuilder[list[asyncio.Task[None]]]().query(looking)})
    shared = asyncio.ensure_future(abandoned_wait())
    await asyncio.wait({shared})
    answer = await get("/rpc/looking", app=Endpoint(router, lambda request: [shared]))
    assert answer.error == fault("looking")
    app = WebSocketEndpoint(router, lambda request: [shared])
    async with connected("/rpc", app=app) as socket:
        assert await socket.ask(query(1, "looking")) == {"id": 1, "error": fault("looking")}


async def test_a_subscription_over_a_websocket_fails_and_has_not_just_ended(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with connected("/rpc", app=SOCKET) as socket:
        socket.say(subscribe(1, "items"))
        said = await socket.answers(4)
    assert said == [started(1), data(1, 1), {"id": 1, "error": fault("items")}, stopped(1)]
    assert "await shared" in caplog.text


async def test_one_that_is_stopped_has_ended_all_the_same() -> None:
    async with connected("/rpc", app=SOCKET) as socket:
        socket.say(subscribe(1, "forever"))
        assert await socket.answers(2) == [started(1), data(1, 1)]
        assert await socket.ask(stop(1)) == stopped(1)
    async with exchange("/rpc/forever", app=HTTP) as stream:
        await stream.head()
        stream.leave()
        await stream.ended()


async def test_a_caller_in_the_process_is_told_and_may_still_be_cancelled() -> None:
    caller = create_caller(ROUTER, "ada")
    with pytest.raises(RPCError, match="internal server error"):
        await caller("waiting")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await caller("fine")
