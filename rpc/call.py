"""One call: middleware, input, function, output check; and the caller for use inside the process.

A chain whose steps are all `def` runs without a task or an await, as one unit of work. Where steps
wait, each run of `def` steps between them is a unit of its own.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, Protocol

from msgspec import UNSET, Struct

from rpc.cancelling import abandoned
from rpc.codec import Input
from rpc.errors import RPCError, as_rpc_error
from rpc.functions import name_of
from rpc.procedure import Middleware, Procedure, Segment
from rpc.router import Router
from rpc.watching import Ended, watched

UNREAD = object()
# What a middleware has not run yet that gives one: as a context it would let everybody in.
UNFINISHED = frozenset(
    {CoroutineType, GeneratorType, AsyncGeneratorType, asyncio.Future, asyncio.Task}
)
# What comes out of a `def` by mistake and would mean something else to whoever waits for it: no
# future can be told of the first; the other ends who waits, though nothing here has waited.
NO_FAILURES = (StopIteration, asyncio.CancelledError)
FORGOTTEN = "No result from middlewares - did you forget to `return next()`?"


class Source(Protocol):
    """Where the input of a call comes from. It is read only when somebody asks."""

    @property
    def taken(self) -> bool:
        """Whether somebody has asked."""
        ...

    def read(self, input: Input) -> Any:
        """The input as the procedure takes it. Raises InputError."""
        ...

    def raw(self) -> Any:
        """The input as plain JSON values, UNSET if there is none. Raises InputError."""
        ...


class Value:
    """An input that is already Python."""

    def __init__(self, value: Any = UNSET) -> None:
        self._value = value
        self.taken = False

    def read(self, input: Input) -> Any:
        self.taken = True
        return input.convert(self._value)

    def raw(self) -> Any:
        self.taken = True
        return self._value


class Call(Struct, frozen=True, eq=False):
    """What is called, and where in its batch it stands."""

    path: str
    procedure: Procedure
    source: Source
    index: int = 0

    def run(self, ctx: Any) -> Any:
        """The result of a chain whose steps are all `def`."""
        procedure = self.procedure
        if procedure.middlewares:
            return _run_steps(self, ctx)
        try:
            if procedure.input is None:
                result = procedure.function(ctx)
            else:
                result = procedure.function(ctx, self.source.read(procedure.input))
        except NO_FAILURES as raised:
            raise misraised(raised) from raised
        output = procedure.output
        return result if type(result) is output.type else output.check(result)


class Units(Protocol):
    """How the `def` parts of a call run: the place for transactions, threads and retries.

    `work` may be run again from its start. Either method gives the result or an awaitable of it.
    """

    def call(self, ctx: Any, call: Call, work: Callable[[Any], Any]) -> Any:
        """Run the part that holds the procedure's function."""
        ...

    def prepare(self, ctx: Any, call: Call, work: Callable[[Any], Any]) -> Any:
        """Run middleware in front of a step that waits; the result is the next context."""
        ...


class OnCall(Protocol):
    """Is told of each call before it begins, and gives what is told of its end: what was raised, or
    None. Neither may raise. `ctx` is what the call starts from."""

    def __call__(self, call: Call, ctx: Any) -> Ended: ...


def start(call: Call, ctx: Any, units: Units | None, on_call: OnCall | None = None) -> Any:
    """Begin a call; its result, or an awaitable where it has to wait. Raises what it raises.
    Without units each part runs where it is."""
    if on_call is not None:
        begun = partial(start, call, ctx, units)
        return watched(partial(on_call, call, ctx), begun, waits=call.procedure.waits)
    if call.procedure.waits:
        return _run_waiting(call, ctx, units)
    return call.run(ctx) if units is None else units.call(ctx, call, call.run)


def _run_steps(call: Call, ctx: Any) -> Any:
    steps = _Steps(call)
    try:
        result = steps.through(call.procedure.segments[0], 0, ctx)
    except Exception as error:
        return steps.leave(None, error)
    return steps.leave(result, None) if steps.opened else result


async def _run_waiting(call: Call, ctx: Any, units: Units | None) -> Any:
    steps = _WaitingSteps(call)
    try:
        for segment in call.procedure.segments:
            ctx = await steps.pass_segment(segment, ctx, units)
    except Exception as error:
        return await steps.leave_waiting(None, error)
    except BaseException:
        await steps.give_up()
        raise
    return await steps.leave_waiting(ctx, None)


class _Steps:
    """The way through a chain of `def` steps: the input once decoded, the generators still open."""

    __slots__ = ("call", "given", "opened")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.given: Any = UNREAD
        self.opened: list[Any] = []

    def input(self) -> Any:
        if self.given is UNREAD:
            declared = self.call.procedure.input
            self.given = UNSET if declared is None else self.call.source.read(declared)
        return self.given

    def through(self, segment: Segment, opened: int, ctx: Any) -> Any:
        """The context after a segment, or the result of the last one."""
        del self.opened[opened:]  # a unit of work that is run again starts afresh
        try:
            for middleware in segment.middlewares:
                ctx = self.enter(middleware, ctx)
            return self.call.procedure.output.check(self.function(ctx)) if segment.is_last else ctx
        except NO_FAILURES as raised:
            raise misraised(raised) from raised

    def enter(self, middleware: Middleware, ctx: Any) -> Any:
        entered = self.apply(middleware, ctx)
        if not middleware.is_generator:
            if type(entered) in UNFINISHED:
                raise unfinished(middleware, entered)
            return entered
        try:
            following = next(entered)
        except StopIteration:
            raise RPCError("INTERNAL_SERVER_ERROR", FORGOTTEN) from None
        self.opened.append(entered)
        return following

    def apply(self, middleware: Middleware, ctx: Any) -> Any:
        if middleware.takes_input:
            return middleware.function(ctx, self.input())
        return middleware.function(ctx)

    def function(self, ctx: Any) -> Any:
        procedure = self.call.procedure
        if procedure.input is None:
            return procedure.function(ctx)
        return procedure.function(ctx, self.input())

    def leave(self, result: Any, error: Exception | None) -> Any:
        """Let the open generators go on, innermost first, with the result or the error."""
        while self.opened:
            error = resume(self.opened.pop(), result, error)
        if error is not None:
            raise error
        return result


class _WaitingSteps(_Steps):
    """The way through a chain in which something waits."""

    async def pass_segment(self, segment: Segment, ctx: Any, units: Units | None) -> Any:
        if not segment.waits:
            work = partial(self.through, segment, len(self.opened))
            if units is None:
                return await settled(work(ctx))
            unit = units.call if segment.is_last else units.prepare
            return await settled(unit(ctx, self.call, work))
        if segment.is_last:
            return self.call.procedure.output.check(await settled(self.function(ctx)))
        return await self.enter_waiting(segment.middlewares[0], ctx)

    async def enter_waiting(self, middleware: Middleware, ctx: Any) -> Any:
        entered = self.apply(middleware, ctx)
        if not middleware.is_generator:
            return await settled(entered)
        try:
            following = await settled(anext(entered))
        except StopAsyncIteration:
            raise RPCError("INTERNAL_SERVER_ERROR", FORGOTTEN) from None
        self.opened.append(entered)
        return following

    async def leave_waiting(self, result: Any, error: Exception | None) -> Any:
        while self.opened:
            generator = self.opened.pop()
            if inspect.isasyncgen(generator):
                error = await resume_waiting(generator, result, error)
            else:
                error = resume(generator, result, error)
        if error is not None:
            raise error
        return result

    async def give_up(self) -> None:
        """Close the open generators of a call that was cancelled, innermost first."""
        while self.opened:
            generator = self.opened.pop()
            if inspect.isasyncgen(generator):
                await generator.aclose()
            else:
                generator.close()


def misraised(raised: BaseException) -> RuntimeError:
    return RuntimeError(f"a procedure raised {type(raised).__name__}")


def unfinished(middleware: Middleware, entered: Any) -> TypeError:
    if isinstance(entered, CoroutineType | GeneratorType):
        entered.close()
    kind, name = type(entered).__name__, name_of(middleware.function)
    return TypeError(f"the middleware {name} gave a {kind}: say so by `async def`, or by `yield`")


def resume(generator: Any, result: Any, error: Exception | None) -> Exception | None:
    """The error the outer steps see."""
    try:
        if error is None:
            generator.send(result)
        else:
            generator.throw(error)
    except StopIteration:
        return error and RPCError("INTERNAL_SERVER_ERROR", FORGOTTEN)
    except Exception as raised:
        return raised
    return RuntimeError("a middleware may yield only once")


async def resume_waiting(generator: Any, result: Any, error: Exception | None) -> Exception | None:
    try:
        await settled(generator.asend(result) if error is None else generator.athrow(error))
    except StopAsyncIteration:
        return error and RPCError("INTERNAL_SERVER_ERROR", FORGOTTEN)
    except Exception as raised:
        return raised
    return RuntimeError("a middleware may yield only once")


async def settled(value: Any) -> Any:
    """A value, waited for where it is awaitable. Raises Abandoned where it is cancelled."""
    if not inspect.isawaitable(value):
        return value
    try:
        return await value
    except asyncio.CancelledError as cancelled:
        raise abandoned(cancelled) from cancelled


def create_caller(
    router: Router, ctx: Any, units: Units | None = None, on_call: OnCall | None = None
) -> Callable[..., Awaitable[Any]]:
    """`await caller(path, input)` runs the full chain inside the process.

    The input is a struct or plain values; the result is what the function returned.
    Raises RPCError, INTERNAL_SERVER_ERROR for whatever else went wrong.
    """

    async def caller(path: str, input: Any = UNSET) -> Any:
        procedure = router.find(path)
        if procedure is None:
            raise RPCError("NOT_FOUND", f'No procedure found on path "{path}"')
        try:
            call = Call(path, procedure, Value(input))
            return await settled(start(call, ctx, units, on_call))
        except Exception as error:
            raise as_rpc_error(error) from error

    return caller
