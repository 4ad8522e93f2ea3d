"""EduBridge: one call enrolls a user in a course; class and sessions are found or made."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from procedures.records.detail import Detail
from procedures.records.enrollment import Role
from procedures.rest import imsx
from procedures.rest.oneroster import sync, user_key
from procedures.rest.oneroster_filter import at_instant
from procedures.rest.surface import Answer, Incoming, Surface, fitted, json_answer, parsed
from rpc.errors import RPCError

ROOT = "/edubridge/enrollments"
ENDED_WELL = ("already_enrolled", "already_completed")


class Options(Struct, rename="camel"):
    """What the body may say."""

    role: Role = "student"
    sourced_id: Annotated[str, Meta(min_length=1, max_length=255)] | None = None
    begin_date: str | None = None
    end_date: str | None = None
    metadata: dict[str, Any] | None = None


def shown(record: Detail) -> dict[str, Any]:
    course = record.course
    assert course is not None
    return {
        "id": record.key,
        "role": record.role,
        "beginDate": record.begin_at,
        "endDate": record.end_at,
        "metadata": record.metadata,
        "course": {
            "id": course.key,
            "title": course.title,
            "metadata": {},
            "subjects": [],
            "grades": [],
            "primaryApp": None,
        },
        "school": {"id": record.school.key, "name": record.school.name},
    }


async def options(incoming: Incoming) -> Options:
    """The body's options; without a body none."""
    body = await incoming.body()
    return fitted(parsed(body), Options) if body else Options()


async def course_of(incoming: Incoming) -> str:
    course = await incoming.one("details.courses", {"keys": [incoming.path("course")]})
    key: str = course.key
    return key


async def enroll(incoming: Incoming) -> Answer:
    given = await options(incoming)
    user = await user_key(incoming, incoming.path("user"))
    wish = {
        "courseId": await course_of(incoming),
        "userId": user,
        "role": given.role,
        **await details_of(incoming, given),
        **await sync(incoming, user),
    }
    if "school" in incoming.http.path_params:
        wish["schoolId"] = incoming.path("school")
    try:
        status, key = 201, (await incoming.call("enrollment.enroll", wish)).id
    except RPCError as error:
        if error.reason not in ENDED_WELL:
            raise
        status, key = 200, error.data["enrollmentId"]
    record = await incoming.call("details.enrollment", {"key": key})
    return Answer(status, {"data": shown(record)})


async def details_of(incoming: Incoming, given: Options) -> dict[str, Any]:
    zone = (await incoming.call("details.caller")).time_zone
    words: dict[str, Any] = {}
    if given.sourced_id is not None:
        words["key"] = given.sourced_id
    if given.begin_date is not None:
        words["beginAt"] = at_instant(given.begin_date, zone)
    if given.end_date is not None:
        words["endAt"] = at_instant(given.end_date, zone)
    if given.metadata is not None:
        words["metadata"] = given.metadata
    return words


async def list_of_user(incoming: Incoming) -> Answer:
    """A user's records, for admins and the user."""
    me = await incoming.call("details.caller")
    user = await user_key(incoming, incoming.path("user"))
    known = await incoming.call("details.users", {"keys": [user]})
    if not known or (me.org_role != "admin" and user != me.user):
        raise RPCError("NOT_FOUND", "no such user")
    where = [test("user", user), {**test("status", ["active", "completed"]), "op": "in"}, SECTION]
    return Answer(200, {"data": [shown(one) for one in await found(incoming, where)]})


SECTION = {"field": "realmKind", "op": "=", "value": "section"}


def test(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": "=", "value": value}


async def found(incoming: Incoming, where: list[dict[str, Any]]) -> list[Detail]:
    """Every record that meets the tests."""
    records: list[Detail] = []
    while True:
        page = await incoming.call(
            "details.enrollments", {"where": where, "limit": 1000, "offset": len(records)}
        )
        records += page.items
        if not page.items or len(records) >= page.total:
            return records


async def unenroll(incoming: Incoming) -> Answer:
    user = await user_key(incoming, incoming.path("user"))
    where = [test("user", user), test("course", await course_of(incoming))]
    if "school" in incoming.http.path_params:
        where.append(test("school", incoming.path("school")))
    records = await found(incoming, where)
    current = [one for one in records if one.status in LEAVING]
    if not current:
        raise RPCError("NOT_FOUND", "no such enrollment")
    await incoming.call("enrollment.unenroll", {"id": current[-1].key})
    return Answer(204)


LEAVING = ("invited", "requested", "waitlisted", "active", "suspended", "completed")


async def reset_progress(incoming: Incoming) -> Answer:
    user = await user_key(incoming, incoming.path("user"))
    await incoming.call("progress.reset", {"courseId": await course_of(incoming), "userId": user})
    return Answer(204)


async def default_class(incoming: Incoming) -> Answer:
    """The default class of a course in a school, if it has been needed so far."""
    tests = [test("course", await course_of(incoming)), test("isDefault", 1)]
    if "school" in incoming.http.path_params:
        tests.append(test("school", incoming.path("school")))
    page = await incoming.call("resources.classes", {"where": tests})
    if not page.items:
        raise RPCError("NOT_FOUND", "this course has no default class so far")
    item = page.items[0]
    return Answer(
        200,
        {
            "data": {
                "id": item["sourcedId"],
                "title": item["title"],
                "course": {"id": item["course"]},
                "school": {"id": item["school"]},
                "terms": [{"id": key} for key in item["terms"]],
            }
        },
    )


def with_school(path: str, **handlers: Any) -> dict[str, dict[str, Any]]:
    """A path, and the same with a school behind it."""
    return {f"{ROOT}/{path}": handlers, f"{ROOT}/{path}/{{school}}": handlers}


SURFACE = Surface(
    door="edubridge",
    prefixes=("/edubridge/",),
    routes={
        **with_school("enroll/{user}/{course}", POST=enroll),
        **with_school("unenroll/{user}/{course}", DELETE=unenroll),
        **with_school("defaultClass/{course}", GET=default_class),
        f"{ROOT}/user/{{user}}": {"GET": list_of_user},
        f"{ROOT}/resetProgress/{{user}}/{{course}}": {"DELETE": reset_progress},
    },
    refusal=imsx.refusal,
    answer=json_answer,
)
