"""Against the npm package itself: what either side makes, the other reads and makes again."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from superjson_strategies import values

from rpc import superjson
from rpc.javascript import encode

Ask = Callable[..., Any]

# A set of Python's has its own order, and so have the notes about its members.
UNORDERED = {"set of texts", "set of like things"}


@pytest.fixture(scope="module")
def node(client_packages) -> Iterator[Ask]:
    """Ask the package: the result, or an AssertionError with what it raised."""
    peer = subprocess.Popen(
        ["node", client_packages / "superjson_peer.mjs"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert peer.stdin and peer.stdout
    requests, answers = peer.stdin, peer.stdout

    def ask(do: str, **more: Any) -> Any:
        requests.write(encode({"do": do, **more}) + b"\n")
        requests.flush()
        answer = json.loads(answers.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]

    with peer:
        yield ask


def doubles(payload: Any) -> Any:
    """Every number as JavaScript has it: one double can be written as several integers."""
    return json.loads(encode(payload), parse_int=float)


@given(values(cycles=True))
@settings(max_examples=300, deadline=None)
def test_what_python_makes_is_made_again_by_the_package(node, value):
    payload = superjson.serialize(value)
    assert doubles(node("echo", payload=payload)) == doubles(payload)


def test_python_makes_again_what_the_package_makes_again(node):
    table = node("table")
    assert len(table) > 40
    for name, payload in table:
        if name not in UNORDERED:
            again = superjson.serialize(superjson.deserialize(payload))
            assert doubles(again) == doubles(node("echo", payload=payload)), name


def test_the_package_reads_its_own_values_from_what_python_makes_again(node):
    for name, payload in node("table"):
        again = superjson.serialize(superjson.deserialize(payload))
        assert node("check", name=name, payload=again), name


def test_what_a_deduplicating_package_makes_is_read_in_full(node):
    deduped = node("deduped")
    assert deduped != node("table")
    for name, payload in deduped:
        again = superjson.serialize(superjson.deserialize(payload))
        assert node("check", name=name, payload=again), name


REFUSED_BY_BOTH = [
    {"json": {"a": {}}, "meta": {"values": {"a.__proto__": ["undefined"]}, "v": 1}},
    {"json": {"a": {}}, "meta": {"values": {"constructor.a": ["undefined"]}, "v": 1}},
    {"json": {"a": {}}, "meta": {"referentialEqualities": {"a": ["prototype"]}, "v": 1}},
    {"json": {"a\\": 1}, "meta": {"values": {"a\\": ["undefined"]}, "v": 1}},
    {"json": "1.5", "meta": {"values": ["bigint"]}},
    {"json": "/x/xyz", "meta": {"values": ["regexp"]}},
    {"json": "/x/gg", "meta": {"values": ["regexp"]}},
    {"json": "nowhere", "meta": {"values": ["URL"]}},
    {"json": {}, "meta": {"values": ["set"]}},
    {"json": [1], "meta": {"values": ["map"]}},
    {"json": 1, "meta": {"values": ["Temporal"]}},
    {"json": 1, "meta": {"values": [["temporal", "x"]]}},
    {"json": 1, "meta": {"values": "ab"}},
    {"json": {}, "meta": {"referentialEqualities": {"a": "b"}}},
    {"json": {"constructor": 1}},
    None,
]


@pytest.mark.parametrize("payload", REFUSED_BY_BOTH, ids=str)
def test_what_the_package_refuses_is_refused(node, payload):
    with pytest.raises(AssertionError, match="Error: ") as theirs:
        node("echo", payload=payload)
    with pytest.raises(ValueError, match=r"\w") as ours:
        superjson.serialize(superjson.deserialize(payload))
    if not str(ours.value).startswith("superjson: "):
        assert f"Error: {ours.value}" in str(theirs.value)


ACCEPTED_BY_BOTH = [
    {"json": {"a": 1, "b": {}}, "meta": {"referentialEqualities": {"b": ["b"]}}},
    {"json": {"a": 1, "b": {}}, "meta": {"referentialEqualities": {"b": ["b.x"]}}},
    {"json": {"a": [1], "b": {}}, "meta": {"referentialEqualities": {"a": ["b", "b.0"]}}},
    {"json": {"a": 1, "b": {}}, "meta": {"referentialEqualities": [[""]]}},
    {"json": {"a": 1}, "meta": {"referentialEqualities": {"a": ["b"]}}},
    {"json": {}, "meta": {"values": {"a.b": ["Date"]}}},
    {"json": {}, "meta": {"values": {"a": ["undefined"]}}},
    {"json": {"a": {"b": "1"}}, "meta": {"values": {"a": {"b": ["bigint"]}}}},
    {"json": {"a.b": "1"}, "meta": {"values": {"a\\.b": ["bigint"]}}},
    {"json": {"a\\": "1"}, "meta": {"values": {"a\\": ["bigint"]}}},
    {"json": {"a\\": "1"}, "meta": {"values": {"a\\": ["bigint"]}, "v": 0.5}},
    {"json": {"a\\.b": "1"}, "meta": {"values": {"a\\\\.b": ["bigint"]}, "v": 0}},
    {"json": {"a\\": {"b": "1"}}, "meta": {"values": {"a\\\\.b": ["bigint"]}, "v": 1}},
    {"json": {"a": 1}, "meta": {"values": {}, "referentialEqualities": {}}},
    {"json": {"a": 1}, "meta": 5},
    {"json": {"a": 1}, "meta": None, "more": 1},
    {"json": [[1, 2], [1, 3]], "meta": {"values": ["map"]}},
    {"json": [1, 1, 2], "meta": {"values": ["set"]}},
    {"json": 9007199254740993},
    {"json": {}, "meta": {"values": ["undefined"]}},
    {"meta": {}},
    {},
    [],
    5,
    "json",
]


@pytest.mark.parametrize("payload", ACCEPTED_BY_BOTH, ids=str)
def test_what_the_package_makes_of_odd_payloads_is_made_of_them(node, payload):
    again = superjson.serialize(superjson.deserialize(payload))
    assert doubles(node("echo", payload=payload)) == doubles(again)
