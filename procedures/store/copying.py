"""A copy of a whole database in another one, of whichever engine each of them is.

Tables are filled in the order of their keys, some rows in each transaction: so what is there tells
where to go on. A mark in the target keeps everybody else from using it until the copy is whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TypeVar

import msgspec
from msgspec import Struct

from procedures.store.database import Database
from procedures.store.rows import add, last_key, page, pages, refer
from procedures.store.schema import UNFINISHED, Unfinished, WrongSchema
from procedures.store.tables import Table, tables
from procedures.store.transaction import Duplicate, Transaction, Work
from procedures.telling import Progress

T = TypeVar("T")


class CopyRefused(Exception):
    """The copy was not made, or is not what the source is; the text says why."""


class Sum(Struct, frozen=True):
    """How many rows a table has, and the SHA-256 of them in their order."""

    table: str
    rows: int
    checksum: str

    def __str__(self) -> str:
        return f"{self.rows} rows of checksum {self.checksum[:16]}"


def copy(source: Database, target: Database, origin: str, progress: Progress) -> list[Sum]:
    """Copy the source, as it is now, into a target that is empty or has a part of it already.

    `origin` is how the source is called: a copy that was begun from one does not go on from
    another. Returns the sums of all tables, the same in both. Raises CopyRefused.
    """
    require_source(source)
    with told_of("target"):
        prepare(target)
    target.transact(lambda tx: begin(tx, origin))
    return source.survey(lambda tx: Copying(tx, target, progress).finished())


def require_source(source: Database) -> None:
    """Raise CopyRefused for one that cannot be copied."""
    with told_of("source"):
        source.require_current()


def prepare(target: Database) -> None:
    """Make the schema where there is none. Raises WrongSchema where there is another one."""
    if target.is_new:
        target.migrate()
    with suppress(Unfinished):
        target.require_current()


def begin(tx: Transaction, origin: str) -> None:
    """Mark the target as the copy of this source."""
    begun = tx.value(UNFINISHED)
    if begun is None:
        refuse_rows(tx)
        tx.insert("copying", source=origin)
    elif begun != origin:
        raise CopyRefused(f"the target has a part of {begun}: copy that, or take an empty database")


def refuse_rows(tx: Transaction) -> None:
    for table in copied():
        if tx.value(f"select 1 from {table.name} limit 1") is not None:
            raise CopyRefused(f"the target is not empty: it has rows in {table.name}")


def copied() -> list[Table]:
    return [table for table in tables() if table.name != "copying"]


class Copying:
    """From one snapshot of the source."""

    def __init__(self, source: Transaction, target: Database, progress: Progress) -> None:
        self._source = source
        self._target = target
        self._progress = progress
        self._doing = ""
        self._done = self._all = 0

    def finished(self) -> list[Sum]:
        """Bring over what is missing, compare everything, and take the mark away."""
        rows = counted(self._source)
        self._begin("copying rows", self._target.survey(counted), rows)
        for table in copied():
            self._fill(table)
        for table in copied():
            self._join(table)
        self._begin("comparing rows", 0, 2 * rows)
        sums = self._target.survey(lambda tx: [self._compared(tx, table) for table in copied()])
        last = {table.name: self._source.last_id(table.name) for table in copied() if table.has_ids}
        self._target.transact(lambda tx: release(tx, last))
        return sums

    def _fill(self, table: Table) -> None:
        while rows := self._write(table, lambda tx: self._portion(tx, table)):
            self._tell(rows)

    def _portion(self, tx: Transaction, table: Table) -> int:
        """Add the rows behind the last one that is there; how many."""
        rows = page(self._source, table, last_key(tx, table))
        if rows:
            add(tx, table, rows)
        return len(rows)

    def _join(self, table: Table) -> None:
        """Set what refers to rows of the same table, now that all of them are there."""
        for column in table.inward:
            for rows in pages(self._source, table):
                self._write(table, partial(refer, table=table, column=column, rows=rows))

    def _write(self, table: Table, work: Work[T]) -> T:
        refusals: tuple[type[Exception], ...] = (Duplicate, *self._target.refusals)
        try:
            return self._target.transact(work)
        except refusals as error:
            why = " ".join(str(error).split())
            raise CopyRefused(f"the target refuses rows in {table.name}: {why}") from error

    def _compared(self, tx: Transaction, table: Table) -> Sum:
        here, there = (self._sum(side, table) for side in (self._source, tx))
        if here != there:
            raise CopyRefused(
                f"{table.name} differs: {here} in the source, {there} in the target. One of them "
                "was written to since the copy began: stop what writes, take an empty database"
            )
        return here

    def _sum(self, tx: Transaction, table: Table) -> Sum:
        digest, count = hashlib.sha256(), 0
        for rows in pages(tx, table):
            digest.update(b"".join(map(msgspec.msgpack.encode, rows)))
            count += len(rows)
            self._tell(len(rows))
        return Sum(table.name, count, digest.hexdigest())

    def _begin(self, doing: str, done: int, all: int) -> None:
        self._doing, self._done, self._all = doing, done, all
        self._tell(0)

    def _tell(self, rows: int) -> None:
        self._done += rows
        self._progress(self._doing, self._done, self._all)


def counted(tx: Transaction) -> int:
    return sum(tx.value(f"select count(*) from {table.name}") for table in copied())


def release(tx: Transaction, last: dict[str, int]) -> None:
    """Let the target be used: new rows get other ids than the source has ever given."""
    for name, id in last.items():
        tx.pass_ids(name, id)
    tx.run("delete from copying")


@contextmanager
def told_of(end: str) -> Iterator[None]:
    """Which of the two a complaint is about."""
    try:
        yield
    except WrongSchema as error:
        raise CopyRefused(f"the {end}: {error}") from None
