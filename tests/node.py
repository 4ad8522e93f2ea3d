"""TypeScript as a front end has it: compiled by the real compiler, run by Node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PATIENCE = 60  # seconds


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
    # Node 20 has the WebSocket of later versions behind this flag.
    command = ["node", "--experimental-websocket", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout
