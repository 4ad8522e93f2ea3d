"""Streamed outputs and subscriptions of the conformance router."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import wraps
from inspect import signature
from typing import Any

from msgspec import UNSET

from rpc.errors import RPCError
from rpc.procedure import Procedure
from rpc.tracked import Returned, Tracked, tracked
from tests.contract.context import STATE, Context, info_of
from tests.contract.inputs import (
    Count,
    Flaky,
    Keyed,
    KeyedDelay,
    Named,
    ThrowAfter,
    TrackedCount,
    integer,
    kind_of,
    resumed,
)
from tests.contract.queries import authed, p
from tests.contract.turns import sleep


def at_once(function: Any) -> Any:
    """The same as a `def` that gives the iterable: its call goes the way of all others."""

    @wraps(function)
    def start(*arguments: Any) -> Any:
        return function(*arguments)

    start.__signature__ = signature(function)  # type: ignore[attr-defined]
    del start.__wrapped__  # by which its call would be one that waits
    return start


async def after(ctx: Context, ms: float, value: Any) -> Any:
    await sleep(ctx, ms)
    return value


async def failing_after(ctx: Context, ms: float, error: Exception) -> Any:
    await sleep(ctx, ms)
    raise error


async def iterable_of(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        yield value


def promise(ctx: Context) -> dict[str, Any]:
    return {"now": "immediate", "later": after(ctx, 30, "deferred")}


def nested(ctx: Context) -> dict[str, Any]:
    async def outer() -> dict[str, Any]:
        await sleep(ctx, 10)
        return {"inner": after(ctx, 20, "deepest")}

    return {"outer": outer()}


def undefined_promise(ctx: Context) -> dict[str, Any]:
    return {"later": after(ctx, 10, UNSET), "nothing": after(ctx, 10, None)}


def rejected(ctx: Context) -> dict[str, Any]:
    return {
        "fine": after(ctx, 5, 1),
        "bad": failing_after(ctx, 10, RPCError("FORBIDDEN", "deferred failure")),
    }


def rejected_plain(ctx: Context) -> dict[str, Any]:
    return {"bad": failing_after(ctx, 10, ValueError("plain deferred failure"))}


async def count(ctx: Context, given: Count) -> AsyncIterator[int]:
    for i in range(1, int(given.count) + 1):
        await asyncio.sleep(given.pause)
        yield i


async def count_return(ctx: Context) -> AsyncIterator[Any]:
    yield 1
    yield 2
    yield Returned("done")


async def count_error(ctx: Context) -> AsyncIterator[Any]:
    yield 1
    yield 2
    raise RPCError("CONFLICT", "iteration failure")


async def count_error_plain(ctx: Context) -> AsyncIterator[Any]:
    yield 1
    raise ValueError("plain iteration failure")


async def values(ctx: Context) -> AsyncIterator[Any]:
    for value in (None, UNSET, {"a": 1}, ["x"]):
        yield value


async def nothing(ctx: Context) -> AsyncIterator[Any]:
    for value in ():
        yield value


def in_object(ctx: Context) -> dict[str, Any]:
    return {"title": "numbers", "items": iterable_of(1, 2, 3)}


async def of_promises(ctx: Context) -> AsyncIterator[Any]:
    yield {"p": after(ctx, 10, "first")}
    yield {"p": after(ctx, 5, "second")}


def promise_of_iterable(ctx: Context) -> dict[str, Any]:
    return {"later": after(ctx, 10, iterable_of("a", "b"))}


async def abort_stream(ctx: Context, given: KeyedDelay) -> AsyncIterator[int]:
    STATE[given.key] = "running"
    i = 0
    try:
        while True:
            i += 1
            yield i
            await asyncio.sleep(given.ms / 1000)
    finally:
        STATE[given.key] = "aborted"


async def endless(ctx: Context, given: KeyedDelay) -> AsyncIterator[Tracked[int]]:
    async for i in abort_stream(ctx, given):
        yield tracked(str(i), i)


async def tracked_count(ctx: Context, given: TrackedCount) -> AsyncIterator[Tracked[Any]]:
    pause = 0 if given.every_ms is UNSET else given.every_ms / 1000
    for i in resumed(given.last_event_id, given.last):
        await asyncio.sleep(pause)
        yield tracked(str(i), {"n": i})


async def mixed(ctx: Context, given: Any) -> AsyncIterator[Any]:
    yield "before"
    yield tracked("one", "first")
    yield "between"
    yield tracked("two", "second")
    yield "after"


VALUES = (None, False, 0, "", "two\nlines", "é 漢字 😀", {"a": [1, {"b": None}]}, [])


async def sub_values(ctx: Context) -> AsyncIterator[Any]:
    for value in VALUES:
        yield value


async def returns(ctx: Context) -> AsyncIterator[Any]:
    yield 1
    yield Returned("never sent")


async def sub_input(ctx: Context, given: Any) -> AsyncIterator[Any]:
    yield {"kind": kind_of(given), "input": None if given is UNSET else given}


async def sub_typed(ctx: Context, given: Named) -> AsyncIterator[str]:
    yield f"hello {given.name}"


async def sub_whoami(ctx: Context) -> AsyncIterator[Any]:
    yield {"user": ctx.user}


async def sub_secret(ctx: Context) -> AsyncIterator[Any]:
    yield f"for {ctx.user}"


async def sub_info(ctx: Context) -> AsyncIterator[Any]:
    yield info_of(ctx)


async def throw_after(ctx: Context, given: ThrowAfter) -> AsyncIterator[int]:
    for i in range(1, integer(given.count) + 1):
        yield i
    message = "subscription failure" if given.message is UNSET else given.message
    raise RPCError(given.code, message)  # type: ignore[arg-type]


async def throw_plain(ctx: Context) -> AsyncIterator[int]:
    yield 1
    raise ValueError("plain subscription failure")


def throw_setup(ctx: Context) -> Any:
    raise RPCError("CONFLICT", "setup failure")


async def flaky(ctx: Context, given: Flaky) -> AsyncIterator[Tracked[Any]]:
    fails = STATE.get(given.key, "unknown") == "unknown"
    STATE[given.key] = "running"
    for i in resumed(given.last_event_id, 4):
        if fails and i == 3:
            raise RPCError("INTERNAL_SERVER_ERROR", "try again")
        yield tracked(str(i), {"n": i})


def not_iterable(ctx: Context) -> Any:
    return 42


async def silent(ctx: Context, given: Keyed) -> AsyncIterator[Any]:
    STATE[given.key] = "running"
    try:
        await asyncio.sleep(60)
        yield UNSET
    finally:
        STATE[given.key] = "aborted"


PROCEDURES: dict[str, Procedure] = {
    "abort.stream": p.query(at_once(abort_stream)),
    "stream.promise": p.query(promise),
    "stream.promiseMutation": p.mutation(promise),
    "stream.nested": p.query(nested),
    "stream.undefinedPromise": p.query(undefined_promise),
    "stream.rejected": p.query(rejected),
    "stream.rejectedPlain": p.query(rejected_plain),
    "stream.count": p.query(at_once(count)),
    "stream.countReturn": p.query(at_once(count_return)),
    "stream.countError": p.query(at_once(count_error)),
    "stream.countErrorPlain": p.query(at_once(count_error_plain)),
    "stream.empty": p.query(at_once(nothing)),
    "stream.values": p.query(at_once(values)),
    "stream.inObject": p.query(in_object),
    "stream.ofPromises": p.query(at_once(of_promises)),
    "stream.promiseOfIterable": p.query(promise_of_iterable),
    "sub.count": p.subscription(count),
    "sub.tracked": p.subscription(tracked_count),
    "sub.mixed": p.subscription(mixed),
    "sub.values": p.subscription(sub_values),
    "sub.empty": p.subscription(nothing),
    "sub.returns": p.subscription(returns),
    "sub.input": p.subscription(sub_input),
    "sub.typed": p.subscription(sub_typed),
    "sub.whoami": p.subscription(sub_whoami),
    "sub.secret": authed.subscription(sub_secret),
    "sub.info": p.subscription(sub_info),
    "sub.throwAfter": p.subscription(throw_after),
    "sub.throwPlain": p.subscription(throw_plain),
    "sub.throwSetup": p.subscription(throw_setup),
    "sub.flaky": p.subscription(flaky),
    "sub.notIterable": p.subscription(not_iterable),
    "sub.endless": p.subscription(endless),
    "sub.silent": p.subscription(silent),
}
