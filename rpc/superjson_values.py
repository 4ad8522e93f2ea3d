"""The values of JavaScript that superjson carries and Python has no type for."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass, is_dataclass
from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct

SAFE = 2**53 - 1
POLLUTION = ("__proto__", "prototype", "constructor")


class BigInt(int):
    """A bigint of whatever size: an int that goes out as it came in."""


class URL(str):
    """A URL, as a text that is not checked."""


class Map(dict[Any, Any]):
    """A Map, whatever its keys are."""


class Members(list[Any]):
    """A Set that Python's set cannot hold: with containers in it, or with 1 beside true."""


class Entries(list[Any]):
    """A Map that a dict cannot hold for one of these reasons: its `[key, value]` pairs."""


@dataclass(frozen=True, slots=True)
class RegExp:
    """A regular expression as JavaScript writes it, slashes in `source` escaped."""

    source: str
    flags: str = ""


@dataclass(slots=True)
class Error:
    """An Error as data. There is no stack."""

    name: str = "Error"
    message: str = ""
    cause: Any = UNSET


REFERENCES = (dict, list, set, Struct, datetime, URL)


def identity(value: Any) -> Hashable:
    """What is the same wherever superjson says "the same value"; None for what it copies."""
    if type(value) is float:
        return "NaN" if math.isnan(value) else None
    if is_bigint(value):
        # A text, because integers can be chosen so that all of them have one hash.
        return f"{value:x}n"
    return id(value) if isinstance(value, REFERENCES) or is_dataclass(type(value)) else None


def is_bigint(value: Any) -> bool:
    return type(value) is BigInt or (type(value) is int and abs(value) > SAFE)
