"""Enrolling, steps E1-E3 and E11: who may enroll whom, and what is written then."""

import re

import pytest
from world import NOW, Person, World, refused

ENROLL = "enrollment.enroll"
BODIES = [b'{"courseId":', b"[]", b'"x"', b"null", b'{"courseId":42}', b'{"courseId":""}', b"{}"]
AS_JSON = {"content-type": "application/json"}


async def test_a_verified_learner_enrolls_in_a_published_course(lou: Person):
    # S0-01, S0-03, S0-04, S1-13, S2-02, S2-04, S2-08, S3-01, S3-07..09, S3-12, S3-13, S3-25, S4-06
    record = await lou.call(ENROLL, courseId="crs_open", metadata={"seen": ["on", {"a": "flyer"}]})
    assert re.fullmatch(r"enr_[a-z0-9]{16}", record.pop("id"))
    assert re.fullmatch(r"sec_[a-z0-9]{16}", record.pop("realmId"))
    assert record == {
        "courseId": "crs_open",
        "realmKind": "section",
        "userId": "usr_lou",
        "role": "student",
        "status": "active",
        "position": None,
        "progress": 0,
        "enrolledAt": NOW,
        "beginAt": NOW,
        "endAt": None,
        "completedAt": None,
        "statusAt": NOW,
        "source": "rpc",
        "metadata": {"seen": ["on", {"a": "flyer"}]},
        "previousId": None,
        "version": 1,
        "updatedAt": NOW,
    }


async def test_the_returned_record_can_be_read(lou: Person):
    record = await lou.call(ENROLL, courseId="crs_open")
    assert await lou.call("enrollment.get", id=record["id"]) == record


async def test_enrolling_writes_one_record_one_event_and_one_welcome(world: World, lou: Person):
    # S0-10, S4-34
    before = world.value("select max(id) from event")
    record = await lou.call(ENROLL, courseId="crs_open")
    written = "select count(*), max(key) from enrollment where user_id = (%s)"
    user = "select id from account where key = 'usr_lou'"
    assert world.rows(written % user) == [(1, record["id"])]
    events = "select enrollment_key, kind, from_status, to_status, door from event where id > :id"
    assert world.rows(events, id=before) == [(record["id"], "enrolled", None, "active", "rpc")]
    messages = "select channel, recipient, template, next_at from outbox"
    assert world.rows(messages) == [("email", "lou@acme.example", "welcome", NOW)]


async def test_a_second_enroll_is_a_conflict_that_names_the_first(world: World, lou: Person):
    # S0-08, S0-09, S0-14
    record = await lou.call(ENROLL, courseId="crs_open")
    before = world.contents()
    with refused("CONFLICT", reason="already_enrolled") as caught:
        await lou.call(ENROLL, courseId="crs_open")
    assert caught.value.data["enrollmentId"] == record["id"]
    assert caught.value.data["status"] == "active"
    assert world.contents() == before


async def test_without_credentials_nobody_enrolls(world: World):
    # S0-02, S0-05, S0-11
    before = world.contents()
    with refused("UNAUTHORIZED") as caught:
        await world.stranger().call(ENROLL, courseId="crs_open")
    assert caught.value.data["path"] == ENROLL
    assert world.contents() == before


@pytest.mark.parametrize("body", BODIES)
async def test_who_calls_is_asked_before_what_is_said(world: World, body: bytes):
    answer = await world.stranger().post(ENROLL, content=body, headers=AS_JSON)
    assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("body", BODIES)
async def test_what_is_said_must_be_well_formed(lou: Person, body: bytes):
    answer = await lou.post(ENROLL, content=body, headers=AS_JSON)
    assert (answer.status_code, answer.json()["error"]["data"]["reason"]) == (400, "invalid_input")


@pytest.mark.parametrize("body", BODIES)
async def test_what_is_said_is_read_before_membership_is_asked(world: World, body: bytes):
    answer = await world.person("usr_pia").post(ENROLL, content=body, headers=AS_JSON)
    assert (answer.status_code, answer.json()["error"]["data"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"courseId": "crs_open", "colour": "red"}, "colour"),
        ({"courseId": "crs_open", "realmId": "sec_red"}, "realmId"),
        ({"courseId": "c" * 256}, "courseId"),
        ({"courseId": "crs\u0000open"}, "courseId"),
        ({"courseId": "crs_open", "role": "janitor"}, "role"),
        ({"courseId": "crs_open", "status": "completed"}, "status"),
        ({"courseId": "crs_open", "endAt": "2026-05-01"}, "endAt"),
        ({"courseId": "crs_open", "endAt": "2026-05-01T00:00:00"}, "endAt"),
        ({"courseId": "crs_open", "metadata": []}, "metadata"),
        ({"courseId": "crs_month", "beginAt": "9999-12-31T00:00:00Z"}, "instant"),
        ({"courseId": "crs_month", "beginAt": "9999-12-31T23:59:59-05:00"}, "instant"),
        ({"courseId": "crs_open", "endAt": "0001-01-01T00:00:00+05:00"}, "instant"),
        ({"courseId": "crs_open", "endAt": "0999-01-01T00:00:00Z"}, "instant"),
    ],
)
async def test_a_wrong_field_is_named(ada: Person, given: dict, field: str):
    with refused("BAD_REQUEST", reason="invalid_input") as caught:
        await ada.call(ENROLL, **given)
    assert field in caught.value.message


@pytest.mark.parametrize("text", ["\\ud800", "\\udc00x"])
async def test_a_lone_surrogate_is_no_key(lou: Person, text: str):
    answer = await lou.post(ENROLL, content=f'{{"courseId":"{text}"}}', headers=AS_JSON)
    assert answer.status_code in (400, 403)


@pytest.mark.parametrize("user", ["usr_pia", "usr_una"])
async def test_a_member_who_is_not_verified_is_no_member(world: World, user: str):
    # S0-27
    with refused("FORBIDDEN", reason="not_member"):
        await world.person(user).call(ENROLL, courseId="crs_open")


async def test_a_course_of_another_organization_is_refused(world: World, lou: Person):
    # S0-06, S0-12, S1-04
    before = world.contents()
    with refused("FORBIDDEN", reason="not_member"):
        await lou.call(ENROLL, courseId="crs_beta")
    assert world.contents() == before


async def test_a_learner_enrolls_nobody_else(lou: Person):
    # S3-27, S4-10
    with refused("FORBIDDEN", reason="admin_required"):
        await lou.call(ENROLL, courseId="crs_open", userId="usr_leo")


async def test_a_learner_may_name_themself(lou: Person):
    record = await lou.call(ENROLL, courseId="crs_open", userId="usr_lou")
    assert record["userId"] == "usr_lou"


async def test_a_learner_is_refused_before_the_named_person_is_looked_up(lou: Person):
    bodies = set()
    for user in ("usr_leo", "usr_nobody", "usr_ben"):
        with refused("FORBIDDEN", reason="admin_required") as caught:
            await lou.call(ENROLL, courseId="crs_open", userId=user)
        bodies.add(caught.value.answer.text)
    assert len(bodies) == 1


async def test_an_admin_enrolls_anyone_of_the_organization(world: World, ada: Person):
    # S1-17, S1-18, S3-26, S4-37
    record = await ada.call(ENROLL, courseId="crs_open", userId="usr_lou")
    assert (record["userId"], record["status"]) == ("usr_lou", "active")
    actor = "select a.key from event e join account a on a.id = e.actor_id order by e.id desc"
    assert world.value(actor) == "usr_ada"


@pytest.mark.parametrize("user", ["usr_nobody", "usr_ben", "usr_pia", "usr_una", "usr_nil"])
async def test_an_admin_enrolls_nobody_who_is_not_a_verified_member(ada: Person, user: str):
    with refused("NOT_FOUND", reason="user") as caught:
        await ada.call(ENROLL, courseId="crs_open", userId=user)
    assert caught.value.message == "no such user"


async def test_a_teacher_enrolls_others_in_the_own_section(tom: Person):
    record = await tom.call(ENROLL, realmId="sec_past", userId="usr_lou")
    assert (record["userId"], record["realmId"], record["courseId"]) == (
        "usr_lou",
        "sec_past",
        "crs_past",
    )


@pytest.mark.parametrize(
    "place", [{"realmId": "sec_eve"}, {"realmId": "grp_open"}, {"courseId": "crs_open"}]
)
async def test_a_teacher_enrolls_nobody_elsewhere(tom: Person, place: dict):
    with refused("FORBIDDEN", reason="admin_required"):
        await tom.call(ENROLL, **place, userId="usr_lou")


async def test_an_instructor_is_not_staff_of_every_section(world: World):
    with refused("FORBIDDEN", reason="admin_required"):
        await world.person("usr_ina").call(ENROLL, courseId="crs_open", userId="usr_lou")


async def test_a_teacher_whose_time_is_over_is_staff_no_more(world: World, tom: Person):
    await tom.call(ENROLL, realmId="sec_past", userId="usr_lou")
    world.change("update enrollment set end_at = :now where key = 'enr_tom'", now=NOW)
    with refused("FORBIDDEN", reason="admin_required"):
        await tom.call(ENROLL, realmId="sec_past", userId="usr_bob")


@pytest.mark.parametrize("role", ["teacher", "administrator", "proctor", "observer"])
async def test_only_staff_give_a_role_other_than_student(lou: Person, ada: Person, role: str):
    with refused("FORBIDDEN", reason="admin_required"):
        await lou.call(ENROLL, courseId="crs_open", role=role)
    record = await ada.call(ENROLL, courseId="crs_open", userId="usr_lou", role=role)
    assert (record["role"], record["status"]) == (role, "active")


@pytest.mark.parametrize(
    "power",
    [
        {"force": True},
        {"status": "active"},
        {"beginAt": "2026-01-01T00:00:00Z"},
        {"endAt": "2026-12-31T00:00:00Z"},
    ],
)
async def test_powers_are_for_staff(lou: Person, tom: Person, power: dict):
    with refused("FORBIDDEN", reason="admin_required"):
        await lou.call(ENROLL, realmId="sec_past", **power)
    record = await tom.call(ENROLL, realmId="sec_past", userId="usr_lou", **power)
    assert record["status"] == "active"


async def test_only_admins_bypass_prerequisites(tom: Person, ada: Person):
    # S4-11
    given = {"realmId": "sec_past", "userId": "usr_lou", "bypassPrerequisites": True}
    with refused("FORBIDDEN", reason="admin_required"):
        await tom.call(ENROLL, **given)
    assert (await ada.call(ENROLL, **given))["status"] == "active"


@pytest.mark.parametrize("status", ["invited", "requested", "expired", "archived"])
async def test_staff_give_a_new_record_its_status(ada: Person, status: str):
    # S2-09..12
    record = await ada.call(ENROLL, courseId="crs_open", userId="usr_lou", status=status)
    assert record["status"] == status


async def test_a_given_key_becomes_the_id_of_the_record(ada: Person, lou: Person):
    assert (await lou.call(ENROLL, courseId="crs_open", key="mine"))["id"] == "mine"
    with refused("CONFLICT", reason="key_taken"):
        await ada.call(ENROLL, courseId="crs_open", key="mine")


async def test_access_must_end_after_it_begins(ada: Person):
    begin, end = "2026-05-01T00:00:00.000Z", "2026-05-01T00:00:00.001Z"
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(ENROLL, courseId="crs_open", userId="usr_lou", beginAt=begin, endAt=begin)
    record = await ada.call(ENROLL, courseId="crs_open", userId="usr_lou", beginAt=begin, endAt=end)
    assert (record["beginAt"], record["endAt"]) == (begin, end)
