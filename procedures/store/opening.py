"""Which engine keeps the database at an address."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

from procedures.store.database import Database, Unusable
from procedures.store.sqlite import SQLiteStore


def database_at(address: str, pool_size: int = 10) -> Database:
    """The database in a file, or on the server that a postgresql:// address leads to.

    Raises Unusable.
    """
    scheme = address.partition("://")[0]
    if is_file(address):
        return SQLiteStore(Path(address))
    if scheme not in ("postgresql", "postgres"):
        raise Unusable(f"cannot use the database {shown(address)}: no file, no postgresql://")
    if find_spec("psycopg") is None:
        raise Unusable("PostgreSQL needs one more package: pip install 'rollcall[postgres]'")
    from procedures.store.postgres import PostgresStore

    return PostgresStore(address, pool_size)


def is_file(address: str) -> bool:
    """Whether an address is the path of a file."""
    return "://" not in address


def shown(address: str) -> str:
    """The address as it may be printed: without a password."""
    return re.sub(r"(?<=://)([^/@:]*):[^/@]+@", r"\1@", address)
