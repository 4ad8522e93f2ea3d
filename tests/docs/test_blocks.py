"""Every block of code in README and docs does what the page says: it is run, compiled or parsed."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import commands
import node
import pytest
from blocks import ROOT, Block, blocks_of, in_language, pages, router_for, said_after
from blocks import blocks as all_blocks
from click.testing import CliRunner
from shell import commands as shell_commands
from shell import complaint, parsed

from procedures import demo, router
from procedures.__main__ import main as rollcall
from rpc import generate

LANGUAGES = {"python", "ts", "sh", "json", "ini", "nginx", "caddyfile", "sql", "text"}
HOST = "http://127.0.0.1:8000"
NAMES = {"ids": str}


def test_every_block_is_in_a_language_that_is_checked():
    assert [str(block) for block in all_blocks() if block.language not in LANGUAGES] == []
    assert {block.language for block in all_blocks()} == LANGUAGES


def test_a_block_without_a_language_is_seen():
    [block] = blocks_of("page.md", "text\n\n```\nls\n```\n")
    assert (block.language in LANGUAGES, block.line) == (False, 3)


def test_a_block_knows_its_mark():
    [block] = blocks_of("page.md", "<!-- file: a.ts -->\n```ts\nlet a\n```\n")
    assert (block.mark, block.value, block.file, block.text) == ("file", "a.ts", "a.ts", "let a\n")


@pytest.fixture(scope="module")
def demo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Where the demo school answers, and a token of its admin."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    demo.prepare(path)
    with commands.serve(path) as serving:
        token = commands.output_of("token", "usr_grace", "--database", path).strip()
        yield serving.url.removesuffix("/rpc"), token


@pytest.fixture
def program(block: Block, tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, dict]:
    """A block as a file, and the environment it is to run in."""
    text, more = block.text, {}
    if block.mark == "with":
        url, more["ROLLCALL_TOKEN"] = request.getfixturevalue("demo_url")
        text = text.replace(HOST, url)
    path = tmp_path / block.file
    path.write_text(text, "utf-8")
    return path, os.environ | {"PYTHONPATH": str(ROOT)} | more


@pytest.mark.parametrize("block", in_language("python"), **NAMES)
def test_python_runs_and_prints_what_the_page_says(block: Block, program: tuple[Path, dict]):
    path, environment = program
    done = subprocess.run(
        [sys.executable, "-W", "error", path.name],
        cwd=path.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=commands.PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (said_after(block) or "")


def test_python_is_typed(tmp_path: Path):
    """By mypy's strict rules, all of it at once."""
    for block in in_language("python"):
        (tmp_path / f"{block.module}.py").write_text(block.text, "utf-8")
    assert commands.mypy(*sorted(tmp_path.iterdir())) == ("", "", 0)


def types_of(block: Block, folder: Path) -> str:
    """The AppRouter file that a block imports."""
    source = router_for(block)
    if source is None:
        return generate(router)
    (folder / "given.py").write_text(source.text, "utf-8")
    code = "from given import router; from rpc import generate; print(generate(router), end='')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("block", in_language("ts"), **NAMES)
def test_typescript_compiles_strictly(block: Block, tmp_path: Path, client_packages: Path):
    (tmp_path / "app-router.ts").write_text(types_of(block, tmp_path), "utf-8")
    (tmp_path / "main.ts").write_text(block.text, "utf-8")
    shutil.copy(client_packages / "tsconfig.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(client_packages / "node_modules")
    assert node.compiled(tmp_path, client_packages, tmp_path / "built") == ""


def test_typescript_that_is_wrong_is_seen(tmp_path: Path, client_packages: Path):
    wrong = "import type { AppRouter } from './app-router';\nexport const a: AppRouter = 1;\n"
    block = Block("docs/subscriptions.md", 9999, "ts", "types", "procedures", wrong)
    with pytest.raises(AssertionError, match="main"):
        test_typescript_compiles_strictly(block, tmp_path, client_packages)


@pytest.mark.parametrize("block", in_language("sh"), **NAMES)
def test_every_command_is_one_that_there_is(block: Block):
    said = [*shell_commands(block.text)]
    assert said != []
    assert [(words, wrong) for words in said if (wrong := complaint(words))] == []


@pytest.mark.parametrize(
    "line",
    [
        "rollcall enroll",
        "rollcall serve --prot 8000",
        "rollcall session",
        "make coffee",
        "pip install '.[tea]'",
        "pip install 'rollcall[client]'",
        "frobnicate --now",
        "cd x && rollcall tick --never",
    ],
)
def test_a_command_that_is_not_there_is_seen(line: str):
    assert any(complaint(words) for words in shell_commands(line))


@pytest.mark.parametrize("line", ["pip install .", "pip install '.[client,postgres]'"])
def test_a_checkout_can_be_installed_with_the_extras_that_it_has(line: str):
    [words] = shell_commands(line)
    assert complaint(words) is None


INSTALLS = {
    (str(page.relative_to(ROOT)), line)
    for page in pages()
    for line in re.findall(r"`(pip [^`]*)`", page.read_text("utf-8"))
}


@pytest.mark.parametrize(("page", "line"), sorted(INSTALLS))
def test_what_the_text_says_to_install_is_the_checkout(page: str, line: str):
    [words] = shell_commands(line)
    assert complaint(words) is None


INLINE = [
    (str(page.relative_to(ROOT)), name, rest)
    for page in pages()
    for name, rest in re.findall(r"`rollcall ([a-z]+)([^`]*)`", page.read_text("utf-8"))
]


@pytest.mark.parametrize(("page", "name", "rest"), sorted({*INLINE}))
def test_a_command_in_the_text_takes_the_options_it_is_said_to(page: str, name: str, rest: str):
    helped = CliRunner().invoke(rollcall, [name, "--help"])
    assert helped.exit_code == 0, helped.output
    assert set(re.findall(r"--[a-z]+", rest)) <= set(re.findall(r"--[a-z]+", helped.output))


@pytest.mark.parametrize("block", in_language("sql"), **NAMES)
def test_sql_is_read_by_a_test_of_its_own(block: Block):
    """Where it belongs to: beside the schema and the engines."""
    tests = (path.read_text("utf-8") for path in (ROOT / "tests" / "store").glob("test_*.py"))
    assert block.mark
    assert any(f"<!-- {block.mark} -->" in text for text in tests)


@pytest.mark.parametrize("block", in_language("json"), **NAMES)
def test_json_is_json(block: Block):
    assert json.loads(block.text)


@pytest.mark.parametrize("block", in_language("ini"), **NAMES)
def test_a_unit_starts_a_command_that_there_is(block: Block):
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(block.text)
    _, *arguments = unit["Service"]["ExecStart"].split()
    assert parsed(arguments) is None
    told = dict(pair.split("=", 1) for pair in unit["Service"]["Environment"].split())
    assert told.keys() <= settings()


def settings() -> set[str]:
    table = (ROOT / "docs" / "settings.md").read_text("utf-8")
    return set(re.findall(r"^\| `(ROLLCALL_\w+)`", table, re.M))


MENTIONED = re.compile(r"\bROLLCALL_[A-Z_]+\b")


def test_every_variable_that_is_mentioned_is_one_of_the_settings():
    mentioned = {name for page in pages() for name in MENTIONED.findall(page.read_text("utf-8"))}
    own = {"ROLLCALL_TOKEN"}  # of the examples, read by nobody else
    assert mentioned - own <= settings()


LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(#[^)\s]*)?\)")


def anchors(text: str) -> set[str]:
    """The places in a page that can be linked to, as code hosts name them."""
    heads = re.findall(r"^#+ (.*)$", text, re.M)
    return {"#" + re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path):
    for target, anchor in LINK.findall(page.read_text("utf-8")):
        path = page.parent / target if target else page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path.read_text("utf-8")), target + anchor


def test_the_reference_has_a_page_for_each_namespace_and_no_other():
    spaces = {name.partition(".")[0] for name in router}
    found = {path.stem for path in (ROOT / "docs" / "reference").glob("*.md")}
    assert found == spaces | {"types"}
