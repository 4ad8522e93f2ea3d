"""`enrollment.update` where seats and time run short: model §3 and §4.6."""

import pytest
from world import NOW, Person, World, refused

ENROLL, UPDATE, GET = "enrollment.enroll", "enrollment.update", "enrollment.get"
LINE = {"courseId": "crs_line"}
IN_A_MONTH = "2026-04-02T09:00:00.000Z"


async def placed(ada: Person, user: str, course: str = "crs_line", **more) -> dict:
    return await ada.call(ENROLL, courseId=course, userId=user, **more)


async def statuses(ada: Person, course: str = "crs_line") -> list[tuple[str, str]]:
    records = await ada.items("enrollment.list", courseId=course)
    return [(r["userId"], r["status"]) for r in records]


@pytest.mark.parametrize("status", ["dropped", "expired", "archived", "completed"])
async def test_who_ends_gives_the_seat_to_the_first_in_line(ada: Person, status: str):
    record = await placed(ada, "usr_lou")
    for user in ("usr_leo", "usr_lia"):
        await placed(ada, user)
    await ada.call(UPDATE, id=record["id"], status=status)
    found = [("usr_lou", status), ("usr_leo", "active"), ("usr_lia", "waitlisted")]
    assert await statuses(ada) == found


async def test_who_is_suspended_keeps_the_seat(ada: Person):
    record = await placed(ada, "usr_lou")
    await placed(ada, "usr_leo")
    await ada.call(UPDATE, id=record["id"], status="suspended")
    assert await statuses(ada) == [("usr_lou", "suspended"), ("usr_leo", "waitlisted")]
    assert (await ada.call(UPDATE, id=record["id"], status="active"))["status"] == "active"


@pytest.mark.parametrize("ended", ["dropped", "expired", "archived"])
async def test_coming_back_needs_a_seat(world: World, ada: Person, ended: str):
    record = await placed(ada, "usr_lou", "crs_one")
    await ada.call(UPDATE, id=record["id"], status=ended)
    other = await placed(ada, "usr_leo", "crs_one")
    before = world.contents()
    with refused("CONFLICT", reason="full"):
        await ada.call(UPDATE, id=record["id"], status="active")
    assert world.contents() == before
    await ada.call("enrollment.unenroll", id=other["id"])
    assert (await ada.call(UPDATE, id=record["id"], status="active"))["status"] == "active"


async def test_nobody_comes_back_past_those_who_wait(world: World, ada: Person):
    """The one seat is overdue when its former holder asks for it: it goes to the line."""
    record = await placed(ada, "usr_lou")
    await ada.call(UPDATE, id=record["id"], status="dropped")
    await placed(ada, "usr_leo", endAt="2026-03-03T00:00:00Z")
    waiting = await placed(ada, "usr_lia")
    world.clock.advance(days=2)
    with refused("CONFLICT", reason="full"):
        await ada.call(UPDATE, id=record["id"], status="active")
    # The refusal undid the promotion too; the next call that stands does it.
    await ada.call("course.update", **LINE, capacity=1)
    assert (await ada.call(GET, id=waiting["id"]))["status"] == "active"


async def test_an_approved_request_waits_where_there_is_a_line(world: World, ada: Person):
    await placed(ada, "usr_lou", notify=False)
    request = await placed(ada, "usr_leo", status="requested", notify=False)
    approved = await ada.call(UPDATE, id=request["id"], status="active")
    assert (approved["status"], approved["position"]) == ("waitlisted", 1)
    told = "select kind, from_status, to_status from event where enrollment_key = :id order by id"
    assert world.rows(told, id=request["id"])[1:] == [("waitlisted", "requested", "waitlisted")]
    assert world.rows("select template, recipient from outbox") == [
        ("waitlisted", "leo@acme.example")
    ]


async def test_an_approved_request_does_not_overtake_those_who_wait(world: World, ada: Person):
    await placed(ada, "usr_lou", endAt="2026-03-03T00:00:00Z")
    await placed(ada, "usr_leo")
    request = await placed(ada, "usr_lia", status="requested")
    world.clock.advance(days=2)
    await ada.call(UPDATE, id=request["id"], status="active")
    found = [("usr_lou", "expired"), ("usr_leo", "active"), ("usr_lia", "waitlisted")]
    assert await statuses(ada) == found


async def test_an_approved_request_is_full_where_there_is_no_line(world: World, ada: Person):
    await placed(ada, "usr_lou", "crs_one")
    request = await placed(ada, "usr_leo", "crs_one", status="requested")
    before = world.contents()
    with refused("CONFLICT", reason="full"):
        await ada.call(UPDATE, id=request["id"], status="active")
    assert world.contents() == before
    await ada.call("course.update", courseId="crs_one", capacity=2)
    assert (await ada.call(UPDATE, id=request["id"], status="active"))["status"] == "active"


async def test_staff_take_somebody_out_of_the_line_out_of_order(world: World, ada: Person):
    await placed(ada, "usr_lou")
    await placed(ada, "usr_leo")
    last = await placed(ada, "usr_lia")
    with refused("FORBIDDEN", reason="admin_required"):
        await world.person("usr_lia").call(UPDATE, id=last["id"], status="active")
    taken = await ada.call(UPDATE, id=last["id"], status="active")
    assert (taken["status"], taken["position"]) == ("active", None)
    found = [("usr_lou", "active"), ("usr_leo", "waitlisted"), ("usr_lia", "active")]
    assert await statuses(ada) == found
    told = "select a.key from event e join account a on a.id = e.actor_id where kind = 'promoted'"
    assert world.rows(told) == [("usr_ada",)]


async def test_what_takes_no_seat_needs_none(ada: Person):
    await placed(ada, "usr_lou", "crs_one")
    teacher = await placed(ada, "usr_leo", "crs_one", role="teacher")
    ended = await placed(ada, "usr_lia", "crs_one", status="expired")
    for record, status in ((teacher, "suspended"), (teacher, "active"), (ended, "archived")):
        assert (await ada.call(UPDATE, id=record["id"], status=status))["status"] == status


async def test_a_student_who_becomes_staff_frees_the_seat(ada: Person):
    record = await placed(ada, "usr_lou")
    await placed(ada, "usr_leo")
    await ada.call(UPDATE, id=record["id"], role="teacher")
    assert await statuses(ada) == [("usr_lou", "active"), ("usr_leo", "active")]


async def test_staff_who_become_students_need_a_seat(world: World, ada: Person):
    await placed(ada, "usr_lou")
    teacher = await placed(ada, "usr_leo", role="teacher")
    before = world.contents()
    with refused("CONFLICT", reason="full"):
        await ada.call(UPDATE, id=teacher["id"], role="student")
    assert world.contents() == before
    await ada.call("course.update", **LINE, capacity=2)
    assert (await ada.call(UPDATE, id=teacher["id"], role="student"))["role"] == "student"


async def test_who_waits_is_a_student(ada: Person):
    await placed(ada, "usr_lou")
    waiting = await placed(ada, "usr_leo")
    with refused("BAD_REQUEST", reason="invalid_transition"):
        await ada.call(UPDATE, id=waiting["id"], role="teacher")


async def test_a_seat_held_by_the_invited_is_theirs(ada: Person, world: World):
    await placed(ada, "usr_lou", "crs_one", status="invited")
    with refused("CONFLICT", reason="full"):
        await placed(ada, "usr_leo", "crs_one")
    accepted = await world.person("usr_lou").call(UPDATE, courseId="crs_one", status="active")
    assert accepted["status"] == "active"


async def test_the_days_of_a_course_count_from_the_approval(world: World, ada: Person):
    request = await placed(ada, "usr_lou", "crs_month", status="requested")
    world.clock.advance(days=10)
    approved = await ada.call(UPDATE, id=request["id"], status="active")
    assert approved["beginAt"] == "2026-03-12T09:00:00.000Z"
    assert approved["endAt"] == "2026-04-11T09:00:00.000Z"


async def test_the_days_of_a_course_count_from_the_promotion(world: World, ada: Person):
    await ada.call("course.update", courseId="crs_month", capacity=1, waitlist=True)
    first = await placed(ada, "usr_lou", "crs_month", endAt="2026-12-31T00:00:00Z")
    waiting = await placed(ada, "usr_leo", "crs_month")
    world.clock.advance(days=100)
    await ada.call("enrollment.unenroll", id=first["id"])
    promoted = await ada.call(GET, id=waiting["id"])
    assert (promoted["status"], promoted["beginAt"]) == ("active", "2026-06-10T09:00:00.000Z")
    assert promoted["endAt"] == "2026-07-10T09:00:00.000Z"


@pytest.mark.parametrize("by", ["update", "enroll"])
async def test_the_days_of_a_course_count_from_the_acceptance(world: World, ada: Person, by: str):
    invited = await placed(ada, "usr_lou", "crs_month", status="invited")
    world.clock.advance(days=100)
    lou = world.person("usr_lou")
    if by == "enroll":
        accepted = await lou.call(ENROLL, courseId="crs_month")
    else:
        accepted = await lou.call(UPDATE, id=invited["id"], status="active")
    assert (accepted["status"], accepted["endAt"]) == ("active", "2026-07-10T09:00:00.000Z")


@pytest.mark.parametrize("by", ["update", "enroll"])
async def test_an_invitation_ends_when_its_time_does(world: World, ada: Person, by: str):
    """Accepting does not turn an end that has passed into access without end."""
    invited = await placed(ada, "usr_lou", "crs_open", status="invited", endAt=IN_A_MONTH)
    world.clock.advance(days=32)
    before = world.contents()
    lou = world.person("usr_lou")
    with refused("BAD_REQUEST", reason="enrollment_closed"):
        if by == "enroll":
            await lou.call(ENROLL, courseId="crs_open")
        else:
            await lou.call(UPDATE, id=invited["id"], status="active")
    assert world.contents() == before
    assert (await ada.call(UPDATE, id=invited["id"], status="active"))["endAt"] is None


async def test_who_comes_back_too_late_is_refused_unless_staff_move_the_end(
    world: World, ada: Person
):
    lou = world.person("usr_lou")
    record = await placed(ada, "usr_lou", "crs_open", endAt=IN_A_MONTH)
    await lou.call(UPDATE, id=record["id"], status="dropped")
    world.clock.advance(days=32)
    with refused("BAD_REQUEST", reason="enrollment_closed"):
        await lou.call(UPDATE, id=record["id"], status="active")
    end = "2026-06-01T00:00:00.000Z"
    back = await ada.call(UPDATE, id=record["id"], status="active", endAt=end)
    assert (back["status"], back["endAt"]) == ("active", end)


async def test_whose_time_went_by_in_the_line_is_over_and_lets_the_next_one_in(
    world: World, ada: Person
):
    first = await placed(ada, "usr_lou")
    late = await placed(ada, "usr_leo", endAt="2026-03-03T00:00:00Z", notify=False)
    await placed(ada, "usr_lia")
    world.clock.advance(days=2)
    await ada.call("enrollment.unenroll", id=first["id"])
    assert await statuses(ada) == [("usr_leo", "expired"), ("usr_lia", "active")]
    assert (await ada.call(GET, id=late["id"]))["endAt"] == "2026-03-03T00:00:00.000Z"
    promoted = world.rows("select recipient from outbox where template = 'promoted'")
    assert promoted == [("lia@acme.example",)]


OVERDUE = {"id": "enr_over"}
TOUCHES = {
    "an update": (UPDATE, {**OVERDUE, "metadata": {"a": 1}}),
    "a reactivation": (UPDATE, {**OVERDUE, "status": "active"}),
    "an archiving": (UPDATE, {**OVERDUE, "status": "archived"}),
    "an unenroll": ("enrollment.unenroll", OVERDUE),
    "a deletion": ("enrollment.delete", OVERDUE),
    "a new record": (ENROLL, {"courseId": "crs_over", "userId": "usr_lia"}),
    "a bulk": ("enrollment.bulk", {"items": [{"op": "update", **OVERDUE, "status": "archived"}]}),
    "an upsert": (
        "enrollment.bulk",
        {"items": [{"op": "upsert", "courseId": "crs_over", "userId": "usr_lia"}]},
    ),
}


@pytest.mark.parametrize(("path", "given"), TOUCHES.values(), ids=TOUCHES)
async def test_an_overdue_record_expires_once_whatever_touches_it(
    world: World, ada: Person, path: str, given: dict
):
    assert (await ada.call(GET, **OVERDUE))["status"] == "expired"
    await ada.call(path, **given)
    await ada.call("enrollment.list", status=["expired"])
    told = """
        select kind, from_status, to_status, actor_id, door from event
        where enrollment_key = 'enr_over' order by id
    """
    steps = world.rows(told)[1:]
    assert steps[0] == ("expired", "active", "expired", None, "system")
    assert [kind for kind, *_ in steps].count("expired") == 1
    assert all(before != "active" for _, before, *_ in steps[1:])


async def test_a_revived_record_has_no_end_and_two_events(world: World, ada: Person):
    back = await ada.call(UPDATE, **OVERDUE, status="active")
    assert (back["status"], back["endAt"], back["version"]) == ("active", None, 3)
    assert back["statusAt"] == NOW
