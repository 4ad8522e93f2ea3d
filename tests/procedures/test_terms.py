"""`term.*`: academic sessions, each inside a longer one or by itself."""

import re

import pytest
from world import Person, World, refused

CREATE, LIST = "term.create", "term.list"
YEAR = {
    "title": "2025-2026",
    "kind": "schoolYear",
    "startDate": "2025-08-01",
    "endDate": "2026-07-31",
}
FALL = {"title": "Fall", "kind": "semester", "startDate": "2025-08-01", "endDate": "2025-12-31"}
ONE_DAY = {
    "title": "Day",
    "kind": "gradingPeriod",
    "startDate": "2025-09-01",
    "endDate": "2025-09-01",
}


# S1-12, S2-60
async def test_a_term_has_what_was_said_and_the_default_school(ada: Person):
    term = await ada.call(CREATE, **YEAR, schoolYear="2026")
    assert re.fullmatch(r"trm_[a-z0-9]{16}", term.pop("id"))
    assert term == {**YEAR, "schoolYear": "2026", "parentId": None, "schoolId": "sch_main"}


async def test_a_term_inside_another_takes_school_and_year_from_it(ada: Person):
    year = await ada.call(CREATE, **YEAR, key="trm_y", schoolYear="2026", schoolId="sch_annex")
    fall = await ada.call(CREATE, **FALL, parentId=year["id"])
    assert (fall["parentId"], fall["schoolYear"], fall["schoolId"]) == (
        "trm_y",
        "2026",
        "sch_annex",
    )
    day = await ada.call(CREATE, **ONE_DAY, parentId=fall["id"])
    assert (day["parentId"], day["schoolYear"]) == (fall["id"], "2026")


@pytest.mark.parametrize(
    "given",
    [
        {"startDate": "2025-07-31"},
        {"endDate": "2026-08-01"},
        {"kind": "schoolYear"},
        {"schoolId": "sch_annex"},
    ],
)
async def test_a_term_that_is_not_inside_its_parent_is_refused(world: World, ada: Person, given):
    await ada.call(CREATE, **YEAR, key="trm_y")
    before = world.contents()
    with refused("BAD_REQUEST", reason="outside_parent"):
        await ada.call(CREATE, **FALL | given, parentId="trm_y")
    assert world.contents() == before
    whole = FALL | {"endDate": YEAR["endDate"]}
    term = await ada.call(CREATE, **whole, parentId="trm_y", schoolId="sch_main")
    assert term["parentId"] == "trm_y"


async def test_a_longer_session_is_not_inside_a_shorter_one(ada: Person):
    await ada.call(CREATE, **FALL, key="trm_f")
    with refused("BAD_REQUEST", reason="outside_parent"):
        await ada.call(CREATE, **ONE_DAY | {"kind": "schoolYear"}, parentId="trm_f")


@pytest.mark.parametrize("parent", ["trm_beta", "trm_none"])
async def test_an_unknown_or_foreign_parent_is_not_found(ada: Person, parent: str):
    with refused("NOT_FOUND", reason="term"):
        await ada.call(CREATE, **FALL, parentId=parent)


@pytest.mark.parametrize("school", ["sch_beta", "sch_none"])
async def test_an_unknown_or_foreign_school_is_not_found(ada: Person, school: str):
    with refused("NOT_FOUND") as caught:
        await ada.call(CREATE, **FALL, schoolId=school)
    assert caught.value.message == "no such school"


async def test_a_title_is_given_once_in_a_school_and_kind(ada: Person):
    await ada.call(CREATE, **FALL)
    with refused("CONFLICT", reason="term_taken"):
        await ada.call(CREATE, **FALL | {"endDate": "2025-12-30"})
    assert (await ada.call(CREATE, **FALL, schoolId="sch_annex"))["title"] == "Fall"
    assert (await ada.call(CREATE, **FALL | {"kind": "term"}))["kind"] == "term"


async def test_a_key_is_given_once_in_an_organization(world: World, ada: Person):
    await ada.call(CREATE, **YEAR, key="trm_beta")
    with refused("CONFLICT", reason="key_taken"):
        await ada.call(CREATE, **FALL, key="trm_beta")
    with refused("CONFLICT", reason="key_taken"):
        await world.person("usr_bea", "beta").call(CREATE, **FALL, key="trm_beta")


@pytest.mark.parametrize(
    "wrong",
    [
        {"endDate": "2025-07-31"},
        {"startDate": "2025-02-29"},
        {"startDate": "1 August 2025"},
        {"startDate": "2025-08-01T00:00:00Z"},
        {"kind": "week"},
        {"schoolYear": "26"},
        {"schoolYear": "2026\n"},
        {"title": ""},
    ],
)
async def test_a_wrong_term_is_not_made(world: World, ada: Person, wrong: dict):
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(CREATE, **FALL | wrong)
    assert world.contents() == before


@pytest.mark.parametrize("user", ["usr_lia", "usr_tom", "usr_ina"])
async def test_only_admins_make_terms(world: World, user: str):
    with refused("FORBIDDEN", reason="admin_required"):
        await world.person(user).call(CREATE, **FALL)


async def test_members_see_the_terms_of_their_organization(world: World, ada: Person, lou: Person):
    assert await lou.items(LIST) == []
    year = await ada.call(CREATE, **YEAR, schoolId="sch_annex")
    fall = await ada.call(CREATE, **FALL)
    assert await lou.items(LIST) == [year, fall]
    assert await lou.items(LIST, kind="semester") == [fall]
    assert await lou.items(LIST, schoolId="sch_annex") == [year]
    assert await lou.items(LIST, schoolId="sch_beta") == []
    first = await lou.call(LIST, limit=1)
    assert (await lou.call(LIST, cursor=first["nextCursor"]))["items"] == [fall]
    of_beta = await world.person("usr_ben", "beta").items(LIST)
    assert [term["id"] for term in of_beta] == ["trm_beta"]


# S1-11, S1-12
async def test_the_terms_made_on_demand_are_listed(ada: Person, lou: Person):
    record = await lou.call("enrollment.enroll", courseId="crs_open")
    year, term = await ada.items(LIST)
    assert (year["kind"], year["schoolYear"], term["parentId"]) == (
        "schoolYear",
        "2026",
        year["id"],
    )
    section = await ada.call("realm.get", realmId=record["realmId"])
    assert (section["isDefault"], section["termIds"]) == (True, [term["id"]])


async def test_who_is_no_member_sees_no_terms(world: World):
    with refused("FORBIDDEN", reason="not_member"):
        await world.person("usr_pia").call(LIST)
