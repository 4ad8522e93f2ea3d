"""Python values on their way out through superjson: JSON, and notes of what JSON cannot say."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import is_dataclass
from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, to_builtins

from rpc.javascript import instant, is_negative_zero, parts_of_dataclass, parts_of_struct
from rpc.superjson_values import (
    POLLUTION,
    SAFE,
    URL,
    Entries,
    Error,
    Map,
    Members,
    RegExp,
    identity,
    is_bigint,
)

PLAIN = frozenset({str, bool, type(None)})
SETS = (set, frozenset, Members)
ARRAYS = (list, tuple)

Path = tuple[str | int, ...]
Written = tuple[Any, Any]


class Writer:
    """One value, walked in superjson's order."""

    def __init__(self) -> None:
        self.places: dict[Hashable, list[Path]] = {}
        self.written: dict[Hashable, Written] = {}

    def write(self, value: Any, path: Path) -> Written:
        """The JSON of a value, and the note that `meta.values` has of it."""
        this = identity(value)
        if this is None:
            return self.write_anew(value, path)
        self.places.setdefault(this, []).append(path)
        if this not in self.written:
            # Inside itself a value is null, without a note: the equalities say what it is.
            self.written[this] = (None, None)
            self.written[this] = self.write_anew(value, path)
        return self.written[this]

    def write_anew(self, value: Any, path: Path) -> Written:
        kind, parts = taken_apart(value)
        if parts is None:
            return leaf(value)
        json, notes = self.write_parts(parts, path)
        if kind is None:
            return json, notes
        return json, [kind, notes] if notes else [kind]

    def write_parts(self, parts: Any, path: Path) -> tuple[Any, dict[str, Any]]:
        is_object = isinstance(parts, dict)
        json: dict[Any, Any] = {}
        notes: dict[str, Any] = {}
        for key, part in parts.items() if is_object else enumerate(parts):
            if key in POLLUTION:
                raise ValueError(f"superjson: {key} is not allowed as a property")
            if type(part) in PLAIN or (type(part) is int and -SAFE <= part <= SAFE):
                json[key] = part
                continue
            json[key], note = self.write(part, (*path, key))
            if note:
                add_note(notes, escaped(key), note)
        return json if is_object else [*json.values()], notes

    def equalities(self) -> Any:
        """`meta.referentialEqualities`: the other places of what stands at several."""
        shared = {}
        of_root: list[str] = []
        for paths in self.places.values():
            first, *others = sorted(paths, key=len)
            if others and first:
                shared[joined(first)] = [joined(path) for path in others]
            elif others:
                of_root = [joined(path) for path in others]
        if of_root:
            return [of_root, shared] if shared else [of_root]
        return shared


def add_note(notes: dict[str, Any], key: str, note: Any) -> None:
    """A list is a note of the member itself, a dict has notes of what is inside it."""
    if isinstance(note, list):
        notes[key] = note
    else:
        notes.update({f"{key}.{path}": inner for path, inner in note.items()})


def escaped(key: str | int) -> str:
    return str(key).replace("\\", "\\\\").replace(".", "\\.")


def joined(path: Path) -> str:
    return ".".join(map(escaped, path))


def taken_apart(value: Any) -> tuple[str | None, Any]:
    """The note of a container and its parts; no parts for anything else."""
    if isinstance(value, dict):
        is_object = not isinstance(value, Map) and all(map(is_name, value))
        return (None, by_name(value)) if is_object else ("map", [*value.items()])
    if isinstance(value, SETS):
        return "set", [*value]
    if isinstance(value, Entries):
        return "map", [(key, part) for key, part in value]
    if isinstance(value, ARRAYS):
        return None, value
    if isinstance(value, Struct):
        return None, parts_of_struct(value)
    if is_dataclass(type(value)) and not isinstance(value, RegExp):
        return "Error" if isinstance(value, Error) else None, parts_of_dataclass(value)
    return None, None


def is_name(key: Any) -> bool:
    return isinstance(key, str) and not isinstance(key, URL)


def by_name(value: dict[Any, Any]) -> dict[str, Any]:
    return {key if type(key) is str else to_builtins(key): part for key, part in value.items()}


def leaf(value: Any) -> Written:
    if value is UNSET:
        return None, ["undefined"]
    if isinstance(value, datetime):
        return instant(value), ["Date"]
    if isinstance(value, RegExp):
        return f"/{value.source or '(?:)'}/{value.flags}", ["regexp"]
    if isinstance(value, URL):
        return str(value), ["URL"]
    if is_bigint(value):
        return str(value), ["bigint"]
    if type(value) is float:
        return number(value)
    return to_builtins(value), None


def number(value: float) -> Written:
    if math.isnan(value):
        return "NaN", ["number"]
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity", ["number"]
    return ("-0", ["number"]) if is_negative_zero(value) else (value, None)
