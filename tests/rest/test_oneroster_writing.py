"""OneRoster enrollments: POST, PUT, PATCH and DELETE."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from campus_world import ONEROSTER, Caller, caller, quiet
from test_edubridge import refusal
from world import World

MANY = f"{ONEROSTER}/enrollments"


def wish(user: str = "usr_lrn003", place: str = "sec_abc", **said: Any) -> dict[str, Any]:
    """The body for a user and a class, by sourcedId."""
    named = {"user": {"sourcedId": user}, "class": {"sourcedId": place}}
    return {"enrollment": {"role": "student", **named, **said}}


def said(**members: Any) -> dict[str, Any]:
    return {"enrollment": members}


async def shown(who: Caller, key: str) -> dict[str, Any]:
    record: dict[str, Any] = (await who.told(f"{MANY}/{key}"))["enrollment"]
    return record


@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_new_enrollment_answers_both_names(campus: World, adm: Caller, slash: str):
    """S1-07, S1-22."""
    answer = await adm.post(MANY + slash, wish(sourcedId="enr-9"))
    pairs = answer.json()["sourcedIdPairs"]
    assert answer.status_code == 201
    assert pairs == {"suppliedSourcedId": "enr-9", "allocatedSourcedId": "enr-9"}
    assert campus.value("select count(*) from outbox") == 0


async def test_without_a_name_one_is_made(adm: Caller):
    pairs = (await adm.post(MANY, wish())).json()["sourcedIdPairs"]
    assert pairs["suppliedSourcedId"] == pairs["allocatedSourcedId"]
    assert (await shown(adm, pairs["allocatedSourcedId"]))["user"]["sourcedId"] == "usr_lrn003"


@pytest.mark.parametrize("primary", ["true", True])
async def test_everything_that_is_said_is_kept(adm: Caller, primary: Any):
    more = {
        "role": "teacher",
        "primary": primary,
        "beginDate": "2026-04-01",
        "endDate": "2026-04-30",
        "metadata": {"sis": [1, None]},
        "href": "ignored",
    }
    await adm.post(MANY, wish("SIS-2", sourcedId="enr-9", **more))
    record = await shown(adm, "enr-9")
    assert {name: record[name] for name in more if name not in ("metadata", "href")} == {
        "role": "teacher",
        "primary": "true",
        "beginDate": "2026-04-01",
        "endDate": "2026-04-30",
    }
    assert record["metadata"] == {"sis": [1, None], "status": "active", "progress": 0}


@pytest.mark.parametrize(
    "body",
    [
        *({}, [], {"enrollment": 1}, said(), said(role="student"), wish(role="pupil")),
        *(wish(beginDate="soon"), wish(endDate="2026-02-30"), wish(primary="yes")),
        *(wish(primary="true"), wish(metadata=[]), wish(sourcedId=""), wish(user="")),
        *(wish(beginDate="2026-04-02", endDate="2026-04-01"), wish(sourcedId="enr_mn0456")),
        *(wish("usr_lrn001"), wish("usr_lrn001", "sec_over", endDate="2020-01-01")),
        wish(status="tobedeleted"),
        *(said(**{**wish()["enrollment"], name: None}) for name in ("role", "user", "class")),
    ],
)
async def test_what_does_not_fit_or_is_there_already_is_422(campus: World, adm: Caller, body: Any):
    """Also a date: only in queries it would be 400."""
    before = quiet(campus)
    refusal(await adm.post(MANY, body), 422, "invaliddata")
    assert quiet(campus) == before


@pytest.mark.parametrize(
    ("user", "place"),
    [
        *(("usr_nobody", "sec_abc"), ("usr_out001", "sec_abc"), ("usr_pnd001", "sec_abc")),
        *(("usr_lrn003", "sec_nowhere"), ("usr_lrn003", "sec_beta")),
        ("usr_lrn003", "grp_chess"),
    ],
)
async def test_unknown_people_and_classes_are_404(
    campus: World, adm: Caller, user: str, place: str
):
    before = quiet(campus)
    refusal(await adm.post(MANY, wish(user, place)), 404, "unknownobject")
    assert quiet(campus) == before


@pytest.mark.parametrize("wanted", [False, True])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/edubridge/enrollments/enroll/usr_lrn003/crs_abc123", None),
        *(("POST", MANY, wish()), ("PUT", f"{MANY}/enr-9", wish())),
    ],
)
async def test_what_is_synchronised_is_told_by_mail_where_the_organization_wants_that(
    campus: World, adm: Caller, method: str, path: str, body: Any, wanted: bool
):
    await adm.call("org.update", settings={"notifyBulk": wanted})
    assert (await adm.send(method, path, body)).status_code == 201
    mails = campus.rows("select recipient, template from outbox where channel = 'email'")
    assert mails == ([("lara@acme.example", "welcome")] if wanted else [])


@pytest.mark.parametrize(("method", "path"), [("POST", MANY), ("PUT", f"{MANY}/enr-9")])
async def test_a_completed_enrollment_is_followed_by_a_new_one(adm: Caller, method: str, path: str):
    made = await adm.send(method, path, wish("SIS-2", "sec_done"))
    assert (made.status_code, "enr_done01" in made.text) == (201, False)
    assert (await shown(adm, "enr_done01"))["metadata"]["status"] == "completed"


async def test_learners_act_for_themselves_under_the_rules(campus: World, lrn1: Caller):
    refusal(await lrn1.post(MANY, wish("usr_lrn001", "sec_draft")), 422, "invaliddata")
    refusal(await lrn1.post(MANY, wish("usr_lrn003", "sec_42")), 403, "forbidden")
    assert (await lrn1.post(MANY, wish("usr_lrn001", "sec_42"))).status_code == 201
    assert campus.value("select count(*) from outbox") == 1


async def test_put_makes_and_then_changes(campus: World, adm: Caller):
    """The same body twice changes nothing the second time."""
    path, body = f"{MANY}/enr-9", wish(metadata={"sis": 1})
    made = await adm.put(path, body)
    assert (made.status_code, made.json()["enrollment"]["sourcedId"]) == (201, "enr-9")
    before = campus.contents()
    same = await adm.put(path, body)
    assert (same.status_code, same.json()) == (200, made.json())
    assert campus.contents() == before
    days = {"beginDate": "2026-04-01", "endDate": "2026-06-30T12:00:00Z"}
    changed = await adm.put(path, wish(metadata={"other": 2}, **days))
    record = changed.json()["enrollment"]
    assert changed.status_code == 200
    assert (record["beginDate"], record["endDate"]) == ("2026-04-01", "2026-06-30")
    assert record["metadata"] == {"other": 2, "status": "active", "progress": 0}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("key", ["enr_mn0456", "enr_rs3456", "enr_done01"])
async def test_a_record_that_is_sent_back_as_it_was_read_stays_as_it_is(
    campus: World, adm: Caller, method: str, key: str
):
    """Days stand for instants within them, and `metadata` tells status and progress besides."""
    ends = "update enrollment set end_at = '2026-06-29T15:00:00.000Z' where key = :key"
    campus.change(ends, key=key)
    before, record = campus.contents(), await shown(adm, key)
    answer = await adm.send(method, f"{MANY}/{key}", said(**record))
    assert (answer.status_code, answer.json()["enrollment"]) == (200, record)
    assert campus.contents() == before


@pytest.mark.parametrize(
    ("user", "more"),
    [
        *(("usr_lrn001", {}), ("usr_lrn001", {"endDate": "2026-12-31", "metadata": {"x": 1}})),
        ("usr_tch001", {"role": "teacher"}),
    ],
)
async def test_who_is_in_a_class_already_is_not_put_there_under_another_name(
    campus: World, adm: Caller, user: str, more: dict[str, Any]
):
    """C1: nor is what is said written to the record that is there."""
    before = campus.contents()
    refusal(await adm.put(f"{MANY}/enr-9", wish(user, **more)), 422, "invaliddata")
    assert campus.contents() == before


async def test_another_role_in_a_class_is_an_enrollment_of_its_own(adm: Caller):
    """I2: live is one record for each user, slot and role."""
    before = await shown(adm, "enr_mn0456")
    made = await adm.put(f"{MANY}/enr-9", wish("usr_lrn001", role="teacher"))
    record = made.json()["enrollment"]
    assert (made.status_code, record["sourcedId"], record["role"]) == (201, "enr-9", "teacher")
    assert await shown(adm, "enr_mn0456") == before


async def test_an_invitation_is_not_accepted_under_another_name(campus: World, adm: Caller):
    invited = {"courseId": "crs_ghi789", "userId": "usr_adm001", "status": "invited"}
    place = (await adm.call("enrollment.enroll", **invited))["realmId"]
    before = campus.contents()
    refusal(await adm.put(f"{MANY}/enr-9", wish("usr_adm001", place)), 422, "invaliddata")
    assert campus.contents() == before


async def test_who_accepts_an_invitation_is_told_what_it_is_called(adm: Caller, lrn1: Caller):
    invited = {"courseId": "crs_prog42", "userId": "usr_lrn001", "status": "invited"}
    await adm.call("enrollment.enroll", **invited, key="invited")
    answer = await lrn1.post(MANY, wish("usr_lrn001", "sec_42", sourcedId="enr-9"))
    pairs = answer.json()["sourcedIdPairs"]
    assert pairs == {"suppliedSourcedId": "enr-9", "allocatedSourcedId": "invited"}


@pytest.mark.parametrize(
    ("body", "status", "minor"),
    [
        (said(role="student"), 422, "invaliddata"),
        (wish("usr_lrn001", sourcedId="enr-9"), 422, "invaliddata"),
        (wish("SIS-2", status="tobedeleted"), 422, "invaliddata"),
        (wish("usr_lrn001", "sec_old", status="tobedeleted"), 422, "invaliddata"),
        (said(sourcedId="enr-9", status="tobedeleted"), 422, "invaliddata"),
        (wish("usr_lrn001", endDate="2020-01-01"), 422, "invaliddata"),
        (wish("SIS-2"), 422, "invaliddata"),  # the name is another's
        (wish("usr_nobody"), 404, "unknownobject"),
        (wish("usr_lrn003", "sec_nowhere"), 404, "unknownobject"),
        (wish("usr_lrn003", "grp_chess"), 404, "unknownobject"),
    ],
)
async def test_a_put_against_the_rules_is_refused(
    campus: World, adm: Caller, body: Any, status: int, minor: str
):
    before = quiet(campus)
    refusal(await adm.put(f"{MANY}/enr_mn0456", body), status, minor)
    assert quiet(campus) == before


async def test_put_is_for_staff_past_the_rules_for_learners(
    campus: World, lrn1: Caller, tch: Caller, adm: Caller
):
    before = quiet(campus)
    refusal(await lrn1.put(f"{MANY}/enr-9", wish("usr_lrn001", "sec_42")), 403, "forbidden")
    refusal(await tch.put(f"{MANY}/enr-9", wish("usr_lrn001", "sec_42")), 403, "forbidden")
    assert quiet(campus) == before
    assert (await tch.put(f"{MANY}/enr-9", wish())).status_code == 201
    assert (await adm.put(f"{MANY}/enr-10", wish(place="sec_draft"))).status_code == 201


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_to_be_deleted_ends_a_record_once_and_shows_it(
    campus: World, adm: Caller, method: str
):
    answer = await adm.send(method, f"{MANY}/enr_mn0456", said(status="tobedeleted"))
    assert (answer.status_code, answer.json()["enrollment"]["status"]) == (200, "tobedeleted")
    before = campus.contents()
    again = await adm.send(method, f"{MANY}/enr_mn0456", said(status="tobedeleted"))
    assert (again.status_code, again.json()) == (200, answer.json())
    assert campus.contents() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_record_ends_once_however_many_want_that_at_once(
    campus: World, adm: Caller, method: str
):
    path, gone = f"{MANY}/enr_mn0456", said(status="tobedeleted")
    answers = await asyncio.gather(*(adm.send(method, path, gone) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert campus.value("select count(*) from event where kind = 'unenrolled'") == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
async def test_a_dropped_record_shows_as_to_be_deleted_and_stays_as_it_is(
    campus: World, adm: Caller, method: str
):
    before, record = campus.contents(), await shown(adm, "enr_left01")
    answer = await adm.send(method, f"{MANY}/enr_left01", said(status="tobedeleted"))
    assert (answer.status_code, answer.json()["enrollment"]) == (200, record)
    assert campus.contents() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("key", ["enr_nothing", "enr_beta01", "enr_inv001", "enr_chess1"])
async def test_what_is_not_shown_is_not_ended(campus: World, adm: Caller, method: str, key: str):
    before = quiet(campus)
    answer = await adm.send(method, f"{MANY}/{key}", said(status="tobedeleted"))
    refusal(answer, 404, "unknownobject")
    assert quiet(campus) == before


async def test_a_name_given_up_can_be_used_again(adm: Caller):
    await adm.delete(f"{MANY}/enr_mn0456")
    made = await adm.put(f"{MANY}/enr_mn0456", wish("usr_lrn003"))
    assert made.status_code == 201
    assert (await shown(adm, "enr_mn0456"))["user"]["sourcedId"] == "usr_lrn003"


async def test_patch_changes_what_is_said_and_merges_metadata(campus: World, adm: Caller):
    await adm.patch(f"{MANY}/enr_rs3456", said(metadata={"more": True}, endDate=None))
    record = await shown(adm, "enr_rs3456")
    assert record["endDate"] is None
    assert record["metadata"] == {
        "source": "it's SIS",
        "more": True,
        "status": "active",
        "progress": 80,
    }
    assert campus.value("select count(*) from outbox") == 0


@pytest.mark.parametrize(("method", "is_whole"), [("PUT", True), ("PATCH", True), ("PATCH", False)])
async def test_a_dropped_record_is_taken_up_and_a_suspended_one_is_not(
    adm: Caller, method: str, is_whole: bool
):
    """As one shows as to be deleted, and the other as active."""
    left, held = (wish("usr_lrn001", place, status="active") for place in ("sec_left", "sec_held"))
    if not is_whole:
        left = held = said(status="active")
    answer = await adm.send(method, f"{MANY}/enr_left01", left)
    assert answer.json()["enrollment"]["metadata"]["status"] == "active"
    before = await shown(adm, "enr_held01")
    answer = await adm.send(method, f"{MANY}/enr_held01", held)
    assert answer.json()["enrollment"] == before


async def test_what_is_read_can_be_written_back(campus: World, adm: Caller):
    record = await shown(adm, "enr_rs3456")
    before = {name: value for name, value in record.items() if name != "metadata"}
    for method in ("PATCH", "PUT"):
        answer = await adm.send(method, f"{MANY}/enr_rs3456", {"enrollment": record})
        after = answer.json()["enrollment"]
        assert {name: after[name] for name in before} == before
        assert after["metadata"] == record["metadata"]


@pytest.mark.parametrize(
    "change",
    [
        *({"sourcedId": "other"}, {"user": {"sourcedId": "SIS-2"}}),
        *({"class": {"sourcedId": "sec_old"}}, {"endDate": "soon"}, {"role": "pupil"}),
        {"endDate": "2020-01-01"},
    ],
)
async def test_a_patch_that_cannot_be_is_422(campus: World, adm: Caller, change: dict[str, Any]):
    """User and class stay: to say another is refused, not ignored."""
    before = quiet(campus)
    refusal(await adm.patch(f"{MANY}/enr_mn0456", {"enrollment": change}), 422, "invaliddata")
    assert quiet(campus) == before


async def test_a_patch_may_repeat_who_and_where(adm: Caller):
    for user in ("SIS-2", "usr_lrn002"):
        same = wish(user, sourcedId="enr_rs3456", endDate="2026-06-29")
        assert (await adm.patch(f"{MANY}/enr_rs3456", same)).status_code == 200


@pytest.mark.parametrize(
    ("who", "key", "status", "minor"),
    [
        ("usr_lrn001", "enr_rs3456", 404, "unknownobject"),
        ("usr_lrn001", "enr_held01", 403, "forbidden"),
        ("usr_adm001", "enr_nothing", 404, "unknownobject"),
        ("usr_adm001", "enr_beta01", 404, "unknownobject"),
    ],
)
async def test_what_cannot_be_deleted_stays(
    campus: World, who: str, key: str, status: int, minor: str
):
    before = quiet(campus)
    for method, body in (("DELETE", None), ("PATCH", said(status="tobedeleted"))):
        answer = await caller(campus, who).send(method, f"{MANY}/{key}", body)
        refusal(answer, status, minor)
    assert quiet(campus) == before


async def test_deleting_ends_a_record_once(adm: Caller):
    answer = await adm.delete(f"{MANY}/enr_mn0456")
    assert (answer.status_code, answer.content) == (204, b"")
    refusal(await adm.delete(f"{MANY}/enr_mn0456"), 404, "unknownobject")
    assert (await shown(adm, "enr_mn0456"))["status"] == "tobedeleted"
