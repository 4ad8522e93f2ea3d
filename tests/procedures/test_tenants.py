"""Tenants: what is foreign and what never existed answer alike, byte for byte but for the id."""

import pytest
from world import Person, World, refused

ENROLL = "enrollment.enroll"
COURSES, RECORDS, REALMS = (
    ("crs_beta", "crs_none_"),
    ("enr_beta", "enr_none"),
    ("sec_beta", "sec_none"),
)
USERS, ORGS = ("usr_ben", "usr_non"), ("beta", "none")


def tokens_of(world: World) -> tuple[str, str]:
    """The key of somebody else's token, and one as long that never was."""
    key = world.value(
        "select t.key from token t join account a on a.id = user_id and a.key = 'usr_lou'"
    )
    return key, "tok_" + "2" * 16


async def alike(world: World, ask: tuple, ids: tuple[str, str]) -> set[tuple[int, str]]:
    """The distinct answers to the two ids; nothing may be written."""
    user, path, field, more = ask
    before, answers = world.contents(), set()
    for id in ids:
        answer = await world.person(user).post(path, json={field: id, **more})
        answers.add((answer.status_code, answer.text.replace(id, "*")))
    assert world.contents() == before
    return answers


@pytest.mark.parametrize("user", ["usr_lia", "usr_ada", "usr_ina"])
@pytest.mark.parametrize(
    "path", [ENROLL, "enrollment.unenroll", "enrollment.get", "enrollment.history"]
)
async def test_enrollments_by_course_are_forbidden(world: World, user: str, path: str):
    [(status, text)] = await alike(world, (user, path, "courseId", {}), COURSES)
    assert status == 403
    assert '"reason":"not_member"' in text


@pytest.mark.parametrize("user", ["usr_lia", "usr_ada"])
@pytest.mark.parametrize("path", ["enrollment.get", "enrollment.unenroll", "enrollment.history"])
async def test_records_are_not_found(world: World, user: str, path: str):
    [(status, _)] = await alike(world, (user, path, "id", {}), RECORDS)
    assert status == 404


@pytest.mark.parametrize("more", [{}, {"userId": "usr_lia", "force": True}])
async def test_sections_are_not_found(world: World, more: dict):
    [(status, _)] = await alike(world, ("usr_ada", ENROLL, "realmId", more), REALMS)
    assert status == 404


@pytest.mark.parametrize("user", ["usr_lia", "usr_ada"])
@pytest.mark.parametrize(
    "path", ["course.get", "course.update", "course.publish", "course.unpublish", "course.archive"]
)
async def test_courses_are_not_found(world: World, user: str, path: str):
    [(status, _)] = await alike(world, (user, path, "courseId", {}), COURSES)
    assert status == 404


@pytest.mark.parametrize("path", ["membership.verify", "membership.remove"])
async def test_people_are_not_found(world: World, path: str):
    [(status, _)] = await alike(world, ("usr_ada", path, "userId", {}), USERS)
    assert status == 404


@pytest.mark.parametrize("course", ["crs_open", "crs_past"])
async def test_people_to_enroll_are_not_found(world: World, course: str):
    ask = ("usr_ada", ENROLL, "userId", {"courseId": course})
    [(status, _)] = await alike(world, ask, USERS)
    assert status == 404


async def test_people_to_readmit_are_not_found(world: World):
    ask = ("usr_ada", "membership.add", "userId", {"role": "learner"})
    [(status, _)] = await alike(world, ask, USERS)
    assert status == 404


async def test_an_organization_to_use_is_forbidden(world: World):
    before, answers = world.contents(), set()
    for id in ORGS:
        answer = await world.browser("usr_lia").post("auth.useOrg", json={"orgId": id})
        answers.add((answer.status_code, answer.text))
    [(status, _)] = answers
    assert (status, world.contents()) == (403, before)


async def test_the_token_of_somebody_else_is_not_found(world: World):
    ask = ("usr_lia", "auth.revokeToken", "id", {})
    [(status, _)] = await alike(world, ask, tokens_of(world))
    assert status == 404


@pytest.mark.parametrize(
    "given", [{"courseId": "crs_beta"}, {"realmId": "sec_beta"}, {"userId": "usr_ben"}]
)
async def test_a_list_of_what_is_foreign_is_empty(ada: Person, given: dict):
    page = await ada.call("enrollment.list", **given)
    assert page == {"items": [], "total": 0, "nextCursor": None}


async def test_the_own_record_of_that_name_is_found(world: World):
    """The refusals above are not for want of the procedure."""
    ben = world.person("usr_ben", "beta")
    assert (await ben.call("enrollment.get", id="enr_beta"))["userId"] == "usr_ben"
    assert (await ben.call("course.get", courseId="crs_beta"))["title"] == "Of Beta"


@pytest.mark.parametrize(("org", "title"), [("acme", "Acme"), ("beta", "Beta")])
async def test_a_key_two_organizations_have_means_the_active_one(
    world: World, org: str, title: str
):
    bob = world.person("usr_bob", org)
    found = await bob.call("course.get", courseId="crs_same")
    assert found["title"] == f"Same key, of {title}"
    record = await bob.call(ENROLL, courseId="crs_same")
    where = "select o.key from enrollment e join org o on o.id = e.org_id where e.key = :id"
    assert world.value(where, id=record["id"]) == org


async def test_in_both_organizations_the_person_has_a_record_of_their_own(world: World):
    for org in ("acme", "beta"):
        await world.person("usr_bob", org).call(ENROLL, courseId="crs_same")
    with refused("CONFLICT", reason="already_enrolled"):
        await world.person("usr_bob", "acme").call(ENROLL, courseId="crs_same")


async def test_a_key_of_one_of_the_own_organizations_is_found_from_the_other(world: World):
    bob = world.person("usr_bob", "acme")
    assert (await bob.call(ENROLL, courseId="crs_beta"))["courseId"] == "crs_beta"


async def test_a_record_key_two_organizations_have_means_the_active_one(world: World):
    records = {}
    for org in ("acme", "beta"):
        bob = world.person("usr_bob", org)
        records[org] = await bob.call(ENROLL, courseId="crs_same", key="enr_same")
    for org, record in records.items():
        found = await world.person("usr_bob", org).call("enrollment.get", id="enr_same")
        assert found == record


async def test_what_the_client_says_about_its_organization_counts_for_nothing(lia: Person):
    # S0-28
    with refused("BAD_REQUEST", reason="invalid_input"):
        await lia.call(ENROLL, courseId="crs_beta", orgId="beta")


async def test_a_removed_member_is_out_at_once(world: World, lia: Person, ada: Person):
    browser = world.browser("usr_lia")
    assert (await browser.call("enrollment.get", id="enr_lia"))["userId"] == "usr_lia"
    await ada.call("membership.remove", userId="usr_lia")
    for person in (lia, browser):
        with refused("FORBIDDEN", reason="not_member"):
            await person.call(ENROLL, courseId="crs_open")
        with refused("NOT_FOUND"):
            await person.call("enrollment.get", id="enr_lia")
        with refused("FORBIDDEN", reason="not_member"):
            await person.call("enrollment.list")


async def test_the_records_of_a_removed_member_stay(ada: Person):
    await ada.call("membership.remove", userId="usr_lia")
    assert (await ada.call("enrollment.get", id="enr_lia"))["status"] == "active"
