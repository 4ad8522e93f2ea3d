"""What several test modules share: the Node packages, installed once; a world and its people."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from engines import ENGINES, NAMES, Engine, present
from extent import Extent
from hypothesis import settings
from node import installed
from world import Person, World, build, serving

CLIENT = Path(__file__).parent / "client"

settings.register_profile("thorough")  # more of the state machine: `make machine`


@pytest.fixture(scope="session")
def client_packages() -> Path:
    """tests/client with its packages installed: @trpc/client, @trpc/server, TypeScript."""
    return installed(CLIENT)


@pytest.fixture(scope="session")
def tanstack_packages() -> Path:
    """tests/client/tanstack with its packages installed: the older set that TanStack pins."""
    return installed(CLIENT / "tanstack")


def pytest_xdist_auto_num_workers() -> int:
    """Twice the cores: half of the time a test waits for processes that it has started."""
    return 2 * (os.cpu_count() or 1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=[*NAMES, "both"],
        help="run every test on this engine, or on both; else every test on SQLite, and on"
        " PostgreSQL each with the first of its parameters",
    )
    parser.addoption(
        "--thorough",
        action="store_true",
        help="kill as often as the goals ask for, and tell what came of it: `make crashes`",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without --engine, what only varies the parameters of a test runs on SQLite alone."""
    if config.getoption("engine") is not None:
        return
    seen: set[str] = set()
    kept, left = [], []
    for item in items:
        name = item.nodeid.partition("[")[0]
        is_more = engine_of(item) == "postgres" and name in seen
        (left if is_more else kept).append(item)
        if engine_of(item) == "postgres":
            seen.add(name)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def engine_of(item: pytest.Item) -> str | None:
    call = getattr(item, "callspec", None)
    return call.params.get("engine") if call else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that has a database runs on each engine, unless it is marked for one of them."""
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", engines_for(metafunc), indirect=True, scope="session")


def engines_for(metafunc: pytest.Metafunc) -> list[str]:
    asked = metafunc.config.getoption("engine") or "both"
    mark = metafunc.definition.get_closest_marker("engine")
    wanted = [name for name in NAMES if asked in (name, "both")]
    return [name for name in wanted if name in (mark.args if mark else present())]


@pytest.fixture(scope="session")
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """Where databases come from."""
    made = ENGINES[request.param](tmp_path_factory.mktemp(request.param))
    yield made
    made.close()


@pytest.fixture
def extent(request: pytest.FixtureRequest) -> Extent:
    """How much a test of crashes does."""
    return Extent(thorough=request.config.getoption("thorough"))


@pytest.fixture(scope="session")
def built_world(engine: Engine) -> str:
    """The roster of tests/world.json in a database. To be copied, never changed."""
    address = engine.new()
    build(address)
    return address


@pytest.fixture
def empty_database(engine: Engine) -> Iterator[str]:
    """A database with nothing in it, not even the schema."""
    address = engine.new()
    yield address
    engine.drop(address)


@pytest.fixture
def database(engine: Engine, built_world: str) -> Iterator[str]:
    """A copy of the world's database that the test may change."""
    address = engine.copy(built_world)
    yield address
    engine.drop(address)


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    """The service, answering on a socket."""
    async with serving(database) as running:
        yield running


@pytest.fixture
def ada(world: World) -> Person:
    """An admin of acme."""
    return world.person("usr_ada")


@pytest.fixture
def tom(world: World) -> Person:
    """A learner of acme who teaches the section sec_past."""
    return world.person("usr_tom")


@pytest.fixture
def lia(world: World) -> Person:
    """A learner of acme with records of every kind."""
    return world.person("usr_lia")


@pytest.fixture
def leo(world: World) -> Person:
    """A learner of acme."""
    return world.person("usr_leo")


@pytest.fixture
def lou(world: World) -> Person:
    """A learner of acme without any record."""
    return world.person("usr_lou")
