"""EduBridge: one call enrolls a user in a course; class and sessions are found or made."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from procedures.records.detail import Detail
from procedures.records.enrollment import Role
from procedures.records.fields import Key
from procedures.refusals import no_enrollment, no_user
from procedures.rest import imsx
from procedures.rest.oneroster_days import after_day, at_instant
from procedures.rest.oneroster_given import sync, user_key
from procedures.rest.surface import (
    Answer,
    Handler,
    Incoming,
    Operation,
    Surface,
    among,
    equal,
    json_answer,
)
from rpc.errors import RPCError

ROOT = "/edubridge/enrollments"
ENDED_WELL = ("already_enrolled", "already_completed")
UNFINISHED = ("invited", "requested", "waitlisted", "active", "suspended")


class Options(Struct, rename="camel"):
    """What else may be said. Days are whole days of the organization."""

    role: Role = "student"
    sourced_id: Key | None = None
    begin_date: str | None = None
    end_date: str | None = None
    metadata: dict[str, Any] | None = None


class Course(Struct, rename="camel"):
    id: str
    title: str
    metadata: dict[str, Any]
    subjects: list[str]
    grades: list[str]
    primary_app: None


class School(Struct):
    id: str
    name: str


class Enrollment(Struct, rename="camel"):
    id: str
    role: Role
    begin_date: str
    end_date: str | None
    metadata: dict[str, Any]
    course: Course
    school: School


class One(Struct):
    data: Enrollment


class Many(Struct):
    data: list[Enrollment]


class Reference(Struct):
    id: str


class Class(Struct):
    id: str
    title: str
    course: Reference
    school: Reference
    terms: list[Reference]


class DefaultClass(Struct):
    data: Class


def shown(record: Detail) -> Enrollment:
    course = record.course
    assert course is not None
    return Enrollment(
        record.key,
        record.role,
        record.begin_at,
        record.end_at,
        record.metadata,
        Course(course.key, course.title, {}, [], [], None),
        School(record.school.key, record.school.name),
    )


async def enroll(incoming: Incoming) -> Answer:
    """Enroll a user in a course, in its default class; 200 if they are there already."""
    given = await options(incoming)
    course = await incoming.course("keys", incoming.path("course"))
    user = await user_key(incoming, incoming.path("user"))
    wish = {
        "courseId": course.key,
        "userId": user,
        **at_school(incoming),
        **await said(incoming, given),
        **await sync(incoming, user),
    }
    status, record = await enrolled(incoming, wish)
    return Answer(status, One(shown(record)))


async def options(incoming: Incoming) -> Options:
    """What the body says; without a body nothing."""
    return await incoming.json(Options) if await incoming.body() else Options()


def at_school(incoming: Incoming) -> dict[str, str]:
    is_named = "school" in incoming.http.path_params
    return {"schoolId": incoming.path("school")} if is_named else {}


async def said(incoming: Incoming, given: Options) -> dict[str, Any]:
    """The options as `enrollment.enroll` takes them."""
    zone = (await incoming.me()).time_zone
    return {
        "role": given.role,
        "key": given.sourced_id,
        "beginAt": given.begin_date and at_instant(given.begin_date, zone),
        "endAt": given.end_date and after_day(given.end_date, zone),
        "metadata": given.metadata,
    }


async def enrolled(incoming: Incoming, wish: dict[str, Any]) -> tuple[int, Detail]:
    """The status of the answer, and the record that is made or there already."""
    try:
        made = await incoming.call("enrollment.enroll", wish)
    except RPCError as error:
        if error.reason not in ENDED_WELL:
            raise
        return 200, await already_there(incoming, error)
    return 201, await incoming.call("details.enrollment", {"key": made.id})


async def already_there(incoming: Incoming, refusal: RPCError) -> Detail:
    """The record for whose sake no other was made. Raises that refusal where the caller may not see
    it: staff of one section do not see who is in another."""
    records = await incoming.details(equal("key", refusal.data["enrollmentId"]))
    if not records:
        raise refusal
    return records[0]


async def list_of_user(incoming: Incoming) -> Answer:
    """A user's enrollments in courses, active and completed: for admins, the user, and staff of
    where the user is."""
    me = await incoming.me()
    user = await user_key(incoming, incoming.path("user"))
    known = await incoming.call("details.users", {"keys": [user]})
    records = await incoming.details(equal("user", user))
    if not known or not (records or me.org_role == "admin" or user == me.user):
        raise no_user()
    return Answer(200, Many([shown(one) for one in records if is_listed(one)]))


def is_listed(record: Detail) -> bool:
    return record.course is not None and record.status in ("active", "completed")


async def unenroll(incoming: Incoming) -> Answer:
    """End a user's enrollment in a course: a student's before others that are there."""
    course = await incoming.course("keys", incoming.path("course"))
    user = await user_key(incoming, incoming.path("user"))
    tests = [equal("user", user), equal("course", course.key)]
    if named := at_school(incoming):
        tests.append(equal("school", await school(incoming, course.key, named)))
    for statuses in (UNFINISHED, ["completed"]):
        if records := await incoming.details(*tests, among("status", statuses)):
            ended = max(records, key=lambda one: (one.role == "student", one.number))
            await incoming.call("enrollment.unenroll", {"id": ended.key})
            return Answer(204)
    raise no_enrollment()


async def school(incoming: Incoming, course: str, named: dict[str, str]) -> str:
    """The key of the school in which a call to enroll in that course would do so."""
    key: str = (await incoming.call("details.school", {"courseId": course, **named})).key
    return key


async def reset_progress(incoming: Incoming) -> Answer:
    """Take a learner's progress in a course away."""
    course = await incoming.course("keys", incoming.path("course"))
    user = await user_key(incoming, incoming.path("user"))
    await incoming.call("progress.reset", {"courseId": course.key, "userId": user})
    return Answer(204)


async def default_class(incoming: Incoming) -> Answer:
    """The default class of a course in a school, if it has been needed so far."""
    course = await incoming.course("keys", incoming.path("course"))
    place = await school(incoming, course.key, at_school(incoming))
    tests = [equal("course", course.key), equal("isDefault", 1), equal("school", place)]
    page = await incoming.call("resources.classes", {"where": tests})
    if not page.items:
        raise RPCError("NOT_FOUND", "this course has no default class so far")
    return Answer(200, DefaultClass(shown_class(page.items[0])))


def shown_class(row: dict[str, Any]) -> Class:
    terms = [Reference(key) for key in row["terms"]]
    school = Reference(row["school"])
    return Class(row["sourcedId"], row["title"], Reference(row["course"]), school, terms)


def with_school(path: str, method: str, operation: Operation) -> dict[str, dict[str, Operation]]:
    """A path, and the same with a school behind it."""
    return {f"{ROOT}/{path}": {method: operation}, f"{ROOT}/{path}/{{school}}": {method: operation}}


def removal(handler: Handler, procedure: str) -> Operation:
    return Operation(handler, {204: None}, calls=(procedure,))


ENROLL = Operation(enroll, {201: One, 200: One}, body=Options, calls=("enrollment.enroll",))
UNENROLL = removal(unenroll, "enrollment.unenroll")
RESET = removal(reset_progress, "progress.reset")
CLASS = Operation(default_class, {200: DefaultClass})
SURFACE = Surface(
    door="edubridge",
    prefixes=("/edubridge/",),
    routes={
        **with_school("enroll/{user}/{course}", "POST", ENROLL),
        **with_school("unenroll/{user}/{course}", "DELETE", UNENROLL),
        **with_school("defaultClass/{course}", "GET", CLASS),
        f"{ROOT}/user/{{user}}": {"GET": Operation(list_of_user, {200: Many})},
        f"{ROOT}/resetProgress/{{user}}/{{course}}": {"DELETE": RESET},
    },
    refusal=imsx.refusal,
    failure=imsx.Failure,
    answer=json_answer,
)
