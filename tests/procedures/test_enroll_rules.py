"""Enrolling, steps E4-E9: publication, duplicates, prerequisites, window, join policy."""

import pytest
from world import Person, World, refused

ENROLL = "enrollment.enroll"
SUSPENDED = "update enrollment set status = 'suspended' where key = :key"


@pytest.mark.parametrize("course", ["crs_draft", "crs_shelf"])
async def test_students_enroll_in_published_courses_only(lou: Person, ada: Person, course: str):
    # S0-07, S0-13, S3-27
    with refused("BAD_REQUEST", reason="not_published"):
        await lou.call(ENROLL, courseId=course)
    await ada.call("course.publish", courseId=course)
    assert (await lou.call(ENROLL, courseId=course))["status"] == "active"


async def test_publication_is_asked_of_an_admin_too_unless_forced(ada: Person):
    # S3-30
    with refused("BAD_REQUEST", reason="not_published"):
        await ada.call(ENROLL, courseId="crs_draft", userId="usr_lou")
    record = await ada.call(ENROLL, courseId="crs_draft", userId="usr_lou", force=True)
    assert record["status"] == "active"


async def test_a_teacher_is_put_on_a_draft(ada: Person):
    record = await ada.call(ENROLL, courseId="crs_draft", userId="usr_tom", role="teacher")
    assert record["status"] == "active"


async def test_an_archived_section_takes_no_students(lou: Person):
    with refused("BAD_REQUEST", reason="not_published"):
        await lou.call(ENROLL, realmId="sec_shut")


async def test_unpublishing_leaves_the_records_made_meanwhile(lou: Person, ada: Person):
    record = await lou.call(ENROLL, courseId="crs_open")
    await ada.call("course.unpublish", courseId="crs_open")
    assert await lou.call("enrollment.get", id=record["id"]) == record


@pytest.mark.parametrize("status", ["requested", "waitlisted", "active", "suspended"])
async def test_a_live_record_holds_its_slot(world: World, lou: Person, status: str):
    record = await lou.call(ENROLL, courseId="crs_open")
    world.change("update enrollment set status = :to where key = :id", to=status, id=record["id"])
    with refused("CONFLICT", reason="already_enrolled") as caught:
        await lou.call(ENROLL, courseId="crs_open")
    assert caught.value.data["status"] == status


@pytest.mark.parametrize("status", ["expired", "archived", "dropped"])
async def test_an_ended_record_gives_its_slot_up(world: World, lou: Person, status: str):
    first = await lou.call(ENROLL, courseId="crs_open")
    world.change("update enrollment set status = :to where key = :id", to=status, id=first["id"])
    second = await lou.call(ENROLL, courseId="crs_open")
    assert (second["status"], second["previousId"]) == ("active", first["id"])
    assert await lou.call("enrollment.get", id=second["id"]) == second


async def test_two_sections_of_one_course_are_one_slot(lou: Person):
    await lou.call(ENROLL, realmId="sec_past")
    with refused("CONFLICT", reason="already_enrolled"):
        await lou.call(ENROLL, realmId="sec_eve")


async def test_sections_of_a_multi_section_course_are_slots_of_their_own(lou: Person):
    await lou.call(ENROLL, realmId="sec_red")
    assert (await lou.call(ENROLL, realmId="sec_blue"))["status"] == "active"
    with refused("CONFLICT", reason="already_enrolled"):
        await lou.call(ENROLL, realmId="sec_blue")


async def test_one_person_may_be_student_and_teacher(ada: Person, lou: Person):
    await ada.call(ENROLL, courseId="crs_open", userId="usr_lou", role="teacher")
    assert (await lou.call(ENROLL, courseId="crs_open"))["role"] == "student"


async def test_force_does_not_make_a_second_live_record(ada: Person, lou: Person):
    await lou.call(ENROLL, courseId="crs_open")
    with refused("CONFLICT", reason="already_enrolled"):
        await ada.call(ENROLL, courseId="crs_open", userId="usr_lou", force=True)


async def test_the_invited_accept_by_enrolling(world: World, lia: Person):
    record = await lia.call(ENROLL, courseId="crs_club")
    assert (record["id"], record["status"], record["version"]) == ("enr_invited", "active", 2)
    steps = "select kind, from_status, to_status from event where enrollment_key = 'enr_invited'"
    assert world.rows(steps)[1:] == [("accepted", "invited", "active")]
    assert world.rows("select template, recipient from outbox") == [("welcome", "lia@acme.example")]


async def test_nobody_accepts_for_the_invited(ada: Person):
    with refused("CONFLICT", reason="already_enrolled") as caught:
        await ada.call(ENROLL, courseId="crs_club", userId="usr_lia")
    assert caught.value.data["status"] == "invited"


async def test_an_invitation_is_not_accepted_outside_the_window(ada: Person, lia: Person):
    await ada.call("course.update", courseId="crs_club", opensAt="2026-04-01T00:00:00Z")
    with refused("BAD_REQUEST", reason="enrollment_closed"):
        await lia.call(ENROLL, courseId="crs_club")


async def test_a_completed_course_is_taken_again_on_request_only(lia: Person):
    with refused("CONFLICT", reason="already_completed"):
        await lia.call(ENROLL, courseId="crs_done")
    again = await lia.call(ENROLL, courseId="crs_done", reenroll=True)
    assert (again["status"], again["progress"]) == ("active", 0)
    assert (again["completedAt"], again["previousId"]) == (None, "enr_done")
    first = await lia.call("enrollment.get", id="enr_done")
    assert (first["status"], first["progress"]) == ("completed", 100)


async def test_after_dropping_a_new_record_begins_at_zero(lia: Person):
    again = await lia.call(ENROLL, courseId="crs_left")
    assert (again["progress"], again["previousId"]) == (0, "enr_left")


async def test_without_self_reenroll_only_staff_enroll_again(lia: Person, lou: Person, ada: Person):
    assert (await lou.call(ENROLL, courseId="crs_once"))["status"] == "active"
    for given in ({}, {"reenroll": True}):
        with refused("FORBIDDEN", reason="reenroll_not_allowed"):
            await lia.call(ENROLL, courseId="crs_once", **given)
    again = await ada.call(ENROLL, courseId="crs_once", userId="usr_lia")
    assert again["previousId"] == "enr_once"


async def test_missing_prerequisites_are_listed_with_their_state(lou: Person):
    # S4-07, S4-27, S4-29, S4-31..33
    await lou.call(ENROLL, courseId="crs_logic")
    with refused("BAD_REQUEST", reason="prerequisites_not_met") as caught:
        await lou.call(ENROLL, courseId="crs_proof")
    assert caught.value.data["missingPrerequisites"] == [
        {"id": "crs_maths", "title": "Mathematics", "status": "not_started"},
        {"id": "crs_logic", "title": "Logic", "status": "in_progress"},
    ]


async def test_what_has_run_out_is_no_longer_in_progress(lia: Person, ada: Person):
    # I15: also while nobody has written that down.
    required = ["crs_over", "crs_past"]
    await ada.call("course.setPrerequisites", courseId="crs_open", requires=required)
    with refused("BAD_REQUEST", reason="prerequisites_not_met") as caught:
        await lia.call(ENROLL, courseId="crs_open")
    missing = caught.value.data["missingPrerequisites"]
    assert [one["status"] for one in missing] == ["in_progress", "not_started"]


async def complete(world: World, person: Person, course: str) -> str:
    record = await person.call(ENROLL, courseId=course)
    done = "status = 'completed', progress = 100, completed_at = updated_at"
    world.change(f"update enrollment set {done} where key = :id", id=record["id"])
    return record["id"]


async def test_completed_prerequisites_open_a_course(world: World, lou: Person):
    # S4-27, S4-28
    await complete(world, lou, "crs_maths")
    with refused("BAD_REQUEST", reason="prerequisites_not_met") as caught:
        await lou.call(ENROLL, courseId="crs_proof")
    assert [m["id"] for m in caught.value.data["missingPrerequisites"]] == ["crs_logic"]
    await complete(world, lou, "crs_logic")
    assert (await lou.call(ENROLL, courseId="crs_proof"))["status"] == "active"


async def test_a_withdrawn_completion_still_proves(world: World, lou: Person):
    for course in ("crs_maths", "crs_logic"):
        id = await complete(world, lou, course)
        await lou.call("enrollment.unenroll", id=id)
    assert (await lou.call(ENROLL, courseId="crs_proof"))["status"] == "active"


@pytest.mark.parametrize("power", ["force", "bypassPrerequisites"])
async def test_an_admin_sets_prerequisites_aside_by_asking_for_it(ada: Person, power: str):
    proof = {"courseId": "crs_proof", "userId": "usr_lou"}
    with refused("BAD_REQUEST", reason="prerequisites_not_met"):
        await ada.call(ENROLL, **proof)
    assert (await ada.call(ENROLL, **proof, **{power: True}))["status"] == "active"


@pytest.mark.parametrize("course", ["crs_draft", "crs_soon", "crs_none"])
async def test_bypassing_prerequisites_bypasses_nothing_else(ada: Person, course: str):
    with refused_by_rule(course):
        await ada.call(ENROLL, courseId=course, userId="usr_lou", bypassPrerequisites=True)


def refused_by_rule(course: str):
    by = {
        "crs_draft": ("BAD_REQUEST", "not_published"),
        "crs_soon": ("BAD_REQUEST", "enrollment_closed"),
        "crs_none": ("CONFLICT", "full"),
    }
    code, reason = by[course]
    return refused(code, reason=reason)


async def test_teachers_need_no_prerequisites(ada: Person):
    record = await ada.call(ENROLL, courseId="crs_proof", userId="usr_tom", role="teacher")
    assert record["status"] == "active"


async def test_a_course_opens_at_its_first_instant(world: World, lou: Person):
    with refused("BAD_REQUEST", reason="enrollment_closed"):
        await lou.call(ENROLL, courseId="crs_soon")
    world.clock.advance(days=29, hours=15, seconds=-0.001)
    with refused("BAD_REQUEST", reason="enrollment_closed"):
        await lou.call(ENROLL, courseId="crs_soon")
    world.clock.advance(seconds=0.001)
    record = await lou.call(ENROLL, courseId="crs_soon")
    assert record["enrolledAt"] == "2026-04-01T00:00:00.000Z"


async def test_a_course_is_closed_from_its_last_instant_on(ada: Person, lou: Person, leo: Person):
    await ada.call("course.update", courseId="crs_open", closesAt="2026-03-02T09:00:00.001Z")
    assert (await lou.call(ENROLL, courseId="crs_open"))["status"] == "active"
    await ada.call("course.update", courseId="crs_open", closesAt="2026-03-02T10:00:00+01:00")
    with refused("BAD_REQUEST", reason="enrollment_closed"):
        await leo.call(ENROLL, courseId="crs_open")


@pytest.mark.parametrize("course", ["crs_soon", "crs_late"])
async def test_the_window_binds_admins_unless_forced(ada: Person, course: str):
    with refused("BAD_REQUEST", reason="enrollment_closed"):
        await ada.call(ENROLL, courseId=course, userId="usr_lou")
    record = await ada.call(ENROLL, courseId=course, userId="usr_lou", force=True)
    assert record["status"] == "active"


@pytest.mark.parametrize("place", [{"courseId": "crs_ask"}, {"realmId": "grp_ask"}])
async def test_where_one_must_ask_enrolling_is_a_request(world: World, lou: Person, place: dict):
    assert (await lou.call(ENROLL, **place))["status"] == "requested"
    assert set(world.rows("select template from outbox")) == {("requested",)}


@pytest.mark.parametrize("place", [{"courseId": "crs_code"}, {"realmId": "grp_code"}])
async def test_where_a_code_is_needed_enrolling_without_is_refused(lou: Person, place: dict):
    with refused("FORBIDDEN", reason="code_required"):
        await lou.call(ENROLL, **place)


@pytest.mark.parametrize("place", [{"courseId": "crs_club"}, {"realmId": "grp_closed"}])
async def test_where_one_must_be_invited_strangers_are_refused(lou: Person, place: dict):
    with refused("FORBIDDEN", reason="invite_only"):
        await lou.call(ENROLL, **place)


async def test_an_open_group_takes_everyone(lou: Person):
    record = await lou.call(ENROLL, realmId="grp_open")
    assert (record["realmKind"], record["courseId"]) == ("group", None)
    assert (record["status"], record["progress"]) == ("active", 0)
    with refused("CONFLICT", reason="already_enrolled"):
        await lou.call(ENROLL, realmId="grp_open")
    await lou.call("enrollment.update", id=record["id"], status="dropped")
    assert (await lou.call(ENROLL, realmId="grp_open"))["previousId"] == record["id"]


@pytest.mark.parametrize("course", ["crs_ask", "crs_code", "crs_club"])
async def test_the_join_policy_does_not_bind_who_enrolls_others(ada: Person, course: str):
    record = await ada.call(ENROLL, courseId=course, userId="usr_lou")
    assert record["status"] == "active"


@pytest.mark.parametrize("course", ["crs_ask", "crs_code", "crs_club"])
async def test_nor_does_it_bind_an_admin_who_comes_in_by_force(ada: Person, course: str):
    assert (await ada.call(ENROLL, courseId=course, force=True))["status"] == "active"


@pytest.mark.parametrize("course", ["crs_ask", "crs_code", "crs_club"])
async def test_nor_does_it_bind_staff_who_take_up_another_role_than_a_learners(
    world: World, ada: Person, course: str
):
    world.change("update course set self_reenroll = 0 where key = :key", key=course)
    for _ in range(2):
        record = await ada.call(ENROLL, courseId=course, role="teacher")
        assert record["status"] == "active"
        await ada.call("enrollment.update", id=record["id"], status="dropped")
    with refused("FORBIDDEN", reason="admin_required"):
        await world.person("usr_lou").call(ENROLL, courseId=course, role="teacher")


async def test_a_section_may_be_more_open_than_its_course(world: World, lou: Person):
    with refused("FORBIDDEN", reason="invite_only"):
        await lou.call(ENROLL, realmId="sec_club")
    world.change("update realm set join_policy = 'open' where key = 'sec_club'")
    assert (await lou.call(ENROLL, realmId="sec_club"))["status"] == "active"


async def test_what_stands_against_an_enrollment_is_told_in_order(world: World, ada: Person):
    """Everything is wrong at once; each mended fault uncovers the next one."""
    course = {"courseId": "crs_proof"}
    everything = {"joinPolicy": "invite", "opensAt": "2027-01-01T00:00:00Z", "capacity": 0}
    await ada.call("course.update", **course, **everything)
    await ada.call("course.unpublish", **course)
    lou = world.person("usr_lou")
    faults = []
    for mend in (
        lambda: ada.call("course.publish", **course),
        lambda: complete(world, lou, "crs_maths"),
        lambda: complete(world, lou, "crs_logic"),
        lambda: ada.call("course.update", **course, opensAt=None),
        lambda: ada.call("course.update", **course, joinPolicy="open"),
        lambda: ada.call("course.update", **course, capacity=1),
    ):
        answer = await lou.post(ENROLL, json=course)
        faults.append(answer.json()["error"]["data"]["reason"])
        await mend()
    assert faults == [
        "not_published",
        "prerequisites_not_met",
        "prerequisites_not_met",
        "enrollment_closed",
        "invite_only",
        "full",
    ]
    assert (await lou.call(ENROLL, **course))["status"] == "active"


@pytest.mark.parametrize(
    ("course", "dates"),
    [
        ("crs_none", {"beginAt": "2026-02-01T00:00:00Z", "endAt": "2026-03-01T00:00:00Z"}),
        ("crs_month", {"beginAt": "2026-01-01T00:00:00Z"}),
    ],
)
async def test_what_is_over_before_it_is_written_begins_as_expired(
    world: World, ada: Person, course: str, dates: dict
):
    """It takes no seat, sends no mail, and its one event says what is stored."""
    record = await ada.call(ENROLL, courseId=course, userId="usr_lou", **dates)
    assert record["status"] == "expired"
    told = "select kind, from_status, to_status from event where enrollment_key = :id"
    assert world.rows(told, id=record["id"]) == [("expired", None, "expired")]
    assert (
        world.value("select status from enrollment where key = :id", id=record["id"]) == "expired"
    )
    assert world.rows("select template from outbox") == []


async def test_an_invitation_that_is_over_stays_one(ada: Person):
    past = {"beginAt": "2026-02-01T00:00:00Z", "endAt": "2026-03-01T00:00:00Z"}
    given = {"courseId": "crs_open", "userId": "usr_lou", "status": "invited", **past}
    assert (await ada.call(ENROLL, **given))["status"] == "invited"
