"""The schema: the numbered steps, the same for every engine, and how a SQLite file takes them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3 as sqlite3  # pysqlite3 where it is installed

HERE = Path(__file__).parent
# A wheel carries schema.sql beside this file; a checkout has it at the top.
SCHEMA = next(p for p in (HERE / "schema.sql", HERE.parents[1] / "schema.sql") if p.exists())

# A step is a script in the words of schema.sql, which each engine reads in its own way.
STEPS: dict[str, Callable[[], str]] = {"0001": lambda: SCHEMA.read_text("utf-8")}


class WrongSchema(Exception):
    """The database was made by a newer program, or needs `rollcall migrate` first."""


def missing_from(applied: Collection[str]) -> list[str]:
    """The steps still to be taken. Raises WrongSchema where a newer program has been."""
    if newer := sorted(set(applied) - set(STEPS)):
        raise WrongSchema(f"a newer rollcall made this database (step {newer[-1]} is unknown here)")
    return [name for name in STEPS if name not in applied]


def refuse_missing(missing: Collection[str]) -> None:
    for name in missing:
        raise WrongSchema(f"the schema lacks step {name}: run `rollcall migrate` first")


def migrations() -> Migrations:
    steps = Migrations("rollcall")
    for name, text in STEPS.items():
        steps(name=name)(lambda db, text=text: db.executescript(text()))
    return steps


def migrate(connection: sqlite3.Connection) -> list[str]:
    """Apply the missing steps and their records, inside a transaction; their names."""
    missing = pending(connection)
    migrations().apply(Database(connection))
    return missing


def pending(connection: sqlite3.Connection) -> list[str]:
    """The steps this file still needs."""
    return missing_from([step.name for step in migrations().applied(Database(connection))])


def require_current(connection: sqlite3.Connection) -> None:
    refuse_missing(pending(connection))
