"""Typed inputs behind superjson: members that are undefined are members that are not there."""

from __future__ import annotations

from typing import Any

import pytest
from asgi_driver import get, given, post
from msgspec import UNSET, Struct, UnsetType
from ws_driver import connected, data, query

from rpc import Endpoint, Options, ProcedureBuilder, Router, superjson

UNDEFINED_NAME = {"json": {"name": None}, "meta": {"values": {"name": ["undefined"]}, "v": 1}}


async def test_an_undefined_member_of_a_typed_input_is_left_out():
    answer = await get(f"/trpc-superjson/opt.greet?{given(UNDEFINED_NAME)}")
    assert answer.json["result"]["data"]["json"] == "hello anonymous"
    async with connected("/trpc-superjson") as socket:
        said = await socket.ask(query(1, "opt.greet", input=UNDEFINED_NAME))
        assert said == data(1, {"json": "hello anonymous"})


async def test_it_is_left_out_where_a_last_event_id_is_put_in():
    payload = {"json": {"everyMs": None}, "meta": {"values": {"everyMs": ["undefined"]}, "v": 1}}
    answer = await get(f"/trpc-superjson/sub.tracked?lastEventId=2&{given(payload)}")
    assert b'data: {"json":{"n":3}}\nid: 3\n' in answer.body


class Named(Struct):
    name: str = "anonymous"


async def test_so_it_is_below_a_list():
    def names(ctx: None, given: list[Named]) -> list[str]:
        return [one.name for one in given]

    router = Router({"names": ProcedureBuilder[None]().query(names)})
    app = Endpoint(router, lambda request: None, options=Options(transformer=superjson))
    sent = superjson.serialize([{"name": UNSET}, {"name": "ada"}])
    answer = await get(f"/rpc/names?{given(sent)}", app=app)
    assert answer.json["result"]["data"] == {"json": ["anonymous", "ada"]}


async def test_an_undefined_member_that_is_needed_is_missed():
    answer = await get(f"/trpc-superjson/greet?{given(UNDEFINED_NAME)}")
    assert answer.error["json"]["message"] == "Object missing required field `name`"
    async with connected("/trpc-superjson") as socket:
        said = await socket.ask(query(1, "greet", input=UNDEFINED_NAME))
        assert said["error"]["json"]["message"] == "Object missing required field `name`"


@pytest.mark.parametrize("mount", ["-superjson", "-wrap"])
async def test_an_absent_input_reaches_the_transformer_on_a_websocket_only(mount: str):
    assert (await get(f"/trpc{mount}/opt.greet")).status == 200
    async with connected(f"/trpc{mount}") as socket:
        refused = await socket.ask(query(1, "opt.greet"))
        assert refused["id"] is None


async def test_inputs_that_are_absent_from_a_batch_are_undefined():
    for target in ("opt.greet,opt.greet?batch=1", "opt.greet,opt.greet?batch=1&input={}"):
        answer = await get(f"/trpc-superjson/{target}")
        assert answer.json == [{"result": {"data": {"json": "hello anonymous"}}}] * 2


async def test_a_body_that_is_too_large_is_not_taken_for_an_absent_one():
    def size(ctx: None, given: dict[str, Any] | UnsetType) -> int:
        return 0 if given is UNSET else len(given)

    options = Options(transformer=superjson, max_body_size=13)
    router = Router({"size": ProcedureBuilder[None]().mutation(size)})
    app = Endpoint(router, lambda request: None, options=options)
    for body, status in ((b'{"json":{  }}', 200), (b'{"json":{   }}', 413)):
        assert (await post("/rpc/size", body, app=app)).status == status
        assert (await post("/rpc/size?batch=1", b" " * 14, app=app)).status == 413


async def test_an_undefined_member_of_an_untyped_input_stays_undefined():
    payload = {"json": {"a": None}, "meta": {"values": {"a": ["undefined"]}, "v": 1}}
    answer = await get(f"/trpc-superjson/echo?{given(payload)}")
    assert answer.json["result"]["data"] == payload


class Zeros(Struct):
    offset: int | str = 1
    each: list[int] = []
    by_name: dict[str, int] = {}
    ratio: float = 1.0


def shown(ctx: None, given: Zeros) -> str:
    return repr(given)


ZERO = [
    ({"offset": -0.0}, Zeros(0)),
    ({"each": [1, -0.0], "by_name": {"a": -0.0}}, Zeros(each=[1, 0], by_name={"a": 0})),
    ({"ratio": -0.0}, Zeros(ratio=-0.0)),
    ({"offset": -0.5}, None),
    ({"offset": -0.0, "each": [0.5]}, None),
]


@pytest.mark.parametrize(("sent", "taken"), ZERO, ids=str)
async def test_negative_zero_is_the_zero_of_an_int(sent: dict[str, Any], taken: Zeros | None):
    router = Router({"shown": ProcedureBuilder[None]().query(shown)})
    app = Endpoint(router, lambda request: None, options=Options(transformer=superjson))
    answer = await get(f"/rpc/shown?{given(superjson.serialize(sent))}", app=app)
    assert (answer.status == 400) is (taken is None)
    assert taken is None or answer.json["result"]["data"] == {"json": repr(taken)}
