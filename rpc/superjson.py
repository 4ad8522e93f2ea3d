"""superjson 2.2, the npm package, as a transformer: `Options(transformer=superjson)`.

    JavaScript   Python
    undefined    UNSET; fields of structs and dataclasses that are UNSET are left out
    number       int or float; an integer beyond ±(2**53 - 1) that comes as a number is a float
    bigint       BigInt; any int beyond ±(2**53 - 1) goes out as a bigint
    Date         datetime with a zone, to the millisecond; comes in as UTC
    Set          set or frozenset; comes in as Members where Python's set cannot hold it
    Map          Map, or a dict with a key that is no text; comes in as Map, or as Entries where
                 a dict cannot hold it
    RegExp, URL, Error   the classes of these names; an exception of Python's is not sent

Structs and dataclasses go out as objects. What else msgspec knows (UUID, Decimal, Enum, date,
bytes, …) goes out as the JSON value that msgspec writes. What Python has no class for comes in as
the JSON value that carries it, for the procedure's annotation to read: typed arrays as lists of
numbers, symbols as their descriptions, registered classes as dicts, custom types as they are.
What stands at two places, or inside itself, is one object on the other side too; tuples and
frozensets are values and do not take part in that.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from rpc.superjson_read import read
from rpc.superjson_values import URL, BigInt, Entries, Error, Map, Members, RegExp
from rpc.superjson_write import Writer

__all__ = [
    "URL",
    "BigInt",
    "Entries",
    "Error",
    "Map",
    "Members",
    "RegExp",
    "deserialize",
    "serialize",
]


def serialize(value: Any) -> Any:
    """`{"json": …, "meta": …}` in plain JSON values; no `meta` where JSON says it all.

    Raises TypeError for a naive datetime and for what msgspec does not know, and ValueError for
    an object with a member `__proto__`, `prototype` or `constructor`.
    """
    writer = Writer()
    json, values = writer.write(value, ())
    meta = {"values": values, "referentialEqualities": writer.equalities()}
    said = {name: notes for name, notes in meta.items() if notes}
    return {"json": json, "meta": said | {"v": 1}} if said else {"json": json}


def deserialize(value: Any, *, max_values: int | None = 1_000_000) -> Any:
    """The value of what superjson made and a JSON parser read; UNSET where there is no `json`.

    Raises ValueError for null and undefined, for a `meta` that does not fit, and for equalities
    that unfold to more than `max_values`. As with superjson, notes about places that do not exist
    say nothing, and members named `__proto__` are dropped.
    """
    if value is None or value is UNSET:
        raise ValueError("superjson: expected an object")
    if not isinstance(value, dict):
        return UNSET
    try:
        return read(value, max_values)
    except RecursionError:
        raise ValueError("superjson: nested too deeply") from None
