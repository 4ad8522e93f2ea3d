"""The README is true and short: its code runs, its commands exist, its tables are the code's."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import generated
import httpx2
import node
import pytest
from click.testing import CliRunner
from commands import PATIENCE, environment, require

from procedures.__main__ import main as rollcall

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SCRIPTS = Path(sys.executable).parent


def block(language: str) -> str:
    """The README's one block of code in a language."""
    [text] = re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert isinstance(text, str)
    return text


def shell_environment() -> dict[str, str]:
    """Ours, in which the commands of this Python come first."""
    return environment() | {"PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}


@contextmanager
def running(command: str, folder: Path) -> Iterator[Iterator[str]]:
    """A shell command's lines while it runs in a folder. It ends with the block."""
    with subprocess.Popen(
        ["bash", "-c", command],
        cwd=folder,
        env=shell_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield iter(process.stdout)
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def output_of(command: str, folder: Path) -> str:
    """What a shell command that succeeds prints."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=shell_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def found(pattern: str, lines: Iterator[str]) -> str:
    """What the pattern's group matches in the first line that has it."""
    said = []
    for line in lines:
        if match := re.search(pattern, line):
            return match[1]
        said.append(line)
    raise AssertionError("".join(said))


@pytest.fixture(scope="module")
def greet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the README's Python as greet.py."""
    folder = tmp_path_factory.mktemp("greet")
    (folder / "greet.py").write_text(block("python"))
    return folder


@pytest.fixture(scope="module")
def url(greet: Path) -> Iterator[str]:
    """Where the README's server answers, started by the README's command."""
    [command] = re.findall(r"`(hypercorn greet:app)`", README)
    with running(f"{command} --bind 127.0.0.1:0", greet) as lines:
        yield found(r"Running on (http://127\.0\.0\.1:\d+)", lines)


def test_the_python_of_the_readme_serves(url):
    with httpx2.Client(base_url=url, verify=False, trust_env=False) as http:
        ask = {"params": {"input": '{"name":"world"}'}}
        answer = http.get("/trpc/greet", headers={"x-user": "ada"}, **ask)
        assert answer.json() == {"result": {"data": {"text": "hello world, says ada"}}}
        refused = http.get("/trpc/greet", **ask)
        assert (refused.status_code, refused.json()["error"]["message"]) == (401, "who are you?")


@pytest.mark.parametrize("page", ["README.md", "docs/from-node.md"])
def test_superjson_is_imported_and_put_in_as_the_pages_say(page):
    lines = (ROOT / page).read_text("utf-8").splitlines()
    [line] = [line for line in lines if "`from rpc import superjson`" in line]
    statement, expression = re.findall(r"`((?:from|Options)\b[^`]*)`", line)
    code = f"from rpc import Options\n{statement}\nprint({expression}.transformer.serialize(1))"
    assert output_of(f"python -c {shlex.quote(code)}", ROOT) == "{'json': 1}\n"


def test_the_typescript_of_the_readme_prints_the_greeting(greet, url, client_packages):
    text = block("ts")
    [generate] = re.findall(r"from './app-router'; // (python .*)", text)
    (greet / "app-router.ts").write_text(output_of(generate, greet))
    (greet / "main.ts").write_text(text.replace("http://127.0.0.1:8000", url))
    shutil.copy(client_packages / "tsconfig.json", greet)
    (greet / "node_modules").symlink_to(client_packages / "node_modules")
    assert node.compiled(greet, client_packages, greet / "built") == ""
    assert node.output_of(greet / "built" / "main.js") == "hello world, says ada\n"


def test_the_python_of_the_readme_is_short():
    lines = [line for line in block("python").splitlines() if line]
    assert len(lines) <= 25


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 175


COMMANDS = [
    (name, re.findall(r"--?[a-z]+", rest))
    for name, rest in re.findall(r"`rollcall ([a-z]+)([^`]*)`", README)
]


@pytest.mark.parametrize(("name", "options"), COMMANDS)
def test_a_command_takes_the_options_that_the_readme_names(name: str, options: list[str]):
    helped = CliRunner().invoke(rollcall, [name, "--help"])
    assert helped.exit_code == 0
    assert set(options) <= set(re.findall(r"--?[a-z]+", helped.output))


def test_every_command_is_in_the_readme():
    assert set(rollcall.commands) == {name for name, _ in COMMANDS}


def test_a_command_that_is_not_there_is_refused():
    assert CliRunner().invoke(rollcall, ["enroll", "--help"]).exit_code == 2


def test_make_has_the_targets_of_the_readme():
    require("make")
    targets = set(re.findall(r"^    make ([a-z]+) ", README, re.MULTILINE))
    assert targets == {"demo", "serve", "test"}
    listed = {line.split()[0] for line in output_of("make help", ROOT).splitlines()}
    assert targets < listed


def test_the_generated_files_are_those_of_the_code():
    assert output_of("python -m tests.generated --check", ROOT) == "generated files: up to date\n"


GENERATED = ["docs/reference.md", "tests/client/app-router.ts"]


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_file_that_differs_is_named_and_can_be_written(name, tmp_path, monkeypatch):
    for path, _ in generated.made(ROOT):
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    monkeypatch.setattr(generated, "ROOT", tmp_path)
    stale = tmp_path / name
    stale.write_text(stale.read_text("utf-8").replace("Sign in by e-mail", "Sign in by name"))
    monkeypatch.setattr(sys, "argv", ["generated", "--check"])
    with pytest.raises(SystemExit, match=re.escape(f"out of date: {name} (")):
        generated.main()
    monkeypatch.setattr(sys, "argv", ["generated"])
    generated.main()
    assert stale.read_bytes() == (ROOT / name).read_bytes()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str]]]:
    """`make serve` in a folder of its own: the folder, and the calls that it prints."""
    require("make", "curl")
    folder = tmp_path_factory.mktemp("demo")
    (folder / ".venv").symlink_to(sys.prefix)
    # -o: what is installed now is what the target needs; nothing is installed again.
    make = f"make -f {shlex.quote(str(ROOT / 'Makefile'))} -o .venv/ready serve BIND=127.0.0.1:0"
    with running(make, folder) as lines:
        said = []
        url = found(r"^rollcall serves var/demo\.db on (http://.*)/rpc$", kept(lines, said))
        printed = "".join(said).replace("\\\n", " ").replace("http://127.0.0.1:0", url)
        yield folder, re.findall(r"^  (curl .*)$", printed, re.MULTILINE)


def kept(lines: Iterator[str], said: list[str]) -> Iterator[str]:
    for line in lines:
        said.append(line)
        yield line


def test_the_calls_that_make_serve_prints_work_when_pasted(served):
    folder, calls = served
    answers = [output_of(f"{call} -w '\\n%{{http_code}}'", folder).splitlines() for call in calls]
    assert [status for _, status in answers] == ["200"] * 4
    me, enrolled, listed, left = (json.loads(body)["result"]["data"] for body, _ in answers)
    assert (me["userId"], me["orgId"]) == ("usr_maya", "org_hillview")
    assert (enrolled["courseId"], enrolled["status"]) == ("crs_physics", "active")
    assert listed == {"items": [enrolled], "total": 1, "nextCursor": None}
    assert (left["id"], left["version"]) == (enrolled["id"], 2)


def test_the_calls_need_the_cookie_of_the_first(served):
    folder, [_, enroll, *_] = served
    answer = output_of(enroll.replace("-b var/cookies", ""), folder)
    assert json.loads(answer)["error"]["data"]["code"] == "UNAUTHORIZED"
