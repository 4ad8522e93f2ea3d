"""OneRoster's filter: what it means, compared with what Python says of the same records."""

from __future__ import annotations

import operator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.instants import instant, last_day
from procedures.rest.oneroster import grammar
from procedures.rest.oneroster_days import after_day, at_instant, day_span
from procedures.rest.oneroster_filter import Filter, Grammar, parse
from rpc.errors import InputError, RPCError

ZONE = "America/New_York"
HERE = ZoneInfo(ZONE)
GRAMMAR = grammar(ZONE)
OPERATORS = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
TEXTS = {"sourcedId": "key", "role": "role", "class.sourcedId": "realm"}
DAYS = {"beginDate": "beginAt", "endDate": "endAt"}

texts = st.text("abO'R AND=<>~%_\\é", max_size=6)
days = st.dates(datetime(2020, 1, 1).date(), datetime(2030, 1, 1).date())
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(
    lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
)
records = st.fixed_dictionaries(
    {
        **dict.fromkeys(TEXTS.values(), texts),
        "beginAt": moments,
        "endAt": moments,
        "status": st.sampled_from(["active", "completed", "dropped", "deleted", "suspended"]),
    }
)
text_terms = st.tuples(st.sampled_from([*TEXTS]), st.sampled_from([*OPERATORS, "~"]), texts)
day_terms = st.tuples(
    st.sampled_from([*DAYS]), st.sampled_from([*OPERATORS]), days.map(lambda day: day.isoformat())
)
status_terms = st.tuples(
    st.just("status"), st.sampled_from(["=", "!="]), st.sampled_from(["active", "tobedeleted"])
)
terms = st.one_of(text_terms, day_terms, status_terms)
joiners = st.sampled_from([(" AND ", all), (" OR ", any), (" and ", all), ("  Or  ", any)])


def written(term: tuple[str, str, str]) -> str:
    path, op, value = term
    quoted = value.replace("'", "''")
    return f"{path}{op}'{quoted}'"


def holds(record: dict[str, Any], term: tuple[str, str, str]) -> bool:
    """What a term says of a record, without any filter."""
    path, op, value = term
    if path == "status":
        shown = "tobedeleted" if record["status"] in ("dropped", "deleted") else "active"
        return OPERATORS[op](shown, value)
    if path in DAYS:
        # The window ends before its end: its last day is that of the moment before.
        tick = timedelta(milliseconds=1) if path == "endDate" else timedelta()
        day = (record[DAYS[path]] - tick).astimezone(HERE).date()
        return OPERATORS["=" if op == "~" else op](day.isoformat(), value)
    there = record[TEXTS[path]]
    return value.lower() in there.lower() if op == "~" else OPERATORS[op](there, value)


def passes(record: dict[str, Any], parsed: Filter) -> bool:
    """What the tests of a filter say of a record."""
    either = [met(record, test) for test in parsed.either] or [True]
    return any(either) and all(met(record, test) for test in parsed.where)


def met(record: dict[str, Any], test: dict[str, Any]) -> bool:
    there, value = record[test["field"]], test["value"]
    if isinstance(there, datetime):
        there = instant(there)
    match test["op"]:
        case "in":
            return there in value
        case "between":
            return value[0] <= there <= value[1]
        case "outside":
            return not value[0] <= there <= value[1]
        case "~":
            return value.lower() in there.lower()
        case op:
            return OPERATORS[op](there, value)


@given(st.lists(terms, min_size=1, max_size=5), joiners, records)
def test_a_filter_means_what_it_says(chosen: list[Any], joiner: Any, record: dict[str, Any]):
    word, every_or_any = joiner
    parsed = parse(word.join(written(term) for term in chosen), GRAMMAR)
    assert passes(record, parsed) == every_or_any(holds(record, term) for term in chosen)
    assert parsed.paths == {path for path, _, _ in chosen}


@pytest.mark.parametrize("op", [*OPERATORS, "~"])
@pytest.mark.parametrize("path", DAYS)
def test_a_day_begins_and_ends_at_midnight(path: str, op: str):
    """To the millisecond, also when the clocks change."""
    term = (path, op, "2025-03-09")
    [test] = parse(written(term), GRAMMAR).where
    for midnight in day_span("2025-03-09", ZONE):
        for ticks in (-1, 0, 1, 2):
            record = {DAYS[path]: midnight + timedelta(milliseconds=ticks)}
            assert met(record, test) == holds(record, term), record


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_for_what_it_is(text: str):
    try:
        parse(text, GRAMMAR)
    except RPCError as error:
        assert (error.code, error.reason) == ("BAD_REQUEST", "invalid_filter_field")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "role", "role=", "role=student", "role='student", "role='a''"),
        *("role='a' AND", "role='a'AND role='b'x", "role='a' role='b'", "role='a' XOR role='b'"),
        *("role='a' AND role='b' OR role='c'", "(role='a')", "role=='a'", "role=>'a'"),
        *("name='a'", "userSourcedId='a'", "user='a'", "Role='a'", "role='a\0'"),
        *("status='deleted'", "status>'active'", "status~'act'"),
        *("beginDate='2025-02-30'", "beginDate='soon'", "dateLastModified='soon'"),
        *("endDate='9999-12-31'", "endDate=''"),
        *("primary='True'", "primary!='FALSE'", "primary='yes'", "primary='1'", "primary=''"),
        " AND ".join(["role='a'"] * 101),
    ],
)
def test_what_is_no_filter_is_refused(text: str):
    with pytest.raises(RPCError) as caught:
        parse(text, GRAMMAR)
    assert caught.value.reason == "invalid_filter_field"


def test_a_hundred_terms_are_read():
    assert len(parse(" OR ".join(["role='a'"] * 100), GRAMMAR).either) == 100


@pytest.mark.parametrize(("word", "inside"), [("true", 1), ("false", 0)])
def test_primary_is_a_flag_inside(word: str, inside: int):
    [test] = parse(f"primary='{word}'", GRAMMAR).where
    assert test == {"field": "primary", "op": "=", "value": inside}


SESSIONS = Grammar({"startDate": "startDate"}, ZONE, dates=frozenset({"startDate"}))


@pytest.mark.parametrize(
    ("value", "day"),
    [
        *(("2025-08-01", "2025-08-01"), ("9999-12-31", "9999-12-31")),
        *(("2025-08-01T12:00:00Z", "2025-08-01"), ("2025-08-01T03:59:59Z", "2025-07-31")),
        *(("2025-08-01T00:00:00-04:00", "2025-08-01"), ("2025-08-01T23:59:59", "2025-08-01")),
    ],
)
def test_a_day_by_itself_is_compared_with_the_day_that_a_time_is_on(value: str, day: str):
    [test] = parse(f"startDate>='{value}'", SESSIONS).where
    assert test == {"field": "startDate", "op": ">=", "value": day}


@pytest.mark.parametrize("value", ["soon", "2025-02-30", "", "0001-01-01T00:00:00Z"])
def test_what_is_no_day_is_refused_where_days_are_meant(value: str):
    with pytest.raises(RPCError) as caught:
        parse(f"startDate>='{value}'", SESSIONS)
    assert caught.value.reason == "invalid_filter_field"


def test_a_time_is_compared_as_an_instant():
    [test] = parse("dateLastModified>'2025-03-09T03:00:00-04:00'", GRAMMAR).where
    assert test == {"field": "updatedAt", "op": ">", "value": "2025-03-09T07:00:00.000Z"}
    [local] = parse("beginDate>='2025-03-09T01:30:00'", GRAMMAR).where
    assert local == {"field": "beginAt", "op": ">=", "value": "2025-03-09T06:30:00.000Z"}


@pytest.mark.parametrize(("day", "hours"), [("2025-03-09", 23), ("2025-11-02", 25)])
def test_a_day_is_as_long_as_the_clocks_make_it(day: str, hours: int):
    first, after = day_span(day, ZONE)
    assert after - first == timedelta(hours=hours)


@given(days)
def test_the_last_day_of_a_window_is_the_one_that_was_written(day: Any):
    assert last_day(after_day(day.isoformat(), ZONE), ZONE) == day


@pytest.mark.parametrize("text", ["2025-02-30", "tomorrow", "", "9999-12-31", "2025-13-01T00:00"])
def test_what_is_no_day_is_an_input_error(text: str):
    with pytest.raises(InputError):
        after_day(text, ZONE)


def test_a_begin_is_the_begin_of_its_day_or_the_time_itself():
    assert at_instant("2025-09-01", ZONE) == "2025-09-01T04:00:00.000Z"
    assert at_instant("2025-09-01T12:00:00Z", ZONE) == "2025-09-01T12:00:00.000Z"
