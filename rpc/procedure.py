"""Procedures and their builder: `.use(middleware)`, `.query/.mutation/.subscription(function)`.

A procedure is a plain function of a context and, if it takes one, an input. `def` runs as one unit
of work (in a service: one transaction); `async def` waits for the world.

A middleware takes the context and gives the one the next step needs. With one parameter it runs
before the input is decoded, with two it sees the decoded input. A generator yields the next context
and goes on when the call is over, with its result, or with its error raised at the `yield`.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Generic, Literal, TypeVar, get_type_hints, overload

from rpc.codec import Input, Output
from rpc.functions import Function, is_generator, layers, parameters, waits, written

C = TypeVar("C")
N = TypeVar("N")
F = TypeVar("F", bound=Callable[..., Any])

ProcedureType = Literal["query", "mutation", "subscription"]


@dataclass(frozen=True, slots=True)
class Middleware:
    """One step before the procedure's function."""

    function: Function
    takes_input: bool
    is_generator: bool
    waits: bool

    @classmethod
    def of(cls, function: Function) -> Middleware:
        return cls(
            function,
            takes_input=len(parameters(function)) == 2,
            is_generator=is_generator(function),
            waits=waits(function),
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive steps that run together: `def` middleware, or one step that waits.

    The last one holds the procedure's function behind its middleware.
    """

    middlewares: tuple[Middleware, ...]
    waits: bool
    is_last: bool


@dataclass(frozen=True, slots=True, eq=False)
class Procedure:
    """A function with its middleware and everything its annotations say. Immutable."""

    type: ProcedureType
    function: Function
    middlewares: tuple[Middleware, ...]
    meta: Mapping[str, Any] | None
    errors: tuple[str, ...]
    input: Input | None
    output: Output
    segments: tuple[Segment, ...]
    waits: bool  # whether any step is `async`

    @property
    def doc(self) -> str:
        """The function's docstring: it becomes TypeScript and OpenAPI text."""
        return inspect.getdoc(written(self.function)) or ""


@dataclass(frozen=True)
class ProcedureBuilder(Generic[C]):
    """Where procedures of a context `C` come from. Every method gives a new value."""

    _middlewares: tuple[Middleware, ...] = ()
    _meta: Mapping[str, Any] | None = None
    _errors: tuple[str, ...] = ()

    @overload
    def use(self, middleware: Callable[[C], Iterator[N]]) -> ProcedureBuilder[N]: ...
    @overload
    def use(self, middleware: Callable[[C, Any], Iterator[N]]) -> ProcedureBuilder[N]: ...
    @overload
    def use(self, middleware: Callable[[C], AsyncIterator[N]]) -> ProcedureBuilder[N]: ...
    @overload
    def use(self, middleware: Callable[[C, Any], AsyncIterator[N]]) -> ProcedureBuilder[N]: ...
    @overload
    def use(self, middleware: Callable[[C], Awaitable[N]]) -> ProcedureBuilder[N]: ...
    @overload
    def use(self, middleware: Callable[[C, Any], Awaitable[N]]) -> ProcedureBuilder[N]: ...
    @overload
    def use(self, middleware: Callable[[C], N]) -> ProcedureBuilder[N]: ...
    @overload
    def use(self, middleware: Callable[[C, Any], N]) -> ProcedureBuilder[N]: ...
    def use(self, middleware: Function) -> ProcedureBuilder[Any]:
        """Add a step; what it gives or yields is the context of the next one."""
        return replace(
            self,
            _middlewares=(*self._middlewares, Middleware.of(middleware)),
            _errors=(*self._errors, *declared_errors(middleware)),
        )

    def errors(self, *reasons: str) -> ProcedureBuilder[C]:
        """Declare `reason`s that every procedure made from here may refuse with."""
        return replace(self, _errors=(*self._errors, *reasons))

    def meta(self, **meta: Any) -> ProcedureBuilder[C]:
        """Attach facts about the procedure; a later key replaces an earlier one."""
        return replace(self, _meta={**(self._meta or {}), **meta})

    @overload
    def query(self, function: Callable[[C], Any]) -> Procedure: ...
    @overload
    def query(self, function: Callable[[C, Any], Any]) -> Procedure: ...
    def query(self, function: Function) -> Procedure:
        """A procedure that reads."""
        return self._procedure("query", function)

    @overload
    def mutation(self, function: Callable[[C], Any]) -> Procedure: ...
    @overload
    def mutation(self, function: Callable[[C, Any], Any]) -> Procedure: ...
    def mutation(self, function: Function) -> Procedure:
        """A procedure that writes."""
        return self._procedure("mutation", function)

    @overload
    def subscription(self, function: Callable[[C], Any]) -> Procedure: ...
    @overload
    def subscription(self, function: Callable[[C, Any], Any]) -> Procedure: ...
    def subscription(self, function: Function) -> Procedure:
        """A procedure that gives values over time: an async generator."""
        return self._procedure("subscription", function)

    def _procedure(self, type: ProcedureType, function: Function) -> Procedure:
        hints = get_type_hints(written(function), include_extras=True)
        _, *inputs = parameters(function)
        return Procedure(
            type=type,
            function=function,
            middlewares=self._middlewares,
            meta=self._meta,
            errors=tuple(sorted({*self._errors, *declared_errors(function)})),
            input=Input(hints.get(inputs[0], Any)) if inputs else None,
            output=Output(hints.get("return", Any)),
            segments=tuple(segments(self._middlewares, waits(function))),
            waits=waits(function) or any(m.waits for m in self._middlewares),
        )


def segments(middlewares: tuple[Middleware, ...], function_waits: bool) -> Iterator[Segment]:
    together: list[Middleware] = []
    for middleware in middlewares:
        if not middleware.waits:
            together.append(middleware)
            continue
        if together:
            yield Segment(tuple(together), waits=False, is_last=False)
            together = []
        yield Segment((middleware,), waits=True, is_last=False)
    if function_waits and together:
        yield Segment(tuple(together), waits=False, is_last=False)
        together = []
    yield Segment(tuple(together), waits=function_waits, is_last=True)


def errors(*reasons: str) -> Callable[[F], F]:
    """Declare the `reason`s a procedure or a middleware may refuse with: they are published."""

    def declare(function: F) -> F:
        declared = (*declared_errors(function), *reasons)
        function.__rpc_errors__ = declared  # type: ignore[attr-defined]
        return function

    return declare


def declared_errors(function: Function) -> tuple[str, ...]:
    found = (getattr(layer, "__rpc_errors__", ()) for layer in layers(function))
    return tuple(chain.from_iterable(found))
