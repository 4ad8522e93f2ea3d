"""A copy of a SQLite file at one instant, made while others write to it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkstemp

from procedures.store.database import Unusable
from procedures.store.schema import sqlite3
from procedures.store.sqlite_connection import connect
from procedures.telling import Progress

STEP = 1000  # pages copied between two looks at the progress
LOGS = ("-wal", "-journal")  # what SQLite reads into the file that they are beside
OWN = ("", *LOGS, "-shm", ".secret", ".erased")  # a database, and what goes with it


class BackupRefused(Exception):
    """The copy was not made; the text says why."""


class Exists(BackupRefused):
    """There is a file of that name, which can be replaced."""

    def __init__(self, target: Path) -> None:
        super().__init__(f"{target} exists already")


def back_up(database: Path, target: Path, progress: Progress, *, replace: bool = False) -> int:
    """Copy a database to a file that is whole, sound and on disk before it has its name; its size.

    Raises BackupRefused, Unusable.
    """
    if not os.path.isfile(database):
        raise Unusable(f"there is no database {database}")
    try:
        require_place(database, target, replace=replace)
        with drafted(target) as draft:
            copy(database, draft, progress)
            publish(draft, target, replace=replace)
        return target.stat().st_size
    except FileExistsError:
        raise Exists(target) from None
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise BackupRefused(f"cannot write {target}: {why}") from None


def require_place(database: Path, target: Path, *, replace: bool) -> None:
    """Refuse a target where a copy would be worth nothing, or cost something."""
    if any(is_same(target, own) for own in family(database)):
        raise BackupRefused(f"{target} belongs to the database itself")
    if target.exists():
        if not target.is_file():
            raise BackupRefused(f"{target} is no regular file: name another one")
        if not replace:
            raise Exists(target)
    for log in (beside(target, suffix) for suffix in LOGS):
        if log.exists():
            raise BackupRefused(f"{log} is there, of another database: name another file")


def family(database: Path) -> list[Path]:
    """The files of a database, by the name it is called and by its own."""
    names = {database, Path(os.path.realpath(database))}
    return [beside(name, suffix) for name in names for suffix in OWN]


def beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def is_same(one: Path, other: Path) -> bool:
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    return one.exists() and other.exists() and one.samefile(other)


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """A file in the folder of the target, for its owner alone, and gone when the block ends."""
    descriptor, name = mkstemp(".part", "rollcall-", target.parent)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def copy(database: Path, draft: Path, progress: Progress) -> None:
    with closing(connect(database, writer=False)) as source, closing(sqlite3.connect(draft)) as to:
        # In a transaction of its own the source stands still; else every write of somebody else
        # would make the copy begin anew.
        source.execute("begin")
        source.execute("select count(*) from sqlite_schema").fetchone()

        def tell(_: int, left: int, all: int) -> None:
            progress("copying pages", all - left, all)

        source.backup(to, pages=STEP, progress=tell, sleep=0)
        to.execute("pragma journal_mode = delete").fetchone()  # one file, that stands by itself
        require_sound(to)


def require_sound(connection: sqlite3.Connection) -> None:
    faults = connection.execute("pragma integrity_check").fetchall()
    faults += connection.execute("pragma foreign_key_check").fetchall()
    if faults != [("ok",)]:
        raise BackupRefused(f"the copy is not sound: {faults[0]}")


def publish(draft: Path, target: Path, *, replace: bool) -> None:
    """Give a file its name when its bytes are on disk, and the name too."""
    sync(draft)
    if replace:
        draft.replace(target)
    else:
        os.link(draft, target)
    sync(target.parent)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
