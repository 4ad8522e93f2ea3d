"""A batch as JSON lines: the head, placeholders, chunks in the order in which things happen."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from asgi_driver import JSON, Answer, exchange, get, given, post

from rpc import JSONL, Endpoint, Options, ProcedureBuilder, Returned, Router

LINES = {"trpc-accept": "application/jsonl"}


async def lines(target: str, headers: Mapping[str, str] | None = None, app: Any = None) -> Any:
    about = {} if app is None else {"app": app}
    answer = await get(target, LINES | dict(headers or {}), **about)
    assert answer.status == 200
    return lines_of(answer)


def lines_of(answer: Answer) -> Any:
    *texts, end = answer.body.split(b"\n")
    assert end == b"", "every line is ended"
    return [json.loads(text) for text in texts]


def chunks(sent: list[Any], id: int) -> list[Any]:
    return [line for line in sent[1:] if line[0] == id]


GOLDEN = [
    (
        "hello?batch=1",
        b'{"0":[[0],[null,0,0]]}\n'
        b'[0,0,[[{"result":0}],["result",0,1]]]\n'
        b'[1,0,[[{"data":0}],["data",0,2]]]\n'
        b'[2,0,[["world"]]]\n',
    ),
    (
        "nope?batch=1",
        b'{"0":[[0],[null,0,0]]}\n'
        b'[0,0,[[{"error":{"message":"No procedure found on path \\"nope\\"","code":-32004,'
        b'"data":{"code":"NOT_FOUND","httpStatus":404,"path":"nope"}}}]]]\n',
    ),
    (
        "out.undefined?batch=1",
        b'{"0":[[0],[null,0,0]]}\n'
        b'[0,0,[[{"result":0}],["result",0,1]]]\n'
        b'[1,0,[[{"data":0}],["data",0,2]]]\n'
        b"[2,0,[[]]]\n",
    ),
]


@pytest.mark.parametrize(("target", "body"), GOLDEN)
async def test_a_streamed_batch_is_sent_as_these_bytes(target: str, body: bytes) -> None:
    answer = await get(f"/trpc/{target}", LINES)
    assert (answer.status, answer.body) == (200, body)
    assert answer.header("content-type") == "application/json"
    assert answer.header("vary") == "trpc-accept, accept"
    assert answer.header("content-length") is None


async def test_every_line_is_sent_when_it_is_known() -> None:
    async with exchange("/trpc/hello,abort.wait?batch=1&" + waiting("lines"), LINES) as under_way:
        await under_way.head()
        sent = [await under_way.piece() for _ in range(4)]
    assert sent[0] == b'{"0":[[0],[null,0,0]],"1":[[0],[null,0,1]]}\n'
    assert sent[3] == b'[3,0,[["world"]]]\n'


async def test_calls_that_end_before_the_head_is_taken_are_told_all_the_same() -> None:
    async with exchange("/trpc/hello,hello?batch=1", LINES, unread=1) as under_way:
        await asyncio.sleep(0.01)
        sent = lines_of(await under_way.answer())
    assert [chunks(sent, id)[-1][2] for id in (4, 5)] == [[["world"]]] * 2


def waiting(key: str, index: int = 1) -> str:
    return given({str(index): {"key": key, "ms": 5000}})


TAILS: list[tuple[str, list[Any]]] = [
    ("stream.promise", [[[{"now": "immediate", "later": 0}], ["later", 0, 3]], [["deferred"]]]),
    (
        "stream.nested",
        [[[{"outer": 0}], ["outer", 0, 3]], [[{"inner": 0}], ["inner", 0, 4]], [["deepest"]]],
    ),
    (
        "stream.undefinedPromise",
        [[[{"later": 0, "nothing": 0}], ["later", 0, 3], ["nothing", 0, 4]], [[]], [[None]]],
    ),
    ("stream.countReturn", [[[0], [None, 1, 3]], [[1]], [[2]], [["done"]]]),
    ("stream.empty", [[[0], [None, 1, 3]], [[]]]),
    (
        "stream.values",
        [[[0], [None, 1, 3]], [[None]], [[]], [[{"a": 1}]], [[["x"]]], [[]]],
    ),
    (
        "stream.inObject",
        [[[{"title": "numbers", "items": 0}], ["items", 1, 3]], [[1]], [[2]], [[3]], [[]]],
    ),
    ("out.nested", [[[{"a": [{"b": None}, [[], {}]], "c": {"d": {"e": True}}}]]]),
    ("out.missingKey", [[[{"here": 1}]]]),
    ("out.date", [[["2020-01-02T03:04:05.678Z"]]]),
    ("out.null", [[[None]]]),
    ("out.emptyList", [[[[]]]]),
]


@pytest.mark.parametrize(("path", "values"), TAILS, ids=[path for path, _ in TAILS])
async def test_values_are_encoded_with_their_asynchronous_parts_apart(
    path: str, values: list[Any]
) -> None:
    sent = await lines(f"/trpc/{path}?batch=1")
    assert [line[2] for line in sent[3:]] == values


async def test_a_rejected_promise_is_an_error_with_the_calls_path() -> None:
    sent = await lines("/trpc/stream.rejected?batch=1")
    assert sent[3:] == [
        [2, 0, [[{"fine": 0, "bad": 0}], ["fine", 0, 3], ["bad", 0, 4]]],
        [3, 0, [[1]]],
        [
            4,
            1,
            {
                "message": "deferred failure",
                "code": -32003,
                "data": {"code": "FORBIDDEN", "httpStatus": 403, "path": "stream.rejected"},
            },
        ],
    ]


@pytest.mark.parametrize(
    ("path", "count", "code"),
    [("stream.countError", 2, "CONFLICT"), ("stream.countErrorPlain", 1, "INTERNAL_SERVER_ERROR")],
)
async def test_an_iterable_that_fails_ends_with_status_2(path: str, count: int, code: str) -> None:
    sent = chunks(await lines(f"/trpc/{path}?batch=1"), 3)
    assert [line[:2] for line in sent] == [[3, 1]] * count + [[3, 2]]
    assert sent[-1][2]["data"]["code"] == code
    assert sent[-1][2]["data"]["path"] == path


async def test_an_iterable_yields_with_status_1_and_ends_with_0() -> None:
    sent = await lines(f"/trpc/stream.count?batch=1&{given({'0': {'count': 3}})}")
    assert sent[4:] == [[3, 1, [[1]]], [3, 1, [[2]]], [3, 1, [[3]]], [3, 0, [[]]]]


async def test_promises_are_found_in_what_arrives_later_too() -> None:
    sent = await lines("/trpc/stream.ofPromises?batch=1")
    items = [line[2] for line in chunks(sent, 3)]
    ids = [item[1][2] for item in items[:2]]
    assert items == [
        [[{"p": 0}], ["p", 0, ids[0]]],
        [[{"p": 0}], ["p", 0, ids[1]]],
        [[]],
    ]
    assert [chunks(sent, id)[0][2] for id in ids] == [[["first"]], [["second"]]]
    later = await lines("/trpc/stream.promiseOfIterable?batch=1")
    assert chunks(later, 3) == [[3, 0, [[0], [None, 1, 4]]]]
    assert [line[2] for line in chunks(later, 4)] == [[["a"]], [["b"]], [[]]]


async def test_a_fast_call_overtakes_a_slow_one() -> None:
    target = f"/trpc/delay.ms,delay.ms?batch=1&{given({'0': {'ms': 60}, '1': {'ms': 1}})}"
    sent = await lines(target)
    assert sent[0] == {"0": [[0], [None, 0, 0]], "1": [[0], [None, 0, 1]]}
    assert [line[0] for line in sent[1:]] == [1, 2, 3, 0, 4, 5]
    assert sent[3][2] == [[{"ms": 1, "tag": None}]]


async def test_ids_count_from_0_and_every_announced_one_settles() -> None:
    paths = "hello,stream.promise,stream.inObject,nope,stream.nested,stream.ofPromises"
    sent = await lines(f"/trpc/{paths}?batch=1")
    announced = [definition[2] for value in sent[0].values() for definition in value[1:]]
    for _, _, encoded in sent[1:]:
        announced += [d[2] for d in encoded[1:]] if isinstance(encoded, list) else []
    assert announced == list(range(len(announced)))
    assert {line[0] for line in sent[1:]} == set(announced)


async def test_the_status_is_200_also_when_every_call_fails() -> None:
    sent = await lines(f"/trpc/nope,greet?batch=1&{given({})}", {"x-fail-context": "FORBIDDEN"})
    codes = {line[2][0][0]["error"]["data"]["code"] for line in sent[1:]}
    assert codes == {"NOT_FOUND", "FORBIDDEN"}


async def test_a_subscription_in_a_streamed_batch_is_refused_there() -> None:
    sent = await lines("/trpc/sub.empty?batch=1")
    assert sent[1][2][0][0]["error"]["message"] == "Cannot batch subscription calls"


async def test_a_wrong_method_tells_what_is_allowed_beside_lines() -> None:
    answer = await post("/trpc/hello?batch=1", b"{}", LINES)
    assert (answer.status, answer.header("allow")) == (200, "GET")


async def test_mutations_are_streamed_too() -> None:
    answer = await post("/trpc/sum,bump?batch=1", b'{"0":{"numbers":[1,2]}}', LINES)
    values = [line[2] for line in lines_of(answer)[1:]]
    assert [[{"sum": 3}]] in values
    assert [["bumped"]] in values


async def test_a_malformed_input_fails_its_readers_in_their_own_chunks() -> None:
    sent = await lines("/trpc/greet,hello?batch=1&input=abc")
    assert chunks(sent, 0)[0][2][0][0]["error"]["data"]["code"] == "BAD_REQUEST"
    assert [["world"]] in [line[2] for line in sent[1:]]


async def test_the_content_type_can_be_another() -> None:
    answer = await get("/trpc-jsonl/hello?batch=1", LINES)
    assert answer.header("content-type") == "application/jsonl"


async def test_a_quiet_stream_sends_blanks_in_front_of_the_next_line() -> None:
    target = f"/trpc-ping/delay.ms?batch=1&{given({'0': {'ms': 250}})}"
    answer = await get(target, LINES)
    head, first, *_ = answer.body.split(b"\n")
    assert not head.startswith(b" ")
    assert first == b'  [0,0,[[{"result":0}],["result",0,1]]]'


async def test_a_value_that_cannot_be_encoded_just_ends_the_stream() -> None:
    answer = await get("/trpc/out.unserializable,delay.ms?batch=1&" + waiting("x"), LINES)
    assert answer.body.endswith(b'[2,0,[[{"data":0}],["data",0,3]]]\n')


p = ProcedureBuilder[None]()


async def test_a_list_or_a_deeper_place_is_not_looked_into() -> None:
    def deep(ctx: None) -> Any:
        promise: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        return {"a": {"b": promise}, "c": [promise]}

    app = Endpoint(Router({"deep": p.query(deep)}), lambda request: None)
    sent = await lines("/rpc/deep?batch=1", app=app)
    assert sent[3] == [2, 0, [[{"a": {"b": {}}, "c": [{}]}]]]
    plain = await get("/rpc/deep", app=app)
    assert plain.json == {"result": {"data": {"a": {"b": {}}, "c": [{}]}}}


async def test_what_an_iterable_returns_is_sent_last_and_may_be_pending() -> None:
    async def later() -> str:
        return "late"

    async def numbers(ctx: None) -> AsyncIterator[Any]:
        yield 1
        yield Returned({"later": later()})
        yield 2

    app = Endpoint(Router({"n": p.query(lambda ctx: numbers(ctx))}), lambda request: None)
    sent = await lines("/rpc/n?batch=1", app=app)
    assert sent[4:] == [
        [3, 1, [[1]]],
        [3, 0, [[{"later": 0}], ["later", 0, 4]]],
        [4, 0, [["late"]]],
    ]


async def test_when_the_client_leaves_iterables_and_promises_are_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ended: list[str] = []

    async def later() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("promise")

    async def numbers() -> AsyncIterator[int]:
        try:
            while True:
                yield 1
                await asyncio.sleep(60)
        finally:
            ended.append("iterable")

    both = p.query(lambda ctx: {"promise": later(), "iterable": numbers()})
    app = Endpoint(Router({"both": both}), lambda request: None)
    async with exchange("/rpc/both?batch=1", LINES, app=app) as under_way:
        await under_way.head()
        for _ in range(5):
            await under_way.piece()
        under_way.leave()
        await under_way.ended()
    assert sorted(ended) == ["iterable", "promise"]
    assert caplog.records == []


@pytest.mark.parametrize("pieces", range(5))
async def test_the_client_may_leave_at_any_line(pieces: int) -> None:
    target = "/trpc/hello,stream.nested,delay.ms,stream.inObject?batch=1&" + given(
        {"2": {"ms": 99}}
    )
    async with exchange(target, LINES) as under_way:
        await under_way.head()
        for _ in range(pieces):
            await under_way.piece()
        under_way.leave()
        await under_way.ended()


async def test_without_ping_nothing_is_sent_in_between() -> None:
    async def slow(ctx: None) -> int:
        await asyncio.sleep(0.05)
        return 1

    options = Options(jsonl=JSONL(ping_ms=None))
    app = Endpoint(Router({"slow": p.query(slow)}), lambda request: None, options=options)
    answer = await get("/rpc/slow?batch=1", LINES | JSON, app)
    assert b" " not in answer.body
