"""What a client's superjson made: JSON, and notes that say what to make of it. It may be hostile.

The notes are applied to a draft in which Sets and Maps are still lists and can be changed by index.
"""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple

from msgspec import UNSET

from rpc.superjson_restore import Settling, restored
from rpc.superjson_values import POLLUTION, SAFE

INDEX = re.compile("[0-9]{1,9}")
TOKENS = re.compile(r"\\[\\.]|[^\\.]+|[\\.]")
LEGACY_TOKENS = re.compile(r"\\\.|[^\\.]+|[\\.]")


def read(payload: dict[str, Any], max_values: int | None) -> Any:
    meta = payload.get("meta")
    draft = copied(payload.get("json", UNSET))
    return annotated(draft, meta, max_values) if isinstance(meta, dict) else draft


def copied(json: Any) -> Any:
    """A copy to change, with the numbers that JavaScript would have, without `__proto__`."""
    if isinstance(json, dict):
        return {key: copied(part) for key, part in json.items() if key != "__proto__"}
    if isinstance(json, list):
        return [copied(part) for part in json]
    return as_double(json) if type(json) is int and abs(json) > SAFE else json


def as_double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def annotated(draft: Any, meta: dict[str, Any], max_values: int | None) -> Any:
    version = meta.get("v")
    notes = Notes(draft, not version or (isinstance(version, int | float) and version < 1))
    if values := meta.get("values"):
        notes.restore(values, notes.root)
    if equalities := meta.get("referentialEqualities"):
        notes.share_all(equalities)
        if max_values is not None and unfolded(notes.root.value, {}) > max_values:
            raise ValueError("superjson: the equalities make too many values")
    return Settling().settle(notes.root.value)


class Place(NamedTuple):
    """Where a value stands: a member of an object or an element of a list."""

    holder: Any
    key: Any

    @property
    def value(self) -> Any:
        if isinstance(self.holder, dict):
            return self.holder.get(self.key, UNSET)
        return self.holder[self.key]

    def put(self, value: Any) -> None:
        self.holder[self.key] = value

    def inside(self, segment: str) -> Place | None:
        holder = self.value
        if isinstance(holder, dict):
            return Place(holder, segment)
        if isinstance(holder, list) and INDEX.fullmatch(segment) and int(segment) < len(holder):
            return Place(holder, int(segment))
        return None


class Notes:
    """`meta` and the draft that it is about."""

    def __init__(self, draft: Any, is_legacy: bool) -> None:
        self.root = Place([draft], 0)
        self.is_legacy = is_legacy

    def restore(self, note: Any, place: Place) -> None:
        """Make JavaScript's values of JSON: the parts of a container before itself."""
        if isinstance(note, dict):
            return self.restore_parts(note, place)
        if not isinstance(note, list) or len(note) not in (1, 2):
            raise malformed("values")
        if len(note) == 2:
            self.restore_parts(note[1], place)
        return place.put(restored(place.value, note[0]))

    def restore_parts(self, notes: Any, place: Place) -> None:
        if not isinstance(notes, dict):
            raise malformed("values")
        for path, note in notes.items():
            if inner := self.find(path, place):
                self.restore(note, inner)

    def share_all(self, equalities: Any) -> None:
        if isinstance(equalities, list):
            of_root, equalities = (*equalities, {})[:2]
            self.share(self.root, of_root)
        if not isinstance(equalities, dict):
            raise malformed("referentialEqualities")
        for path, others in equalities.items():
            self.share(self.find(path, self.root), others)

    def share(self, place: Place | None, others: Any) -> None:
        """Put the value at one place to other places, one by one: a path may lead through it."""
        if not isinstance(others, list):
            raise malformed("referentialEqualities")
        value = place.value if place else UNSET
        for path in others:
            other = self.find(path, self.root)
            if place and other:
                other.put(value)

    def find(self, path: Any, place: Place) -> Place | None:
        """A place below another; none where there is no such place, as superjson ignores it."""
        found: Place | None = place
        for segment in self.segments(path):
            found = found and found.inside(segment)
        return found

    def segments(self, path: Any) -> list[str]:
        if not isinstance(path, str):
            raise malformed("referentialEqualities")
        segments = split(path, self.is_legacy)
        for name in POLLUTION:
            if name in segments:
                raise ValueError(f"{name} is not allowed as a property")
        return segments


def malformed(name: str) -> ValueError:
    return ValueError(f"superjson: malformed meta.{name}")


def split(path: str, is_legacy: bool) -> list[str]:
    """The keys of a path. Before version 1 a backslash escaped only dots, not itself."""
    segments: list[list[str]] = [[]]
    for token in (LEGACY_TOKENS if is_legacy else TOKENS).findall(path):
        if token == ".":
            segments.append([])
        elif token == "\\" and not is_legacy:
            raise ValueError("invalid path")
        else:
            segments[-1].append(token[-1] if token[0] == "\\" else token)
    return ["".join(segment) for segment in segments]


def unfolded(draft: Any, sizes: dict[int, int]) -> int:
    """How many values there are when each is counted at every place where it stands."""
    if not isinstance(draft, list | dict):
        return 1
    if id(draft) not in sizes:
        sizes[id(draft)] = size = 1
        for part in draft.values() if isinstance(draft, dict) else draft:
            size += unfolded(part, sizes)
        sizes[id(draft)] = size
    return sizes[id(draft)]
