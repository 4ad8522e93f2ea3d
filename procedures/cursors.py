"""Cursors: opaque texts that say where the next page of a list begins."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from rpc.errors import InputError

T = TypeVar("T")
Id = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # what a database can compare with


def make_cursor(value: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(value)).decode().rstrip("=")


def read_cursor(cursor: str, kind: Any) -> Any:
    """What `make_cursor` was given. Raises InputError for a text that is none of ours."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(text, type=kind)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise InputError("`cursor` is not one this list gave") from None


def after_id(cursor: str | None) -> int:
    """The id a page by id begins behind."""
    return 0 if cursor is None else int(read_cursor(cursor, Id))


def page_of(rows: list[T], limit: int, position: Callable[[T], Any]) -> tuple[list[T], str | None]:
    """The first `limit` of `limit + 1` rows asked for, and the cursor of what follows."""
    items = rows[:limit]
    return items, make_cursor(position(items[-1])) if len(rows) > limit else None
