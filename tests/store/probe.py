"""Ways to look at a store from its side: what is committed when, and who else holds the lock."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from procedures.store.database import Database
from procedures.store.dialect import script
from procedures.store.transaction import Transaction

TABLE = "create table probe (id integer primary key, word text not null unique) strict;"


def table(engine: str) -> str:
    """The statement that makes the table."""
    return TABLE if engine == "sqlite" else script(TABLE)


def add(word: str) -> Callable[[Transaction], int]:
    return lambda tx: tx.insert("probe", word=word)


def refuse(error: Exception) -> Callable[[Transaction], None]:
    def work(tx: Transaction) -> None:
        raise error

    return work


def words(store: Database) -> list[str]:
    """What is on disk, as a reader sees it."""
    return store.look(lambda tx: tx.all(str, "select word from probe order by id"))


HOLD = """
import sys
from procedures.store.schema import sqlite3
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin immediate")
connection.execute(sys.argv[2])
print("held", flush=True)
sys.stdin.readline()
connection.execute("commit")
print("released", flush=True)
"""


class Holder:
    """Another process in the middle of a write transaction."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def release(self) -> None:
        """Commit; returns when that is done."""
        assert self._say("go") == "released"

    def _say(self, text: str) -> str:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(text + "\n")
        stdin.flush()
        return stdout.readline().strip()


@contextmanager
def held_by_another_process(path: Path, sql: str) -> Iterator[Holder]:
    """The write lock is in other hands, `sql` done but not committed, until `release`."""
    command: list[Any] = [sys.executable, "-c", HOLD, path, sql]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "held"
        try:
            yield Holder(process)
        finally:
            process.stdin.close()  # type: ignore[union-attr]
            process.wait()
