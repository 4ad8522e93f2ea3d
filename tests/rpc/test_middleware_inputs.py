"""What a step before a function sees of its input, and what the contract sees of middleware."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgi_driver import get, post
from msgspec import UNSET, Struct

from rpc import Endpoint, ProcedureBuilder, Router, create_caller

Log = list[str]
p = ProcedureBuilder[Log]()


class Note(Struct):
    text: str


async def test_authentication_precedes_decoding_which_precedes_authorization() -> None:
    order: Log = []

    class Watched(Struct):
        text: str

        def __post_init__(self) -> None:
            order.append("decode")

    def authenticate(ctx: Any) -> Any:
        order.append("authenticate")
        return ctx

    def authorize(ctx: Any, given: Watched) -> Any:
        order.append(f"authorize {given.text}")
        return ctx

    def note(ctx: Any, given: Watched) -> str:
        order.append("note")
        return given.text

    note.__annotations__["given"] = Watched
    builder = ProcedureBuilder[Any]().use(authenticate).use(authorize)
    app = Endpoint(Router({"note": builder.mutation(note)}), lambda request: None)
    assert (await post("/rpc/note", b'{"text":"x"}', app=app)).status == 200
    assert order == ["authenticate", "decode", "authorize x", "note"]
    order.clear()
    assert (await post("/rpc/note", b'{"text":1}', app=app)).status == 400
    assert order == ["authenticate"]


def with_input(log: Log, given: Any) -> Log:
    log.append(repr(given))
    return log


def around_input(log: Log, given: Any) -> Iterator[Log]:
    log.append(f"around {given!r}")
    yield log


def write(log: Log, given: Note) -> Log:
    return log


async def test_a_step_with_two_parameters_sees_the_decoded_input() -> None:
    builder = p.use(with_input).use(around_input)
    app = Endpoint(Router({"write": builder.query(write)}), lambda request: [])
    answer = await get('/rpc/write?input={"text":"x"}', app=app)
    assert answer.json["result"]["data"] == ["Note(text='x')", "around Note(text='x')"]


async def test_where_a_procedure_takes_no_input_such_a_step_sees_undefined() -> None:
    log: Log = []
    await create_caller(Router({"it": p.use(with_input).query(len)}), log)("it")
    assert log == [repr(UNSET)]


async def test_the_contract_sees_the_order_of_its_middleware() -> None:
    order = ["m1:before", "m2:before", "m3:before", "resolver"]
    order += ["m3:after", "m2:after", "m1:after"]
    assert (await get("/trpc/mw.order")).json["result"]["data"] == order
    batch = await get("/trpc/mw.order,mw.order?batch=1")
    assert [one["result"]["data"] for one in batch.json] == [order, order]
    seen = (await get('/trpc/mw.inputOrder?input={"name":"x"}')).json["result"]["data"]
    assert seen == {"before": "undefined", "after": "object"}


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("mw.blocked", 403, "blocked by middleware"),
        ("mw.translate", 409, "translated: INTERNAL_SERVER_ERROR: plain failure"),
    ],
)
async def test_a_middlewares_error_is_the_calls(path: str, status: int, message: str) -> None:
    answer = await get(f"/trpc/{path}")
    assert (answer.status, answer.error["message"]) == (status, message)
    assert answer.error["data"]["path"] == path
