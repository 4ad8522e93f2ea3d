"""An enrollment as OneRoster's clients send it, and what is asked of procedures for it."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field
from msgspec.structs import replace

from procedures.instants import last_day, local_date
from procedures.records.detail import Detail
from procedures.records.enrollment import Role
from procedures.records.fields import Key
from procedures.rest.oneroster_days import after_day, at_instant
from procedures.rest.surface import Incoming
from rpc.errors import InputError, RPCError

Flag = bool | Literal["true", "false"]
TOLD = ("status", "progress")  # what the metadata of every record tells, besides its own members


class Pointer(Struct, rename="camel"):
    """A reference as a client sends it."""

    sourced_id: Key


class Given(Struct, rename="camel"):
    """An enrollment as a client sends it. Days are whole days of the organization."""

    role: Role | None = None
    user: Pointer | None = None
    class_: Pointer | None = field(default=None, name="class")
    status: Literal["active", "tobedeleted"] | None = None
    sourced_id: Key | None = None
    begin_date: str | None = None
    end_date: str | UnsetType | None = UNSET
    primary: Flag | None = None
    metadata: dict[str, Any] | None = None


class Body(Struct):
    enrollment: Given


async def given(incoming: Incoming) -> Given:
    return (await incoming.json(Body)).enrollment


async def placed(incoming: Incoming, wish: Given) -> dict[str, Any]:
    """Person, place and all that is said about the record. Raises InputError, and NOT_FOUND for no
    class."""
    if wish.role is None or wish.user is None or wish.class_ is None:
        raise InputError("`role`, `user` and `class` are required")
    await require_class(incoming, wish.class_.sourced_id)
    user = await user_key(incoming, wish.user.sourced_id)
    place = {"realmId": wish.class_.sourced_id, "userId": user}
    if wish.sourced_id is not None:
        place["key"] = wish.sourced_id
    return place | await said(incoming, wish)


async def require_class(incoming: Incoming, sourced_id: str) -> None:
    found = await incoming.call("details.realms", {"keys": [sourced_id]})
    if not any(place.kind == "section" for place in found):
        raise RPCError("NOT_FOUND", "no such class")


def news(wish: Given, record: Detail, zone: str) -> Given:
    """What is said, without the days that the record shows already: its instants stay."""
    first, last = days_of(record, zone)
    begin = None if wish.begin_date == first else wish.begin_date
    end = UNSET if wish.end_date == last else wish.end_date
    return replace(wish, begin_date=begin, end_date=end)


def days_of(record: Detail, zone: str) -> tuple[str, str | None]:
    """The first day of a record, and the last one, if any."""
    first = local_date(record.begin_at, zone).isoformat()
    return first, record.end_at and last_day(record.end_at, zone).isoformat()


async def said(incoming: Incoming, wish: Given) -> dict[str, Any]:
    """What is said about a record besides who and where, as the procedures take it."""
    zone = (await incoming.me()).time_zone
    words: dict[str, Any] = {}
    if wish.role is not None:
        words["role"] = wish.role
    if wish.begin_date is not None:
        words["beginAt"] = at_instant(wish.begin_date, zone)
    if wish.end_date is not UNSET:
        words["endAt"] = wish.end_date and after_day(wish.end_date, zone)
    if wish.primary is not None:
        words["primary"] = wish.primary in (True, "true")
    if wish.metadata is not None:
        words["metadata"] = {n: value for n, value in wish.metadata.items() if n not in TOLD}
    return words


async def user_key(incoming: Incoming, sourced_id: str) -> str:
    """The account behind a sourcedId, else the sourcedId itself: procedures refuse the unknown."""
    found = await incoming.call("details.users", {"sourcedIds": [sourced_id]})
    return found[0].key if found else sourced_id


async def sync(incoming: Incoming, user: str) -> dict[str, bool]:
    """Staff and admins synchronise a roster: rules for learners are set aside, mails are sent only
    where the organization wants them. Learners act for themselves under the ordinary rules."""
    me = await incoming.me()
    is_self = user == me.user and me.org_role != "admin"
    return {} if is_self else {"force": True, "notify": me.notify_bulk}


def require_same(record: Detail, wish: Given) -> None:
    """Raises InputError for another user, class or sourcedId than the record's."""
    if (
        wish.sourced_id not in (None, record.key)
        or (wish.user and wish.user.sourced_id not in (record.user.sourced_id, record.user.key))
        or (wish.class_ and wish.class_.sourced_id != record.realm.key)
    ):
        raise InputError("`sourcedId`, `user` and `class` of an enrollment stay as they are")
