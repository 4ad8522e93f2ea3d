"""`make demo`, as somebody types it: both parts run, and both end, whoever ends them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import httpx2
import pytest
from commands import PATIENCE, Watched, environment, free_port
from node import installed

ROOT = Path(__file__).parents[2]
WEB = ROOT / "examples" / "web"


class Demo:
    """A running `make demo`, and every process it is made of."""

    def __init__(self, make: subprocess.Popen[str], processes: list[Watched], front: str) -> None:
        self.make = make
        self.processes = processes
        self.front = front

    def get(self, path: str) -> httpx2.Response:
        return httpx2.get(f"{self.front}{path}", verify=False, trust_env=False)

    def is_over(self) -> bool:
        """Whether every one of its processes ends."""
        return self.make.wait(PATIENCE) is not None and all(p.ends() for p in self.processes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like a checkout where everything is installed, with no data so far."""
    if not (shutil.which("make") and sys.platform == "linux"):
        pytest.skip("this needs make, and /proc to see what runs")
    installed(WEB)
    folder = tmp_path_factory.mktemp("checkout")
    (folder / ".venv").symlink_to(sys.prefix)
    for name in ("Makefile", "examples"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@contextmanager
def demonstrating(folder: Path) -> Iterator[Demo]:
    places = [f"BIND=127.0.0.1:{free_port()}", f"FRONT=127.0.0.1:{free_port()}"]
    # -o: what is installed now is what the target needs; nothing is installed again.
    command = ["make", "-o", ".venv/ready", "demo", *places]
    with (
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as make,
        ExitStack() as left,
    ):
        left.callback(make.kill)
        assert make.stdout is not None
        said = []
        for line in make.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                break
        else:
            pytest.fail("".join(said))
        processes = [left.enter_context(closing(Watched(pid))) for pid in family(make.pid)]
        for process in processes:
            left.callback(kill, process)
        [front] = re.findall(r"front end  (\S+)", "".join(said))
        yield Demo(make, processes, front)


def kill(process: Watched) -> None:
    with suppress(ProcessLookupError):
        process.send(signal.SIGKILL)


def family(pid: int) -> list[int]:
    """Its children, their children, and so on."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [one for child in map(int, children) for one in (child, *family(child))]


def test_one_command_runs_the_service_and_the_front_end(folder):
    with demonstrating(folder) as demo:
        assert '<div id="root">' in demo.get("/").text
        assert demo.get("/rpc/system.health").json() == {"result": {"data": {"status": "ok"}}}
        people = demo.get("/src/demo.ts").text
        assert "maya@hillview.example" in people


def close_the_terminal(demo: Demo) -> None:
    os.killpg(demo.make.pid, signal.SIGHUP)


def press_ctrl_c(demo: Demo) -> None:
    os.killpg(demo.make.pid, signal.SIGINT)


def end_make(demo: Demo) -> None:
    demo.make.terminate()


@pytest.mark.parametrize("end", [press_ctrl_c, close_the_terminal, end_make])
def test_however_it_is_ended_nothing_goes_on(folder, end):
    with demonstrating(folder) as demo:
        assert len(demo.processes) >= 3  # the script, the service, the front end
        end(demo)
        assert demo.is_over()
        with pytest.raises(httpx2.ConnectError):
            demo.get("/")


@pytest.mark.parametrize("part", ["procedures", "vite.js"])
def test_when_one_part_ends_the_other_does_too_and_make_says_so(folder, part):
    with demonstrating(folder) as demo:
        [process] = [p for p in demo.processes if part in command_of(p)]
        process.send(signal.SIGTERM)
        assert demo.is_over()
        assert demo.make.returncode != 0


def command_of(process: Watched) -> str:
    return " ".join(Path(f"/proc/{process.pid}/cmdline").read_text().split("\0")[:3])
