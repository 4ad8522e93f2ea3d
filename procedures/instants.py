"""Instants are text, `2025-09-01T04:00:00.000Z`: UTC, milliseconds, compared as text."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def instant(moment: datetime) -> str:
    """The text of an aware moment."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


def parse(text: str) -> datetime:
    """The moment an instant names. Raises ValueError; an offset or Z is required."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or "T" not in text.upper():
        raise ValueError("an instant like 2025-09-01T04:00:00.000Z is needed")
    return moment.astimezone(UTC)


def later(text: str, **delta: float) -> str:
    """The instant so much after another."""
    return instant(parse(text) + timedelta(**delta))


def local_date(text: str, time_zone: str) -> date:
    """The calendar day of an instant in a time zone."""
    return parse(text).astimezone(ZoneInfo(time_zone)).date()
