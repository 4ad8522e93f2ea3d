"""The small roster that the tests load, change and break, and how they look at what is stored."""

import json
from pathlib import Path

import pytest
from engines import contents

from procedures.roster.load import load, prepared
from procedures.roster.refusal import RosterError

SMALL = Path(__file__).with_name("small.json").read_bytes()
ROSTER = json.loads(SMALL)
NOW = "2026-01-02T03:04:05.000Z"
SINCE = "2025-09-01T08:00:00.000Z"

# Entries of org_a that fit into the small roster as they are.
SCHOOL = {"org": "org_a", "key": "sch_new", "name": "New"}
COURSE = {"org": "org_a", "key": "crs_new", "title": "New"}
TERM = {
    "org": "org_a",
    "key": "t_new",
    "title": "New",
    "kind": "term",
    "start_date": "2025-09-01",
    "end_date": "2025-12-31",
}
SECTION = {"org": "org_a", "key": "sec_new", "kind": "section", "course": "crs_3", "title": "New"}
RECORD = {
    "org": "org_a",
    "user": "usr_2",
    "realm": "sec_1",
    "role": "student",
    "status": "active",
    "enrolled_at": SINCE,
}


def document(**arrays):
    return {"format": "rollcall-roster-1", **arrays}


def put(store, given):
    """Load a document, given as bytes or as what is to be its JSON."""
    text = given if isinstance(given, bytes) else json.dumps(given).encode()
    return store.transact(lambda tx: load(tx, prepared(text), NOW))


def refusal(store, document):
    """The message with which a document is refused; nothing of it may be there afterwards."""
    before = contents(store)
    with pytest.raises(RosterError) as refused:
        put(store, document)
    assert contents(store) == before
    return str(refused.value)
