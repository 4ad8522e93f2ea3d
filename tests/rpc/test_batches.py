"""Several calls in one request: their names, their inputs, their answers and the one status."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from asgi_driver import get, given, post, refused_whole

from rpc import Endpoint, Options, ProcedureBuilder, Router

WORLD = {"result": {"data": "world"}}


def unknown(path: str) -> Any:
    data = {"code": "NOT_FOUND", "httpStatus": 404, "path": path}
    message = f'No procedure found on path "{path}"'
    return {"error": {"message": message, "code": -32004, "data": data}}


GOLDEN = [
    ("hello", 200, b'[{"result":{"data":"world"}}]'),
    (
        "hello,out.undefined,out.null",
        200,
        b'[{"result":{"data":"world"}},{"result":{}},{"result":{"data":null}}]',
    ),
    (
        "hello,nope",
        207,
        b'[{"result":{"data":"world"}},{"error":{"message":"No procedure found on path \\"nope\\"",'
        b'"code":-32004,"data":{"code":"NOT_FOUND","httpStatus":404,"path":"nope"}}}]',
    ),
]


@pytest.mark.parametrize(("paths", "status", "body"), GOLDEN)
async def test_a_batch_answers_with_a_list_even_of_one(
    paths: str, status: int, body: bytes
) -> None:
    answer = await get(f"/trpc/{paths}?batch=1")
    assert (answer.status, answer.body) == (status, body)
    assert answer.header("content-type") == "application/json"


@pytest.mark.parametrize("query", ["batch=true", "batch=01", "batch=0", "batch=", "x", "Batch=1"])
async def test_only_a_1_makes_a_batch(query: str) -> None:
    assert (await get(f"/trpc/hello?{query}")).json == WORLD
    assert (await get(f"/trpc/hello,hello?{query}")).json == unknown("hello,hello")


@pytest.mark.parametrize("query", ["batch=1", "a&batch=1", "batch=1&batch=0", "%62atch=%31"])
async def test_the_first_parameter_of_that_name_decides(query: str) -> None:
    assert (await get(f"/trpc/hello?{query}")).json == [WORLD]


async def test_a_zero_before_the_1_makes_none() -> None:
    assert (await get("/trpc/hello?batch=0&batch=1")).json == WORLD


@pytest.mark.parametrize(
    ("raw", "paths"),
    [
        ("hello,", ["hello", ""]),
        (",hello", ["", "hello"]),
        ("", [""]),
        (",", ["", ""]),
        ("hello%2Chello", ["hello", "hello"]),
        ("hello,hello/", ["hello", "hello"]),
        ("hello/,hello", ["hello/", "hello"]),
    ],
)
async def test_the_decoded_path_is_split_at_every_comma(raw: str, paths: list[str]) -> None:
    answer = await get(f"/trpc/{raw}?batch=1")
    assert answer.json == [WORLD if path == "hello" else unknown(path) for path in paths]


async def test_inputs_are_members_by_index_and_a_missing_one_is_undefined() -> None:
    inputs = {"0": None, "2": {"a": 1}, "01": 5, "x": 6, "9": 7}
    answer = await get(f"/trpc/kind,kind,kind?batch=1&{given(inputs)}")
    assert [one["result"]["data"] for one in answer.json] == ["null", "undefined", "object"]
    posted = await post("/trpc/kindMutation,kindMutation?batch=1", b'{"1":[]}')
    assert [one["result"]["data"] for one in posted.json] == ["undefined", "array"]


@pytest.mark.parametrize("body", [b"", b"{}", b" {} ", b"\xef\xbb\xbf{}"])
async def test_no_input_at_all_is_undefined_for_every_call(body: bytes) -> None:
    answer = await post("/trpc/kindMutation,kindMutation?batch=1", body)
    assert [one["result"]["data"] for one in answer.json] == ["undefined", "undefined"]


@pytest.mark.parametrize("text", ["[]", "null", '"x"', "1"])
async def test_an_input_that_is_no_object_fails_those_who_read_it(text: str) -> None:
    answer = await post("/trpc/bump,kindMutation?batch=1", text.encode())
    assert answer.status == 207
    assert answer.json[0] == {"result": {"data": "bumped"}}
    assert answer.json[1]["error"]["message"] == (
        '"input" needs to be an object when doing a batch call'
    )
    assert answer.json[1]["error"]["data"]["path"] == "kindMutation"


@pytest.mark.parametrize("text", ["{", '{"0":1', "{'0':1}", '{"0":NaN}', " "])
async def test_a_malformed_input_fails_those_who_read_it(text: str) -> None:
    answer = await post("/trpc/bump,kindMutation,kindMutation?batch=1", text.encode())
    codes = [one.get("error", {}).get("code") for one in answer.json]
    assert (answer.status, codes) == (207, [None, -32600, -32600])


async def test_a_wrong_input_fails_its_own_call() -> None:
    inputs = given({"0": {"name": 1}, "1": {"name": "ada"}})
    answer = await get(f"/trpc/greet,greet?batch=1&{inputs}")
    assert answer.status == 207
    assert answer.json[0]["error"]["data"]["path"] == "greet"
    assert answer.json[1] == {"result": {"data": {"text": "hello ada"}}}


async def test_of_duplicate_indexes_the_last_one_wins() -> None:
    answer = await post("/trpc/echoMutation?batch=1", b'{"0":1,"0":2}')
    assert answer.json == [{"result": {"data": 2}}]


async def test_a_too_large_body_fails_those_who_read_it() -> None:
    answer = await post("/trpc-small/bump,kindMutation?batch=1", b" " * 1001)
    assert (answer.status, answer.json[0]) == (207, {"result": {"data": "bumped"}})
    assert answer.json[1]["error"]["data"]["httpStatus"] == 413


def throwing(*codes: str) -> str:
    inputs = {str(i): {"code": code} for i, code in enumerate(codes)}
    return f"{','.join(['errors.throw'] * len(codes))}?batch=1&{given(inputs)}"


STATUSES = [
    ("hello,hello?batch=1", 200),
    ("nope,nope?batch=1", 404),
    ("nope,hello?batch=1", 207),
    (throwing("CONFLICT", "CONFLICT"), 409),
    (throwing("PARSE_ERROR", "BAD_REQUEST"), 400),
    (throwing("BAD_GATEWAY", "NOT_IMPLEMENTED"), 207),
]


@pytest.mark.parametrize(("target", "status"), STATUSES)
async def test_the_status_is_the_one_all_agree_on_else_207(target: str, status: int) -> None:
    assert (await get(f"/trpc/{target}")).status == status


async def test_unknown_paths_may_be_mixed_with_one_type_but_types_may_not() -> None:
    assert (await get("/trpc/nope,hello?batch=1")).status == 207
    answer = await get("/trpc/sum,nope,hello,sub.empty?batch=1")
    message = "Cannot mix procedure types in call: mutation, query, subscription"
    refused_whole(answer, 400, "BAD_REQUEST", message)


async def test_subscriptions_cannot_be_batched() -> None:
    answer = await get("/trpc/sub.empty?batch=1")
    assert (answer.status, answer.json[0]["error"]["message"]) == (
        400,
        "Cannot batch subscription calls",
    )


async def test_a_wrong_method_inside_a_batch_still_tells_what_is_allowed() -> None:
    answer = await get("/trpc/sum,sum,nope?batch=1")
    assert (answer.status, answer.header("allow")) == (207, "POST")


async def test_a_batch_of_just_the_largest_size_runs() -> None:
    assert (await get("/trpc-max3/hello,hello,hello?batch=1")).json == [WORLD] * 3
    answer = await get("/trpc-max3/,,,,?batch=1")
    refused_whole(answer, 400, "BAD_REQUEST", "Batch call exceeds maximum size")
    assert answer.error["code"] == -32600


async def test_batching_can_be_disabled() -> None:
    answer = await get("/trpc-nobatch/hello?batch=1")
    refused_whole(answer, 400, "BAD_REQUEST", "Batching is not enabled on the server")
    assert (await get("/trpc-nobatch/hello")).json == WORLD


async def test_calls_run_at_the_same_time_and_are_answered_in_their_order() -> None:
    arrived: list[int] = []
    met = asyncio.Event()

    async def meet(ctx: None, given: int) -> int:
        arrived.append(given)
        if len(arrived) == 3:
            met.set()
        await met.wait()
        await asyncio.sleep((3 - given) / 1000)
        return given

    app = Endpoint(Router({"meet": ProcedureBuilder[None]().query(meet)}), lambda request: None)
    inputs = given({"0": 1, "1": 2, "2": 3})
    answer = await get(f"/rpc/meet,meet,meet?batch=1&{inputs}", app=app)
    assert [one["result"]["data"] for one in answer.json] == [1, 2, 3]


async def test_one_context_serves_a_whole_batch() -> None:
    made: list[object] = []

    def context(request: Any) -> object:
        made.append(object())
        return made[-1]

    same = ProcedureBuilder[object]().query(lambda ctx: made.index(ctx))
    app = Endpoint(Router({"same": same}), context)
    answer = await get("/rpc/same,same?batch=1", app=app)
    assert (answer.json, len(made)) == ([{"result": {"data": 0}}] * 2, 1)


async def test_a_context_that_fails_fails_each_known_call() -> None:
    answer = await get("/trpc/hello,nope?batch=1", {"x-fail-context": "TOO_MANY_REQUESTS"})
    codes = [one["error"]["data"]["code"] for one in answer.json]
    assert (answer.status, codes) == (207, ["TOO_MANY_REQUESTS", "NOT_FOUND"])


async def test_by_default_a_batch_has_fifty_calls_and_a_body_a_mebibyte() -> None:
    echo = ProcedureBuilder[None]().mutation(lambda ctx, given: len(given))
    app = Endpoint(Router({"length": echo}), lambda request: None)
    paths = ",".join(["length"] * 50)
    assert len((await post(f"/rpc/{paths}?batch=1", b"{}", app=app)).json) == 50
    assert (await post(f"/rpc/{paths},length?batch=1", b"{}", app=app)).status == 400
    text = json.dumps("x" * (2**20 - 2)).encode()
    assert (await post("/rpc/length", text, app=app)).json == {"result": {"data": 2**20 - 2}}
    assert (await post("/rpc/length", text + b" ", app=app)).status == 413


async def test_without_limits_there_are_none() -> None:
    hello = ProcedureBuilder[None]().query(lambda ctx: 1)
    options = Options(max_batch_size=None, max_body_size=None)
    app = Endpoint(Router({"h": hello}), lambda request: None, options=options)
    answer = await get(f"/rpc/{','.join(['h'] * 500)}?batch=1", app=app)
    assert len(answer.json) == 500
