"""What long work shows: a bar on a terminal, lines in a pipe, nothing where it is done at once."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from commands import ROLLCALL, environment, rollcall

from procedures.commands.progress import Lines

ROSTER = Path(__file__).parents[1] / "world.json"
HIDE_CURSOR = "\x1b[?25l"
COMMANDS = {
    "load": (
        ["load", str(ROSTER), "--database", "new.db"],
        ["hashing passwords", "loading entries"],
    ),
    "migrate": (["migrate", "--database", "new.db"], ["taking steps"]),
    "backup": (["backup", "new.db", "--database", "old.db"], ["copying pages"]),
    "copy": (["copy", "--from", "old.db", "--to", "new.db"], ["copying rows", "comparing rows"]),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert rollcall("load", ROSTER, "--database", "old.db").returncode == 0
    return tmp_path


def on_terminal(arguments: list[str]) -> tuple[int, str]:
    """The status of a command, and what it shows on the terminal that is its standard error."""
    outer, inner = pty.openpty()
    done = subprocess.run(
        [ROLLCALL, *arguments],
        stderr=inner,
        stdout=subprocess.DEVNULL,
        env=environment(),
        timeout=30,
    )
    os.close(inner)
    shown = b""
    with open(outer, "rb", buffering=0) as terminal:
        try:
            while part := terminal.read(4096):
                shown += part
        except OSError:  # so ends a terminal that nobody writes to any more
            pass
    return done.returncode, shown.decode().replace(HIDE_CURSOR, "")


@pytest.mark.parametrize("command", COMMANDS)
def test_on_a_terminal_the_progress_is_a_bar(folder: Path, command: str):
    arguments, bars = COMMANDS[command]
    status, shown = on_terminal(arguments)
    assert status == 0
    assert re.findall(r"([a-z ]+)  \[#+\]  100%", shown) == bars


def test_a_bar_ends_before_what_went_wrong_is_said(folder: Path):
    arguments, _ = COMMANDS["load"]
    assert rollcall(*arguments).returncode == 0
    status, shown = on_terminal(arguments)
    *_, bar, complaint = shown.strip().split("\n")
    assert (status, "loading entries" in bar) == (1, True)
    assert complaint.startswith("Error: orgs[0].key: ")


@pytest.mark.parametrize("command", COMMANDS)
def test_in_a_pipe_what_is_done_at_once_shows_nothing(folder: Path, command: str):
    done = rollcall(*COMMANDS[command][0])
    assert (done.returncode, done.stderr) == (0, "")


def test_in_a_pipe_there_is_a_line_every_five_seconds(capsys: pytest.CaptureFixture[str]):
    now = [0.0]
    lines = Lines(lambda: now[0])
    for done in range(0, 1001, 100):
        lines.tell("copying rows", done, 1000)
        now[0] += 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == [f"copying rows: {done} of 1000" for done in (300, 600, 900)]
