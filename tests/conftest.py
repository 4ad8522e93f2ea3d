"""What several test modules share: the Node packages, installed once."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

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
