"""Statements inside one transaction, the same for every engine. Parameters go by name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from functools import cache
from itertools import starmap
from typing import Any, Protocol, TypeVar

from rpc.errors import RPCError

R = TypeVar("R")
T = TypeVar("T")

Work = Callable[["Transaction"], T]


class Duplicate(Exception):
    """A unique index refused a row; `index` is its name in schema.sql, `tenant` whom the work was
    about, where the engine knows.

    Who goes on after it has had a savepoint around the statement: without one PostgreSQL gives up
    the transaction.
    """

    def __init__(self, index: str, tenant: int | None = None) -> None:
        super().__init__(index)
        self.index = index
        self.tenant = tenant


class Unavailable(RPCError):
    """The database could not be written to in time; nothing was stored, a retry may work."""

    def __init__(self, message: str) -> None:
        super().__init__("SERVICE_UNAVAILABLE", message, retry_after=1)


class Transaction(Protocol):
    """What a procedure may do with the database during its call."""

    def one(self, kind: Callable[..., R], sql: str, /, **values: Any) -> R | None:
        """The first row as `kind`, or None."""
        ...

    def require(self, kind: Callable[..., R], sql: str, /, **values: Any) -> R:
        """The row as `kind`. Raises LookupError where it is not there."""
        ...

    def all(self, kind: Callable[..., R], sql: str, /, **values: Any) -> list[R]:
        """Every row as `kind`."""
        ...

    def value(self, sql: str, /, **values: Any) -> Any:
        """The first column of the first row, or None."""
        ...

    def exists(self, sql: str, /, **values: Any) -> bool:
        """Whether there is a row."""
        ...

    def run(self, sql: str, /, **values: Any) -> int:
        """Execute a statement; the number of rows it changed. Raises Duplicate."""
        ...

    def insert(self, table: str, /, **columns: Any) -> int:
        """Add one row; its id. Raises Duplicate."""
        ...

    def last_id(self, table: str) -> int:
        """The largest id that a row of the table has had, as far as that is known; 0: none."""
        ...

    def new_ids(self, table: str, many: int, above: int) -> Sequence[int]:
        """So many ids for new rows of the table, larger than `above` and than any that a row has
        had. Who adds rows meanwhile gets others."""
        ...

    def alone(self, tenants: Collection[int]) -> None:
        """Nobody else changes anything of these tenants until the commit. To be said before their
        rows are looked at: the work may be run again for it."""
        ...

    def pass_ids(self, table: str, last: int) -> None:
        """Give new rows of the table larger ids than this one."""
        ...

    def enter(self, org_id: int) -> None:
        """From here on the work is about this tenant: rows of others are out of reach, where the
        engine knows how to hide them."""
        ...

    def leave(self) -> None:
        """What follows may be about any tenant again: a transaction that serves several."""
        ...

    def remember(self, work: Work[None]) -> None:
        """Do this if the call is refused, after all that it did is undone, before it is answered.

        For what a refusal must leave behind, like a count of failures.
        """
        ...

    def claim(self, table: str, /, **key: Any) -> None:
        """From here to the commit nobody else decides about what hangs on this row."""
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """What happens inside is undone alone when the block raises."""
        ...


class Statements:
    """How rows are read, the same for every engine."""

    _execute: Callable[..., Any]

    def one(self, kind: Callable[..., R], sql: str, /, **values: Any) -> R | None:
        row = self._execute(sql, values).fetchone()
        return None if row is None else kind(*row)

    def require(self, kind: Callable[..., R], sql: str, /, **values: Any) -> R:
        row = self._execute(sql, values).fetchone()
        if row is None:
            raise LookupError(f"no row for {values}")
        return kind(*row)

    def all(self, kind: Callable[..., R], sql: str, /, **values: Any) -> list[R]:
        return list(starmap(kind, self._execute(sql, values).fetchall()))

    def value(self, sql: str, /, **values: Any) -> Any:
        row = self._execute(sql, values).fetchone()
        return None if row is None else row[0]

    def exists(self, sql: str, /, **values: Any) -> bool:
        return self._execute(sql, values).fetchone() is not None


@cache
def insertion(table: str, *columns: str) -> str:
    return f"insert into {table} ({', '.join(columns)}) values (:{', :'.join(columns)})"
