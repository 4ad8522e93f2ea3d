"""The real `rollcall` command, run to its end or serving beside the test; mypy."""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

ROLLCALL = Path(sysconfig.get_path("scripts")) / "rollcall"
CONFIG = Path(__file__).parents[1] / "pyproject.toml"
PATIENCE = 30  # seconds until a process that does not do what it should is a failure


def environment(**settings: str) -> dict[str, str]:
    """The environment without settings of ours, but for the given ones."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROLLCALL_")}
    return kept | {f"ROLLCALL_{name.upper()}": value for name, value in settings.items()}


def rollcall(*arguments: Any, **settings: str) -> subprocess.CompletedProcess[str]:
    """The command, run to its end."""
    command = [str(part) for part in (ROLLCALL, *arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, env=environment(**settings)
    )


def output_of(*arguments: Any, **settings: str) -> str:
    """What a command that succeeds prints."""
    done = rollcall(*arguments, **settings)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def complaint_of(*arguments: Any, **settings: str) -> str:
    """The one line a command that fails prints, without its `Error: `."""
    done = rollcall(*arguments, **settings)
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


def require(*tools: str) -> None:
    """Skip the test where these programs are not installed."""
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not here")


def mypy(*paths: Path) -> tuple[str, str, int]:
    """What mypy says of files by the project's rules and complains of itself; its exit status.

    A process of its own: mypy raises the recursion limit of the one it runs in, for good.
    """
    command = [sys.executable, "-m", "mypy", "--config-file", str(CONFIG), "--no-error-summary"]
    done = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True)
    return done.stdout, done.stderr, done.returncode


def free_port() -> int:
    """A port of this machine that nobody listens on, nor gets who asks for any: between the end of
    a service and its next beginning another one's clients would be answered there."""
    while True:
        port = random.randrange(20_000, 32_768)
        with suppress(OSError), closing(socket.create_server(("127.0.0.1", port))):
            return port


class Watched:
    """A process, ours or a child of ours, whose end can be waited for."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._file = os.pidfd_open(pid)

    def send(self, sign: signal.Signals) -> None:
        signal.pidfd_send_signal(self._file, sign)

    def ends(self) -> bool:
        """Whether it ends in good time."""
        ended, _, _ = select.select([self._file], [], [], PATIENCE)
        return bool(ended)

    def close(self) -> None:
        os.close(self._file)


class Serving:
    """A running `rollcall serve`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.line = process.stdout.readline()
        self.url = self.line.strip().rpartition(" ")[2]

    @property
    def address(self) -> tuple[str, int]:
        url = httpx2.URL(self.url)
        return url.host, url.port or 0

    def health(self) -> int:
        """The status of the health check, over a connection of its own."""
        url = f"{self.url}/system.health"
        return httpx2.get(url, verify=False, trust_env=False, timeout=PATIENCE).status_code

    def workers(self) -> set[int]:
        """The processes it has started and not lost."""
        pid = self.process.pid
        return {int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Ask it to end; its exit status and what it wrote to standard error."""
        self.process.send_signal(sign)
        return self.end()

    def end(self) -> tuple[int, str]:
        """Wait for its end; its exit status and what it wrote to standard error."""
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


@contextmanager
def serve(database: Any, *arguments: str, **settings: str) -> Iterator[Serving]:
    """`rollcall serve` on a free port, killed at the end if it still runs. Sockets that an argument
    names like fd://3 are left to it."""
    place = ("--bind", "127.0.0.1:0", "--database", str(database))
    command = [str(ROLLCALL), "serve", *place, *arguments]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[int(a[5:]) for a in arguments if a.startswith("fd://")],
        env=environment(**{"secret_keys": "k", **settings}),
    ) as process:
        try:
            yield Serving(process)
        finally:
            process.kill()
            process.communicate()
