"""OneRoster's filter: `path op 'value'` joined by AND or by OR, never both; quotes are doubled
inside of values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from procedures.instants import instant
from procedures.rest.oneroster_days import DAY, TICK, at_instant, day_of, day_span
from procedures.rest.surface import among, is_plain
from rpc.errors import InputError, RPCError

TERM = re.compile(r"\s*([A-Za-z.]+)\s*(!=|>=|<=|=|>|<|~)\s*'((?:[^']|'')*)'\s*")
JOINER = re.compile(r"(AND|OR)\s+", re.IGNORECASE)
MOST_TERMS = 100

Test = dict[str, Any]
Term = tuple[str, str, str]


class Filter(Struct, frozen=True):
    """What is asked for: all of `where` and, if there are any, one of `either`; which paths."""

    where: list[Test]
    either: list[Test]
    paths: frozenset[str]


class Grammar(Struct, frozen=True):
    """The paths a resource can be filtered by and their fields, which of them are days of instants
    and which are days by themselves, the statuses behind each of OneRoster's two, and the zone in
    which days begin."""

    fields: Mapping[str, str]
    zone: str
    days: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    statuses: Mapping[str, list[str]] = {}


def parse(text: str, grammar: Grammar) -> Filter:
    """The tests of a filter. Raises BAD_REQUEST `invalid_filter_field`."""
    terms, joiner = split(text)
    tests = [test(grammar, *term) for term in terms]
    paths = frozenset(path for path, _, _ in terms)
    return Filter([], tests, paths) if joiner == "OR" else Filter(tests, [], paths)


def split(text: str) -> tuple[list[Term], str]:
    """The terms and the word that joins them. Raises BAD_REQUEST."""
    term, at = term_at(text, 0)
    terms, joiners = [term], set()
    while at < len(text):
        joiner, at = joiner_at(text, at)
        term, at = term_at(text, at)
        joiners.add(joiner)
        terms.append(term)
    if len(joiners) > 1:
        raise refused("a filter has AND or OR, not both")
    if len(terms) > MOST_TERMS:
        raise refused(f"a filter has at most {MOST_TERMS} terms")
    return terms, min(joiners, default="AND")


def term_at(text: str, at: int) -> tuple[Term, int]:
    """Path, operator and value of a term, and where it ends."""
    found = TERM.match(text, at)
    if found is None:
        raise refused(f"the filter cannot be read from character {at}")
    return (found[1], found[2], found[3].replace("''", "'")), found.end()


def joiner_at(text: str, at: int) -> tuple[str, int]:
    found = JOINER.match(text, at)
    if found is None:
        raise refused(f"AND or OR is missing at character {at}")
    return found[1].upper(), found.end()


def refused(message: str) -> RPCError:
    return RPCError("BAD_REQUEST", message, reason="invalid_filter_field")


def test(grammar: Grammar, path: str, op: str, value: str) -> Test:
    field = grammar.fields.get(path)
    if field is None:
        raise refused(f"there is no field {path} to filter by")
    if not is_plain(value):
        raise refused("a value has characters that nothing here has")
    if path == "status":
        return by_status(grammar, op, value)
    try:
        return comparison(grammar, path, op, value)
    except InputError as error:
        raise refused(error.message) from None


def comparison(grammar: Grammar, path: str, op: str, value: str) -> Test:
    """A test by value, of what the field has inside. Raises InputError."""
    if path in grammar.days:
        return by_day(grammar, path, op, value)
    inside: Any = value
    if path == "primary":
        inside = flag(value)
    elif path == "dateLastModified":
        inside = at_instant(value, grammar.zone)
    elif path in grammar.dates and op != "~":
        inside = day_of(value, grammar.zone)
    return {"field": grammar.fields[path], "op": op, "value": inside}


def flag(value: str) -> int:
    if value not in ("true", "false"):
        raise InputError("a flag is 'true' or 'false'")
    return int(value == "true")


def by_status(grammar: Grammar, op: str, value: str) -> Test:
    if op not in ("=", "!=") or value not in grammar.statuses:
        raise refused("status is = or != 'active' or 'tobedeleted'")
    wanted = [s for name, s in grammar.statuses.items() if (name == value) == (op == "=")]
    return among("status", [status for statuses in wanted for status in statuses])


def by_day(grammar: Grammar, path: str, op: str, value: str) -> Test:
    """A test of a day, of an instant. The end of access is the instant after its last day."""
    field = grammar.fields[path]
    if not DAY.fullmatch(value):
        return {"field": field, "op": op, "value": at_instant(value, grammar.zone)}
    first, after = day_span(value, grammar.zone)
    if path == "endDate":
        first, after = first + TICK, after + TICK
    if op in ("=", "!=", "~"):
        span = [instant(first), instant(after - TICK)]
        return {"field": field, "op": "outside" if op == "!=" else "between", "value": span}
    bound = after if op in (">", "<=") else first
    return {"field": field, "op": {">": ">=", "<=": "<"}.get(op, op), "value": instant(bound)}
