"""Bytes that are no roster, and rosters damaged at random: a refusal, never another error."""

import copy
import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from roster_documents import NOW, ROSTER, put, refusal

from procedures.roster.load import load, prepared
from procedures.roster.refusal import RosterError

HEAD = b'{"format": "rollcall-roster-1", '


WRONG_BYTES = [
    (b"", "not JSON: "),
    (b"{", "not JSON: "),
    (b"\xff", "not UTF-8: "),
    (b"[]", "not a JSON object"),
    (b"null", "not a JSON object"),
    (b"{}", 'format: "rollcall-roster-1" is needed'),
    (b'{"format": "rollcall-roster-2"}', "format: "),
    (b'{"format": []}', "format: "),
    (HEAD + b'"format": "rollcall-roster-1"}', "format: given twice"),
    (HEAD + b'"pupils": []}', "pupils: no such array"),
    (HEAD + b'"orgs": {}}', "orgs: an array is needed"),
    (HEAD + b'"orgs": null}', "orgs: an array is needed"),
    (HEAD + b'"orgs": [], "orgs": []}', "orgs: given twice"),
    (HEAD + b'"orgs": [{"key": "a", "key": "a"}]}', "orgs[0].key: given twice"),
    (HEAD + b'"orgs": [{"settings": {"x": 1, "x": 1}}]}', "orgs[0].settings.x: given twice"),
    (HEAD + b'"orgs": [{"id": 1e400}]}', "orgs[0].id: a number out of range"),
    (HEAD + b'"orgs": [{"id": -Infinity}]}', "orgs[0].id: -Infinity is not JSON"),
    (HEAD + b'"orgs": [{"id": 1' + b"0" * 5000 + b"}]}", "orgs[0].id: an integer beyond"),
    (HEAD + b'"orgs": [{"\\ud800": 1}]}', "orgs[0]: half a character"),
    (HEAD + b'"orgs": [{"name": "\\ud800"}]}', "orgs[0].name: half a character"),
    (HEAD + b'"orgs": ' + b"[" * 100 + b"]" * 100 + b"}", "orgs[0][0]"),
    (HEAD + b'"orgs": ' + b"[" * 100_000, "nested too deeply"),
    (HEAD + b'"orgs": ' + b'{"a":' * 100_000, "nested too deeply"),
    (HEAD + b'"orgs": [{"name": "a\nb"}]}', "not JSON: "),
]


@pytest.mark.parametrize(("given", "message"), WRONG_BYTES)
def test_what_is_no_document_is_refused(store, given, message):
    assert refusal(store, given).startswith(message)


def test_metadata_may_be_nested_but_not_without_end(store, roster):
    roster["enrollments"][0]["metadata"] = {"a": [[[[[[[[[["deep"]]]]]]]]]]}
    put(store, roster)
    deep = []
    for _ in range(50):
        deep = [deep]
    roster["enrollments"][0]["metadata"] = {"a": deep}
    message = refusal(store, roster)
    assert message.startswith("enrollments[0].metadata.a[0]")
    assert message.endswith(": nested too deeply")


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    st.sampled_from(
        [*("org_a", "org_b", "usr_1", "crs_1", "sec_1", "grp", "completed", "é" * 300)]
    ),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


FIELDS = [
    (array, index, field)
    for array, entries in ROSTER.items()
    if array != "format"
    for index, entry in enumerate(entries)
    for field in [*entry, "id", "parent", "end_at", "progress", "settings", "colour"]
]


class Undone(Exception):
    """Ends a transaction that is not to be kept."""


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(damages=st.lists(st.tuples(st.sampled_from(FIELDS), ODD), min_size=1, max_size=3))
def test_no_damage_makes_anything_but_a_refusal(store, damages):
    document = copy.deepcopy(ROSTER)
    for (array, index, field), value in damages:
        document[array][index][field] = value

    def attempt(tx):
        load(tx, prepared(json.dumps(document).encode()), NOW)
        raise Undone

    with pytest.raises((RosterError, Undone)):
        store.transact(attempt)
