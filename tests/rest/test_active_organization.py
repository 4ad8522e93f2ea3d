"""REST surfaces act in the active organization, whichever else the caller belongs to."""

import pytest
from world import World

ONEROSTER = "/ims/oneroster/rostering/v1p2/enrollments"


async def enrolled_in_beta(world: World) -> str:
    record = await world.person("usr_bob", "beta").call("enrollment.enroll", courseId="crs_beta")
    return record["id"]


@pytest.mark.parametrize(("method", "body"), [("DELETE", None), ("PATCH", {"enrollment": {}})])
async def test_a_record_of_another_own_organization_is_not_there(world: World, method, body):
    key = await enrolled_in_beta(world)
    for org, status in (("acme", 404), ("beta", 204 if body is None else 200)):
        headers = world.person("usr_bob", org).headers
        path = f"{ONEROSTER}/{key}"
        answer = await world.http.request(method, path, json=body, headers=headers)
        assert answer.status_code == status


async def test_a_class_of_another_own_organization_is_not_there(world: World):
    headers = world.person("usr_bob", "acme").headers
    user, place = {"sourcedId": "usr_bob"}, {"sourcedId": "sec_beta"}
    body = {"enrollment": {"role": "student", "user": user, "class": place}}
    answer = await world.http.post(ONEROSTER, json=body, headers=headers)
    assert answer.status_code == 404
    answer = await world.http.post(
        ONEROSTER, json=body, headers=world.person("usr_bob", "beta").headers
    )
    assert answer.status_code == 201


async def test_a_procedure_reaches_every_own_organization(world: World):
    key = await enrolled_in_beta(world)
    assert (await world.person("usr_bob", "acme").call("enrollment.get", id=key))["id"] == key
