"""What one node has let in, counted or answered holds on every other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from cluster import COUNT, Cluster, cluster
from engines import Engine
from world import Person, refused

ME, ENROLL, LOGIN = "auth.me", "enrollment.enroll", "auth.login"
LIA = {"email": "lia@acme.example", "password": "correct horse"}
BOB = {"email": "bob@both.example", "password": "battery staple"}
KEY = {"idempotency-key": "one-key-for-all-nodes"}
LIMIT = 10  # failures in ten minutes

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nodes(engine: Engine, built_world: str) -> AsyncIterator[Cluster]:
    """The same for all tests: each is about somebody of its own."""
    address = engine.copy(built_world)
    async with cluster(address) as running:
        yield running
    engine.drop(address)


async def cookie_of(nodes: Cluster, place: int, given: dict[str, str]) -> str:
    answer = await nodes.stranger(place).post(LOGIN, json=given)
    assert answer.status_code == 200, answer.text
    return answer.headers["set-cookie"].partition(";")[0]


async def everywhere(nodes: Cluster, cookie: str) -> list[int]:
    """The status that a session is met with on each node."""
    browsers = [nodes.stranger(place, cookie=cookie) for place in range(COUNT)]
    return [(await browser.get(ME)).status_code for browser in browsers]


async def test_a_session_begun_on_one_node_is_good_on_all_until_it_is_ended_on_any(nodes: Cluster):
    cookie, other = await cookie_of(nodes, 0, BOB), await cookie_of(nodes, 1, BOB)
    assert await everywhere(nodes, cookie) == [200, 200, 200]
    await nodes.stranger(1, cookie=cookie).call("auth.logout")
    assert await everywhere(nodes, cookie) == [401, 401, 401]
    assert await everywhere(nodes, other) == [200, 200, 200]


async def test_the_organization_chosen_on_one_node_is_the_active_one_on_all(nodes: Cluster):
    cookie = await cookie_of(nodes, 0, BOB)
    await nodes.stranger(1, cookie=cookie).call("auth.useOrg", orgId="beta")
    for place in range(COUNT):
        assert (await nodes.stranger(place, cookie=cookie).call(ME))["orgId"] == "beta"


async def test_wrong_passwords_are_counted_over_all_nodes(nodes: Cluster):
    wrong = LIA | {"password": "wrong"}
    for turn in range(LIMIT - 1):
        with refused("UNAUTHORIZED"):
            await nodes.stranger(turn).call(LOGIN, **wrong)
    await cookie_of(nodes, 0, LIA)  # nine are borne
    with refused("UNAUTHORIZED"):
        await nodes.stranger(1).call(LOGIN, **wrong)
    for place in range(COUNT):
        with refused("TOO_MANY_REQUESTS", reason="too_many_failures") as caught:
            await nodes.stranger(place).call(LOGIN, **LIA)
        assert 0 < int(caught.value.answer.headers["retry-after"]) <= 600
    await cookie_of(nodes, 2, BOB)  # who is somebody else


async def test_wrong_codes_are_counted_over_all_nodes(nodes: Cluster):
    code = (await nodes.person(0, "usr_ada").call("realm.rotateCode", realmId="sec_red"))[
        "accessCode"
    ]
    for turn in range(LIMIT):
        with refused("NOT_FOUND"):
            await redeem(nodes.person(turn, "usr_lou"), "AAAAA-AAAAA")
    for place in range(COUNT):
        with refused("TOO_MANY_REQUESTS", reason="too_many_failures"):
            await redeem(nodes.person(place, "usr_lou"), code)
    assert (await redeem(nodes.person(1, "usr_leo"), code))["status"] == "active"


async def redeem(who: Person, code: str) -> Any:
    return await who.call("enrollment.redeemCode", code=code)


async def test_a_call_under_one_key_is_done_once_whichever_nodes_are_asked_at_once(nodes: Cluster):
    asks = [
        nodes.person(turn, "usr_lou").post(ENROLL, json={"courseId": "crs_open"}, headers=KEY)
        for turn in range(4 * COUNT)
    ]
    answers: list[httpx2.Response] = await asyncio.gather(*asks)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert [a.headers.get("idempotency-replayed") for a in answers].count(None) == 1
    record = answers[0].json()["result"]["data"]
    history = await nodes.person(2, "usr_lou").items("enrollment.history", id=record["id"])
    assert [event["kind"] for event in history] == ["enrolled"]


async def test_a_key_given_on_one_node_is_refused_to_another_call_on_all(nodes: Cluster):
    ina = [nodes.person(place, "usr_ina") for place in range(COUNT)]
    first = await ina[0].post(ENROLL, json={"courseId": "crs_open"}, headers=KEY)
    assert first.status_code == 200
    for who in ina:
        answer = await who.post(ENROLL, json={"courseId": "crs_maths"}, headers=KEY)
        data = answer.json()["error"]["data"]
        assert (data["code"], data["reason"]) == ("CONFLICT", "idempotency_mismatch")
    free = await ina[1].post(ENROLL, json={"courseId": "crs_maths"})
    assert free.status_code == 200
