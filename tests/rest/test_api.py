"""/api/enrollments: what each call answers, and how it refuses."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from campus_world import Caller, browser, caller, quiet
from world import World

API = "/api/enrollments"
ADMINS_ONLY = "Admin access required"


def refusal(answer: httpx2.Response, status: int, error: str | None = None) -> None:
    """The answer refuses, worded as this surface does."""
    body = answer.json()
    assert answer.status_code == status, body
    assert list(body) == ["error"] and body["error"]
    assert error in (None, body["error"])


async def test_the_caller_sees_all_of_their_own_the_newest_last(
    campus: World, lrn1: Caller, adm: Caller
):
    """S4-01, S4-02, S4-04: no groups; not even admins see others' here."""
    found = (await lrn1.told(API))["enrollments"]
    assert [one["id"] for one in found] == [2, 6, 7, 8]
    assert [one["status"] for one in found] == ["active", "dropped", "suspended", "expired"]
    assert await adm.told(API) == {"enrollments": []}
    campus.change("update enrollment set status = 'archived' where id = 2")
    assert (await lrn1.told(API))["enrollments"][0] == {**found[0], "status": "archived"}


async def test_roles_other_than_a_students_are_not_listed(tch: Caller):
    assert await tch.told(API) == {"enrollments": []}


async def test_a_session_cookie_lets_in_as_a_token_does(campus: World):
    """S4-03."""
    me = browser(campus, "uuid-here")
    assert [one["id"] for one in (await me.told(API))["enrollments"]] == [1]


async def test_more_than_a_page_of_the_database_is_listed_whole(
    monkeypatch: pytest.MonkeyPatch, lrn1: Caller
):
    """S4-01: the list has no pages."""
    monkeypatch.setattr("procedures.rest.surface.LARGEST_PAGE", 3)
    assert len((await lrn1.told(API))["enrollments"]) == 4


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
async def test_without_credentials_there_is_nothing(nobody: Caller, method: str):
    """S4-41."""
    refusal(await nobody.send(method, API), 401)


async def test_enrolling_answers_200_with_six_members_and_counts(lrn1: Caller):
    """S4-06, S4-08, S4-09, S4-12, S4-14, S4-39."""
    before = await lrn1.call("course.get", courseId="crs_prog42")
    answer = await lrn1.post(API, {"courseId": 42})
    made = answer.json()["enrollment"]
    assert answer.status_code == 200
    assert made == {
        "id": made["id"],
        "user_id": "usr_lrn001",
        "course_id": 42,
        "status": "active",
        "progress": 0,
        "enrolled_at": "2026-03-02T09:00:00Z",
    }
    after = await lrn1.call("course.get", courseId="crs_prog42")
    assert after["enrollmentCount"] == before["enrollmentCount"] + 1
    assert (await lrn1.told(API))["enrollments"][-1]["id"] == made["id"]


@pytest.mark.parametrize(("course", "status"), [(110, "requested"), (108, "waitlisted")])
async def test_who_has_to_wait_is_told_so_and_listed_once_let_in(
    adm: Caller, lrn2: Caller, course: int, status: str
):
    await adm.call("course.update", courseId="crs_full1", waitlist=True)
    before = await lrn2.told(API)
    made = (await lrn2.post(API, {"courseId": course})).json()["enrollment"]
    assert made["status"] == status
    assert await lrn2.told(API) == before
    let_in = {"courseId": course, "userId": "usr_lrn002", "status": "active"}
    assert (await adm.patch(API, let_in)).json()["enrollment"]["status"] == "active"
    assert (await lrn2.told(API))["enrollments"][-1]["id"] == made["id"]


async def test_a_learner_is_told_of_enrollment_by_mail(campus: World, lrn1: Caller):
    """S4-34."""
    await lrn1.post(API, {"courseId": 42})
    mails = campus.rows("select recipient, template from outbox where channel = 'email'")
    assert mails == [("lena@acme.example", "welcome")]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"courseId": 101}, 409),  # S4-44
        ({"courseId": 999_999}, 404),  # S4-43
        ({"courseId": 900}, 404),  # another tenant's
        ({"courseId": 106}, 400),
        ({"courseId": 108}, 409),
        ({"courseId": 105}, 409),
    ],
)
async def test_an_enrollment_against_the_rules_is_refused(
    campus: World, lrn1: Caller, body: dict[str, Any], status: int
):
    before = quiet(campus)
    refusal(await lrn1.post(API, body), status)
    assert quiet(campus) == before


@pytest.mark.parametrize(
    "body",
    [
        *({}, [], {"courseId": "42"}, {"courseId": True}, {"courseId": 4.5}, {"courseId": 0}),
        *({"courseId": None}, {"courseId": 2**53}, {"courseId": 42, "more": 1}),
        {"courseId": 42, "bypassPrerequisites": "yes"},
        {"courseId": 42, "userId": 7},
    ],
)
async def test_a_body_that_does_not_fit_is_400(campus: World, adm: Caller, body: Any):
    """S4-09, S4-40."""
    before = quiet(campus)
    refusal(await adm.post(API, body), 400)
    assert quiet(campus) == before


async def test_missing_prerequisites_are_named_with_their_state(campus: World, lrn1: Caller):
    """S4-07, S4-27, S4-29..33, S4-40."""
    await lrn1.post(API, {"courseId": 15})
    before = quiet(campus)
    answer = await lrn1.post(API, {"courseId": 50})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Prerequisites not met",
        "missingPrerequisites": [
            {"id": 10, "title": "Introduction to Programming", "status": "not_started"},
            {"id": 15, "title": "Basic JavaScript", "status": "in_progress"},
        ],
    }
    assert quiet(campus) == before


async def test_completed_prerequisites_let_in(lrn1: Caller):
    """S4-27, S4-28."""
    for course in (10, 15):
        await lrn1.post(API, {"courseId": course})
        await lrn1.patch(API, {"courseId": course, "status": "completed"})
    assert (await lrn1.post(API, {"courseId": 50})).status_code == 200


async def test_admins_enroll_others_and_past_prerequisites(adm: Caller):
    """S4-10, S4-11, S4-37."""
    other = {"courseId": 50, "userId": "target-user-uuid"}
    assert (await adm.post(API, other)).json()["error"] == "Prerequisites not met"
    answer = await adm.post(API, {**other, "bypassPrerequisites": True})
    assert answer.json()["enrollment"]["user_id"] == "target-user-uuid"


@pytest.mark.parametrize(
    "wish",
    [
        {"courseId": 42, "userId": "usr_lrn002"},
        {"courseId": 42, "userId": "usr_nobody"},
        {"courseId": 999_999, "userId": "usr_lrn002"},
        {"courseId": 42, "bypassPrerequisites": True},
        {"courseId": 999_999, "bypassPrerequisites": True},
    ],
)
@pytest.mark.parametrize("who", ["usr_lrn001", "usr_tch001"])
async def test_what_is_for_admins_is_refused_before_anything_is_looked_up(
    campus: World, who: str, wish: dict[str, Any]
):
    """S4-10, S4-11, S4-42."""
    refusal(await caller(campus, who).post(API, wish), 403, ADMINS_ONLY)


async def test_naming_oneself_needs_no_admin(lrn1: Caller):
    wish = {"courseId": 42, "userId": "usr_lrn001", "bypassPrerequisites": False}
    assert (await lrn1.post(API, wish)).status_code == 200


async def test_a_completed_course_is_taken_again_on_request(lrn2: Caller):
    refusal(await lrn2.post(API, {"courseId": 103}), 409)
    again = await lrn2.post(API, {"courseId": 103, "reenroll": True})
    assert again.json()["enrollment"]["status"] == "active"


async def test_completing_sets_time_and_progress_and_tells_learner_and_admins(
    campus: World, lrn1: Caller
):
    """S4-15..17, S4-19, S4-21, S4-23..26, S4-35, S4-36."""
    answer = await lrn1.patch(API, {"courseId": 101, "status": "completed"})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "enrollment": {
                "id": 2,
                "user_id": "usr_lrn001",
                "course_id": 101,
                "status": "completed",
                "progress": 100,
                "enrolled_at": "2025-09-01T12:00:00Z",
                "completed_at": "2026-03-02T09:00:00Z",
            }
        },
    )
    mails = campus.rows("select template, recipient from outbox order by template")
    assert [tuple(mail) for mail in mails] == [
        ("completed", "lena@acme.example"),
        ("completed_admin", "ada@acme.example"),
    ]


async def test_who_teaches_the_course_as_well_completes_the_record_that_is_listed(
    adm: Caller, tch: Caller
):
    await tch.post(API, {"courseId": 42})
    teacher = {"courseId": "crs_prog42", "userId": "usr_tch001", "role": "teacher"}
    taught = await adm.call("enrollment.enroll", **teacher)
    done = await tch.patch(API, {"courseId": 42, "status": "completed"})
    [listed] = (await tch.told(API))["enrollments"]
    assert done.json()["enrollment"].items() <= listed.items()
    assert await adm.call("enrollment.get", id=taught["id"]) == taught


async def test_completing_twice_changes_nothing(campus: World, lrn1: Caller):
    done = {"courseId": 101, "status": "completed"}
    first = await lrn1.patch(API, done)
    before = quiet(campus)
    assert (await lrn1.patch(API, done)).json() == first.json()
    assert quiet(campus) == before


@pytest.mark.parametrize(
    ("course", "status", "refused"),
    [
        (105, "active", 403),  # S4-18: one's own suspension
        (101, "suspended", 403),  # S4-20
        (102, "completed", 404),  # S4-43: no record there
        (999_999, "completed", 404),
        (900, "completed", 404),
    ],
)
async def test_a_learners_change_against_the_rules_is_refused(
    campus: World, lrn1: Caller, course: int, status: str, refused: int
):
    before = quiet(campus)
    refusal(await lrn1.patch(API, {"courseId": course, "status": status}), refused)
    assert quiet(campus) == before


async def test_completed_never_becomes_active_again(lrn2: Caller):
    refusal(await lrn2.patch(API, {"courseId": 103, "status": "active"}), 400)


async def test_admins_suspend_and_take_back_others(adm: Caller):
    """S4-18, S4-20."""
    change = {"courseId": 101, "userId": "usr_lrn001"}
    for status in ("suspended", "active"):
        answer = await adm.patch(API, {**change, "status": status})
        changed = answer.json()["enrollment"]
        assert (changed["user_id"], changed["status"]) == ("usr_lrn001", status)


async def test_of_several_records_in_a_course_the_live_one_is_changed_else_the_latest(adm: Caller):
    """The completed one is the younger, in another section."""
    done = {"courseId": 109, "userId": "usr_lrn003", "status": "completed"}
    changed = [(await adm.patch(API, done)).json()["enrollment"] for _ in range(2)]
    assert [one["id"] for one in changed] == [11, 12]


@pytest.mark.parametrize(
    "body",
    [
        *({"courseId": 101}, {"status": "completed"}, {"courseId": "101", "status": "completed"}),
        *({"courseId": 101, "status": "dropped"}, {"courseId": 101, "status": None}),
    ],
)
async def test_a_change_that_does_not_fit_is_400(campus: World, lrn1: Caller, body: Any):
    """S4-16, S4-17, S4-40."""
    before = quiet(campus)
    refusal(await lrn1.patch(API, body), 400)
    assert quiet(campus) == before
