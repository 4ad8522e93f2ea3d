"""Messages on a WebSocket: what is asked, how it is answered, what is malformed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ws_driver import call, connected, data, query, stop, subscribe

from rpc import ProcedureBuilder, Router, WebSocketEndpoint


def not_found(id: Any, path: str, type: str = "query") -> dict[str, Any]:
    data = {"code": "NOT_FOUND", "httpStatus": 404, "path": path}
    message = f'No "{type}"-procedure on path "{path}"'
    return {"id": id, "error": {"message": message, "code": -32004, "data": data}}


def unparsed(message: str) -> dict[str, Any]:
    data = {"code": "PARSE_ERROR", "httpStatus": 400}
    return {"id": None, "error": {"message": message, "code": -32700, "data": data}}


ANSWERED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (query(1, "greet", input={"name": "ada"}), data(1, {"text": "hello ada"})),
    (query(1, "out.undefined"), {"id": 1, "result": {"type": "data"}}),
    (query(1, "out.null"), data(1, None)),
    (query(1, "out.date"), data(1, "2020-01-02T03:04:05.678Z")),
    (query(1, "kind"), data(1, "undefined")),
    (query(1, "kind", input=None), data(1, "null")),
    (call(1, "mutation", "sum", input={"numbers": [1, 2]}), data(1, {"sum": 3})),
    (query(0, "hello"), data(0, "world")),
    (query("", "hello"), data("", "world")),
    (query("1", "hello"), data("1", "world")),
    (query(1.5, "hello"), data(1.5, "world")),
    (query(1, "hello", jsonrpc="2.0"), {**data(1, "world"), "jsonrpc": "2.0"}),
    (query(1, "nope"), not_found(1, "nope")),
    (query(1, "nope", jsonrpc="2.0"), {**not_found(1, "nope"), "jsonrpc": "2.0"}),
    (query(1, ""), not_found(1, "")),
    (query(1, "hello,hello"), not_found(1, "hello,hello")),
    (call(1, "mutation", "hello"), not_found(1, "hello", "mutation")),
    (subscribe(1, "hello"), not_found(1, "hello", "subscription")),
    (query(1, "sub.empty"), not_found(1, "sub.empty")),
    (query(1, "a~b~c"), not_found(1, "a~b~c")),
    (query(1, "a.b.c"), data(1, "a.b.c")),
    (query(1, "echo", lastEventId="x"), data(1, {"lastEventId": "x"})),
    (query(1, "echo", input={"a": 1}, lastEventId=""), data(1, {"a": 1, "lastEventId": ""})),
]


@pytest.mark.parametrize(("message", "answer"), ANSWERED, ids=lambda value: json.dumps(value)[:90])
async def test_a_call_is_answered_under_its_id(message: Any, answer: Any) -> None:
    async with connected("/trpc-tilde") as socket:
        assert await socket.ask(message) == answer


async def test_the_frames_are_these_texts() -> None:
    async with connected() as socket:
        socket.say(query(1, "greet", input={"name": "é"}), subscribe("x", "sub.tracked"))
        texts = [(await socket._sent.get())["text"] for _ in range(3)]
    assert texts == [
        '{"id":1,"result":{"type":"data","data":{"text":"hello é"}}}',
        '{"id":"x","result":{"type":"started"}}',
        '{"id":"x","result":{"type":"data","data":{"id":"1","data":{"n":1}},"id":"1"}}',
    ]


FAILED: list[tuple[dict[str, Any], str, str | None]] = [
    (query(1, "greet"), "BAD_REQUEST", None),
    (query(1, "auth.secret"), "UNAUTHORIZED", "UNAUTHORIZED"),
    (query(1, "errors.throw", input={"code": "CONFLICT", "message": "m"}), "CONFLICT", "m"),
    (query(1, "errors.output"), "INTERNAL_SERVER_ERROR", "Output validation failed"),
    (query(1, "out.unserializable"), "INTERNAL_SERVER_ERROR", None),
    (
        query(1, "stream.empty"),
        "UNSUPPORTED_MEDIA_TYPE",
        "Cannot return an async iterable or observable from a query procedure with WebSockets",
    ),
]


@pytest.mark.parametrize(("message", "code", "text"), FAILED, ids=str)
async def test_a_failed_call_is_an_error_with_its_path(
    message: Any, code: str, text: str | None
) -> None:
    async with connected() as socket:
        answer = await socket.ask(message)
    assert answer["id"] == 1
    assert answer["error"]["data"]["code"] == code
    assert answer["error"]["data"]["path"] == message["params"]["path"]
    assert text in (None, answer["error"]["message"])


CALL = query(1, "hello")
MALFORMED: list[tuple[Any, str | None]] = [
    ("hello", None),
    ("", None),
    ("ping", None),
    ('{"id":1', None),
    ("[" * 100_000 + "]" * 100_000, None),
    ('{"id":1,"method":"query","params":{"path":"echo","input":NaN}}', None),
    (
        b'{"id":1,"method":"query","params":{"path":"hello"}}',
        "jsonEncoder received binary data. JSON uses text frames. "
        "Use a binary encoder for binary data.",
    ),
    ("null", "Not an object"),
    ("1", "Not an object"),
    ('"x"', "Not an object"),
    ([[CALL]], "Not an object"),
    ({"method": "query", "params": {"path": "hello"}}, "Invalid request id"),
    (query(True, "hello"), "Invalid request id"),
    (query({}, "hello"), "Invalid request id"),
    (query([], "hello"), "Invalid request id"),
    ({**CALL, "jsonrpc": "1.0"}, "Must be JSONRPC 2.0"),
    ({**CALL, "jsonrpc": None}, "Must be JSONRPC 2.0"),
    ({"id": 1, "params": {"path": "hello"}}, "Invalid procedure type"),
    (call(1, "subscribe", "hello"), "Invalid procedure type"),
    (call(1, "connectionParams", "hello"), "Invalid procedure type"),
    ({**CALL, "method": ["query"]}, "Invalid procedure type"),
    ({"id": 1, "method": "query"}, "Not an object"),
    ({"id": 1, "method": "query", "params": []}, "Not an object"),
    ({"id": 1, "method": "query", "params": {}}, "Invalid string"),
    ({"id": 1, "method": "query", "params": {"path": 1}}, "Invalid string"),
    (subscribe(1, "sub.input", lastEventId=1), "Invalid string"),
    (subscribe(1, "sub.input", lastEventId=None), "Invalid string"),
]


@pytest.mark.parametrize(("message", "text"), MALFORMED, ids=lambda value: str(value)[:99])
async def test_a_malformed_message_is_a_parse_error_and_the_connection_stays(
    message: Any, text: str | None
) -> None:
    async with connected() as socket:
        answer = await socket.ask(message)
        assert answer == unparsed(text or answer["error"]["message"])
        assert await socket.ask(CALL) == data(1, "world")


async def test_the_first_fault_of_a_message_is_told() -> None:
    faults: list[Any] = [
        ({}, "Invalid request id"),
        ({"id": 1, "jsonrpc": 1}, "Must be JSONRPC 2.0"),
        ({"id": 1, "jsonrpc": "2.0"}, "Invalid procedure type"),
        ({"id": 1, "method": "query", "params": None}, "Not an object"),
        ({"id": 1, "method": "query", "params": {"lastEventId": 1}}, "Invalid string"),
    ]
    async with connected() as socket:
        for message, text in faults:
            assert await socket.ask(message) == unparsed(text)


async def test_a_null_id_fails_by_itself() -> None:
    error = unparsed("`id` is required")
    async with connected() as socket:
        assert await socket.ask(query(None, "hello")) == error
        assert await socket.ask(stop(None)) == error
        socket.say([query(None, "hello"), CALL])
        answers = await socket.answers(2)
    assert error in answers
    assert data(1, "world") in answers


async def test_a_list_of_calls_is_answered_one_by_one() -> None:
    async with connected() as socket:
        socket.say([query(1, "hello"), query("b", "nope"), call(3, "mutation", "bump")])
        answers = {json.dumps(answer) for answer in await socket.answers(3)}
        expected = [data(1, "world"), not_found("b", "nope"), data(3, "bumped")]
        assert answers == {json.dumps(one) for one in expected}
        socket.say([])
        await socket.silence()


async def test_answers_come_in_the_order_in_which_they_are_ready() -> None:
    async with connected() as socket:
        socket.say([query(1, "delay.ms", input={"ms": 40}), query(2, "delay.ms", input={"ms": 1})])
        assert [answer["id"] for answer in await socket.answers(2)] == [2, 1]


async def test_a_call_knows_its_place_in_its_list() -> None:
    async with connected() as socket:
        socket.say([query(1, "info.get"), query(2, "info.get")])
        places = {a["id"]: a["result"]["data"]["batchIndex"] for a in await socket.answers(2)}
        assert places == {1: 0, 2: 1}


async def test_one_malformed_message_fails_its_whole_list_and_nothing_of_it_runs() -> None:
    async with connected() as socket:
        answer = await socket.ask([call(1, "mutation", "bump"), {"id": 2}, CALL])
        assert answer == unparsed("Invalid procedure type")
        await socket.silence()


def too_large(id: Any, **about: Any) -> dict[str, Any]:
    data = {"code": "BAD_REQUEST", "httpStatus": 400}
    message = "Batch call exceeds maximum size"
    return {"id": id, **about, "error": {"message": message, "code": -32600, "data": data}}


async def test_of_a_list_that_is_too_long_nothing_runs_and_each_call_is_told() -> None:
    async with connected("/trpc-max3") as socket:
        socket.say([CALL, query("b", "hello", jsonrpc="2.0"), stop(3), {}])
        assert await socket.answers(2) == [too_large(1), too_large("b", jsonrpc="2.0")]
        assert await socket.ask([stop(1), stop(2), {"id": [1]}, 4]) == too_large(None)
        socket.say([CALL, CALL, CALL])
        assert await socket.answers(3) == [data(1, "world")] * 3


async def test_a_transformer_wraps_inputs_data_and_errors_but_no_frames() -> None:
    async with connected("/trpc-wrap") as socket:
        wrapped = {"$w": {"kept": 1}}
        assert await socket.ask(query(1, "echo", input=wrapped)) == data(1, wrapped)
        assert await socket.ask(query(1, "out.undefined", input={})) == data(1, {})
        error = not_found(1, "nope")["error"]
        assert await socket.ask(query(1, "nope", input={})) == {"id": 1, "error": {"$w": error}}
        for message in (query(1, "hello"), [query(1, "hello", input=1)]):
            answer = await socket.ask(message)
            assert answer["id"] is None
            assert answer["error"]["$w"]["message"] == "wrap: not an object"
            assert answer["error"]["$w"]["code"] == -32700
        socket.say(subscribe(1, "sub.mixed", input={}))
        answers = await socket.answers(3)
    assert [answer["result"] for answer in answers] == [
        {"type": "started"},
        {"type": "data", "data": {"$w": "before"}},
        {"type": "data", "data": {"$w": {"id": "one", "data": "first"}}, "id": "one"},
    ]


async def test_a_formatter_makes_the_errors_here_too() -> None:
    async with connected("/trpc-fmt", {"cookie": "session=ada"}) as socket:
        answer = await socket.ask(query(1, "nope", input={"a": 1}))
    extra = {"type": "query", "path": "nope", "input": {"a": 1}, "user": "ada"}
    assert answer["error"]["data"]["extra"] == extra


async def test_the_text_of_an_unexpected_exception_is_logged_and_never_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def leak(ctx: None) -> None:
        raise KeyError("hunter2")

    router = Router({"leak": ProcedureBuilder[None]().query(leak)})
    app = WebSocketEndpoint(router, lambda request: None)
    async with connected("/rpc", app=app) as socket:
        answer = await socket.ask(query(1, "leak"))
    assert answer["error"]["message"] == "internal server error"
    assert "hunter2" not in json.dumps(answer)
    assert "hunter2" in caplog.text
    assert "leak failed in request" in caplog.text


@pytest.mark.parametrize(
    ("path", "said"), [("sub.empty", 2), ("sub.throwSetup", 1), ("sub.throwPlain", 4)]
)
async def test_an_id_is_free_when_the_client_hears_that_its_subscription_is_over(
    path: str, said: int
) -> None:
    async with connected() as socket:
        socket.turns_of_a_send = 10
        socket.say(subscribe(1, path))
        first = await socket.answers(said)
        socket.say(subscribe(1, path))
        assert await socket.answers(said) == first
