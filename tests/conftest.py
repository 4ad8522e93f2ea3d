"""What several test modules share: the Node packages, installed once; a world and its people."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from world import Person, World, build, serving

CLIENT = Path(__file__).parent / "client"


@pytest.fixture(scope="session")
def client_packages() -> Path:
    """tests/client with its packages installed: @trpc/client, @trpc/server, TypeScript."""
    return installed(CLIENT)


@pytest.fixture(scope="session")
def tanstack_packages() -> Path:
    """tests/client/tanstack with its packages installed: the older set that TanStack pins."""
    return installed(CLIENT / "tanstack")


def installed(directory: Path) -> Path:
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("Node.js and npm are not here: nothing runs or checks TypeScript")
    lock = directory / "package-lock.json"
    with lock.open() as held:
        # Two test runs in one checkout must not install over each other.
        fcntl.flock(held, fcntl.LOCK_EX)
        if not is_current(directory / "node_modules" / ".package-lock.json", lock):
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=directory, check=True)
    return directory


def is_current(record: Path, lock: Path) -> bool:
    return record.exists() and record.stat().st_mtime >= lock.stat().st_mtime


@pytest.fixture(scope="session")
def world_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The roster of tests/world.json in a database file. To be copied, never changed."""
    path = tmp_path_factory.mktemp("world") / "world.db"
    build(path)
    return path


@pytest.fixture
def database(world_file: Path, tmp_path: Path) -> Path:
    """A copy of the world's file that the test may change."""
    return Path(shutil.copy(world_file, tmp_path / "world.db"))


@pytest.fixture
async def world(database: Path) -> AsyncIterator[World]:
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
