"""/api/v1/enrollments: records by string keys, pages by number."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.records.detail import Detail
from procedures.rest.errors import message_of, reason_of, row_of
from procedures.rest.surface import (
    Answer,
    Incoming,
    Surface,
    is_key,
    json_answer,
    seconds,
)
from rpc.errors import RPCError

SHOWN = {
    "active": "active",
    "suspended": "dropped",
    "completed": "completed",
    "expired": "dropped",
    "archived": "dropped",
    "dropped": "dropped",
}
LARGEST_PAGE = 100


class NewEnrollment(Struct, forbid_unknown_fields=True):
    user_id: str
    course_id: str
    reenroll: bool = False


class StatusChange(Struct, forbid_unknown_fields=True):
    status: str


def shown(record: Detail) -> dict[str, Any]:
    assert record.course is not None
    return {
        "id": record.key,
        "user_id": record.user.key,
        "course_id": record.course.key,
        "status": SHOWN[record.status],
        "progress_percent": record.progress,
        "enrolled_at": seconds(record.enrolled_at),
        "completed_at": seconds(record.completed_at),
    }


def selection(incoming: Incoming) -> list[dict[str, Any]]:
    """What the query asks for, of what this surface shows: students of courses."""
    wanted = incoming.query("status")
    if wanted is not None and wanted not in SHOWN.values():
        message = "`status` must be active, completed or dropped"
        raise RPCError("BAD_REQUEST", message, reason="invalid_query")
    statuses = [ours for ours, theirs in SHOWN.items() if wanted in (None, theirs)]
    where: list[dict[str, Any]] = [
        {"field": "realmKind", "op": "=", "value": "section"},
        {"field": "role", "op": "=", "value": "student"},
        {"field": "status", "op": "in", "value": statuses},
    ]
    for field, name in (("user", "user_id"), ("course", "course_id")):
        if (value := incoming.query(name)) is not None:
            where.append({"field": field, "op": "=", "value": value if is_key(value) else ""})
    return where


async def list_enrollments(incoming: Incoming) -> Answer:
    page = incoming.query_number("page", 1, 1)
    size = min(incoming.query_number("per_page", 20, 1), LARGEST_PAGE)
    found = await incoming.call(
        "details.enrollments",
        {"where": selection(incoming), "limit": size, "offset": (page - 1) * size},
    )
    pages = -(-found.total // size)
    pagination = {"page": page, "per_page": size, "total": found.total, "total_pages": pages}
    return Answer(200, {"data": [shown(one) for one in found.items], "pagination": pagination})


async def detail(incoming: Incoming, key: str) -> Detail:
    """A record as this surface has them. Raises NOT_FOUND."""
    record: Detail = await incoming.call("details.enrollment", {"key": key})
    if record.course is None or record.role != "student" or record.status not in SHOWN:
        raise RPCError("NOT_FOUND", "no such enrollment")
    return record


async def get_enrollment(incoming: Incoming) -> Answer:
    return Answer(200, shown(await detail(incoming, incoming.path("id"))))


async def create_enrollment(incoming: Incoming) -> Answer:
    given = await incoming.json(NewEnrollment)
    course = await incoming.one("details.courses", {"keys": [given.course_id]})
    made = await incoming.call(
        "enrollment.enroll",
        {"courseId": course.key, "userId": given.user_id, "reenroll": given.reenroll},
    )
    location = {"Location": f"/api/v1/enrollments/{made.id}"}
    return Answer(201, shown(await detail(incoming, made.id)), location)


async def update_enrollment(incoming: Incoming) -> Answer:
    record = await detail(incoming, incoming.path("id"))
    given = await incoming.json(StatusChange)
    if given.status not in ("active", "dropped"):
        raise RPCError("BAD_REQUEST", "`status` must be active or dropped", reason="invalid_input")
    same = [ours for ours, theirs in SHOWN.items() if theirs == given.status]
    change = {"id": record.key, "status": given.status, "unlessStatus": same}
    await incoming.call("enrollment.update", change)
    return Answer(200, shown(await detail(incoming, record.key)))


async def delete_enrollment(incoming: Incoming) -> Answer:
    record = await detail(incoming, incoming.path("id"))
    await incoming.call("enrollment.delete", {"id": record.key})
    return Answer(204)


def refusal(error: RPCError, http: HTTPRequest) -> Response:
    body = {"error": {"code": reason_of(error), "message": message_of(error)}}
    return json_answer(Answer(row_of(error).v1, body), http)


SURFACE = Surface(
    door="v1",
    prefixes=("/api/v1/",),
    routes={
        "/api/v1/enrollments": {"GET": list_enrollments, "POST": create_enrollment},
        "/api/v1/enrollments/{id}": {
            "GET": get_enrollment,
            "PUT": update_enrollment,
            "DELETE": delete_enrollment,
        },
    },
    refusal=refusal,
    answer=json_answer,
)
