"""Python values as superjson sends them, and what comes back as what."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from msgspec import UNSET, Struct, UnsetType
from superjson_strategies import values

from rpc.javascript import encode
from rpc.superjson import URL, BigInt, Entries, Error, Map, Members, RegExp, deserialize, serialize

NOON = datetime(2020, 1, 2, 12, tzinfo=UTC)
AT_NOON = "2020-01-02T12:00:00.000Z"
SAFE = 2**53 - 1


def noted(json: Any, notes: Any) -> dict[str, Any]:
    return {"json": json, "meta": {"values": notes, "v": 1}}


BOTH_WAYS = [
    (None, {"json": None}),
    (True, {"json": True}),
    ("world", {"json": "world"}),
    (SAFE, {"json": SAFE}),
    (1.5, {"json": 1.5}),
    (1e20, {"json": 1e20}),
    ([[], {}], {"json": [[], {}]}),
    (UNSET, noted(None, ["undefined"])),
    ({"here": 1, "gone": UNSET}, noted({"here": 1, "gone": None}, {"gone": ["undefined"]})),
    (NOON, noted(AT_NOON, ["Date"])),
    (BigInt(1), noted("1", ["bigint"])),
    (BigInt(-(2**70)), noted("-1180591620717411303424", ["bigint"])),
    (math.inf, noted("Infinity", ["number"])),
    (-math.inf, noted("-Infinity", ["number"])),
    (math.nan, noted("NaN", ["number"])),
    (-0.0, noted("-0", ["number"])),
    ({1}, noted([1], ["set"])),
    (Members([[NOON]]), noted([[AT_NOON]], ["set", {"0.0": ["Date"]}])),
    (Map(k=NOON), noted([["k", AT_NOON]], ["map", {"0.1": ["Date"]}])),
    (
        Map({NOON: UNSET}),
        noted([[AT_NOON, None]], ["map", {"0.0": ["Date"], "0.1": ["undefined"]}]),
    ),
    (Entries([[[1], {2}]]), noted([[[1], [2]]], ["map", {"0.1": ["set"]}])),
    (RegExp(r"a\/b", "g"), noted(r"/a\/b/g", ["regexp"])),
    (URL("https://a.example/"), noted("https://a.example/", ["URL"])),
    (Error("MyError", "no"), noted({"name": "MyError", "message": "no"}, ["Error"])),
    (
        {"e": Error(cause=NOON)},
        noted(
            {"e": {"name": "Error", "message": "", "cause": AT_NOON}},
            {"e": ["Error", {"cause": ["Date"]}]},
        ),
    ),
    ({"a.b": {"c\\": NOON}}, noted({"a.b": {"c\\": AT_NOON}}, {r"a\.b.c\\": ["Date"]})),
    ([UNSET, {"a": NOON}], noted([None, {"a": AT_NOON}], {"0": ["undefined"], "1.a": ["Date"]})),
]


@pytest.mark.parametrize(("value", "payload"), BOTH_WAYS, ids=repr)
def test_a_value_is_sent_and_comes_back_as_it_was(value, payload):
    assert serialize(value) == payload
    assert described(deserialize(payload)) == described(value)


class Stage(Enum):
    LIVE = "live"


class Level(IntEnum):
    TOP = 3


class Role(StrEnum):
    TUTOR = "tutor"


class Point(NamedTuple):
    x: int
    y: Any


class Person(Struct, tag="person", rename="camel"):
    first_name: str
    born_at: datetime | UnsetType | None = UNSET


class Pair(Struct, array_like=True, tag=1):
    first: int
    second: datetime


class Sparse(Struct, omit_defaults=True, kw_only=True):
    size: int = 1
    name: str
    notes: list[str] = []
    more: dict[str, Any] = {}
    mood: str | UnsetType = "calm"


@dataclass
class Mark:
    kind: ClassVar[str] = "mark"  # of no single one, so it is not sent
    value: Any
    note: str | UnsetType = UNSET


ONE_WAY = [
    (2**53, noted("9007199254740992", ["bigint"])),
    (datetime(2020, 1, 2, 13, tzinfo=timezone(timedelta(hours=1))), noted(AT_NOON, ["Date"])),
    (NOON.replace(microsecond=1999), noted("2020-01-02T12:00:00.001Z", ["Date"])),
    (NOON.replace(year=1), noted("0001-01-02T12:00:00.000Z", ["Date"])),
    (RegExp(""), noted("/(?:)/", ["regexp"])),
    (frozenset({frozenset({1})}), noted([[1]], ["set", {"0": ["set"]}])),
    ((1, NOON), noted([1, AT_NOON], {"1": ["Date"]})),
    ({1: "a", "b": 2}, noted([[1, "a"], ["b", 2]], ["map"])),
    ({(1, NOON): 1}, noted([[[1, AT_NOON], 1]], ["map", {"0.0.1": ["Date"]}])),
    ({URL("a:b"): 1}, noted([["a:b", 1]], ["map", {"0.0": ["URL"]}])),
    ({Role.TUTOR: 1}, {"json": {"tutor": 1}}),
    (defaultdict(list, a=[1]), {"json": {"a": [1]}}),
    (Point(1, NOON), noted([1, AT_NOON], {"1": ["Date"]})),
    (
        Person("Ada", NOON),
        noted({"type": "person", "firstName": "Ada", "bornAt": AT_NOON}, {"bornAt": ["Date"]}),
    ),
    (Person("Ada"), {"json": {"type": "person", "firstName": "Ada"}}),
    (Person("Ada", None), {"json": {"type": "person", "firstName": "Ada", "bornAt": None}}),
    (Pair(1, NOON), noted([1, 1, AT_NOON], {"2": ["Date"]})),
    (Sparse(name="a"), {"json": {"name": "a"}}),
    (Sparse(name="a", size=2, notes=["x"]), {"json": {"size": 2, "name": "a", "notes": ["x"]}}),
    (Sparse(name="a", mood=UNSET), {"json": {"name": "a"}}),
    (Mark(BigInt(1)), noted({"value": "1"}, {"value": ["bigint"]})),
    (Mark(None, "x"), {"json": {"value": None, "note": "x"}}),
    ([Stage.LIVE, Level.TOP, Role.TUTOR], {"json": ["live", 3, "tutor"]}),
    ([UUID(int=1), Decimal("1.50")], {"json": [str(UUID(int=1)), "1.50"]}),
    ([b"ab", date(2020, 1, 2), timedelta(1)], {"json": ["YWI=", "2020-01-02", "P1D"]}),
]


@pytest.mark.parametrize(("value", "payload"), ONE_WAY, ids=repr)
def test_what_python_alone_has_is_sent_as_what_javascript_has(value, payload):
    assert serialize(value) == payload


@pytest.mark.parametrize(
    "value", [Sparse(name="a"), Sparse(name="a", size=2), Person("Ada"), [Stage.LIVE, Mark(1)]]
)
def test_plain_values_are_sent_as_msgspec_writes_them(value):
    assert serialize(value) == {"json": msgspec.to_builtins(value)}


@pytest.mark.parametrize(
    "value",
    [object(), KeyError("x"), Ellipsis, [print], range(3), Mark],
    ids=lambda value: type(value).__name__,
)
def test_what_msgspec_does_not_know_is_not_sent(value):
    with pytest.raises(TypeError, match="unsupported"):
        serialize(value)


def test_a_datetime_without_a_zone_is_not_sent():
    with pytest.raises(TypeError, match="without a zone"):
        serialize({"at": NOON.replace(tzinfo=None)})


@pytest.mark.parametrize("name", ["__proto__", "constructor", "prototype"])
def test_a_member_that_could_pollute_prototypes_is_not_sent_but_a_map_key_is(name):
    for value in ({name: 1}, [{"a": {name: 1}}], Error(cause={name: NOON})):
        with pytest.raises(ValueError, match=f"{name} is not allowed as a property"):
            serialize(value)
    assert serialize(Map({name: 1})) == noted([[name, 1]], ["map"])


TAKEN = [
    ({"json": 2**53}, float(2**53)),
    ({"json": [-(10**20)]}, [-1e20]),
    ({"json": 10**400}, math.inf),
    (noted(5, ["bigint"]), BigInt(5)),
    (noted("2020-01-02T13:00:00+01:00", ["Date"]), NOON),
    (noted(["a", "a"], ["set"]), {"a"}),
    (noted([1, True], ["set"]), Members([1, True])),
    (noted([1, "1"], ["set", {"1": ["bigint"]}]), Members([1, BigInt(1)])),
    (noted([AT_NOON] * 2, ["set", {"0": ["Date"], "1": ["Date"]}]), Members([NOON, NOON])),
    (noted([str(2**65)], ["set", {"0": ["bigint"]}]), Members([BigInt(2**65)])),
    (noted([["a", 1], ["a", 2]], ["map"]), Map(a=2)),
    (noted([[1, "a"], [True, "b"]], ["map"]), Entries([[1, "a"], [True, "b"]])),
    (noted({}, ["Error"]), Error("Error", "")),
    (noted({"name": 1, "message": None, "stack": "at"}, ["Error"]), Error("Error", "")),
    (noted([1, 2], [["typed-array", "Uint8Array"]]), [1, 2]),
    (noted({"a": [1]}, {"a": [["typed-array", "Buffer"]]}), {"a": [1]}),
    (noted("secret", [["symbol", "id"]]), "secret"),
    (noted("1.5", [["custom", "decimal"]]), "1.5"),
    (noted({"at": AT_NOON}, [["class", "Mark"], {"at": ["Date"]}]), {"at": NOON}),
    ({"json": {"__proto__": 1, "constructor": 2}}, {"constructor": 2}),
    ({}, UNSET),
    ("json", UNSET),
]


@pytest.mark.parametrize(("payload", "value"), TAKEN, ids=repr)
def test_what_only_a_client_makes_comes_in(payload, value):
    assert described(deserialize(payload)) == described(value)


def test_neither_direction_changes_what_it_is_given():
    payload = noted({"a": AT_NOON, "b": [[1, {"x": None}]]}, {"a": ["Date"], "b": ["map"]})
    payload["meta"]["referentialEqualities"] = [["b.0.1.x"]]
    text = encode(payload)
    value = deserialize(payload)
    assert encode(payload) == text
    value["b"][1]["x"] = NOON
    serialize(value)
    assert encode(payload) == text
    assert value == {"a": NOON, "b": {1: {"x": NOON}}}


def test_what_stands_twice_is_one_object_on_the_other_side():
    shared = {"k": {NOON}}
    payload = serialize({"deep": {"er": shared}, "flat": shared, "list": [shared]})
    assert payload["meta"]["referentialEqualities"] == {"flat": ["deep.er", "list.0"]}
    value = deserialize(payload)
    assert value["flat"] == shared
    assert value["deep"]["er"] is value["flat"] is value["list"][0]


def test_equal_objects_and_tuples_are_not_made_one():
    nothing = (1, 2)
    assert serialize([{"k": 1}, {"k": 1}, nothing, nothing, [()], [()]]).keys() == {"json"}


def test_what_is_in_itself_stays_so():
    root: dict[str, Any] = {"list": [1]}
    root["self"] = root
    root["list"].append(root["list"])
    payload = serialize(root)
    assert payload == {
        "json": {"list": [1, None], "self": None},
        "meta": {"referentialEqualities": [["self"], {"list": ["list.1"]}], "v": 1},
    }
    value = deserialize(payload)
    assert value["self"] is value
    assert value["list"][1] is value["list"]


def test_sets_maps_and_errors_can_be_in_themselves():
    ring, names, error = Members([1]), Map(), Error()
    ring.append(ring)
    names["me"] = names
    error.cause = [error]
    ring, names, error = deserialize(serialize([ring, names, error]))
    assert ring[1] is ring
    assert names["me"] is names
    assert error.cause[0] is error


def test_what_is_also_in_a_set_keeps_its_place_there():
    one, two = {"n": 1}, {"n": 2}
    first, second, members = deserialize(serialize([one, two, Members([one, two])]))
    assert members[0] is first
    assert members[1] is second


def test_before_version_1_a_backslash_escaped_dots_only():
    old = {"values": {r"a\.b": ["bigint"], "c\\": ["bigint"], "d\\e": ["bigint"]}}
    json = {"a.b": "1", "c\\": "2", "d\\e": "3"}
    numbers = {"a.b": 1, "c\\": 2, "d\\e": 3}
    assert deserialize({"json": json, "meta": old}) == numbers
    new = {"values": {r"a\.b": ["bigint"], r"c\\": ["bigint"], r"d\\e": ["bigint"]}, "v": 1}
    assert deserialize({"json": json, "meta": new}) == numbers
    with pytest.raises(ValueError, match="invalid path"):
        deserialize({"json": json, "meta": old | {"v": 1}})


class Booking(Struct):
    at: datetime
    seats: set[int]
    prices: dict[str, Decimal]
    id: int
    place: str


def test_a_struct_can_be_made_of_what_comes_in():
    given = {
        "at": NOON,
        "seats": {1, 2},
        "prices": Map(adult=Decimal("1.50")),
        "id": BigInt(2**60),
        "place": URL("https://a.example/"),
    }
    value = deserialize(json.loads(encode(serialize(given))))
    assert msgspec.convert(value, Booking) == Booking(**given)


def described(value: Any) -> Any:
    """A value with its kinds, so that 1, 1n, 1.0 and true, 0 and -0, NaN and NaN can be compared.

    A Set is one whatever holds it, and so is a Map.
    """
    match value:
        case set() | frozenset() | Members():
            return "set", sorted(map(repr, map(described, value)))
        case Map() | Entries():
            pairs = value.items() if isinstance(value, Map) else value
            return "map", sorted(repr((described(key), described(part))) for key, part in pairs)
        case dict() if value and not all(type(key) is str for key in value):
            return described(Map(value))
        case dict():
            return {key: described(part) for key, part in value.items()}
        case list() | tuple():
            return [described(part) for part in value]
        case Error():
            return "Error", value.name, value.message, described(value.cause)
        case int() if abs(value) > SAFE:
            return "BigInt", repr(value)
        case _:
            return type(value).__name__, repr(value)


@given(values(cycles=False))
def test_any_value_comes_back_as_it_was(value):
    payload = msgspec.json.decode(encode(serialize(value)))
    assert described(deserialize(payload)) == described(value)
