"""The write-ahead log stays small, and is small again when a reader that held it up is done.

T-11 of the threats."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from procedures.store.schema import sqlite3
from procedures.store.sqlite import SQLiteStore
from procedures.store.sqlite_connection import LOG_SIZE

TABLE = "create table ballast (id integer primary key, text text not null) strict"
ROW = "x" * 64_000
MIB = 2**20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.db"


@pytest.fixture
def store(path: Path) -> Iterator[SQLiteStore]:
    with closing(SQLiteStore(path)) as store:
        store.transact(lambda tx: tx.run(TABLE))
        yield store


def size(path: Path) -> int:
    """The bytes of the log of a file."""
    return path.with_name(f"{path.name}-wal").stat().st_size


async def write(store: SQLiteStore, path: Path, rows: int) -> int:
    """Write so many rows, a few at once, and read in between; the largest size of the log."""
    largest = 0
    for _ in range(rows // 8):
        writes = [store.write(lambda tx: tx.insert("ballast", text=ROW)) for _ in range(8)]
        store.read(lambda tx: tx.value("select count(*) from ballast"))
        await asyncio.gather(*writes)
        largest = max(largest, size(path))
    return largest


async def test_under_load_the_log_never_grows_beyond_its_size(store: SQLiteStore, path: Path):
    assert await write(store, path, 512) < LOG_SIZE + MIB  # of 32 MiB that are written


async def test_what_a_long_reader_has_held_up_is_given_back(store: SQLiteStore, path: Path):
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from ballast").fetchone()
        assert await write(store, path, 512) > 30 * MIB  # nothing can be done while it reads
        reader.execute("rollback")
    await write(store, path, 16)
    assert size(path) <= LOG_SIZE
