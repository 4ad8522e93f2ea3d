"""The project as it is handed on: what is built, what is committed, what is pinned."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from zipfile import ZipFile

import pytest
from commands import environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name as canonical
from packaging.version import Version
from test_floors import EVERYWHERE, MODULES, libraries

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKED = [
    Requirement(line)
    for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
LOCK = {canonical(r.name): Version(str(r.specifier).removeprefix("==")) for r in LOCKED}
# Older ones have holes that anybody on the network can use.
FLOORS = {"starlette": "1.0.1", "h11": "0.16", "h2": "4.4.1", "python-multipart": "0.0.27"}


def run(*command: str | Path, cwd: Path = ROOT, **env: str) -> str:
    """What a command that succeeds prints."""
    done = subprocess.run(
        command, cwd=cwd, env=environment() | env, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def tracked() -> list[str]:
    """The files that are committed or about to be."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout: nobody knows which files are committed")
    # Who runs the tests need not own the checkout.
    return run("git", "-c", "safe.directory=*", "ls-files", "-z").split("\0")[:-1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source archive, as `pip` would have them made."""
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder)
    return folder


def wheel_in(folder: Path) -> ZipFile:
    [path] = folder.glob("*.whl")
    return ZipFile(path)


def test_the_wheel_has_every_file_of_the_packages_and_the_schema(built):
    with wheel_in(built) as wheel:
        names = {n for n in wheel.namelist() if ".dist-info/" not in n}
        schema = wheel.read("procedures/store/schema.sql")
    ours = {n for n in tracked() if n.startswith(("rpc/", "procedures/"))}
    assert {n.partition("/")[0] for n in names} == {"rpc", "procedures"}
    assert names >= ours | {"procedures/store/schema.sql", "procedures/demo.json"}
    assert schema == (ROOT / "schema.sql").read_bytes()


CONSOLE = 300_000  # bytes the console may add to the wheel


def test_the_console_adds_little_to_the_wheel(built):
    with wheel_in(built) as wheel:
        ours = [i for i in wheel.infolist() if i.filename.startswith("procedures/console/")]
    assert {"console.html", "console.js"} < {Path(i.filename).name for i in ours}
    assert sum(i.file_size for i in ours) < CONSOLE


def test_the_wheel_says_that_it_is_typed(built):
    """Without `py.typed` a type checker of those who install it takes all of it for anything."""
    with wheel_in(built) as wheel:
        assert {"rpc/py.typed", "procedures/py.typed"} <= {*wheel.namelist()}


def test_the_wheel_works_away_from_the_checkout(built, tmp_path):
    site = tmp_path / "site"
    with wheel_in(built) as wheel:
        wheel.extractall(site)
    demo = [sys.executable, "-m", "procedures.demo", "var/demo.db", "http://host"]
    assert "courses 11" in run(*demo, cwd=tmp_path, PYTHONPATH=str(site))
    (site / "procedures/store/schema.sql").unlink()
    with pytest.raises(AssertionError, match="StopIteration"):
        run(*demo, cwd=tmp_path, PYTHONPATH=str(site))


def test_a_wheel_made_from_the_source_archive_is_the_same(built, tmp_path):
    [path] = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        archive.extractall(tmp_path, filter="data")
    [source] = tmp_path.iterdir()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=source)
    with wheel_in(built) as one, wheel_in(tmp_path) as other:
        assert {i.filename: i.CRC for i in one.infolist()} == {
            i.filename: i.CRC for i in other.infolist()
        }


def test_no_two_modules_of_the_tests_have_one_name():
    """Without packages pytest knows a module by its file's name alone, and collects no second."""
    paths = [Path(name) for name in tracked() if name.startswith("tests/")]
    names = Counter(path.name for path in paths if path.suffix == ".py")
    own = {"conftest.py", "__main__.py"}
    assert {name for name, count in names.items() if count > 1} <= own


# In parts, as this file is looked at too.
REGISTRIES = [
    ("npm" + "js", "org"),
    ("npm" + "js", "com"),
    ("npm" + "mirror", "com"),
    ("yarn" + "pkg", "com"),
    ("npm.pkg" + ".github", "com"),
    ("py" + "pi", "org"),
    ("python" + "hosted", "org"),
    ("js" + "r", "io"),
    ("crates" + ".", "io"),
    ("artifact" + "ory", ""),
]
HOSTS = "|".join(re.escape(".".join(part for part in host if part)) for host in REGISTRIES)
TOPS = "|".join(("home", "Users", "root", "work", "mnt", "private", "var/folders"))
FORBIDDEN = {
    "a registry's host": re.compile(rf"\b({HOSTS})\b", re.IGNORECASE),
    "a path of a machine": re.compile(rf"(?<![\w.:/-])(/({TOPS})/[\w.]|[A-Za-z]:\\Users\\)"),
}


def told_too_much(text: str) -> Iterator[str]:
    for what, pattern in FORBIDDEN.items():
        yield from (f"{what}: {match[0]}" for match in pattern.finditer(text))


def test_no_committed_file_names_a_registry_or_a_path_of_a_machine():
    names = tracked()
    assert {"requirements.lock", "tests/client/package-lock.json"} < set(names)
    texts = {name: (ROOT / name).read_text("utf-8") for name in names if (ROOT / name).exists()}
    found = {name: list(told_too_much(text)) for name, text in texts.items()}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    ("text", "is_refused"),
    [
        ('"resolved": "https://registry.npmjs' + '.org/x"', True),
        ("--index-url https://py" + "pi.org/simple", True),
        ("cd /ho" + "me/ada/rollcall", True),
        ('"C:\\Us' + 'ers\\ada"', True),
        ("https://trpc.io/work/home/x", False),
        ("#!/usr/bin/env bash", False),
        ("import './app-router'", False),
    ],
)
def test_what_is_told_too_much_is_seen(text: str, is_refused: bool):
    assert bool(list(told_too_much(text))) == is_refused


def declared() -> list[Requirement]:
    """What pyproject.toml asks for, to run, with extras, to test and to build."""
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    lists = [project["dependencies"], PROJECT["build-system"]["requires"]]
    lists += [*project["optional-dependencies"].values(), *groups.values()]
    return [Requirement(line) for lines in lists for line in lines]


def is_locked(wanted: Requirement) -> bool:
    version = LOCK.get(canonical(wanted.name))
    return version is not None and version in wanted.specifier


def needed(wanted: Requirement) -> Iterator[Requirement]:
    """What an installed distribution needs on this machine, with the extras asked for."""
    for line in requires(wanted.name) or ():
        next_one = Requirement(line)
        extras = wanted.extras or {""}
        if next_one.marker is None or any(next_one.marker.evaluate({"extra": e}) for e in extras):
            yield next_one


def applies(wanted: Requirement) -> bool:
    return wanted.marker is None or wanted.marker.evaluate()


PIP = "pip"  # comes with every environment; sqlite-utils asks for it


def test_the_lock_has_what_is_declared_and_all_that_it_needs():
    waiting, seen = [wanted for wanted in declared() if applies(wanted)], {PIP}
    missing = []
    while waiting:
        wanted = waiting.pop()
        if str(wanted) not in seen:
            seen.add(str(wanted))
            missing += [] if is_locked(wanted) else [str(wanted)]
            waiting += needed(wanted)
    assert missing == []


def test_what_one_system_asks_for_is_locked_for_that_system_only():
    """Where there is no wheel of it, installing it would fail."""
    asked = {canonical(w.name): str(w.marker) for w in declared() if w.marker}
    locked = {canonical(w.name): str(w.marker) for w in LOCKED if w.marker}
    assert asked == locked


def test_every_library_that_is_imported_is_declared():
    names = packages_distributions()
    project = PROJECT["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    known = {canonical(Requirement(line).name) for lines in lists for line in lines}
    imported = EVERYWHERE.union(*(libraries(tree) for tree in MODULES.values()))
    # A module may have several distributions, as the namespace of OpenTelemetry has.
    assert [m for m in imported if not known & {canonical(name) for name in names[m]}] == []


@pytest.mark.parametrize(("name", "floor"), FLOORS.items())
def test_a_library_with_a_known_hole_is_asked_for_in_its_mended_version(name: str, floor: str):
    [wanted] = [w for w in declared() if canonical(w.name) == name]
    [bound] = wanted.specifier
    assert (bound.operator, Version(bound.version) >= Version(floor)) == (">=", True)
    assert LOCK[canonical(name)] >= Version(floor)


def test_dependencies_have_a_lower_bound_and_no_other():
    operators = {w.name: {s.operator for s in w.specifier} for w in declared()}
    operators.pop("hatchling")
    assert set().union(*operators.values()) == {">="}
    assert [name for name, found in operators.items() if not found] == []
