"""Connections to PostgreSQL and statements inside one transaction. Only this module knows psycopg.

What the engine refuses is told here in our words: Duplicate, Again, Unavailable.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import adapt, errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg.types.numeric import Int8Dumper

from procedures.store.database import Unusable
from procedures.store.dialect import statement
from procedures.store.transaction import Duplicate, Statements, Unavailable, Work, insertion

Connection = psycopg.Connection[tuple[Any, ...]]

# Readers of a feed go on behind the last id they saw. Ids are drawn before the commit, so without
# a lock a lower one could become visible after a higher one, and be skipped for ever. Whoever adds
# an event holds the tenant's lock from before its id is drawn until after its commit; and from
# before whatever a transaction changes first, that may have to wait for another transaction: who
# waited for that one, and it for the lock, would wait for ever.
IN_ORDER = {
    *("insert into event", "insert into enrollment", "insert into realm", "insert into term"),
    "update realm",
}
ORDER_LOCK = 0x526F6C6C << 32  # beside other people's advisory locks in the same database


def order_lock(tenant: int) -> int:
    return ORDER_LOCK + tenant % 2**32


TENANT = "rollcall.org"  # the setting of a transaction that says whose rows it may see
ANY_TENANT = f"set local {TENANT} = '*'"


REFUSALS: tuple[type[Exception], ...] = (psycopg.IntegrityError, psycopg.DataError)

# Planning a statement costs three times as much as doing it.
PREPARE_AFTER, PREPARED_MAX = 3, 500


class Again(Exception):
    """The transaction came to nothing through no fault of the work: run it again, and if it wants
    to be `alone` with some tenants, while nobody else changes anything of these."""

    def __init__(self, cause: str, tenant: int | None, alone: frozenset[int] | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.tenant = tenant
        self.alone = alone


class Unwritable(Unavailable):
    """The server takes no writes: it follows another one, or it was told so."""

    def __init__(self) -> None:
        super().__init__("the database takes no writes now")


class FlagDumper(adapt.Dumper):
    """Booleans are 0 and 1 in every column."""

    oid = psycopg.adapters.types["int2"].oid

    def dump(self, obj: Any) -> bytes:
        return b"1" if obj else b"0"


class FlagLoader(adapt.Loader):
    def load(self, data: adapt.Buffer) -> int:
        return int(bytes(data) == b"t")


class SumLoader(adapt.Loader):
    """No column is numeric, but sums of bigint are."""

    def load(self, data: adapt.Buffer) -> float:
        text = bytes(data).decode()
        return float(text) if "." in text else int(text)


def connect(url: str) -> Connection:
    """A connection. Raises Unusable."""
    require_readable(url)
    try:
        connection = psycopg.connect(
            url,
            autocommit=True,
            prepare_threshold=None,
            application_name="rollcall",
            client_encoding="utf8",
            connect_timeout=5,
            tcp_user_timeout=15_000,
        )
        direct = is_direct(connection)
    except psycopg.Error as error:
        raise Unusable(f"cannot use the database: {' '.join(str(error).split())}") from None
    connection.adapters.register_dumper(bool, FlagDumper)
    connection.adapters.register_dumper(int, Int8Dumper)  # one type, one prepared statement
    connection.adapters.register_loader("bool", FlagLoader)
    connection.adapters.register_loader("numeric", SumLoader)
    if direct:
        connection.prepare_threshold = PREPARE_AFTER
        connection.prepared_max = PREPARED_MAX
    return connection


def require_readable(url: str) -> None:
    """Raise Unusable, which does not tell the address as psycopg would: it may hold a password."""
    try:
        conninfo_to_dict(url)
    except (psycopg.ProgrammingError, UnicodeEncodeError):
        raise Unusable("cannot use the database: its address cannot be read") from None


def is_direct(connection: Connection) -> bool:
    """Whether the session is ours alone. A pooler gives each transaction another one, where others
    have left their prepared statements under the same names, and knows no process number."""
    row = connection.execute("select pg_backend_pid()").fetchone()
    return row == (connection.info.backend_pid,)


class PostgresTransaction(Statements):
    """From `begin` to `commit` or `rollback` on one connection. `may_enter` says of a tenant
    whether now is the time to be about it; `is_alone`: whether it is with the tenants it wanted
    for itself."""

    def __init__(
        self, connection: Connection, identities: dict[str, bool], may_enter: Callable[[int], bool]
    ) -> None:
        self._connection = connection
        self._may_enter = may_enter
        self._cursor = connection.cursor()
        self._identities = identities
        self._tenant: int | None = None
        self._given_ids: dict[str, int] = {}
        self._remembered: list[Work[None]] = []
        self._held: set[object] = set()  # what nobody else can have before the commit
        self._is_to_write = False
        self._is_misled = False  # by another connection the server that takes writes may be found
        self.again: Again | None = None
        self.is_alone = False

    def begin(self, text: str) -> None:
        """Begin as the text says. Raises Unwritable, but for what is to be `read only`."""
        self._is_to_write = "read only" not in text
        try:
            self._cursor.execute(text.encode())
        except errors.FeatureNotSupported as error:  # serializable, in what follows another one
            raise self._unwritable() from error
        except psycopg.Error as error:
            raise self._translated(error) from error

    def run(self, sql: str, /, **values: Any) -> int:
        return self._execute(sql, values).rowcount

    def insert(self, table: str, /, **columns: Any) -> int:
        sql = insertion(table, *columns)
        if not self._has_identity(table):
            return self.run(sql, **columns)
        if "id" in columns:
            self._given_ids[table] = max(columns["id"], self._given_ids.get(table, 0))
        else:
            self._pass_given_ids(table)
        id: int = self.value(f"{sql} returning id", **columns)
        return id

    def last_id(self, table: str) -> int:
        sequence = "cast(pg_get_serial_sequence(:table, 'id') as regclass)"
        given = f"coalesce(pg_sequence_last_value({sequence}), 0)"
        return int(self.value(f"select greatest(max(id), {given}) from {table}", table=table))

    def new_ids(self, table: str, many: int, above: int) -> Sequence[int]:
        sequence = "cast(pg_get_serial_sequence(:table, 'id') as regclass)"
        given = self.value(f"select coalesce(pg_sequence_last_value({sequence}), 0)", table=table)
        if above > given:
            return range(above + 1, above + 1 + many)
        # Others draw theirs meanwhile, and do not see these rows before the commit.
        drawn = f"select nextval({sequence}) from generate_series(1, :many)"
        return self.all(int, drawn, table=table, many=many)

    def alone(self, tenants: Collection[int]) -> None:
        if not self.is_alone:
            self.again = Again("queue", self._tenant, frozenset(tenants))
            raise self.again

    def pass_ids(self, table: str, last: int) -> None:
        if last > 0:
            self._given_ids[table] = max(last, self._given_ids.get(table, 0))

    def enter(self, org_id: int) -> None:
        if org_id == self._tenant:
            return
        self._tenant = org_id
        if not self._may_enter(org_id):
            raise self._doomed("queue")
        self.script(f"set local {TENANT} = '{org_id:d}'")

    def leave(self) -> None:
        if self._tenant is not None:
            self.script(ANY_TENANT)
            self._tenant = None

    def remember(self, work: Work[None]) -> None:
        self._remembered.append(work)

    def claim(self, table: str, /, **key: Any) -> None:
        row = (table, *key.values())
        if row in self._held:
            return
        self._line_up(key["org_id"])  # always before rows: two would else wait for each other
        # An update, not `for update`: it also refuses whoever counted in an older snapshot.
        found = " and ".join(f"{name} = :{name}" for name in key)
        self.run(f"update {table} set org_id = org_id where {found}", **key)
        self._held.add(row)

    def has_turn(self, tenant: int) -> bool:
        """Whether the tenant's lock is to be had at once. Who has it before the first look at the
        tenant's rows finds them as they stay: waiting for it would make the look an old one."""
        sql = "select pg_try_advisory_xact_lock(:number)"
        if self.value(sql, number=order_lock(tenant)):
            self._held.add(tenant)
        return tenant in self._held

    def lock(self, number: int) -> None:
        """Wait for an advisory lock, and keep it until the transaction has ended."""
        # Others see by the number of the transaction that something was committed. It would have
        # none here where all its rows are on other nodes.
        sql = "select pg_advisory_xact_lock(:number), pg_current_xact_id()"
        self._execute(sql, {"number": number})

    def _line_up(self, tenant: int) -> None:
        if tenant not in self._held:
            self.lock(order_lock(tenant))
            self._held.add(tenant)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        tenant = self._tenant
        self.script("savepoint part")
        try:
            yield
        except BaseException:
            self.script("rollback to part; release part")
            self._tenant = tenant  # its setting is undone too
            self._held.clear()  # or a part of it
            raise
        self.script("release part")

    def script(self, text: str) -> None:
        """Execute statements without parameters, in one message."""
        try:
            self._cursor.execute(text.encode())
        except errors.InsufficientPrivilege as error:
            raise Unusable("only its owner may change the database: migrate as that") from error
        except psycopg.Error as error:
            raise self._translated(error) from error

    def commit_remembered(self) -> None:
        """Undo all but what was to be remembered, since the savepoint `call`."""
        if self._remembered and self.again is None:
            self.script("rollback to call")  # and so from the tenant
            self._tenant = None
            self._held.clear()
            for work in self._remembered:
                work(self)
            self.commit()

    def commit(self) -> None:
        """Raises RuntimeError where the work went on after an error without a savepoint."""
        if self.again is not None:
            raise self.again
        for table in [*self._given_ids]:
            self._pass_given_ids(table)
        # PostgreSQL answers the COMMIT of a failed transaction with a friendly ROLLBACK.
        if self._connection.info.transaction_status != TransactionStatus.INTRANS:
            raise RuntimeError("an error was passed over without a savepoint: nothing is stored")
        try:
            self._cursor.execute(b"commit")
        except psycopg.Error as error:
            if self._connection.closed:
                raise Unavailable("the database was lost while it stored: look first") from error
            raise self._translated(error) from error

    def rollback(self) -> None:
        """Undo everything; a connection that cannot is of no use any more."""
        self._held.clear()
        try:
            self._connection.rollback()
        except psycopg.Error:
            self._connection.close()
        if self._is_misled:
            self._connection.close()

    def _execute(self, sql: str, values: dict[str, Any]) -> psycopg.Cursor[tuple[Any, ...]]:
        text, tested, change = statement(sql)
        if change in IN_ORDER and "org_id" in values:  # as in every statement of the service
            self._line_up(values["org_id"])
        for name in tested:
            values[f"{name} is null"] = values[name] is None
        try:
            return self._cursor.execute(text, values)
        except psycopg.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: psycopg.Error) -> Exception:
        if isinstance(error, errors.UniqueViolation):
            return Duplicate(error.diag.constraint_name or "", self._tenant)
        if isinstance(error, errors.SerializationFailure):
            return self._doomed("serialization")
        if isinstance(error, errors.DeadlockDetected):
            return self._doomed("deadlock")
        if self._connection.closed:
            return self._doomed("connection")
        if isinstance(error, errors.ReadOnlySqlTransaction) and self._is_to_write:
            return self._unwritable()
        if isinstance(error, psycopg.OperationalError):
            return Unavailable("the database is not available")
        return error

    def _unwritable(self) -> Unwritable:
        self._is_misled = True
        return Unwritable()

    def _doomed(self, cause: str) -> Again:
        """Remembered, as the work may take the error for a refusal and go on."""
        self.again = Again(cause, self._tenant)
        return self.again

    def _has_identity(self, table: str) -> bool:
        if table not in self._identities:
            sql = """
                select count(*) from pg_attribute
                where attrelid = cast(:table as regclass) and attname = 'id' and attidentity <> ''
            """
            self._identities[table] = bool(self.value(sql, table=table))
        return self._identities[table]

    def _pass_given_ids(self, table: str) -> None:
        """Ids that were given must not be drawn later."""
        largest = self._given_ids.pop(table, None)
        if largest is None:
            return
        sql = """
            select setval(s.id, :largest)
            from (select cast(pg_get_serial_sequence(:table, 'id') as regclass) as id) s
            where :largest > coalesce(pg_sequence_last_value(s.id), 0)
        """
        self.value(sql, table=table, largest=largest)
