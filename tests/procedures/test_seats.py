"""Step E10, expiry (E5) and model 4.6: seats, the line for them, and who moves up."""

import pytest
from world import Person, World, refused

ENROLL, UNENROLL = "enrollment.enroll", "enrollment.unenroll"
LINE = {"courseId": "crs_line"}


async def in_line(world: World, *users: str) -> list[dict]:
    """The records of these people, enrolled one after the other in the course with a line."""
    made = []
    for user in users:
        made.append(await world.person(user).call(ENROLL, **LINE))
        world.clock.advance(minutes=1)
    return made


async def now_in(ada: Person, course: str = "crs_line") -> list[tuple[str, str, int | None]]:
    records = await ada.items("enrollment.list", courseId=course)
    return [(r["userId"], r["status"], r["position"]) for r in records]


async def test_the_last_seat_is_given_once(lou: Person, leo: Person):
    assert (await lou.call(ENROLL, courseId="crs_one"))["status"] == "active"
    with refused("CONFLICT", reason="full"):
        await leo.call(ENROLL, courseId="crs_one")


async def test_a_freed_seat_can_be_taken(lou: Person, leo: Person):
    await lou.call(ENROLL, courseId="crs_one")
    await lou.call(UNENROLL, courseId="crs_one")
    assert (await leo.call(ENROLL, courseId="crs_one"))["status"] == "active"


async def test_capacity_zero_is_no_seat_and_no_capacity_is_any_number(lou: Person, ada: Person):
    with refused("CONFLICT", reason="full"):
        await lou.call(ENROLL, courseId="crs_none")
    await ada.call("course.update", courseId="crs_none", capacity=None)
    assert (await lou.call(ENROLL, courseId="crs_none"))["status"] == "active"


async def test_staff_take_no_seat(ada: Person, lou: Person):
    for role in ("teacher", "observer"):
        await ada.call(ENROLL, courseId="crs_one", userId="usr_tom", role=role)
    assert (await lou.call(ENROLL, courseId="crs_one"))["status"] == "active"


@pytest.mark.parametrize("status", ["invited", "suspended"])
async def test_the_invited_and_the_suspended_keep_a_seat(world: World, ada: Person, status: str):
    record = await ada.call(ENROLL, courseId="crs_one", userId="usr_leo")
    world.change("update enrollment set status = :to where key = :id", to=status, id=record["id"])
    with refused("CONFLICT", reason="full"):
        await world.person("usr_lou").call(ENROLL, courseId="crs_one")


@pytest.mark.parametrize("status", ["requested", "dropped", "archived", "expired"])
async def test_others_hold_no_seat(world: World, ada: Person, lou: Person, status: str):
    record = await ada.call(ENROLL, courseId="crs_one", userId="usr_leo")
    world.change("update enrollment set status = :to where key = :id", to=status, id=record["id"])
    assert (await lou.call(ENROLL, courseId="crs_one"))["status"] == "active"


async def test_force_goes_past_the_last_seat(ada: Person):
    record = await ada.call(ENROLL, courseId="crs_none", userId="usr_lou", force=True)
    assert record["status"] == "active"


async def test_the_bypass_of_prerequisites_gives_no_seat(ada: Person):
    with refused("CONFLICT", reason="full"):
        await ada.call(ENROLL, courseId="crs_none", userId="usr_lou", bypassPrerequisites=True)


async def test_nobody_is_invited_without_a_seat(ada: Person, lou: Person):
    await lou.call(ENROLL, **LINE)
    with refused("CONFLICT", reason="full"):
        await ada.call(ENROLL, **LINE, userId="usr_leo", status="invited")


async def test_a_section_with_seats_of_its_own_counts_its_own(world: World, lou: Person):
    """Those of the course are its default section's, and nobody's else."""
    world.change("update course set capacity = 0 where key = 'crs_multi'")
    world.change("update realm set capacity = 0 where key = 'sec_red'")
    with refused("CONFLICT", reason="full"):
        await lou.call(ENROLL, realmId="sec_red")
    assert (await lou.call(ENROLL, realmId="sec_blue"))["status"] == "active"


async def test_a_default_section_may_have_a_line_where_its_course_has_none(
    ada: Person, lou: Person, leo: Person
):
    record = await lou.call(ENROLL, courseId="crs_one")
    await ada.call("realm.update", realmId=record["realmId"], waitlist=True)
    assert (await leo.call(ENROLL, courseId="crs_one"))["status"] == "waitlisted"


async def test_a_course_with_a_line_lets_one_in_and_the_others_wait(world: World, ada: Person):
    made = await in_line(world, "usr_lou", "usr_leo", "usr_lia")
    assert [(r["status"], r["position"]) for r in made] == [
        ("active", None),
        ("waitlisted", 1),
        ("waitlisted", 2),
    ]
    assert world.rows("select template from outbox order by id") == [
        ("welcome",),
        ("waitlisted",),
        ("waitlisted",),
    ]
    assert [position for _, _, position in await now_in(ada)] == [None, 1, 2]


async def test_who_waits_is_already_there(world: World, leo: Person):
    await in_line(world, "usr_lou", "usr_leo")
    with refused("CONFLICT", reason="already_enrolled") as caught:
        await leo.call(ENROLL, **LINE)
    assert caught.value.data["status"] == "waitlisted"


async def test_a_freed_seat_goes_to_the_first_in_line(world: World, lou: Person, ada: Person):
    _, waiting, _ = await in_line(world, "usr_lou", "usr_leo", "usr_lia")
    await lou.call(UNENROLL, **LINE)
    assert await now_in(ada) == [("usr_leo", "active", None), ("usr_lia", "waitlisted", 1)]
    promoted = "select from_status, to_status, actor_id, door from event where kind = 'promoted'"
    assert world.rows(promoted) == [("waitlisted", "active", None, "system")]
    mail = "select recipient from outbox where template = 'promoted'"
    assert world.rows(mail) == [("leo@acme.example",)]
    record = await ada.call("enrollment.get", id=waiting["id"])
    assert (record["version"], record["position"]) == (2, None)


async def test_leaving_the_line_frees_no_seat_but_moves_the_others_up(world: World, ada: Person):
    await in_line(world, "usr_lou", "usr_leo", "usr_lia")
    gone = await world.person("usr_leo").call(UNENROLL, **LINE)
    assert (gone["status"], gone["position"]) == ("waitlisted", None)
    assert await now_in(ada) == [("usr_lou", "active", None), ("usr_lia", "waitlisted", 1)]


async def test_more_seats_let_in_as_many_as_they_are(world: World, ada: Person):
    await in_line(world, "usr_lou", "usr_leo", "usr_lia", "usr_bob")
    await ada.call("course.update", **LINE, capacity=3)
    assert await now_in(ada) == [
        ("usr_lou", "active", None),
        ("usr_leo", "active", None),
        ("usr_lia", "active", None),
        ("usr_bob", "waitlisted", 1),
    ]
    mail = "select recipient from outbox where template = 'promoted' order by id"
    assert world.rows(mail) == [("leo@acme.example",), ("lia@acme.example",)]


async def test_fewer_seats_put_nobody_out(world: World, ada: Person):
    await in_line(world, "usr_lou", "usr_leo")
    await ada.call("course.update", **LINE, capacity=0)
    assert [status for _, status, _ in await now_in(ada)] == ["active", "waitlisted"]


async def test_access_days_set_the_end(world: World, lou: Person, ada: Person):
    record = await lou.call(ENROLL, courseId="crs_month")
    assert record["endAt"] == "2026-04-01T09:00:00.000Z"
    given = {"courseId": "crs_month", "userId": "usr_leo"}
    begun = await ada.call(ENROLL, **given, beginAt="2026-03-10T00:00:00Z")
    assert begun["endAt"] == "2026-04-09T00:00:00.000Z"


async def test_access_days_are_for_students_and_a_given_end_goes_before(ada: Person):
    teacher = await ada.call(ENROLL, courseId="crs_month", userId="usr_tom", role="teacher")
    assert teacher["endAt"] is None
    end = "2026-03-05T00:00:00.000Z"
    record = await ada.call(ENROLL, courseId="crs_month", userId="usr_lou", endAt=end)
    assert record["endAt"] == end


@pytest.mark.parametrize(
    ("before", "after", "end"),
    [
        (30, 60, "2026-05-21T09:00:00.000Z"),
        (None, 60, "2026-05-21T09:00:00.000Z"),
        (30, None, None),
    ],
)
async def test_who_comes_in_has_the_days_that_the_course_gives_by_then(
    ada: Person, lou: Person, world: World, before: int | None, after: int | None, end: str | None
):
    said = {"joinPolicy": "request", "accessDays": before}
    await ada.call("course.update", courseId="crs_month", **said)
    asked = await lou.call(ENROLL, courseId="crs_month")
    given = {"courseId": "crs_month", "userId": "usr_leo", "endAt": "2026-06-01T00:00:00.000Z"}
    invited = await ada.call(ENROLL, **given, status="invited")
    await ada.call("course.update", courseId="crs_month", accessDays=after)
    world.clock.advance(days=20)
    let_in = await ada.call("enrollment.update", id=asked["id"], status="active")
    assert (let_in["status"], let_in["endAt"]) == ("active", end)
    history = await ada.items("enrollment.history", id=asked["id"])
    assert [event["kind"] for event in history] == ["requested", "updated", "approved"]
    assert (await ada.call("enrollment.get", id=invited["id"]))["endAt"] == given["endAt"]


async def test_whose_days_have_begun_keeps_them(ada: Person, lou: Person):
    record = await lou.call(ENROLL, courseId="crs_month")
    await ada.call("course.update", courseId="crs_month", accessDays=60)
    assert await lou.call("enrollment.get", id=record["id"]) == record


async def test_a_record_reads_expired_from_its_last_instant_on(world: World, lou: Person):
    record = await lou.call(ENROLL, courseId="crs_month")
    world.clock.advance(days=30, seconds=-0.001)
    assert (await lou.call("enrollment.get", id=record["id"]))["status"] == "active"
    world.clock.advance(seconds=0.001)
    assert (await lou.call("enrollment.get", id=record["id"]))["status"] == "expired"
    assert await lou.items("enrollment.list", status=["active"]) == []
    assert [r["id"] for r in await lou.items("enrollment.list", status=["expired"])] == [
        record["id"]
    ]


async def test_an_overdue_record_frees_its_slot_with_exactly_one_event(world: World, lia: Person):
    again = await lia.call(ENROLL, courseId="crs_over")
    assert (again["status"], again["previousId"]) == ("active", "enr_over")
    steps = """
        select kind, from_status, to_status, actor_id from event
        where enrollment_key = 'enr_over' order by id
    """
    assert world.rows(steps)[1:] == [("expired", "active", "expired", None)]
    with refused("CONFLICT", reason="already_enrolled"):
        await lia.call(ENROLL, courseId="crs_over")
    assert len(world.rows(steps)) == 2


async def test_what_was_withdrawn_in_time_does_not_expire_later(world: World, lou: Person):
    first = await lou.call(ENROLL, courseId="crs_month")
    await lou.call(UNENROLL, courseId="crs_month")
    world.clock.advance(days=31)
    second = await lou.call(ENROLL, courseId="crs_month")
    for status in ("dropped", "active"):
        await lou.call("enrollment.update", id=second["id"], status=status)
    events = await lou.items("enrollment.history", id=first["id"])
    assert [event["kind"] for event in events] == ["enrolled", "unenrolled"]


async def test_a_slot_is_held_until_the_last_instant(world: World, lou: Person):
    first = await lou.call(ENROLL, courseId="crs_month")
    world.clock.advance(days=30, seconds=-0.001)
    with refused("CONFLICT", reason="already_enrolled"):
        await lou.call(ENROLL, courseId="crs_month")
    world.clock.advance(seconds=0.001)
    assert (await lou.call(ENROLL, courseId="crs_month"))["previousId"] == first["id"]


async def test_an_overdue_record_holds_no_seat(lou: Person):
    assert (await lou.call(ENROLL, courseId="crs_over"))["status"] == "active"


async def waiting_behind_an_overdue_seat(world: World) -> None:
    """lia's time in crs_over runs out while leo waits for her seat."""
    world.change("update enrollment set end_at = '2026-03-02T10:00:00.000Z' where key = 'enr_over'")
    record = await world.person("usr_leo").call(ENROLL, courseId="crs_over")
    assert record["status"] == "waitlisted"
    world.clock.advance(hours=2)


async def test_nobody_overtakes_those_who_wait(world: World, lou: Person, ada: Person):
    await waiting_behind_an_overdue_seat(world)
    assert (await lou.call(ENROLL, courseId="crs_over"))["status"] == "waitlisted"
    assert await now_in(ada, "crs_over") == [
        ("usr_lia", "expired", None),
        ("usr_leo", "active", None),
        ("usr_lou", "waitlisted", 1),
    ]


async def test_withdrawing_an_overdue_record_lets_the_first_in_line_in(world: World, lia: Person):
    await waiting_behind_an_overdue_seat(world)
    await lia.call(UNENROLL, id="enr_over")
    assert await now_in(world.person("usr_ada"), "crs_over") == [("usr_leo", "active", None)]


async def test_the_seat_of_an_overdue_record_in_another_section_is_given_on(
    world: World, leo: Person, lou: Person
):
    world.change("update realm set capacity = 1, waitlist = 1 where key = 'sec_eve'")
    waiting = await lou.call(ENROLL, realmId="sec_eve")
    world.change("update enrollment set end_at = '2026-03-02T10:00:00.000Z' where key = 'enr_leo'")
    world.clock.advance(hours=1)
    assert (await leo.call(ENROLL, realmId="sec_past"))["previousId"] == "enr_leo"
    record = await lou.call("enrollment.get", id=waiting["id"])
    assert (waiting["status"], record["status"]) == ("waitlisted", "active")


async def test_reenrolling_after_expiry_queues_behind_those_who_wait(world: World, lia: Person):
    await waiting_behind_an_overdue_seat(world)
    again = await lia.call(ENROLL, courseId="crs_over")
    assert (again["status"], again["position"]) == ("waitlisted", 1)
