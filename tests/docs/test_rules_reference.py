"""The tables of rules in docs/reference.md have all reasons, each with its own words."""

from __future__ import annotations

import ast
import re

import pytest

from procedures.statuses import TRANSITIONS
from tests import rules_reference
from tests.rules_reference import declared, refusals_of, words

CHOICE = """
def refused(key, is_done):
    message = f"{key} is taken"
    first = RPCError("CONFLICT", message, reason="taken")
    message = "nobody is left"
    second = RPCError("CONFLICT", message, reason="last", key=key)
    return RPCError("CONFLICT", "done" if is_done else "there", reason="x" if is_done else "y")
"""


def test_every_reason_that_a_procedure_declares_has_words():
    found = words()
    assert [reason for reason in declared() if not found.get(reason)] == []


@pytest.mark.parametrize(
    ("reason", "text"),
    [("taken", "… is taken"), ("last", "nobody is left"), ("x", "done"), ("y", "there")],
)
def test_words_are_those_of_the_reason_they_stand_with(reason: str, text: str):
    found = [(code, said) for code, name, said in refusals_of(ast.parse(CHOICE)) if name == reason]
    assert found == [("CONFLICT", text)]


def test_each_way_of_the_status_table_is_told():
    rows = dict(row[3:].split("` |", 1) for row in rules_reference.statuses().splitlines()[2:])
    told = {(status, to) for status, row in rows.items() for to in re.findall(r"`(\w+)` \(", row)}
    assert told == TRANSITIONS.keys()
    assert "`active` (learner, staff, event `accepted`)" in rows["invited"]
