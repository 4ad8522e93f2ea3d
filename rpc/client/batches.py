"""What a client does besides calling: batches as `with` blocks, and its own end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Self, TypeVar

from rpc.client.modes import Async, Gather, Namespace, Sync

A = TypeVar("A")


class SyncBatch(Generic[A]):
    """Collects the calls of a `with` block and makes them in one request at its end. A block that
    raises makes none."""

    def __init__(self, mode: Sync, table: Callable[[Gather], A]) -> None:
        self._mode = mode
        self._table = table

    def __enter__(self) -> A:
        self._gather = Gather()
        return self._table(self._gather)

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self._gather.results:
            self._gather.settle(self._mode.run_all(self._gather.calls))


class AsyncBatch(Generic[A]):
    """The same for `async with`."""

    def __init__(self, mode: Async, table: Callable[[Gather], A]) -> None:
        self._mode = mode
        self._table = table

    async def __aenter__(self) -> A:
        self._gather = Gather()
        return self._table(self._gather)

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None and self._gather.results:
            self._gather.settle(await self._mode.run_all(self._gather.calls))


class Connected(Namespace[Sync]):
    """A client that is closed at the end of a `with` block."""

    def close(self) -> None:
        self._mode.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncConnected(Namespace[Async]):
    """A client that is closed at the end of an `async with` block."""

    async def close(self) -> None:
        await self._mode.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
