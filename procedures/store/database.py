"""What every database can do, whichever engine it is."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol, TypeVar

from procedures.store.commits import Commits
from procedures.store.transaction import Work
from procedures.telling import Progress, silent
from rpc.call import settled

T = TypeVar("T")


class Unusable(Exception):
    """There is no usable database at that address; the text says why."""


class Watch(Protocol):
    """Is told, from any thread, what a store does."""

    def committed(self, calls: int, seconds: float) -> None:
        """So many calls were put on disk at once, in so long."""
        ...

    def again(self, why: str) -> None:
        """A call was run again, or sent away."""
        ...


class Readable(Protocol):
    """What can be read in snapshots."""

    def read(self, work: Work[T]) -> Any:
        """Run in one read snapshot; the result or an awaitable of it."""
        ...


async def read_from(source: Readable, work: Work[T]) -> T:
    """The result of `work` in one read snapshot, at once or in a while."""
    result: T = await settled(source.read(work))
    return result


class Store(Readable, Protocol):
    """A database that runs work in transactions, and tells of its commits. Work may be run again
    from its start."""

    committed: Commits
    watch: Watch | None
    fault: str | None  # why nothing could be written last time, as long as that lasts

    def write(self, work: Work[T], order: object = None, *, long: bool = False) -> Awaitable[T]:
        """Run in a write transaction; done when it is on disk.

        Works that are given with the same `order` run one after the other, as they were given.
        While a `long` one runs, others may read.
        Raises what `work` raised, after undoing it; Unavailable when it is not to be had in time.
        """
        ...

    def soon(self, work: Work[Any]) -> None:
        """Run in a write transaction of its own, after the present call; nobody waits for it."""
        ...


class Database(Store, Protocol):
    """A store as those see it who open and close it."""

    refusals: tuple[type[Exception], ...]  # what it raises for rows that its schema refuses

    @property
    def waiting(self) -> int:
        """How many calls wait for it."""
        ...

    @property
    def is_new(self) -> bool:
        """Whether there was no schema in it, of whatever age, when it was opened."""
        ...

    def migrate(self, progress: Progress = silent) -> list[str]:
        """Bring the schema up to date; the names of the applied steps. Raises WrongSchema."""
        ...

    def require_current(self) -> None:
        """Raise WrongSchema unless it has exactly this program's schema, and is whole."""
        ...

    def look(self, work: Work[T]) -> T:
        """Run in one read snapshot, at once and in this thread."""
        ...

    def survey(self, work: Work[T]) -> T:
        """Run in one read snapshot, at once and in this thread, however long it takes."""
        ...

    def transact(self, work: Work[T]) -> T:
        """Run in a write transaction of its own and commit it, waiting for locks."""
        ...

    def close(self) -> None:
        """Give back the connections; what is running ends first."""
        ...
