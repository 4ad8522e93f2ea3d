"""/api/v1/enrollments: records by string keys, pages by number."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import quote

from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.records.detail import Detail
from procedures.records.enrollment import Enrollment as Record
from procedures.records.enrollment import Status
from procedures.records.fields import SAFE, Key, Limit
from procedures.refusals import no_enrollment
from procedures.rest.errors import message_of, reason_of, row_of
from procedures.rest.surface import (
    Answer,
    Incoming,
    Instant,
    Operation,
    Surface,
    among,
    equal,
    is_key,
    json_answer,
    seconds,
)
from rpc.errors import RPCError

Shown = Literal["active", "completed", "dropped"]
SHOWN: dict[Status | Literal["deleted"], Shown] = {
    "active": "active",
    "suspended": "dropped",
    "completed": "completed",
    "expired": "dropped",
    "archived": "dropped",
    "dropped": "dropped",
}
WAITING = ("requested", "waitlisted")
LARGEST_PAGE = 100


class Wanted(Struct):
    """Which records; several filters must all hold. At most 100 are on a page."""

    user_id: str | UnsetType = UNSET
    course_id: str | UnsetType = UNSET
    status: Shown | UnsetType = UNSET
    page: Limit = 1
    per_page: Limit = 20


class NewEnrollment(Struct, forbid_unknown_fields=True):
    """`reenroll`: a new record after a completed one."""

    user_id: Key
    course_id: Key
    reenroll: bool = False


class StatusChange(Struct, forbid_unknown_fields=True):
    status: Literal["active", "dropped"]


class Enrollment(Struct):
    id: str
    user_id: str
    course_id: str
    status: Shown
    progress_percent: Annotated[int, Meta(ge=0, le=100)]
    enrolled_at: Instant
    completed_at: Instant | None


class Awaited(Enrollment):
    """An enrollment that is asked for: not there for other calls until staff approve of it or a
    seat is free."""

    status: Literal["requested", "waitlisted"]  # type: ignore[assignment]  # never shown


class Pagination(Struct):
    page: int
    per_page: int
    total: int
    total_pages: int


class EnrollmentPage(Struct):
    data: list[Enrollment]
    pagination: Pagination


class Reason(Struct):
    code: str
    message: str


class Failure(Struct):
    error: Reason


def shown(record: Detail) -> Enrollment:
    assert record.course is not None
    keys = (record.key, record.user.key, record.course.key)
    return Enrollment(*keys, SHOWN[record.status], *progress_of(record))


def progress_of(record: Detail | Record) -> tuple[int, str, str | None]:
    """How far it is, since when, and until when."""
    ended = record.completed_at and seconds(record.completed_at)
    return record.progress, seconds(record.enrolled_at), ended


def created(record: Record) -> Answer:
    """201 with where the new enrollment is; 202 while it has to wait."""
    assert record.course_id is not None
    kind, status = (Awaited, 202) if record.status in WAITING else (Enrollment, 201)
    keys = (record.id, record.user_id, record.course_id)
    body = kind(*keys, record.status, *progress_of(record))  # type: ignore[arg-type]  # one of kind's
    location = {"Location": f"/api/v1/enrollments/{quote(record.id, safe='')}"}
    return Answer(status, body, location if status == 201 else {})


def selection(wanted: Wanted) -> list[dict[str, Any]]:
    """The tests for what is wanted, of what this surface shows: students of courses."""
    statuses = [ours for ours, theirs in SHOWN.items() if wanted.status in (UNSET, theirs)]
    named = {"user": wanted.user_id, "course": wanted.course_id}
    return [
        equal("realmKind", "section"),
        equal("role", "student"),
        among("status", statuses),
        *(equal(field, key if is_key(key) else "") for field, key in named.items() if key != UNSET),
    ]


async def list_enrollments(incoming: Incoming) -> Answer:
    """A page of the enrollments: to admins all of them, to learners their own."""
    wanted = incoming.asked(Wanted)
    page, size = wanted.page, min(wanted.per_page, LARGEST_PAGE)
    offset = min((page - 1) * size, SAFE)
    part = {"where": selection(wanted), "limit": size, "offset": offset}
    found = await incoming.call("details.enrollments", part)
    pagination = Pagination(page, size, found.total, -(-found.total // size))
    return Answer(200, EnrollmentPage([shown(one) for one in found.items], pagination))


async def detail(incoming: Incoming, key: str) -> Detail:
    """A record as this surface has them. Raises NOT_FOUND."""
    record: Detail = await incoming.call("details.enrollment", {"key": key})
    if record.course is None or record.role != "student" or record.status not in SHOWN:
        raise no_enrollment()
    return record


async def get_enrollment(incoming: Incoming) -> Answer:
    """One enrollment."""
    return Answer(200, shown(await detail(incoming, incoming.path("id"))))


async def create_enrollment(incoming: Incoming) -> Answer:
    """Enroll a user in a published course: admins anybody, learners themselves; 202 where that
    waits for staff or a seat."""
    given = await incoming.json(NewEnrollment)
    course = await incoming.course("keys", given.course_id)
    wish = {"courseId": course.key, "userId": given.user_id, "reenroll": given.reenroll}
    return created(await incoming.call("enrollment.enroll", wish))


async def update_enrollment(incoming: Incoming) -> Answer:
    """Drop an enrollment, or take a dropped one up again."""
    given = await incoming.json(StatusChange)
    record = await detail(incoming, incoming.path("id"))
    same = [ours for ours, theirs in SHOWN.items() if theirs == given.status]
    change = {"id": record.key, "status": given.status, "unlessStatus": same}
    await incoming.call("enrollment.update", change)
    return Answer(200, shown(await detail(incoming, record.key)))


async def delete_enrollment(incoming: Incoming) -> Answer:
    """Destroy an enrollment with the learner's submissions in that course; for admins."""
    record = await detail(incoming, incoming.path("id"))
    await incoming.call("enrollment.delete", {"id": record.key})
    return Answer(204)


def refusal(error: RPCError, http: HTTPRequest) -> Response:
    body = Failure(Reason(reason_of(error), message_of(error)))
    return json_answer(Answer(row_of(error).v1, body), http)


SURFACE = Surface(
    door="v1",
    prefixes=("/api/v1/",),
    routes={
        "/api/v1/enrollments": {
            "GET": Operation(list_enrollments, {200: EnrollmentPage}, query=Wanted),
            "POST": Operation(
                create_enrollment,
                {201: Enrollment, 202: Awaited},
                body=NewEnrollment,
                calls=("enrollment.enroll",),
            ),
        },
        "/api/v1/enrollments/{id}": {
            "GET": Operation(get_enrollment, {200: Enrollment}),
            "PUT": Operation(
                update_enrollment,
                {200: Enrollment},
                body=StatusChange,
                calls=("enrollment.update",),
            ),
            "DELETE": Operation(delete_enrollment, {204: None}, calls=("enrollment.delete",)),
        },
    },
    refusal=refusal,
    failure=Failure,
    answer=json_answer,
)
