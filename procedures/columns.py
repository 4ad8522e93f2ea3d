"""What an input says, and the columns that keep it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from msgspec import UNSET

from procedures.instants import given_instant
from procedures.records.fields import Input


def said(given: Input, *others: str) -> dict[str, Any]:
    """The fields that were given, but for those others."""
    fields = {name: getattr(given, name) for name in given.__struct_fields__ if name not in others}
    return {name: value for name, value in fields.items() if value is not UNSET}


def columns_of(given: Input, *others: str) -> dict[str, Any]:
    """The fields that were given, but for those others, as a database keeps them. Raises
    InputError."""
    return {name: column(value) for name, value in said(given, *others).items()}


def column(value: Any) -> Any:
    if isinstance(value, datetime):
        return given_instant(value)
    if isinstance(value, date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value
