"""/api/enrollments: the caller's own records, by course number."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.records.detail import CourseDetail, Detail, Number
from procedures.records.enrollment import Enrollment
from procedures.records.fields import Key
from procedures.refusals import no_enrollment
from procedures.rest.errors import message_of, row_of
from procedures.rest.surface import (
    Answer,
    Incoming,
    Instant,
    Operation,
    Surface,
    among,
    equal,
    json_answer,
    seconds,
)
from procedures.rules import LIVE
from rpc.errors import RPCError

Shown = Literal["active", "suspended", "completed", "expired", "archived", "dropped"]
SHOWN = get_args(Shown)
Told = Literal[Shown, "requested", "waitlisted"]
Progress = Annotated[int, Meta(ge=0, le=100)]


class NewEnrollment(Struct, rename="camel", forbid_unknown_fields=True):
    """`userId` and `bypassPrerequisites` are for admins; `reenroll`: a new record after a
    completed one."""

    course_id: Number
    user_id: Key | None = None
    bypass_prerequisites: bool = False
    reenroll: bool = False


class StatusChange(Struct, rename="camel", forbid_unknown_fields=True):
    course_id: Number
    status: Literal["active", "completed", "suspended"]
    user_id: Key | None = None


class Course(Struct):
    id: int
    title: str
    image: str | None


class NewRecord(Struct):
    """`requested` and `waitlisted` are told to whoever asks for it, and not listed."""

    id: int
    user_id: str
    course_id: int
    status: Told
    progress: Progress
    enrolled_at: Instant


class Record(NewRecord):
    completed_at: Instant | None


class ListedRecord(Record):
    status: Shown
    courses: Course


class Created(Struct):
    enrollment: NewRecord


class Changed(Struct):
    enrollment: Record


class Listed(Struct):
    enrollments: list[ListedRecord]


class MissingPrerequisite(Struct):
    id: int
    title: str
    status: Literal["not_started", "in_progress"]


class Failure(Struct, rename="camel", omit_defaults=True):
    error: str
    missing_prerequisites: list[MissingPrerequisite] | UnsetType = UNSET


def facts(record: Detail, course: CourseDetail) -> tuple[int, str, int, Told, int, str]:
    """What every answer tells of a record."""
    status: Told = record.status  # type: ignore[assignment]  # nobody here invites
    at = seconds(record.enrolled_at)
    return record.number, record.user.key, course.number, status, record.progress, at


def created(record: Detail) -> NewRecord:
    return NewRecord(*facts(record, course_of(record)))


def changed(record: Detail) -> Record:
    return Record(*facts(record, course_of(record)), ended(record))


def listed(record: Detail) -> ListedRecord:
    course = course_of(record)
    shown = Course(course.number, course.title, course.image)
    told = facts(record, course)
    return ListedRecord(*told, ended(record), shown)  # type: ignore[arg-type]  # as it is asked for


def course_of(record: Detail) -> CourseDetail:
    assert record.course is not None
    return record.course


def ended(record: Detail) -> str | None:
    return record.completed_at and seconds(record.completed_at)


async def list_enrollments(incoming: Incoming) -> Answer:
    """All of the caller's enrollments as a student, the newest last."""
    me = await incoming.me()
    records = await incoming.details(
        equal("user", me.user),
        equal("realmKind", "section"),
        equal("role", "student"),
        among("status", SHOWN),
    )
    return Answer(200, Listed([listed(one) for one in records]))


async def course_key(incoming: Incoming, user_id: str | None, number: int, is_admins: bool) -> str:
    """The key of a course; who asks for what is the admins' is refused before that."""
    me = await incoming.me()
    is_other = user_id not in (None, me.user)
    if (is_other or is_admins) and me.org_role != "admin":
        raise RPCError("FORBIDDEN", "Admin access required", reason="admin_required")
    return (await incoming.course("numbers", number)).key


async def create_enrollment(incoming: Incoming) -> Answer:
    """Enroll the caller in a course; admins anybody, also without the prerequisites."""
    given = await incoming.json(NewEnrollment)
    key = await course_key(incoming, given.user_id, given.course_id, given.bypass_prerequisites)
    wish = {
        "courseId": key,
        "userId": given.user_id,
        "bypassPrerequisites": given.bypass_prerequisites,
        "reenroll": given.reenroll,
    }
    made = await enroll(incoming, wish)
    record = await incoming.call("details.enrollment", {"key": made.id})
    return Answer(200, Created(created(record)))


async def enroll(incoming: Incoming, wish: dict[str, Any]) -> Enrollment:
    """Enroll; missing prerequisites are named by number."""
    try:
        made: Enrollment = await incoming.call("enrollment.enroll", wish)
    except RPCError as error:
        if error.reason == "prerequisites_not_met":
            error.data["missingPrerequisites"] = await numbered(incoming, error)
        raise
    return made


async def numbered(incoming: Incoming, error: RPCError) -> list[MissingPrerequisite]:
    missing = error.data["missingPrerequisites"]
    courses = await incoming.call("details.courses", {"keys": [one["id"] for one in missing]})
    numbers = {course.key: course.number for course in courses}
    return [MissingPrerequisite(numbers[one["id"]], one["title"], one["status"]) for one in missing]


async def update_enrollment(incoming: Incoming) -> Answer:
    """Change the status of the caller's enrollment in a course; for admins of anybody's."""
    given = await incoming.json(StatusChange)
    course = await course_key(incoming, given.user_id, given.course_id, False)
    user = given.user_id or (await incoming.me()).user
    change = {"id": await current(incoming, user, course), "status": given.status}
    made = await incoming.call("enrollment.update", change)
    record = await incoming.call("details.enrollment", {"key": made.id})
    return Answer(200, Changed(changed(record)))


async def current(incoming: Incoming, user: str, course: str) -> str:
    """The key of a student's record in a course: the live one, else the latest. Raises NOT_FOUND.
    Somebody may have others there, as a teacher, which are none of this surface's."""
    tests = (equal("user", user), equal("course", course), equal("role", "student"))
    records = await incoming.details(*tests)
    living = [one for one in records if one.status in LIVE]
    if not records:
        raise no_enrollment()
    return (living or records)[-1].key


def refusal(error: RPCError, http: HTTPRequest) -> Response:
    body = Failure(message_of(error))
    if missing := error.data.get("missingPrerequisites"):
        body = Failure("Prerequisites not met", missing)
    return json_answer(Answer(row_of(error).api, body), http)


SURFACE = Surface(
    door="api",
    prefixes=("/api/",),
    routes={
        "/api/enrollments": {
            "GET": Operation(list_enrollments, {200: Listed}),
            "POST": Operation(
                create_enrollment,
                {200: Created},
                body=NewEnrollment,
                calls=("enrollment.enroll",),
            ),
            "PATCH": Operation(
                update_enrollment,
                {200: Changed},
                body=StatusChange,
                calls=("enrollment.update",),
            ),
        },
    },
    refusal=refusal,
    failure=Failure,
    answer=json_answer,
)
