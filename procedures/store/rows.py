"""Whole rows of any table, in the order of their keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from procedures.store.tables import Table
from procedures.store.transaction import Transaction

Row = tuple[Any, ...]

PORTION = 500  # rows that are read at once
TOGETHER = 20  # of them in one statement: SQLite looks for a parameter among all others


def last_key(tx: Transaction, table: Table) -> Row | None:
    keys, back = ", ".join(table.key), " desc, ".join(table.key)
    return tx.one(row_of, f"select {keys} from {table.name} order by {back} desc limit 1")


def row_of(*columns: Any) -> Row:
    return columns


def pages(tx: Transaction, table: Table) -> Iterator[list[Row]]:
    """All rows."""
    after: Row | None = None
    places = [table.columns.index(name) for name in table.key]
    while rows := page(tx, table, after):
        yield rows
        after = tuple(rows[-1][place] for place in places)


def page(tx: Transaction, table: Table, after: Row | None) -> list[Row]:
    """The first rows behind a key."""
    keys, columns = ", ".join(table.key), ", ".join(table.columns)
    values = {f"after_{name}": value for name, value in zip(table.key, after or (), strict=False)}
    rows: list[Row] = []
    for condition in ["true"] if after is None else behind(table.key):
        sql = f"select {columns} from {table.name} where {condition} order by {keys} limit :size"
        rows += tx.all(row_of, sql, size=PORTION - len(rows), **values)
    return rows


def behind(key: tuple[str, ...]) -> list[str]:
    """Which rows come next, and then. Not by a comparison of the whole key: SQLite would look
    through all rows of a tenant for those behind an id."""
    first, *rest = key
    others = f"{first} > :after_{first}"
    if not rest:
        return [others]
    within = f"({', '.join(rest)}) > (:after_{', :after_'.join(rest)})"
    return [f"{first} = :after_{first} and {within}", others]


def add(tx: Transaction, table: Table, rows: Sequence[Row]) -> None:
    """Add rows as they are, but for references to rows of their own table. Raises Duplicate."""
    inward = [table.columns.index(name) for name in table.inward]
    alone = [[None if n in inward else v for n, v in enumerate(row)] for row in rows]
    # The name in quotes: rows that come with their ids need none of the care that new ones get.
    into = f'insert into "{table.name}" ({", ".join(table.columns)}) values'
    for part in parts(alone):
        tx.run(f"{into} {places(len(part), len(part[0]))}", **named(part))


def refer(tx: Transaction, table: Table, column: str, rows: Sequence[Row]) -> None:
    """Set one column of these rows, each given with all its columns, where it is not null."""
    at = [table.columns.index(name) for name in (*table.key, column)]
    links = [link for row in rows if (link := [row[n] for n in at])[-1] is not None]
    same = " and ".join(f"{table.name}.{name} = link.{name}" for name in table.key)
    for part in parts(links):
        tx.run(
            f"""
            with link ({", ".join(table.key)}, there) as (values {places(len(part), len(at))})
            update {table.name} set {column} = link.there from link where {same}
            """,
            **named(part),
        )


def parts(rows: list[list[Any]]) -> list[list[list[Any]]]:
    return [rows[at : at + TOGETHER] for at in range(0, len(rows), TOGETHER)]


@cache
def places(rows: int, columns: int) -> str:
    return ", ".join(
        f"({', '.join(f':v{row}_{column}' for column in range(columns))})" for row in range(rows)
    )


def named(rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    return {f"v{n}_{at}": value for n, row in enumerate(rows) for at, value in enumerate(row)}
