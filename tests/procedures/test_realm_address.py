"""Records named by person and section or group; roles that shall stay; codes of one place only."""

import pytest
from world import Person, World, refused

GET, UPDATE, LEAVE = "enrollment.get", "enrollment.update", "enrollment.unenroll"
HERE = {"realmId": "sec_past"}


async def test_staff_name_a_record_by_person_and_realm(tom: Person):
    assert (await tom.call(GET, **HERE, userId="usr_lia"))["id"] == "enr_lia"
    changed = await tom.call(UPDATE, **HERE, userId="usr_lia", status="suspended")
    assert (changed["id"], changed["status"]) == ("enr_lia", "suspended")
    gone = await tom.call(LEAVE, **HERE, userId="usr_lia")
    assert gone["id"] == "enr_lia"
    with refused("NOT_FOUND"):
        await tom.call(LEAVE, **HERE, userId="usr_lia")


async def test_without_a_person_it_is_the_callers_record(lia: Person, lou: Person):
    assert (await lia.call(GET, **HERE))["id"] == "enr_lia"
    with refused("NOT_FOUND"):
        await lou.call(GET, **HERE)


async def test_who_is_no_staff_of_the_realm_names_nobody_there(lia: Person, tom: Person):
    for person in ("usr_tom", "usr_nobody"):
        with refused("FORBIDDEN", reason="admin_required"):
            await lia.call(GET, **HERE, userId=person)
    with refused("FORBIDDEN", reason="admin_required"):
        await tom.call(GET, realmId="sec_eve", userId="usr_leo")


async def test_a_foreign_realm_is_as_unknown_as_one_that_is_not_there(ada: Person):
    for realm in ("sec_beta", "sec_nowhere"):
        with refused("NOT_FOUND"):
            await ada.call(GET, realmId=realm, userId="usr_ben")


async def test_a_record_has_one_address(ada: Person):
    for given in ({}, {**HERE, "id": "enr_lia"}, {**HERE, "courseId": "crs_past"}):
        with refused("BAD_REQUEST", reason="invalid_input"):
            await ada.call(GET, **given)


async def test_of_several_records_in_a_realm_the_live_one_is_meant(ada: Person):
    await ada.call(UPDATE, id="enr_lia", status="archived")
    new = await ada.call("enrollment.enroll", **HERE, userId="usr_lia")
    assert (await ada.call(GET, **HERE, userId="usr_lia"))["id"] == new["id"]
    await ada.call(LEAVE, **HERE, userId="usr_lia")
    assert (await ada.call(GET, **HERE, userId="usr_lia"))["id"] == "enr_lia"
    with refused("NOT_FOUND"):
        await ada.call(LEAVE, **HERE, userId="usr_lia")


async def test_a_bulk_changes_and_ends_records_by_person_and_realm(ada: Person):
    items = [
        {"op": "upsert", "realmId": "sec_red", "userId": "usr_lou"},
        {"op": "update", "realmId": "sec_red", "userId": "usr_lou", "status": "suspended"},
        {"op": "delete", "realmId": "sec_red", "userId": "usr_lou"},
        {"op": "delete", "realmId": "sec_red", "userId": "usr_lou"},
    ]
    results = (await ada.call("enrollment.bulk", items=items))["results"]
    assert [r["ok"] for r in results] == [True, True, True, False]
    assert len({r["record"]["id"] for r in results[:3]}) == 1
    assert results[3]["code"] == "NOT_FOUND"


async def test_a_role_that_shall_stay_stays(ada: Person):
    ours = {"role": "teacher", "unlessRole": ["teacher", "administrator"]}
    await ada.call(UPDATE, id="enr_tom", role="administrator")
    same = await ada.call(UPDATE, id="enr_tom", **ours)
    assert (same["role"], same["version"]) == ("administrator", 2)
    changed = await ada.call(UPDATE, id="enr_lia", **ours)
    assert (changed["role"], changed["version"]) == ("teacher", 2)
    item = {"op": "upsert", **HERE, "userId": "usr_tom", **ours}
    [result] = (await ada.call("enrollment.bulk", items=[item]))["results"]
    assert (result["record"]["role"], result["record"]["version"]) == ("administrator", 2)


@pytest.mark.parametrize(
    "other",
    [{"realmKind": "group"}, {"orgId": "beta"}, {"orgId": "nowhere"}, {"realmId": "grp_open"}],
)
async def test_a_code_of_another_place_is_an_unknown_one(world: World, lou: Person, other: dict):
    world.change("update realm set access_code = 'VCVKF-4MJG9' where key = 'sec_red'")
    before = world.value("select count(*) from enrollment")
    with refused("NOT_FOUND"):
        await lou.call("enrollment.redeemCode", code="VCVKF-4MJG9", **other)
    assert world.value("select count(*) from enrollment") == before
    meant = {"realmKind": "section", "orgId": "acme", "realmId": "sec_red"}
    record = await lou.call("enrollment.redeemCode", code="VCVKF-4MJG9", **meant)
    assert record["realmId"] == "sec_red"
