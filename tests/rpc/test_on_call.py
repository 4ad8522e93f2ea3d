"""`Options.on_call`: each call is told of when it begins and when it has ended, whichever way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Self

import pytest
from asgi_driver import exchange, get, given, post
from msgspec import UNSET
from ws_driver import connected, query, stop, subscribe

from rpc import (
    Call,
    Endpoint,
    Options,
    ProcedureBuilder,
    Router,
    RPCError,
    WebSocketEndpoint,
    create_caller,
    superjson,
)

p = ProcedureBuilder[str]()
LINES = {"trpc-accept": "application/jsonl"}


def at_once(ctx: str) -> str:
    return ctx


def refuse(ctx: str) -> None:
    raise RPCError("CONFLICT", "taken")


def break_down(ctx: str) -> None:
    raise LookupError("secret")


async def in_a_while(ctx: str) -> str:
    await asyncio.sleep(0)
    return ctx


async def refuse_in_a_while(ctx: str) -> None:
    await asyncio.sleep(0)
    refuse(ctx)


async def forever(ctx: str) -> None:
    await asyncio.Event().wait()


async def count(ctx: str, to: int) -> AsyncIterator[int]:
    for n in range(to):
        yield n
    if not to:
        refuse(ctx)


async def follow(ctx: str) -> AsyncIterator[int]:
    yield 1
    await forever(ctx)


async def abandoned(ctx: str) -> AsyncIterator[int]:
    yield 1
    shared = asyncio.ensure_future(forever(ctx))
    shared.cancel()
    await shared


class Once:
    """An iterable that is no iterator, and whose iterator cannot be closed."""

    def __aiter__(self) -> Any:
        return OfOnce()


class OfOnce:
    is_over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        if self.is_over:
            raise StopAsyncIteration
        self.is_over = True
        return "item"


ROUTER = Router(
    {
        "atOnce": p.query(at_once),
        "stuck": p.query(at_once),
        "refuse": p.mutation(refuse),
        "breakDown": p.query(break_down),
        "inAWhile": p.query(in_a_while),
        "refuseInAWhile": p.query(refuse_in_a_while),
        "forever": p.query(forever),
        "count": p.subscription(count),
        "follow": p.subscription(follow),
        "abandoned": p.subscription(abandoned),
        "once": p.subscription(lambda ctx: Once()),
        "streamed": p.query(follow),
    }
)


class Late:
    """Units whose results are waited for."""

    async def call(self, ctx: Any, call: Call, work: Any) -> Any:
        if call.path == "stuck":
            await forever(ctx)
        await asyncio.sleep(0)
        return work(ctx)

    prepare = call


class Diary:
    """What was told, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        options = Options(on_call=self)
        self.app = Endpoint(ROUTER, lambda request: "ctx", options=options)
        self.late = Endpoint(ROUTER, lambda request: "ctx", units=Late(), options=options)
        self.socket = WebSocketEndpoint(ROUTER, lambda request: "ctx", options=options)

    def __call__(self, call: Call, ctx: Any) -> Any:
        self.lines.append(f"{call.path}#{call.index} by {ctx}")

        def ended(error: Exception | None) -> None:
            told = getattr(error, "code", None) or type(error).__name__
            self.lines.append(f"{call.path}#{call.index} {'ok' if error is None else told}")

        return ended


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ("atOnce", "ok"),
        ("breakDown", "LookupError"),
        ("inAWhile", "ok"),
        ("refuseInAWhile", "CONFLICT"),
    ],
)
async def test_a_call_is_told_of_when_it_begins_and_when_it_ends(
    diary: Diary, path: str, end: str
) -> None:
    for app in (diary.app, diary.late):
        diary.lines.clear()
        await get(f"/rpc/{path}", app=app)
        assert diary.lines == [f"{path}#0 by ctx", f"{path}#0 {end}"]


async def test_each_call_of_a_batch_is_told_of_with_its_place(diary: Diary) -> None:
    await get("/rpc/atOnce,inAWhile,nowhere,atOnce?batch=1", app=diary.app)
    assert sorted(diary.lines) == sorted(
        line
        for call in ("atOnce#0", "inAWhile#1", "atOnce#3")
        for line in (f"{call} by ctx", f"{call} ok")
    )


async def test_a_call_that_is_refused_unstarted_is_not_told_of(diary: Diary) -> None:
    await get("/rpc/refuse", app=diary.app)
    await get("/rpc/nowhere", app=diary.app)
    assert diary.lines == []
    await post("/rpc/refuse", b"null", app=diary.app)
    assert diary.lines == ["refuse#0 by ctx", "refuse#0 CONFLICT"]


@pytest.mark.parametrize(
    ("path", "to", "end"),
    [("count", 2, "ok"), ("count", 0, "CONFLICT"), ("abandoned", 0, "Abandoned")],
)
async def test_a_subscription_ends_with_its_stream(
    diary: Diary, path: str, to: int, end: str
) -> None:
    await get(f"/rpc/{path}?{given(to)}", app=diary.app)
    assert diary.lines == [f"{path}#0 by ctx", f"{path}#0 {end}"]


async def test_a_stream_that_nobody_follows_has_ended(diary: Diary) -> None:
    for target in ("streamed", "streamed?batch=1"):
        await get(f"/rpc/{target}", app=diary.app)
    async with connected("/rpc", app=diary.socket) as socket:
        assert "error" in await socket.ask(query(1, "streamed"))
    async with exchange("/rpc/streamed?batch=1", LINES, app=diary.app) as under_way:
        under_way.leave()
        await under_way.ended()
    await asyncio.sleep(0)
    assert sorted(diary.lines) == ["streamed#0 by ctx"] * 4 + ["streamed#0 ok"] * 4


async def test_a_subscription_whose_client_leaves_has_not_failed(diary: Diary) -> None:
    async with exchange("/rpc/follow", app=diary.app) as under_way:
        await under_way.head()
        while b"data: 1" not in (await under_way.piece() or b""):
            assert diary.lines == ["follow#0 by ctx"]
        under_way.leave()
        await under_way.ended()
    assert diary.lines == ["follow#0 by ctx", "follow#0 ok"]


async def test_a_call_whose_client_leaves_says_so(diary: Diary) -> None:
    async with exchange("/rpc/forever", app=diary.app) as under_way:
        while not diary.lines:
            await asyncio.sleep(0)
        under_way.leave()
        await under_way.ended()
    assert diary.lines == ["forever#0 by ctx", "forever#0 CLIENT_CLOSED_REQUEST"]


@pytest.mark.parametrize("path", ["forever", "stuck"])
async def test_a_call_that_ends_with_its_server_says_the_same(diary: Diary, path: str) -> None:
    async with exchange(f"/rpc/{path}", app=diary.late) as under_way:
        while not diary.lines:
            await asyncio.sleep(0)
    assert under_way.app.cancelled()
    assert diary.lines == [f"{path}#0 by ctx", f"{path}#0 CLIENT_CLOSED_REQUEST"]


async def test_calls_over_a_websocket_are_told_of(diary: Diary) -> None:
    async with connected("/rpc", app=diary.socket) as socket:
        await socket.ask(query(1, "atOnce"))
        socket.say(subscribe(2, "follow"))
        await socket.answers(2)
        assert diary.lines == ["atOnce#0 by ctx", "atOnce#0 ok", "follow#0 by ctx"]
        await socket.ask(stop(2))
    assert diary.lines[-1] == "follow#0 ok"


async def test_calls_inside_the_process_are_told_of(diary: Diary) -> None:
    call = create_caller(ROUTER, "me", on_call=diary)
    assert await call("inAWhile") == "me"
    with pytest.raises(RPCError, match="taken"):
        await call("refuse")
    told = ["inAWhile#0 by me", "inAWhile#0 ok", "refuse#0 by me", "refuse#0 CONFLICT"]
    assert diary.lines == told


@pytest.mark.parametrize("transformer", [None, superjson])
async def test_a_source_says_whether_somebody_has_asked(transformer: Any) -> None:
    told: list[tuple[bool, ...]] = []

    def on_call(call: Call, ctx: Any) -> Any:
        before = call.source.taken

        def ended(error: Exception | None) -> None:
            after, raw = call.source.taken, call.source.raw()
            told.append((before, after, raw is UNSET, call.source.taken))

        return ended

    router = Router({"reads": p.mutation(lambda ctx, given: 1), "not": p.mutation(lambda ctx: 1)})
    options = Options(on_call=on_call, transformer=transformer)
    app = Endpoint(router, lambda request: "ctx", options=options)
    sent, bytes_sent = b'{"json":1}', {"content-type": "application/octet-stream"}
    for name, is_read in (("reads", True), ("not", False)):
        told.clear()
        await create_caller(router, "me", on_call=on_call)(name, 1)
        await post(f"/rpc/{name}", sent, app=app)
        await post(f"/rpc/{name}?batch=1", b'{"0":' + sent + b"}", app=app)
        await post(f"/rpc/{name}", sent, bytes_sent, app=app)
        assert told == [(False, is_read, False, True)] * 4


async def test_answers_are_the_same_whether_somebody_listens_or_not(diary: Diary) -> None:
    deaf = Endpoint(ROUTER, lambda request: "ctx")
    several = "atOnce,inAWhile,breakDown,refuseInAWhile?batch=1"
    for target in (several, "once", *(f"count?{given(to)}" for to in (0, 2))):
        heard, unheard = [await get(f"/rpc/{target}", app=app) for app in (diary.app, deaf)]
        assert heard.body == unheard.body
    heard = await get("/rpc/atOnce,inAWhile?batch=1", LINES, app=diary.app)
    assert heard.body.count(b'"ctx"') == 2
    assert [json.loads(line) for line in heard.body.splitlines()]
