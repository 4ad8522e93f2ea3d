"""Streams: a batch as JSON lines in the order in which results arrive, a subscription as
server-sent events. Both are async generators of bytes; closing one closes what it reads from."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from inspect import isawaitable, iscoroutine
from typing import Any

from msgspec import UNSET

from rpc.answers import Answers
from rpc.call import settled
from rpc.cancelling import abandoned
from rpc.javascript import encode
from rpc.options import JSONL, SSE
from rpc.tracked import Returned, Tracked

Shape = Callable[[Exception], dict[str, Any]]
PROMISE, ITERABLE = 0, 1
FULFILLED, REJECTED = 0, 1
ENDED, YIELDED, FAILED = 0, 1, 2
PING = object()
AHEAD = 64  # lines that iterables may be ahead of the client
GRACE = 0.001  # seconds a stream of one value may take to end by itself
NOT_ITERABLE = "Subscription %s did not return an observable or a AsyncGenerator"
COME_BACK_MS = (200, 1200)  # when the server ends; not all clients at once


def is_iterable(value: Any) -> bool:
    return hasattr(value, "__aiter__")


def is_streamed(value: Any) -> bool:
    """Whether an output is asynchronous: itself, or directly below a key."""
    if isinstance(value, dict):
        return any(isawaitable(v) or is_iterable(v) for v in value.values())
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


def is_pending(value: Any) -> bool:
    return isawaitable(value) or is_iterable(value)


class closed_at_end:
    """The iterator of an iterable, closed when the block ends if it can be."""

    def __init__(self, iterable: Any) -> None:
        self._iterator = aiter(iterable)

    async def __aenter__(self) -> Any:
        return self._iterator

    async def __aexit__(self, *_: object) -> None:
        if hasattr(self._iterator, "aclose"):
            await self._iterator.aclose()


async def cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel what is still running and wait until it has cleaned up."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Pace:
    """When events are sent and how long: by the clock, and until the server ends."""

    def __init__(self, options: SSE) -> None:
        self.options = options
        self._ends: set[asyncio.Future[None]] = set()
        self._is_over = False

    @property
    def streams(self) -> int:
        """How many are under way."""
        return len(self._ends)

    @contextmanager
    def stream(self) -> Iterator[asyncio.Future[None]]:
        """A stream under way; done is what this gives when the stream has to end."""
        end = asyncio.get_running_loop().create_future()
        self._ends.add(end)
        if self._is_over:
            end.set_result(None)
        try:
            yield end
        finally:
            self._ends.remove(end)

    def end_streams(self) -> None:
        """Let every client come back in a moment, to whoever serves then."""
        for end in () if self._is_over else self._ends:
            end.set_result(None)
        self._is_over = True


async def events(
    iterable: Any, answers: Answers, pace: Pace, last_event_id: str | None, shape: Shape
) -> AsyncGenerator[bytes, None]:
    """The events of a subscription, from `connected` to `return` or `serialized-error`."""
    yield event("connected", encode(pace.options.for_client))
    last_event_id = as_id(last_event_id)
    try:
        async with aclosing(paced(iterable, pace)) as items:
            async for item in items:
                if item is PING:
                    yield event("ping", b"")
                elif isinstance(item, Tracked):
                    last_event_id = item.id
                    yield message(answers.text(item.data), item.id)
                elif last_event_id is None:
                    yield message(answers.text(item))
                else:
                    # EventSource would give an event without id the last one, and the client
                    # would take it for tracked.
                    yield message(answers.text(item), "")
                    yield event("restore-id", b"", last_event_id)
        yield event("return", b"")
    except CutShort as cut:
        if cut.server_ends:
            yield b"retry: %d\n\n" % random.randint(*COME_BACK_MS)
    except Exception as error:
        yield event("serialized-error", answers.text(shape(error)))


def as_id(text: str | None) -> str | None:
    """What a stream can say as an id."""
    return None if text is None or any(c in text for c in "\r\n\0") else text


def event(name: str, data: bytes, id: str | None = None) -> bytes:
    return b"event: " + name.encode() + b"\n" + message(data, id)


def message(data: bytes, id: str | None = None) -> bytes:
    text = b"data: " + data + b"\n"
    if id is not None:
        text += b"id: " + id.encode() + b"\n"
    return text + b"\n\n"


class CutShort(Exception):
    """The stream ends before its time, so that the client comes back."""

    def __init__(self, *, server_ends: bool) -> None:
        self.server_ends = server_ends


async def paced(iterable: Any, pace: Pace) -> AsyncGenerator[Any, None]:
    """The items, with PING in every quiet spell; CutShort when the time is up."""
    options = pace.options
    deadline = limit_of(options.max_duration_ms)
    quiet = None if options.ping_ms is None else options.ping_ms / 1000
    with pace.stream() as end:
        async with closed_at_end(iterable) as iterator:
            following: asyncio.Future[Any] = asyncio.ensure_future(anext(iterator, ENDED_ITEMS))
            try:
                while True:
                    item = await within(following, end, quiet, deadline)
                    if item is not PING:
                        if item is ENDED_ITEMS or isinstance(item, Returned):
                            return
                        following = asyncio.ensure_future(anext(iterator, ENDED_ITEMS))
                        if options.emit_and_end_immediately:
                            deadline = min(deadline, now() + GRACE)
                    yield item
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)


ENDED_ITEMS = object()


def now() -> float:
    return asyncio.get_running_loop().time()


def limit_of(duration_ms: int | None) -> float:
    return float("inf") if duration_ms is None else now() + duration_ms / 1000


async def within(
    following: asyncio.Future[Any],
    end: asyncio.Future[None],
    quiet: float | None,
    deadline: float,
) -> Any:
    """The next item, or PING after so much quiet. Raises CutShort at the deadline or the end."""
    left = deadline - now()
    if left <= 0 or end.done():  # a busy generator always has its next item ready
        raise CutShort(server_ends=end.done())
    wait = min(left, quiet if quiet is not None else left)
    patience = None if wait == float("inf") else wait
    await asyncio.wait({following, end}, timeout=patience, return_when="FIRST_COMPLETED")
    if following.done():
        try:
            return following.result()
        except asyncio.CancelledError as cancelled:
            raise abandoned(cancelled) from cancelled
    if end.done() or now() >= deadline:
        raise CutShort(server_ends=end.done())
    return PING
