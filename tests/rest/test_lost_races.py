"""Many who ask the same at one moment: who is too late is answered as who asks a minute later."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from campus_world import ONEROSTER, Caller, quiet
from schoology_world import Client, many
from world import World

CROWD = 25
STUDENT = {
    "role": "student",
    "user": {"sourcedId": "usr_lrn003"},
    "class": {"sourcedId": "sec_abc"},
}
ENROLL = {"courseId": "crs_abc123", "userId": "usr_lrn003"}
LATER = {"op": "upsert", **ENROLL, "key": "race", "status": "archived"}
LEO = {"realm": "section", "section_id": 3719526, "uid": 1003, "admin": 0, "status": 1}


async def require_one_made(
    world: World, caller: Any, made: int, late: int, ask: tuple[str, str, Any]
) -> None:
    records = quiet(world)[0]
    answers = await asyncio.gather(*(caller.send(*ask) for _ in range(CROWD)))
    again = await caller.send(*ask)
    assert (again.status_code, quiet(world)[0]) == (late, records + 1)
    others = [a.status_code for a in answers if (a.status_code, a.text) != (late, again.text)]
    assert others in ([made], [])


@pytest.mark.parametrize(
    ("made", "late", "ask"),
    [
        (201, 200, ("POST", "/edubridge/enrollments/enroll/usr_lrn003/crs_abc123", None)),
        (201, 200, ("PUT", f"{ONEROSTER}/enrollments/race", {"enrollment": STUDENT})),
        (201, 422, ("POST", f"{ONEROSTER}/enrollments", {"enrollment": STUDENT})),
        (
            201,
            422,
            ("POST", "/api/v1/enrollments", {"user_id": "usr_lrn003", "course_id": "crs_abc123"}),
        ),
        (200, 409, ("POST", "/rpc/enrollment.enroll", ENROLL)),
        (200, 409, ("POST", "/rpc/enrollment.enroll", {**ENROLL, "key": "race"})),
        (200, 200, ("POST", "/rpc/enrollment.bulk", {"items": [LATER]})),
    ],
)
async def test_one_enrolls_and_the_others_are_told_what_who_comes_later_is_told(
    campus: World, adm: Caller, made: int, late: int, ask: tuple[str, str, Any]
):
    await require_one_made(campus, adm, made, late, ask)


@pytest.mark.parametrize(("flag", "late"), [("", 207), ("?update_existing=1", 200)])
async def test_one_item_enrolls_and_the_others_are_told_what_a_later_one_is_told(
    school: World, admin: Client, flag: str, late: int
):
    ask = ("POST", f"/v1/enrollments{flag}", many(LEO))
    await require_one_made(school, admin, 200, late, ask)


async def test_whoever_is_too_late_is_told_the_record_that_is_there(campus: World, adm: Caller):
    asked = (adm.post("/rpc/enrollment.enroll", ENROLL) for _ in range(CROWD))
    bodies = [answer.json() for answer in await asyncio.gather(*asked)]
    [made] = [body["result"]["data"]["id"] for body in bodies if "result" in body]
    told = [body["error"]["data"] for body in bodies if "error" in body]
    assert {(data["status"], data["enrollmentId"]) for data in told} == {("active", made)}
