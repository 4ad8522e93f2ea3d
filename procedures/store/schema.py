"""The schema of a SQLite file and the numbered steps that bring an older one up to date."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database, Migrations
from sqlite_utils.utils import sqlite3 as sqlite3  # pysqlite3 where it is installed

HERE = Path(__file__).parent
# A wheel carries schema.sql beside this file; a checkout has it at the top.
SCHEMA = next(p for p in (HERE / "schema.sql", HERE.parents[1] / "schema.sql") if p.exists())

steps = Migrations("rollcall")


@steps(name="0001")
def model(db: Database) -> None:
    db.executescript(SCHEMA.read_text("utf-8"))


KNOWN = {"0001"}


class WrongSchema(Exception):
    """The file was made by a newer program, or needs `rollcall migrate` first."""


def migrate(connection: sqlite3.Connection) -> list[str]:
    """Apply the missing steps, each in one transaction with its record; their names."""
    refuse_newer(connection)
    missing = pending(connection)
    if missing:
        steps.apply(Database(connection))
    return missing


def pending(connection: sqlite3.Connection) -> list[str]:
    """The steps this file still needs."""
    return [step.name for step in steps.pending(Database(connection))]


def refuse_newer(connection: sqlite3.Connection) -> None:
    applied = {step.name for step in steps.applied(Database(connection))}
    if newer := sorted(applied - KNOWN):
        raise WrongSchema(f"a newer rollcall made this database (step {newer[-1]} is unknown here)")


def require_current(connection: sqlite3.Connection) -> None:
    refuse_newer(connection)
    if missing := pending(connection):
        raise WrongSchema(f"the schema lacks step {missing[0]}: run `rollcall migrate` first")
