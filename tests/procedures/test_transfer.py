"""`enrollment.transfer`: a record moves to another section of its course, or another group."""

import pytest
from world import NOW, Person, World, refused

ENROLL, TRANSFER, GET = "enrollment.enroll", "enrollment.transfer", "enrollment.get"
LIA = {"id": "enr_lia"}
EVENING = {**LIA, "realmId": "sec_eve"}


def teaching(world: World, *realms: str) -> None:
    """Tom teaches these sections too."""
    for realm in realms:
        world.change(
            """
            insert into enrollment (org_id, key, user_id, realm_id, course_id, slot, role, status,
                                    enrolled_at, begin_at, status_at, source, updated_at)
            select e.org_id, 'enr_tom_' || r.key, e.user_id, r.id, r.course_id, 'x' || r.id, e.role,
                   e.status, e.enrolled_at, e.begin_at, e.status_at, e.source, e.updated_at
            from enrollment e, realm r where e.key = 'enr_tom' and r.key = :realm
            """,
            realm=realm,
        )


async def test_a_record_moves_with_all_it_has(world: World, ada: Person):
    before = await ada.call(GET, **LIA)
    after = await ada.call(TRANSFER, **EVENING)
    assert after == {**before, "realmId": "sec_eve", "version": 2, "updatedAt": NOW}
    held = """
        select (select count(*) from component_done where enrollment_id = e.id),
               (select count(*) from submission where enrollment_id = e.id)
        from enrollment e where e.key = 'enr_lia'
    """
    assert world.rows(held) == [(1, 1)]
    assert await ada.call(GET, **LIA) == after


async def test_one_event_says_from_where_to_where(world: World, ada: Person):
    await ada.call(TRANSFER, **EVENING)
    [*_, told] = await ada.items("enrollment.history", **LIA)
    change = (told["kind"], told["fromStatus"], told["toStatus"])
    assert change == ("transferred", "active", "active")
    assert (told["actorId"], told["realmId"]) == ("usr_ada", "sec_eve")
    assert told["data"] == {"from": "sec_past", "to": "sec_eve"}
    assert world.rows("select template from outbox") == []


async def test_to_be_there_already_is_no_change(world: World, ada: Person):
    before = world.contents()
    assert (await ada.call(TRANSFER, **LIA, realmId="sec_past"))["version"] == 1
    assert world.contents() == before


async def test_staff_of_both_sections_move_learners(world: World, tom: Person):
    teaching(world, "sec_eve")
    assert (await tom.call(TRANSFER, **EVENING))["realmId"] == "sec_eve"


async def test_staff_of_one_of_the_sections_do_not(world: World, tom: Person):
    before = world.contents()
    with refused("FORBIDDEN", reason="admin_required"):
        await tom.call(TRANSFER, **EVENING)
    with refused("NOT_FOUND"):  # of a section that is not tom's
        await tom.call(TRANSFER, id="enr_leo", realmId="sec_past")
    assert world.contents() == before


async def test_learners_move_nobody(lia: Person, lou: Person):
    with refused("FORBIDDEN", reason="admin_required"):
        await lia.call(TRANSFER, **EVENING)
    with refused("NOT_FOUND"):
        await lou.call(TRANSFER, **EVENING)


@pytest.mark.parametrize(
    "given",
    [
        {**LIA, "realmId": "sec_beta"},
        {**LIA, "realmId": "sec_zzz"},
        {"id": "enr_beta", "realmId": "sec_eve"},
        {"id": "enr_zzz", "realmId": "sec_eve"},
        {"id": "enr_beta", "realmId": "sec_beta"},
    ],
)
async def test_what_is_foreign_is_not_there(world: World, ada: Person, given: dict):
    # S0-26
    before = world.contents()
    with refused("NOT_FOUND"):
        await ada.call(TRANSFER, **given)
    assert world.contents() == before


@pytest.mark.parametrize("given", [{}, LIA, {"realmId": "sec_eve"}, {**EVENING, "userId": "x"}])
async def test_the_record_and_the_place_are_named(ada: Person, given: dict):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(TRANSFER, **given)


@pytest.mark.parametrize("realm", ["sec_red", "grp_open"])
async def test_a_record_stays_in_its_course(ada: Person, realm: str):
    with refused("BAD_REQUEST", reason="other_course"):
        await ada.call(TRANSFER, **LIA, realmId=realm)


async def test_what_has_ended_stays_where_it_was(world: World, ada: Person):
    for status in ("dropped", "expired", "archived"):
        world.change("update enrollment set status = :s where key = 'enr_lia'", s=status)
        with refused("BAD_REQUEST", reason="invalid_transition"):
            await ada.call(TRANSFER, **EVENING)


async def test_an_overdue_record_stays_where_it_was(world: World, ada: Person):
    world.change("update enrollment set end_at = :now where key = 'enr_lia'", now=NOW)
    with refused("BAD_REQUEST", reason="invalid_transition"):
        await ada.call(TRANSFER, **EVENING)


async def test_a_full_section_takes_nobody(world: World, ada: Person):
    world.change("update realm set capacity = 1, waitlist = 1 where key = 'sec_eve'")
    before = world.contents()
    with refused("CONFLICT", reason="full"):
        await ada.call(TRANSFER, **EVENING)
    assert world.contents() == before


async def test_staff_need_no_seat_to_move(world: World, ada: Person):
    world.change("update realm set capacity = 0 where key = 'sec_eve'")
    moved = await ada.call(TRANSFER, id="enr_tom", realmId="sec_eve")
    assert (moved["realmId"], moved["role"]) == ("sec_eve", "teacher")


async def test_the_seat_left_behind_goes_to_the_first_in_line(world: World, ada: Person):
    world.change("update realm set capacity = 1, waitlist = 1 where key = 'sec_past'")
    waiting = await ada.call(ENROLL, realmId="sec_past", userId="usr_lou")
    assert waiting["status"] == "waitlisted"
    await ada.call(TRANSFER, **EVENING)
    assert (await ada.call(GET, id=waiting["id"]))["status"] == "active"


async def test_who_waits_moves_to_a_free_seat(world: World, ada: Person):
    world.change("update realm set capacity = 1, waitlist = 1 where key = 'sec_past'")
    waiting = await ada.call(ENROLL, realmId="sec_past", userId="usr_lou")
    moved = await ada.call(TRANSFER, id=waiting["id"], realmId="sec_eve")
    assert (moved["realmId"], moved["status"], moved["version"]) == ("sec_eve", "active", 3)
    kinds = [e["kind"] for e in await ada.items("enrollment.history", id=waiting["id"])]
    assert kinds == ["waitlisted", "transferred", "promoted"]


async def test_who_waits_moves_into_another_line(world: World, ada: Person):
    full = "update realm set capacity = 1, waitlist = 1 where key in ('sec_past', 'sec_eve')"
    world.change(full)
    waiting = await ada.call(ENROLL, realmId="sec_past", userId="usr_lou")
    world.clock.advance(minutes=1)
    other = await ada.call(ENROLL, realmId="sec_eve", userId="usr_bob")
    moved = await ada.call(TRANSFER, id=waiting["id"], realmId="sec_eve")
    assert (moved["status"], moved["position"]) == ("waitlisted", 1)  # who came first goes first
    assert (await ada.call(GET, id=other["id"]))["position"] == 2


async def test_a_section_of_its_own_slot_has_one_live_record_of_a_person(ada: Person, lou: Person):
    red = await lou.call(ENROLL, realmId="sec_red")
    blue = await lou.call(ENROLL, realmId="sec_blue")
    with refused("CONFLICT", reason="already_enrolled"):
        await ada.call(TRANSFER, id=red["id"], realmId="sec_blue")
    await lou.call("enrollment.unenroll", id=blue["id"])
    await ada.call(TRANSFER, id=red["id"], realmId="sec_blue")
    assert (await lou.call(ENROLL, realmId="sec_red"))["status"] == "active"  # the slot is free
    with refused("CONFLICT", reason="already_enrolled"):
        await lou.call(ENROLL, realmId="sec_blue")


async def test_members_of_a_group_move_to_another_group(ada: Person, lou: Person):
    record = await lou.call(ENROLL, realmId="grp_open")
    moved = await ada.call(TRANSFER, id=record["id"], realmId="grp_closed")
    assert (moved["id"], moved["realmId"]) == (record["id"], "grp_closed")
    assert (await lou.call(ENROLL, realmId="grp_open"))["id"] != record["id"]
