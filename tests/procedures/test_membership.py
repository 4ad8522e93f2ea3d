"""`membership.*`: taking people in, verifying them, shutting them out."""

import re

import pytest
from world import NOW, Person, World, refused

ADD, VERIFY, REMOVE, LIST = (f"membership.{verb}" for verb in ("add", "verify", "remove", "list"))
NAMES = "membership.names"
EVERYBODY = {"usr_ada": "Ada Admin", "usr_tom": "Mr. Teacher", "usr_ina": "Ina", "usr_lia": "Lia"}
ENROLL = {"courseId": "crs_open"}


async def test_a_pending_member_may_nothing_until_verified(world: World, ada: Person):
    # S0-27, S0-30
    pia = world.person("usr_pia")
    with refused("FORBIDDEN", reason="not_member"):
        await pia.call("enrollment.enroll", **ENROLL)
    member = await ada.call(VERIFY, userId="usr_pia")
    assert (member["status"], member["verifiedAt"]) == ("active", NOW)
    assert (await pia.call("enrollment.enroll", **ENROLL))["userId"] == "usr_pia"


async def test_verifying_twice_keeps_the_first_instant(ada: Person):
    member = await ada.call(VERIFY, userId="usr_lia")
    assert member["verifiedAt"] == "2025-08-01T08:00:00.000Z"


async def test_an_unknown_address_gets_an_account(world: World, ada: Person):
    # S3-45
    member = await ada.call(
        ADD, email=" New.Person@acme.example ", role="learner", nameFirst="New", nameLast="Person"
    )
    key = member["userId"]
    assert re.fullmatch(r"usr_[a-z0-9]{16}", key)
    assert member == {
        "userId": key,
        "key": key,
        "schoolUid": "",
        "role": "learner",
        "status": "pending",
        "verifiedAt": None,
        "nameDisplay": "New Person",
    }
    stored = "select email, password_hash from account where key = :key"
    assert world.rows(stored, key=key) == [("New.Person@acme.example", None)]


@pytest.mark.parametrize("email", ["ben@beta.example", "BEN@Beta.Example", " ben@beta.example "])
async def test_a_known_address_is_the_same_person(world: World, ada: Person, email: str):
    member = await ada.call(ADD, email=email, role="instructor", nameFirst="Other")
    known = ("usr_ben", "pending", "")
    assert (member["userId"], member["status"], member["nameDisplay"]) == known
    await ada.call(VERIFY, userId="usr_ben")
    me = await world.person("usr_ben", "beta").call("auth.me")
    assert [(o["orgId"], o["role"], o["verified"]) for o in me["orgs"]] == [
        ("acme", "instructor", True),
        ("beta", "learner", True),
    ]


async def test_being_taken_in_twice_is_a_conflict(ada: Person):
    for given in ({"email": "lia@acme.example"}, {"userId": "usr_lia"}, {"userId": "usr_pia"}):
        with refused("CONFLICT", reason="already_member"):
            await ada.call(ADD, **given, role="learner")


@pytest.mark.parametrize("taken", [{"key": "usr_lia"}, {"schoolUid": "s1"}])
async def test_a_key_or_school_uid_is_taken_once(ada: Person, taken: dict):
    with refused("CONFLICT", reason="key_taken"):
        await ada.call(ADD, email="new@acme.example", role="learner", **taken)
    fresh = {"key": "k", "schoolUid": "s2"}
    member = await ada.call(ADD, email="new@acme.example", role="learner", **fresh)
    assert (member["key"], member["schoolUid"]) == ("k", "s2")


@pytest.mark.parametrize(
    "given",
    [
        {"role": "learner"},
        {"role": "learner", "email": "x@y.example", "userId": "usr_lia"},
        {"role": "owner", "email": "x@y.example"},
        {"role": "learner", "email": "nobody"},
        {"role": "learner", "email": "a b@c.example"},
        {"role": "learner", "email": "a@b.example, c@d.example"},
        {"role": "learner", "email": "a@b.example\r\nbcc: c@d.example"},
        {"role": "learner", "email": "\u212aate@acme.example"},
    ],
)
async def test_a_wrong_person_is_refused(world: World, ada: Person, given: dict):
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(ADD, **given)
    assert world.contents() == before


async def test_a_removed_member_comes_back_unverified(world: World, ada: Person, lia: Person):
    gone = await ada.call(REMOVE, userId="usr_lia")
    assert (gone["status"], gone["verifiedAt"]) == ("removed", None)
    assert (await lia.call("auth.me"))["orgs"] == []
    back = await ada.call(ADD, userId="usr_lia", role="instructor")
    assert (back["status"], back["role"], back["verifiedAt"]) == ("pending", "instructor", None)
    with refused("FORBIDDEN", reason="not_member"):
        await lia.call("enrollment.list")
    await ada.call(VERIFY, userId="usr_lia")
    assert "enr_lia" in [r["id"] for r in await lia.items("enrollment.list")]


@pytest.mark.parametrize("who", [{"userId": "usr_lia"}, {"email": "lia@acme.example"}])
async def test_a_removed_member_comes_back_under_the_names_that_are_given(
    ada: Person, who: dict[str, str]
):
    given: dict[str, str]
    for given in ({"key": "SIS-9"}, {"schoolUid": "s9"}, {}, {"key": "SIS-8", "schoolUid": "s8"}):
        gone = await ada.call(REMOVE, userId="usr_lia")
        back = await ada.call(ADD, **who, role="learner", **given)
        names = {name: gone[name] for name in ("key", "schoolUid")}
        assert {name: back[name] for name in names} == names | given


@pytest.mark.parametrize("taken", [{"key": "usr_leo"}, {"schoolUid": "s9"}])
async def test_a_removed_member_comes_back_under_no_name_of_another(
    world: World, ada: Person, taken: dict[str, str]
):
    await ada.call(ADD, email="new@acme.example", role="learner", schoolUid="s9")
    await ada.call(REMOVE, userId="usr_lia")
    before = world.contents()
    with refused("CONFLICT", reason="key_taken"):
        await ada.call(ADD, userId="usr_lia", role="learner", **taken)
    assert world.contents() == before


@pytest.mark.parametrize("path", [VERIFY, REMOVE])
async def test_who_has_been_removed_is_not_there(ada: Person, path: str):
    await ada.call(REMOVE, userId="usr_lia")
    with refused("NOT_FOUND", reason="user"):
        await ada.call(path, userId="usr_lia")


async def test_the_last_admin_stays(world: World, ada: Person):
    before = world.contents()
    with refused("CONFLICT", reason="last_admin"):
        await ada.call(REMOVE, userId="usr_ada")
    assert world.contents() == before
    bea = await ada.call(ADD, email="bea@beta.example", role="admin")
    with refused("CONFLICT", reason="last_admin"):
        await ada.call(REMOVE, userId="usr_ada")
    await ada.call(VERIFY, userId=bea["userId"])
    assert (await ada.call(REMOVE, userId="usr_ada"))["status"] == "removed"
    with refused("FORBIDDEN", reason="not_member"):
        await ada.call(LIST)


async def test_an_admin_who_is_not_verified_is_no_last_admin(ada: Person):
    bea = await ada.call(ADD, email="bea@beta.example", role="admin")
    assert (await ada.call(REMOVE, userId=bea["userId"]))["status"] == "removed"


async def test_members_are_listed_filtered_and_walked(ada: Person):
    everyone = await ada.items(LIST)
    assert [m["userId"] for m in everyone][:3] == ["usr_ada", "usr_tom", "usr_ina"]
    assert [m["nameDisplay"] for m in everyone][:2] == ["Ada Admin", "Mr. Teacher"]
    staff = [m["userId"] for m in await ada.items(LIST, role=["admin", "instructor"])]
    assert staff == ["usr_ada", "usr_ina"]
    assert [m["userId"] for m in await ada.items(LIST, status=["pending"])] == ["usr_pia"]
    first = await ada.call(LIST, limit=4)
    rest = await ada.call(LIST, limit=200, cursor=first["nextCursor"])
    assert first["items"] + rest["items"] == everyone


async def test_another_organization_has_members_of_its_own(world: World):
    members = await world.person("usr_bea", "beta").items(LIST)
    assert [m["userId"] for m in members] == ["usr_bob", "usr_bea", "usr_ben"]


@pytest.mark.parametrize(
    ("user", "org", "named"),
    [
        ("usr_ada", "acme", EVERYBODY),
        ("usr_tom", "acme", {"usr_tom": "Mr. Teacher", "usr_lia": "Lia"}),
        ("usr_lia", "acme", {"usr_lia": "Lia"}),
        ("usr_ina", "acme", {"usr_ina": "Ina"}),
        ("usr_bea", "beta", {}),
    ],
)
async def test_whoever_may_see_a_record_may_know_whose_it_is(
    world: World, user: str, org: str, named: dict[str, str]
):
    asked = ["usr_ina", "usr_lia", "usr_tom", "usr_ada", "usr_nobody", "usr_lia"]
    shown = await world.person(user, org).call(NAMES, userIds=[*asked, "usr_nil"])
    people = [(one["userId"], one["nameDisplay"]) for one in shown["items"]]
    assert sorted(people) == sorted(named.items())


async def test_who_has_left_can_still_be_named_by_the_teacher(world: World, tom: Person):
    lia = world.person("usr_lia")
    await lia.call("enrollment.unenroll", courseId="crs_past")
    assert (await tom.call(NAMES, userIds=["usr_lia"]))["items"] == [
        {"userId": "usr_lia", "nameDisplay": "Lia"}
    ]
    world.change("update enrollment set status = 'archived' where key = 'enr_tom'")
    assert (await tom.call(NAMES, userIds=["usr_lia"]))["items"] == []


@pytest.mark.parametrize("count", [0, 200, 201])
async def test_at_most_200_people_are_named_at_once(ada: Person, count: int):
    ids = {"userIds": [f"usr_{n}" for n in range(count)]}
    if count <= 200:
        assert (await ada.call(NAMES, **ids))["items"] == []
    else:
        with refused("BAD_REQUEST", reason="invalid_input"):
            await ada.call(NAMES, **ids)


@pytest.mark.parametrize("user", ["usr_lia", "usr_tom", "usr_ina"])
@pytest.mark.parametrize(
    ("path", "given"),
    [
        (ADD, {"email": "new@acme.example", "role": "admin"}),
        (VERIFY, {"userId": "usr_pia"}),
        (REMOVE, {"userId": "usr_ada"}),
        (LIST, {}),
    ],
)
async def test_only_admins_manage_members(world: World, user: str, path: str, given: dict):
    with refused("FORBIDDEN", reason="admin_required"):
        await world.person(user).call(path, **given)
