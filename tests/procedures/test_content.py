"""`course.content`: what a course is made of, to those who learn or teach there."""

import pytest
from world import NOW, Person, World, refused

CONTENT, SET = "course.content", "course.setComponents"
PAST = {"courseId": "crs_past"}
OUTLINE = [
    {"id": "unit_1", "kind": "unit", "title": "Metal"},
    {"id": "les_2", "kind": "lesson", "title": "Iron", "parentId": "unit_1"},
    {"id": "res_1", "kind": "resource", "title": "Map", "parentId": "unit_1"},
    {"id": "les_1", "kind": "lesson", "title": "Stone"},
]


def titles(components: list[dict]) -> list:
    """Every title with what is inside, in order."""
    return [(c["title"], titles(c["children"])) for c in components]


async def test_a_learner_reaches_units_lessons_and_resources_in_order(lia: Person, ada: Person):
    # S1-02, S1-03, S3-02
    await ada.call(SET, **PAST, components=OUTLINE)
    content = await lia.call(CONTENT, **PAST)
    assert content["courseId"] == "crs_past"
    inside = [("Iron", []), ("Map", [])]
    assert titles(content["components"]) == [("Metal", inside), ("Stone", [])]
    unit = content["components"][0]
    children = unit.pop("children")
    assert unit == {
        "id": "unit_1",
        "kind": "unit",
        "title": "Metal",
        "counts": False,
        "doneAt": None,
    }
    assert [(c["kind"], c["counts"]) for c in children] == [("lesson", True), ("resource", False)]


async def test_marks_are_those_of_the_caller(lia: Person, leo: Person):
    own = (await lia.call(CONTENT, **PAST))["components"]
    assert [c["doneAt"] for c in own] == ["2025-10-01T08:00:00.000Z", None]
    await leo.call("progress.record", **PAST, componentId="les_2")
    others = (await leo.call(CONTENT, **PAST))["components"]
    assert [c["doneAt"] for c in others] == [None, NOW]
    assert (await lia.call(CONTENT, **PAST))["components"] == own


async def test_the_tree_is_the_same_for_staff_who_have_no_record(world: World, lia: Person):
    shown = titles((await lia.call(CONTENT, **PAST))["components"])
    for user in ("usr_ada", "usr_ina", "usr_tom"):
        content = await world.person(user).call(CONTENT, **PAST)
        assert titles(content["components"]) == shown


@pytest.mark.parametrize("status", ["completed", "active"])
async def test_the_active_and_those_who_have_completed_read(world: World, leo: Person, status: str):
    done = "progress = 100, completed_at = :now," if status == "completed" else ""
    world.change(
        f"update enrollment set {done} status = :to where key = 'enr_leo'", **values(status)
    )
    assert len((await leo.call(CONTENT, **PAST))["components"]) == 2


def values(status: str) -> dict:
    return {"to": status, "now": NOW} if status == "completed" else {"to": status}


@pytest.mark.parametrize(
    "status",
    ["invited", "requested", "waitlisted", "suspended", "expired", "archived", "dropped"],
)
async def test_no_other_status_opens_a_course(world: World, leo: Person, status: str):
    # S1-01
    world.change("update enrollment set status = :to where key = 'enr_leo'", to=status)
    with refused("FORBIDDEN", reason="no_access"):
        await leo.call(CONTENT, **PAST)


async def test_who_is_not_enrolled_reads_nothing(lou: Person):
    with refused("FORBIDDEN", reason="no_access"):
        await lou.call(CONTENT, **PAST)


async def test_the_window_is_from_its_first_instant_until_before_its_last(
    world: World, leo: Person
):
    world.change(
        "update enrollment set begin_at = :b, end_at = :e where key = 'enr_leo'",
        b="2026-03-02T10:00:00.000Z",
        e="2026-03-02T11:00:00.000Z",
    )
    seen = []
    for milliseconds in (3_599_999, 1, 3_599_999, 1):
        world.clock.advance(milliseconds=milliseconds)
        seen.append((await leo.post(CONTENT, json=PAST)).status_code)
    assert seen == [403, 200, 200, 403]


async def test_a_withdrawn_learner_reads_no_more(leo: Person):
    assert await leo.call(CONTENT, **PAST)
    await leo.call("enrollment.unenroll", **PAST)
    with refused("FORBIDDEN", reason="no_access"):
        await leo.call(CONTENT, **PAST)


async def test_withdrawing_leaves_the_content_alone(ada: Person, lia: Person):
    # S0-21
    before = await ada.call(CONTENT, **PAST)
    await lia.call("enrollment.unenroll", **PAST)
    assert await ada.call(CONTENT, **PAST) == before


async def test_foreign_courses_and_courses_that_are_not_there_answer_alike(ada: Person):
    answers = set()
    for path, more in ((CONTENT, {}), (SET, {"components": []})):
        for key in ("crs_beta", "crs_zzzz"):
            with refused("NOT_FOUND") as caught:
                await ada.call(path, courseId=key, **more)
            answers.add(caught.value.message)
    assert answers == {"no such course"}


async def test_a_course_without_components_is_empty(ada: Person):
    content = await ada.call(CONTENT, courseId="crs_open")
    assert content == {"courseId": "crs_open", "components": []}
