"""The Python client behind a door with faults: what is asked again, and that it is done once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from faulty_door import Door, door_to
from python_callers import QUICK, Caller, bearer
from world import World

from rpc import RPCError
from rpc.client import NEVER, NoReply, Retry

pytestmark = pytest.mark.engine("sqlite")
KEY = "idempotency-key"
KINDS = ["sync", "async"]


@pytest.fixture
async def place(world: World) -> AsyncIterator[tuple[Door, str]]:
    async with door_to(world) as place:
        yield place


@pytest.fixture
def door(place: tuple[Door, str]) -> Door:
    return place[0]


@pytest.fixture(params=KINDS)
async def lou(place: tuple[Door, str], request: pytest.FixtureRequest) -> AsyncIterator[Caller]:
    """A learner without any record, who calls through the door."""
    caller = Caller(request.param, place[1], **bearer("usr_lou"))
    yield caller
    await caller.close()


def enroll(client: Any) -> Any:
    return client.enrollment.enroll(course_id="crs_open")


def keys(requests: list[httpx2.Request]) -> list[str | None]:
    return [request.headers.get(KEY) for request in requests]


def enrolled(world: World) -> int:
    count: int = world.value("select count(*) from event where kind = 'enrolled'")
    return count


@pytest.mark.parametrize("fault", ["busy", "lost", "gateway"])
async def test_a_mutation_is_asked_again_under_the_same_key_and_done_once(
    world: World, door: Door, lou: Caller, fault: Any
):
    door.faults = [fault, fault]
    made = await lou.do(enroll)
    assert (made.status, enrolled(world)) == ("active", 1)
    [key] = set(keys(door.seen))
    assert (len(door.seen), key is not None) == (3, True)


async def test_each_mutation_has_a_key_of_its_own_and_a_query_has_none(door: Door, lou: Caller):
    await lou.do(enroll)
    await lou.do(lambda c: c.enrollment.unenroll(course_id="crs_open"))
    await lou.do(lambda c: c.auth.me())
    first, second, third = keys(door.seen)
    assert (first != second, third) == (True, None)


@pytest.mark.parametrize("fault", ["busy", "lost", "gateway"])
async def test_a_query_is_asked_again(door: Door, lou: Caller, fault: Any):
    door.faults = [fault]
    assert (await lou.do(lambda c: c.auth.me())).user_id == "usr_lou"
    assert len(door.seen) == 2


async def test_a_refusal_is_not_asked_again(door: Door, lou: Caller):
    await lou.do(enroll)
    door.seen.clear()
    with pytest.raises(RPCError, match="CONFLICT"):
        await lou.do(enroll)
    with pytest.raises(RPCError, match="NOT_FOUND"):
        await lou.do(lambda c: c.enrollment.get(id="enr_nowhere"))
    assert len(door.seen) == 2


async def test_attempts_are_bounded_and_the_last_failure_is_told(door: Door, lou: Caller):
    door.faults = ["busy"] * 9
    with pytest.raises(RPCError, match="SERVICE_UNAVAILABLE"):
        await lou.do(enroll)
    assert len(door.seen) == QUICK.attempts
    door.faults = ["lost"] * 9
    with pytest.raises(NoReply, match="no answer from the server"):
        await lou.do(enroll)
    assert len(door.seen) == 2 * QUICK.attempts


async def test_what_cannot_have_a_key_is_asked_again_only_if_it_was_not_done(
    world: World, door: Door, lou: Caller
):
    """Signing in: nobody is known yet, whose key it could be."""

    def login(client: Any) -> Any:
        return client.auth.login(email="lia@acme.example", password="correct horse")

    before = world.value("select count(*) from session")
    door.faults = ["busy"]
    await lou.do(login)
    door.faults = ["lost"]
    with pytest.raises(NoReply):
        await lou.do(login)
    assert (len(door.seen), world.value("select count(*) from session")) == (3, before + 2)


@pytest.mark.parametrize("fault", ["busy", "lost"])
async def test_a_batch_is_asked_again_as_a_whole_and_each_call_done_once(
    world: World, door: Door, lou: Caller, fault: Any
):
    door.faults = [fault]
    names = ["crs_open", "crs_none", "crs_maths"]
    results = await lou.batch(lambda b: [b.enrollment.enroll(course_id=name) for name in names])
    assert [result.error and result.error.reason for result in results] == [None, "full", None]
    assert (enrolled(world), len(set(keys(door.seen))), len(door.seen)) == (2, 1, 2)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_client_that_never_retries_sends_no_key_and_fails_at_once(
    place: tuple[Door, str], kind: str
):
    door, url = place
    caller = Caller(kind, url, **bearer("usr_lou"), retry=NEVER)
    await caller.do(enroll)
    door.faults = ["busy"]
    with pytest.raises(RPCError, match="SERVICE_UNAVAILABLE"):
        await caller.do(lambda c: c.auth.me())
    assert (len(door.seen), keys(door.seen)[0]) == (2, None)
    await caller.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_who_waits_too_long_is_told_so(place: tuple[Door, str], kind: str):
    door, url = place
    door.faults = ["silent", "silent"]
    caller = Caller(kind, url, **bearer("usr_lou"), timeout=0.2, retry=Retry(attempts=2, base=0))
    with pytest.raises(NoReply) as caught:
        await caller.do(lambda c: c.auth.me())
    assert (caught.value.code, len(door.seen)) == ("TIMEOUT", 2)
    assert (await caller.do(lambda c: c.auth.me())).user_id == "usr_lou"
    await caller.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_server_that_is_not_there_is_no_answer(kind: str):
    nobody = Caller(kind, "http://127.0.0.1:1/rpc", retry=Retry(attempts=2, base=0))
    with pytest.raises(NoReply, match="SERVICE_UNAVAILABLE") as caught:
        await nobody.do(lambda c: c.auth.logout())
    assert caught.value.unsent
    await nobody.close()


async def test_an_answer_of_another_program_is_told_apart(door: Door, lou: Caller):
    door.faults = ["foreign"]
    with pytest.raises(RPCError, match="no answer of a tRPC server: is the URL right") as caught:
        await lou.do(lambda c: c.auth.me())
    assert caught.value.code == "INTERNAL_SERVER_ERROR"
