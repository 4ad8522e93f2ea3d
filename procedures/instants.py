"""Instants are text, `2025-09-01T04:00:00.000Z`: UTC, milliseconds, compared as text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from rpc.errors import InputError

Clock = Callable[[], datetime]
YEARS = (1000, 9000)


def system_clock() -> datetime:
    return datetime.now(UTC)


def instant(moment: datetime) -> str:
    """The text of an aware moment."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    # In quotes, and without a fraction where that is 0; `isoformat` takes four times as long.
    text = msgspec.json.encode(moment)
    return (text[1:24] if moment.microsecond else text[1:20] + b".000").decode() + "Z"


def given_instant(moment: datetime) -> str:
    """The text of a moment a caller named. Raises InputError for one too far away to reckon."""
    if moment.year not in range(*YEARS):
        raise InputError(f"an instant must be in the years {YEARS[0]} to {YEARS[1] - 1}")
    return instant(moment)


def moment(given: datetime | None) -> str | None:
    """The text of a moment a caller may have named. Raises InputError."""
    return None if given is None else given_instant(given)


def parse(text: str) -> datetime:
    """The moment an instant names. Raises ValueError; an offset or Z is required."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or "T" not in text.upper():
        raise ValueError("an instant like 2025-09-01T04:00:00.000Z is needed")
    return moment.astimezone(UTC)


def later(text: str, **delta: float) -> str:
    """The instant so much after another."""
    return instant(parse(text) + timedelta(**delta))


def is_past(end: str | None, now: str) -> bool:
    """Whether an end, if there is one, has come."""
    return end is not None and end <= now


def local_date(text: str, time_zone: str) -> date:
    """The calendar day of an instant in a time zone."""
    return parse(text).astimezone(ZoneInfo(time_zone)).date()


def last_day(end_at: str, time_zone: str) -> date:
    """The last calendar day that something goes on which ends at an instant, without that."""
    return local_date(later(end_at, milliseconds=-1), time_zone)
