"""Pure decisions: the school year around a day, who is called what, what a cursor says."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.cursors import make_cursor, page_of, read_cursor
from procedures.instants import instant, later, local_date, parse
from procedures.rules import Seats, seated_status
from procedures.sections import school_year
from procedures.store.people import PersonRow
from rpc.errors import InputError, RPCError

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))
BEGINNINGS = st.dates(date(2001, 1, 1), date(2001, 12, 31)).map(lambda day: f"{day:%m-%d}")
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.timezones())


@given(DAYS, BEGINNINGS)
def test_every_day_is_in_its_school_year(today: date, begins: str):
    start, end = school_year(today, begins)
    assert start <= today <= end
    assert f"{start:%m-%d}" == begins
    assert end - start in (timedelta(days=364), timedelta(days=365))


@given(DAYS, BEGINNINGS)
def test_school_years_follow_each_other_without_a_gap(today: date, begins: str):
    _, end = school_year(today, begins)
    assert school_year(end + timedelta(days=1), begins)[0] == end + timedelta(days=1)


@given(MOMENTS, MOMENTS)
def test_instants_sort_as_text_like_the_moments_they_name(one, other):
    first, second = instant(one), instant(other)
    assert (first < second) == (parse(first) < parse(second))
    assert instant(parse(first)) == first


@given(st.integers(0, 400))
def test_so_many_days_later_is_later(days: int):
    text = "2026-03-02T09:00:00.000Z"
    assert parse(later(text, days=days)) - parse(text) == timedelta(days=days)


@pytest.mark.parametrize("text", ["2026-03-02", "2026-03-02T09:00:00", "yesterday", ""])
def test_an_instant_without_its_offset_is_none(text: str):
    with pytest.raises(ValueError):
        parse(text)


def test_a_day_is_that_of_the_zone():
    late = "2026-03-02T04:59:59.999Z"
    assert local_date(late, "America/New_York") == date(2026, 3, 1)
    assert local_date(late, "UTC") == date(2026, 3, 2)


@given(st.lists(st.integers(0), max_size=8, unique=True).map(sorted), st.integers(1, 8))
def test_a_page_says_where_the_next_begins(ids: list[int], limit: int):
    items, cursor = page_of(ids[: limit + 1], limit, lambda id: id)
    assert items == ids[:limit]
    assert (cursor is not None) == (len(ids) > limit)
    if cursor is not None:
        assert read_cursor(cursor, int) == items[-1]


@given(st.text(max_size=40))
def test_a_text_that_is_no_cursor_is_refused(text: str):
    try:
        assert isinstance(read_cursor(text, int), int)
    except InputError as refusal:
        assert "cursor" in refusal.message


@given(st.text(max_size=20), st.integers(-(2**62), 2**62))
def test_a_cursor_gives_back_what_it_was_made_of(value: str, id: int):
    assert read_cursor(make_cursor((value, id)), tuple[str, int]) == (value, id)


@pytest.mark.parametrize("status", ["requested", "expired", "archived"])
def test_what_holds_no_seat_needs_none(status):
    assert seated_status(status, Seats(0, waitlist=False), 0) == status


@given(st.integers(0, 50), st.integers(0, 50), st.booleans())
def test_a_seat_is_given_while_one_is_left(capacity: int, taken: int, waitlist: bool):
    seats = Seats(capacity, waitlist)
    if taken < capacity:
        assert seated_status("active", seats, taken) == "active"
    elif waitlist:
        assert seated_status("active", seats, taken) == "waitlisted"
    else:
        with pytest.raises(RPCError) as caught:
            seated_status("active", seats, taken)
        assert (caught.value.code, caught.value.reason) == ("CONFLICT", "full")


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        (("Dr.", 1, "Rosalind", "", "Elsie", 1, "Franklin"), "Dr. Rosalind Elsie Franklin"),
        (("Dr.", 0, "Rosalind", "Ros", "Elsie", 0, "Franklin"), "Ros Franklin"),
        (("", 1, "Plato", "", "", 1, ""), "Plato"),
        (("", 0, "", "", "", 0, ""), ""),
    ],
)
def test_a_person_is_called_by_what_shall_be_shown(parts: tuple, shown: str):
    assert PersonRow(1, "usr", "a@b.example", *parts).name_display == shown
