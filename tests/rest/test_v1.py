"""/api/v1/enrollments: what each call answers, and how it refuses."""

from __future__ import annotations

import re
from typing import Any

import httpx2
import pytest
from campus_world import Caller, caller, quiet
from world import World

V1 = "/api/v1/enrollments"
STUDENTS = ["enr_uu0001", "enr_mn0456", "enr_rs3456", "enr_done01", "enr_left01", "enr_held01"]
STUDENTS += ["enr_over01", "enr_red001", "enr_blu001"]
SELF = {"user_id": "usr_lrn001", "course_id": "crs_ghi789"}


def refusal(answer: httpx2.Response, status: int, code: str) -> None:
    """The answer refuses, worded as this surface does."""
    body = answer.json()
    assert (answer.status_code, body["error"]["code"]) == (status, code), body
    assert list(body) == ["error"] and list(body["error"]) == ["code", "message"]
    assert body["error"]["message"]


async def keys(who: Caller, query: str = "") -> list[str]:
    return [one["id"] for one in (await who.told(f"{V1}{query}"))["data"]]


async def test_admins_see_all_students_of_courses_and_learners_their_own(adm: Caller, lrn1: Caller):
    """S3-01, S3-14, S3-15: neither teachers, nor groups, nor who is not yet in, nor beta's."""
    assert await keys(adm) == STUDENTS
    assert await keys(lrn1) == ["enr_mn0456", "enr_left01", "enr_held01", "enr_over01"]


async def test_an_enrollment_has_seven_members(lrn2: Caller):
    """S3-07..13, S3-45: strings, a whole number, instants to the second."""
    assert await lrn2.told(f"{V1}/enr_done01") == {
        "id": "enr_done01",
        "user_id": "usr_lrn002",
        "course_id": "crs_done1",
        "status": "completed",
        "progress_percent": 100,
        "enrolled_at": "2025-09-04T08:00:00Z",
        "completed_at": "2025-12-01T08:00:00Z",
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?course_id=%00", []),  # first: on every engine
        ("?user_id=usr_lrn002", ["enr_rs3456", "enr_done01"]),  # S3-16
        ("?course_id=crs_abc123", ["enr_mn0456", "enr_rs3456"]),  # S3-17
        ("?status=completed", ["enr_done01", "enr_blu001"]),  # S3-10, S3-18
        ("?status=dropped", ["enr_left01", "enr_held01", "enr_over01"]),
        ("?user_id=usr_lrn001&status=active", ["enr_mn0456"]),
        ("?user_id=usr_nobody", []),
        ("?user_id=usr_out001", []),
        ("?course_id=%07", []),
        ("?other=1", STUDENTS),
    ],
)
async def test_filters_must_all_hold(adm: Caller, query: str, found: list[str]):
    assert await keys(adm, query) == found


async def test_a_learner_asking_for_another_finds_nothing(lrn1: Caller):
    assert await keys(lrn1, "?user_id=usr_lrn002") == []


async def test_pages_are_numbered(adm: Caller):
    """S3-19, S3-20, S3-21."""
    page = await adm.told(f"{V1}?page=2&per_page=4")
    assert [one["id"] for one in page["data"]] == STUDENTS[4:8]
    assert page["pagination"] == {"page": 2, "per_page": 4, "total": 9, "total_pages": 3}
    first = (await adm.told(V1))["pagination"]
    assert first == {"page": 1, "per_page": 20, "total": 9, "total_pages": 1}
    assert (await adm.told(f"{V1}?per_page=1000"))["pagination"]["per_page"] == 100
    assert (await adm.told(f"{V1}?page=9007199254740991"))["data"] == []


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", "page=x", "page=", "page=9007199254740992"),
        *("per_page=0", "per_page=1.5", "status=suspended", "status=null", "status="),
    ],
)
async def test_a_bad_query_is_422_for_those_who_are_known(adm: Caller, nobody: Caller, query: str):
    refusal(await adm.get(f"{V1}?{query}"), 422, "invalid_query")
    refusal(await nobody.get(f"{V1}?{query}"), 401, "unauthorized")


@pytest.mark.parametrize("key", ["enr_rs3456", "enr_nothing", "enr_beta01", "%07", "x" * 256])
async def test_what_a_learner_may_not_see_is_not_there(lrn1: Caller, key: str):
    """S3-23: another's, absent, another tenant's."""
    refusal(await lrn1.get(f"{V1}/{key}"), 404, "not_found")


@pytest.mark.parametrize("key", ["enr_tch001", "enr_chess1"])
async def test_what_is_no_students_or_of_no_course_is_there_for_nobody(adm: Caller, key: str):
    refusal(await adm.get(f"{V1}/{key}"), 404, "not_found")


async def test_invitations_are_not_shown(lrn2: Caller):
    refusal(await lrn2.get(f"{V1}/enr_inv001"), 404, "not_found")


async def test_who_accepts_an_invitation_is_told_where_it_is_whatever_its_key(
    campus: World, lrn2: Caller
):
    key = "приглашение/1"
    campus.change("update enrollment set key = :key where key = 'enr_inv001'", key=key)
    answer = await lrn2.post(V1, {"user_id": "usr_lrn002", "course_id": "crs_left1"})
    assert (answer.status_code, answer.json()["id"]) == (201, key)
    assert await lrn2.told(answer.headers["location"]) == answer.json()


@pytest.mark.parametrize("who", ["usr_adm001", "usr_lrn001"])
async def test_admins_enroll_anybody_and_learners_themselves(campus: World, who: str):
    """S3-25..29."""
    answer = await caller(campus, who).post(V1, SELF)
    made = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"{V1}/{made['id']}")
    assert re.fullmatch(r"enr_[a-z0-9]+", made["id"])
    assert made == {
        **SELF,
        "id": made["id"],
        "status": "active",
        "progress_percent": 0,
        "enrolled_at": "2026-03-02T09:00:00Z",
        "completed_at": None,
    }
    assert await caller(campus, who).told(f"{V1}/{made['id']}") == made


@pytest.mark.parametrize("key", ["ключ", "a\r\nset-cookie: b=c", "é %2F?#", "x" * 255])
async def test_the_location_leads_to_any_key_and_is_one_line(adm: Caller, lrn1: Caller, key: str):
    wish = {"courseId": SELF["course_id"], "userId": SELF["user_id"], "status": "invited"}
    await adm.call("enrollment.enroll", **wish, key=key)
    answer = await lrn1.post(V1, SELF)
    assert (answer.status_code, answer.headers.get("set-cookie")) == (201, None)
    assert (await lrn1.told(answer.headers["location"]))["id"] == key


@pytest.mark.parametrize(
    ("course", "status"), [("crs_ask1", "requested"), ("crs_full1", "waitlisted")]
)
async def test_what_has_to_wait_is_accepted_and_there_once_it_is_let_in(
    adm: Caller, lrn1: Caller, course: str, status: str
):
    """S3-25: the record is made; only who is in is shown (C30)."""
    await adm.call("course.update", courseId="crs_full1", waitlist=True)
    answer = await lrn1.post(V1, {**SELF, "course_id": course})
    made = answer.json()
    assert (answer.status_code, answer.headers.get("location")) == (202, None)
    assert made == {
        "id": made["id"],
        "user_id": "usr_lrn001",
        "course_id": course,
        "status": status,
        "progress_percent": 0,
        "enrolled_at": "2026-03-02T09:00:00Z",
        "completed_at": None,
    }
    refusal(await lrn1.get(f"{V1}/{made['id']}"), 404, "not_found")
    await adm.call("enrollment.update", id=made["id"], status="active")
    assert await lrn1.told(f"{V1}/{made['id']}") == {**made, "status": "active"}


async def test_who_waits_already_is_refused(lrn1: Caller):
    for status in (202, 422):
        answer = await lrn1.post(V1, {**SELF, "course_id": "crs_ask1"})
        assert answer.status_code == status
    refusal(answer, 422, "already_enrolled")


async def test_a_learner_may_not_enroll_another_whoever_that_is(campus: World, lrn1: Caller):
    before = quiet(campus)
    answers = [
        await lrn1.post(V1, {"user_id": user, "course_id": "crs_ghi789"})
        for user in ("usr_lrn002", "usr_nobody", "usr_out001")
    ]
    for answer in answers:
        refusal(answer, 403, "admin_required")
    assert len({answer.content for answer in answers}) == 1
    assert quiet(campus) == before


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"course_id": "crs_abc123"}, 422, "already_enrolled"),  # S3-32
        ({"course_id": "crs_done1", "user_id": "usr_lrn002"}, 422, "already_completed"),
        ({"course_id": "crs_draft1"}, 422, "not_published"),  # S3-30
        ({"course_id": "crs_shelf1"}, 422, "not_published"),
        ({"course_id": "crs_full1"}, 422, "full"),
        ({"course_id": "crs_js50"}, 422, "prerequisites_not_met"),
        ({"course_id": "crs_beta01"}, 404, "not_found"),
        ({"course_id": "crs_nowhere"}, 404, "not_found"),
        ({"course_id": "crs_ghi789", "user_id": "usr_out001"}, 404, "user"),
        ({"course_id": "crs_ghi789", "user_id": "usr_pnd001"}, 404, "user"),
    ],
)
async def test_an_enrollment_against_the_rules_is_refused(
    campus: World, adm: Caller, body: dict[str, str], status: int, code: str
):
    before = quiet(campus)
    refusal(await adm.post(V1, {"user_id": "usr_lrn001", **body}), status, code)
    assert quiet(campus) == before


async def test_a_completed_course_is_taken_again_as_a_new_record(lrn2: Caller):
    """S3-06, S3-32."""
    again = {"user_id": "usr_lrn002", "course_id": "crs_done1", "reenroll": True}
    made = (await lrn2.post(V1, again)).json()
    assert (made["status"], made["progress_percent"]) == ("active", 0)
    assert (await lrn2.told(f"{V1}/enr_done01"))["status"] == "completed"
    assert made["id"] != "enr_done01"


@pytest.mark.parametrize(
    "body",
    [
        *({}, [], 1, "", {"user_id": "usr_lrn001"}, {"course_id": "crs_ghi789"}),
        *({**SELF, "user_id": 1}, {**SELF, "reenroll": "yes"}, {**SELF, "more": 1}),
        *({**SELF, "user_id": ""}, {**SELF, "user_id": "x" * 256}, {**SELF, "course_id": None}),
        *({**SELF, name: key} for name in SELF for key in ("a\0b", "\x07")),
        *({**SELF, "course_id": ""}, {**SELF, "course_id": "x" * 256}),
    ],
)
async def test_a_body_that_does_not_fit_is_422(adm: Caller, body: Any):
    refusal(await adm.post(V1, body), 422, "invalid_input")


async def test_a_body_that_is_no_json_is_400(adm: Caller):
    refusal(await adm.raw("POST", V1, b"{", content_type="application/json"), 400, "malformed")


async def test_a_dropped_enrollment_is_taken_up_again_as_it_was(campus: World, lrn1: Caller):
    """S3-05, S3-33..36, S3-38, S3-42."""
    path = f"{V1}/enr_mn0456"
    before = await lrn1.told(path)
    dropped = await lrn1.put(path, {"status": "dropped"})
    assert (dropped.status_code, dropped.json()) == (200, {**before, "status": "dropped"})
    assert await lrn1.told(path) == dropped.json()
    taken_up = await lrn1.put(path, {"status": "active"})
    assert (taken_up.status_code, taken_up.json()) == (200, before)


@pytest.mark.parametrize(("key", "status"), [("enr_mn0456", "active"), ("enr_over01", "dropped")])
async def test_what_shows_already_stays_as_it_is(campus: World, adm: Caller, key: str, status: str):
    before = campus.contents()
    assert (await adm.put(f"{V1}/{key}", {"status": status})).json()["status"] == status
    assert campus.contents() == before


@pytest.mark.parametrize("body", [{"status": "completed"}, {"status": "suspended"}, {}, [1]])
async def test_only_active_and_dropped_can_be_written(campus: World, lrn1: Caller, body: Any):
    """S3-36, S3-37."""
    before = quiet(campus)
    refusal(await lrn1.put(f"{V1}/enr_mn0456", body), 422, "invalid_input")
    assert quiet(campus) == before


@pytest.mark.parametrize(
    ("who", "key", "status", "refused", "code"),
    [
        ("usr_lrn002", "enr_done01", "active", 422, "invalid_transition"),  # S3-06
        ("usr_lrn002", "enr_done01", "dropped", 422, "invalid_transition"),
        ("usr_lrn001", "enr_held01", "active", 403, "admin_required"),
        ("usr_lrn001", "enr_rs3456", "dropped", 404, "not_found"),
        ("usr_adm900", "enr_mn0456", "dropped", 404, "not_found"),
    ],
)
async def test_a_change_against_the_rules_is_refused(
    campus: World, who: str, key: str, status: str, refused: int, code: str
):
    before = quiet(campus)
    me = caller(campus, who, "beta" if who == "usr_adm900" else "acme")
    refusal(await me.put(f"{V1}/{key}", {"status": status}), refused, code)
    assert quiet(campus) == before


async def test_progress_of_a_hundred_percent_shows_as_completed(lrn1: Caller):
    """S3-04, S3-11, S3-37."""
    for component, percent, status in (("les_a", 50, "active"), ("les_b", 100, "completed")):
        await lrn1.call("progress.record", courseId="crs_abc123", componentId=component)
        shown = await lrn1.told(f"{V1}/enr_mn0456")
        assert (shown["progress_percent"], shown["status"]) == (percent, status)
    assert shown["completed_at"] == "2026-03-02T09:00:00Z"


async def test_admins_delete_a_record_with_its_submissions(campus: World, adm: Caller):
    """S3-39..41, S3-43."""
    assert campus.value("select count(*) from submission") == 1
    answer = await adm.delete(f"{V1}/enr_rs3456")
    assert (answer.status_code, answer.content) == (204, b"")
    assert campus.value("select count(*) from submission") == 0
    assert campus.value("select count(*) from enrollment where key = 'enr_rs3456'") == 0
    refusal(await adm.delete(f"{V1}/enr_rs3456"), 404, "not_found")


async def test_learners_delete_nothing(campus: World, lrn1: Caller):
    """S3-40."""
    before = quiet(campus)
    refusal(await lrn1.delete(f"{V1}/enr_mn0456"), 403, "admin_required")
    refusal(await lrn1.delete(f"{V1}/enr_rs3456"), 404, "not_found")
    assert quiet(campus) == before
