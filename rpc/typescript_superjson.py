"""Python types -> TypeScript where superjson carries them: as the values that arrive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeGuard

import msgspec
from msgspec import inspect
from msgspec.inspect import Field, Type

from rpc.superjson_values import URL, BigInt, Entries, Error, Map, Members, RegExp
from rpc.typescript_types import SCALARS, Named, Record, Sequence, Side, alternatives

ANY_MAP = "Map<unknown, unknown>"
VALUES = {
    BigInt: "bigint",
    URL: "URL",
    RegExp: "RegExp",
    Error: "Error",
    Map: ANY_MAP,
    Entries: ANY_MAP,
    Members: "Set<unknown>",
}
# What comes in as a key of a Map can be no key of a dict.
CONTAINERS = Sequence | Record | inspect.TupleType


class SuperjsonSide(Side):
    scalars = SCALARS | {inspect.DateTimeType: ("Date", "")}
    unsent = "cannot be sent by superjson"
    gap = "undefined"
    own = frozenset({"Date", "Error", "Map", "RegExp", "Set", "URL"})

    def is_named(self, part: Type | Field) -> TypeGuard[Named]:
        return isinstance(part, Named) and part.cls not in VALUES

    def is_sent(self, part: Type | Field) -> bool:
        match part:
            case inspect.CustomType():
                return part.cls in VALUES
            case inspect.DictType() if self.is_input:
                return not any(isinstance(key, CONTAINERS) for key in alternatives(part.key_type))
        return not isinstance(part, inspect.RawType | inspect.ExtType)

    def spell(self, info: Type) -> str:
        match info:
            case inspect.CustomType() | inspect.DataclassType() if info.cls in VALUES:
                return VALUES[info.cls]
            case inspect.SetType() | inspect.FrozenSetType():
                return f"Set<{self.spell(info.item_type)}>"
            case inspect.DateTimeType() if info.tz is False:
                return "string"
        return super().spell(info)

    def mapping(self, info: inspect.DictType) -> str:
        """An object where all keys are texts, as all of an empty dict are, else a Map."""
        kinds = {is_text for key in alternatives(info.key_type) for is_text in texts(key)}
        if kinds == {True}:
            return super().mapping(info)
        value = self.spell(info.value_type)
        named = value if True in kinds else "undefined"
        return f"Map<{self.spell(info.key_type)}, {value}> | {{ [key: string]: {named} }}"

    def default(self, value: Any) -> str:
        return msgspec.json.encode(value, enc_hook=plain).decode()


def plain(value: Any) -> int | str:
    return int(value) if isinstance(value, BigInt) else str(value)


def texts(key: Type) -> Iterator[bool]:
    """Whether a key is a text; both where it may be one."""
    match key:
        case inspect.AnyType():
            yield from (True, False)
        case inspect.LiteralType():
            yield from (isinstance(value, str) for value in key.values)
        case inspect.EnumType():
            yield issubclass(key.cls, str)
        case _:
            yield isinstance(key, inspect.StrType)
