"""A copy of a SQLite file at one instant, made while others write to it."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

from procedures.store.database import Unusable
from procedures.store.schema import sqlite3
from procedures.store.sqlite_connection import connect
from procedures.telling import Progress

STEP = 1000  # pages copied between two looks at the progress


class BackupRefused(Exception):
    """The copy was not made; the text says why."""


def back_up(database: Path, target: Path, progress: Progress, *, replace: bool = False) -> int:
    """Copy a database to a file that is whole, sound and on disk before it has its name; its size.

    Raises BackupRefused, Unusable.
    """
    if not database.is_file():
        raise Unusable(f"there is no database {database}")
    if target.exists() and not replace:
        raise BackupRefused(f"{target} exists already")
    draft = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        draft.touch(mode=0o600, exist_ok=False)
        copy(database, draft, progress)
        publish(draft, target, replace=replace)
    except FileExistsError:
        raise BackupRefused(f"{target} exists already") from None
    except (OSError, sqlite3.Error) as error:
        raise BackupRefused(f"cannot write {target}: {error}") from None
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


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
