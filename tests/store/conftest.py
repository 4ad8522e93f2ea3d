"""A database with one small table beside the schema, and the stores on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import Engine
from probe import table

from procedures.store.database import Database
from procedures.store.opening import database_at


@pytest.fixture(scope="session")
def probed(engine: Engine) -> str:
    address = engine.new()
    store = database_at(address)
    store.migrate()
    store.transact(lambda tx: tx.run(table(engine.name)))
    store.close()
    return address


@pytest.fixture
def address(engine: Engine, probed: str) -> Iterator[str]:
    copied = engine.copy(probed)
    yield copied
    engine.drop(copied)


@pytest.fixture
def path(address: str) -> Path:
    """The file, for tests of SQLite alone."""
    return Path(address)


@pytest.fixture
def store(address: str) -> Iterator[Database]:
    store = database_at(address)
    yield store
    store.close()


@pytest.fixture
def other(address: str) -> Iterator[Database]:
    """A second store on the same database, as another process has it."""
    store = database_at(address)
    yield store
    store.close()
