"""What the guides say of their own examples: served, they answer so."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import httpx2
import pytest
from blocks import Block, blocks, in_language
from starlette.testclient import TestClient

from rpc import Endpoint, create_caller


def example(file: str) -> tuple[Block, ModuleType]:
    """A block of Python by its name, and what it makes."""
    [block] = [b for b in in_language("python") if b.file == file]
    module = ModuleType(file.removesuffix(".py"))
    exec(compile(block.text, file, "exec", dont_inherit=True), module.__dict__)
    return block, module


def served(app: Any) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app)
    return httpx2.AsyncClient(transport=transport, base_url="http://here")


async def test_the_refusal_of_the_errors_guide_is_what_its_server_says():
    block, library = example("library.py")
    [shown] = [b for b in blocks() if b.page == block.page and b.language == "json"]
    async with served(library.app) as http:
        assert (await http.post("/trpc/lend", json={"book": "emma"})).status_code == 200
        again = await http.post("/trpc/lend", json={"book": "emma"})
    assert (again.status_code, again.json()) == (409, json.loads(shown.text))


async def test_the_reasons_of_the_errors_guide_are_raised_where_it_says():
    _, library = example("library.py")
    async with served(library.app) as http:
        refused = (await http.post("/trpc/lend", json={"book": "dune"})).json()["error"]["data"]
    assert (refused["httpStatus"], refused["reason"]) == (404, "unknown_book")


WHO, WRONG, FOREIGN = {"x-user": "bob"}, '{"curse":1}', '{"course":"art"}'


@pytest.mark.parametrize(
    ("headers", "given", "status"),
    [({}, WRONG, 401), (WHO, WRONG, 400), (WHO, FOREIGN, 403), (WHO, '{"course":"maths"}', 200)],
)
async def test_refusals_come_in_the_order_of_the_middleware_guide(
    headers: dict[str, str], given: str, status: int
):
    _, school = example("school.py")
    app = Endpoint(school.router, school.context, path="/trpc")
    async with served(app) as http:
        answer = await http.get("/trpc/course.rights", params={"input": given}, headers=headers)
    assert answer.status_code == status, answer.text
    if status == 200:
        assert answer.json() == {"result": {"data": ["read"]}}


async def test_the_clock_of_the_subscriptions_guide_goes_on_behind_the_last_event():
    _, clock = example("clock.py")
    call = create_caller(clock.router, None)
    ticks = await call("ticks", {"pause": 0, "lastEventId": "41"})
    found = [(await anext(ticks)).id for _ in range(2)]
    await ticks.aclose()
    assert found == ["42", "43"]


async def test_the_greeting_is_the_same_as_on_node():
    """As far as the page shows it: signed in and not, with a name and without."""
    _, greeting = example("greeting.py")
    async with served(greeting.app) as http:

        async def ask(given: str, **headers: str) -> tuple[int, str]:
            answer = await http.get("/trpc/greet", params={"input": given}, headers=headers)
            body = answer.json()
            told = body["error"]["message"] if "error" in body else body["result"]["data"]["text"]
            return answer.status_code, told

        assert await ask('{"name":"world"}', **WHO) == (200, "hello world, says bob")
        assert await ask('{"name":"world"}') == (401, "sign in first")
        assert (await ask("{}", **WHO))[0] == 400


async def test_an_app_around_a_mount_keeps_a_session_for_its_procedures():
    _, bigger = example("bigger.py")
    async with served(bigger.app) as http:
        sent = {"content-type": "application/json"}
        told = [(await http.post("/trpc/visit", headers=sent)).text for _ in range(2)]
    assert told == ['{"result":{"data":1}}', '{"result":{"data":2}}']
    with TestClient(bigger.app).websocket_connect("/trpc") as socket:
        socket.send_json({"id": 1, "method": "mutation", "params": {"path": "visit"}})
        assert socket.receive_json()["result"]["data"] == 1
