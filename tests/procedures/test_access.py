"""`enrollment.access`: whether a person reaches a course's content, and why not."""

import pytest
from world import Person, World, refused

ACCESS = "enrollment.access"
PAST = {"courseId": "crs_past"}


async def test_an_active_learner_reaches_the_content(lia: Person):
    # S1-01, S3-02
    access = await lia.call(ACCESS, **PAST)
    assert access == {"allowed": True, "reason": None, "status": "active", "until": None}


async def test_access_tells_when_it_ends(world: World, lia: Person):
    end = "2026-03-02T10:00:00.000Z"
    world.change("update enrollment set end_at = :end where key = 'enr_lia'", end=end)
    assert (await lia.call(ACCESS, **PAST))["until"] == end
    world.clock.advance(hours=1)
    access = await lia.call(ACCESS, **PAST)
    assert access == {"allowed": False, "reason": "no_access", "status": "expired", "until": None}


async def test_access_tells_that_it_has_not_begun(world: World, lia: Person):
    world.change(
        "update enrollment set begin_at = :begin, end_at = :end where key = 'enr_lia'",
        begin="2026-03-02T10:00:00.000Z",
        end="2026-03-03T10:00:00.000Z",
    )
    access = await lia.call(ACCESS, **PAST)
    assert access == {"allowed": False, "reason": "not_begun", "status": "active", "until": None}
    world.clock.advance(hours=1)
    assert (await lia.call(ACCESS, **PAST))["allowed"]


@pytest.mark.parametrize(
    ("course", "status"),
    [
        ("crs_club", "invited"),
        ("crs_held", "suspended"),
        ("crs_left", "dropped"),
        ("crs_over", "expired"),
    ],
)
async def test_a_status_that_opens_nothing_is_told(lia: Person, course: str, status: str):
    access = await lia.call(ACCESS, courseId=course)
    assert access == {"allowed": False, "reason": "no_access", "status": status, "until": None}


async def test_a_completed_record_opens_the_content_for_good(world: World, lia: Person):
    past = "2026-01-01T00:00:00.000Z"
    world.change("update enrollment set end_at = :past where key = 'enr_done'", past=past)
    access = await lia.call(ACCESS, courseId="crs_done")
    assert access == {"allowed": True, "reason": None, "status": "completed", "until": None}


async def test_who_has_no_record_is_not_enrolled(lou: Person):
    access = await lou.call(ACCESS, **PAST)
    assert access == {"allowed": False, "reason": "not_enrolled", "status": None, "until": None}


async def test_a_completion_opens_the_content_although_a_new_record_waits(lia: Person, ada: Person):
    await ada.call("enrollment.enroll", courseId="crs_done", userId="usr_lia", reenroll=True)
    await ada.call("enrollment.unenroll", courseId="crs_done", userId="usr_lia")
    assert (await lia.call(ACCESS, courseId="crs_done"))["status"] == "completed"


@pytest.mark.parametrize("user", ["usr_ada", "usr_ina"])
async def test_staff_need_no_record(world: World, user: str):
    access = await world.person(user).call(ACCESS, **PAST)
    assert access == {"allowed": True, "reason": None, "status": None, "until": None}


async def test_staff_ask_about_their_learners(ada: Person, tom: Person, lia: Person):
    own = await lia.call(ACCESS, **PAST)
    for person in (ada, tom):
        assert await person.call(ACCESS, **PAST, userId="usr_lia") == own


async def test_a_teacher_sees_nothing_of_another_section(tom: Person):
    access = await tom.call(ACCESS, **PAST, userId="usr_leo")
    assert access == {"allowed": False, "reason": "not_enrolled", "status": None, "until": None}


async def test_learners_ask_about_themselves_only(lia: Person):
    assert await lia.call(ACCESS, **PAST, userId="usr_lia")
    for user in ("usr_leo", "usr_zzz"):
        with refused("FORBIDDEN", reason="admin_required"):
            await lia.call(ACCESS, **PAST, userId=user)


async def test_who_is_no_member_any_more_has_no_access(ada: Person):
    await ada.call("membership.remove", userId="usr_lia")
    access = await ada.call(ACCESS, **PAST, userId="usr_lia")
    assert (access["allowed"], access["reason"]) == (False, "not_member")


@pytest.mark.parametrize("user", ["usr_bea", "usr_zzz"])
async def test_people_of_other_organizations_are_unknown(ada: Person, user: str):
    with refused("NOT_FOUND", reason="user"):
        await ada.call(ACCESS, **PAST, userId=user)


@pytest.mark.parametrize("key", ["crs_beta", "crs_zzzz"])
async def test_foreign_courses_are_unknown(ada: Person, key: str):
    with refused("FORBIDDEN", reason="not_member"):
        await ada.call(ACCESS, courseId=key)


async def test_asking_changes_nothing(world: World, lia: Person):
    before = world.contents()
    await lia.call(ACCESS, courseId="crs_over")
    assert world.contents() == before
