"""What a live record holds when the sections of a course are parted or joined: its slot."""

from typing import Any

import pytest
from world import Person, World, refused

ENROLL, UPDATE, CHANGE = "enrollment.enroll", "course.update", "enrollment.update"
SLOTS = """
    select e.slot = 'c' || c.id, e.slot = 'r' || e.realm_id from enrollment e
    join course c on c.id = e.course_id where c.key = :course
"""


async def test_parted_sections_take_the_same_learner(ada: Person, lia: Person):
    with refused("CONFLICT", reason="already_enrolled"):
        await lia.call(ENROLL, realmId="sec_eve")
    await ada.call(UPDATE, courseId="crs_past", multiSection=True)
    assert (await lia.call(ENROLL, realmId="sec_eve"))["status"] == "active"
    with refused("CONFLICT", reason="already_enrolled"):
        await lia.call(ENROLL, realmId="sec_past")


async def test_joined_sections_are_one_place(world: World, ada: Person, lou: Person):
    await lou.call(ENROLL, realmId="sec_red")
    await ada.call(UPDATE, courseId="crs_multi", multiSection=False)
    with refused("CONFLICT", reason="already_enrolled"):
        await lou.call(ENROLL, realmId="sec_blue")
    assert world.rows(SLOTS, course="crs_multi") == [(1, 0)]


async def test_sections_are_not_joined_while_somebody_is_in_two(
    world: World, ada: Person, lou: Person
):
    for realm in ("sec_red", "sec_blue"):
        await lou.call(ENROLL, realmId=realm)
    before = world.contents()
    with refused("CONFLICT", reason="already_enrolled"):
        await ada.call(UPDATE, courseId="crs_multi", multiSection=False)
    assert world.contents() == before


async def test_a_course_that_stays_as_it_is_keeps_its_slots(world: World, ada: Person):
    before = world.rows(SLOTS, course="crs_past")
    await ada.call(UPDATE, courseId="crs_past", multiSection=False, title="History of all")
    assert world.rows(SLOTS, course="crs_past") == before


async def a_record(ada: Person, role: str = "student", **said: Any) -> str:
    """Of lou in a section of crs_multi; its id."""
    record = await ada.call(ENROLL, **{"realmId": "sec_red", **said}, userId="usr_lou", role=role)
    id: str = record["id"]
    return id


WAYS = ["back", "role", "section", "course"]


async def taken_back(ada: Person, way: str, end: str) -> tuple[str, dict[str, Any]]:
    """Lou has a record that ends then, and another one that a call shall bring to its slot."""
    if way == "back":
        id = await a_record(ada)
        await ada.call(CHANGE, id=id, status="dropped")
    elif way == "role":
        id = await a_record(ada, "teacher")
    else:
        id = await a_record(ada, realmId="sec_blue")
    await a_record(ada, key="enr_short", endAt=end)
    return {
        "back": (CHANGE, {"id": id, "status": "active"}),
        "role": (CHANGE, {"id": id, "role": "student"}),
        "section": ("enrollment.transfer", {"id": id, "realmId": "sec_red"}),
        "course": (UPDATE, {"courseId": "crs_multi", "multiSection": False}),
    }[way]


@pytest.mark.parametrize("way", WAYS)
async def test_whose_time_has_run_out_holds_no_slot_also_before_that_is_written_down(
    world: World, ada: Person, way: str
):
    call, given = await taken_back(ada, way, "2026-03-02T10:00:00Z")
    before = world.contents()
    with refused("CONFLICT", reason="already_enrolled"):
        await ada.call(call, **given)
    assert world.contents() == before
    world.clock.advance(hours=1)
    await ada.call(call, **given)
    events = await ada.items("enrollment.history", id="enr_short")
    assert [event["kind"] for event in events] == ["enrolled", "expired"]
