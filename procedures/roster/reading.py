"""Bytes to a document: every array and entry has the right shape, or is refused at its place."""

from __future__ import annotations

from typing import Any

import msgspec

from procedures.roster.document import ARRAYS, FORMAT, Closed, Document
from procedures.roster.refusal import RosterError, Spot, quoted, step
from procedures.roster.strict_json import tree
from procedures.roster.values import Text

PLACE = " - at `$"  # begins the last part of msgspec's messages
MISSING = "Object missing required field `"
UNKNOWN = "Object contains unknown field `"


def read(document: bytes) -> Document:
    """The roster in these bytes. Raises RosterError."""
    given = tree(document)
    if not isinstance(given, dict):
        raise RosterError("", "not a JSON object")
    if given.pop("format", None) != FORMAT:
        raise RosterError("format", f"{quoted(FORMAT)} is needed")
    for name in given:
        if name not in ARRAYS:
            raise RosterError(step("", name), "no such array")
    return Document(**{name: _entries(name, given.get(name, [])) for name in ARRAYS})


def _entries(array: str, given: object) -> list[Any]:
    if not isinstance(given, list):
        raise RosterError(array, "an array is needed")
    return [_entry(Spot(array, index), entry) for index, entry in enumerate(given)]


def _entry(at: Spot, given: object) -> Closed:
    kind = ARRAYS[at.array]
    if not isinstance(given, dict):
        raise RosterError(str(at), "an object is needed")
    present = _present(kind, given)
    try:
        return msgspec.convert(present, kind, dec_hook=_value)
    except msgspec.ValidationError as error:
        raise _refusal(at, str(error)) from None


def _present(kind: type[Closed], given: dict[str, Any]) -> dict[str, Any]:
    """Null is as good as left out, but not for an unknown field: that one is to be refused."""
    known = kind.__struct_encode_fields__
    return {name: value for name, value in given.items() if value is not None or name not in known}


def _value(kind: type[Text], value: object) -> Text:
    return kind.read(value)


def _refusal(at: Spot, message: str) -> RosterError:
    what, path = _split(message)
    for start, plain in ((MISSING, "missing"), (UNKNOWN, "unknown field")):
        if what.startswith(start):
            return RosterError(step(f"{at}{path}", what[len(start) : -1]), plain)
    return RosterError(f"{at}{path}", what[0].lower() + what[1:])


def _split(message: str) -> tuple[str, str]:
    """What is wrong, and the path within the entry: "Expected `int` - at `$.progress`"."""
    if PLACE not in message:
        return message, ""
    what, _, path = message.rpartition(PLACE)
    return what, path.removesuffix("`")
