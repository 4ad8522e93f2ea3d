"""The tutorial, step by step: what it says to type is typed, and gives what it says it gives.

Packages are those that other tests have installed: nothing is fetched here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import commands
import httpx2
import pytest
from blocks import ROOT, Block, blocks

from procedures import demo

HOST = "http://127.0.0.1:8000"
STEPS = [block for block in blocks() if block.page == "docs/tutorial.md"]


def step(language: str, mark: str = "", value: str = "") -> Block:
    found = [b for b in STEPS if (b.language, b.mark, b.value) == (language, mark, value)]
    assert len(found) == 1 or not mark
    return found[0]


def shell(words: str) -> list[str]:
    """The lines of the page's commands that begin like this."""
    lines = [line for block in STEPS if block.language == "sh" for line in block.text.splitlines()]
    found = [line for line in lines if line.startswith(words)]
    assert found
    return found


def run(command: str, folder: Path) -> str:
    """What a command that succeeds prints, with this Python's commands first."""
    paths = [str(Path(sys.executable).parent), os.environ["PATH"]]
    more = {"PATH": os.pathsep.join(paths), "PYTHONPATH": str(ROOT)}
    environment = os.environ | more
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    demo.prepare(path)
    with commands.serve(path) as serving:
        yield serving.url.removesuffix("/rpc")


@pytest.fixture
def front(tmp_path: Path, client_packages: Path) -> Path:
    """The front end's folder, with the packages that the page has installed."""
    shutil.copy(client_packages / "package.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(client_packages / "node_modules")
    return tmp_path


def test_the_front_end_of_the_tutorial_prints_what_it_says(front: Path, url: str):
    [types] = shell(".venv/bin/rollcall types")
    run(types.replace(".venv/bin/", "").replace("var/front/", ""), front)
    (front / "main.ts").write_text(step("ts", "file", "main.ts").text.replace(HOST, url), "utf-8")
    compile_it, start = [*shell("npx tsc"), *shell("node ")]
    run(compile_it, front)
    assert run(start, front) == step("text").text


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("{ courseId }", "{ courseID: courseId }"), ("'full'", "'is_full'"), ("me.userId", "me.id")],
)
def test_what_the_tutorial_calls_wrong_does_not_compile(front: Path, right: str, wrong: str):
    [types] = shell(".venv/bin/rollcall types")
    run(types.replace(".venv/bin/", "").replace("var/front/", ""), front)
    text = step("ts", "file", "main.ts").text
    assert right in text
    (front / "main.ts").write_text(text.replace(right, wrong), "utf-8")
    [compile_it] = shell("npx tsc")
    with pytest.raises(AssertionError, match=r"main\.ts.* error TS"):
        run(compile_it, front)


def test_the_procedure_of_the_tutorial_is_typed_and_served(front: Path):
    (front / "hello.py").write_text(step("python", "file", "hello.py").text, "utf-8")
    [generate] = shell("python -c")
    run(generate, front)
    assert "text: string;" in (front / "app-router.ts").read_text("utf-8")
    [serve] = shell("hypercorn")
    command = serve.replace("127.0.0.1:8001", "127.0.0.1:0").split()
    command[0] = str(Path(sys.executable).parent / command[0])
    with subprocess.Popen(command, cwd=front, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            line = next(line for line in process.stderr if "Running on" in line)
            place = line.split("Running on ")[1].split(" ")[0]
            answer = httpx2.get(f"{place}/trpc/hello", params={"input": '{"name":"Ada"}'})
            assert answer.json()["result"]["data"] == {"text": "hello Ada"}
        finally:
            process.terminate()


def test_node_is_asked_for_in_the_version_that_make_names():
    texts = [(ROOT / name).read_text("utf-8") for name in ("Makefile", "docs/tutorial.md")]
    named, asked = (re.findall(r"Node\.js ([0-9.]+) or newer", text) for text in texts)
    assert named != [] and asked == named
