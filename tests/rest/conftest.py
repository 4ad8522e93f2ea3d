"""The worlds of the REST surfaces, and people in them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import campus_world
import pytest
from campus_world import Caller
from engines import Engine
from schoology_world import ROSTER, Client, client
from world import World, build, serving


@pytest.fixture(scope="session")
def built_school(engine: Engine) -> str:
    """The roster of schoology.json in a database. To be copied, never changed."""
    address = engine.new()
    build(address, ROSTER)
    return address


@pytest.fixture
async def school(engine: Engine, built_school: str) -> AsyncIterator[World]:
    """The service with the roster of schoology.json."""
    address = engine.copy(built_school)
    async with serving(address) as running:
        yield running
    engine.drop(address)


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


@pytest.fixture(scope="session")
def built_campus(engine: Engine) -> str:
    """The roster of campus.json in a database. To be copied, never changed."""
    address = engine.new()
    build(address, campus_world.ROSTER)
    return address


@pytest.fixture
async def campus(engine: Engine, built_campus: str) -> AsyncIterator[World]:
    """The service with the roster of campus.json."""
    address = engine.copy(built_campus)
    async with serving(address) as running:
        yield running
    engine.drop(address)


@pytest.fixture
def adm(campus: World) -> Caller:
    """An admin of acme."""
    return campus_world.caller(campus, "usr_adm001")


@pytest.fixture
def tch(campus: World) -> Caller:
    """An instructor of acme, teacher of sec_abc."""
    return campus_world.caller(campus, "usr_tch001")


@pytest.fixture
def lrn1(campus: World) -> Caller:
    """A learner with records of every kind."""
    return campus_world.caller(campus, "usr_lrn001")


@pytest.fixture
def lrn2(campus: World) -> Caller:
    """A learner who is called SIS-2 by the roster, with a completed record."""
    return campus_world.caller(campus, "usr_lrn002")


@pytest.fixture
def nobody(campus: World) -> Caller:
    """Somebody without credentials."""
    return Caller(campus.http, {})
