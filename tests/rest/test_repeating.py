"""`Idempotency-Key` on REST: the same request is answered the same, and done once."""

from __future__ import annotations

import asyncio
import re
from itertools import count
from typing import Any

import pytest
from campus_world import ONEROSTER, Caller
from schoology_world import CIVICS, Client, many
from world import World

from procedures.rest import repeating
from procedures.rest.routing import operations

MANY = f"{ONEROSTER}/enrollments"
EDUBRIDGE = "/edubridge/enrollments"
PERSON = {"user": {"sourcedId": "usr_lrn003"}, "class": {"sourcedId": "sec_abc"}}
STUDENT = {"enrollment": {"role": "student", **PERSON}}
LEO = {"uid": 1003, "admin": 0, "status": 1}

UID = {"school_uid": "s1"}
CODES = {"course_code": "E200", "section_code": "34"}

SUSPENDED = {"status": "suspended"}

Ask = tuple[str, str, Any]

ON_CAMPUS: list[Ask] = [
    ("POST", f"{EDUBRIDGE}/enroll/usr_lrn003/crs_abc123", None),
    ("POST", f"{EDUBRIDGE}/enroll/usr_lrn003/crs_abc123", {"metadata": {"a": 1.5}}),
    ("DELETE", f"{EDUBRIDGE}/unenroll/SIS-2/crs_done1", None),
    ("POST", MANY, STUDENT),
    ("PUT", f"{MANY}/new", STUDENT),
    ("PATCH", f"{MANY}/@active", {"enrollment": {"metadata": {"a": "b"}}}),
    ("PATCH", f"{MANY}/@active", {"enrollment": {"status": "tobedeleted"}}),
    ("DELETE", f"{MANY}/@active", None),
    ("POST", "/api/v1/enrollments", {"user_id": "usr_lrn003", "course_id": "crs_abc123"}),
    ("PUT", "/api/v1/enrollments/@active", {"status": "dropped"}),
    ("DELETE", "/api/v1/enrollments/@active", None),
    ("POST", "/api/enrollments", {"courseId": 42, "userId": "usr_lrn003"}),
    ("PATCH", "/api/enrollments", {"courseId": "@number", "userId": "@learner", **SUSPENDED}),
    ("DELETE", f"{EDUBRIDGE}/resetProgress/@learner/@course", None),
]
AT_SCHOOL: list[Ask] = [
    ("POST", CIVICS, LEO),
    ("POST", CIVICS, many(LEO, {**LEO, "uid": 999999})),
    ("POST", "/v1/enrollments", many({**LEO, "realm": "section", "section_id": 3719526})),
    ("PUT", CIVICS, many({"id": "@civics", "status": 5}, {"uid": 999999, "status": 5})),
    ("PUT", f"{CIVICS}/@civics", {"status": 2}),
    ("DELETE", f"{CIVICS}/@civics", None),
    ("DELETE", "/v1/enrollments?enrollment_ids=@civics,999999", None),
    ("POST", "/v1/enrollments/import/course", many({"section_school_code": "@code", **UID})),
    ("POST", "/v1/enrollments/import/course/999", many({**CODES, **UID, "delete": 1})),
    ("POST", "/v1/groups/65371/accesscode", {"access_code": "@access"}),
]
ACTIVE = """
    from enrollment e join course c on c.id = e.course_id join account a on a.id = e.user_id
    where e.key like 'enr%' and e.status = 'active' and e.role = 'student' order by e.id
"""
NAMES = {
    "@active": f"select e.key {ACTIVE}",
    "@number": f"select c.id {ACTIVE}",
    "@course": f"select c.key {ACTIVE}",
    "@learner": f"select a.key {ACTIVE}",
    "@civics": "select id from enrollment where realm_id = 3719526 and role = 'student'",
    "@access": "select access_code from realm where id = 65371",
    "@code": "select section_school_code from realm where section_school_code <> '' order by id",
}


def named(world: World, value: Any) -> Any:
    """With ids of the world in place of their names."""
    if isinstance(value, str):
        for name, sql in NAMES.items():
            if value == name == "@number":
                return world.value(sql)
            value = value.replace(name, str(world.value(sql))) if name in value else value
        return value
    if isinstance(value, dict):
        return {key: named(world, each) for key, each in value.items()}
    return [named(world, each) for each in value] if isinstance(value, list) else value


async def require_done_once(world: World, who: Any, ask: Ask) -> None:
    method, path, body = (named(world, part) for part in ask)
    key = {"idempotency-key": "once"}
    first = await who.send(method, path, body, **key)
    assert first.status_code < 300, first.text
    assert "idempotency-replayed" not in first.headers
    before = world.contents()
    again = await who.send(method, path, body, **key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers.get("content-type") == first.headers.get("content-type")
    assert again.headers.get_list("idempotency-replayed") == ["true"]
    assert world.contents() == before
    other = await who.send(method, f"{path}{'&' if '?' in path else '?'}x=1", body, **key)
    assert other.status_code in (409, 422)
    assert world.contents() == before


@pytest.mark.parametrize("ask", ON_CAMPUS)
async def test_a_request_under_a_key_is_answered_again_and_done_once(
    campus: World, adm: Caller, ask: Ask
):
    await require_done_once(campus, adm, ask)


@pytest.mark.parametrize("ask", AT_SCHOOL)
async def test_so_is_one_about_numbers(school: World, admin: Client, ask: Ask):
    await require_done_once(school, admin, ask)


def test_every_operation_that_changes_something_is_tried():
    """On one of its paths."""
    asks = [(asked, where.partition("?")[0]) for asked, where, _ in ON_CAMPUS + AT_SCHOOL]
    changing = [(method, path, one.doc) for _, method, path, one in operations() if one.calls]
    untried = {doc for _, _, doc in changing}
    for method, path, doc in changing:
        pattern = re.sub(r"\{\w+\}", "[^/?]+", path)
        if any(asked == method and re.fullmatch(pattern, where) for asked, where in asks):
            untried.discard(doc)
    assert untried == {"A bearer token for a client's id and secret."}


@pytest.mark.parametrize(
    ("method", "path", "body", "alone"),
    [
        ("PUT", "/v1/sections/3719526/enrollments", many({"uid": 48289, "status": 5}), 200),
        ("PUT", "/v1/sections/3719526/enrollments", LEO, 400),
        ("POST", "/v1/sections/3719526/enrollments", LEO | {"status": 3}, 409),
        ("POST", "/v1/sections/12345/enrollments", LEO, 200),
        ("POST", "/sections/3719526/enrollments", LEO, 409),
    ],
)
async def test_another_request_is_refused_under_the_key(
    school: World, admin: Client, method: str, path: str, body: Any, alone: int
):
    key = {"idempotency-key": "once"}
    assert (await admin.post(CIVICS, LEO, **key)).status_code == 200
    before = school.contents()
    assert (await admin.send(method, path, body, **key)).status_code == 409
    assert school.contents() == before
    other = {"idempotency-key": "other"}
    assert (await admin.send(method, path, body, **other)).status_code == alone


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_is_only_read_is_read_whatever_its_key(adm: Caller, method: str):
    path, key = f"{MANY}/enr_mn0456", {"idempotency-key": "once"}
    assert (await adm.delete(path, **key)).status_code == 204
    assert (await adm.send(method, path, **key)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"), [ON_CAMPUS[0], ON_CAMPUS[4], ON_CAMPUS[8], ON_CAMPUS[11]]
)
async def test_the_first_answer_is_given_though_the_record_is_gone(
    campus: World, adm: Caller, method: str, path: str, body: Any
):
    key = {"idempotency-key": "once"}
    first = await adm.send(method, path, body, **key)
    [(record,)] = campus.rows(
        "select key from enrollment where id = (select max(id) from enrollment)"
    )
    await adm.call("enrollment.delete", id=record)
    before = campus.contents()
    again = await adm.send(method, path, body, **key)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert campus.contents() == before


async def test_a_refused_request_leaves_nothing_and_is_tried_again(campus: World, adm: Caller):
    path, key = "/api/v1/enrollments/enr_none", {"idempotency-key": "once"}
    assert (await adm.delete(path, **key)).status_code == 404
    assert campus.value("select count(*) from idempotency") == 0
    await adm.call("enrollment.enroll", courseId="crs_abc123", userId="usr_lrn003", key="enr_none")
    assert (await adm.delete(path, **key)).status_code == 204


async def test_what_was_there_already_is_no_answer_to_be_kept(campus: World, adm: Caller):
    """Nothing was done under the key: once that is gone, the request does something."""
    path, key = f"{EDUBRIDGE}/enroll/usr_lrn003/crs_abc123", {"idempotency-key": "once"}
    await adm.post(path)
    assert (await adm.post(path, **key)).status_code == 200
    await adm.delete(f"{EDUBRIDGE}/unenroll/usr_lrn003/crs_abc123")
    assert [(await adm.post(path, **key)).status_code for _ in range(2)] == [201, 201]


async def test_a_key_is_kept_for_a_day(campus: World, adm: Caller):
    path, key = f"{EDUBRIDGE}/unenroll/SIS-2/crs_done1", {"idempotency-key": "once"}
    assert (await adm.delete(path, **key)).status_code == 204
    campus.clock.advance(hours=24, seconds=-1)
    assert (await adm.delete(path, **key)).status_code == 204
    campus.clock.advance(seconds=1)
    assert (await adm.delete(path, **key)).status_code == 404


async def test_a_key_is_its_callers_own(campus: World, adm: Caller, lrn1: Caller):
    key = {"idempotency-key": "once"}
    answers = [await who.post("/api/enrollments", {"courseId": 42}, **key) for who in (adm, lrn1)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].content != answers[1].content


async def test_who_was_removed_is_not_answered_again(campus: World, adm: Caller, lrn1: Caller):
    key = {"idempotency-key": "once"}
    assert (await lrn1.post("/api/enrollments", {"courseId": 42}, **key)).status_code == 200
    await adm.call("membership.remove", userId="usr_lrn001")
    assert (await lrn1.post("/api/enrollments", {"courseId": 42}, **key)).status_code == 403


@pytest.mark.parametrize(
    "ask",
    [ON_CAMPUS[0], ON_CAMPUS[2], ON_CAMPUS[4], ON_CAMPUS[10], ("DELETE", f"{MANY}/@active", None)],
)
async def test_of_many_at_once_one_is_done_and_all_get_its_answer(
    campus: World, adm: Caller, ask: Ask
):
    method, path, body = (named(campus, part) for part in ask)
    key = {"idempotency-key": "once"}
    events = campus.value("select count(*) from event")
    answers = await asyncio.gather(*(adm.send(method, path, body, **key) for _ in range(20)))
    assert len({(a.status_code, a.content) for a in answers}) == 1
    assert answers[0].status_code in (201, 204)
    assert campus.value("select count(*) from event") == events + 1


@pytest.mark.parametrize("ask", [ON_CAMPUS[0], ON_CAMPUS[10]])
async def test_who_looks_too_early_is_given_the_first_answer_all_the_same(
    monkeypatch: pytest.MonkeyPatch, campus: World, adm: Caller, ask: Ask
):
    """As who asks at the same moment, whatever the own answer were."""
    found, looks = repeating.first_answer, count()

    async def late(*given: Any) -> Any:
        return await found(*given) if next(looks) else None

    method, path, body = (named(campus, part) for part in ask)
    key = {"idempotency-key": "once"}
    first = await adm.send(method, path, body, **key)
    campus.change("update enrollment set metadata = '{\"a\": 1}'")
    monkeypatch.setattr(repeating, "first_answer", late)
    again = await adm.send(method, path, body, **key)
    assert (again.status_code, again.content) == (first.status_code, first.content)


@pytest.mark.parametrize("ask", [ON_CAMPUS[0], ON_CAMPUS[4], ON_CAMPUS[8]])
async def test_what_was_done_but_not_told_is_told_now(campus: World, adm: Caller, ask: Ask):
    """As if the process had ended between the one and the other."""
    key = {"idempotency-key": "once"}
    first = await adm.send(*ask, **key)
    campus.change("update idempotency set response = '' where idem_key = 'once/answer'")
    events = campus.value("select count(*) from event")
    again = [await adm.send(*ask, **key) for _ in range(2)]
    assert {(a.status_code, a.content) for a in again} == {(first.status_code, first.content)}
    assert campus.value("select count(*) from event") == events
