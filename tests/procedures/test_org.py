"""`org.*` and `school.*`: the organization, its settings and its schools."""

import re

import pytest
from world import Person, World, refused

GET, UPDATE = "org.get", "org.update"
DEFAULTS = {
    "progressOnUnenroll": "keep",
    "notifyBulk": False,
    "adminEmails": [],
    "schoolYearStart": "08-01",
    "tombstoneDays": 400,
    "certificateUrl": None,
}
ACME = {"id": "acme", "name": "Acme Academy", "timeZone": "America/New_York"}


async def test_members_see_their_organization_and_admins_its_settings(
    world: World, ada: Person, lou: Person
):
    assert await lou.call(GET) == await world.person("usr_ina").call(GET) == ACME
    assert await ada.call(GET) == {**ACME, "settings": DEFAULTS}
    assert (await world.person("usr_ben", "beta").call(GET))["id"] == "beta"


# S0-22, S4-35
async def test_everything_that_is_said_about_an_organization_is_kept(ada: Person):
    settings = {
        "progressOnUnenroll": "erase",
        "notifyBulk": True,
        "adminEmails": ["office@acme.example", "Head@acme.example"],
        "schoolYearStart": "09-01",
        "tombstoneDays": 30,
        "certificateUrl": "https://certificates.example/{enrollment}?of=acme",
    }
    said = {"name": "Acme", "timeZone": "Europe/Berlin", "settings": settings}
    assert await ada.call(UPDATE, **said) == {"id": "acme", **said}
    assert await ada.call(GET) == {"id": "acme", **said}


async def test_what_is_left_out_stays_and_null_takes_away(ada: Person):
    link = "https://certificates.example"
    first = await ada.call(UPDATE, settings={"certificateUrl": link, "tombstoneDays": 1})
    assert first == {**ACME, "settings": {**DEFAULTS, "certificateUrl": link, "tombstoneDays": 1}}
    assert await ada.call(UPDATE) == first
    second = await ada.call(UPDATE, settings={"certificateUrl": None})
    assert second["settings"] == {**DEFAULTS, "tombstoneDays": 1}


async def test_an_address_is_kept_once(ada: Person):
    emails = ["office@acme.example ", "OFFICE@acme.example"]
    org = await ada.call(UPDATE, settings={"adminEmails": emails})
    assert org["settings"]["adminEmails"] == ["OFFICE@acme.example"]


async def test_a_setting_counts_from_then_on(ada: Person, lia: Person):
    await ada.call(UPDATE, settings={"progressOnUnenroll": "resume"})
    await lia.call("enrollment.unenroll", courseId="crs_past")
    assert (await lia.call("enrollment.enroll", courseId="crs_past"))["progress"] == 50


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"timeZone": "Mars/Olympus"},
        {"timeZone": ""},
        {"timeZone": "../etc/passwd"},
        {"timeZone": "localtime"},
        {"timeZone": "Factory"},
        {"timeZone": "right/Europe/Berlin"},
        {"key": "other"},
        {"settings": {"progressOnUnenroll": "forget"}},
        {"settings": {"notifyBulk": "yes"}},
        {"settings": {"adminEmails": ["nobody"]}},
        {"settings": {"adminEmails": ["a@b.example\r\nbcc: c@d.example"]}},
        {"settings": {"schoolYearStart": "02-29"}},
        {"settings": {"schoolYearStart": "8-1"}},
        {"settings": {"schoolYearStart": "13-01"}},
        {"settings": {"tombstoneDays": -1}},
        {"settings": {"tombstoneDays": None}},
        {"settings": {"certificateUrl": "javascript:alert(1)"}},
        {"settings": {"certificateUrl": "https://"}},
        {"settings": {"certificateUrl": "https://[/"}},
        {"settings": {"certificateUrl": "https://c.example/{user}"}},
        {"settings": {"certificateUrl": "https://c.example/\n"}},
        {"settings": {"colour": "red"}},
    ],
)
async def test_a_wrong_setting_is_refused(world: World, ada: Person, wrong: dict):
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(UPDATE, **wrong)
    assert world.contents() == before


@pytest.mark.parametrize("user", ["usr_lia", "usr_tom", "usr_ina"])
@pytest.mark.parametrize(
    ("path", "given"), [(UPDATE, {"name": "Mine"}), ("school.create", {"name": "Mine"})]
)
async def test_only_admins_change_the_organization(world: World, user: str, path: str, given: dict):
    before = world.contents()
    with refused("FORBIDDEN", reason="admin_required"):
        await world.person(user).call(path, **given)
    assert world.contents() == before


@pytest.mark.parametrize("path", [GET, "school.list"])
async def test_who_is_no_member_sees_nothing_of_it(world: World, path: str):
    with refused("FORBIDDEN", reason="not_member"):
        await world.person("usr_pia").call(path)


# S1-19
async def test_members_see_the_schools_of_their_organization(world: World, lou: Person):
    main, annex = await lou.items("school.list")
    assert main == {
        "id": "sch_main",
        "name": "Acme",
        "type": "school",
        "parentId": None,
        "isDefault": True,
    }
    assert (annex["id"], annex["isDefault"]) == ("sch_annex", False)
    first = await lou.call("school.list", limit=1)
    assert (await lou.call("school.list", cursor=first["nextCursor"]))["items"] == [annex]
    of_beta = await world.person("usr_ben", "beta").items("school.list")
    assert [school["id"] for school in of_beta] == ["sch_beta"]


async def test_a_new_school_is_part_of_another_and_takes_courses(ada: Person):
    school = await ada.call("school.create", name="Arts", type="department", parentId="sch_annex")
    assert re.fullmatch(r"sch_[a-z0-9]{16}", school["id"])
    about = {"name": "Arts", "type": "department", "parentId": "sch_annex", "isDefault": False}
    assert school == {"id": school["id"], **about}
    course = await ada.call("course.create", title="Drawing", schoolId=school["id"])
    assert course["schoolId"] == school["id"]


async def test_the_key_of_a_school_is_given_once_in_an_organization(world: World, ada: Person):
    with refused("CONFLICT", reason="key_taken"):
        await ada.call("school.create", name="Again", key="sch_annex")
    bea = world.person("usr_bea", "beta")
    assert (await bea.call("school.create", name="Mine", key="sch_annex"))["id"] == "sch_annex"


@pytest.mark.parametrize("parent", ["sch_beta", "sch_none"])
async def test_an_unknown_or_foreign_parent_is_not_found(world: World, ada: Person, parent: str):
    before = world.contents()
    with refused("NOT_FOUND") as caught:
        await ada.call("school.create", name="Arts", parentId=parent)
    assert (caught.value.message, world.contents()) == ("no such school", before)


@pytest.mark.parametrize("wrong", [{"name": ""}, {"type": "shop"}, {"isDefault": True}])
async def test_a_wrong_school_is_not_made(ada: Person, wrong: dict):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call("school.create", **{"name": "New"} | wrong)
