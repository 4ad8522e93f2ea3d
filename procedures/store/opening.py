"""Which engine keeps the database at an address."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote

from procedures.store.database import Database, Unusable
from procedures.store.sqlite import SQLiteStore

# Parameters of an address that only PostgreSQL may see.
SECRET = re.compile(r"pass(?!file)|secret|scram")


def database_at(address: str, pool_size: int = 10) -> Database:
    """The database in a file, or on the server that a postgresql:// address leads to.

    Raises Unusable.
    """
    scheme = address.partition("://")[0]
    if is_file(address):
        return SQLiteStore(file_at(address))
    if scheme not in ("postgresql", "postgres"):
        raise Unusable(f"cannot use the database {shown(address)}: no file, no postgresql://")
    if find_spec("psycopg") is None:
        raise Unusable("PostgreSQL needs one more package: pip install 'rollcall[postgres]'")
    from procedures.store.postgres import PostgresStore

    return PostgresStore(address, pool_size)


def file_at(address: str) -> Path:
    """The path of a file. Raises Unusable for what SQLite would take for something else."""
    path = Path(address)
    if not path.name or str(path) == ":memory:" or str(path).startswith("file:"):
        raise Unusable(f"cannot use the database {address!r}: that is no name of a file")
    return path


def is_file(address: str) -> bool:
    """Whether an address is the path of a file."""
    return "://" not in address


def shown(address: str) -> str:
    """The address as it may be printed: without a password, wherever it is given."""
    if is_file(address):
        return address
    where, _, query = address.partition("?")
    where = re.sub(r"(?<=://)([^/@:]*):[^/]*@", r"\1@", where)
    kept = [part for part in query.split("&") if "=" in part and not is_secret(part)]
    return f"{where}?{'&'.join(kept)}" if kept else where


def is_secret(parameter: str) -> bool:
    return SECRET.search(unquote(parameter.partition("=")[0])) is not None
