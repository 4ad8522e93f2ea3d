"""What a client is promised: an answer comes after its commit, or it is no promise."""

import asyncio
from pathlib import Path

import pytest
from probe import held_by_another_process
from stores import CountingStore, FailingStore, HeldStore
from world import refused, serving

from procedures.store import sqlite
from procedures.store.schema import sqlite3

pytestmark = pytest.mark.engine("sqlite")

ENROLL, OPEN = "enrollment.enroll", {"courseId": "crs_open"}
KEY = {"idempotency-key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
LEARNERS = ("usr_lia", "usr_leo", "usr_lou", "usr_bob", "usr_tom")
COUNT = (
    "select count(*) from enrollment e join course c on c.id = e.course_id and c.key = 'crs_open'"
)


async def test_while_the_disk_takes_its_time_no_answer_comes(database: str):
    async with serving(Path(database), HeldStore) as world:
        people = [world.person(user) for user in LEARNERS]
        calls = [asyncio.create_task(person.call(ENROLL, **OPEN)) for person in people]
        assert await asyncio.to_thread(world.store.reached.wait, 30)
        for _ in range(10):
            assert await world.stranger().call("system.health") == {"status": "ok"}
        assert not any(call.done() for call in calls)
        assert world.value(COUNT) == 0
        world.store.go.set()
        records = await asyncio.gather(*calls)
        assert {r["status"] for r in records} == {"active"}
        assert world.value(COUNT) == len(LEARNERS)


async def test_a_failing_disk_is_a_fault_for_everyone_and_leaves_no_row(database: str):
    async with serving(Path(database), FailingStore) as world:
        before = world.contents()
        world.store.error = sqlite3.OperationalError("disk I/O error")
        posts = [world.person(user).post(ENROLL, json=OPEN) for user in LEARNERS]
        answers = await asyncio.gather(*posts)
        assert [a.status_code for a in answers] == [500] * len(LEARNERS)
        assert "disk" not in "".join(a.text for a in answers)
        assert world.contents() == before
        world.store.error = None
        assert (await world.person("usr_lou").call(ENROLL, **OPEN))["status"] == "active"


async def test_a_batch_is_committed_as_a_group(database: str):
    async with serving(Path(database), CountingStore) as world:
        courses = ["crs_open", "crs_maths", "crs_draft", "crs_logic"]
        body = {str(i): {"courseId": course} for i, course in enumerate(courses)}
        path = ",".join([ENROLL] * len(courses)) + "?batch=1"
        answer = await world.person("usr_lou").post(path, json=body)
        assert answer.status_code == 207
        assert ["result" in part for part in answer.json()] == [True, True, False, True]
        assert world.store.commits == 1


async def test_who_runs_again_beside_a_refused_call_is_answered_as_if_once(database: str):
    rate = {"call_rate": 0.001, "call_burst": 10}
    async with serving(Path(database), HeldStore, **rate) as world:
        store, limits = world.store, world.app.service.limits
        calls = [asyncio.create_task(world.person("usr_lou").post(ENROLL, json=OPEN))]
        assert await asyncio.to_thread(store.reached.wait, 30)
        # These form the next group; a key is written down before its call is refused.
        for post in (
            world.browser("usr_lia").post("auth.logout", json={}),
            world.person("usr_leo").post(ENROLL, json={"courseId": "crs_draft"}, headers=KEY),
        ):
            calls.append(asyncio.create_task(post))
            while store.waiting < len(calls):
                await asyncio.sleep(0.01)
        store.go.set()
        enrolled, left, refused_after = await asyncio.gather(*calls)
        assert [a.status_code for a in (enrolled, left, refused_after)] == [200, 200, 400]
        [taken_away] = left.headers.get_list("set-cookie")
        assert "Max-Age=0" in taken_away
        assert world.value("select count(*) from idempotency") == 0
        people = world.rows("select id from account where key in ('usr_lou', 'usr_lia', 'usr_leo')")
        assert [round(limits.calls.level(id)) for (id,) in people] == [9, 9, 9]


async def test_refused_calls_cost_no_commit(database: str):
    async with serving(Path(database), CountingStore) as world:
        with refused("FORBIDDEN", reason="not_member"):
            await world.person("usr_lou").call(ENROLL, courseId="crs_beta")
        assert world.store.commits == 0


async def test_a_database_in_other_hands_is_unavailable_not_broken(
    database: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "LOCK_WAIT", 0.1)
    rename = "update org set name = 'Acme Renamed' where key = 'acme'"
    async with serving(database) as world:
        with held_by_another_process(Path(database), rename) as holder:
            with refused("SERVICE_UNAVAILABLE") as caught:
                await world.person("usr_lou").call(ENROLL, **OPEN)
            assert caught.value.answer.headers["retry-after"] == "1"
            assert (await world.person("usr_lou").call("auth.me"))["userId"] == "usr_lou"
            holder.release()
        assert (await world.person("usr_lou").call(ENROLL, **OPEN))["status"] == "active"
        assert world.value("select name from org where key = 'acme'") == "Acme Renamed"
