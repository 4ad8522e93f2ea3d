"""`course.setComponents`: what a course is made of, said as a whole."""

import re

import pytest
from world import Person, World, refused

CONTENT, SET = "course.content", "course.setComponents"
PAST = {"courseId": "crs_past"}


def lesson(key: str, **more) -> dict:
    return {"id": key, "kind": "lesson", "title": key, **more}


def ids(components: list[dict]) -> list:
    return [(c["id"], ids(c["children"])) for c in components]


async def test_what_is_set_is_what_is_read(ada: Person):
    outline = [lesson("c", parentId="b"), {"id": "b", "kind": "module", "title": "B"}, lesson("a")]
    content = await ada.call(SET, **PAST, components=outline)
    assert ids(content["components"]) == [("b", [("c", [])]), ("a", [])]
    assert await ada.call(CONTENT, **PAST) == content


async def test_what_is_left_out_is_removed_with_its_marks(world: World, ada: Person, lia: Person):
    await ada.call(SET, **PAST, components=[lesson("les_2")])
    assert world.value("select count(*) from component_done") == 0
    await ada.call(SET, **PAST, components=[lesson("les_1"), lesson("les_2")])
    marks = [c["doneAt"] for c in (await lia.call(CONTENT, **PAST))["components"]]
    assert marks == [None, None]


async def test_what_stays_keeps_its_marks_wherever_it_goes(ada: Person, lia: Person):
    before = (await lia.call(CONTENT, **PAST))["components"][0]
    unit = {"id": "u", "kind": "unit", "title": "U"}
    again = {**lesson("les_1", parentId="u"), "title": "Renamed", "kind": "module"}
    await ada.call(SET, **PAST, components=[unit, again])
    after = (await lia.call(CONTENT, **PAST))["components"][0]["children"][0]
    assert after == {**before, "title": "Renamed", "kind": "module"}


async def test_a_component_without_an_id_is_a_new_one(ada: Person):
    new = {"kind": "lesson", "title": "New"}
    first = (await ada.call(SET, **PAST, components=[new]))["components"]
    second = (await ada.call(SET, **PAST, components=[new]))["components"]
    assert re.fullmatch(r"cmp_[a-z0-9]{16}", first[0]["id"])
    assert first[0]["id"] != second[0]["id"]


@pytest.mark.parametrize(
    ("kind", "counts"),
    [("lesson", True), ("module", True), ("unit", False), ("resource", False)],
)
async def test_lessons_and_modules_count_unless_it_is_said_otherwise(
    ada: Person, kind: str, counts: bool
):
    # S3-11
    part = {"kind": kind, "title": "T"}
    outline = [part, {**part, "counts": not counts}]
    content = await ada.call(SET, **PAST, components=outline)
    assert [c["counts"] for c in content["components"]] == [counts, not counts]


async def test_a_course_can_be_emptied(world: World, ada: Person):
    assert (await ada.call(SET, **PAST, components=[]))["components"] == []
    assert world.value("select count(*) from component") == 0


async def test_a_change_moves_the_time_of_the_courses_last_change(world: World, ada: Person):
    world.clock.advance(seconds=1)
    await ada.call(SET, **PAST, components=[])
    assert (await ada.call("course.get", **PAST))["updatedAt"] == "2026-03-02T09:00:01.000Z"


@pytest.mark.parametrize(
    ("outline", "reason"),
    [
        ([lesson("a"), lesson("a")], "invalid_input"),
        ([lesson("a", parentId="les_1")], "invalid_input"),
        ([lesson("a", parentId="")], "invalid_input"),
        ([{"kind": "lesson"}], "invalid_input"),
        ([{"kind": "chapter", "title": "T"}], "invalid_input"),
        ([{"kind": "lesson", "title": ""}], "invalid_input"),
        ([lesson("a", position=1)], "invalid_input"),
        ([{"kind": "lesson", "title": "T"}] * 1001, "invalid_input"),
        (
            [lesson("0"), *(lesson(str(i), parentId=str(i - 1)) for i in range(1, 21))],
            "invalid_input",
        ),
        ([lesson("a", parentId="a")], "cycle"),
        ([lesson("a", parentId="b"), lesson("b", parentId="a"), lesson("c")], "cycle"),
    ],
)
async def test_what_is_no_outline_changes_nothing(
    world: World, ada: Person, outline: list, reason: str
):
    before = world.contents()
    with refused("BAD_REQUEST", reason=reason):
        await ada.call(SET, **PAST, components=outline)
    assert world.contents() == before


async def test_an_outline_may_be_twenty_levels_deep_and_a_thousand_parts_long(ada: Person):
    deep = [lesson("0"), *(lesson(str(i), parentId=str(i - 1)) for i in range(1, 20))]
    wide = [{"kind": "resource", "title": "T"}] * 980
    content = await ada.call(SET, **PAST, components=deep + wide)
    assert len(content["components"]) == 981
    assert await ada.call(CONTENT, **PAST) == content


@pytest.mark.parametrize("user", ["usr_ada", "usr_ina", "usr_tom"])
async def test_the_team_of_a_course_sets_its_components(world: World, user: str):
    content = await world.person(user).call(SET, **PAST, components=[lesson("a")])
    assert ids(content["components"]) == [("a", [])]


async def test_others_set_nothing(world: World, lia: Person, tom: Person):
    before = world.contents()
    with refused("FORBIDDEN", reason="admin_required"):
        await lia.call(SET, **PAST, components=[])
    with refused("FORBIDDEN", reason="admin_required"):  # he teaches another course
        await tom.call(SET, courseId="crs_open", components=[])
    assert world.contents() == before


async def test_two_courses_and_two_organizations_may_use_the_same_ids(world: World, ada: Person):
    bea = world.person("usr_bea", "beta")
    await ada.call(SET, courseId="crs_same", components=[lesson("les_1")])
    await bea.call(SET, courseId="crs_same", components=[lesson("les_1"), lesson("les_2")])
    await bea.call(SET, courseId="crs_same", components=[])
    assert ids((await ada.call(CONTENT, courseId="crs_same"))["components"]) == [("les_1", [])]
    assert len((await ada.call(CONTENT, **PAST))["components"]) == 2
