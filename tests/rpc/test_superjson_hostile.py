"""Payloads that no superjson made: a value or a ValueError, at once, and never anything else."""

from __future__ import annotations

import re
import sys
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from rpc.javascript import encode
from rpc.superjson import Members, deserialize, serialize


def values(notes: Any, json: Any = None) -> dict[str, Any]:
    return {"json": {"a": [1]} if json is None else json, "meta": {"values": notes, "v": 1}}


def equalities(notes: Any, json: Any = None) -> dict[str, Any]:
    given = {"a": [1], "b": {}} if json is None else json
    return {"json": given, "meta": {"referentialEqualities": notes, "v": 1}}


# Ours say whose they are; the others are the words of the npm package.
REFUSAL = "superjson: |Unknown transformation: |invalid path$|\\w+ is not allowed as a property$"
REFUSED = [
    (None, "expected an object"),
    (UNSET, "expected an object"),
    (values(5), "malformed meta.values"),
    (values("Date"), "malformed meta.values"),
    (values({"a": 5}), "malformed meta.values"),
    (values({"a": None}), "malformed meta.values"),
    (values({"a": []}), "malformed meta.values"),
    (values({"a": ["set", ["0"]]}), "malformed meta.values"),
    (values({"a": ["set", {"0": "bigint"}]}), "malformed meta.values"),
    (values({"a": ["set", {}, {}]}), "malformed meta.values"),
    (values({"a": ["Dates"]}), "Unknown transformation: Dates"),
    (values({"a": [None]}), "Unknown transformation: None"),
    (values({"a": [{}]}), "Unknown transformation: {}"),
    (values({"a": [[]]}), "Unknown transformation: "),
    (values({"a": [[["class"]]]}), "Unknown transformation: "),
    (values({"a": [["classes", "A"]]}), "Unknown transformation: "),
    (values({"a": ["toString"]}), "Unknown transformation: toString"),
    (values({"\\": ["set"]}), "invalid path"),
    (values({"a\\b": ["set"]}), "invalid path"),
    (values({"a": ["set"], "nowhere.constructor": ["set"]}), "constructor is not allowed"),
    (values({"a": {"__proto__": ["set"]}}), "__proto__ is not allowed"),
    (values({"missing": ["Date"]}), "Date expects an ISO 8601 instant"),
    (values({"a": ["Date"], "a.0": ["Date"]}), "Date expects"),
    (values({"a": ["set"], "a.0": ["set"]}), "set expects an array"),
    (values({"a": {"0": ["set"]}, "a.0": ["set"]}, {"a": [[1]]}), "set expects an array"),
    (values({"a": ["Error"]}), "Error expects an object"),
    (values({"a": ["map"]}), "map expects an array of pairs"),
    (values(["map"], [[1, 2, 3]]), "map expects an array of pairs"),
    (values(["map", {"0": ["set"]}], [[1, 2]]), "map expects an array of pairs"),
    (values(["map", {"0": ["undefined"]}], [[1, 2]]), "map expects an array of pairs"),
    (values(["set"], "abc"), "set expects an array"),
    (values(["number"], "1"), "number expects NaN, "),
    (values(["number"], 1), "number expects NaN, "),
    (values(["bigint"], ""), "bigint expects an integer"),
    (values(["bigint"], "1_000"), "bigint expects an integer"),
    (values(["bigint"], "٣"), "bigint expects an integer"),
    (values(["bigint"], "9" * 4301), "bigint expects an integer"),
    (values(["bigint"], True), "bigint expects an integer"),
    (values(["bigint"], 2**60), "bigint expects an integer"),
    (values(["Date"], 0), "Date expects an ISO 8601 instant"),
    (values(["Date"], "2020-01-02"), "Date expects an ISO 8601 instant"),
    (values(["Date"], "2020-01-02T03:04:05"), "Date expects an ISO 8601 instant"),
    (values(["Date"], "+010000-01-01T00:00:00.000Z"), "of the years 1 to 9999"),
    (values(["Date"], "0000-12-31T00:00:00.000Z"), "of the years 1 to 9999"),
    (values(["Date"], "0001-01-01T00:00:00.000+01:00"), "of the years 1 to 9999"),
    (values(["Date"], "9999-12-31T23:59:59.999-01:00"), "of the years 1 to 9999"),
    (values(["Date"], "\ud800"), "Date expects an ISO 8601 instant"),
    (values(["regexp"], "x"), "regexp expects /source/flags"),
    (values(["regexp"], "/x/gg"), "regexp expects /source/flags"),
    (values(["regexp"], "/x/G"), "regexp expects /source/flags"),
    (values(["URL"], "/path"), "URL expects an absolute URL"),
    (values(["URL"], 5), "URL expects an absolute URL"),
    (equalities(5), "malformed meta.referentialEqualities"),
    (equalities("a"), "malformed meta.referentialEqualities"),
    (equalities({"a": "b"}), "malformed meta.referentialEqualities"),
    (equalities({"a": [5]}), "malformed meta.referentialEqualities"),
    (equalities({"a": [["b"]]}), "malformed meta.referentialEqualities"),
    (equalities([5]), "malformed meta.referentialEqualities"),
    (equalities([["a"], 5]), "malformed meta.referentialEqualities"),
    (equalities([{"a": ["b"]}]), "malformed meta.referentialEqualities"),
    (equalities({"a": ["b.__proto__"]}), "__proto__ is not allowed"),
    (equalities({"prototype": []}), "prototype is not allowed"),
    (equalities({"a": ["\\"]}), "invalid path"),
]


@pytest.mark.parametrize(("payload", "message"), REFUSED, ids=str)
def test_notes_that_do_not_fit_are_refused(payload, message):
    with pytest.raises(ValueError, match=REFUSAL) as refusal:
        deserialize(payload)
    assert message in str(refusal.value)
    assert len(str(refusal.value)) < 100


IGNORED = [
    *({"json": {"a": [1]}, "meta": meta} for meta in (None, 5, "values", [], {}, {"v": 1})),
    *(values(notes) for notes in (None, {}, [], 0, False, "")),
    values({"x.y": ["Date"], "a.1": ["Date"], "a.-1": ["Date"], "a.x": ["nothing"]}),
    values({"a.0.b": ["Date"], "a.": ["Date"], f"a.{'9' * 5000}": ["Date"], "a.\u0660": ["Date"]}),
    values({"a.0x": ["Date"], "a. 0": ["Date"], "a.length": ["undefined"]}),
]


@pytest.mark.parametrize("payload", IGNORED, ids=str)
def test_notes_about_nothing_are_ignored(payload):
    assert deserialize(payload) == {"a": [1]}


ODD_EQUALITIES = [
    equalities({"a": ["a"]}),
    equalities({"a": ["x.y", "a.1", "a.9999999999"], "x.y.z": ["a"], "a.1": ["b"]}),
    equalities([[], {}]),
    equalities({"a": []}),
]


@pytest.mark.parametrize("payload", ODD_EQUALITIES, ids=str)
def test_equalities_of_nothing_change_nothing(payload):
    assert deserialize(payload) == {"a": [1], "b": {}}


def test_an_equality_through_an_equality_is_followed_one_by_one():
    value = deserialize(equalities({"a": ["b", "b.0"]}))
    assert value["b"] is value["a"]
    assert value["a"][0] is value["a"]


def nested(inner: Any, depth: int) -> Any:
    for _ in range(depth):
        inner = [inner]
    return inner


def test_what_msgspec_can_read_but_we_cannot_walk_is_refused():
    assert deserialize({"json": nested(1, 100)}) == nested(1, 100)
    deep = nested(1, sys.getrecursionlimit())
    chain = equalities({str(n): [f"{n - 1}.0"] for n in range(1, 2000)}, [[0]] * 2000)
    for payload in ({"json": deep}, chain):
        with pytest.raises(ValueError, match="superjson: nested too deeply"):
            deserialize(payload)


def doubling(levels: int) -> dict[str, Any]:
    """Lists of two, each of which is to hold the next one twice."""
    notes = {str(n): [f"{n - 1}.0", f"{n - 1}.1"] for n in range(1, levels)}
    return equalities(notes, [[0, 0] for _ in range(levels)])


def everyone_knows_everyone(size: int) -> dict[str, Any]:
    notes = {str(n): [f"{other}.{n}" for other in range(size)] for n in range(size)}
    return equalities(notes, [[0] * size for _ in range(size)])


@pytest.mark.parametrize("payload", [doubling(60), everyone_knows_everyone(40)])
def test_equalities_that_would_unfold_without_end_are_refused(payload):
    with pytest.raises(ValueError, match="the equalities make too many values"):
        deserialize(payload)


@pytest.mark.parametrize("payload", [doubling(10), everyone_knows_everyone(8)])
def test_equalities_that_unfold_a_little_are_followed(payload):
    assert encode(serialize(deserialize(payload)))


SAME_HASH = [str((2**61 - 1) * n) for n in range(1, 30_000)]
BIG = [
    values(["set", {str(n): ["bigint"] for n in range(len(SAME_HASH))}], SAME_HASH),
    values({str(n): ["bigint"] for n in range(len(SAME_HASH))}, SAME_HASH),
    values({".".join("a" * 200_000): ["set", {str(n): ["Date"] for n in range(50_000)}]}),
    values({"\\." * 400_000: ["undefined"]}),
    equalities({"a": ["b"] * 200_000}),
    equalities([[*map(str, range(60_000))]], [1] * 60_000),
    equalities({"1": ["0"] * 60_000}, [[*range(100_000)], [1]]),
    equalities([["a"], {"a" + ".a" * 200_000: ["b"]}], {"a": 1}),
    values(["set"], [*range(200_000)]),
    values(["map"], [[n, n] for n in range(100_000)]),
]


@pytest.mark.parametrize("payload", BIG, ids=range(len(BIG)))
def test_a_mebibyte_of_notes_is_read_and_sent_again_in_no_time(payload):
    began = time.process_time()
    encode(serialize(deserialize(payload)))
    assert time.process_time() - began < 4


def test_huge_bigints_are_never_hashed():
    payload = values(["set", {"0": ["bigint"], "1": ["bigint"]}], [str(2**64), str(2**64)])
    assert deserialize(payload) == Members([2**64])
    assert deserialize(values(["set", {"0": ["bigint"]}], [str(2**64 - 1)])) == {2**64 - 1}


paths = st.text(st.sampled_from("ab01.\\"), max_size=4)
kinds = st.sampled_from(
    ["undefined", "number", "bigint", "Date", "regexp", "set", "map", "URL", "Error", "x"]
) | st.just(["class", "A"])
junk = st.none() | st.integers() | st.text(max_size=2) | st.just([]) | st.just({})
notes = st.recursive(
    junk | st.lists(kinds, min_size=1, max_size=1),
    lambda inner: (
        st.dictionaries(paths, inner, max_size=3)
        | st.tuples(kinds, st.dictionaries(paths, inner, max_size=2)).map(list)
    ),
    max_leaves=6,
)
same = st.dictionaries(paths, st.lists(paths, max_size=3) | junk, max_size=3)
plain = st.recursive(
    st.none() | st.sampled_from([1, 2**60, "1", "NaN", "/x/", "a:", "2020-01-02T03:04:05Z"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab01."), inner, max_size=3)
    ),
    max_leaves=8,
)
metas = st.fixed_dictionaries(
    {},
    optional={
        "values": notes,
        "referentialEqualities": same | st.tuples(st.lists(paths, max_size=2), same).map(list),
        "v": st.sampled_from([0, 1, "1", None, 0.5]),
    },
)


@given(st.fixed_dictionaries({"json": plain, "meta": metas | junk}))
@settings(max_examples=500)
def test_random_notes_give_a_value_that_can_be_sent_or_a_refusal(payload):
    text = encode(payload)
    try:
        value = deserialize(payload)
    except ValueError as refusal:
        assert re.match(REFUSAL, str(refusal))
    else:
        assert encode(serialize(value))
    assert encode(payload) == text
