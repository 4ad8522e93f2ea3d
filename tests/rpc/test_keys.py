"""Keys that are no texts: in JSON they are, whichever way an input comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import IntEnum
from typing import Any, Literal

import pytest
from asgi_driver import get, given
from msgspec import Struct
from ws_driver import connected, query

from rpc import Endpoint, Options, ProcedureBuilder, Router, WebSocketEndpoint, superjson
from rpc.call import create_caller


class Row(IntEnum):
    FRONT = 1
    BACK = 2


class Seats(Struct):
    seats: dict[int, float] = {}
    prices: dict[float, str] = {}
    rows: dict[Row, str] = {}
    sides: dict[Literal[1, 2], str] = {}
    last_event_id: str | None = None


def seen(ctx: None, given: Seats) -> str:
    return repr(given)


async def follow(ctx: None, given: Seats) -> AsyncIterator[str]:
    yield repr(given)


p = ProcedureBuilder[None]()
router = Router({"seen": p.query(seen), "follow": p.subscription(follow)})
http = Endpoint(router, lambda request: None)
transformed = Endpoint(router, lambda request: None, options=Options(transformer=superjson))
socket_app = WebSocketEndpoint(router, lambda request: None)

SENT = {
    "seats": {"1": 2, "-3": 4},
    "prices": {"1.5": "a"},
    "rows": {"2": "b"},
    "sides": {"1": "c"},
}
TAKEN = Seats({1: 2.0, -3: 4.0}, {1.5: "a"}, {Row.BACK: "b"}, {1: "c"})


async def by_http(input: Any) -> Any:
    return (await get(f"/rpc/seen?{given(input)}", app=http)).json


async def by_a_batch(input: Any) -> Any:
    [answer] = (await get(f"/rpc/seen?batch=1&{given({'0': input})}", app=http)).json
    return answer


async def behind_a_transformer(input: Any) -> Any:
    answer = (await get(f"/rpc/seen?{given({'json': input})}", app=transformed)).json
    if "error" in answer:
        return {"error": answer["error"]["json"]}
    return {"result": {"data": answer["result"]["data"]["json"]}}


async def by_websocket(input: Any) -> Any:
    async with connected("/rpc", app=socket_app) as socket:
        answer = await socket.ask(query(1, "seen", input=input))
    return {key: {"data": part["data"]} for key, part in answer.items() if key != "id"}


WAYS = [by_http, by_a_batch, behind_a_transformer, by_websocket]


@pytest.mark.parametrize("way", WAYS)
async def test_a_key_that_is_a_number_comes_in_as_its_text(way: Any) -> None:
    assert await way(SENT) == {"result": {"data": repr(TAKEN)}}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "input", [{"seats": {"x": 1}}, {"seats": {"1.5": 1}}, {"rows": {"3": "c"}}], ids=str
)
async def test_a_text_that_is_no_such_number_is_refused(way: Any, input: Any) -> None:
    assert (await way(input))["error"]["data"]["code"] == "BAD_REQUEST"


async def test_it_comes_in_beside_a_number_beyond_all() -> None:
    answer = await get('/rpc/seen?input={"seats":{"1":1e400}}', app=http)
    assert answer.json["result"]["data"] == repr(Seats({1: float("inf")}))


async def test_it_comes_in_behind_a_last_event_id() -> None:
    answer = await get(f"/rpc/follow?lastEventId=7&{given(SENT)}", app=http)
    assert b"event: serialized-error" not in answer.body
    assert b"{1: 2.0, -3: 4.0}" in answer.body


async def test_inside_the_process_it_may_be_a_number() -> None:
    caller = create_caller(router, None)
    assert await caller("seen", {"seats": {1: 2}}) == repr(Seats({1: 2.0}))
