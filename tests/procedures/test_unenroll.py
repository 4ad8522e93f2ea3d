"""Leaving (model 4.2): who may, what disappears, what stays."""

import json

import pytest
from world import NOW, Person, World, refused

ENROLL, UNENROLL, GET = "enrollment.enroll", "enrollment.unenroll", "enrollment.get"
PAST = {"courseId": "crs_past"}


def after_leaving(world: World, setting: str) -> None:
    settings = json.dumps({"progressOnUnenroll": setting})
    world.change("update org set settings = :settings where key = 'acme'", settings=settings)


async def test_unenroll_returns_the_record_as_it_was_with_its_end(lia: Person):
    # S0-01, S0-15, S0-16, S0-19
    before = await lia.call(GET, id="enr_lia")
    gone = await lia.call(UNENROLL, **PAST)
    assert gone == {**before, "version": 2, "updatedAt": NOW, "deletedAt": NOW}


async def test_an_unenrolled_record_is_in_no_read(lia: Person, ada: Person):
    # S0-20, S2-91
    await lia.call(UNENROLL, **PAST)
    for person in (lia, ada):
        with refused("NOT_FOUND"):
            await person.call(GET, id="enr_lia")
        listed = await person.items("enrollment.list", userId="usr_lia")
        assert "enr_lia" not in [r["id"] for r in listed]


async def test_a_record_ends_once(world: World, lia: Person):
    # S0-25
    await lia.call(UNENROLL, **PAST)
    before = world.contents()
    for address in (PAST, {"id": "enr_lia"}):
        with refused("NOT_FOUND"):
            await lia.call(UNENROLL, **address)
    assert world.contents() == before


async def test_what_never_was_is_not_found(lou: Person):
    # S0-25
    with refused("NOT_FOUND"):
        await lou.call(UNENROLL, courseId="crs_open")


async def test_without_credentials_nobody_unenrolls(world: World):
    # S0-02, S0-17, S0-23
    with refused("UNAUTHORIZED"):
        await world.stranger().call(UNENROLL, **PAST)


async def test_a_course_of_another_organization_is_refused(lia: Person):
    # S0-18, S0-24
    with refused("FORBIDDEN", reason="not_member"):
        await lia.call(UNENROLL, courseId="crs_beta")


@pytest.mark.parametrize(
    "given", [{}, {**PAST, "id": "enr_lia"}, {"id": "enr_lia", "userId": "usr_lia"}]
)
async def test_one_address_is_given(lia: Person, given: dict):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await lia.call(UNENROLL, **given)


async def test_one_event_says_who_ended_what_and_why(world: World, tom: Person):
    await tom.call(UNENROLL, id="enr_lia", reason="moved away")
    told = """
        select e.kind, e.from_status, e.to_status, a.key, e.reason from event e
        join account a on a.id = e.actor_id where e.enrollment_key = 'enr_lia'
    """
    assert world.rows(told) == [("unenrolled", "active", None, "usr_tom", "moved away")]


async def test_the_course_is_untouched_but_for_its_count(lia: Person, ada: Person):
    # S0-21, S4-08
    before = await ada.call("course.get", **PAST)
    await lia.call(UNENROLL, **PAST)
    count = before["enrollmentCount"] - 1
    assert await ada.call("course.get", **PAST) == {**before, "enrollmentCount": count}


@pytest.mark.parametrize("user", ["usr_lou", "usr_ina"])
async def test_only_staff_unenroll_others(world: World, user: str):
    person = world.person(user)
    with refused("FORBIDDEN", reason="admin_required"):
        await person.call(UNENROLL, **PAST, userId="usr_lia")
    with refused("NOT_FOUND"):
        await person.call(UNENROLL, id="enr_lia")


@pytest.mark.parametrize("user", ["usr_tom", "usr_ada"])
async def test_the_teacher_and_the_admin_unenroll_a_learner(world: World, user: str):
    gone = await world.person(user).call(UNENROLL, **PAST, userId="usr_lia")
    assert (gone["id"], gone["deletedAt"]) == ("enr_lia", NOW)


async def test_a_teacher_unenrolls_nobody_from_another_section(tom: Person):
    for address in ({"id": "enr_leo"}, {**PAST, "userId": "usr_leo"}):
        with refused("NOT_FOUND"):
            await tom.call(UNENROLL, **address)


async def test_a_suspended_learner_may_not_leave(lia: Person, ada: Person):
    for address in ({"courseId": "crs_held"}, {"id": "enr_held"}):
        with refused("FORBIDDEN", reason="suspended"):
            await lia.call(UNENROLL, **address)
    assert (await ada.call(UNENROLL, id="enr_held"))["status"] == "suspended"


async def test_a_suspended_learner_may_not_enroll_anew(lia: Person):
    with refused("CONFLICT", reason="already_enrolled") as caught:
        await lia.call(ENROLL, courseId="crs_held")
    assert caught.value.data["status"] == "suspended"


async def test_the_live_record_goes_before_the_completed_one(lia: Person):
    again = await lia.call(ENROLL, courseId="crs_done", reenroll=True)
    assert (await lia.call(UNENROLL, courseId="crs_done"))["id"] == again["id"]
    assert (await lia.call(UNENROLL, courseId="crs_done"))["id"] == "enr_done"
    with refused("NOT_FOUND"):
        await lia.call(UNENROLL, courseId="crs_done")


async def test_by_course_an_ended_record_is_not_meant_but_by_id_it_is(lia: Person):
    with refused("NOT_FOUND"):
        await lia.call(UNENROLL, courseId="crs_left")
    assert (await lia.call(UNENROLL, id="enr_left"))["status"] == "dropped"


async def test_the_invited_decline_by_unenrolling(lia: Person):
    gone = await lia.call(UNENROLL, courseId="crs_club")
    assert (gone["id"], gone["status"], gone["deletedAt"]) == ("enr_invited", "invited", NOW)


async def test_a_group_is_left_by_the_id_of_the_record(lou: Person):
    record = await lou.call(ENROLL, realmId="grp_open")
    await lou.call(UNENROLL, id=record["id"])
    assert (await lou.call(ENROLL, realmId="grp_open"))["id"] != record["id"]


MARKS = """
    select (select count(*) from component_done where enrollment_id = e.id),
           (select count(*) from submission where enrollment_id = e.id)
    from enrollment e where e.key = :id
"""


def marks_of(world: World, id: str) -> tuple[int, int]:
    """How many component marks and submissions a record has."""
    [(marks, submissions)] = world.rows(MARKS, id=id)
    return marks, submissions


async def test_keep_leaves_the_history_and_begins_anew(world: World, lia: Person):
    after_leaving(world, "keep")
    gone = await lia.call(UNENROLL, **PAST)
    again = await lia.call(ENROLL, **PAST)
    assert (gone["progress"], again["progress"]) == (50, 0)
    assert again["id"] != "enr_lia"
    assert (marks_of(world, "enr_lia"), marks_of(world, again["id"])) == ((1, 1), (0, 0))


async def test_keep_is_the_default(world: World, lia: Person):
    # S0-22
    await lia.call(UNENROLL, **PAST)
    assert marks_of(world, "enr_lia") == (1, 1)
    assert (await lia.call(ENROLL, **PAST))["progress"] == 0


async def test_resume_goes_on_where_the_last_record_was_left(
    world: World, ada: Person, lia: Person
):
    after_leaving(world, "resume")
    await ada.call("progress.record", id="enr_leo", componentId="les_2")
    await lia.call(UNENROLL, **PAST)
    again = await lia.call(ENROLL, **PAST)
    assert (again["progress"], again["previousId"]) == (50, "enr_lia")
    assert (marks_of(world, "enr_lia"), marks_of(world, again["id"])) == ((1, 1), (1, 0))


@pytest.mark.parametrize(
    ("lessons", "status", "progress"),
    [((1, 2), "active", 50), ((1, 2, 3, 4), "active", 25), ((1,), "completed", 100)],
)
async def test_resume_counts_the_marks_against_what_the_course_is_made_of_by_then(
    world: World, ada: Person, lia: Person, lessons: tuple[int, ...], status: str, progress: int
):
    after_leaving(world, "resume")
    await lia.call(UNENROLL, **PAST)
    outline = [{"id": f"les_{n}", "kind": "lesson", "title": f"{n}"} for n in lessons]
    await ada.call("course.setComponents", **PAST, components=outline)
    again = await lia.call(ENROLL, **PAST)
    assert (again["status"], again["progress"]) == (status, progress)


async def test_resume_goes_on_from_no_record_that_was_only_dropped(
    world: World, lia: Person, lou: Person
):
    after_leaving(world, "resume")
    assert (await lou.call(ENROLL, courseId="crs_left"))["progress"] == 0
    again = await lia.call(ENROLL, courseId="crs_left")
    assert (again["progress"], again["previousId"]) == (0, "enr_left")


async def test_resume_begins_anew_after_a_completion(world: World, lia: Person):
    after_leaving(world, "resume")
    await lia.call(UNENROLL, courseId="crs_done")
    again = await lia.call(ENROLL, courseId="crs_done")
    assert (again["progress"], again["completedAt"]) == (0, None)


async def test_erase_wipes_what_was_done_by_one(world: World, ada: Person, lia: Person):
    after_leaving(world, "erase")
    await ada.call("progress.record", id="enr_leo", componentId="les_1")
    assert (await lia.call(UNENROLL, **PAST))["progress"] == 0
    assert (marks_of(world, "enr_lia"), marks_of(world, "enr_leo")) == ((0, 0), (1, 0))
    assert (await ada.call(GET, id="enr_leo"))["progress"] == 50


async def test_erase_makes_a_completion_prove_nothing(world: World, lia: Person, ada: Person):
    after_leaving(world, "erase")
    world.change("""
        insert into prerequisite (org_id, course_id, requires_id)
        select c.org_id, c.id, r.id from course c, course r
        where c.key = 'crs_open' and r.key = 'crs_done'
    """)
    gone = await lia.call(UNENROLL, courseId="crs_done")
    assert (gone["status"], gone["progress"], gone["completedAt"]) == ("dropped", 0, None)
    with refused("BAD_REQUEST", reason="prerequisites_not_met"):
        await lia.call(ENROLL, courseId="crs_open")
