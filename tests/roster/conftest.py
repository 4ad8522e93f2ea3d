"""A database file of the test's own, and a roster it may change."""

import copy
import shutil

import pytest
from roster_documents import ROSTER

from procedures.store.sqlite import SQLiteStore


@pytest.fixture(scope="session")
def empty(tmp_path_factory):
    """A database file with the schema and nothing in it."""
    path = tmp_path_factory.mktemp("roster") / "empty.db"
    store = SQLiteStore(path)
    store.migrate()
    store.close()
    return path


@pytest.fixture
def store(empty, tmp_path):
    store = SQLiteStore(shutil.copy(empty, tmp_path / "roster.db"))
    yield store
    store.close()


@pytest.fixture
def roster():
    return copy.deepcopy(ROSTER)
