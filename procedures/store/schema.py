"""The schema: the numbered steps, the same for every engine, and how a SQLite file takes them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from procedures.telling import Progress

if TYPE_CHECKING:
    import sqlite3 as sqlite3

    from sqlite_utils import Database
else:
    try:
        import pysqlite3 as sqlite3  # a newer SQLite than Python's own
    except ModuleNotFoundError:
        import sqlite3

HERE = Path(__file__).parent
# A wheel carries schema.sql beside this file; a checkout has it at the top.
SCHEMA = next(p for p in (HERE / "schema.sql", HERE.parents[1] / "schema.sql") if p.exists())

# A step is a script in the words of schema.sql, which each engine reads in its own way. The first
# is schema.sql as it is now: a new database takes it and has thereby taken all steps. The others
# lead databases there that a released version has made.
FIRST = "0001"
SET = "rollcall"  # sqlite-utils' name for them all
STEPS: dict[str, Callable[[], str]] = {FIRST: lambda: SCHEMA.read_text("utf-8")}


class WrongSchema(Exception):
    """The database was made by a newer program, or needs `rollcall migrate` first."""


class Unfinished(WrongSchema):
    """The database is a part of a copy."""


UNFINISHED = "select source from copying"


def refuse_unfinished(source: str | None) -> None:
    if source is not None:
        raise Unfinished(f"a copy of {source} into this database is not finished: copy it again")


def missing_from(applied: Collection[str]) -> list[str]:
    """The steps still to be taken. Raises WrongSchema where a newer program has been."""
    if newer := sorted(set(applied) - set(STEPS)):
        raise WrongSchema(f"a newer rollcall made this database (step {newer[-1]} is unknown here)")
    return [name for name in STEPS if name not in applied]


def refuse_missing(missing: Collection[str]) -> None:
    for name in missing:
        raise WrongSchema(f"the schema lacks step {name}: run `rollcall migrate` first")


def scripts(applied: Collection[str]) -> dict[str, str]:
    """What is still to be run, by step. Raises WrongSchema where a newer program has been."""
    missing = missing_from(applied)
    return {name: STEPS[name]() if applied or name == FIRST else "" for name in missing}


def migrate(connection: sqlite3.Connection, progress: Progress) -> list[str]:
    """Apply the missing steps and their records, inside a transaction that does not check foreign
    keys; their names."""
    # Seldom needed, and a sixth of the time in which a service starts.
    from sqlite_utils import Database, Migrations

    database, steps = Database(connection), Migrations(SET)
    missing = scripts(applied(connection))
    for done, (name, script) in enumerate(missing.items()):

        def take(db: Database, script: str = script, done: int = done) -> None:
            progress("taking steps", done, len(missing))
            db.executescript(script)

        steps(name=name)(take)
    steps.apply(database)
    progress("taking steps", len(missing), len(missing))
    if broken := connection.execute("pragma foreign_key_check").fetchall():
        raise sqlite3.IntegrityError(f"the steps break foreign keys: {broken[:3]}")
    return [*missing]


def applied(connection: sqlite3.Connection) -> list[str]:
    """What sqlite-utils has written down."""
    found = "select 1 from sqlite_schema where name = '_sqlite_migrations'"
    if connection.execute(found).fetchone() is None:
        return []
    steps = "select name from _sqlite_migrations where migration_set = ? order by rowid"
    return [name for (name,) in connection.execute(steps, [SET])]


def is_foreign(connection: sqlite3.Connection) -> bool:
    """Whether there is something in this file, and none of it ours."""
    # In this order: somebody may just be making the schema.
    is_new = connection.execute("select 1 from sqlite_schema limit 1").fetchone() is None
    return not is_new and not applied(connection)


def pending(connection: sqlite3.Connection) -> list[str]:
    """The steps this file still needs."""
    return missing_from(applied(connection))
