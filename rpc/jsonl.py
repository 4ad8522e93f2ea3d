"""A batch as JSON lines, in the order in which results arrive: an async generator of bytes; closing
it closes what it reads from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from inspect import isawaitable, iscoroutine
from typing import Any

from msgspec import UNSET

from rpc.answers import Answers
from rpc.call import settled
from rpc.cancelling import abandoned, cancelled
from rpc.options import JSONL
from rpc.stream import Shape, closed_at_end, is_iterable
from rpc.tracked import Returned

PROMISE, ITERABLE = 0, 1
FULFILLED, REJECTED = 0, 1
ENDED, YIELDED, FAILED = 0, 1, 2
AHEAD = 64  # lines that iterables may be ahead of the client


def is_pending(value: Any) -> bool:
    return isawaitable(value) or is_iterable(value)


def is_streamed(value: Any) -> bool:
    """Whether an output is asynchronous: itself, or directly below a key."""
    if isinstance(value, dict):
        return any(map(is_pending, value.values()))
    return is_iterable(value)


class Known:
    """A promise that is already fulfilled; others that are may be announced before it."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[None, None, Any]:
        yield
        return self.value

    def close(self) -> None:
        drop(self.value)


class Later(Known):
    """A promise of what a function makes of a value, not before somebody waits for it."""

    def __init__(self, function: Callable[[Any], Awaitable[Any]], value: Any) -> None:
        super().__init__(value)
        self._function = function

    def __await__(self) -> Generator[Any, None, Any]:
        return self._function(self.value).__await__()


class Lasting(Later):
    """The same, which goes on to its end when nobody waits any more."""

    _begun: asyncio.Future[Any] | None = None

    def __await__(self) -> Generator[Any, None, Any]:
        self._begun = asyncio.ensure_future(self._function(self.value))
        return asyncio.shield(self._begun).__await__()

    async def ended(self) -> None:
        """Wait for that end, and close what came of it."""
        if self._begun is not None:
            drop(await self._begun)


def drop(value: Any) -> None:
    """Close the promises that nobody will wait for, in a value or directly below a key."""
    for part in value.values() if isinstance(value, dict) else (value,):
        if iscoroutine(part) or isinstance(part, Known):
            part.close()


class JSONLines:
    """Encodes values with asynchronous parts: placeholders first, then a chunk for each event."""

    def __init__(self, answers: Answers, options: JSONL) -> None:
        self._answers = answers
        self._options = options
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._room = asyncio.Event()
        self._room.set()
        self._tasks: dict[asyncio.Task[None], Any] = {}  # and what each waits for
        self._ids = 0

    async def stream(
        self, calls: Sequence[Awaitable[Any]], shapes: Sequence[Shape]
    ) -> AsyncGenerator[bytes, None]:
        """The lines of a batch: the head, then chunks until nothing is awaited any more."""
        head = {
            str(i): self._encoded(call, shape)
            for i, (call, shape) in enumerate(zip(calls, shapes, strict=True))
        }
        try:
            yield self._line(head)
            while (line := await self._next_line()) is not None:
                if self._lines.qsize() < AHEAD:
                    self._room.set()
                yield line
        finally:
            waited_for = [*self._tasks.values()]
            await cancelled({*self._tasks})
            lasting = [promise.ended() for promise in waited_for if isinstance(promise, Lasting)]
            await asyncio.gather(*lasting, return_exceptions=True)
            for promise in waited_for:
                drop(promise)

    async def _next_line(self) -> bytes | None:
        if self._options.ping_ms is None:
            return await self._lines.get()
        try:
            async with asyncio.timeout(self._options.ping_ms / 1000):
                return await self._lines.get()
        except TimeoutError:
            return b" "

    def _line(self, value: Any) -> bytes:
        return self._answers.text(value) + b"\n"

    def _encoded(self, value: Any, shape: Shape) -> list[Any]:
        """`[[value], definition…]`; asynchronous parts are registered."""
        if value is UNSET:
            return [[]]
        if is_pending(value):
            return [[0], [None, *self._registered(value, shape)]]
        parts = value.items() if isinstance(value, dict) else ()
        pending = {key: part for key, part in parts if is_pending(part)}
        if not pending:
            return [[value]]  # itself: a transformer may tell it from a plain dict
        plain = {key: 0 if key in pending else part for key, part in parts}
        defined = ([key, *self._registered(part, shape)] for key, part in pending.items())
        return [[plain], *defined]

    def _registered(self, value: Any, shape: Shape) -> tuple[int, int]:
        id, self._ids = self._ids, self._ids + 1
        is_promise = isawaitable(value)
        work = self._settle(id, value, shape) if is_promise else self._iterate(id, value, shape)
        task = asyncio.ensure_future(work)
        self._tasks[task] = value
        task.add_done_callback(self._ended)
        return PROMISE if is_promise else ITERABLE, id

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        failed = not task.cancelled() and task.exception() is not None
        if failed or not self._tasks:  # a value that cannot be encoded ends the whole stream
            self._lines.put_nowait(None)

    def _put(self, id: int, status: int, encoded: Any) -> None:
        self._lines.put_nowait(self._line([id, status, encoded]))
        if self._lines.qsize() >= AHEAD:
            self._room.clear()

    async def _settle(self, id: int, promise: Awaitable[Any], shape: Shape) -> None:
        try:
            value = await settled(promise)
        except Exception as error:
            self._put(id, REJECTED, shape(error))
        else:
            self._put(id, FULFILLED, self._encoded(value, shape))

    async def _iterate(self, id: int, iterable: Any, shape: Shape) -> None:
        returned: Any = UNSET
        try:
            async with closed_at_end(iterable) as items:
                async for item in items:
                    if isinstance(item, Returned):
                        returned = item.value
                        break
                    self._put(id, YIELDED, self._encoded(item, shape))
                    await self._room.wait()
        except asyncio.CancelledError as cancelled:
            self._put(id, FAILED, shape(abandoned(cancelled)))
        except Exception as error:
            self._put(id, FAILED, shape(error))
        else:
            self._put(id, ENDED, self._encoded(returned, shape))
