"""Calls that are taken out of the console as code do what they did there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from commands import output_of
from demonstrating import Demo
from node import compiled
from node import output_of as printed_by
from playwright.sync_api import Page, expect
from surfing import Visits

CLIENT = Path(__file__).parents[1] / "client"
AWKWARD = {"note": 'it\'s "hers"\\ $HOME `x` \n<b>', "list": [1, None, True, {"a-b": 0.5}]}
MAYAS = {"courseId": "crs_physics", "metadata": AWKWARD}
TWO = [{"courseId": "crs_algebra"}, {"courseId": "crs_none"}]
SURROUNDINGS = "declare const process: { env: { [name: string]: string | undefined } };\n"
TSCONFIG = {"extends": str(CLIENT / "tsconfig.json"), "include": ["*.ts"]}


@pytest.fixture
def token(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> str:
    """Maya's, where the code looks for it."""
    text = output_of("token", "usr_maya", "--database", demo.database).strip()
    monkeypatch.setenv("ROLLCALL_TOKEN", text)
    return text


def opened(visits: Visits, demo: Demo, procedure: str, given: Any = None) -> Page:
    page = visits.open(f"{demo.url}/#{procedure}")
    if given is not None:
        page.get_by_role("tab", name="JSON").click()
        page.get_by_label("Input as JSON").fill(json.dumps(given))
    return page


def batch(visits: Visits, demo: Demo) -> Page:
    page = opened(visits, demo, "course.get")
    for given in TWO:
        page.get_by_label("courseId").fill(given["courseId"])
        page.get_by_role("button", name="Add to batch").click()
    return page


def code(page: Page, language: str, place: str = ".caller") -> str:
    page.locator(place).get_by_role("tab", name=language).click()
    return page.locator(f"{place} .as-code code").inner_text()


def by_shell(text: str) -> Any:
    assert text.startswith("curl ")
    done = subprocess.run(["sh", "-c", text.replace("curl", "curl -s", 1)], **RUN)
    return json.loads(done.stdout)


def by_python(text: str, folder: Path) -> str:
    (folder / "call.py").write_text(text)
    return subprocess.run([sys.executable, folder / "call.py"], **RUN).stdout


RUN: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 30, "check": True}


def checked(text: str, folder: Path, packages: Path) -> str:
    """What the compiler says of a program; nothing, if all is well."""
    project = folder / "project"
    project.mkdir()
    shutil.copy(CLIENT / "app-router.ts", project)
    (project / "node_modules").symlink_to(packages / "node_modules")
    (project / "call.ts").write_text(text)
    (project / "surroundings.d.ts").write_text(SURROUNDINGS)
    (project / "tsconfig.json").write_text(json.dumps(TSCONFIG))
    return compiled(project, packages, folder / "built")


def by_node(folder: Path) -> str:
    return printed_by(folder / "built" / "call.js")


def test_curl_makes_the_same_call(visits: Visits, demo: Demo, token: str):
    text = code(opened(visits, demo, "enrollment.enroll", MAYAS), "curl")
    made = by_shell(text)["result"]["data"]
    assert (made["userId"], made["metadata"]) == ("usr_maya", AWKWARD)
    refused = by_shell(text)["error"]["data"]
    assert refused["reason"] == "already_enrolled"


def test_curl_makes_the_same_batch(visits: Visits, demo: Demo, token: str):
    found, missing = by_shell(code(batch(visits, demo), "curl", ".batch"))
    assert found["result"]["data"]["id"] == "crs_algebra"
    assert missing["error"]["data"]["code"] == "NOT_FOUND"


def test_python_makes_the_same_call(visits: Visits, demo: Demo, token: str, tmp_path: Path):
    text = code(opened(visits, demo, "enrollment.enroll", MAYAS), "Python")
    assert repr(AWKWARD) in by_python(text, tmp_path)


def test_python_makes_the_same_batch(visits: Visits, demo: Demo, token: str, tmp_path: Path):
    found, missing = by_python(code(batch(visits, demo), "Python", ".batch"), tmp_path).splitlines()
    assert "id='crs_algebra'" in found
    assert "no such course" in missing


def test_typescript_makes_the_same_call(
    visits: Visits, demo: Demo, token: str, tmp_path: Path, client_packages: Path
):
    text = code(opened(visits, demo, "enrollment.enroll", MAYAS), "TypeScript")
    assert checked(text, tmp_path, client_packages) == ""
    assert "courseId: 'crs_physics'" in by_node(tmp_path)


def test_typescript_makes_the_same_batch(
    visits: Visits, demo: Demo, token: str, tmp_path: Path, client_packages: Path
):
    text = code(batch(visits, demo), "TypeScript", ".batch").replace("crs_none", "crs_physics")
    assert checked(text, tmp_path, client_packages) == ""
    printed = by_node(tmp_path)
    assert "title: 'Algebra'" in printed
    assert "title: 'Physics'" in printed


def test_typescript_of_what_the_types_refuse_does_not_compile(
    visits: Visits, demo: Demo, tmp_path: Path, client_packages: Path
):
    text = code(opened(visits, demo, "enrollment.enroll", {"course": 1}), "TypeScript")
    assert "'course' does not exist" in checked(text, tmp_path, client_packages)


def test_a_subscription_compiles_and_listens(
    visits: Visits, demo: Demo, token: str, tmp_path: Path, client_packages: Path
):
    page = opened(visits, demo, "enrollment.onChange", {"lastEventId": 0})
    assert checked(code(page, "TypeScript"), tmp_path, client_packages) == ""
    listening = subprocess.Popen(
        ["sh", "-c", f"exec {code(page, 'curl').replace('curl', 'curl -s', 1)}"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert listening.stdout is not None
    try:
        assert listening.stdout.readline() == "event: connected\n"
    finally:
        listening.kill()
        listening.communicate()
    text = code(page, "Python").replace("print(event)", "print(event.id); break")
    assert by_python(text, tmp_path).strip().isdecimal()


def test_who_needs_no_token_is_shown_none(visits: Visits, demo: Demo, tmp_path: Path):
    page = opened(visits, demo, "system.info")
    for language in ("curl", "TypeScript", "Python"):
        assert "TOKEN" not in code(page, language)
    assert by_shell(code(page, "curl"))["result"]["data"]["environment"] == "development"
    assert "ROLLCALL_TOKEN" not in os.environ
    assert "development" in by_python(code(page, "Python"), tmp_path)


def test_a_text_is_put_on_the_clipboard(visits: Visits, demo: Demo):
    page = opened(visits, demo, "system.info")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    text = code(page, "curl")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == text
