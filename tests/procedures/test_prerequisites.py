"""`course.setPrerequisites`: what must be completed before; never in a circle (model 4.5)."""

import pytest
from world import Person, World, refused

SET = "course.setPrerequisites"


async def test_a_course_says_what_it_requires(ada: Person):
    course = await ada.call("course.get", courseId="crs_proof")
    assert course["requires"] == ["crs_maths", "crs_logic"]
    listed = {c["id"]: c["requires"] for c in await ada.items("course.list")}
    assert {key: keys for key, keys in listed.items() if keys} == {"crs_proof": course["requires"]}


async def test_prerequisites_are_set_as_a_whole(world: World, ada: Person):
    world.clock.advance(seconds=1)
    course = await ada.call(SET, courseId="crs_proof", requires=["crs_past", "crs_logic"])
    assert course["requires"] == ["crs_logic", "crs_past"]
    assert course["updatedAt"] == "2026-03-02T09:00:01.000Z"
    assert (await ada.call(SET, courseId="crs_proof", requires=[]))["requires"] == []


async def test_naming_a_course_twice_requires_it_once(ada: Person):
    course = await ada.call(SET, courseId="crs_open", requires=["crs_past", "crs_past"])
    assert course["requires"] == ["crs_past"]


async def test_what_is_required_holds_from_then_on(ada: Person, lou: Person, leo: Person):
    # S4-27, S4-28
    await leo.call("enrollment.enroll", courseId="crs_open")
    await ada.call(SET, courseId="crs_open", requires=["crs_done"])
    with refused("BAD_REQUEST", reason="prerequisites_not_met"):
        await lou.call("enrollment.enroll", courseId="crs_open")
    record = await leo.call("enrollment.get", courseId="crs_open")
    assert record["status"] == "active"


@pytest.mark.parametrize(
    ("course", "requires"),
    [
        ("crs_open", ["crs_open"]),
        ("crs_maths", ["crs_proof"]),
        ("crs_logic", ["crs_open", "crs_proof"]),
    ],
)
async def test_a_course_never_requires_itself(
    world: World, ada: Person, course: str, requires: list
):
    before = world.contents()
    with refused("BAD_REQUEST", reason="cycle"):
        await ada.call(SET, courseId=course, requires=requires)
    assert world.contents() == before


async def test_a_long_way_round_is_a_circle_too(ada: Person):
    await ada.call(SET, courseId="crs_open", requires=["crs_proof"])
    with refused("BAD_REQUEST", reason="cycle"):
        await ada.call(SET, courseId="crs_maths", requires=["crs_past", "crs_open"])
    await ada.call(SET, courseId="crs_proof", requires=["crs_logic"])
    assert await ada.call(SET, courseId="crs_maths", requires=["crs_open"])


@pytest.mark.parametrize("requires", [["crs_beta"], ["crs_zzzz"], [""], [7], ["crs_past"] * 101])
async def test_only_courses_of_the_organization_are_required(
    world: World, ada: Person, requires: list
):
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(SET, courseId="crs_open", requires=requires)
    assert world.contents() == before


async def test_foreign_and_absent_required_courses_get_the_same_answer(ada: Person):
    texts = set()
    for key in ("crs_beta", "crs_zzzz"):
        with refused("BAD_REQUEST", reason="invalid_input") as caught:
            await ada.call(SET, courseId="crs_open", requires=[key])
        texts.add(caught.value.answer.text)
    assert len(texts) == 1


@pytest.mark.parametrize("user", ["usr_ina", "usr_tom", "usr_lia"])
async def test_only_admins_set_prerequisites(world: World, user: str):
    with refused("FORBIDDEN", reason="admin_required"):
        await world.person(user).call(SET, courseId="crs_past", requires=[])


@pytest.mark.parametrize("key", ["crs_beta", "crs_zzzz"])
async def test_prerequisites_of_a_foreign_course_are_out_of_reach(ada: Person, key: str):
    with refused("NOT_FOUND"):
        await ada.call(SET, courseId=key, requires=[])


async def test_the_prerequisites_of_one_organization_are_no_matter_of_another(
    world: World, ada: Person
):
    bea = world.person("usr_bea", "beta")
    await ada.call(SET, courseId="crs_same", requires=["crs_open"])
    course = await bea.call(SET, courseId="crs_beta", requires=["crs_same"])
    assert course["requires"] == ["crs_same"]
    assert (await bea.call("course.get", courseId="crs_same"))["requires"] == []
