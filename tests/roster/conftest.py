"""A database of the test's own, and a roster it may change."""

import copy

import pytest
from roster_documents import ROSTER

from procedures.store.opening import database_at


@pytest.fixture(scope="session")
def migrated(engine):
    """A database with the schema and nothing in it. To be copied, never changed."""
    address = engine.new()
    store = database_at(address)
    store.migrate()
    store.close()
    return address


@pytest.fixture
def store(engine, migrated):
    address = engine.copy(migrated)
    store = database_at(address)
    yield store
    store.close()
    engine.drop(address)


@pytest.fixture
def roster():
    return copy.deepcopy(ROSTER)
