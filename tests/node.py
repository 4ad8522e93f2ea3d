"""TypeScript as a front end has it: compiled by the real compiler, run by Node."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

PATIENCE = 60  # seconds
# Behind these Node 20 has what later versions have anyway.
FLAGS = ("--experimental-websocket", "--experimental-eventsource")


def installed(directory: Path) -> Path:
    """A folder with the packages of its lock file installed, once."""
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


def compiled(project: Path, packages: Path, into: Path) -> str:
    """What the compiler says about a project: nothing, if all is well. `into` can then be run."""
    into.mkdir(exist_ok=True)
    (into / "node_modules").symlink_to(packages / "node_modules")
    shutil.copy(packages / "package.json", into)
    tsc = packages / "node_modules" / ".bin" / "tsc"
    command = [tsc, "-p", project, "--noEmit", "false", "--outDir", into]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert bool(done.returncode) == bool(done.stdout), done.stderr
    return done.stdout


def output_of(script: Path, *arguments: str) -> str:
    """What a script that succeeds prints."""
    command = ["node", *flags(), script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


@cache
def flags() -> list[str]:
    known = subprocess.run(["node", "--help"], capture_output=True, text=True, check=True).stdout
    return [flag for flag in FLAGS if flag in known]
