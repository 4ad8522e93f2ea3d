"""PostgreSQL: transactions that could as well run one after the other, in threads of this process.

A thread keeps its connection: that is the pool. Its size bounds how many calls the database sees at
once, and the line of calls in front of it is bounded too: who would wait too long is told at once.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from procedures.store import postgres_schema, schema
from procedures.store.commits import Commits
from procedures.store.database import Unusable, Watch
from procedures.store.postgres_threads import UNKNOWN, Connections, Counts, Lanes
from procedures.store.postgres_transaction import (
    ANY_TENANT,
    REFUSALS,
    Again,
    Connection,
    PostgresTransaction,
    Unwritable,
)
from procedures.store.transaction import Duplicate, Unavailable, Work
from procedures.telling import Progress, silent

T = TypeVar("T")

# Each transaction brings its own settings: behind a pooler they would else be somebody else's.
LIMITS = f"""; {ANY_TENANT};
    set local statement_timeout = 5000;
    set local lock_timeout = 2000;
    set local idle_in_transaction_session_timeout = 10000
"""
CALL = "; savepoint call"  # a refused call can come back to here and leave something behind
READ = "begin isolation level repeatable read read only" + LIMITS
LONG = f"""
    begin isolation level repeatable read read only; {ANY_TENANT};
    set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0
"""
WRITE = "begin isolation level serializable" + LIMITS + CALL
# For commands, which nobody waits for at the other end of a connection.
ALONE = f"begin isolation level serializable; {ANY_TENANT}; set local lock_timeout = 10000" + CALL
# For a work that is alone with its tenants, and long: while a serializable one lasts, what all
# others read is kept in memory, which is soon full, for everybody. What courses are and require is
# changed without the lock of the tenant.
LONE = f"""
    begin isolation level repeatable read; {ANY_TENANT}; set local lock_timeout = 10000;
    lock table course, prerequisite in share row exclusive mode{CALL}
"""
WRITING = (WRITE, ALONE, LONE)

ATTEMPTS = 10  # runs of one call until it is told to come again
PATIENT = 3  # of them among calls that go on meanwhile
SURPRISES = 2  # rows of others that a work may be refused for until they count as there before
PAUSE, LONGEST_PAUSE = 0.001, 0.1  # seconds before the second run and, doubled each time, at most
TURN, LONGEST_TURN = 0.005, 4.0  # seconds between looks whether it is one's turn, and in all
LONGEST_TURN_ALONE = 60.0  # the same for commands
LINE = 16  # calls that may wait for each connection
PATIENCE = 2.0  # seconds a call may wait in line


class PostgresStore:
    """One database. `write` and `read` belong to a running event loop, the rest to none."""

    refusals: tuple[type[Exception], ...] = REFUSALS

    def __init__(self, url: str, size: int = 10) -> None:
        self._connections = Connections(url)
        self._connections.mine()  # raises Unusable
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="postgres")
        self._size = size
        self._jobs: set[Future[Any]] = set()
        self._places = threading.BoundedSemaphore(size * LINE)
        self._lanes = Lanes()
        self._last: dict[object, asyncio.Future[Any]] = {}
        self._identities: dict[str, bool] = {}
        self._seen = 0
        self._looking: Future[int] = Future()
        self._looking.set_result(0)
        self.counts = Counts()
        self.committed = Commits(self._version)
        self.fault: str | None = None  # a full disk of its server is that one's own affair
        self.watch: Watch | None = None

    @property
    def is_new(self) -> bool:
        return not self._unit(READ, postgres_schema.applied)

    @property
    def waiting(self) -> int:
        return max(0, len(self._jobs) - self._size)

    def migrate(self, progress: Progress = silent) -> list[str]:
        """Bring the schema up to date; the names of the applied steps."""
        if not self._missing() and not self._unit(READ, postgres_schema.is_own):
            return []  # who may not change the schema may still find it in order
        return self._unit(postgres_schema.BEGIN, lambda tx: postgres_schema.migrate(tx, progress))

    def require_current(self) -> None:
        """Raise WrongSchema unless the database has exactly this program's schema."""
        schema.refuse_missing(self._missing())
        schema.refuse_unfinished(self.look(lambda tx: tx.value(schema.UNFINISHED)))

    def _missing(self) -> list[str]:
        return schema.missing_from(self._unit(READ, postgres_schema.applied))

    def read(self, work: Work[T]) -> asyncio.Future[T]:
        """Run `work` in one read snapshot, in a thread."""
        return asyncio.wrap_future(self._in_thread(lambda: self._unit(READ, work)))

    def write(
        self, work: Work[T], order: object = None, *, long: bool = False
    ) -> asyncio.Future[T]:
        """Run `work` in a write transaction, in a thread; done when it is on disk.

        It waits for the last one of the same `order`, if there is one.
        Raises what `work` raised, after undoing it; Unavailable when there was no place in line, no
        connection, a limit was reached, or others were quicker in each of its runs.
        """
        future = asyncio.ensure_future(self._after(self._last.get(order), work))
        if order is not None:
            self._last[order] = future
            future.add_done_callback(lambda done: self._forget(order, done))
        return future

    async def _after(self, last: asyncio.Future[Any] | None, work: Work[T]) -> T:
        if last is not None:
            await asyncio.wait([last])
        result = await asyncio.wrap_future(self._in_thread(lambda: self._unit(WRITE, work)))
        self.fault = None
        self.committed.tell()
        return result

    def _forget(self, order: object, done: asyncio.Future[Any]) -> None:
        if self._last.get(order) is done:
            del self._last[order]

    def soon(self, work: Work[Any]) -> None:
        """Run `work` in a write transaction of its own; from any thread."""
        self._in_thread(lambda: self._unit(WRITE, work))

    def look(self, work: Work[T]) -> T:
        """Run `work` in one read snapshot in this thread."""
        return self._unit(READ, work)

    def survey(self, work: Work[T]) -> T:
        """Run `work` in one read snapshot in this thread, without limits."""
        return self._unit(LONG, work)

    def transact(self, work: Work[T]) -> T:
        """Run `work` in a write transaction in this thread, waiting for locks."""
        return self._unit(ALONE, work)

    def close(self) -> None:
        self.committed.close()
        self._threads.shutdown()
        self._connections.close()

    def _version(self) -> int:
        """As it was when last looked at, which begins anew. LISTEN would be heard at once, but
        through a pooler never, and NOTIFY makes all commits of a cluster wait for each other."""
        if self._looking.done():
            self._seen = self._seen if self._looking.exception() else self._looking.result()
            self._looking = self._in_thread(lambda: self._unit(READ, version))
        return self._seen

    def _in_thread(self, run: Callable[[], T]) -> Future[T]:
        if not self._places.acquire(blocking=False):
            return self._shed()
        latest = time.monotonic() + PATIENCE
        job = self._threads.submit(self._in_time, run, latest)
        self._jobs.add(job)
        job.add_done_callback(self._done)
        return job

    def _done(self, job: Future[Any]) -> None:
        self._jobs.discard(job)
        self._places.release()

    def _in_time(self, run: Callable[[], T], latest: float) -> T:
        return run() if time.monotonic() <= latest else self._shed().result()

    def _shed(self) -> Future[Any]:
        self._count("shed")
        refused: Future[Any] = Future()
        refused.set_exception(Unavailable("too many calls wait for the database"))
        return refused

    def _unit(self, begin: str, work: Callable[[PostgresTransaction], T]) -> T:
        lane: int | None = None
        alone: frozenset[int] | None = None
        surprises = 0
        for attempt in range(ATTEMPTS):
            with self._lanes.through(lane, closed=attempt >= PATIENT):
                try:
                    return self._attempt(begin, work, lane, alone)
                except Again as again:
                    self._count(again.cause)
                    lane = again.tenant or UNKNOWN
                    alone = again.alone if alone is None else alone
                except Unwritable as refused:
                    self.fault = refused.message
                    raise
                except Duplicate as duplicate:
                    if surprises >= (SURPRISES if lane else 1):
                        raise
                    # Nobody expected it: the row came between the looking and the writing. Or it
                    # was there all along: that is known once nobody runs beside the work.
                    surprises += 1
                    self._count("duplicate")
                    lane = duplicate.tenant or UNKNOWN
            time.sleep(random.random() * min(LONGEST_PAUSE, PAUSE * 2**attempt))
        raise Unavailable("too many calls want the same at once")

    def _count(self, what: str) -> None:
        self.counts.add(what)
        if self.watch is not None:
            self.watch.again(what)

    def _attempt(
        self,
        begin: str,
        work: Callable[[PostgresTransaction], T],
        lane: int | None,
        alone: frozenset[int] | None,
    ) -> T:
        def may_enter(tenant: int) -> bool:
            return tenant == lane or begin != WRITE or self._lanes.is_open(tenant)

        tx = PostgresTransaction(self._connection(), self._identities, may_enter)
        try:
            self._begin(tx, begin, lane, alone)
            return self._committed(tx, work)
        except BaseException:
            tx.rollback()
            if tx.again is not None:  # whatever the work made of it
                raise tx.again from None
            raise

    def _begin(
        self, tx: PostgresTransaction, begin: str, lane: int | None, alone: frozenset[int] | None
    ) -> None:
        """A work that has collided begins when no process changes anything of its tenant, and
        keeps it so: it will not collide again with another one like it. So does one that wants to
        be alone with some."""
        tenants = {*(alone or ()), *([lane] if lane else ())}
        begin = begin if alone is None else LONE
        tx.is_alone = alone is not None
        tx.begin(begin)
        latest = time.monotonic() + (LONGEST_TURN if begin == WRITE else LONGEST_TURN_ALONE)
        while begin in WRITING and not all(map(tx.has_turn, tenants)):
            if time.monotonic() > latest:
                raise Unavailable("too many calls want the same at once")
            tx.rollback()
            time.sleep(random.random() * TURN)
            tx.begin(begin)

    def _committed(self, tx: PostgresTransaction, work: Callable[[PostgresTransaction], T]) -> T:
        try:
            result = work(tx)
        except Duplicate:
            raise
        except Exception:
            tx.commit_remembered()
            raise
        tx.commit()
        return result

    def _connection(self) -> Connection:
        try:
            return self._connections.mine()
        except Unusable as error:
            raise Unavailable("the database cannot be reached") from error


def version(tx: PostgresTransaction) -> int:
    """A number that changes with every commit of anybody."""
    return hash(tx.value("select cast(pg_current_snapshot() as text)"))
