"""`rollcall types`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import click

from procedures import router
from procedures.commands.console import Failure, told
from rpc.typescript import generate


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it (default: to standard output).",
)
@click.option("--check", is_flag=True, help="Exit 1 unless the file is what would be written.")
@click.option("--watch", is_flag=True, help="Write the file anew whenever the code changes.")
def types(output: Path | None, check: bool, watch: bool) -> None:
    """Write the AppRouter file for TypeScript front ends."""
    if watch:
        if output is None or check:
            raise Failure("--watch goes with -o, and not with --check")
        keep_written(output)
        return
    if check and output is None:
        raise Failure("--check goes with -o: which file is to be looked at?")
    text = generate(router)
    if output is None:
        click.echo(text, nl=False)
    elif not check:
        with told("write", output):
            write_whole(output, text.encode())
    elif content_of(output) != text.encode():
        raise Failure(f"{output} is out of date: run `rollcall types -o {output}`")


def content_of(path: Path) -> bytes | None:
    """What is in a file; None where there is none."""
    with told("read", path), suppress(FileNotFoundError):
        return path.read_bytes()
    return None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file; it is the old one until it is the new one. Raises OSError."""
    if path.exists() and not path.is_file():  # as a pipe: it has no place that another can take
        path.write_bytes(content)
        return
    place = Path(os.path.realpath(path))
    draft = place.with_name(f"rollcall-{os.getpid()}.part")
    try:
        draft.write_bytes(content)
        if place.exists():
            place.open("r+b").close()  # refuses where one may not write
            shutil.copymode(place, draft)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


WATCH_INTERVAL = 0.5  # seconds between two looks at the code


def keep_written(output: Path) -> None:
    """Write the file now and after each change of the code, until interrupted.

    A new process reads the code each time: modules cannot be reloaded safely.
    """
    seen: dict[Path, int] = {}
    with suppress(KeyboardInterrupt):
        while True:
            if (now := code_times()) != seen:
                seen = now
                subprocess.run([sys.executable, "-m", "procedures", "types", "-o", str(output)])
            time.sleep(WATCH_INTERVAL)


def code_times() -> dict[Path, int]:
    folders = (Path(__file__).parents[1], Path(generate.__code__.co_filename).parent)
    return {path: path.stat().st_mtime_ns for f in folders for path in f.rglob("*.py")}
