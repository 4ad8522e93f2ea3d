"""Look-ups of many streams in one read: a crowd that is woken at once must not queue one by one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from msgspec import Struct

from procedures.store.database import Readable, read_from
from procedures.store.transaction import Transaction

T = TypeVar("T")
TOGETHER = 50  # look-ups of one read: they keep a loop that reads by itself for a few milliseconds


class Moment(Struct, frozen=True):
    """One snapshot, and what others have found in it."""

    tx: Transaction
    found: dict[Hashable, Any]

    def once(self, key: Hashable, find: Callable[[], T]) -> T:
        """What the first who asked for it in this snapshot found. Raises what `find` raises."""
        if key not in self.found:
            self.found[key] = find()
        known: T = self.found[key]
        return known


LookUp = Callable[[Moment], Any]


class LookUps:
    """Gathers what is asked for while it waits for its turn."""

    def __init__(self) -> None:
        self._asked: deque[tuple[LookUp, asyncio.Future[Any]]] = deque()
        self._task: asyncio.Task[None] | None = None

    async def made(self, source: Readable, look_up: Callable[[Moment], T]) -> T:
        """What a look-up finds. Raises what it raises, and what reading raises."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._asked.append((look_up, answer))
        if self._task is None:
            self._task = asyncio.create_task(self._make_all(source))
        return await answer

    async def _make_all(self, source: Readable) -> None:
        try:
            while self._asked:
                asked = [self._asked.popleft() for _ in range(min(TOGETHER, len(self._asked)))]
                await make(source, asked)
        finally:
            self._task = None


async def make(source: Readable, asked: list[tuple[LookUp, asyncio.Future[Any]]]) -> None:
    """Make look-ups in one read, and answer them."""

    def work(tx: Transaction) -> list[Callable[[asyncio.Future[Any]], None]]:
        moment = Moment(tx, {})
        return [outcome(look_up, moment) for look_up, _ in asked]

    try:
        outcomes = await read_from(source, work)
    except Exception as error:
        outcomes = [failing(error)] * len(asked)
    for settle, (_, answer) in zip(outcomes, asked, strict=True):
        if not answer.done():  # who asked may have left
            settle(answer)


def outcome(look_up: LookUp, moment: Moment) -> Callable[[asyncio.Future[Any]], None]:
    try:
        result = look_up(moment)
    except Exception as error:
        return failing(error)
    return lambda answer: answer.set_result(result)


def failing(error: Exception) -> Callable[[asyncio.Future[Any]], None]:
    return lambda answer: answer.set_exception(error)
