"""Where the `def` parts of a call run: which units there are, and that one may run again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from asgi_driver import get, given
from msgspec import Struct

from rpc import Call, Endpoint, ProcedureBuilder, Router, RPCError, Units, create_caller

Log = list[str]
p = ProcedureBuilder[Log]()
Work = Callable[[Any], Any]


class Recorded:
    """Runs each unit where it is and writes down which it was."""

    def call(self, ctx: Log, call: Call, work: Work) -> Any:
        ctx.append(f"call {call.path}")
        return work(ctx)

    def prepare(self, ctx: Log, call: Call, work: Work) -> Any:
        ctx.append(f"prepare {call.path}")
        return work(ctx)


class Awaited(Recorded):
    """Gives an awaitable of each unit's result."""

    async def call(self, ctx: Log, call: Call, work: Work) -> Any:
        await asyncio.sleep(0)
        return super().call(ctx, call, work)

    async def prepare(self, ctx: Log, call: Call, work: Work) -> Any:
        await asyncio.sleep(0)
        return super().prepare(ctx, call, work)


def now(name: str) -> Any:
    def middleware(log: Log) -> Log:
        log.append(name)
        return log

    return middleware


def later(name: str) -> Any:
    async def middleware(log: Log) -> Log:
        log.append(name)
        return log

    return middleware


def act(log: Log) -> Log:
    log.append("act")
    return log


async def act_later(log: Log) -> Log:
    log.append("act")
    return log


A_CALL, PREPARED = "call it", "prepare it"
CHAINS: list[tuple[str, ProcedureBuilder[Log], Any, Log]] = [
    ("def", p, act, [A_CALL, "act"]),
    ("def def", p.use(now("1")).use(now("2")), act, [A_CALL, "1", "2", "act"]),
    ("async", p, act_later, ["act"]),
    ("def async", p.use(now("1")), act_later, [PREPARED, "1", "act"]),
    ("async def", p.use(later("1")), act, ["1", A_CALL, "act"]),
    (
        "def async def",
        p.use(now("1")).use(later("2")).use(now("3")),
        act,
        [PREPARED, "1", "2", A_CALL, "3", "act"],
    ),
    (
        "async def async",
        p.use(later("1")).use(now("2")).use(now("3")),
        act_later,
        ["1", PREPARED, "2", "3", "act"],
    ),
]


@pytest.mark.parametrize("units", [Recorded(), Awaited()], ids=["at once", "awaited"])
@pytest.mark.parametrize(
    ("builder", "function", "log"), [row[1:] for row in CHAINS], ids=[row[0] for row in CHAINS]
)
async def test_consecutive_def_steps_are_one_unit(
    builder: ProcedureBuilder[Log], function: Any, log: Log, units: Units
) -> None:
    caller = create_caller(Router({"it": builder.query(function)}), [], units)
    assert await caller("it") == log


class Repeated(Recorded):
    """Runs each unit twice, as after a serialization failure."""

    def call(self, ctx: Log, call: Call, work: Work) -> Any:
        work(ctx)
        return super().call(ctx, call, work)

    def prepare(self, ctx: Log, call: Call, work: Work) -> Any:
        work(ctx)
        return super().prepare(ctx, call, work)


def guard(log: Log) -> Iterator[Log]:
    log.append("enter")
    try:
        yield log
        log.append("leave")
    finally:
        log.append("closed")


async def test_a_unit_that_runs_again_starts_afresh() -> None:
    once = ["enter", "act", "leave", "closed"]
    caller = create_caller(Router({"it": p.use(guard).query(act)}), log := [], Repeated())
    await caller("it")
    assert log == [*once, A_CALL, *once]


async def test_so_does_one_in_front_of_a_step_that_waits() -> None:
    caller = create_caller(Router({"it": p.use(guard).query(act_later)}), log := [], Repeated())
    await caller("it")
    assert log == ["enter", PREPARED, "closed", "enter", "act", "leave", "closed"]


async def test_and_one_behind_it_which_leaves_the_outer_generators_open() -> None:
    def outer(log: Log) -> Iterator[Log]:
        log.append("outer")
        result = yield log
        log.append(f"outer saw {result[-1]}")

    class CallsRepeated(Repeated):
        prepare = Recorded.prepare

    builder = p.use(outer).use(later("waited")).use(guard)
    caller = create_caller(Router({"it": builder.query(act)}), log := [], CallsRepeated())
    await caller("it")
    first = [PREPARED, "outer", "waited", "enter", "act"]
    second = [A_CALL, "closed", "enter", "act", "leave", "closed"]
    assert log == [*first, *second, "outer saw act"]


class Text(Struct):
    text: str


def shout(ctx: Any, given: Text) -> str:
    return given.text.upper()


async def test_a_unit_that_runs_again_has_its_input_again() -> None:
    app = Endpoint(
        Router({"shout": ProcedureBuilder[Any]().query(shout)}),
        lambda request: [],
        units=Repeated(),
    )
    answer = await get(f"/rpc/shout?{given({'text': 'x'})}", app=app)
    assert answer.json == {"result": {"data": "X"}}


class Thread:
    """Runs units in worker threads."""

    def call(self, ctx: Any, call: Call, work: Work) -> Any:
        return asyncio.to_thread(work, ctx)

    prepare = call


async def test_a_unit_may_run_in_a_thread() -> None:
    def which(ctx: Any) -> str:
        return threading.current_thread().name

    router = Router({"which": ProcedureBuilder[Any]().query(which)})
    app = Endpoint(router, lambda request: None, units=Thread())
    answer = await get("/rpc/which,which?batch=1", app=app)
    assert all(one["result"]["data"] != threading.main_thread().name for one in answer.json)


def stopped(ctx: Any) -> Any:
    return next(iter([]))


@pytest.mark.parametrize(
    ("builder", "function"),
    [
        (p, stopped),
        (p.use(now("1")), stopped),
        (p.use(stopped), act),
        (p.use(later("1")), stopped),
        (p.use(stopped), act_later),
    ],
)
async def test_a_unit_whose_function_finds_nothing_next_is_not_waited_for_for_ever(
    builder: ProcedureBuilder[Log], function: Any
) -> None:
    caller = create_caller(Router({"it": builder.query(function)}), [], Thread())
    async with asyncio.timeout(5):
        with pytest.raises(RPCError, match="internal server error"):
            await caller("it")


class Refusing(Recorded):
    """Fails after the work is done, as a commit may."""

    def call(self, ctx: Log, call: Call, work: Work) -> Any:
        work(ctx)
        raise RPCError("CONFLICT", "somebody else was first")


async def test_a_unit_that_fails_fails_its_call() -> None:
    router = Router({"it": ProcedureBuilder[Any]().query(act)})
    app = Endpoint(router, lambda request: [], units=Refusing())
    answer = await get("/rpc/it", app=app)
    assert (answer.status, answer.error["message"]) == (409, "somebody else was first")


async def test_a_unit_is_told_which_call_it_belongs_to() -> None:
    class Told:
        def call(self, ctx: Any, call: Call, work: Work) -> Any:
            return [call.path, call.index, call.procedure.type, call.source.raw()]

        def prepare(self, ctx: Any, call: Call, work: Work) -> Any:
            raise AssertionError("there is nothing to prepare")

    router = Router({"it": ProcedureBuilder[Any]().query(shout)})
    app = Endpoint(router, lambda request: None, units=Told())
    answer = await get(f"/rpc/it,it?batch=1&{given({'0': None, '1': 'x'})}", app=app)
    told = [one["result"]["data"] for one in answer.json]
    assert told == [["it", 0, "query", None], ["it", 1, "query", "x"]]


async def test_a_subscription_is_no_unit() -> None:
    async def tick(log: Log) -> AsyncIterator[int]:
        yield len(log)

    router = Router({"tick": ProcedureBuilder[Any]().subscription(tick)})
    app = Endpoint(router, lambda request: [], units=Recorded())
    assert b"data: 0\n" in (await get("/rpc/tick", app=app)).body
