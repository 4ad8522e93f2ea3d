"""`realm.*`: sections and groups, made and changed by staff, shown to those they concern."""

import re

import pytest
from world import Person, World, refused

CREATE, UPDATE, GET = (f"realm.{verb}" for verb in ("create", "update", "get"))
CODE = {"accessCode": None, "codeExpiresAt": None, "codeMaxUses": None, "codeUses": 0}


@pytest.fixture
def ina(world: World) -> Person:
    """An instructor of acme."""
    return world.person("usr_ina")


# S2-01, S2-03: enrollments are in sections and in groups
async def test_a_new_section_is_of_its_course_and_takes_the_rest_from_it(ina: Person):
    realm = await ina.call(CREATE, courseId="crs_open", title="Mornings")
    assert re.fullmatch(r"sec_[a-z0-9]{16}", realm.pop("id"))
    assert realm == {
        "kind": "section",
        "title": "Mornings",
        "courseId": "crs_open",
        "schoolId": "sch_main",
        "isDefault": False,
        "sectionCode": None,
        "sectionSchoolCode": None,
        "classType": "scheduled",
        "joinPolicy": None,
        "capacity": None,
        "waitlist": False,
        "pictureUrl": None,
        "status": "active",
        "termIds": [],
        **CODE,
    }


async def test_a_new_section_is_of_the_school_of_its_course(ada: Person):
    course = await ada.call("course.create", title="Away", schoolId="sch_annex")
    section = await ada.call(CREATE, kind="section", courseId=course["id"], title="S")
    assert section["schoolId"] == "sch_annex"


async def test_a_new_group_is_of_no_course_and_by_invitation(ina: Person, lou: Person):
    realm = await ina.call(CREATE, title="Band")
    assert re.fullmatch(r"grp_[a-z0-9]{16}", realm["id"])
    assert (realm["kind"], realm["courseId"], realm["joinPolicy"]) == ("group", None, "invite")
    with refused("FORBIDDEN", reason="invite_only"):
        await lou.call("enrollment.enroll", realmId=realm["id"])


@pytest.mark.parametrize(("policy", "status"), [("open", "active"), ("request", "requested")])
async def test_the_join_policy_of_a_group_counts(ina: Person, lou: Person, policy, status):
    realm = await ina.call(CREATE, title="Band", joinPolicy=policy)
    record = await lou.call("enrollment.enroll", realmId=realm["id"])
    assert (record["status"], record["courseId"]) == (status, None)


async def test_a_section_may_have_a_join_policy_of_its_own(ina: Person, lou: Person):
    realm = await ina.call(CREATE, courseId="crs_club", title="Open day", joinPolicy="open")
    assert (await lou.call("enrollment.enroll", realmId=realm["id"]))["status"] == "active"


async def test_everything_that_is_said_about_a_section_is_kept(ada: Person):
    said = {
        "schoolId": "sch_annex",
        "sectionCode": "SC101",
        "sectionSchoolCode": "23",
        "classType": "homeroom",
        "joinPolicy": "request",
        "capacity": 3,
        "waitlist": True,
        "pictureUrl": "/s.png",
    }
    about = {"kind": "section", "courseId": "crs_open", "title": "S"}
    realm = await ada.call(CREATE, key="sec_new", **about, **said)
    assert realm == {**realm, **about, **said, "id": "sec_new"}
    assert await ada.call(GET, realmId="sec_new") == realm


async def test_what_is_left_out_stays_and_null_takes_away(ada: Person):
    before = await ada.call(CREATE, courseId="crs_open", title="S", capacity=3, sectionCode="A")
    at = {"realmId": before["id"]}
    assert await ada.call(UPDATE, **at, title="T") == {**before, "title": "T"}
    after = await ada.call(UPDATE, **at, capacity=None, sectionCode=None)
    assert after == {**before, "title": "T", "capacity": None, "sectionCode": None}
    assert await ada.call(UPDATE, **at) == after


async def test_a_group_without_policy_is_by_invitation_again(ada: Person):
    realm = await ada.call(UPDATE, realmId="grp_open", joinPolicy=None)
    assert realm["joinPolicy"] == "invite"


async def test_an_archived_section_takes_nobody(ada: Person, lou: Person):
    realm = await ada.call(UPDATE, realmId="sec_red", status="archived")
    assert realm["status"] == "archived"
    with refused("BAD_REQUEST", reason="not_published"):
        await lou.call("enrollment.enroll", realmId="sec_red")
    await ada.call(UPDATE, realmId="sec_red", status="active")
    assert (await lou.call("enrollment.enroll", realmId="sec_red"))["status"] == "active"


# K-001: capacity raised promotes, in order, in the same transaction
async def test_more_seats_let_those_in_who_wait(world: World, ada: Person):
    await ada.call(UPDATE, realmId="sec_red", capacity=0, waitlist=True)
    line = [world.person(user) for user in ("usr_lou", "usr_leo", "usr_lia")]
    records = [await person.call("enrollment.enroll", realmId="sec_red") for person in line]
    assert [r["position"] for r in records] == [1, 2, 3]
    await ada.call(UPDATE, realmId="sec_red", capacity=2)
    now = [await ada.call("enrollment.get", id=record["id"]) for record in records]
    assert [(r["status"], r["position"]) for r in now] == [
        ("active", None),
        ("active", None),
        ("waitlisted", 1),
    ]
    mails = "select recipient from outbox where template = 'promoted' order by id"
    assert world.rows(mails) == [("lou@acme.example",), ("leo@acme.example",)]
    await ada.call(UPDATE, realmId="sec_red", capacity=None)
    assert (await ada.call("enrollment.get", id=records[2]["id"]))["status"] == "active"


async def test_fewer_seats_shut_nobody_out(ada: Person, lou: Person):
    record = await lou.call("enrollment.enroll", realmId="sec_red")
    await ada.call(UPDATE, realmId="sec_red", capacity=0)
    assert (await lou.call("enrollment.get", id=record["id"]))["status"] == "active"


@pytest.fixture
async def terms(ada: Person) -> list[str]:
    """Two terms of acme."""
    for key, days in (
        ("trm_1", ("2025-08-01", "2025-12-31")),
        ("trm_2", ("2026-01-01", "2026-07-31")),
    ):
        about = {"key": key, "title": key, "kind": "term"}
        await ada.call("term.create", **about, startDate=days[0], endDate=days[1])
    return ["trm_1", "trm_2"]


async def test_a_section_is_in_the_terms_it_is_said_to_be_in(ada: Person, terms: list[str]):
    realm = await ada.call(
        CREATE, courseId="crs_open", title="S", termIds=[*reversed(terms), "trm_1"]
    )
    assert realm["termIds"] == terms
    at = {"realmId": realm["id"]}
    assert (await ada.call(UPDATE, **at, title="T"))["termIds"] == terms
    assert (await ada.call(UPDATE, **at, termIds=["trm_2"]))["termIds"] == ["trm_2"]
    assert (await ada.call(UPDATE, **at, termIds=[]))["termIds"] == []


@pytest.mark.parametrize("term", ["trm_beta", "trm_none"])
async def test_an_unknown_or_foreign_term_is_not_found(world: World, ada: Person, term: str):
    before = world.contents()
    for path, given in (
        (CREATE, {"courseId": "crs_open", "title": "S"}),
        (UPDATE, {"realmId": "sec_red", "title": "S"}),
    ):
        with refused("NOT_FOUND", reason="term"):
            await ada.call(path, **given, termIds=[term])
    assert world.contents() == before


# S2-61: codes find the sections of the grading periods, so they must tell them apart
async def test_a_section_code_is_given_once_in_a_course_and_term(ada: Person, terms: list[str]):
    section = {"courseId": "crs_open", "title": "S", "sectionCode": "A"}
    first = await ada.call(CREATE, **section, termIds=["trm_1"])
    with refused("CONFLICT", reason="code_taken"):
        await ada.call(CREATE, **section, termIds=terms)
    second = await ada.call(CREATE, **section, termIds=["trm_2"])
    with refused("CONFLICT", reason="code_taken"):
        await ada.call(UPDATE, realmId=second["id"], termIds=["trm_1"])
    other = await ada.call(CREATE, **section | {"sectionCode": "B"}, termIds=["trm_1"])
    with refused("CONFLICT", reason="code_taken"):
        await ada.call(UPDATE, realmId=other["id"], sectionCode="A")
    elsewhere = await ada.call(CREATE, **section | {"courseId": "crs_maths"}, termIds=["trm_1"])
    assert len({first["id"], second["id"], other["id"], elsewhere["id"]}) == 4


# S2-72
async def test_a_school_code_is_given_once_in_an_organization(world: World, ada: Person):
    section = {"title": "S", "sectionSchoolCode": "23"}
    await ada.call(CREATE, courseId="crs_open", **section)
    with refused("CONFLICT", reason="code_taken"):
        await ada.call(CREATE, courseId="crs_maths", **section)
    with refused("CONFLICT", reason="code_taken"):
        await ada.call(UPDATE, realmId="sec_red", sectionSchoolCode="23")
    bea = world.person("usr_bea", "beta")
    assert (await bea.call(CREATE, courseId="crs_beta", **section))["sectionSchoolCode"] == "23"


async def test_a_key_is_given_once_in_an_organization(world: World, ada: Person):
    with refused("CONFLICT", reason="key_taken"):
        await ada.call(CREATE, courseId="crs_open", title="S", key="grp_open")
    bea = world.person("usr_bea", "beta")
    assert (await bea.call(CREATE, title="S", key="grp_open"))["id"] == "grp_open"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"kind": "section"},
        {"kind": "group", "courseId": "crs_open"},
        {"kind": "course"},
        {"sectionCode": "A"},
        {"sectionSchoolCode": "A"},
        {"classType": "homeroom"},
        {"termIds": []},
        {"capacity": -1},
        {"joinPolicy": "never"},
        {"courseId": "crs_open", "sectionCode": ""},
        {"accessCode": "AAAAA-AAAAA"},
        {"codeMaxUses": 1},
    ],
)
async def test_a_wrong_section_or_group_is_not_made(world: World, ada: Person, wrong: dict):
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(CREATE, **{"title": "New"} | wrong)
    assert world.contents() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": None},
        {"sectionCode": "A"},
        {"termIds": []},
        {"status": "deleted"},
        {"accessCode": "AAAAA-AAAAA"},
        {"courseId": "crs_open"},
        {"codeMaxUses": -1},
        {"codeExpiresAt": "0999-01-01T00:00:00Z"},
    ],
)
async def test_a_wrong_change_of_a_group_is_refused(world: World, ada: Person, wrong: dict):
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(UPDATE, realmId="grp_open", **wrong)
    assert world.contents() == before


@pytest.mark.parametrize("school", ["sch_beta", "sch_none"])
async def test_an_unknown_or_foreign_school_is_not_found(ada: Person, school: str):
    for about in ({}, {"courseId": "crs_open"}):
        with refused("NOT_FOUND") as caught:
            await ada.call(CREATE, title="New", schoolId=school, **about)
        assert caught.value.message == "no such school"


CHANGES = [
    (CREATE, {"courseId": "crs_past", "title": "Mine"}),
    (CREATE, {"title": "Mine"}),
    (UPDATE, {"realmId": "sec_past", "title": "Mine"}),
    ("realm.rotateCode", {"realmId": "sec_past"}),
]


@pytest.mark.parametrize(("path", "given"), CHANGES)
async def test_learners_make_and_change_nothing(world: World, lia: Person, path: str, given: dict):
    before = world.contents()
    with refused("FORBIDDEN", reason="admin_required"):
        await lia.call(path, **given)
    assert world.contents() == before


@pytest.mark.parametrize(("path", "given"), CHANGES)
async def test_instructors_and_admins_make_and_change(world: World, path: str, given: dict):
    for user in ("usr_ina", "usr_ada"):
        assert (await world.person(user).call(path, **given))["schoolId"] == "sch_main"


async def test_a_teacher_changes_the_own_section_only(tom: Person):
    assert (await tom.call(UPDATE, realmId="sec_past", title="Mine"))["title"] == "Mine"
    for path, given in (
        (UPDATE, {"realmId": "sec_eve"}),
        (CREATE, {"courseId": "crs_past", "title": "X"}),
    ):
        with refused("FORBIDDEN", reason="admin_required"):
            await tom.call(path, **given)


async def test_a_section_of_a_foreign_course_is_not_made(world: World, ada: Person):
    answers = set()
    for course in ("crs_beta", "crs_nowhere"):
        answer = await ada.post(CREATE, json={"courseId": course, "title": "Mine"})
        answers.add((answer.status_code, answer.text))
    assert [status for status, _ in answers] == [404]
