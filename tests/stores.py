"""Stores on SQLite files that count, wait or fail."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from procedures.store.sqlite import SQLiteStore


class CountingStore(SQLiteStore):
    """Counts its commits."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.commits = 0

    def commit(self) -> None:
        super().commit()
        self.commits += 1


class HeldStore(SQLiteStore):
    """Its disk takes as long as the test wants: commits wait for `go`."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reached = threading.Event()
        self.go = threading.Event()

    def commit(self) -> None:
        self.reached.set()
        assert self.go.wait(30)
        super().commit()


class FailingStore(SQLiteStore):
    """The disk fails while `error` is set."""

    error: Exception | None = None

    def commit(self) -> None:
        if self.error is not None:
            raise self.error
        super().commit()


class ReadStore(SQLiteStore):
    """Counts how often it is read, which fails while `error` is set."""

    reads = 0
    error: Exception | None = None

    def read(self, work: Any) -> Any:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return super().read(work)
