"""OneRoster 1.2 rostering: enrollments."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from msgspec import Struct

from procedures.records.detail import Detail
from procedures.records.enrollment import Role
from procedures.refusals import no_enrollment
from procedures.rest import imsx
from procedures.rest.oneroster_filter import Grammar
from procedures.rest.oneroster_given import (
    Body,
    Given,
    days_of,
    given,
    news,
    placed,
    require_same,
    said,
    sync,
)
from procedures.rest.oneroster_page import (
    ROOT,
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
    Incoming,
    Operation,
    Surface,
    among,
    equal,
    failure_of,
    json_answer,
)
from rpc.errors import InputError, RPCError

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

# `fields` may leave any member out.
Enrollment = TypedDict(
    "Enrollment",
    {
        "sourcedId": str,
        "status": Literal["active", "tobedeleted"],
        "dateLastModified": str,
        "metadata": dict[str, Any],
        "role": Role,
        "primary": Literal["true", "false"],
        "beginDate": str,
        "endDate": str | None,
        "user": Reference,
        "class": Reference,
        "school": Reference,
    },
    total=False,
)


class One(Struct):
    enrollment: Enrollment


class Pair(Struct, rename="camel"):
    """What the client calls the new record, and what it is called."""

    supplied_sourced_id: str
    allocated_sourced_id: str


class Made(Struct, rename="camel"):
    sourced_id_pairs: Pair


def grammar(zone: str) -> Grammar:
    days = frozenset({"beginDate", "endDate"})
    return Grammar(FIELDS, zone, days, statuses={"active": ACTIVE, "tobedeleted": GONE})


def shown(incoming: Incoming, record: Detail, zone: str) -> Enrollment:
    first, last = days_of(record, zone)
    return {
        "sourcedId": record.key,
        "status": "tobedeleted" if record.status in GONE else "active",
        "dateLastModified": record.updated_at,
        "metadata": {**record.metadata, "status": record.status, "progress": record.progress},
        "role": record.role,
        "primary": "true" if record.primary else "false",
        "beginDate": first,
        "endDate": last,
        "user": reference(incoming, "user", "users", record.user.sourced_id),
        "class": reference(incoming, "class", "classes", record.realm.key),
        "school": reference(incoming, "org", "orgs", record.school.key),
    }


async def list_enrollments(incoming: Incoming) -> Answer:
    """A page of the enrollments. Deleted ones are shown only where the filter names `status` or
    `dateLastModified`."""
    return await listed(incoming)


async def list_of_school(incoming: Incoming) -> Answer:
    """A page of the enrollments in a school."""
    return await listed(incoming, await within(incoming, "school"))


async def list_of_class(incoming: Incoming) -> Answer:
    """A page of the enrollments in a class of a school."""
    school = await within(incoming, "school")
    return await listed(incoming, school, await within(incoming, "class"))


RESOURCES = {"school": ("orgs", "school"), "class": ("classes", "realm")}


async def within(incoming: Incoming, name: str) -> dict[str, Any]:
    """The test that a record is of the thing named in the path. Raises NOT_FOUND."""
    resource, field = RESOURCES[name]
    key = incoming.path(name)
    found = await incoming.call(f"resources.{resource}", {"where": [equal("sourcedId", key)]})
    if not found.items:
        raise RPCError("NOT_FOUND", f"no such {name}")
    return equal(field, key)


async def listed(incoming: Incoming, *tests: dict[str, Any]) -> Answer:
    me = await incoming.me()
    ask = asked(incoming, grammar(me.time_zone))
    sees_gone = bool(ask.filter.paths & {"status", "dateLastModified"})
    visible = among("status", ACTIVE + GONE if sees_gone else ACTIVE)
    where = [*ask.filter.where, *tests, visible, equal("realmKind", "section")]
    chosen = {"where": where, "either": ask.filter.either}
    found = await incoming.call("details.enrollments", chosen | ask.order | {"deleted": sees_gone})
    items = [shown(incoming, one, me.time_zone) for one in found.items]
    return page(incoming, "enrollments", items, found.total, ask)


async def one(incoming: Incoming, key: str) -> Enrollment:
    """A record as this surface shows it. Raises NOT_FOUND."""
    me = await incoming.me()
    return shown(incoming, await detail(incoming, key), me.time_zone)


async def detail(incoming: Incoming, key: str) -> Detail:
    """A record by its sourcedId, also one that is to be deleted. Raises NOT_FOUND: also for what
    is no enrollment in a class, as groups are none."""
    address = {"key": key, "deleted": True}
    record: Detail = await incoming.call("details.enrollment", address)
    if record.course is None or record.status not in ACTIVE + GONE:
        raise no_enrollment()
    return record


async def get_enrollment(incoming: Incoming) -> Answer:
    """One enrollment, also a deleted one."""
    item = await one(incoming, incoming.path("id"))
    return Answer(200, {"enrollment": selected(incoming, item)})


async def create_enrollment(incoming: Incoming) -> Answer:
    """Enroll a user in a class."""
    wish = await given(incoming)
    if wish.status == "tobedeleted":
        raise InputError("no enrollment begins as `tobedeleted`")
    place = await placed(incoming, wish)
    powers = await sync(incoming, place["userId"])
    made = await incoming.call("enrollment.enroll", {**place, "reenroll": True, **powers})
    return Answer(201, Made(Pair(wish.sourced_id or made.id, made.id)))


async def put_enrollment(incoming: Incoming) -> Answer:
    """Make an enrollment under this sourcedId, or change the one that is there."""
    key, wish = incoming.path("id"), await given(incoming)
    if wish.sourced_id not in (None, key):
        raise InputError("`sourcedId` is another than the path's")
    if wish.status == "tobedeleted":
        return await ended(incoming, key, wish)
    item = {
        "op": "upsert",
        **await placed(incoming, await unsaid(incoming, key, wish)),
        "key": key,
        "status": "active",
        "unlessStatus": ACTIVE,
        "reenroll": True,
        "force": True,
    }
    done = await incoming.call("enrollment.bulk", {"items": [item]})
    result = done.results[0]
    if not result.ok:
        raise failure_of(result)
    return Answer(201 if done.created else 200, One(await one(incoming, key)))


async def unsaid(incoming: Incoming, key: str, wish: Given) -> Given:
    """What is said that the record of that key, if there is one, does not show already."""
    page = {"where": [equal("key", key)]}
    found = (await incoming.call("details.enrollments", page)).items
    return news(wish, found[0], (await incoming.me()).time_zone) if found else wish


async def ended(incoming: Incoming, key: str, wish: Given) -> Answer:
    """End a record, and show what is left; one that shows as ended stays as it is."""
    record = await detail(incoming, key)
    require_same(record, wish)
    if record.status not in GONE:
        await end(incoming, key)
    return Answer(200, One(await one(incoming, key)))


async def end(incoming: Incoming, key: str) -> None:
    """End a record, unless somebody has ended it by now."""
    try:
        await incoming.call("enrollment.unenroll", {"id": key})
    except RPCError as error:
        if error.code != "NOT_FOUND":
            raise


async def patch_enrollment(incoming: Incoming) -> Answer:
    """Change what is said of an enrollment; metadata is merged. User and class stay."""
    key, wish = incoming.path("id"), await given(incoming)
    if wish.status == "tobedeleted":
        return await ended(incoming, key, wish)
    record, me = await detail(incoming, key), await incoming.me()
    require_same(record, wish)
    words = await said(incoming, news(wish, record, me.time_zone))
    change = {"id": key, "notify": me.notify_bulk, **words}
    if wish.status == "active":
        change |= {"status": "active", "unlessStatus": ACTIVE}
    await incoming.call("enrollment.update", change)
    return Answer(200, One(await one(incoming, key)))


async def delete_enrollment(incoming: Incoming) -> Answer:
    """End an enrollment: from now on it is `tobedeleted`."""
    record = await detail(incoming, incoming.path("id"))
    await incoming.call("enrollment.unenroll", {"id": record.key})
    return Answer(204)


PAGE = page_of("enrollments", Enrollment)
MANY = {
    "GET": listing(list_enrollments, PAGE),
    "POST": Operation(create_enrollment, {201: Made}, body=Body, calls=("enrollment.enroll",)),
}
SURFACE = Surface(
    door="oneroster",
    prefixes=("/ims/",),
    routes={
        f"{ROOT}/enrollments": MANY,
        f"{ROOT}/enrollments/": MANY,
        f"{ROOT}/enrollments/{{id}}": {
            "GET": reading(get_enrollment, One),
            "PUT": Operation(
                put_enrollment,
                {200: One, 201: One},
                body=Body,
                calls=(
                    *("enrollment.bulk", "enrollment.enroll"),
                    *("enrollment.unenroll", "enrollment.update"),
                ),
            ),
            "PATCH": Operation(
                patch_enrollment,
                {200: One},
                body=Body,
                calls=("enrollment.unenroll", "enrollment.update"),
            ),
            "DELETE": Operation(delete_enrollment, {204: None}, calls=("enrollment.unenroll",)),
        },
        f"{ROOT}/schools/{{school}}/enrollments": {"GET": listing(list_of_school, PAGE)},
        f"{ROOT}/schools/{{school}}/classes/{{class}}/enrollments": {
            "GET": listing(list_of_class, PAGE)
        },
    },
    refusal=imsx.refusal,
    failure=imsx.Failure,
    answer=json_answer,
)
