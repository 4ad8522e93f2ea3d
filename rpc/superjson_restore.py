"""Values of JavaScript made of JSON, one by one; then the whole draft as Python's values.

Keeping a Set or Map a list until all is known lets notes find its parts by index, lets it be part
of itself, and tells whether Python can hold it at all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from msgspec import UNSET

from rpc.superjson_values import URL, BigInt, Entries, Error, Map, Members, RegExp, identity

NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}
OPAQUE = ("class", "custom", "symbol", "typed-array")
INTEGER = re.compile("-?[0-9]+")
ABSOLUTE = re.compile("[A-Za-z][A-Za-z0-9+.-]*:")
REGEXP = re.compile("/(.*)/([dgimsuvy]*)", re.DOTALL)


class ErrorDraft(dict[str, Any]):
    """The members of an Error."""


class Kind(NamedTuple):
    """A simple note: the JSON types it may stand on, what it makes, and what it expects."""

    types: tuple[type, ...]
    make: Callable[[Any], Any]
    expects: str


def restored(json: Any, note: Any) -> Any:
    if isinstance(note, list) and note and note[0] in OPAQUE:
        return json
    kind = KINDS.get(note) if isinstance(note, str) else None
    if kind is None:
        raise ValueError(f"Unknown transformation: {named(note)}")
    # The very types: a second note on one value would make it anew, at the sender's pleasure.
    if kind.types and type(json) not in kind.types:
        raise ValueError(f"superjson: {note} expects {kind.expects}")
    try:
        return kind.make(json)
    except (ValueError, LookupError, OverflowError):
        raise ValueError(f"superjson: {note} expects {kind.expects}") from None


def named(note: Any) -> str:
    """A note as JavaScript writes it into a text, cut short."""
    return (",".join(map(str, note)) if isinstance(note, list) else str(note))[:40]


def bigint(json: str | int) -> BigInt:
    if isinstance(json, str) and not INTEGER.fullmatch(json):
        raise ValueError
    return BigInt(json)


def date(json: str) -> datetime:
    instant = datetime.fromisoformat(json)
    if instant.utcoffset() is None:
        raise ValueError
    return instant.astimezone(UTC)


def regexp(json: str) -> RegExp:
    match = REGEXP.fullmatch(json)
    if not match or len(set(match[2])) < len(match[2]):
        raise ValueError
    return RegExp(match[1], match[2])


def url(json: str) -> URL:
    if not ABSOLUTE.match(json):
        raise ValueError
    return URL(json)


KINDS = {
    "undefined": Kind((), lambda _: UNSET, "anything"),
    "number": Kind((str,), NUMBERS.__getitem__, "NaN, Infinity, -Infinity or -0"),
    "bigint": Kind((str, int), bigint, "an integer Python can read"),
    "Date": Kind((str,), date, "an ISO 8601 instant of the years 1 to 9999"),
    "regexp": Kind((str,), regexp, "/source/flags"),
    "URL": Kind((str,), url, "an absolute URL"),
    "set": Kind((list,), Members, "an array"),
    "map": Kind((list,), Entries, "an array of pairs"),
    "Error": Kind((dict,), ErrorDraft, "an object"),
}


class Settling:
    """The draft as Python's values. Each is known before its parts are, for the sake of cycles."""

    def __init__(self) -> None:
        self.done: dict[int, Any] = {}

    def settle(self, draft: Any) -> Any:
        make = MAKERS.get(type(draft))
        if make is None:
            return draft
        if id(draft) not in self.done:
            make(self, draft)
        return self.done[id(draft)]

    def make_list(self, draft: list[Any]) -> None:
        made = self.done[id(draft)] = []
        for part in draft:
            made.append(self.settle(part))

    def make_dict(self, draft: dict[str, Any]) -> None:
        made = self.done[id(draft)] = {}
        for key, part in draft.items():
            made[key] = self.settle(part)

    def make_set(self, draft: Members) -> None:
        members = [*{as_key(member): member for member in draft}.values()]
        if fits(members):
            self.done[id(draft)] = set(members)
            return
        made = self.done[id(draft)] = Members()
        for member in members:
            made.append(self.settle(member))

    def make_map(self, draft: Entries) -> None:
        if not all(type(pair) is list and len(pair) == 2 for pair in draft):
            raise ValueError("superjson: map expects an array of pairs")
        entries = {as_key(key): (key, part) for key, part in draft}.values()
        if fits([key for key, _ in entries]):
            made = self.done[id(draft)] = Map()
            for key, part in entries:
                made[key] = self.settle(part)
        else:
            pairs = self.done[id(draft)] = Entries()
            for key, part in entries:
                pairs.append([self.settle(key), self.settle(part)])

    def make_error(self, draft: ErrorDraft) -> None:
        name, message = draft.get("name"), draft.get("message")
        made = self.done[id(draft)] = Error(
            name if isinstance(name, str) else "Error",
            message if isinstance(message, str) else "",
        )
        made.cause = self.settle(draft.get("cause", UNSET))


MAKERS: dict[type, Callable[[Settling, Any], None]] = {
    list: Settling.make_list,
    dict: Settling.make_dict,
    Members: Settling.make_set,
    Entries: Settling.make_map,
    ErrorDraft: Settling.make_error,
}


def as_key(value: Any) -> Any:
    """What tells the members of a Set apart: containers by identity, and true from 1."""
    this = identity(value)
    return (type(value) is bool, value) if this is None else this


def fits(members: list[Any]) -> bool:
    """Whether a Python set holds them, each apart. Of huge integers many can have one hash."""
    return not any(map(is_unfit, members)) and len(set(members)) == len(members)


def is_unfit(member: Any) -> bool:
    is_huge = isinstance(member, BigInt) and member.bit_length() > 64
    return is_huge or isinstance(member, list | dict)
