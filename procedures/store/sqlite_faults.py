"""What SQLite says of locks and disks, as callers may hear it: nothing was stored, come again."""

from __future__ import annotations

from procedures.store.schema import sqlite3
from procedures.store.transaction import Unavailable

LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
DISK = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk fails",
    sqlite3.SQLITE_READONLY: "the database cannot be written to",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
}


def translated(error: BaseException, *, reading: bool = False) -> BaseException:
    """Unavailable in the place of what a lock or the disk is to blame for."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if reading and code == sqlite3.SQLITE_READONLY:  # the fault of whoever writes in a read
        return error
    if code in LOCKED:
        refusal = Unavailable("the database is locked by another process")
    elif code in DISK:
        refusal = DiskFault(DISK[code])
    else:
        return error
    refusal.__cause__ = error
    return refusal


class DiskFault(Unavailable):
    """The disk did not take it. This may last."""
