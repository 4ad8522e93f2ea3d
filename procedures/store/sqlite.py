"""SQLite: one writing connection whose calls are committed in groups, one reading connection.

Statements run on the event loop; the COMMIT, which waits for the disk, runs in a thread. Calls that
arrive meanwhile form the next group. Nobody is answered before the commit of the own group. A long
work is a group by itself, all of it in the thread.

Few calls are refused once they have changed something, and a savepoint for each would cost a tenth
of what they do. So a group runs without; where it has such a call, all of it runs once more, each
call in a savepoint, and so does the group behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any, TypeVar

from procedures.store import schema
from procedures.store.commits import Commits
from procedures.store.database import Watch
from procedures.store.line import Entry, Line
from procedures.store.schema import sqlite3
from procedures.store.sqlite_connection import connect
from procedures.store.sqlite_faults import DiskFault, translated
from procedures.store.sqlite_transaction import Snapshot, SQLiteTransaction
from procedures.store.transaction import Unavailable, Work
from procedures.telling import Progress, silent

T = TypeVar("T")
Outcome = tuple[Any, BaseException | None]  # a result, or a refusal
UNDONE: Outcome = (None, None)  # neither, so far

LOCK_WAIT = 5.0  # seconds another process may hold the write lock before calls are refused


class SQLiteStore:
    """One database file. `write` and `read` belong to a running event loop, `transact` to none."""

    refusals: tuple[type[Exception], ...] = (sqlite3.IntegrityError, sqlite3.DataError)

    def __init__(self, path: Path) -> None:
        self._writer = connect(path, writer=True)
        self._reader = connect(path, writer=False)
        self._writing = SQLiteTransaction(self._writer)
        self._reading = Snapshot(self._reader)
        self._seen = 0  # of others' commits
        self.committed = Commits(self._version)
        self.fault: str | None = None
        self.watch: Watch | None = None
        self._begun = 0.0  # when the last commit was
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._line = Line()
        self._waiting = self._line.ready
        self._group: list[tuple[Entry, Outcome]] = []
        self._has_savepoints = False  # each call of the present group
        self._has_undone = False  # one of them after it had changed something
        self._busy = False  # a thread holds the writing connection
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changes = 0

    @property
    def is_new(self) -> bool:
        return not self.look(lambda tx: tx.value("select count(*) from sqlite_schema"))

    @property
    def waiting(self) -> int:
        return len(self._line) + len(self._group)

    def migrate(self, progress: Progress = silent) -> list[str]:
        """Bring the schema up to date; the names of the applied steps."""
        if not schema.pending(self._writer):
            return []
        self._writer.execute("pragma foreign_keys = off")  # a table may have to be made anew
        try:
            return self.transact(lambda tx: schema.migrate(self._writer, progress))
        finally:
            self._writer.execute("pragma foreign_keys = on")

    def require_current(self) -> None:
        """Raise WrongSchema unless the file has exactly this program's schema."""
        schema.refuse_missing(schema.pending(self._writer))
        schema.refuse_unfinished(self.look(lambda tx: tx.value(schema.UNFINISHED)))

    def read(self, work: Work[T]) -> T:
        """Run `work` in one read snapshot, at once."""
        try:
            return work(self._reading)
        except sqlite3.Error as error:
            raise translated(error, reading=True) from error.__cause__
        finally:
            self._reading.end()

    def look(self, work: Work[T]) -> T:
        """Run `work` in one read snapshot."""
        return self.read(work)

    def survey(self, work: Work[T]) -> T:
        """Run `work` in one read snapshot; what others write meanwhile waits in the log."""
        return self.read(work)

    def write(
        self, work: Work[T], order: object = None, *, long: bool = False
    ) -> asyncio.Future[T]:
        """Run `work` in a write transaction; done when it is on disk. All run in order, but for
        `long` ones: of these one at a time is let in before whoever comes.

        Raises what `work` raised, after undoing it alone; Unavailable when the lock is not to be
        had; and the same for every call of a group that the disk did not take.
        """
        self._loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = self._loop.create_future()
        self._line.join((work, future, long), order)
        if not self._busy:
            self._run_waiting()
        return future

    def soon(self, work: Work[Any]) -> None:
        """Run `work` in a write transaction of its own, after the present call."""
        loop = self._loop or asyncio.get_running_loop()
        loop.call_soon_threadsafe(self.write, work)

    def transact(self, work: Work[T]) -> T:
        """Run `work` in a write transaction of its own and commit it, waiting for locks. Where a
        group is open on this thread's event loop, be part of it: that one is committed next."""
        if self._group and self._writer.in_transaction and not self._busy:
            self._has_savepoints = True  # a group that is run again has no place for this work
            return self._alone(work)
        try:
            self._begin_waiting()
            result = work(self._writing)
            self._writing.execute("commit")
        except BaseException as error:
            self._roll_back()
            raise translated(error) from error.__cause__
        return result

    def close(self) -> None:
        self.committed.close()
        self._thread.shutdown()
        self._reader.close()
        self._writer.close()

    def _run_waiting(self) -> None:
        if self._waiting[0][2] and not self._group:
            self._run_long()
            return
        if not self._writer.in_transaction and not self._begin():
            return
        while self._waiting and not self._waiting[0][2]:  # a long one waits for the next group
            entry = self._waiting.popleft()
            outcome = self._outcome(entry[0])
            if outcome is UNDONE:
                self._waiting.appendleft(entry)
                self._run_again()
                return
            self._group.append((entry, outcome))
            if not self._writer.in_transaction:  # the engine itself gave the transaction up
                refused = Unavailable("the database refused the transaction")
                self._fail_group(refused if self.fault is None else DiskFault(self.fault))
                return

    def _run_long(self) -> None:
        """Run the next call from begin to commit in the thread."""
        entry = self._waiting.popleft()
        self._group.append((entry, UNDONE))
        self._has_savepoints = True

        def run() -> None:
            self._begin_waiting()
            self._group[0] = (entry, self._outcome(entry[0]))
            self.commit()

        self._begun = perf_counter()
        self._in_thread(run, self._committed)

    def _begin(self) -> bool:
        """Take the write lock without waiting for it, or wait for it in the thread."""
        try:
            self._writing.execute("begin immediate")
        except sqlite3.OperationalError:
            self._in_thread(self._begin_waiting, self._locked)
            return False
        self._changes = self._writer.total_changes
        asyncio.get_running_loop().call_soon(self._commit)
        return True

    def _begin_waiting(self) -> None:
        self._writer.execute(f"pragma busy_timeout = {LOCK_WAIT * 1000:.0f}")
        try:
            self._writer.execute("begin immediate")
        finally:
            self._writer.execute("pragma busy_timeout = 0")

    def _locked(self, waited: asyncio.Future[None]) -> None:
        self._busy = False
        if error := waited.exception():
            refused = self._noted(error)
            for _, future, _ in self._line.emptied():
                fail(future, refused)
            return
        self._changes = self._writer.total_changes
        asyncio.get_running_loop().call_soon(self._commit)
        self._run_waiting()

    def _run_again(self) -> None:
        """Undo the group, and run its calls from their start, each in a savepoint."""
        self._roll_back()
        self._waiting.extendleft(entry for entry, _ in reversed(self._group))
        self._group.clear()
        self._has_savepoints = True
        if self._waiting:
            self._run_waiting()

    def _outcome(self, work: Work[Any]) -> Outcome:
        """Run one call; what it is answered with once the group is on disk. UNDONE: it was refused,
        what it changed is still there, and only the whole group can be undone."""
        changes = self._writer.total_changes
        self._writing.remembered.clear()
        try:
            return (self._alone(work) if self._has_savepoints else work(self._writing)), None
        except Exception as error:
            if self._writer.in_transaction and self._writer.total_changes != changes:
                self._has_undone = True
                if not self._has_savepoints:
                    return UNDONE
            return None, self._remembering(self._noted(error))
        except BaseException:
            if not self._has_savepoints:
                self._run_again()
            raise

    def _alone(self, work: Work[T]) -> T:
        """The result of a work that is undone alone when it raises."""
        with self._writing.savepoint():
            return work(self._writing)

    def _remembering(self, refusal: BaseException) -> BaseException:
        """Do what a refused call leaves behind; the refusal, or what went wrong with that."""
        if not self._writing.remembered:
            return refusal
        try:
            with self._writing.savepoint():
                for work in self._writing.remembered:
                    work(self._writing)
        except Exception as error:
            return error
        return refusal

    def _commit(self) -> None:
        if self._busy or not self._group:  # the group this was scheduled for has ended early
            return
        if self._writer.total_changes == self._changes:  # nothing to wait for the disk for
            self._writing.execute("rollback")
            self._settle_group()
        else:
            self._begun = perf_counter()
            self._in_thread(self.commit, self._committed)

    def commit(self) -> None:
        """Put the group on disk. In the thread; the place where tests inject a failing disk."""
        self._writer.execute("commit")

    def _committed(self, done: asyncio.Future[None]) -> None:
        self._busy = False
        if error := done.exception():
            self._roll_back()
            self._fail_group(self._noted(error))
        else:
            self.fault = None
            if self.watch is not None:
                self.watch.committed(len(self._group), perf_counter() - self._begun)
            self._settle_group()
            self.committed.tell()

    def _roll_back(self) -> None:
        if self._writer.in_transaction:
            self._writing.execute("rollback")

    def _noted(self, error: BaseException) -> BaseException:
        """What callers are told; that the disk fails is kept until it takes something again."""
        refusal = translated(error)
        if isinstance(refusal, DiskFault):
            self.fault = refusal.message
        return refusal

    def _settle_group(self) -> None:
        for (_, future, _), (result, refusal) in self._ended_group():
            if refusal is not None:
                fail(future, refusal)
            elif not future.done():
                future.set_result(result)
        if self._waiting:
            self._run_waiting()

    def _fail_group(self, error: BaseException) -> None:
        for (_, future, _), _ in self._ended_group():
            fail(future, error)
        # Not at once: it may fail as well, and so may any number behind it.
        asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        """Run what waits, unless somebody came meanwhile and has."""
        if self._waiting and not self._busy:
            self._run_waiting()

    def _ended_group(self) -> list[tuple[Entry, Outcome]]:
        group, self._group = self._group, []
        if group and group[0][0][2]:
            self._line.go_on()
        self._has_savepoints, self._has_undone = self._has_undone, False
        return group

    def _version(self) -> int:
        """As it was when last looked at, where the file cannot be read now."""
        with suppress(sqlite3.Error):
            self._seen = int(self._reader.execute("pragma data_version").fetchone()[0])
        return self._seen

    def _in_thread(
        self, work: Callable[[], None], then: Callable[[asyncio.Future[None]], None]
    ) -> None:
        self._busy = True
        asyncio.get_running_loop().run_in_executor(self._thread, work).add_done_callback(then)


def fail(future: asyncio.Future[Any], error: BaseException) -> None:
    if not future.done():
        future.set_exception(error)
