"""Ways to get at PostgreSQL from its side: what other sessions do, and what becomes of ours."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from procedures.store.transaction import Transaction


class Pause:
    """A place in a work where a thread waits until the test lets it go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._go = threading.Event()

    def __call__(self) -> None:
        self.reached.set()
        assert self._go.wait(30)

    def go(self) -> None:
        self._go.set()

    def wait(self) -> None:
        assert self.reached.wait(30)


@contextmanager
def session(address: str) -> Iterator[psycopg.Connection[Any]]:
    """A session of somebody else."""
    with psycopg.connect(address, autocommit=True) as connection:
        yield connection


def cut(address: str) -> int:
    """End every session of ours in the database; how many."""
    with session(address) as other:
        return other.execute(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where application_name = 'rollcall' and datname = current_database()
            """
        ).rowcount


def once(first: Callable[[], None]) -> Callable[[], None]:
    """Does something the first time only: in the first run of a work."""
    runs = iter([first])
    return lambda: next(runs, lambda: None)()


def move(source: str, target: str, meanwhile: Callable[[], None]) -> Callable[[Transaction], int]:
    """Write one word because another is there: what two of them do to each other no order does."""

    def work(tx: Transaction) -> int:
        found = tx.value("select count(*) from probe where word = :word", word=source)
        meanwhile()
        tx.insert("probe", word=target)
        return int(found)

    return work
