"""The worlds of the REST surfaces, and people in them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from schoology_world import ROSTER, Client, client
from world import World, build, serving


@pytest.fixture
async def school(tmp_path: Path) -> AsyncIterator[World]:
    """The service with the roster of schoology.json."""
    path = tmp_path / "school.db"
    build(path, ROSTER)
    async with serving(path) as running:
        yield running


@pytest.fixture
def admin(school: World) -> Client:
    """An admin of the organization."""
    return client(school, "ada")


@pytest.fixture
def teacher(school: World) -> Client:
    """The teacher of Civics, number 45552."""
    return client(school, "mr")


@pytest.fixture
def student(school: World) -> Client:
    """A student of Civics, number 48289."""
    return client(school, "james")


@pytest.fixture
def newcomer(school: World) -> Client:
    """A learner without any enrollment, number 1003."""
    return client(school, "leo")
