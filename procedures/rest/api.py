"""/api/enrollments: the caller's own records, by course number."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.records.detail import Detail
from procedures.records.enrollment import Enrollment
from procedures.records.fields import SAFE
from procedures.rest.errors import message_of, row_of
from procedures.rest.surface import Answer, Incoming, Surface, json_answer, seconds
from rpc.errors import RPCError

CourseNumber = Annotated[int, Meta(ge=1, le=SAFE)]
SHOWN = ("active", "suspended", "completed", "expired", "archived", "dropped")
WRITABLE = ("active", "completed", "suspended")
PAGE = 1000


class NewEnrollment(Struct, rename="camel", forbid_unknown_fields=True):
    course_id: CourseNumber
    user_id: str | None = None
    bypass_prerequisites: bool = False
    reenroll: bool = False


class StatusChange(Struct, rename="camel", forbid_unknown_fields=True):
    course_id: CourseNumber
    status: str
    user_id: str | None = None


def shown(record: Detail) -> dict[str, Any]:
    assert record.course is not None
    return {
        "id": record.number,
        "user_id": record.user.key,
        "course_id": record.course.number,
        "status": record.status,
        "progress": record.progress,
        "enrolled_at": seconds(record.enrolled_at),
        "completed_at": seconds(record.completed_at),
    }


def listed(record: Detail) -> dict[str, Any]:
    course = record.course
    assert course is not None
    return {
        **shown(record),
        "courses": {"id": course.number, "title": course.title, "image": course.image},
    }


async def list_enrollments(incoming: Incoming) -> Answer:
    """All of the caller's records as a student, the newest last."""
    me = await incoming.call("details.caller")
    where = [
        {"field": "user", "op": "=", "value": me.user},
        {"field": "realmKind", "op": "=", "value": "section"},
        {"field": "role", "op": "=", "value": "student"},
        {"field": "status", "op": "in", "value": list(SHOWN)},
    ]
    records: list[Detail] = []
    while True:
        page = {"where": where, "limit": PAGE, "offset": len(records)}
        found = await incoming.call("details.enrollments", page)
        records += found.items
        if not found.items or len(records) >= found.total:
            return Answer(200, {"enrollments": [listed(one) for one in records]})


async def course_key(incoming: Incoming, user_id: str | None, number: int, is_admins: bool) -> str:
    """The key of a course; who asks for what is the admins' is refused before that."""
    me = await incoming.call("details.caller")
    is_other = user_id not in (None, me.user)
    if (is_other or is_admins) and me.org_role != "admin":
        raise RPCError("FORBIDDEN", "Admin access required", reason="admin_required")
    key: str = (await incoming.one("details.courses", {"numbers": [number]})).key
    return key


async def create_enrollment(incoming: Incoming) -> Answer:
    given = await incoming.json(NewEnrollment)
    key = await course_key(incoming, given.user_id, given.course_id, given.bypass_prerequisites)
    wish: dict[str, Any] = {"courseId": key, "reenroll": given.reenroll}
    if given.user_id is not None:
        wish["userId"] = given.user_id
    if given.bypass_prerequisites:
        wish["bypassPrerequisites"] = True
    made = await enroll(incoming, wish)
    record = shown(await incoming.call("details.enrollment", {"key": made.id}))
    del record["completed_at"]
    return Answer(200, {"enrollment": record})


async def enroll(incoming: Incoming, wish: dict[str, Any]) -> Enrollment:
    """Enroll; missing prerequisites are named by number."""
    try:
        made: Enrollment = await incoming.call("enrollment.enroll", wish)
    except RPCError as error:
        if error.reason == "prerequisites_not_met":
            error.data["missingPrerequisites"] = await numbered(incoming, error)
        raise
    return made


async def numbered(incoming: Incoming, error: RPCError) -> list[dict[str, Any]]:
    missing = error.data["missingPrerequisites"]
    courses = await incoming.call("details.courses", {"keys": [one["id"] for one in missing]})
    numbers = {course.key: course.number for course in courses}
    return [{**one, "id": numbers[one["id"]]} for one in missing]


async def update_enrollment(incoming: Incoming) -> Answer:
    given = await incoming.json(StatusChange)
    if given.status not in WRITABLE:
        message = f"`status` must be one of {', '.join(WRITABLE)}"
        raise RPCError("BAD_REQUEST", message, reason="invalid_input")
    key = await course_key(incoming, given.user_id, given.course_id, False)
    change: dict[str, Any] = {"courseId": key, "status": given.status}
    if given.user_id is not None:
        change["userId"] = given.user_id
    changed = await incoming.call("enrollment.update", change)
    record = await incoming.call("details.enrollment", {"key": changed.id})
    return Answer(200, {"enrollment": shown(record)})


def refusal(error: RPCError, http: HTTPRequest) -> Response:
    body: dict[str, Any] = {"error": message_of(error)}
    if error.reason == "prerequisites_not_met":
        body = {"error": "Prerequisites not met", **error.data}
    return json_answer(Answer(row_of(error).api, body), http)


SURFACE = Surface(
    door="api",
    prefixes=("/api/",),
    routes={
        "/api/enrollments": {
            "GET": list_enrollments,
            "POST": create_enrollment,
            "PATCH": update_enrollment,
        },
    },
    refusal=refusal,
    answer=json_answer,
)
