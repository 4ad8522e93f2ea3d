"""Procedures as methods: one table of names that serves every way of calling.

`Namespace[Sync]` gives what a procedure gives, `Namespace[Async]` something to await, and
`Namespace[Gather]` the place of a result in a batch. The parameters are those of the input struct.
"""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from functools import cached_property
from typing import Any, Generic, ParamSpec, TypeVar, get_type_hints, overload

from msgspec import Struct

from rpc.client.calls import Asking, Call, Result, asking, given_by

P = ParamSpec("P")
T = TypeVar("T")


class Sync(ABC):
    """Waits for the answer."""

    @abstractmethod
    def run(self, call: Call[Any]) -> Any: ...
    @abstractmethod
    def run_all(self, calls: Sequence[Call[Any]]) -> list[Any]: ...
    @abstractmethod
    def follow(self, call: Call[Any]) -> Iterator[Any]: ...
    @abstractmethod
    def keyed(self, key: str) -> Sync: ...
    @abstractmethod
    def close(self) -> None: ...


class Async(ABC):
    """Gives something to await."""

    @abstractmethod
    async def run(self, call: Call[Any]) -> Any: ...
    @abstractmethod
    async def run_all(self, calls: Sequence[Call[Any]]) -> list[Any]: ...
    @abstractmethod
    def follow(self, call: Call[Any]) -> AsyncIterator[Any]: ...
    @abstractmethod
    def keyed(self, key: str) -> Async: ...
    @abstractmethod
    async def close(self) -> None: ...


class Gather:
    """Collects calls for a batch."""

    def __init__(self) -> None:
        self.results: list[Result[Any]] = []

    @property
    def calls(self) -> list[Call[Any]]:
        return [result.call for result in self.results]

    def run(self, call: Call[Any]) -> Result[Any]:
        result: Result[Any] = Result(call)
        self.results.append(result)
        return result

    def follow(self, call: Call[Any]) -> Any:
        raise TypeError(f"{call.of.name} is a subscription: no batch can hold it")

    def settle(self, outcomes: Sequence[Any]) -> None:
        for result, outcome in zip(self.results, outcomes, strict=True):
            result.settle(outcome)


M = TypeVar("M", bound=Sync | Async | Gather, covariant=True)


class Namespace(Generic[M]):
    """Where procedures are attributes."""

    def __init__(self, mode: M) -> None:
        self._mode = mode


def nothing() -> Struct:
    """The input of a procedure that takes none."""
    return Empty()


class Empty(Struct):
    pass


class Method(Generic[P, T]):
    """What queries, mutations and subscriptions share."""

    def __init__(self, of: Asking[T], given: Callable[P, Struct], doc: str) -> None:
        self.of = of
        self._given = given
        self.__doc__ = doc

    def _call(self, *args: P.args, **named: P.kwargs) -> Call[T]:
        if self._given is nothing:
            return Call(self.of, None)
        return Call(self.of, given_by(self._given, *args, **named))

    def _bound(self, run: Callable[[Call[T]], Any]) -> Callable[P, Any]:
        def method(*args: P.args, **named: P.kwargs) -> Any:
            return run(self._call(*args, **named))

        method.__doc__ = self.__doc__
        method.__name__ = method.__qualname__ = self.of.name
        method.__signature__ = self._signature  # type: ignore[attr-defined]
        return method

    @cached_property
    def _signature(self) -> inspect.Signature:
        """The parameters as people read them: without what limits their values."""
        hints = get_type_hints(self._given)
        asked = inspect.signature(self._given)
        plain = [p.replace(annotation=hints[n]) for n, p in asked.parameters.items()]
        return asked.replace(parameters=plain, return_annotation=inspect.Signature.empty)


class Procedure(Method[P, T]):
    """A query or a mutation."""

    @overload
    def __get__(self, at: Namespace[Sync], owner: object) -> Callable[P, T]: ...
    @overload
    def __get__(
        self, at: Namespace[Async], owner: object
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...
    @overload
    def __get__(self, at: Namespace[Gather], owner: object) -> Callable[P, Result[T]]: ...
    @overload
    def __get__(self, at: None, owner: object) -> Procedure[P, T]: ...
    def __get__(self, at: Namespace[Any] | None, owner: object) -> Any:
        return self if at is None else self._bound(at._mode.run)


class Subscription(Method[P, T]):
    """A subscription: something to iterate over, connected anew for as long as it lasts."""

    @overload
    def __get__(self, at: Namespace[Sync], owner: object) -> Callable[P, Iterator[T]]: ...
    @overload
    def __get__(self, at: Namespace[Async], owner: object) -> Callable[P, AsyncIterator[T]]: ...
    @overload
    def __get__(self, at: None, owner: object) -> Subscription[P, T]: ...
    def __get__(self, at: Namespace[Any] | None, owner: object) -> Any:
        return self if at is None else self._bound(at._mode.follow)


def query(name: str, given: Callable[P, Struct], result: type[T], doc: str = "") -> Procedure[P, T]:
    return Procedure(asking(name, "query", result, is_keyed=False), given, doc)


def mutation(
    name: str, given: Callable[P, Struct], result: type[T], doc: str = "", *, keyed: bool = False
) -> Procedure[P, T]:
    return Procedure(asking(name, "mutation", result, is_keyed=keyed), given, doc)


def subscription(
    name: str, given: Callable[P, Struct], result: type[T], doc: str = ""
) -> Subscription[P, T]:
    return Subscription(asking(name, "subscription", result, is_keyed=False), given, doc)
