"""The steps before and around a procedure's function: order, outcomes, `def` and `async def`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial, wraps
from types import MethodType
from typing import Any

import pytest

from rpc import ProcedureBuilder, Router, RPCError, create_caller

Log = list[str]
p = ProcedureBuilder[Log]()


def step(name: str) -> Callable[[Log], Log]:
    def middleware(log: Log) -> Log:
        log.append(name)
        return log

    return middleware


def step_later(name: str) -> Any:
    async def middleware(log: Log) -> Log:
        await asyncio.sleep(0)
        log.append(name)
        return log

    return middleware


def around(name: str) -> Any:
    def middleware(log: Log) -> Iterator[Log]:
        log.append(f"{name} before")
        try:
            result = yield log
        except Exception as error:
            log.append(f"{name} saw {error}")
            raise
        log.append(f"{name} saw {result}")

    return middleware


def around_later(name: str) -> Any:
    async def middleware(log: Log) -> AsyncIterator[Log]:
        log.append(f"{name} before")
        try:
            result = yield log
        except Exception as error:
            log.append(f"{name} saw {error}")
            raise
        await asyncio.sleep(0)
        log.append(f"{name} saw {result}")

    return middleware


def act(log: Log) -> str:
    log.append("act")
    return "result"


async def act_later(log: Log) -> str:
    await asyncio.sleep(0)
    log.append("act")
    return "result"


def fail(log: Log) -> str:
    raise RPCError("CONFLICT", "taken")


async def fail_later(log: Log) -> str:
    raise RPCError("CONFLICT", "taken")


async def outcome(builder: ProcedureBuilder[Any], function: Any) -> tuple[Any, Log]:
    """The result or the error of a call, and what its steps have written."""
    log: Log = []
    caller = create_caller(Router({"it": builder.query(function)}), log)
    try:
        return await caller("it"), log
    except RPCError as error:
        return error, log


STEPS = [
    pytest.param([step, step, step], act, id="def"),
    pytest.param([step_later, step_later, step_later], act_later, id="async"),
    pytest.param([step, step_later, step], act, id="mixed"),
    pytest.param([step_later, step, step_later], act, id="mixed, def at the end"),
]


@pytest.mark.parametrize(("kinds", "function"), STEPS)
async def test_steps_run_in_the_order_they_were_added(kinds: list[Any], function: Any) -> None:
    builder = p.use(kinds[0]("1")).use(kinds[1]("2")).use(kinds[2]("3"))
    assert await outcome(builder, function) == ("result", ["1", "2", "3", "act"])


ALL_AROUND = [
    pytest.param(a, b, f, id=f"{a.__name__} {b.__name__} {f.__name__}")
    for a in (around, around_later)
    for b in (around, around_later)
    for f in (act, act_later)
]


@pytest.mark.parametrize(("outer", "inner", "function"), ALL_AROUND)
async def test_generators_see_the_result_innermost_first(
    outer: Any, inner: Any, function: Any
) -> None:
    result, log = await outcome(p.use(outer("a")).use(inner("b")), function)
    assert result == "result"
    assert log == ["a before", "b before", "act", "b saw result", "a saw result"]


@pytest.mark.parametrize("function", [fail, fail_later])
@pytest.mark.parametrize("inner", [around, around_later])
@pytest.mark.parametrize("outer", [around, around_later])
async def test_generators_see_the_error_at_their_yield(
    outer: Any, inner: Any, function: Any
) -> None:
    error, log = await outcome(p.use(outer("a")).use(inner("b")), function)
    assert error.code == "CONFLICT"
    saw = "saw CONFLICT: taken"
    assert log == ["a before", "b before", f"b {saw}", f"a {saw}"]


@pytest.mark.parametrize("inner", [step, step_later])
async def test_a_step_that_refuses_is_seen_by_the_generators_around_it(inner: Any) -> None:
    def refuse(log: Log) -> Log:
        raise RPCError("FORBIDDEN", "no")

    error, log = await outcome(p.use(around("a")).use(inner("b")).use(refuse), act)
    assert (error.code, log) == ("FORBIDDEN", ["a before", "b", "a saw FORBIDDEN: no"])


def translate(log: Log) -> Iterator[Log]:
    try:
        yield log
    except RPCError:
        raise RPCError("NOT_FOUND", "nothing here") from None


async def translate_later(log: Log) -> AsyncIterator[Log]:
    try:
        yield log
    except RPCError:
        raise RPCError("NOT_FOUND", "nothing here") from None


@pytest.mark.parametrize("function", [fail, fail_later])
@pytest.mark.parametrize("middleware", [translate, translate_later])
async def test_a_generator_may_raise_another_error(middleware: Any, function: Any) -> None:
    error, log = await outcome(p.use(around("a")).use(middleware), function)
    assert (error.code, error.message) == ("NOT_FOUND", "nothing here")
    assert log == ["a before", "a saw NOT_FOUND: nothing here"]


def veto(log: Log) -> Iterator[Log]:
    yield log
    raise RPCError("CONFLICT", "vetoed")


async def veto_later(log: Log) -> AsyncIterator[Log]:
    yield log
    raise RPCError("CONFLICT", "vetoed")


@pytest.mark.parametrize("function", [act, act_later])
@pytest.mark.parametrize("middleware", [veto, veto_later])
async def test_a_generator_may_refuse_after_a_result(middleware: Any, function: Any) -> None:
    error, log = await outcome(p.use(around("a")).use(middleware), function)
    assert error.message == "vetoed"
    assert log == ["a before", "act", "a saw CONFLICT: vetoed"]


def swallow(log: Log) -> Iterator[Log]:
    try:
        yield log
    except RPCError:
        log.append("swallowed")


async def swallow_later(log: Log) -> AsyncIterator[Log]:
    try:
        yield log
    except RPCError:
        log.append("swallowed")


@pytest.mark.parametrize("function", [fail, fail_later])
@pytest.mark.parametrize("middleware", [swallow, swallow_later])
async def test_a_swallowed_error_leaves_no_result_which_is_a_fault(
    middleware: Any, function: Any
) -> None:
    error, log = await outcome(p.use(middleware), function)
    assert (error.code, log) == ("INTERNAL_SERVER_ERROR", ["swallowed"])
    assert error.message == "No result from middlewares - did you forget to `return next()`?"


def idle(log: Log) -> Iterator[Log]:
    if log is None:
        yield log


async def idle_later(log: Log) -> AsyncIterator[Log]:
    if log is None:
        yield log


@pytest.mark.parametrize("function", [act, act_later])
@pytest.mark.parametrize("middleware", [idle, idle_later])
async def test_a_generator_that_yields_nothing_is_a_fault(middleware: Any, function: Any) -> None:
    error, log = await outcome(p.use(middleware), function)
    assert (error.code, log) == ("INTERNAL_SERVER_ERROR", [])
    assert error.message == "No result from middlewares - did you forget to `return next()`?"


def twice(log: Log) -> Iterator[Log]:
    yield log
    yield log


async def twice_later(log: Log) -> AsyncIterator[Log]:
    yield log
    yield log


@pytest.mark.parametrize("function", [act, act_later])
@pytest.mark.parametrize("middleware", [twice, twice_later])
async def test_a_generator_that_yields_twice_is_a_fault(middleware: Any, function: Any) -> None:
    error, log = await outcome(p.use(around("a")).use(middleware), function)
    assert error.code == "INTERNAL_SERVER_ERROR"
    assert str(error.__cause__) == "a middleware may yield only once"
    assert log[-1] == "a saw a middleware may yield only once"


def stop(log: Log) -> str:
    raise StopIteration


async def stop_later(log: Log) -> str:
    raise StopAsyncIteration


@pytest.mark.parametrize("function", [stop, stop_later])
@pytest.mark.parametrize("builder", [p, p.use(around("a")), p.use(around_later("a"))])
async def test_an_iteration_that_stops_by_mistake_is_a_fault(builder: Any, function: Any) -> None:
    error, _ = await outcome(builder, function)
    assert error.code == "INTERNAL_SERVER_ERROR"


@pytest.mark.parametrize("outer", [around, around_later])
async def test_a_cancelled_call_closes_its_generators(outer: Any) -> None:
    closed: Log = []
    began = asyncio.Event()

    def guard(log: Log) -> Iterator[Log]:
        try:
            yield log
        finally:
            closed.append("def")

    async def guard_later(log: Log) -> AsyncIterator[Log]:
        try:
            yield log
        finally:
            await asyncio.sleep(0)
            closed.append("async")

    async def wait(log: Log) -> None:
        began.set()
        await asyncio.sleep(60)

    call = asyncio.create_task(outcome(p.use(guard).use(guard_later).use(outer("a")), wait))
    await began.wait()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert closed == ["async", "def"]


def refuse(guard: str, log: Log) -> Log:
    raise RPCError("FORBIDDEN", guard)


async def refuse_later(guard: str, log: Log) -> Log:
    raise RPCError("FORBIDDEN", guard)


def refuse_first(guard: str, log: Log) -> Iterator[Log]:
    yield refuse(guard, log)


async def refuse_first_later(guard: str, log: Log) -> AsyncIterator[Log]:
    yield refuse(guard, log)


def decorated(function: Any) -> Any:
    @wraps(function)
    def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


def decorated_later(function: Any) -> Any:
    @wraps(function)
    async def wrapper(*args: Any) -> Any:
        return function(*args)

    return wrapper


REFUSALS = [refuse, refuse_later, refuse_first, refuse_first_later]
FORMS = {
    "object": lambda step: type("Guard", (), {"__call__": step})(),
    "method": lambda step: MethodType(step, "it"),
    "in part": lambda step: partial(step, "it"),
    "decorated": lambda step: decorated(MethodType(step, "it")),
    "both": lambda step: decorated(partial(decorated(step), "it")),
}


@pytest.mark.parametrize("function", [act, act_later])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("step", REFUSALS)
async def test_a_guard_guards_whatever_it_is_written_as(
    step: Any, form: str, function: Any
) -> None:
    error, log = await outcome(p.use(FORMS[form](step)), function)
    assert (error.code, log) == ("FORBIDDEN", [])


async def test_a_decorator_that_waits_is_waited_for() -> None:
    error, log = await outcome(p.use(decorated_later(MethodType(refuse, "it"))), act)
    assert (error.code, log) == ("FORBIDDEN", [])
    assert await outcome(p.use(decorated_later(step("1"))), act) == ("result", ["1", "act"])


@pytest.mark.parametrize("function", [act, act_later])
@pytest.mark.parametrize("refusal", REFUSALS[1:])
async def test_what_nobody_ran_is_no_context(refusal: Any, function: Any) -> None:
    def guard(log: Log) -> Any:
        return refusal("it", log)

    error, log = await outcome(p.use(guard), function)
    assert (error.code, log) == ("INTERNAL_SERVER_ERROR", [])
    assert "the middleware guard gave a" in str(error.__cause__)


async def test_a_task_is_no_context() -> None:
    def guard(log: Log) -> Any:
        return asyncio.ensure_future(asyncio.sleep(0))

    error, log = await outcome(p.use(guard), act)
    assert (error.code, log) == ("INTERNAL_SERVER_ERROR", [])
