"""A connection to a SQLite file, set so that nothing that was committed is lost."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from procedures.store.database import Unusable
from procedures.store.schema import is_foreign, sqlite3

LOG_SIZE = 4 * 2**20  # bytes of the write-ahead log; it is copied into the file at that size

# Else the module looks in five places for who could adapt a None, at each it is given.
sqlite3.register_adapter(type(None), lambda none: none)

# Below this, two connections that write or checkpoint at one instant may corrupt the file.
FIXED_WAL = (3, 51, 3)


def safe_for_processes() -> bool:
    """Whether this SQLite library may be used by several processes on one file."""
    return bool(sqlite3.sqlite_version_info >= FIXED_WAL)


def connect(path: Path, *, writer: bool) -> sqlite3.Connection:
    """A connection. Raises Unusable; another program's file stays as it is."""
    try:
        connection = opened(path)
    except sqlite3.DatabaseError as error:
        raise Unusable(f"cannot use the database {path}: {error}") from None
    connection.execute("pragma synchronous = full")
    connection.execute("pragma foreign_keys = on")
    connection.execute("pragma secure_delete = on")
    if writer:
        connection.execute("pragma busy_timeout = 0")
        # What a long reader has made the log grow to is given back when that one is done.
        connection.execute(f"pragma journal_size_limit = {LOG_SIZE}")
    else:
        connection.execute("pragma wal_autocheckpoint = 0")
        connection.execute("pragma query_only = on")
    return connection


def opened(path: Path) -> sqlite3.Connection:
    # Only a new one: SQLite loses its locks on a file that the process opens and closes elsewhere.
    with suppress(OSError):
        path.touch(mode=0o600, exist_ok=False)
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    try:
        if is_foreign(connection):
            raise Unusable(f"cannot use the database {path}: it is another program's")
        connection.execute("pragma journal_mode = wal")
    except BaseException:
        connection.close()
        raise
    return connection
