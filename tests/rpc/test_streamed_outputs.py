"""What a stream yields is held to its annotation, item by item, however it is sent."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from asgi_driver import get
from msgspec import UNSET, Struct, UnsetType
from ws_driver import Socket, connected, data, started, stopped, subscribe

from rpc import (
    Endpoint,
    Options,
    ProcedureBuilder,
    Returned,
    Router,
    RPCError,
    Tracked,
    WebSocketEndpoint,
    create_caller,
    superjson,
    tracked,
)
from rpc.javascript import encode

FAILED = {
    "message": "Output validation failed",
    "code": -32603,
    "data": {"code": "INTERNAL_SERVER_ERROR", "httpStatus": 500, "path": "it"},
}
p = ProcedureBuilder[None]()


class Point(Struct):
    x: int


class Stream:
    """A procedure that yields these items, and whether its generator was closed."""

    def __init__(self, annotation: Any, items: list[Any]) -> None:
        self.is_closed = False
        self._items = items
        function = self.generator
        function.__annotations__["return"] = annotation
        self.subscription = Router({"it": p.subscription(function)})
        self.query = Router({"it": p.query(function)})

    @property
    def generator(self) -> Callable[[None], AsyncIterator[Any]]:
        async def items(ctx: None) -> AsyncIterator[Any]:
            try:
                for item in self._items:
                    yield item
            finally:
                self.is_closed = True

        return items


def no_context(request: Any) -> None:
    return None


FITTING = [
    (AsyncIterator[int], [1, 2], [1, 2]),
    (AsyncIterable[str | None], ["a", None], ["a", None]),
    (AsyncGenerator[Point, None], [Point(1), {"x": 2}], [{"x": 1}, {"x": 2}]),
    (AsyncIterator[Any], [1, "a"], [1, "a"]),
    (AsyncIterator[datetime], [datetime(2020, 1, 2, tzinfo=UTC)], ["2020-01-02T00:00:00.000Z"]),
]
UNFITTING = [
    (AsyncIterator[int], "2"),
    (AsyncIterable[str | None], 5),
    (AsyncGenerator[Point, None], {"y": 2}),
    (AsyncIterator[int], None),
    (AsyncIterator[int], UNSET),
    (AsyncIterator[int], tracked("a", "2")),
    (AsyncIterator[Tracked[int]], 2),
    (AsyncIterator[Tracked[int]], tracked("a", "2")),
    (AsyncIterator[Tracked[Point] | int], tracked("a", 5)),
    (AsyncIterator[Tracked[Point] | int], "5"),
]
FIRST = {
    AsyncIterator[int]: 1,
    AsyncIterable[str | None]: None,
    AsyncGenerator[Point, None]: Point(1),
    AsyncIterator[Tracked[int]]: tracked("one", 1),
    AsyncIterator[Tracked[Point] | int]: 1,
}


@pytest.mark.parametrize(("annotation", "items", "sent"), FITTING, ids=str)
async def test_items_that_fit_are_sent_every_way(annotation: Any, items: Any, sent: Any) -> None:
    stream = Stream(annotation, items)
    frames = [b"data: " + encode(value) + b"\n" for value in sent]
    assert by_events(await events(stream)) == [*frames, b"event: return\ndata: \n"]
    assert [value for _, status, value in await iterated(stream.query) if status == 1] == [
        [[value]] for value in sent
    ]
    async with subscribed(stream) as socket:
        expected = [started(1), *(data(1, value) for value in sent), stopped(1)]
        assert await socket.answers(len(expected)) == expected


@pytest.mark.parametrize(("annotation", "item"), UNFITTING, ids=str)
async def test_an_item_that_does_not_fit_is_a_fault_among_the_events(
    annotation: Any, item: Any
) -> None:
    stream = Stream(annotation, [FIRST[annotation], item, FIRST[annotation]])
    first, error = by_events(await events(stream))
    assert first.startswith(b"data: ")
    assert error.startswith(b"event: serialized-error\ndata: ")
    assert json.loads(error.split(b"data: ")[1]) == FAILED
    assert stream.is_closed


@pytest.mark.parametrize(("annotation", "item"), UNFITTING, ids=str)
async def test_so_it_is_among_the_lines(annotation: Any, item: Any) -> None:
    stream = Stream(annotation, [FIRST[annotation], item, FIRST[annotation]])
    first, error = await iterated(stream.query)
    assert first[:2] == [3, 1]
    assert error == [3, 2, FAILED]
    assert stream.is_closed


@pytest.mark.parametrize(("annotation", "item"), UNFITTING, ids=str)
async def test_so_it_is_among_the_messages(annotation: Any, item: Any) -> None:
    stream = Stream(annotation, [FIRST[annotation], item, FIRST[annotation]])
    async with subscribed(stream) as socket:
        begun, first, error, ended = await socket.answers(4)
        assert (begun, error, ended) == (started(1), {"id": 1, "error": FAILED}, stopped(1))
        assert first["result"]["type"] == "data"
        assert stream.is_closed
        await socket.silence()


TRACKED = [AsyncIterator[Tracked[Point]], AsyncIterator[Tracked[Point] | str], AsyncIterator[Point]]
TRACKED += [AsyncIterator[Tracked], AsyncIterator[Any]]


@pytest.mark.parametrize("annotation", TRACKED, ids=str)
async def test_the_data_of_a_tracked_item_is_checked_and_its_id_kept(annotation: Any) -> None:
    stream = Stream(annotation, [tracked("one", Point(1))])
    assert by_events(await events(stream))[0] == b'data: {"x":1}\nid: one\n'


async def test_an_item_may_be_undefined_where_the_annotation_says_so() -> None:
    stream = Stream(AsyncIterator[int | UnsetType], [UNSET, 1])
    assert [chunk[1:] for chunk in await iterated(stream.query)] == [
        [1, [[]]],
        [1, [[1]]],
        [0, [[]]],
    ]


async def test_an_undefined_event_is_a_fault_unless_a_transformer_can_say_it() -> None:
    stream = Stream(AsyncIterator[Any], [UNSET])
    assert b"event: serialized-error" in await events(stream)
    assert b'data: {"json":null,"meta"' in await events(stream, Options(transformer=superjson))


async def test_what_a_stream_returns_is_nobodys_item() -> None:
    stream = Stream(AsyncIterator[int], [1, Returned("done")])
    assert [chunk[1:] for chunk in await iterated(stream.query)] == [[1, [[1]]], [0, [["done"]]]]


async def test_in_process_the_very_items_come_and_the_wrong_one_raises() -> None:
    point = Point(1)
    stream = Stream(AsyncIterator[Point], [point, 5])
    items = await create_caller(stream.query, None)("it")
    assert await anext(items) is point
    with pytest.raises(RPCError, match="Output validation failed"):
        await anext(items)


async def test_a_generator_is_closed_with_its_stream() -> None:
    stream = Stream(AsyncIterator[int], [1, 2])
    items = await create_caller(stream.query, None)("it")
    await anext(items)
    assert not stream.is_closed
    await items.aclose()
    assert stream.is_closed


class Countdown:
    """An iterable that is no generator."""

    def __init__(self, first: int) -> None:
        self._left = first

    def __aiter__(self) -> Countdown:
        return self

    async def __anext__(self) -> int:
        if not self._left:
            raise StopAsyncIteration
        self._left -= 1
        return self._left


async def waiting(ctx: None) -> AsyncIterator[int]:
    return Countdown(2)


def at_once(ctx: None) -> AsyncIterator[int]:
    return Countdown(2)


@pytest.mark.parametrize("function", [waiting, at_once])
async def test_any_iterable_is_checked_whoever_gives_it(function: Any) -> None:
    sent = await iterated(Router({"it": p.query(function)}))
    assert [chunk[1:] for chunk in sent] == [[1, [[1]]], [1, [[0]]], [0, [[]]]]


async def no_iterable(ctx: None) -> AsyncIterator[int]:
    return 42  # type: ignore[return-value]


async def test_what_is_no_iterable_is_a_fault() -> None:
    answer = await get("/rpc/it", app=endpoint(Router({"it": p.query(no_iterable)})))
    assert (answer.status, answer.error) == (500, FAILED)


def endpoint(router: Router, options: Options | None = None) -> Endpoint:
    return Endpoint(router, no_context, options=options)


async def events(stream: Stream, options: Options | None = None) -> bytes:
    return (await get("/rpc/it", app=endpoint(stream.subscription, options))).body


def by_events(body: bytes) -> list[bytes]:
    """The frames between `connected` and the end."""
    assert body.startswith(b"event: connected")
    return [frame + b"\n" for frame in body.split(b"\n\n\n")[1:-1]]


async def iterated(router: Router) -> list[Any]:
    """The chunks of what a streamed query gives, which comes fourth."""
    answer = await get("/rpc/it?batch=1", {"trpc-accept": "application/jsonl"}, endpoint(router))
    sent = [json.loads(line) for line in answer.body.splitlines()]
    return [chunk for chunk in sent[1:] if chunk[0] == 3]


@asynccontextmanager
async def subscribed(stream: Stream) -> AsyncIterator[Socket]:
    app = WebSocketEndpoint(stream.subscription, no_context)
    async with connected("/rpc", app=app) as socket:
        socket.say(subscribe(1, "it"))
        yield socket
