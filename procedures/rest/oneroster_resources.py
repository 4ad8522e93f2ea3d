"""OneRoster 1.2 rostering, read only: classes, courses, orgs, academic sessions and users."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from procedures.rest import imsx
from procedures.rest.oneroster_filter import Grammar
from procedures.rest.oneroster_page import (
    Item,
    asked,
    chosen,
    page,
    reference,
    require_fields,
)
from procedures.rest.surface import Answer, Handler, Incoming, Surface, json_answer
from rpc.errors import RPCError

ROOT = "/ims/oneroster/rostering/v1p2"
ROLES = {"admin": "administrator", "instructor": "teacher", "learner": "student"}


def active_or_archived() -> Mapping[str, list[str]]:
    return {"active": ["active"], "tobedeleted": ["archived"]}


class Resource(Struct, frozen=True):
    """A collection: its procedure, what one of it is called, how it is shown, what it can be
    filtered and sorted by (the same names inside), and what its members have in common."""

    procedure: str
    singular: str
    shown: Callable[[Incoming, Item], Item]
    fields: tuple[str, ...]
    where: tuple[tuple[str, str], ...] = ()
    statuses: Mapping[str, list[str]] = field(default_factory=active_or_archived)


def shown_class(incoming: Incoming, row: Item) -> Item:
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


def shown_course(incoming: Incoming, row: Item) -> Item:
    return {
        "sourcedId": row["sourcedId"],
        "status": "tobedeleted" if row["status"] == "archived" else "active",
        "dateLastModified": row["dateLastModified"],
        "metadata": {"status": row["status"]},
        "title": row["title"],
        "courseCode": row["courseCode"],
        "org": reference(incoming, "org", "orgs", row["school"]),
    }


def shown_org(incoming: Incoming, row: Item) -> Item:
    parent = row["parent"]
    return {
        "sourcedId": row["sourcedId"],
        "status": "active",
        "name": row["name"],
        "type": row["type"],
        "parent": None if parent is None else reference(incoming, "org", "orgs", parent),
    }


def shown_session(incoming: Incoming, row: Item) -> Item:
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


def shown_user(incoming: Incoming, row: Item) -> Item:
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


USERS = ("sourcedId", "status", "email", "givenName", "familyName", "identifier")
MEMBERS = {"active": ["active", "pending"], "tobedeleted": ["removed"]}
CLASSES = ("sourcedId", "status", "title", "classCode", "classType", "course", "school")
COURSES = ("sourcedId", "status", "dateLastModified", "title", "courseCode", "school")
SESSIONS = ("sourcedId", "title", "type", "startDate", "endDate", "schoolYear")
ORGS = ("sourcedId", "name", "type")
PUBLIC = {"active": ["draft", "published"], "tobedeleted": ["archived"]}

RESOURCES = {
    "classes": Resource("classes", "class", shown_class, CLASSES),
    "courses": Resource("courses", "course", shown_course, COURSES, statuses=PUBLIC),
    "orgs": Resource("orgs", "org", shown_org, ORGS),
    "schools": Resource("orgs", "org", shown_org, ORGS, (("type", "school"),)),
    "academicSessions": Resource("sessions", "academicSession", shown_session, SESSIONS),
    "terms": Resource("sessions", "academicSession", shown_session, SESSIONS, (("type", "term"),)),
    "users": Resource("users", "user", shown_user, USERS, statuses=MEMBERS),
    "students": Resource(
        "users", "user", shown_user, USERS, (("role", "learner"),), statuses=MEMBERS
    ),
    "teachers": Resource(
        "users", "user", shown_user, USERS, (("role", "instructor"),), statuses=MEMBERS
    ),
}


def tests(resource: Resource) -> list[Item]:
    return [{"field": field, "op": "=", "value": value} for field, value in resource.where]


def list_of(name: str, resource: Resource) -> Handler:
    async def handler(incoming: Incoming) -> Answer:
        me = await incoming.call("details.caller")
        require_fields(incoming)
        fields = {field: field for field in resource.fields}
        ask = asked(incoming, Grammar(fields, me.time_zone, statuses=resource.statuses))
        found = await incoming.call(
            f"resources.{resource.procedure}",
            {
                "where": [*tests(resource), *ask.filter.where],
                "either": ask.filter.either,
                "sort": ask.sort,
                "descending": ask.descending,
                "limit": ask.limit,
                "offset": ask.offset,
            },
        )
        items = [resource.shown(incoming, row) for row in found.items]
        return page(incoming, name, items, found.total, ask)

    return handler


def one_of(resource: Resource) -> Handler:
    async def handler(incoming: Incoming) -> Answer:
        key = {"field": "sourcedId", "op": "=", "value": incoming.path("id")}
        found = await incoming.call(
            f"resources.{resource.procedure}", {"where": [*tests(resource), key]}
        )
        if not found.items:
            raise RPCError("NOT_FOUND", f"no such {resource.singular}")
        item = resource.shown(incoming, found.items[0])
        return Answer(200, {resource.singular: chosen(incoming, item)})

    return handler


def routes() -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = {}
    for name, resource in RESOURCES.items():
        table[f"{ROOT}/{name}"] = table[f"{ROOT}/{name}/"] = {"GET": list_of(name, resource)}
        table[f"{ROOT}/{name}/{{id}}"] = {"GET": one_of(resource)}
    return table


SURFACE = Surface(
    door="oneroster",
    prefixes=(),
    routes=routes(),
    refusal=imsx.refusal,
    answer=json_answer,
)
