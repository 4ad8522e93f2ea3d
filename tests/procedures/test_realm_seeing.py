"""Who sees which section, which group, and which access code."""

import pytest
from world import Person, World, refused

UPDATE, GET, LIST = (f"realm.{verb}" for verb in ("update", "get", "list"))
CODE = {"accessCode", "codeExpiresAt", "codeMaxUses", "codeUses"}


async def keys(person: Person, **given) -> list[str]:
    return [realm["id"] for realm in await person.items(LIST, **given)]


async def test_staff_see_every_section_and_group_with_its_code(world: World, ada: Person):
    realms = await ada.items(LIST)
    assert [realm["id"] for realm in realms][:3] == ["sec_red", "sec_blue", "sec_past"]
    assert {"sec_shut", "grp_closed"} < {realm["id"] for realm in realms}
    assert all(realm.keys() > CODE for realm in realms)
    assert await world.person("usr_ina").items(LIST) == realms


async def test_a_learner_sees_what_is_open_and_the_own_places(lou: Person, lia: Person):
    seen = {"sec_red", "sec_blue", "sec_past", "sec_eve", "sec_club", "sec_once", "sec_done"}
    seen |= {"sec_left", "sec_held", "sec_over", "grp_open", "grp_ask"}
    assert set(await keys(lou)) == set(await keys(lia)) == seen
    for hidden in ("sec_shut", "grp_code", "grp_closed"):
        with refused("NOT_FOUND"):
            await lou.call(GET, realmId=hidden)
    assert (await lou.call(GET, realmId="grp_ask"))["title"] == "Choir"


async def test_who_has_a_place_sees_it_whatever_becomes_of_it(ada: Person, lou: Person):
    for realm in ("grp_closed", "sec_red"):
        await ada.call("enrollment.enroll", realmId=realm, userId="usr_lou")
    await ada.call(UPDATE, realmId="grp_closed", status="archived")
    await ada.call("course.unpublish", courseId="crs_multi")
    assert {"grp_closed", "sec_red"} <= set(await keys(lou))
    assert "sec_blue" not in await keys(lou)
    [record] = [r for r in await lou.items("enrollment.list") if r["realmId"] == "grp_closed"]
    await lou.call("enrollment.unenroll", id=record["id"])
    with refused("NOT_FOUND"):
        await lou.call(GET, realmId="grp_closed")


async def test_only_its_staff_see_the_code_of_a_section(world: World, ada: Person, tom: Person):
    coded = await ada.call("realm.rotateCode", realmId="sec_past")
    assert await tom.call(GET, realmId="sec_past") == coded
    for user in ("usr_lia", "usr_lou"):
        seen = await world.person(user).call(GET, realmId="sec_past")
        assert seen == {name: value for name, value in coded.items() if name not in CODE}
        assert coded["accessCode"] not in str(await world.person(user).items(LIST))
    mine = {realm["id"]: realm.keys() & CODE for realm in await tom.items(LIST)}
    assert {id for id, shown in mine.items() if shown} == {"sec_past"}


async def test_sections_and_groups_are_listed_filtered_and_walked(ada: Person):
    assert await keys(ada, courseId="crs_past") == ["sec_past", "sec_eve", "sec_shut"]
    assert await keys(ada, courseId="crs_past", status="archived") == ["sec_shut"]
    assert await keys(ada, kind="group") == ["grp_open", "grp_ask", "grp_code", "grp_closed"]
    assert await keys(ada, courseId="crs_beta") == []
    first = await ada.call(LIST, limit=4)
    rest = await ada.call(LIST, limit=200, cursor=first["nextCursor"])
    assert first["items"] + rest["items"] == await ada.items(LIST)


@pytest.mark.parametrize(("path"), [GET, UPDATE, "realm.rotateCode"])
@pytest.mark.parametrize("user", ["usr_ada", "usr_lia"])
async def test_what_is_foreign_and_what_never_was_answer_alike(world: World, user: str, path: str):
    before, answers = world.contents(), set()
    for realm in ("sec_beta", "sec_none"):
        answer = await world.person(user).post(path, json={"realmId": realm})
        answers.add((answer.status_code, answer.text))
    [(status, _)] = answers
    assert (status, world.contents()) == (404, before)


async def test_another_organization_has_realms_of_its_own(world: World):
    ben = world.person("usr_ben", "beta")
    assert await keys(ben) == ["sec_beta"]
    assert (await ben.call(GET, realmId="sec_beta"))["termIds"] == ["trm_beta"]
