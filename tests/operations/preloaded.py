"""Libraries that come between a process and its disk or its clock, compiled when a test needs
them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def library(name: str, folder: Path) -> Path:
    """The library of that source beside this file, for LD_PRELOAD."""
    if shutil.which("gcc") is None:
        pytest.skip(f"there is no gcc to compile {name}.c, without which nothing can go wrong here")
    made = folder / f"{name}.so"
    source = Path(__file__).with_name(f"{name}.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
    return made
