"""A database file with one small table beside the schema, and the stores on it."""

import shutil
from pathlib import Path

import pytest
from probe import TABLE

from procedures.store.sqlite import SQLiteStore


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "empty.db"
    store = SQLiteStore(path)
    store.migrate()
    store.transact(lambda tx: tx.run(TABLE))
    store.close()
    return path


@pytest.fixture
def path(empty: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(empty, tmp_path / "probe.db"))


@pytest.fixture
def store(path: Path):
    store = SQLiteStore(path)
    yield store
    store.close()
