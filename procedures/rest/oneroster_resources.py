"""OneRoster 1.2 rostering, read only: classes, courses, orgs, academic sessions and users."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypedDict

from msgspec import Struct, defstruct
from msgspec.structs import replace

from procedures.rest import imsx
from procedures.rest.oneroster_filter import Grammar
from procedures.rest.oneroster_page import (
    ROOT,
    Item,
    Reference,
    asked,
    listing,
    page,
    page_of,
    reading,
    reference,
    selected,
)
from procedures.rest.surface import (
    Answer,
    Handler,
    Incoming,
    Operation,
    Surface,
    equal,
    json_answer,
)
from rpc.errors import RPCError

Role = Literal["administrator", "teacher", "student"]
State = Literal["active", "tobedeleted"]
ROLES: dict[str, Role] = {"admin": "administrator", "instructor": "teacher", "learner": "student"}


# `fields` may leave any member of these out.
class Class(TypedDict, total=False):
    sourcedId: str
    status: State
    title: str
    classCode: str | None
    classType: str
    course: Reference
    school: Reference
    terms: list[Reference]


class Course(TypedDict, total=False):
    sourcedId: str
    status: State
    dateLastModified: str
    metadata: dict[str, str]
    title: str
    courseCode: str | None
    org: Reference


class Org(TypedDict, total=False):
    sourcedId: str
    status: State
    name: str
    type: str
    parent: Reference | None


class AcademicSession(TypedDict, total=False):
    sourcedId: str
    status: State
    title: str
    type: str
    startDate: str
    endDate: str
    schoolYear: str | None
    parent: Reference | None


class User(TypedDict, total=False):
    sourcedId: str
    status: State
    enabledUser: Literal["true", "false"]
    givenName: str
    middleName: str
    familyName: str
    preferredFirstName: str
    email: str
    identifier: str
    role: Role


class Resource(Struct, frozen=True):
    """A collection: its procedure, what one of it is called, its type, how it is shown, what it can
    be filtered and sorted by and the names of that inside, what is behind each status, which are
    days, and what its members have in common."""

    procedure: str
    singular: str
    type: Any
    shown: Callable[[Incoming, Item], Any]
    fields: Mapping[str, str]
    statuses: Mapping[str, list[str]] = {}
    dates: frozenset[str] = frozenset()
    common: Mapping[str, str] = {}


def shown_class(incoming: Incoming, row: Item) -> Class:
    return {
        "sourcedId": row["sourcedId"],
        "status": "active" if row["status"] == "active" else "tobedeleted",
        "title": row["title"],
        "classCode": row["classCode"],
        "classType": row["classType"],
        "course": reference(incoming, "course", "courses", row["course"]),
        "school": reference(incoming, "org", "orgs", row["school"]),
        "terms": [
            reference(incoming, "academicSession", "academicSessions", key) for key in row["terms"]
        ],
    }


def shown_course(incoming: Incoming, row: Item) -> Course:
    return {
        "sourcedId": row["sourcedId"],
        "status": "tobedeleted" if row["status"] == "archived" else "active",
        "dateLastModified": row["dateLastModified"],
        "metadata": {"status": row["status"]},
        "title": row["title"],
        "courseCode": row["courseCode"],
        "org": reference(incoming, "org", "orgs", row["school"]),
    }


def shown_org(incoming: Incoming, row: Item) -> Org:
    parent = row["parent"]
    return {
        "sourcedId": row["sourcedId"],
        "status": "active",
        "name": row["name"],
        "type": row["type"],
        "parent": None if parent is None else reference(incoming, "org", "orgs", parent),
    }


def shown_session(incoming: Incoming, row: Item) -> AcademicSession:
    parent, path = row["parent"], ("academicSession", "academicSessions")
    return {
        "sourcedId": row["sourcedId"],
        "status": "active",
        "title": row["title"],
        "type": row["type"],
        "startDate": row["startDate"],
        "endDate": row["endDate"],
        "schoolYear": row["schoolYear"],
        "parent": None if parent is None else reference(incoming, *path, parent),
    }


def shown_user(incoming: Incoming, row: Item) -> User:
    return {
        "sourcedId": row["sourcedId"],
        "status": "tobedeleted" if row["status"] == "removed" else "active",
        "enabledUser": "true" if row["status"] == "active" else "false",
        "givenName": row["givenName"],
        "middleName": row["middleName"],
        "familyName": row["familyName"],
        "preferredFirstName": row["preferredFirstName"],
        "email": row["email"],
        "identifier": row["identifier"],
        "role": ROLES[row["role"]],
    }


def same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


TITLE = same("sourcedId", "status", "title")
CLASSES = TITLE | same("classCode", "classType")
CLASSES |= {"course.sourcedId": "course", "school.sourcedId": "school"}
COURSES = TITLE | same("dateLastModified", "courseCode") | {"org.sourcedId": "school"}
ORGS = same("sourcedId", "name", "type")
SESSIONS = same("sourcedId", "title", "type", "startDate", "endDate", "schoolYear")
USERS = same("sourcedId", "status", "email", "givenName", "familyName", "identifier")
ARCHIVED = {"active": ["active"], "tobedeleted": ["archived"]}
PUBLISHED = {"active": ["draft", "published"], "tobedeleted": ["archived"]}
MEMBERS = {"active": ["active", "pending"], "tobedeleted": ["removed"]}

ORG = Resource("orgs", "org", Org, shown_org, ORGS)
DATES = frozenset({"startDate", "endDate"})
SESSION = Resource(
    "sessions", "academicSession", AcademicSession, shown_session, SESSIONS, dates=DATES
)
USER = Resource("users", "user", User, shown_user, USERS, MEMBERS)
RESOURCES = {
    "classes": Resource("classes", "class", Class, shown_class, CLASSES, ARCHIVED),
    "courses": Resource("courses", "course", Course, shown_course, COURSES, PUBLISHED),
    "orgs": ORG,
    "schools": replace(ORG, common={"type": "school"}),
    "academicSessions": SESSION,
    "terms": replace(SESSION, common={"type": "term"}),
    "users": USER,
    "students": replace(USER, common={"role": "learner"}),
    "teachers": replace(USER, common={"role": "instructor"}),
}


def tests(resource: Resource) -> list[Item]:
    return [equal(field, value) for field, value in resource.common.items()]


def grammar(resource: Resource, zone: str) -> Grammar:
    return Grammar(resource.fields, zone, dates=resource.dates, statuses=resource.statuses)


def list_of(name: str, resource: Resource) -> Handler:
    async def handler(incoming: Incoming) -> Answer:
        me = await incoming.me()
        ask = asked(incoming, grammar(resource, me.time_zone))
        wanted = {"where": [*tests(resource), *ask.filter.where], "either": ask.filter.either}
        found = await incoming.call(f"resources.{resource.procedure}", wanted | ask.order)
        items = [resource.shown(incoming, row) for row in found.items]
        return page(incoming, name, items, found.total, ask)

    handler.__doc__ = f"A page of the {name}."
    return handler


def one_of(resource: Resource) -> Handler:
    async def handler(incoming: Incoming) -> Answer:
        where = [*tests(resource), equal("sourcedId", incoming.path("id"))]
        found = await incoming.call(f"resources.{resource.procedure}", {"where": where})
        if not found.items:
            raise RPCError("NOT_FOUND", f"no such {resource.singular}")
        item = resource.shown(incoming, found.items[0])
        return Answer(200, {resource.singular: selected(incoming, item)})

    handler.__doc__ = f"One {resource.singular}."
    return handler


def routes() -> dict[str, dict[str, Operation]]:
    table: dict[str, dict[str, Operation]] = {}
    for name, resource in RESOURCES.items():
        many = listing(list_of(name, resource), page_of(name, resource.type))
        single = defstruct(f"One_{name}", [(resource.singular, resource.type)])
        table[f"{ROOT}/{name}"] = table[f"{ROOT}/{name}/"] = {"GET": many}
        table[f"{ROOT}/{name}/{{id}}"] = {"GET": reading(one_of(resource), single)}
    return table


SURFACE = Surface(
    door="oneroster",
    prefixes=(f"{ROOT}/",),
    routes=routes(),
    refusal=imsx.refusal,
    failure=imsx.Failure,
    answer=json_answer,
)
