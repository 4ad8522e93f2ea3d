"""`operations.*`: seats and lines over time, and the state of the outbox."""

from __future__ import annotations

from typing import Any

import pytest
from world import Person, World, refused

SEATS, OUTBOX = "operations.seats", "operations.outbox"
ENROLL, UNENROLL = "enrollment.enroll", "enrollment.unenroll"
TODAY = "2026-03-02"  # of the world's clock
SEATED = ["invited", "active", "suspended"]


async def course(ada: Person, key: str, **given: Any) -> dict[str, Any]:
    [found] = [c for c in await ada.items(SEATS, **given) if c["courseId"] == key]
    return found


async def students(ada: Person, key: str, *status: str) -> int:
    wanted = {"courseId": key, "role": ["student"], "status": status}
    total: int = (await ada.call("enrollment.list", **wanted))["total"]
    return total


@pytest.mark.parametrize("call", [SEATS, OUTBOX])
@pytest.mark.parametrize("who", ["usr_lia", "usr_ina", "usr_tom"])
async def test_only_admins_look(world: World, call: str, who: str):
    with refused("FORBIDDEN", reason="admin_required"):
        await world.person(who).call(call)


async def test_the_numbers_are_those_of_the_lists(ada: Person):
    courses = await ada.items(SEATS)
    assert {c["id"] for c in await ada.items("course.list")} == {c["courseId"] for c in courses}
    for found in courses:
        key, days = found["courseId"], found["days"]
        assert found["taken"] == await students(ada, key, *SEATED)
        assert found["waiting"] == await students(ada, key, "waitlisted")
        assert (days[-1]["taken"], days[-1]["waiting"]) == (found["taken"], found["waiting"])
    assert sum(found["taken"] for found in courses) > 0


async def test_each_day_on_which_something_changed_is_told(world: World, ada: Person, lou: Person):
    before = (await course(ada, "crs_open"))["taken"]
    await lou.call(ENROLL, courseId="crs_open")
    world.clock.advance(days=3)
    await lou.call(UNENROLL, courseId="crs_open")
    await ada.call(ENROLL, courseId="crs_open", userId="usr_leo")
    await ada.call(ENROLL, courseId="crs_open", userId="usr_lou")
    world.clock.advance(days=1)
    found = await course(ada, "crs_open", days=5)
    assert found["days"] == [
        {"day": TODAY, "taken": before + 1, "waiting": 0},
        {"day": "2026-03-05", "taken": before + 2, "waiting": 0},
    ]
    assert found["days"][1:] == (await course(ada, "crs_open", days=2))["days"]


async def test_the_first_day_says_what_was_before(world: World, ada: Person, lou: Person):
    before = (await course(ada, "crs_open", days=3))["taken"]
    await lou.call(ENROLL, courseId="crs_open")
    found = await course(ada, "crs_open", days=3)
    assert found["days"] == [
        {"day": "2026-02-28", "taken": before, "waiting": 0},
        {"day": TODAY, "taken": before + 1, "waiting": 0},
    ]


async def test_a_line_is_told_beside_the_seats(ada: Person, lou: Person, leo: Person):
    await ada.call("course.create", title="Narrow", key="crs_narrow", capacity=1, waitlist=True)
    await ada.call("course.publish", courseId="crs_narrow")
    await lou.call(ENROLL, courseId="crs_narrow")
    await leo.call(ENROLL, courseId="crs_narrow")
    found = await course(ada, "crs_narrow")
    assert (found["seats"], found["taken"], found["waiting"]) == (1, 1, 1)
    await lou.call(UNENROLL, courseId="crs_narrow")
    found = await course(ada, "crs_narrow")
    assert (found["taken"], found["waiting"]) == (1, 0)


async def test_seats_are_those_of_all_sections(ada: Person):
    await ada.call("course.create", title="Wide", key="crs_wide", capacity=3, multiSection=True)
    assert (await course(ada, "crs_wide"))["seats"] == 3
    await ada.call("realm.create", kind="section", courseId="crs_wide", title="B", capacity=4)
    assert (await course(ada, "crs_wide"))["seats"] == 4
    await ada.call("realm.create", kind="section", courseId="crs_wide", title="C", key="sec_c")
    assert (await course(ada, "crs_wide"))["seats"] is None
    await ada.call("realm.update", realmId="sec_c", status="archived")
    assert (await course(ada, "crs_wide"))["seats"] == 4


async def test_staff_and_the_destroyed_take_no_seat(ada: Person, lou: Person):
    before = await course(ada, "crs_open")
    await ada.call(ENROLL, courseId="crs_open", userId="usr_tom", role="teacher")
    made = await lou.call(ENROLL, courseId="crs_open")
    await ada.call("enrollment.delete", id=made["id"])
    assert await course(ada, "crs_open") == before


async def test_whose_time_is_over_holds_no_seat(world: World, ada: Person):
    before = await course(ada, "crs_open")
    until = {"endAt": "2026-03-04T09:00:00Z", "userId": "usr_lou"}
    await ada.call(ENROLL, courseId="crs_open", **until)
    assert (await course(ada, "crs_open"))["taken"] == before["taken"] + 1
    world.clock.advance(days=3)
    unwritten = await course(ada, "crs_open")
    assert unwritten["taken"] == before["taken"]
    assert [day["day"] for day in unwritten["days"][-2:]] == [TODAY, "2026-03-04"]


async def test_courses_come_by_page(ada: Person):
    whole = await ada.items(SEATS)
    first = await ada.call(SEATS, limit=2)
    rest = await ada.call(SEATS, cursor=first["nextCursor"])
    assert [*first["items"], *rest["items"]] == whole
    for number in range(51):
        await ada.call("course.create", title=f"Course {number}")
    page = await ada.call(SEATS, limit=200)
    assert (len(page["items"]), page["nextCursor"] is None) == (50, False)


async def test_the_outbox_is_told_by_channel_and_state(world: World, ada: Person, lou: Person):
    assert await ada.call(OUTBOX) == {"items": []}
    await lou.call(ENROLL, courseId="crs_open")
    [message] = await ada.items("outbox.list")
    waiting = {"channel": "email", "state": "waiting", "count": 1, "oldest": message["nextAt"]}
    assert await ada.call(OUTBOX) == {"items": [waiting]}
    world.change("update outbox set next_at = null")
    parked = waiting | {"state": "parked", "oldest": None}
    assert await ada.call(OUTBOX) == {"items": [parked]}
    world.change("update outbox set sent_at = :at", at=message["nextAt"])
    assert await ada.call(OUTBOX) == {"items": [waiting | {"state": "sent"}]}


async def test_of_another_tenant_nothing_is_counted(world: World, ada: Person, lou: Person):
    await lou.call(ENROLL, courseId="crs_open")
    bea = world.person("usr_bea", "beta")
    assert await bea.call(OUTBOX) == {"items": []}
    found = {c["courseId"]: c["taken"] for c in await bea.items(SEATS)}
    assert found.keys() == {c["id"] for c in await bea.items("course.list")}
    assert "crs_open" not in found
