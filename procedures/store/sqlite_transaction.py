"""Statements inside a transaction of SQLite that somebody else began, and their refusals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from procedures.store.dialect import numbered
from procedures.store.schema import sqlite3
from procedures.store.transaction import Duplicate, Statements, Work, insertion

AUTOINCREMENT = "select 1 from sqlite_schema where name = :table and sql like '%autoincrement%'"


class Savepoint:
    """What happens inside is undone alone when the block raises. It keeps nothing, so one serves
    all, inside each other too: every call has one, and a generator costs twice as much."""

    def __init__(self, execute: Callable[..., Any]) -> None:
        self._execute = execute

    def __enter__(self) -> None:
        self._execute("savepoint part")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._execute("rollback to part")
        self._execute("release part")


class SQLiteTransaction(Statements):
    """Statements on one connection inside the transaction somebody else began. All go through one
    cursor: to make another costs as much as to execute a small statement. A cursor refuses to be
    used twice at once, so what runs beside them in a thread, like a commit, takes another."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.execute: Callable[..., sqlite3.Cursor] = connection.cursor().execute
        self.remembered: list[Work[None]] = []
        self._part = Savepoint(self.execute)
        self._indexes: dict[str, str] = {}

    def _execute(self, sql: str, values: dict[str, Any]) -> sqlite3.Cursor:
        text, in_order = numbered(sql)
        return self.execute(text, in_order(values))

    def run(self, sql: str, /, **values: Any) -> int:
        try:
            return int(self._execute(sql, values).rowcount)
        except sqlite3.IntegrityError as error:
            raise self._translated(error) from None

    def insert(self, table: str, /, **columns: Any) -> int:
        try:
            return self._execute(insertion(table, *columns), columns).lastrowid or 0
        except sqlite3.IntegrityError as error:
            raise self._translated(error) from None

    def last_id(self, table: str) -> int:
        largest: int | None = self.value(f"select max(id) from {table}")
        given = self.value("select seq from sqlite_sequence where name = :table", table=table)
        return max(largest or 0, given or 0)

    def new_ids(self, table: str, many: int, above: int) -> Sequence[int]:
        last = max(above, self.last_id(table))
        return range(last + 1, last + 1 + many)

    def alone(self, tenants: Collection[int]) -> None:
        """There is one writer."""

    def pass_ids(self, table: str, last: int) -> None:
        """Where ids of destroyed rows are not given again."""
        if self.value(AUTOINCREMENT, table=table):
            self.run("delete from sqlite_sequence where name = :table", table=table)
            self.insert("sqlite_sequence", name=table, seq=max(last, self.last_id(table)))

    def enter(self, org_id: int) -> None:
        """SQLite hides no rows: here the statements alone keep tenants apart."""

    def leave(self) -> None:
        """Nothing was hidden."""

    def remember(self, work: Work[None]) -> None:
        self.remembered.append(work)

    def claim(self, table: str, /, **key: Any) -> None:
        """There is one writer: nobody else decides anything before the commit."""

    def savepoint(self) -> Savepoint:
        return self._part

    def _translated(self, error: sqlite3.IntegrityError) -> Exception:
        kind, _, columns = str(error).partition(" constraint failed: ")
        if kind != "UNIQUE":
            return error
        return Duplicate(self._index(columns))

    def _index(self, columns: str) -> str:
        """SQLite names the columns of the index that refused, PostgreSQL the index itself."""
        if not self._indexes:
            rows = self.execute("""
                select group_concat(t.name || '.' || c.name, ', ' order by c.seqno), i.name
                from pragma_table_list t, pragma_index_list(t.name) i, pragma_index_info(i.name) c
                where i."unique" = 1 group by t.name, i.name
            """)
            self._indexes = dict(rows.fetchall())
        return self._indexes.get(columns, columns)


class Snapshot(SQLiteTransaction):
    """What one call reads: as it was at its first statement. Many calls read nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._connection = connection
        self._inside = self.execute
        self.execute = self._begin

    def _begin(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        self._inside("begin")
        self.execute = self._inside
        return self._inside(sql, values)

    def end(self) -> None:
        self.execute = self._begin  # also where the engine has ended the transaction by itself
        if self._connection.in_transaction:
            self._inside("rollback")
