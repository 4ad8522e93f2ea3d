"""What a transformer is applied to. The contract's wraps a value v as {"$w": v}."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgi_driver import get, given, post
from msgspec import UNSET
from ws_driver import connected, query

from rpc import Endpoint, Options, ProcedureBuilder, Router, WebSocketEndpoint, superjson
from rpc.superjson import Map

LINES = {"trpc-accept": "application/jsonl"}
NOPE = {
    "message": 'No procedure found on path "nope"',
    "code": -32004,
    "data": {"code": "NOT_FOUND", "httpStatus": 404, "path": "nope"},
}


def wrapped(value: Any) -> str:
    return given({"$w": value})


SENT: list[tuple[str, Any]] = [
    ("hello", {"result": {"data": {"$w": "world"}}}),
    ("out.null", {"result": {"data": {"$w": None}}}),
    ("out.undefined", {"result": {"data": {}}}),
    ("out.date", {"result": {"data": {"$w": "2020-01-02T03:04:05.678Z"}}}),
    ("nope", {"error": {"$w": NOPE}}),
    ("hello,nope?batch=1", [{"result": {"data": {"$w": "world"}}}, {"error": {"$w": NOPE}}]),
]


@pytest.mark.parametrize(("target", "sent"), SENT)
async def test_results_and_whole_errors_are_serialized(target: str, sent: Any) -> None:
    assert (await get(f"/trpc-wrap/{target}")).json == sent


async def test_so_is_the_error_of_a_whole_request() -> None:
    answer = await get("/trpc-wrap/%zz")
    assert answer.status == 400
    assert answer.error["$w"]["data"] == {"code": "BAD_REQUEST", "httpStatus": 400}


READ: list[tuple[str, Any]] = [
    (f"kind?{wrapped(None)}", "null"),
    (f"kind?{wrapped([1])}", "array"),
    (f"kind?{given({})}", "undefined"),
    ("kind", "undefined"),
    (f"greet?{wrapped({'name': 'ada'})}", {"text": "hello ada"}),
    (f"mw.rawInput?{wrapped({'name': 'x'})}", {"raw": {"name": "x"}, "parsed": {"name": "x"}}),
]


@pytest.mark.parametrize(("target", "value"), READ)
async def test_an_input_is_deserialized_unless_it_is_absent(target: str, value: Any) -> None:
    assert (await get(f"/trpc-wrap/{target}")).json == {"result": {"data": {"$w": value}}}


async def test_each_input_of_a_batch_is_deserialized() -> None:
    inputs = given({"0": {"$w": 1}, "2": {}})
    answer = await get(f"/trpc-wrap/kind,kind,kind?batch=1&{inputs}")
    kinds = [one["result"]["data"]["$w"] for one in answer.json]
    assert kinds == ["number", "undefined", "undefined"]
    posted = await post("/trpc-wrap/kindMutation?batch=1", b'{"0":{"$w":null}}')
    assert posted.json[0]["result"]["data"] == {"$w": "null"}


async def test_what_it_refuses_fails_those_who_read_their_input() -> None:
    answer = await get(f"/trpc-wrap/kind?{given(1)}")
    assert (answer.status, answer.error["$w"]["message"]) == (400, "wrap: not an object")
    assert answer.error["$w"]["data"]["path"] == "kind"
    assert (await get(f"/trpc-wrap/hello?{given(1)}")).status == 200
    batch = await get(f"/trpc-wrap/hello,kind?batch=1&{given({'0': {}, '1': 1})}")
    assert [("error" in one) for one in batch.json] == [False, True]


async def test_a_malformed_input_never_reaches_it() -> None:
    answer = await get("/trpc-wrap/kind?input=abc")
    assert answer.error["$w"]["data"]["code"] == "BAD_REQUEST"


async def test_the_status_is_that_of_the_untransformed_shape() -> None:
    target = f"/trpc-wrap/errors.throw?{wrapped({'code': 'CONFLICT'})}"
    assert (await get(target)).status == 409


async def test_lines_are_serialized_as_wholes() -> None:
    answer = await get("/trpc-wrap/hello?batch=1", LINES)
    assert answer.body == (
        b'{"$w":{"0":[[0],[null,0,0]]}}\n'
        b'{"$w":[0,0,[[{"result":0}],["result",0,1]]]}\n'
        b'{"$w":[1,0,[[{"data":0}],["data",0,2]]]}\n'
        b'{"$w":[2,0,[["world"]]]}\n'
    )
    rejected = await get("/trpc-wrap/stream.rejected?batch=1", LINES)
    last = json.loads(rejected.body.split(b"\n")[-2])
    assert last["$w"][:2] == [4, 1]
    assert last["$w"][2]["message"] == "deferred failure"


async def test_of_events_the_data_of_messages_and_errors_is_serialized() -> None:
    mixed = (await get("/trpc-wrap/sub.mixed")).body.split(b"\n\n\n")
    assert mixed[:3] == [
        b"event: connected\ndata: {}",
        b'data: {"$w":"before"}',
        b'data: {"$w":"first"}\nid: one',
    ]
    assert mixed[4] == b"event: restore-id\ndata: \nid: one"
    assert mixed[-2] == b"event: return\ndata: "
    failed = (await get("/trpc-wrap/sub.throwSetup")).body
    assert b'event: serialized-error\ndata: {"$w":{"message":"setup failure"' in failed


async def test_the_last_event_id_is_put_in_behind_it() -> None:
    answer = await get(f"/trpc-wrap/sub.input?{wrapped({'a': 1})}", {"last-event-id": "x"})
    value = b'{"kind":"object","input":{"a":1,"lastEventId":"x"}}'
    assert b'data: {"$w":' + value + b"}\n" in answer.body


class Broken:
    """Writes well and reads badly, not only by ValueError."""

    def serialize(self, value: Any) -> Any:
        return None if value is UNSET else value

    def deserialize(self, value: Any) -> Any:
        raise LookupError("hunter2")


async def test_a_transformer_that_fails_otherwise_is_a_fault(
    caplog: pytest.LogCaptureFixture,
) -> None:
    echo = ProcedureBuilder[None]().query(lambda ctx, given: given)
    options = Options(transformer=Broken())
    app = Endpoint(Router({"echo": echo}), lambda request: None, options=options)
    answer = await get("/rpc/echo?input=1", app=app)
    assert (answer.status, answer.error["message"]) == (500, "internal server error")
    assert b"hunter2" not in answer.body
    assert "hunter2" in caplog.text
    assert (await get("/rpc/echo", app=app)).json == {"result": {"data": None}}
    socket_app = WebSocketEndpoint(Router({"echo": echo}), lambda request: None, options=options)
    async with connected("/rpc", app=socket_app) as socket:
        for _ in range(2):
            failed = await socket.ask(query(1, "echo", input=1))
            assert (failed["id"], failed["error"]["message"]) == (None, "internal server error")


MAPS = [Map(), Map(a=1), Map({1: 2}), {}, {"a": 1}]


@pytest.mark.parametrize("value", MAPS, ids=lambda value: f"{type(value).__name__}-{value}")
async def test_a_map_is_one_in_a_stream_too_and_a_dict_is_none(value: Any) -> None:
    router = Router({"it": ProcedureBuilder[None]().query(lambda ctx: value)})
    app = Endpoint(router, lambda request: None, options=Options(transformer=superjson))
    *_, line = (await get("/rpc/it?batch=1", LINES, app)).body.splitlines()
    assert superjson.deserialize(json.loads(line)) == [2, 0, [[value]]]
    assert type(superjson.deserialize(json.loads(line))[2][0][0]) is type(value)
