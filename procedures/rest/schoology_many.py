"""Schoology: creating, changing and deleting many enrollments by numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from procedures.records.detail import Detail, Number, RealmDetail
from procedures.rest.schoology_bulk import (
    NOTHING,
    Plan,
    Refused,
    Result,
    Said,
    Todo,
    answered,
    items_of,
    keys_of_users,
    planned,
    readable,
    require_some,
)
from procedures.rest.schoology_forms import (
    STATUSES,
    Change,
    NewEnrollment,
    NumberList,
    changes,
    numbers_in,
    other_person,
    place_of,
    read,
    role_of,
)
from procedures.rest.surface import Answer, Incoming, among, equal, fitted

IDS = ("section_id", "group_id")
NOWHERE = RealmDetail(0, NOTHING, "section", "", None, None)


class Placed(NewEnrollment):
    """An enrollment that says where."""

    realm: Literal["section", "group"]
    section_id: Number | None = None
    group_id: Number | None = None

    def __post_init__(self) -> None:
        if self.place is None:
            raise ValueError(f"`{self.realm}_id` is needed")

    @property
    def place(self) -> int | None:
        return self.section_id if self.realm == "section" else self.group_id


class ListedChange(Change):
    """The change of one of many records, by `id` or by the `uid` of a person in that place."""

    id: Number | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.id is None and self.uid is None:
            raise ValueError("one of `id` and `uid` is needed")


class Flags(Struct):
    """`update_existing`: also change enrollments that are there."""

    update_existing: bool = False


class WantedIds(Struct):
    enrollment_ids: NumberList


class Made(Result):
    id: str | UnsetType = UNSET
    uid: Said = UNSET
    location: str | UnsetType = UNSET


class MadeAnywhere(Result):
    location: str | UnsetType = UNSET
    uid: Said = UNSET
    id: str | UnsetType = UNSET
    realm: Said = UNSET
    realm_id: str | UnsetType = UNSET
    section_id: Said = UNSET
    group_id: Said = UNSET


class Touched(Result):
    """`uid` where an item that fails says no `id`."""

    id: Said = UNSET
    uid: Said = UNSET


def creation(given: NewEnrollment, place: RealmDetail, user: str) -> dict[str, Any]:
    """The bulk item that enrolls a person who is not in that place so far."""
    return {
        "op": "create",
        "realmId": place.key,
        "userId": user,
        "role": role_of(given.admin, place.kind),
        "status": STATUSES[given.status][0],
        "force": True,
    }


def upsert(given: NewEnrollment, place: RealmDetail, user: str) -> dict[str, Any]:
    """The bulk item that enrolls a person, or changes the record that is there."""
    change = changes(given, place.kind)
    return {"op": "upsert", "realmId": place.key, "userId": user, "force": True, **change}


async def create_many_here(incoming: Incoming, body: dict[str, Any], place: RealmDetail) -> Answer:
    items = items_of(body, NewEnrollment, ["uid"])
    users = await keys_of_users(incoming, [item.uid for item in readable(items)])

    def plan(item: NewEnrollment) -> list[Todo]:
        words = {"uid": item.uid}
        return [Todo(words, creation(item, place, users[item.uid]), place, words)]

    return await answered(incoming, planned(items, plan), Made)


async def create_many(incoming: Incoming) -> Answer:
    """Enroll in up to fifty places; with `update_existing` also change what is there."""
    body = await read(incoming)
    make = upsert if updates_existing(incoming, body) else creation
    items = items_of(body, Placed, ["uid", "realm", *IDS])
    users = await keys_of_users(incoming, [item.uid for item in readable(items)])
    places = await places_of(incoming, [item.place for item in readable(items)])

    def plan(item: Placed) -> list[Todo]:
        words = {"uid": item.uid, "realm": item.realm, "realm_id": str(item.place)}
        place = places.get((item.realm, item.place))
        return [Todo(words, make(item, place or NOWHERE, users[item.uid]), place, words)]

    return await answered(incoming, planned(items, plan), MadeAnywhere)


def updates_existing(incoming: Incoming, body: dict[str, Any]) -> bool:
    """Whether the query or the body says so. Raises BAD_REQUEST."""
    flags = (incoming.asked(Flags), fitted(body, Flags, strict=False))
    return any(each.update_existing for each in flags)


async def places_of(
    incoming: Incoming, numbers: Sequence[int | None]
) -> dict[tuple[str, int | None], RealmDetail]:
    """Sections and groups by kind and number."""
    found = await incoming.call("details.realms", {"numbers": numbers})
    return {(place.kind, place.number): place for place in found}


async def update_many(incoming: Incoming) -> Answer:
    """Change up to fifty enrollments of a section or a group."""
    body = await read(incoming)
    place = await place_of(incoming)
    items = items_of(body, ListedChange, ["id", "uid"])
    users = await keys_of_users(incoming, [i.uid for i in readable(items) if i.uid is not None])
    ids = [item.id for item in readable(items) if item.id is not None]
    records = await records_of(incoming, ids, equal("realm", place.key))

    def plan(item: ListedChange) -> list[Plan]:
        change = {"op": "update", **changes(item, place.kind)}
        if item.id is not None:
            return [by_number(item, records.get(item.id), change)]
        assert item.uid is not None
        address = {"realmId": place.key, "userId": users[item.uid]}
        return [Todo({"uid": item.uid}, {**change, **address})]

    return await answered(incoming, planned(items, plan), Touched)


def by_number(item: ListedChange, record: Detail | None, change: dict[str, Any]) -> Plan:
    words = {"id": str(item.id)}
    if record is None:
        return Todo(words, {**change, "id": NOTHING})
    if item.uid not in (None, record.user.number):
        return Refused(words, other_person())
    return Todo(words, {**change, "id": record.key})


async def records_of(
    incoming: Incoming, numbers: Sequence[int], *where: dict[str, Any]
) -> dict[int, Detail]:
    """The records of these numbers that the caller may see, by number."""
    tests = [among("number", numbers), *where]
    found = await incoming.call("details.enrollments", {"where": tests})
    return {record.number: record for record in found.items}


async def delete_many(incoming: Incoming) -> Answer:
    """End up to fifty enrollments."""
    ids = numbers_in(incoming.asked(WantedIds).enrollment_ids)
    require_some(ids)
    records = await records_of(incoming, ids)
    keys = {number: record.key for number, record in records.items()}
    todo = [Todo({"id": str(id)}, {"op": "delete", "id": keys.get(id, NOTHING)}) for id in ids]
    return await answered(incoming, todo, Touched)
