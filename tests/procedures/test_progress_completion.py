"""What happens at 100 percent, and when the components of a course change (model 4.4)."""

import asyncio

import pytest
from world import NOW, Person, World, refused

RECORD, RESET, SET = "progress.record", "progress.reset", "course.setComponents"
PAST = {"courseId": "crs_past"}
LESSONS = [{"id": f"les_{n}", "kind": "lesson", "title": f"{n}"} for n in (1, 2, 3)]


def state(record: dict) -> tuple:
    return record["status"], record["progress"], record["completedAt"]


def mails(world: World) -> list[tuple]:
    return world.rows("select template, recipient from outbox order by id")


@pytest.mark.parametrize("policy", ["learner", "progress"])
async def test_the_last_component_completes_the_record(
    world: World, ada: Person, lia: Person, policy: str
):
    # S3-04, S3-37, S4-23..26
    await ada.call("course.update", **PAST, completionPolicy=policy)
    record = await lia.call(RECORD, **PAST, componentId="les_2")
    assert state(record) == ("completed", 100, NOW)
    last = (await lia.items("enrollment.history", id="enr_lia"))[-1]
    assert (last["kind"], last["fromStatus"], last["toStatus"]) == (
        "completed",
        "active",
        "completed",
    )
    assert (last["door"], last["actorId"]) == ("system", None)
    assert mails(world) == [
        ("completed", "lia@acme.example"),
        ("completed_admin", "ada@acme.example"),
    ]


async def test_staff_may_reserve_the_completion_to_themselves(
    world: World, ada: Person, lia: Person
):
    await ada.call("course.update", **PAST, completionPolicy="staff")
    assert state(await lia.call(RECORD, **PAST, componentId="les_2")) == ("active", 100, None)
    assert state(await ada.call(RECORD, id="enr_lia", percent=100)) == ("active", 100, None)
    assert mails(world) == []
    record = await ada.call("enrollment.update", id="enr_lia", status="completed")
    assert record["status"] == "completed"


async def test_a_hundred_percent_said_by_staff_completes_too(ada: Person):
    assert state(await ada.call(RECORD, id="enr_leo", percent=100)) == ("completed", 100, NOW)


async def test_completing_twice_changes_nothing_and_sends_nothing(
    world: World, ada: Person, lia: Person
):
    record = await lia.call(RECORD, **PAST, componentId="les_2")
    before = world.contents()
    world.clock.advance(minutes=1)
    assert await lia.call(RECORD, **PAST, componentId="les_2") == record
    assert await lia.call(RECORD, id="enr_lia", componentId="les_1") == record
    assert await ada.call(RECORD, id="enr_lia", percent=100) == record
    assert world.contents() == before


async def test_what_is_completed_stays_so(world: World, ada: Person, lia: Person):
    await lia.call(RECORD, **PAST, componentId="les_2")
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_transition"):
        await ada.call(RECORD, id="enr_lia", percent=99)
    with refused("BAD_REQUEST", reason="invalid_transition"):
        await ada.call(RESET, **PAST, userId="usr_lia")
    assert world.contents() == before


async def test_a_new_lesson_does_not_undo_a_completion(ada: Person, lia: Person):
    done = await lia.call(RECORD, **PAST, componentId="les_2")
    await ada.call(SET, **PAST, components=LESSONS)
    assert await lia.call("enrollment.get", id="enr_lia") == done
    assert await lia.call(RECORD, **PAST, componentId="les_3") == done
    marks = [c["doneAt"] for c in (await lia.call("course.content", **PAST))["components"]]
    assert marks == ["2025-10-01T08:00:00.000Z", NOW, None]


async def test_a_new_lesson_makes_the_progress_of_the_unfinished_smaller(ada: Person, lia: Person):
    before = await lia.call("enrollment.get", id="enr_lia")
    await ada.call(SET, **PAST, components=LESSONS)
    after = await lia.call("enrollment.get", id="enr_lia")
    assert (before["progress"], after["progress"]) == (50, 33)
    assert after["version"] == before["version"] + 1


async def test_a_lesson_less_may_complete_who_has_done_the_rest(
    world: World, ada: Person, lia: Person
):
    await ada.call(SET, **PAST, components=LESSONS[:1])
    assert state(await lia.call("enrollment.get", id="enr_lia")) == ("completed", 100, NOW)
    assert [template for template, _ in mails(world)] == ["completed", "completed_admin"]


async def test_a_lesson_less_completes_nobody_where_staff_decide(ada: Person, lia: Person):
    await ada.call("course.update", **PAST, completionPolicy="staff")
    await ada.call(SET, **PAST, components=LESSONS[:1])
    assert state(await lia.call("enrollment.get", id="enr_lia")) == ("active", 100, None)


@pytest.mark.parametrize("status", ["suspended", "dropped", "expired"])
async def test_a_lesson_less_completes_nobody_who_is_not_active(
    world: World, ada: Person, lia: Person, status: str
):
    world.change("update enrollment set status = :to where key = 'enr_lia'", to=status)
    await ada.call(SET, **PAST, components=LESSONS[:1])
    assert state(await lia.call("enrollment.get", id="enr_lia")) == (status, 100, None)


async def test_an_overdue_record_is_not_completed_by_a_lesson_less(
    world: World, ada: Person, lia: Person
):
    world.change("update enrollment set end_at = :now where key = 'enr_lia'", now=NOW)
    await ada.call(SET, **PAST, components=LESSONS[:1])
    assert state(await lia.call("enrollment.get", id="enr_lia")) == ("expired", 100, None)


async def test_progress_without_marks_is_left_as_staff_have_set_it(ada: Person, leo: Person):
    await ada.call(RECORD, id="enr_leo", percent=40)
    await ada.call(SET, **PAST, components=LESSONS)
    assert (await leo.call("enrollment.get", id="enr_leo"))["progress"] == 40


async def test_losing_every_mark_is_losing_the_progress(ada: Person, lia: Person):
    await ada.call(SET, **PAST, components=LESSONS[1:])
    assert (await lia.call("enrollment.get", id="enr_lia"))["progress"] == 0


async def test_where_nothing_counts_progress_stays_what_it_was(ada: Person, lia: Person):
    unit = {"id": "u", "kind": "unit", "title": "U"}
    await ada.call(SET, **PAST, components=[unit])
    assert (await lia.call(RECORD, **PAST, componentId="u"))["progress"] == 50
    await ada.call(SET, **PAST, components=[unit, *LESSONS])
    assert (await lia.call("enrollment.get", id="enr_lia"))["progress"] == 0


@pytest.mark.parametrize("said", [50, 80])
async def test_an_outline_that_changes_no_progress_leaves_the_records_alone(
    world: World, ada: Person, said: int
):
    await ada.call(RECORD, id="enr_lia", percent=said)
    before = world.rows("select * from enrollment")
    await ada.call(SET, **PAST, components=[*LESSONS[:2], {"kind": "unit", "title": "U"}])
    assert world.rows("select * from enrollment") == before


async def test_completing_gives_the_seat_to_who_waits(ada: Person, lou: Person, leo: Person):
    record = await leo.call("enrollment.enroll", courseId="crs_line")
    assert (await lou.call("enrollment.enroll", courseId="crs_line"))["status"] == "waitlisted"
    await ada.call(RECORD, id=record["id"], percent=100)
    assert (await lou.call("enrollment.get", courseId="crs_line"))["status"] == "active"


async def test_a_new_record_of_somebody_who_has_completed_makes_progress_of_its_own(
    ada: Person, lia: Person
):
    # S3-06
    old = await lia.call(RECORD, **PAST, componentId="les_2")
    new = await lia.call("enrollment.enroll", **PAST, reenroll=True)
    assert (await lia.call(RECORD, **PAST, componentId="les_2"))["progress"] == 50
    assert await lia.call("enrollment.get", id=old["id"]) == old
    assert (await ada.call(RESET, **PAST, userId="usr_lia"))["id"] == new["id"]


async def test_who_has_completed_and_is_suspended_now_marks_nothing(ada: Person, lia: Person):
    await lia.call(RECORD, **PAST, componentId="les_2")
    new = await lia.call("enrollment.enroll", **PAST, reenroll=True)
    await ada.call("enrollment.update", id=new["id"], status="suspended")
    with refused("FORBIDDEN", reason="no_access"):
        await lia.call(RECORD, **PAST, componentId="les_1")


async def test_parallel_calls_for_the_last_lesson_complete_once(world: World, lia: Person):
    calls = [lia.call(RECORD, **PAST, componentId="les_2") for _ in range(12)]
    records = await asyncio.gather(*calls)
    assert {record["version"] for record in records} == {2}
    assert world.value("select count(*) from event where kind = 'completed'") == 1
    assert len(mails(world)) == 2
