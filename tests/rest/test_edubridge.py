"""EduBridge: one call enrolls, and finds or makes class and sessions."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest
from campus_world import Caller, caller, quiet
from world import World

EDU = "/edubridge/enrollments"
ANNEX = "sch%2Fannex%20%E6%A0%A1"
MADE = "/enroll/usr_lrn001/crs_ghi789"


def refusal(answer: httpx2.Response, status: int, minor: str) -> None:
    """The answer refuses, worded as 1EdTech's services do."""
    body = answer.json()
    assert answer.status_code == status, body
    assert body == {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": body["imsx_description"],
        "imsx_CodeMinor": {
            "imsx_codeMinorField": [
                {
                    "imsx_codeMinorFieldName": "TargetEndSystem",
                    "imsx_codeMinorFieldValue": minor,
                }
            ]
        },
    }


def sections_of(world: World, course: str) -> list[tuple[str, str, int]]:
    """School, kind and number of terms of each default section of a course."""
    return world.rows(
        """
        select s.key, r.class_type, count(rt.term_id) from realm r
        join school s on s.id = r.school_id join course c on c.id = r.course_id
        left join realm_term rt on rt.realm_id = r.id
        where c.key = :course and r.is_default = 1 group by r.id, s.key, r.class_type order by r.id
        """,
        course=course,
    )


async def test_one_call_without_a_body_enrolls(campus: World, adm: Caller):
    """S1-07, S1-10..14, S1-17..21."""
    answer = await adm.post(f"{EDU}{MADE}/sch_main")
    made = answer.json()["data"]
    assert answer.status_code == 201
    assert made == {
        "id": made["id"],
        "role": "student",
        "beginDate": "2026-03-02T09:00:00.000Z",
        "endDate": None,
        "metadata": {},
        "course": {
            "id": "crs_ghi789",
            "title": "Greek",
            "metadata": {},
            "subjects": [],
            "grades": [],
            "primaryApp": None,
        },
        "school": {"id": "sch_main", "name": "Main School"},
    }
    assert sections_of(campus, "crs_ghi789") == [("sch_main", "scheduled", 1)]
    assert campus.value("select count(*) from outbox") == 0


async def test_class_and_sessions_are_made_once(campus: World, adm: Caller):
    """S1-11, S1-12: the second finds what the first has made."""
    for user in ("usr_lrn001", "SIS-2"):
        await adm.post(f"{EDU}/enroll/{user}/crs_ghi789")
    terms = campus.rows(
        """
        select t.kind, t.title, t.school_year, p.kind from term t join term p on p.id = t.parent_id
        where t.title = '2025-2026'
        """
    )
    assert terms == [("term", "2025-2026", "2026", "schoolYear")]
    assert sections_of(campus, "crs_ghi789") == [("sch_main", "scheduled", 1)]


async def test_who_is_in_a_section_of_others_is_not_shown_and_not_enrolled_again(
    adm: Caller, tch: Caller
):
    """Staff of another section are told that there is such a record."""
    second = await adm.call("realm.create", courseId="crs_abc123", title="Second")
    await adm.call("enrollment.enroll", realmId=second["id"], userId="usr_lrn003")
    refusal(await tch.post(f"{EDU}/enroll/usr_lrn003/crs_abc123"), 422, "invaliddata")
    assert (await adm.post(f"{EDU}/enroll/usr_lrn003/crs_abc123")).status_code == 200


def terms_of(world: World, section: str) -> list[tuple[str, str, str]]:
    """Kind and title of the terms of a section, and the title of what each is inside of."""
    return world.rows(
        """
        select t.kind, t.title, p.title from realm r
        join realm_term rt on rt.realm_id = r.id join term t on t.id = rt.term_id
        left join term p on p.id = t.parent_id where r.key = :section order by t.start_date, t.id
        """,
        section=section,
    )


async def test_a_class_that_is_there_is_put_in_a_term(campus: World, adm: Caller):
    """S1-12: once; and in the next one when that has begun."""
    for user in ("usr_lrn001", "SIS-2"):
        assert (await adm.post(f"{EDU}/enroll/{user}/crs_prog42")).status_code == 201
    first = ("term", "2025-2026", "2025-2026")
    assert terms_of(campus, "sec_42") == [first]
    campus.clock.advance(days=365)
    await adm.post(f"{EDU}/enroll/usr_lrn003/crs_prog42")
    assert terms_of(campus, "sec_42") == [first, ("term", "2026-2027", "2026-2027")]


@pytest.mark.parametrize(("ends", "is_on"), [("2025-12-31", False), ("2026-03-02", True)])
async def test_a_class_that_is_in_a_term_stays_in_that_while_it_is_on(
    campus: World, adm: Caller, ends: str, is_on: bool
):
    """What the roster says is left alone; a school year alone is no term."""
    campus.change("update term set end_date = :ends where key = 'trm_fall'", ends=ends)
    await adm.post(f"{EDU}/enroll/usr_lrn003/crs_abc123")
    there = [("schoolYear", "Year", None), ("term", "Fall", "Year")]
    made = [] if is_on else [("term", "2025-2026", "2025-2026")]
    assert terms_of(campus, "sec_abc") == there + made


async def test_two_classes_with_one_code_are_in_no_term_together(campus: World, adm: Caller):
    await adm.post(f"{EDU}/enroll/usr_lrn001/crs_ghi789")
    [(term,)] = campus.rows("select key from term where title = '2025-2026' and kind = 'term'")
    twin = {"courseId": "crs_abc123", "title": "Twin", "sectionCode": "1", "termIds": [term]}
    await adm.call("realm.create", **twin)
    assert (await adm.post(f"{EDU}/enroll/usr_lrn003/crs_abc123")).status_code == 201
    assert ("term", "2025-2026", "2025-2026") not in terms_of(campus, "sec_abc")


async def test_other_calls_leave_the_terms_of_a_class_alone(campus: World, adm: Caller):
    await adm.call("enrollment.enroll", courseId="crs_prog42", userId="usr_lrn001")
    assert terms_of(campus, "sec_42") == []


async def test_many_first_enrolls_put_a_class_in_one_term(campus: World, adm: Caller):
    users = ("usr_lrn001", "SIS-2", "usr_lrn003", "target-user-uuid", "usr_tch001")
    calls = (adm.post(f"{EDU}/enroll/{user}/crs_prog42") for user in users)
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} == {201}
    assert terms_of(campus, "sec_42") == [("term", "2025-2026", "2025-2026")]


async def test_the_organization_stands_for_its_default_school(campus: World, adm: Caller):
    """S1-19."""
    made = (await adm.post(f"{EDU}{MADE}/acme")).json()["data"]
    assert made["school"]["id"] == "sch_main"
    default = (await adm.told(f"{EDU}/defaultClass/crs_ghi789/acme"))["data"]
    assert default["school"] == {"id": "sch_main"}
    assert (await adm.delete(f"{EDU}/unenroll/usr_lrn001/crs_ghi789/acme")).status_code == 204


async def test_each_school_has_a_class_of_its_own(campus: World, adm: Caller):
    for path in (f"/enroll/usr_lrn001/crs_multi1/{ANNEX}", "/enroll/SIS-2/crs_multi1"):
        assert (await adm.post(EDU + path)).status_code == 201
    assert [school for school, _, _ in sections_of(campus, "crs_multi1")] == [
        "sch/annex 校",
        "sch_main",
    ]
    for school, path in (("sch_main", ""), ("sch/annex 校", f"/{ANNEX}")):
        default = (await adm.told(f"{EDU}/defaultClass/crs_multi1{path}"))["data"]
        assert default["school"] == {"id": school}


@pytest.mark.parametrize(
    ("user", "course", "key"),
    [("usr_lrn001", "crs_abc123", "enr_mn0456"), ("SIS-2", "crs_done1", "enr_done01")],
)
async def test_who_is_there_already_is_answered_200(
    campus: World, adm: Caller, user: str, course: str, key: str
):
    """Also who is done: the same body, nothing new."""
    before = quiet(campus)
    answer = await adm.post(f"{EDU}/enroll/{user}/{course}")
    assert (answer.status_code, answer.json()["data"]["id"]) == (200, key)
    assert quiet(campus) == before


async def test_the_body_may_say_more(adm: Caller):
    """S1-20, S1-21: days are those of the organization, the last one whole."""
    said = {
        "role": "teacher",
        "sourcedId": "enr-9",
        "beginDate": "2026-03-03",
        "endDate": "2026-03-08",
        "metadata": {"sis": 1},
        "primaryApp": "ignored",
    }
    made = (await adm.post(f"{EDU}{MADE}", said)).json()["data"]
    assert (made["id"], made["role"], made["metadata"]) == ("enr-9", "teacher", {"sis": 1})
    assert made["beginDate"] == "2026-03-03T05:00:00.000Z"
    assert made["endDate"] == "2026-03-09T04:00:00.000Z"


@pytest.mark.parametrize(
    "body",
    [
        *({"role": "pupil"}, {"beginDate": "soon"}, {"endDate": "2026-02-30"}, {"metadata": 1}),
        *([], {"sourcedId": ""}, {"beginDate": "2026-03-03", "endDate": "2026-03-01"}),
    ],
)
async def test_a_body_that_does_not_fit_is_422(campus: World, adm: Caller, body: Any):
    before = quiet(campus)
    refusal(await adm.post(f"{EDU}{MADE}", body), 422, "invaliddata")
    assert quiet(campus) == before


@pytest.mark.parametrize(("kind", "status"), [("application/xml", 415), ("application/json", 201)])
async def test_a_body_is_json(adm: Caller, kind: str, status: int):
    answer = await adm.raw("POST", f"{EDU}{MADE}", b"{}", content_type=kind)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/enroll/usr_nobody/crs_ghi789",
        "/enroll/usr_out001/crs_ghi789",
        "/enroll/usr_pnd001/crs_ghi789",
        "/enroll/usr_lrn001/crs_nowhere",  # S1-04
        "/enroll/usr_lrn001/crs_beta01",
        "/enroll/usr_lrn001/crs_ghi789/sch_nowhere",
        "/enroll/usr_lrn001/crs_ghi789/sch_beta",
        "/enroll/usr_lrn001/crs_ghi789/%01",
    ],
)
async def test_unknown_names_are_404(campus: World, adm: Caller, path: str):
    before = quiet(campus)
    refusal(await adm.post(EDU + path), 404, "unknownobject")
    assert quiet(campus) == before


async def test_staff_enroll_past_the_rules_for_learners(campus: World, tch: Caller, adm: Caller):
    """Drafts and prerequisites do not hold a roster up, and nobody gets a mail; who is no staff
    there may not."""
    for course in ("crs_draft1", "crs_js50", "crs_full1"):
        assert (await adm.post(f"{EDU}/enroll/usr_lrn001/{course}")).status_code == 201
    assert (await adm.post(f"{EDU}/enroll/usr_adm001/crs_draft1")).status_code == 201
    assert (await tch.post(f"{EDU}/enroll/usr_lrn003/crs_abc123")).status_code == 201
    assert campus.value("select count(*) from outbox") == 0
    refusal(await tch.post(f"{EDU}/enroll/usr_lrn003/crs_draft1"), 403, "forbidden")


async def test_learners_enroll_themselves_under_the_rules_and_nobody_else(
    campus: World, lrn1: Caller
):
    assert (await lrn1.post(f"{EDU}{MADE}")).status_code == 201
    assert campus.value("select count(*) from outbox") == 1
    refusal(await lrn1.post(f"{EDU}/enroll/usr_lrn001/crs_draft1"), 422, "invaliddata")
    refusal(await lrn1.post(f"{EDU}/enroll/usr_lrn001/crs_js50"), 422, "invaliddata")
    refusal(await lrn1.post(f"{EDU}/enroll/usr_lrn003/crs_ghi789"), 403, "forbidden")
    refusal(await lrn1.post(f"{EDU}/enroll/usr_nobody/crs_ghi789"), 403, "forbidden")


async def test_a_user_list_has_active_and_completed_courses(adm: Caller, lrn2: Caller):
    """S1-23: found by sourcedId and by account."""
    for user in ("SIS-2", "usr_lrn002"):
        for who in (adm, lrn2):
            found = (await who.told(f"{EDU}/user/{user}"))["data"]
            assert [one["id"] for one in found] == ["enr_rs3456", "enr_done01"]
    assert found[0]["endDate"] == "2026-06-30T04:00:00.000Z"
    assert found[0]["metadata"] == {"source": "it's SIS"}


async def test_neither_groups_nor_ended_records_are_in_a_user_list(lrn1: Caller):
    found = (await lrn1.told(f"{EDU}/user/usr_lrn001"))["data"]
    assert [one["id"] for one in found] == ["enr_mn0456"]


@pytest.mark.parametrize("user", ["SIS-2", "usr_nobody", "usr_out001", "usr_pnd001"])
async def test_the_list_of_another_is_not_there(lrn1: Caller, user: str):
    refusal(await lrn1.get(f"{EDU}/user/{user}"), 404, "unknownobject")


async def test_a_teacher_sees_of_a_list_what_is_in_their_classes(adm: Caller, tch: Caller):
    """Model 4.10: who has nothing there is not there for them, nor who has left without trace."""
    found = (await tch.told(f"{EDU}/user/SIS-2"))["data"]
    assert [one["id"] for one in found] == ["enr_rs3456"]
    for user in ("uuid-here", "usr_lrn003", "usr_nobody", "usr_out001"):
        refusal(await tch.get(f"{EDU}/user/{user}"), 404, "unknownobject")
    await adm.call("enrollment.update", id="enr_rs3456", status="suspended")
    assert await tch.told(f"{EDU}/user/SIS-2") == {"data": []}
    await adm.call("enrollment.unenroll", id="enr_rs3456")
    refusal(await tch.get(f"{EDU}/user/SIS-2"), 404, "unknownobject")


async def test_the_own_list_may_be_empty(campus: World, adm: Caller):
    own = caller(campus, "target-user-uuid")
    refusal(await adm.get(f"{EDU}/user/usr_nobody"), 404, "unknownobject")
    for who in (adm, own):
        assert await who.told(f"{EDU}/user/target-user-uuid") == {"data": []}


async def test_unenrolling_ends_a_record_once(campus: World, adm: Caller):
    path = f"{EDU}/unenroll/SIS-2/crs_abc123"
    answer = await adm.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert campus.value("select deleted_at from enrollment where key = 'enr_rs3456'") is not None
    refusal(await adm.delete(path), 404, "unknownobject")


@pytest.mark.parametrize("user", ["SIS-2", "usr_lrn002"])
async def test_records_of_a_former_member_are_listed_and_can_be_ended(adm: Caller, user: str):
    """By either name; a new one is refused."""
    await adm.call("membership.remove", userId="usr_lrn002")
    assert len((await adm.told(f"{EDU}/user/{user}"))["data"]) == 2
    refusal(await adm.post(f"{EDU}/enroll/{user}/crs_ghi789"), 404, "unknownobject")
    assert (await adm.delete(f"{EDU}/unenroll/{user}/crs_abc123")).status_code == 204


async def test_the_live_record_ends_before_a_completed_one(campus: World, adm: Caller):
    """The completed one is younger, and in another school."""
    path = f"{EDU}/unenroll/usr_lrn003/crs_multi1"
    ended = "select key from enrollment where deleted_at is not null order by key"
    refusal(await adm.delete(f"{path}/sch_district"), 404, "unknownobject")
    for keys in (["enr_red001"], ["enr_blu001", "enr_red001"]):
        assert (await adm.delete(path)).status_code == 204
        assert [key for (key,) in campus.rows(ended)] == keys


async def test_the_record_of_a_student_ends_before_that_of_a_teacher(campus: World, adm: Caller):
    """As EduBridge enrolls students where it is not told otherwise."""
    teacher = {"courseId": "crs_abc123", "userId": "usr_lrn002", "role": "teacher"}
    taught = (await adm.call("enrollment.enroll", **teacher))["id"]
    ended = "select key from enrollment where deleted_at is not null order by id"
    for keys in (["enr_rs3456"], ["enr_rs3456", taught]):
        assert (await adm.delete(f"{EDU}/unenroll/SIS-2/crs_abc123")).status_code == 204
        assert [key for (key,) in campus.rows(ended)] == keys


async def test_a_school_says_which_of_several_records_ends(campus: World, adm: Caller):
    await adm.delete(f"{EDU}/unenroll/usr_lrn003/crs_multi1/sch_main")
    assert campus.rows("select key from enrollment where deleted_at is not null") == [
        ("enr_blu001",)
    ]


@pytest.mark.parametrize(
    ("who", "path", "status", "minor"),
    [
        ("usr_lrn001", "SIS-2/crs_abc123", 404, "unknownobject"),
        ("usr_lrn001", "usr_lrn001/crs_held1", 403, "forbidden"),
        ("usr_lrn001", "usr_lrn001/crs_left1", 404, "unknownobject"),
        ("usr_adm001", "usr_lrn001/crs_nowhere", 404, "unknownobject"),
        ("usr_adm001", "usr_lrn001/crs_abc123/sch_nowhere", 404, "unknownobject"),
    ],
)
async def test_what_cannot_be_ended_stays(
    campus: World, who: str, path: str, status: int, minor: str
):
    before = quiet(campus)
    refusal(await caller(campus, who).delete(f"{EDU}/unenroll/{path}"), status, minor)
    assert quiet(campus) == before


async def test_progress_is_taken_away_by_staff_unless_completed(
    campus: World, adm: Caller, lrn1: Caller
):
    path = f"{EDU}/resetProgress"
    refusal(await lrn1.delete(f"{path}/usr_lrn001/crs_abc123"), 403, "forbidden")
    answer = await adm.delete(f"{path}/usr_lrn001/crs_abc123")
    assert (answer.status_code, answer.content) == (204, b"")
    assert campus.value("select progress from enrollment where key = 'enr_mn0456'") == 0
    refusal(await adm.delete(f"{path}/SIS-2/crs_done1"), 422, "invaliddata")
    refusal(await adm.delete(f"{path}/SIS-2/crs_nowhere"), 404, "unknownobject")
    refusal(await adm.delete(f"{path}/usr_nobody/crs_abc123"), 404, "unknownobject")


async def test_a_default_class_is_there_once_it_was_needed(adm: Caller, lrn1: Caller):
    for who in (adm, lrn1):
        assert await who.told(f"{EDU}/defaultClass/crs_abc123") == {
            "data": {
                "id": "sec_abc",
                "title": "Alphabet",
                "course": {"id": "crs_abc123"},
                "school": {"id": "sch_main"},
                "terms": [{"id": "trm_year"}, {"id": "trm_fall"}],
            }
        }
    await adm.call("realm.create", courseId="crs_ghi789", title="Another")
    for path in ("crs_ghi789", "crs_nowhere", f"crs_abc123/{ANNEX}", "crs_abc123/sch_nowhere"):
        refusal(await adm.get(f"{EDU}/defaultClass/{path}"), 404, "unknownobject")
    assert (await adm.get(f"{EDU}/defaultClass/crs_draft1")).status_code == 200
    refusal(await lrn1.get(f"{EDU}/defaultClass/crs_draft1"), 404, "unknownobject")


@pytest.mark.parametrize("path", [f"{MADE}/sch_main", "/user/usr_lrn001", "/defaultClass/x"])
async def test_every_call_needs_a_token(nobody: Caller, path: str):
    """S1-27."""
    method = "POST" if path == f"{MADE}/sch_main" else "GET"
    refusal(await nobody.send(method, EDU + path), 401, "unauthorisedrequest")
