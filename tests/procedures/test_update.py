"""`enrollment.update`, the status: who moves a record where, and what each move leaves behind."""

import pytest
from status_model import WHO
from world import NOW, Person, World, refused

ENROLL, UPDATE = "enrollment.enroll", "enrollment.update"
LIA = {"id": "enr_lia"}
IN_STATUS = """
    update enrollment
    set status = :status, progress = case :status when 'completed' then 100 else 50 end,
        completed_at = case :status when 'completed' then '2026-01-01T00:00:00.000Z' end,
        status_by = user_id
    where key = 'enr_lia'
"""
EVENTS = """
    select e.kind, e.from_status, e.to_status, a.key, e.reason, e.data
    from event e left join account a on a.id = e.actor_id
    where e.enrollment_key = :id order by e.id
"""
MAILS = "select template, recipient from outbox order by id"


def events(world: World, id: str = "enr_lia") -> list[tuple]:
    """Every event of a record but the one that its roster came with."""
    return [event for event in world.rows(EVENTS, id=id) if event[0] != "imported"]


async def asked(person: Person, **given) -> str:
    """The status an update leads to, or why it does not."""
    answer = await person.post(UPDATE, json=given)
    if answer.status_code == 200:
        return answer.json()["result"]["data"]["status"]
    data = answer.json()["error"]["data"]
    return f"{data['code']} {data.get('reason')}"


async def every_move(world: World, user: str, org: str = "acme") -> dict[tuple[str, str], str]:
    """What becomes of lia's record, from every status to every other, when this person asks."""
    person, found = world.person(user, org), {}
    for before, to in WHO:
        world.change(IN_STATUS, status=before)
        found[before, to] = await asked(person, **LIA, status=to)
    return found


def as_the_model_says(actor: str) -> dict[tuple[str, str], str]:
    def answer(before: str, to: str) -> str:
        if before == to or actor in WHO[before, to]:
            return to
        is_move = WHO[before, to] != "-"
        return "FORBIDDEN admin_required" if is_move else "BAD_REQUEST invalid_transition"

    return {change: answer(*change) for change in WHO}


@pytest.mark.parametrize("user", ["usr_tom", "usr_ada"])
async def test_the_teacher_and_the_admin_move_a_record_as_the_model_says(world: World, user: str):
    # S3-05, S4-18, S4-19, S4-20
    assert await every_move(world, user) == as_the_model_says("S")
    made = [(before, to) for _, before, to, *_ in events(world)]
    assert made == [change for change in WHO if "S" in WHO[change]]


async def test_the_learner_moves_the_own_record_as_the_model_says(world: World):
    # S3-33, S3-35
    assert await every_move(world, "usr_lia") == as_the_model_says("L")
    made = [(before, to) for _, before, to, *_ in events(world)]
    assert made == [change for change in WHO if "L" in WHO[change]]


@pytest.mark.parametrize(
    ("user", "org"), [("usr_lou", "acme"), ("usr_ina", "acme"), ("usr_bea", "beta")]
)
async def test_for_everybody_else_the_record_is_not_there(world: World, user: str, org: str):
    assert set((await every_move(world, user, org)).values()) == {"NOT_FOUND None"}
    assert events(world) == []


async def test_without_credentials_nothing_is_changed(world: World):
    with refused("UNAUTHORIZED"):
        await world.stranger().call(UPDATE, **LIA, status="dropped")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {**LIA, "courseId": "crs_past"},
        {**LIA, "userId": "usr_lia"},
        {**LIA, "status": "gone"},
        {**LIA, "endAt": "tomorrow"},
        {**LIA, "progress": 100},
        {**LIA, "ifVersion": -1},
    ],
)
async def test_a_malformed_change_changes_nothing(world: World, tom: Person, given: dict):
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_input"):
        await tom.call(UPDATE, **given)
    assert world.contents() == before


async def test_a_record_is_addressed_by_its_course(lia: Person, ada: Person):
    # S3-34, S4-15, S4-16, S4-17
    dropped = await lia.call(UPDATE, courseId="crs_past", status="dropped")
    assert (dropped["id"], dropped["status"], dropped["statusAt"]) == ("enr_lia", "dropped", NOW)
    back = await ada.call(UPDATE, courseId="crs_past", userId="usr_lia", status="active")
    assert (back["id"], back["status"]) == ("enr_lia", "active")


async def test_a_learner_addresses_nobody_else(lou: Person):
    bodies = set()
    for user in ("usr_lia", "usr_nobody"):
        with refused("FORBIDDEN", reason="admin_required") as caught:
            await lou.call(UPDATE, courseId="crs_past", userId=user, status="dropped")
        bodies.add(caught.value.answer.text)
    assert len(bodies) == 1


async def test_one_move_is_one_version_and_one_event_with_actor_and_reason(
    world: World, tom: Person, lia: Person
):
    before = await lia.call("enrollment.get", **LIA)
    after = await tom.call(UPDATE, **LIA, status="suspended", reason="fees")
    moved = {"status": "suspended", "statusAt": NOW, "updatedAt": NOW, "version": 2}
    assert after == {**before, **moved}
    assert events(world) == [("suspended", "active", "suspended", "usr_tom", "fees", "{}")]


async def test_to_be_there_already_is_no_change(world: World, lia: Person, tom: Person):
    before = world.contents()
    for person in (lia, tom):
        assert (await person.call(UPDATE, **LIA, status="active", reason="so"))["version"] == 1
        assert (await person.call(UPDATE, **LIA))["version"] == 1
    assert world.contents() == before


async def test_a_status_to_be_left_alone_is_left_alone(ada: Person, tom: Person):
    kept = await ada.call(UPDATE, id="enr_held", status="archived", unlessStatus=["suspended"])
    assert (kept["status"], kept["version"]) == ("suspended", 1)
    moved = await tom.call(UPDATE, **LIA, status="archived", unlessStatus=["suspended"])
    assert moved["status"] == "archived"


async def test_dropping_keeps_the_progress_and_coming_back_goes_on(lia: Person):
    # S3-33, S3-35, S3-42
    dropped = await lia.call(UPDATE, **LIA, status="dropped")
    again = await lia.call(UPDATE, **LIA, status="active")
    assert (dropped["progress"], again["id"], again["progress"]) == (50, "enr_lia", 50)


async def test_every_step_is_an_event_of_one_record(world: World, lia: Person):
    # S3-05
    for status in ("dropped", "active", "dropped", "active"):
        await lia.call(UPDATE, **LIA, status=status)
    kinds = [kind for kind, *_ in events(world)]
    assert kinds == ["dropped", "reactivated", "dropped", "reactivated"]
    assert [r["id"] for r in await lia.items("enrollment.list", courseId="crs_past")] == ["enr_lia"]


async def test_what_staff_dropped_its_learner_does_not_revive(lia: Person, tom: Person):
    # S3-33
    await tom.call(UPDATE, **LIA, status="dropped")
    with refused("FORBIDDEN", reason="admin_required"):
        await lia.call(UPDATE, **LIA, status="active")
    assert (await tom.call(UPDATE, **LIA, status="active"))["status"] == "active"


async def test_a_change_by_staff_in_between_does_not_make_the_drop_theirs(lia: Person, tom: Person):
    await lia.call(UPDATE, **LIA, status="dropped")
    await tom.call(UPDATE, **LIA, metadata={"note": "left in May"})
    assert (await lia.call(UPDATE, **LIA, status="active"))["status"] == "active"


async def test_nobody_lifts_the_own_suspension(world: World, lia: Person, tom: Person):
    await tom.call(UPDATE, **LIA, status="suspended")
    for status in ("active", "completed", "dropped"):
        with refused("FORBIDDEN", reason="admin_required"):
            await lia.call(UPDATE, **LIA, status=status)
    assert (await tom.call(UPDATE, **LIA, status="active"))["status"] == "active"
    assert [kind for kind, *_ in events(world)] == ["suspended", "reinstated"]


async def test_coming_back_meets_the_newer_record_in_the_slot(lia: Person, ada: Person):
    # S3-32
    again = await lia.call(ENROLL, courseId="crs_left")
    for person in (lia, ada):
        with refused("CONFLICT", reason="already_enrolled"):
            await person.call(UPDATE, id="enr_left", status="active")
    await lia.call("enrollment.unenroll", id=again["id"])
    assert (await lia.call(UPDATE, id="enr_left", status="active"))["progress"] == 20


@pytest.mark.parametrize(
    ("course", "reason"),
    [
        ("status = 'draft'", "not_published"),
        ("opens_at = '2026-04-01T00:00:00.000Z'", "enrollment_closed"),
        ("closes_at = '2026-03-01T00:00:00.000Z'", "enrollment_closed"),
    ],
)
async def test_a_shut_course_lets_nobody_come_back_or_accept(
    world: World, lia: Person, ada: Person, course: str, reason: str
):
    world.change(f"update course set {course} where key in ('crs_left', 'crs_club')")
    for person in (lia, ada):
        for id in ("enr_left", "enr_invited"):
            with refused("BAD_REQUEST", reason=reason):
                await person.call(UPDATE, id=id, status="active")


async def test_an_archived_section_lets_nobody_come_back(world: World, lia: Person):
    world.change("update realm set status = 'archived' where key = 'sec_left'")
    with refused("BAD_REQUEST", reason="not_published"):
        await lia.call(UPDATE, id="enr_left", status="active")


@pytest.mark.parametrize("update", [True, False], ids=["by update", "by enrolling"])
async def test_an_invitation_is_accepted_with_one_event_and_one_welcome(
    world: World, lia: Person, update: bool
):
    if update:
        record = await lia.call(UPDATE, id="enr_invited", status="active")
    else:
        record = await lia.call(ENROLL, courseId="crs_club")
    assert (record["id"], record["status"]) == ("enr_invited", "active")
    told = events(world, "enr_invited")
    assert told == [("accepted", "invited", "active", "usr_lia", None, "{}")]
    assert world.rows(MAILS) == [("welcome", "lia@acme.example")]


async def test_an_approved_request_is_active_and_welcome(world: World, lou: Person, ada: Person):
    record = await lou.call(ENROLL, courseId="crs_ask", notify=False)
    with refused("FORBIDDEN", reason="admin_required"):
        await lou.call(UPDATE, id=record["id"], status="active")
    approved = await ada.call(UPDATE, id=record["id"], status="active")
    assert (approved["id"], approved["status"]) == (record["id"], "active")
    assert events(world, record["id"])[-1][:4] == ("approved", "requested", "active", "usr_ada")
    assert world.rows(MAILS) == [("welcome", "lou@acme.example")]


async def test_other_moves_send_no_mail(world: World, tom: Person):
    for status in ("suspended", "active", "dropped", "active", "expired", "archived"):
        await tom.call(UPDATE, **LIA, status=status)
    assert world.rows(MAILS) == []


async def test_who_is_told_of_nothing_is_told_of_nothing(world: World, ada: Person, lia: Person):
    await lia.call(UPDATE, id="enr_invited", status="active", notify=False)
    await ada.call(UPDATE, **LIA, status="completed", notify=False)
    assert world.rows(MAILS) == []
