"""The example front end as in production: built, and of one origin with the service."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from commands import free_port
from node import PATIENCE

ROOT = Path(__file__).parents[1]
WEB = ROOT / "examples" / "web"
VITE = WEB / "node_modules" / "vite" / "bin" / "vite.js"
# Whom `make demo` lets in by a click.
PEOPLE = json.dumps(runpy.run_path(str(ROOT / "examples" / "demo.py"))["people"]())


def build(into: Path, people: str = PEOPLE) -> None:
    """The pages; `people` are let in by a click, those of `make demo` where nobody is named."""
    command = ["node", VITE, "build", "--outDir", into, "--emptyOutDir", "--logLevel", "warn"]
    env = os.environ | {"VITE_DEMO_PEOPLE": people}
    done = subprocess.run(
        command, cwd=WEB, env=env, capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


@contextmanager
def served(folder: Path, service: str) -> Iterator[str]:
    """The built pages, with the calls passed on to the service. Yields their address."""
    port = free_port()
    place = ["--outDir", folder, "--host", "127.0.0.1", "--port", str(port), "--strictPort"]
    command = ["node", VITE, "preview", *place]
    env = os.environ | {"RPC_URL": service, "NO_COLOR": "1"}
    with subprocess.Popen(command, cwd=WEB, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = f"http://127.0.0.1:{port}"
            assert any(url in line for line in process.stdout)
            yield url
        finally:
            process.kill()
