"""What OneRoster reads besides enrollments."""

from __future__ import annotations

from typing import Any, Literal

from procedures.records.fields import Count, Input, Output


class ResourceTest(Input, frozen=True):
    """What a field must be. `in` takes a list; `~` is contained, without case."""

    field: str
    op: Literal["=", "!=", "<", "<=", ">", ">=", "~", "in"]
    value: str | int | list[str]


class ResourceFilter(Input, frozen=True, kw_only=True):
    """All of `where` and, if there are any, one of `either` must hold. With `last` things are
    sorted by whether the field is one of these, which come last."""

    where: tuple[ResourceTest, ...] = ()
    either: tuple[ResourceTest, ...] = ()
    sort: str = "number"
    descending: bool = False
    limit: Count = 200
    offset: Count = 0
    last: tuple[str, ...] = ()


class ResourcePage(Output, frozen=True):
    """One page of things, each as the values of its fields, and how many there are."""

    items: list[dict[str, Any]]
    total: int
