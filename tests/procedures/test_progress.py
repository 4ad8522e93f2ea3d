"""`progress.record` and `.reset`: marks, percentages, and who may set them (model 4.4)."""

import pytest
from world import Person, World, refused

RECORD, RESET, SET = "progress.record", "progress.reset", "course.setComponents"
PAST = {"courseId": "crs_past"}


def lessons(number: int) -> list[dict]:
    return [{"id": f"les_{n}", "kind": "lesson", "title": f"{n}"} for n in range(1, number + 1)]


@pytest.fixture
async def three(ada: Person) -> None:
    """The course crs_past has three lessons and a resource; lia has done the first lesson."""
    extra = {"id": "res", "kind": "resource", "title": "Map"}
    await ada.call(SET, **PAST, components=[*lessons(3), extra])


async def test_progress_moves_by_itself_as_components_are_done(three: None, leo: Person):
    # S3-04, S3-11
    seen = []
    for key in ("les_3", "res", "les_1"):
        seen.append((await leo.call(RECORD, **PAST, componentId=key))["progress"])
    assert seen == [33, 33, 66]
    assert (await leo.call("enrollment.get", **PAST))["progress"] == 66


async def test_each_change_of_progress_is_a_new_version_without_an_event(
    world: World, three: None, leo: Person
):
    before, events = await leo.call("enrollment.get", **PAST), world.rows("select * from event")
    world.clock.advance(seconds=1)
    after = await leo.call(RECORD, **PAST, componentId="les_1")
    moved = {"progress": 33, "version": before["version"] + 1}
    assert after == {**before, **moved, "updatedAt": "2026-03-02T09:00:01.000Z"}
    assert world.rows("select * from event") == events


async def test_marking_twice_changes_nothing(world: World, three: None, leo: Person):
    first = await leo.call(RECORD, **PAST, componentId="les_1")
    world.clock.advance(seconds=1)
    before = world.contents()
    assert await leo.call(RECORD, **PAST, componentId="les_1") == first
    assert world.contents() == before


async def test_a_record_can_be_named_by_its_id(three: None, leo: Person):
    record = await leo.call(RECORD, id="enr_leo", componentId="les_1")
    assert (record["id"], record["progress"]) == ("enr_leo", 33)


async def test_a_mark_that_adds_nothing_leaves_a_percentage_alone(
    three: None, ada: Person, lia: Person
):
    await ada.call(RECORD, id="enr_lia", percent=80)
    for repeated_or_not_counting in ("les_1", "res"):
        record = await lia.call(RECORD, **PAST, componentId=repeated_or_not_counting)
        assert record["progress"] == 80
    assert (await lia.call(RECORD, **PAST, componentId="les_2"))["progress"] == 66


@pytest.mark.parametrize("user", ["usr_ada", "usr_tom"])
async def test_staff_set_a_percentage_and_mark_for_their_learners(world: World, user: str):
    staff = world.person(user)
    record = await staff.call(RECORD, **PAST, userId="usr_lia", percent=7)
    assert (record["id"], record["progress"]) == ("enr_lia", 7)
    assert (await staff.call(RECORD, id="enr_lia", percent=0))["progress"] == 0
    record = await staff.call(RECORD, id="enr_lia", componentId="les_2")
    assert record["status"] == "completed"


async def test_learners_set_no_percentage(world: World, lia: Person):
    before = world.contents()
    with refused("FORBIDDEN", reason="admin_required"):
        await lia.call(RECORD, **PAST, percent=100)
    assert world.contents() == before


async def test_learners_mark_in_their_own_record_only(world: World, lia: Person, tom: Person):
    before = world.contents()
    with refused("FORBIDDEN", reason="admin_required"):
        await lia.call(RECORD, **PAST, userId="usr_leo", componentId="les_1")
    for person in (lia, tom):  # tom teaches another section
        with refused("NOT_FOUND"):
            await person.call(RECORD, id="enr_leo", componentId="les_1")
    with refused("FORBIDDEN", reason="no_access"):
        await tom.call(RECORD, **PAST, userId="usr_leo", componentId="les_1")
    assert world.contents() == before


@pytest.mark.parametrize(
    "status",
    ["invited", "requested", "waitlisted", "suspended", "expired", "archived", "dropped"],
)
async def test_marks_and_percentages_need_access_now(
    world: World, ada: Person, leo: Person, status: str
):
    world.change("update enrollment set status = :to where key = 'enr_leo'", to=status)
    before = world.contents()
    with refused("FORBIDDEN", reason="no_access"):
        await leo.call(RECORD, **PAST, componentId="les_1")
    with refused("FORBIDDEN", reason="no_access"):
        await ada.call(RECORD, id="enr_leo", percent=50)
    assert world.contents() == before


async def test_nothing_is_marked_outside_the_window(world: World, leo: Person):
    world.change(
        "update enrollment set begin_at = :b, end_at = :e where key = 'enr_leo'",
        b="2026-03-02T10:00:00.000Z",
        e="2026-03-02T11:00:00.000Z",
    )
    seen = []
    for milliseconds in (3_599_999, 1, 3_599_999, 1):
        world.clock.advance(milliseconds=milliseconds)
        answer = await leo.post(RECORD, json={**PAST, "componentId": "les_1"})
        seen.append(answer.status_code)
    assert seen == [403, 200, 200, 403]


async def test_who_is_not_enrolled_marks_nothing(lou: Person):
    with refused("FORBIDDEN", reason="no_access"):
        await lou.call(RECORD, **PAST, componentId="les_1")


async def test_only_students_make_progress(ada: Person, tom: Person):
    with refused("FORBIDDEN", reason="no_access"):
        await tom.call(RECORD, **PAST, componentId="les_1")
    with refused("FORBIDDEN", reason="no_access"):
        await ada.call(RECORD, id="enr_tom", percent=100)


async def test_the_progress_of_a_group_stays_nothing(ada: Person, lou: Person):
    record = await lou.call("enrollment.enroll", realmId="grp_open")
    for wanted in ({"percent": 50}, {"componentId": "les_1"}):
        with refused("FORBIDDEN", reason="no_access"):
            await ada.call(RECORD, id=record["id"], **wanted)
    assert (await lou.call("enrollment.get", id=record["id"]))["progress"] == 0


async def test_components_of_other_courses_are_not_there(ada: Person, leo: Person):
    await ada.call(SET, courseId="crs_open", components=[{**lessons(1)[0], "id": "elsewhere"}])
    for key in ("elsewhere", "zzzz"):
        with refused("NOT_FOUND") as caught:
            await leo.call(RECORD, **PAST, componentId=key)
        assert caught.value.message == "no such component"


@pytest.mark.parametrize(
    "given",
    [
        {"componentId": "les_1"},
        {"id": "enr_leo"},
        {"id": "enr_leo", "courseId": "crs_past", "componentId": "les_1"},
        {"id": "enr_leo", "componentId": "les_1", "percent": 1},
        {"id": "enr_leo", "userId": "usr_leo", "componentId": "les_1"},
        {"id": "enr_leo", "percent": 101},
        {"id": "enr_leo", "percent": -1},
        {"id": "enr_leo", "percent": 0.5},
        {"id": "enr_leo", "percent": True},
    ],
)
async def test_an_input_says_one_record_and_one_thing_about_it(ada: Person, given: dict):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(RECORD, **given)


async def test_foreign_courses_records_and_people_are_not_there(ada: Person):
    mark = {"componentId": "les_1"}
    for key in ("crs_beta", "crs_zzzz"):
        with refused("FORBIDDEN", reason="not_member"):
            await ada.call(RECORD, courseId=key, **mark)
        with refused("FORBIDDEN", reason="not_member"):
            await ada.call(RESET, courseId=key, userId="usr_lia")
    for key in ("enr_beta", "enr_zzzz"):
        with refused("NOT_FOUND"):
            await ada.call(RECORD, id=key, percent=1)
    for user in ("usr_ben", "usr_zzz"):
        with refused("NOT_FOUND", reason="user"):
            await ada.call(RECORD, **PAST, userId=user, percent=1)
        with refused("NOT_FOUND", reason="user"):
            await ada.call(RESET, **PAST, userId=user)


@pytest.mark.parametrize("user", ["usr_ada", "usr_tom"])
async def test_staff_take_marks_and_progress_away_and_leave_the_work(
    world: World, lia: Person, user: str
):
    record = await world.person(user).call(RESET, **PAST, userId="usr_lia")
    assert (record["id"], record["status"], record["progress"]) == ("enr_lia", "active", 0)
    assert world.value("select count(*) from component_done") == 0
    assert len(await lia.items("submission.list", **PAST)) == 1
    assert await world.person(user).call(RESET, **PAST, userId="usr_lia") == record


async def test_a_completion_cannot_be_taken_away(world: World, ada: Person):
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_transition"):
        await ada.call(RESET, courseId="crs_done", userId="usr_lia")
    assert world.contents() == before


async def test_others_reset_nothing(world: World, lia: Person, tom: Person, ada: Person):
    before = world.contents()
    for user in ("usr_lia", "usr_leo"):
        with refused("FORBIDDEN", reason="admin_required"):
            await lia.call(RESET, **PAST, userId=user)
    with refused("NOT_FOUND"):  # he teaches another section
        await tom.call(RESET, **PAST, userId="usr_leo")
    with refused("NOT_FOUND"):
        await ada.call(RESET, **PAST, userId="usr_lou")
    assert world.contents() == before
