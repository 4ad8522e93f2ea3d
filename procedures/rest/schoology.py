"""/v1/sections, /v1/groups and /v1/enrollments: Schoology, in JSON and XML."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from msgspec import UNSET, Meta, Struct

from procedures.records.detail import Detail, RealmDetail
from procedures.rest.schoology_bulk import NOTHING, done, failure, keys_of_users
from procedures.rest.schoology_forms import (
    NUMBERS,
    ROLES,
    STATUSES,
    Change,
    NewEnrollment,
    acceptable,
    answer,
    changes,
    enrollments_url,
    is_sync,
    linked,
    listed_numbers,
    other_person,
    place_of,
    read,
    refusal,
    role_of,
    shown,
)
from procedures.rest.schoology_imports import import_by_course, import_by_school_code
from procedures.rest.schoology_many import (
    create_many,
    create_many_here,
    creation,
    delete_many,
    update_many,
)
from procedures.rest.surface import Answer, Handler, Incoming, Surface, fitted
from rpc.errors import RPCError

LARGEST_PAGE = 200
TYPES = {"admin": ROLES[1], "member": ROLES[0]}
BY_NUMBER = {str(number): statuses for number, statuses in STATUSES.items()}
PICTURE_SIZES = {size: size for size in ("big", "reg", "sm", "tiny")}
FILTERS = ("uid", "enrollment_status", "type", "picture_size")

T = TypeVar("T")


class AccessCode(Struct):
    access_code: Annotated[str, Meta(min_length=1, max_length=255)]


def chosen(incoming: Incoming, name: str, table: Mapping[str, T]) -> list[T] | None:
    """What the words of a parameter stand for, None without it. Raises BAD_REQUEST."""
    text = incoming.query(name)
    words = [] if text is None else text.split(",")
    if not table.keys() >= set(words):
        message = f"`{name}` is made of {', '.join(table)}"
        raise RPCError("BAD_REQUEST", message, reason="invalid_query")
    return [table[word] for word in words] or None


def selection(incoming: Incoming) -> list[dict[str, Any]]:
    """The tests of a list's parameters. Raises BAD_REQUEST."""
    uid = incoming.query("uid")
    wanted: dict[str, Any] = {
        "userNumber": None if uid is None else listed_numbers(uid, "`uid`"),
        "status": flat(chosen(incoming, "enrollment_status", BY_NUMBER)),
        "role": flat(chosen(incoming, "type", TYPES)),
    }
    given = {field: values for field, values in wanted.items() if values is not None}
    return [{"field": field, "op": "in", "value": values} for field, values in given.items()]


def flat(groups: list[tuple[str, ...]] | None) -> list[str] | None:
    return None if groups is None else [each for group in groups for each in group]


def picture_size(incoming: Incoming) -> str | None:
    """The size asked for, of several the first."""
    sizes = chosen(incoming, "picture_size", PICTURE_SIZES)
    return sizes[0] if sizes else None


async def list_enrollments(incoming: Incoming) -> Answer:
    where, size = selection(incoming), picture_size(incoming)
    start = incoming.query_number("start", 0, 0)
    limit = min(incoming.query_number("limit", 20, 1), LARGEST_PAGE)
    place = await place_of(incoming)
    page = {"where": where, "roster": place.key, "limit": limit, "offset": start}
    found = await incoming.call("details.enrollments", page)
    links = {"self": page_url(incoming, place, start, limit)}
    if start + limit < found.total:
        links["next"] = page_url(incoming, place, start + limit, limit)
    items = [linked(incoming.http, record, size) for record in found.items]
    return Answer(200, {"enrollment": items, "total": str(found.total), "links": links})


def page_url(incoming: Incoming, place: RealmDetail, start: int, limit: int) -> str:
    given = [(name, incoming.query(name)) for name in FILTERS]
    asked = [(name, value) for name, value in given if value is not None]
    query = urlencode([*asked, ("start", start), ("limit", limit)], safe=",")
    return f"{enrollments_url(incoming.http, place)}?{query}"


async def record_of(incoming: Incoming) -> Detail:
    """The record in the path, of the place in the path. Raises NOT_FOUND."""
    place = await place_of(incoming)
    address = {"number": incoming.path_number("enrollment"), "roster": place.key}
    record: Detail = await incoming.call("details.enrollment", address)
    return record


async def get_enrollment(incoming: Incoming) -> Answer:
    size = picture_size(incoming)
    return Answer(200, shown(await record_of(incoming), size))


async def create_enrollment(incoming: Incoming) -> Answer:
    """One enrollment, or many where the body says `enrollments`."""
    body = await read(incoming)
    place = await place_of(incoming)
    if "enrollments" in body:
        return await create_many_here(incoming, body, place)
    key = await enrolled(incoming, place, fitted(body, NewEnrollment, strict=False))
    record = await incoming.call("details.enrollment", {"key": key, "roster": place.key})
    made = {**linked(incoming.http, record), "status": NUMBERS[record.status]}
    return Answer(200, made)


async def enrolled(incoming: Incoming, place: RealmDetail, given: NewEnrollment) -> str:
    """The key of the new record. Learners enroll themselves under the ordinary rules, which say
    what status they begin with."""
    if is_sync(await incoming.call("details.caller"), given.uid):
        users = await keys_of_users(incoming, [given.uid])
        [result] = await done(incoming, [creation(given, place, users[given.uid])])
        if result.record is UNSET:
            raise failure(result)
        return result.record.id
    wish: dict[str, Any] = {"realmId": place.key, "role": role_of(given.admin, place.kind)}
    if given.status != 1:
        wish["status"] = STATUSES[given.status][0]
    key: str = (await incoming.call("enrollment.enroll", wish)).id
    return key


async def redeem_code(kind: str, incoming: Incoming) -> Answer:
    """Join what a code is for, if that is of the kind, and the place, that the path says."""
    given = fitted(await read(incoming), AccessCode)
    me = await incoming.call("details.caller")
    wish = {"code": given.access_code, "realmKind": kind, "orgId": me.org}
    if kind in incoming.http.path_params:
        numbers = {"numbers": [incoming.path_number(kind)]}
        found = await incoming.call("details.realms", numbers)
        wish["realmId"] = found[0].key if found else NOTHING
    made = await incoming.call("enrollment.redeemCode", wish)
    address = {"key": made.id, "roster": made.realm_id}
    return Answer(200, shown(await incoming.call("details.enrollment", address)))


async def update_enrollment(incoming: Incoming) -> Answer:
    given = fitted(await read(incoming), Change, strict=False)
    record = await record_of(incoming)
    if given.uid not in (None, record.user.number):
        raise other_person()
    change = {"id": record.key, **changes(given, record.realm.kind)}
    if is_sync(await incoming.call("details.caller"), record.user.number):
        change["notify"] = False
    await incoming.call("enrollment.update", change)
    return Answer(204)


async def delete_enrollment(incoming: Incoming) -> Answer:
    record = await record_of(incoming)
    await incoming.call("enrollment.unenroll", {"id": record.key})
    return Answer(204)


def of_places(kind: str) -> dict[str, dict[str, Handler]]:
    """The paths about a section or a group."""
    place = f"/{kind}s/{{{kind}}}"
    redeem = partial(redeem_code, kind)
    return {
        f"{place}/enrollments": {
            "GET": list_enrollments,
            "POST": create_enrollment,
            "PUT": update_many,
        },
        f"{place}/enrollments/{{enrollment}}": {
            "GET": get_enrollment,
            "PUT": update_enrollment,
            "DELETE": delete_enrollment,
        },
        f"{place}/accesscode": {"POST": redeem},
        f"/{kind}s/accesscode": {"POST": redeem},
    }


ROUTES: dict[str, dict[str, Handler]] = {
    **of_places("section"),
    **of_places("group"),
    "/enrollments": {"POST": create_many, "DELETE": delete_many},
    "/enrollments/import/course": {"POST": import_by_school_code},
    "/enrollments/import/course/{periods}": {"POST": import_by_course},
}

SURFACE = Surface(
    door="schoology",
    prefixes=("/v1/", "/sections/", "/groups/", "/enrollments/"),
    routes={
        f"{prefix}{path}": acceptable(handlers)
        for prefix in ("/v1", "")
        for path, handlers in ROUTES.items()
    },
    refusal=refusal,
    answer=answer,
)
