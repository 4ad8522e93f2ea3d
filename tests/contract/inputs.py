"""The inputs of the conformance router. Unknown keys are dropped, 1.0 is an integer too."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Any, get_args

from msgspec import UNSET, Meta, Struct, UnsetType, field

from rpc.errors import Code
from rpc.superjson import BigInt

# JSON cannot carry infinities, so a number is any finite one.
Number = Annotated[float, Meta(ge=-sys.float_info.max, le=sys.float_info.max)]


def integer(value: float) -> int:
    if value != int(value):
        raise ValueError("an integer is needed")
    return int(value)


class Named(Struct):
    name: str


class MaybeNamed(Struct):
    name: str | UnsetType = UNSET


class Nested(Struct):
    x: Number


class Typed(Struct):
    s: str
    n: Number
    b: bool
    numbers: list[Number] = field(name="list")
    nested: Nested
    nul: str | None
    maybe: str | UnsetType = UNSET


class Numbers(Struct):
    numbers: list[Number]


class Size(Struct):
    size: Annotated[float, Meta(ge=0, le=5_000_000)]


class Throw(Struct):
    code: str
    message: str | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.code not in get_args(Code):
            raise ValueError("not an error code")


class ThrowAfter(Throw, kw_only=True):
    count: Annotated[float, Meta(ge=0, le=100)]


class Note(Struct):
    note: str


class Both(Struct):
    a: str
    b: Number


class Delay(Struct):
    ms: Annotated[float, Meta(ge=0, le=5000)]
    tag: str | UnsetType = UNSET

    def __post_init__(self) -> None:
        self.ms = integer(self.ms)


class Keyed(Struct):
    key: str


class KeyedDelay(Struct):
    key: str
    ms: Annotated[float, Meta(ge=0, le=10_000)]

    def __post_init__(self) -> None:
        self.ms = integer(self.ms)


class Count(Struct, rename="camel"):
    count: Annotated[float, Meta(ge=0, le=1000)]
    every_ms: Annotated[float, Meta(ge=0, le=5000)] | UnsetType = UNSET

    def __post_init__(self) -> None:
        self.count = integer(self.count)

    @property
    def pause(self) -> float:
        return 0 if self.every_ms is UNSET else self.every_ms / 1000


class TrackedCount(Struct, rename="camel"):
    count: Annotated[float, Meta(ge=0, le=1000)] | UnsetType = UNSET
    every_ms: Annotated[float, Meta(ge=0, le=5000)] | UnsetType = UNSET
    last_event_id: str | UnsetType | None = UNSET

    @property
    def last(self) -> int:
        return 3 if self.count is UNSET else integer(self.count)


class Flaky(Struct, rename="camel"):
    key: str
    last_event_id: str | UnsetType | None = UNSET


def resumed(last_event_id: str | UnsetType | None, last: int) -> Iterator[float]:
    """The numbers that follow an id, or all; none follow what is no number."""
    try:
        next_one = float(last_event_id) + 1 if last_event_id else 1
    except ValueError:
        return
    while next_one <= last:
        yield int(next_one) if next_one == int(next_one) else next_one
        next_one += 1


def kind_of(value: Any) -> str:
    """The JavaScript kind of a JSON value."""
    if value is UNSET:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, BigInt):
        return "bigint"
    kinds = ((bool, "boolean"), (int | float, "number"), (str, "string"), (list, "array"))
    return next((name for type, name in kinds if isinstance(value, type)), "object")
