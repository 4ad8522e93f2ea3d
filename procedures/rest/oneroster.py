"""OneRoster 1.2 rostering: enrollments."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from procedures.instants import instant, local_date, parse
from procedures.records.detail import Detail
from procedures.records.enrollment import Role
from procedures.rest import imsx
from procedures.rest.oneroster_filter import DAY, Grammar, at_instant, day_span
from procedures.rest.oneroster_page import asked, chosen, page, reference, require_fields
from procedures.rest.surface import Answer, Incoming, Surface, json_answer
from rpc.errors import RPCError

ROOT = "/ims/oneroster/rostering/v1p2"
ACTIVE = ["active", "suspended", "completed", "expired", "archived"]
GONE = ["dropped", "deleted"]
FIELDS = {
    "sourcedId": "key",
    "status": "status",
    "dateLastModified": "updatedAt",
    "role": "role",
    "primary": "primary",
    "beginDate": "beginAt",
    "endDate": "endAt",
    "user.sourcedId": "userSourcedId",
    "class.sourcedId": "realm",
    "school.sourcedId": "school",
    "course.sourcedId": "course",
}

Key = Annotated[str, Meta(min_length=1, max_length=255)]
Flag = bool | Literal["true", "false"]


class Reference(Struct, rename="camel"):
    sourced_id: Key


NAMES = {
    "class_": "class",
    "sourced_id": "sourcedId",
    "begin_date": "beginDate",
    "end_date": "endDate",
}


class Given(Struct, rename=lambda name: NAMES.get(name, name)):
    """An enrollment as a client sends it. Days are whole days of the organization."""

    role: Role | None = None
    user: Reference | None = None
    class_: Reference | None = None
    status: Literal["active", "tobedeleted"] | None = None
    sourced_id: Key | None = None
    begin_date: str | None = None
    end_date: str | UnsetType | None = UNSET
    primary: Flag | None = None
    metadata: dict[str, Any] | None = None


class Body(Struct):
    enrollment: Given


def grammar(zone: str) -> Grammar:
    days = frozenset({"beginDate", "endDate"})
    return Grammar(FIELDS, zone, days, {"active": ACTIVE, "tobedeleted": GONE})


def shown(incoming: Incoming, record: Detail, zone: str) -> dict[str, Any]:
    return {
        "sourcedId": record.key,
        "status": "tobedeleted" if record.status in GONE else "active",
        "dateLastModified": record.updated_at,
        "metadata": {**record.metadata, "status": record.status, "progress": record.progress},
        "role": record.role,
        "primary": "true" if record.primary else "false",
        "beginDate": local_date(record.begin_at, zone).isoformat(),
        "endDate": last_day(record.end_at, zone),
        "user": reference(incoming, "user", "users", record.user.sourced_id),
        "class": reference(incoming, "class", "classes", record.realm.key),
        "school": reference(incoming, "org", "orgs", record.school.key),
    }


def last_day(end_at: str | None, zone: str) -> str | None:
    """The last day of access, which ends before the given instant."""
    if end_at is None:
        return None
    before = parse(end_at) - timedelta(milliseconds=1)
    return local_date(instant(before), zone).isoformat()


async def list_enrollments(incoming: Incoming) -> Answer:
    return await listed(incoming, [])


async def list_of_school(incoming: Incoming) -> Answer:
    return await listed(incoming, [await within(incoming, "school")])


async def list_of_class(incoming: Incoming) -> Answer:
    tests = [await within(incoming, "school"), await within(incoming, "class")]
    return await listed(incoming, tests)


RESOURCES = {"school": ("orgs", "school"), "class": ("classes", "realm")}


async def within(incoming: Incoming, name: str) -> dict[str, Any]:
    """The test that a record is of the thing named in the path. Raises NOT_FOUND."""
    resource, field = RESOURCES[name]
    key = incoming.path(name)
    test = {"field": "sourcedId", "op": "=", "value": key}
    found = await incoming.call(f"resources.{resource}", {"where": [test]})
    if not found.items:
        raise RPCError("NOT_FOUND", f"no such {name}")
    return {"field": field, "op": "=", "value": key}


async def listed(incoming: Incoming, tests: list[dict[str, Any]]) -> Answer:
    me = await incoming.call("details.caller")
    require_fields(incoming)
    ask = asked(incoming, grammar(me.time_zone))
    sees_gone = bool(ask.filter.paths & {"status", "dateLastModified"})
    statuses = ACTIVE + GONE if sees_gone else ACTIVE
    found = await incoming.call(
        "details.enrollments",
        {
            "where": [*ask.filter.where, *tests, {**VISIBLE, "value": statuses}],
            "either": ask.filter.either,
            "deleted": sees_gone,
            "sort": ask.sort,
            "descending": ask.descending,
            "limit": ask.limit,
            "offset": ask.offset,
        },
    )
    items = [shown(incoming, one, me.time_zone) for one in found.items]
    return page(incoming, "enrollments", items, found.total, ask)


VISIBLE = {"field": "status", "op": "in"}


async def one(incoming: Incoming, key: str) -> dict[str, Any]:
    """A record by its sourcedId, also one that is to be deleted. Raises NOT_FOUND."""
    me = await incoming.call("details.caller")
    record = await incoming.call("details.enrollment", {"key": key, "deleted": True})
    if record.status not in ACTIVE + GONE:
        raise RPCError("NOT_FOUND", "no such enrollment")
    return shown(incoming, record, me.time_zone)


async def get_enrollment(incoming: Incoming) -> Answer:
    item = await one(incoming, incoming.path("id"))
    return Answer(200, {"enrollment": chosen(incoming, item)})


async def given(incoming: Incoming) -> Given:
    return (await incoming.json(Body)).enrollment


async def create_enrollment(incoming: Incoming) -> Answer:
    wish = await given(incoming)
    place = await placed(incoming, wish)
    powers = await sync(incoming, place["userId"])
    made = await incoming.call("enrollment.enroll", {**place, "reenroll": True, **powers})
    pairs = {"suppliedSourcedId": wish.sourced_id or made.id, "allocatedSourcedId": made.id}
    return Answer(201, {"sourcedIdPairs": pairs})


async def placed(incoming: Incoming, wish: Given) -> dict[str, Any]:
    """Person, place and all that is said about the record. Raises BAD_REQUEST."""
    if wish.role is None or wish.user is None or wish.class_ is None:
        message = "`role`, `user` and `class` are required"
        raise RPCError("BAD_REQUEST", message, reason="invalid_input")
    user = await user_key(incoming, wish.user.sourced_id)
    place = {"realmId": wish.class_.sourced_id, "userId": user}
    if wish.sourced_id is not None:
        place["key"] = wish.sourced_id
    return place | await said(incoming, wish)


async def said(incoming: Incoming, wish: Given) -> dict[str, Any]:
    """What is said about a record besides who and where, as the procedures take it."""
    zone = (await incoming.call("details.caller")).time_zone
    words: dict[str, Any] = {}
    if wish.role is not None:
        words["role"] = wish.role
    if wish.begin_date is not None:
        words["beginAt"] = at_instant(wish.begin_date, zone)
    if isinstance(wish.end_date, str):
        words["endAt"] = after_day(wish.end_date, zone)
    elif wish.end_date is None:
        words["endAt"] = None
    if wish.primary is not None:
        words["primary"] = wish.primary in (True, "true")
    if wish.metadata is not None:
        words["metadata"] = wish.metadata
    return words


def after_day(text: str, zone: str) -> str:
    """The instant at which the access window closes: after its last day."""
    if DAY.fullmatch(text):
        return instant(day_span(text, zone)[1])
    return at_instant(text, zone)


async def user_key(incoming: Incoming, sourced_id: str) -> str:
    """The account behind a sourcedId, else the sourcedId itself: procedures refuse the unknown."""
    found = await incoming.call("details.users", {"sourcedIds": [sourced_id]})
    return found[0].key if found else sourced_id


async def sync(incoming: Incoming, user: str) -> dict[str, bool]:
    """Staff and admins synchronise a roster: rules for learners are set aside, no mail is sent.
    Learners act for themselves under the ordinary rules."""
    me = await incoming.call("details.caller")
    return {} if user == me.user and me.org_role != "admin" else {"force": True, "notify": False}


async def put_enrollment(incoming: Incoming) -> Answer:
    key, wish = incoming.path("id"), await given(incoming)
    if wish.status == "tobedeleted":
        await incoming.call("enrollment.unenroll", {"id": key})
        return Answer(200, {"enrollment": await one(incoming, key)})
    item = {
        "op": "upsert",
        **await placed(incoming, wish),
        "key": key,
        "status": "active",
        "unlessStatus": ACTIVE,
        "reenroll": True,
        "force": True,
    }
    done = await incoming.call("enrollment.bulk", {"items": [item], "notify": False})
    result = done.results[0]
    if not result.ok:
        raise RPCError(result.code, result.message, reason=result.reason or None)
    return Answer(201 if done.created else 200, {"enrollment": await one(incoming, key)})


async def patch_enrollment(incoming: Incoming) -> Answer:
    key, wish = incoming.path("id"), await given(incoming)
    if wish.status == "tobedeleted":
        await incoming.call("enrollment.unenroll", {"id": key})
        return Answer(200, {"enrollment": await one(incoming, key)})
    change = {"id": key, "notify": False, **await said(incoming, wish)}
    if wish.status == "active":
        change |= {"status": "active", "unlessStatus": ACTIVE}
    await incoming.call("enrollment.update", change)
    return Answer(200, {"enrollment": await one(incoming, key)})


async def delete_enrollment(incoming: Incoming) -> Answer:
    await incoming.call("enrollment.unenroll", {"id": incoming.path("id")})
    return Answer(204)


MANY = {"GET": list_enrollments, "POST": create_enrollment}
SURFACE = Surface(
    door="oneroster",
    prefixes=("/ims/",),
    routes={
        f"{ROOT}/enrollments": MANY,
        f"{ROOT}/enrollments/": MANY,
        f"{ROOT}/enrollments/{{id}}": {
            "GET": get_enrollment,
            "PUT": put_enrollment,
            "PATCH": patch_enrollment,
            "DELETE": delete_enrollment,
        },
        f"{ROOT}/schools/{{school}}/enrollments": {"GET": list_of_school},
        f"{ROOT}/schools/{{school}}/classes/{{class}}/enrollments": {"GET": list_of_class},
    },
    refusal=imsx.refusal,
    answer=json_answer,
)
