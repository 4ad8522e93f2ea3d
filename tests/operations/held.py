"""The database in other hands, so that writes stay under way as long as one likes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from procedures.store.opening import database_at
from procedures.store.schema import sqlite3


@contextmanager
def write_lock(database: str) -> Iterator[None]:
    """Nobody else can write an enrollment until the block ends."""
    if "://" in database:
        import psycopg

        with psycopg.connect(database) as connection:
            connection.execute("lock table enrollment in exclusive mode")
            yield
            connection.rollback()
        return
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("begin immediate")
        yield
        connection.execute("rollback")


def rows(database: str, sql: str) -> list[tuple[Any, ...]]:
    """What is in a database."""
    with closing(database_at(database)) as store:
        return store.look(lambda tx: tx.all(lambda *row: row, sql))
