"""The database file in other hands, so that writes stay under way as long as one likes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from procedures.store.schema import sqlite3


@contextmanager
def write_lock(database: Path) -> Iterator[None]:
    """Nobody else can write until the block ends."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("begin immediate")
        yield
        connection.execute("rollback")
