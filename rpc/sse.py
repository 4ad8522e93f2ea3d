"""A subscription as server-sent events: an async generator of bytes; closing it closes what it
reads from."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

from rpc.answers import Answers
from rpc.cancelling import abandoned
from rpc.javascript import encode
from rpc.options import SSE
from rpc.stream import Shape, closed_at_end
from rpc.tracked import Returned, Tracked

PING = object()
ENDED = object()
GRACE = 0.001  # seconds a stream of one value may take to end by itself
COME_BACK_MS = (200, 1200)  # when the server ends; not all clients at once


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
            following: asyncio.Future[Any] = asyncio.ensure_future(anext(iterator, ENDED))
            try:
                while True:
                    item = await within(following, end, quiet, deadline)
                    if item is not PING:
                        if item is ENDED or isinstance(item, Returned):
                            return
                        following = asyncio.ensure_future(anext(iterator, ENDED))
                        if options.emit_and_end_immediately:
                            deadline = min(deadline, now() + GRACE)
                    yield item
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)


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
