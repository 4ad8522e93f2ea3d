"""The tables of schema.sql, as the schema itself tells of them."""

from __future__ import annotations

from contextlib import closing
from functools import cache

from msgspec import Struct

from procedures.store.schema import FIRST, STEPS, sqlite3


class Table(Struct, frozen=True):
    """A table; after those that it refers to, but for itself, when listed with all."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]  # a row's place in the one order of the table, tenants first
    inward: tuple[str, ...]  # columns with ids of rows of the table itself
    has_ids: bool


@cache
def tables() -> tuple[Table, ...]:
    """All tables, in the order of schema.sql, which is an order to fill them in."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(STEPS[FIRST]())
        names = connection.execute("""
            select name from sqlite_schema
            where type = 'table' and name not like 'sqlite%' order by rowid
        """)
        return tuple(described(connection, name) for (name,) in names.fetchall())


def described(connection: sqlite3.Connection, name: str) -> Table:
    columns = connection.execute(
        "select name, type, pk from pragma_table_info(:name) order by cid", {"name": name}
    ).fetchall()
    inward = connection.execute(
        """
        select "from" from pragma_foreign_key_list(:name)
        where "table" = :name and "from" <> 'org_id' order by 1
        """,
        {"name": name},
    ).fetchall()
    names = tuple(column for column, _, _ in columns)
    return Table(
        name=name,
        columns=names,
        key=key_of([(pk, column) for column, _, pk in columns if pk], names),
        inward=tuple(column for (column,) in inward),
        has_ids=("id", "INTEGER") in {(column, type.upper()) for column, type, _ in columns},
    )


def key_of(primary: list[tuple[int, str]], columns: tuple[str, ...]) -> tuple[str, ...]:
    key = tuple(column for _, column in sorted(primary))
    return ("org_id", *key) if columns[0] == "org_id" and "org_id" not in key else key
