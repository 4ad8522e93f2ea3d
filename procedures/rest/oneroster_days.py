"""Days and times as OneRoster and EduBridge write them: days are those of the organization."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from procedures.instants import instant, local_date
from rpc.errors import InputError

DAY = re.compile(r"\d{4}-\d\d-\d\d")
TICK = timedelta(milliseconds=1)


def day_span(day: str, zone: str) -> tuple[datetime, datetime]:
    """The instants at which a day begins and ends. Raises InputError."""
    try:
        start = date.fromisoformat(day)
        return midnight(start, zone), midnight(start + timedelta(days=1), zone)
    except (ValueError, OverflowError):
        raise InputError(f"{day} is no day") from None


def midnight(day: date, zone: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def at_instant(text: str, zone: str) -> str:
    """A day's begin, or a time, as an instant. Raises InputError."""
    try:
        moment = datetime.fromisoformat(text)
        return instant(moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone)))
    except (ValueError, OverflowError):
        raise InputError(f"{text} is no date or time") from None


def day_of(text: str, zone: str) -> str:
    """A day, or the one that a time is on. Raises InputError."""
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text).isoformat()
        return local_date(at_instant(text, zone), zone).isoformat()
    except (ValueError, OverflowError):
        raise InputError(f"{text} is no day") from None


def after_day(text: str, zone: str) -> str:
    """The instant after a last day, or a time, as an instant. Raises InputError."""
    return instant(day_span(text, zone)[1]) if DAY.fullmatch(text) else at_instant(text, zone)
