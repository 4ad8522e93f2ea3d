"""`system.*`, and what an unexpected fault tells."""

import re
from importlib.metadata import version

import pytest
from world import Person, World

from procedures import router

INSIDE = r"Traceback|sqlite|no such table|enrollment e|select|\.py\b|line \d|Error'|/\w+/\w+"


async def test_health_and_info_need_no_credentials(world: World):
    nobody = world.stranger()
    assert await nobody.call("system.health") == {"status": "ok"}
    assert (await nobody.get("system.health")).json() == {"result": {"data": {"status": "ok"}}}
    assert await nobody.call("system.info") == {
        "version": version("rollcall"),
        "environment": "development",
    }


async def test_probes_may_ask_by_head(world: World):
    answer = await world.http.head("/rpc/system.health")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_options_tells_the_methods(world: World):
    answer = await world.http.options("/rpc/system.health")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
async def test_no_call_is_made_by_another_method(world: World, method: str):
    answer = await world.http.request(method, "/rpc/enrollment.list")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert answer.json()["error"]["data"]["code"] == "METHOD_NOT_SUPPORTED"


async def test_health_fails_without_a_readable_database(world: World):
    world.change("alter table org rename to gone")
    assert (await world.stranger().get("system.health")).status_code == 500


GUARDED = [
    name
    for name, procedure in router.items()
    if not name.startswith("system.") and procedure.type != "subscription"
]


@pytest.mark.parametrize("name", GUARDED)
async def test_everything_else_but_the_login_needs_credentials(world: World, name: str):
    expected = 400 if name == "auth.login" else 401
    assert (await world.stranger().post(name, json={})).status_code == expected


@pytest.mark.parametrize("path", ["enrollment.enroll", "enrollment.list", "enrollment.get"])
async def test_a_fault_tells_nothing_about_the_inside(world: World, lou: Person, path: str):
    world.change("alter table enrollment rename to gone")
    answer = await lou.post(path, json={} if path.endswith("list") else {"courseId": "crs_open"})
    assert answer.status_code == 500
    error = answer.json()["error"]
    assert (error["code"], error["message"]) == (-32603, "internal server error")
    assert not re.search(INSIDE, answer.text, re.IGNORECASE)
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["x-request-id"])


async def test_the_answer_to_a_fault_names_the_request_it_was_logged_under(
    world: World, caplog: pytest.LogCaptureFixture
):
    world.change("alter table org rename to gone")
    answer = await world.stranger().get("system.health", headers={"x-request-id": "call-7"})
    assert answer.headers["x-request-id"] == "call-7"
    [record] = [r for r in caplog.records if r.name == "rpc"]
    assert "call-7" in record.getMessage()
    assert record.exc_info is not None


@pytest.mark.parametrize("path", ["/consoles", "/rpc", "/nowhere", "/rpcx/system.health"])
async def test_outside_of_the_procedures_nothing_is_found(world: World, path: str):
    answer = await world.http.get(path)
    data = {"code": "NOT_FOUND", "httpStatus": 404}
    refusal = {"error": {"message": "Not Found", "code": -32004, "data": data}}
    assert (answer.status_code, answer.json()) == (404, refusal)
