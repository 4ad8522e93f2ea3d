"""`enrollment.eligibility`: every reason why not, and nothing is changed by asking."""

from typing import get_args

import pytest
from world import Person, World, refused

from procedures import router
from procedures.records.enrollment import ObstacleReason

ASK, ENROLL = "enrollment.eligibility", "enrollment.enroll"
# What enrolling may be refused for that says nothing about a learner and a course.
ABOUT_THE_CALL = {
    "admin_required",
    "cross_site",
    "idempotency_key",
    "idempotency_mismatch",
    "invalid_input",
    "key_taken",
    "not_member",
    "too_many_calls",
    "user",
}
YES = {"eligible": True, "reasons": []}


async def reasons(person: Person, course: str, **given) -> list[str]:
    answer = await person.call(ASK, courseId=course, **given)
    assert answer["eligible"] == (answer["reasons"] == [])
    return [reason["reason"] for reason in answer["reasons"]]


async def test_who_may_enroll_hears_so_and_nothing_is_written(world: World, lou: Person):
    before = world.contents()
    assert await lou.call(ASK, courseId="crs_open") == YES
    assert world.contents() == before


@pytest.mark.parametrize(
    ("user", "course"),
    [
        ("usr_lou", "crs_open"),
        ("usr_lou", "crs_draft"),
        ("usr_lou", "crs_none"),
        ("usr_lou", "crs_line"),
        ("usr_lou", "crs_ask"),
        ("usr_lou", "crs_code"),
        ("usr_lou", "crs_club"),
        ("usr_lou", "crs_soon"),
        ("usr_lou", "crs_late"),
        ("usr_lou", "crs_proof"),
        ("usr_lia", "crs_club"),
        ("usr_lia", "crs_past"),
        ("usr_lia", "crs_done"),
        ("usr_lia", "crs_once"),
        ("usr_lia", "crs_held"),
        ("usr_lia", "crs_left"),
        ("usr_lia", "crs_over"),
    ],
)
async def test_the_first_reason_is_what_enrolling_says(world: World, user: str, course: str):
    person = world.person(user)
    answer = await person.call(ASK, courseId=course)
    if answer["eligible"]:
        assert (await person.call(ENROLL, courseId=course))["courseId"] == course
        return
    refusal = (await person.post(ENROLL, json={"courseId": course})).json()["error"]
    about_the_call = {"code", "httpStatus", "path"}
    told = {name: value for name, value in refusal["data"].items() if name not in about_the_call}
    assert answer["reasons"][0] == {**told, "message": refusal["message"]}


async def test_everything_that_stands_against_it_is_said_at_once(world: World, lou: Person):
    # S4-31, S4-32, S4-33
    world.change("""
        update course set status = 'draft', opens_at = '2026-04-01T00:00:00.000Z', capacity = 0,
               join_policy = 'code' where key = 'crs_proof'
    """)
    await lou.call(ENROLL, courseId="crs_logic")
    answer = await lou.call(ASK, courseId="crs_proof")
    assert [reason["reason"] for reason in answer["reasons"]] == [
        "not_published",
        "prerequisites_not_met",
        "enrollment_closed",
        "code_required",
        "full",
    ]
    assert answer["reasons"][1]["missingPrerequisites"] == [
        {"id": "crs_maths", "title": "Mathematics", "status": "not_started"},
        {"id": "crs_logic", "title": "Logic", "status": "in_progress"},
    ]


async def test_a_record_that_is_in_the_way_is_named(lia: Person):
    [reason] = (await lia.call(ASK, courseId="crs_held"))["reasons"]
    assert (reason["status"], reason["enrollmentId"]) == ("suspended", "enr_held")


async def test_a_line_to_wait_in_is_no_obstacle(world: World, ada: Person, lou: Person):
    await ada.call(ENROLL, courseId="crs_line", userId="usr_leo")
    assert await lou.call(ASK, courseId="crs_line") == YES
    await ada.call("course.update", courseId="crs_line", waitlist=False)
    assert await reasons(lou, "crs_line") == ["full"]


HOUR = "2026-03-02T10:00:00Z"


async def test_an_invitation_can_be_accepted_until_its_time_is_over(
    world: World, ada: Person, lou: Person
):
    given = {"courseId": "crs_open", "userId": "usr_lou", "status": "invited", "endAt": HOUR}
    await ada.call(ENROLL, **given)
    assert await reasons(lou, "crs_open") == []
    world.clock.advance(hours=1)
    assert await reasons(lou, "crs_open") == ["enrollment_closed"]
    with refused("BAD_REQUEST", reason="enrollment_closed"):
        await lou.call(ENROLL, courseId="crs_open")


async def test_a_seat_that_time_has_freed_is_for_who_waits(world: World, ada: Person, lou: Person):
    await ada.call(ENROLL, courseId="crs_line", userId="usr_leo", endAt=HOUR)
    await ada.call(ENROLL, courseId="crs_line", userId="usr_lia")
    await ada.call("course.update", courseId="crs_line", waitlist=False)
    world.clock.advance(hours=1)
    assert await reasons(lou, "crs_line") == ["full"]
    with refused("CONFLICT", reason="full"):
        await lou.call(ENROLL, courseId="crs_line")


async def test_staff_ask_for_others_as_they_would_enroll_themselves(world: World, ada: Person):
    assert await reasons(ada, "crs_club", userId="usr_lou") == ["invite_only"]
    assert await reasons(ada, "crs_club", userId="usr_lia") == []  # is invited
    tom = world.person("usr_tom")
    assert await reasons(tom, "crs_past", userId="usr_lia") == ["already_enrolled"]


async def test_a_learner_asks_for_nobody_else(lou: Person):
    for user in ("usr_lia", "usr_nobody"):
        with refused("FORBIDDEN", reason="admin_required"):
            await lou.call(ASK, courseId="crs_open", userId=user)


@pytest.mark.parametrize("user", ["usr_nobody", "usr_ben", "usr_pia", "usr_una"])
async def test_only_verified_members_can_be_eligible(ada: Person, user: str):
    # S0-27
    with refused("NOT_FOUND", reason="user"):
        await ada.call(ASK, courseId="crs_open", userId=user)


async def test_a_course_of_another_organization_is_refused_like_an_unknown_one(lou: Person):
    for course in ("crs_beta", "crs_zzz"):
        with refused("FORBIDDEN", reason="not_member"):
            await lou.call(ASK, courseId=course)


async def test_a_course_without_a_section_gets_none_by_asking(world: World, lou: Person):
    await lou.call(ASK, courseId="crs_one")
    assert world.rows("select key from realm where title = 'One seat'") == []


def test_the_reasons_are_those_that_enrolling_refuses_learners_with():
    refusals = set(router["enrollment.enroll"].errors) - ABOUT_THE_CALL
    assert set(get_args(ObstacleReason)) == refusals


async def test_only_those_who_wait_in_the_same_place_go_before(
    ada: Person, lou: Person, lia: Person, leo: Person
):
    here, elsewhere = {"courseId": "crs_one"}, {"courseId": "crs_line"}
    await ada.call("course.update", **here, waitlist=True)
    for person in (lou, lia):
        await person.call(ENROLL, **here)
    await lia.call("enrollment.unenroll", **here)
    for person in (leo, lou):
        await person.call(ENROLL, **elsewhere)
    await ada.call("course.update", **here, capacity=2, waitlist=False)
    assert await leo.call(ASK, **here) == YES
