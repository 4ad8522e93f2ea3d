"""The example front end is strict TypeScript on generated types, and builds."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from example_site import WEB, build
from node import PATIENCE, installed

SOURCES = {path.name: path for path in (WEB / "src").iterdir()}
TYPESCRIPT = {n: p for n, p in SOURCES.items() if n.endswith((".ts", ".tsx"))}

FORCED = re.compile(r"\bas (any|unknown|never|[A-Z]\w*)\b|: any\b|@ts-")


@pytest.fixture(scope="module")
def packages() -> Path:
    return installed(WEB)


def complaints(project: Path) -> list[str]:
    """What the compiler finds wrong."""
    tsc = WEB / "node_modules" / ".bin" / "tsc"
    done = subprocess.run(
        [tsc, "--pretty", "false"], cwd=project, capture_output=True, text=True, timeout=PATIENCE
    )
    return [line for line in done.stdout.splitlines() if " error TS" in line]


@pytest.fixture
def project(packages: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    for name in ("src", "tsconfig.json", "vite.config.ts"):
        take = shutil.copytree if (WEB / name).is_dir() else shutil.copy
        take(WEB / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(packages / "node_modules")
    return tmp_path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


def test_it_compiles_as_strictly_as_can_be(project: Path):
    options = json.loads((WEB / "tsconfig.json").read_text("utf-8"))["compilerOptions"]
    assert {"strict", "noUncheckedIndexedAccess", "exactOptionalPropertyTypes"} <= options.keys()
    assert complaints(project) == []


MISTAKES = [
    ("refusals.ts", "  full: '", "  fully: '", "'fully' does not exist"),
    ("words.ts", "  waitlisted: 'Waiting for a seat',\n", "", "'waitlisted' is missing"),
    ("words.ts", "  promoted: 'got a seat',\n", "", "'promoted' is missing"),
    ("CourseCard.tsx", "{ courseId: course.id }", "{ course: course.id }", "'course' does not"),
    ("Roster.tsx", "status: 'active'", "status: 'activ'", "'\"activ\"' is not assignable"),
    ("records.ts", "page?.items", "page?.records", "'records' does not exist"),
]


def test_what_the_service_does_not_know_does_not_compile(project: Path):
    for name, old, new, _ in MISTAKES:
        change(project / "src" / name, old, new)
    found = complaints(project)
    for name, _, _, told in MISTAKES:
        assert any(told in line and line.startswith(f"src/{name}(") for line in found), found


def test_a_reason_that_the_service_learns_needs_words(project: Path):
    router = project / "src" / "app-router.ts"
    text = router.read_text("utf-8")
    router.write_text(text.replace("'full' | ", "'full' | 'too_late' | "), "utf-8")
    assert any("'too_late' is missing" in line for line in complaints(project))


@pytest.mark.parametrize("name", sorted(TYPESCRIPT.keys() - {"app-router.ts"}))
def test_no_type_is_forced(name: str):
    assert FORCED.findall(TYPESCRIPT[name].read_text("utf-8")) == []


def test_it_builds_with_the_people_of_the_demo_only_if_asked(packages: Path, tmp_path: Path):
    build(tmp_path / "with")
    build(tmp_path / "without", people="[]")
    told = ["learner of hillview" in everything(tmp_path / name) for name in ("with", "without")]
    assert told == [True, False]


def everything(folder: Path) -> str:
    return "".join(p.read_text("utf-8") for p in folder.rglob("*") if p.is_file())


def test_every_package_is_pinned_and_the_lock_agrees():
    given = json.loads((WEB / "package.json").read_text("utf-8"))
    lock = json.loads((WEB / "package-lock.json").read_text("utf-8"))["packages"]
    for group in ("dependencies", "devDependencies"):
        assert given[group] == lock[""][group]
        assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in given[group].values())
    others = [about for name, about in lock.items() if name]
    assert not [about for about in others if "resolved" in about or "integrity" not in about]
