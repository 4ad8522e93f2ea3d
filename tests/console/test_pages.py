"""The console's pages: who gets them, what they may load, and what they are told."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from world import Person, World, serving

from procedures import router
from procedures.console.pages import PAGES, STATIC, viewer
from procedures.credentials import password_matches
from procedures.demo import prepare
from procedures.store import people

FILES = [f"/console/{file.name}" for file in STATIC.iterdir()]
DATA = ["/console/description.json", "/console/openapi.json"]
PEOPLE = "/console/people.json"
LOADED = re.compile(r"""(?:src|href)="([^"#]+)"|(?:from|import) '\./([^']+)'""")


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[World]:
    prepare(tmp_path / "demo.db")
    async with serving(tmp_path / "demo.db") as running:
        yield running


@pytest.mark.parametrize("path", [*PAGES, *FILES, *DATA, PEOPLE])
async def test_every_page_is_there_and_keeps_others_out(world: World, path: str):
    answer = await world.http.get(path)
    assert answer.status_code == 200
    rules = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} < {*rules}
    assert {"connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} < {*rules}
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "unsafe" not in str(rules)


@pytest.mark.parametrize("path", [*PAGES, *FILES])
async def test_what_a_page_loads_is_of_this_server(world: World, path: str):
    for link, module in LOADED.findall((await world.http.get(path)).text):
        target = link or f"/console/{module}"
        if target == "/console/app-router":  # in a text that is shown
            continue
        assert target.startswith("/")
        assert (await world.http.get(target)).status_code == 200, target


@pytest.mark.parametrize("name", PAGES.values())
def test_no_script_and_no_style_stands_in_a_page(name: str):
    """The policy would keep them from working."""
    text = (STATIC / name).read_text("utf-8")
    assert re.findall(r"<script(?! type=\"module\" src=)|<style|style=|\son\w+=", text) == []


async def test_a_page_is_sent_once_while_it_stays_the_same(world: World):
    tag = (await world.http.get("/")).headers["etag"]
    again = await world.http.get("/", headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")
    other = await world.http.get("/", headers={"if-none-match": '"else"'})
    assert (other.status_code, other.headers["etag"]) == (200, tag)


async def test_a_page_is_only_to_be_read(world: World):
    asked = await world.http.head("/")
    assert (asked.status_code, asked.content) == (200, b"")
    assert (await world.http.post("/")).status_code == 404


SHOWN = {
    ("development", None): True,
    ("staging", None): True,
    ("production", None): False,
    ("production", "on"): True,
    ("development", "off"): False,
}


@pytest.mark.parametrize(("environment", "console"), SHOWN)
async def test_production_shows_it_only_when_asked_to(database: str, environment, console):
    settings = {"environment": environment, "console": console}
    async with serving(database, **settings) as world:
        found = {path for path in [*PAGES, *FILES, *DATA] if await is_there(world, path)}
        assert found == ({*PAGES, *FILES, *DATA} if SHOWN[environment, console] else set())
        assert await is_there(world, PEOPLE) == (bool(found) and environment != "production")


async def is_there(world: World, path: str) -> bool:
    return (await world.http.get(path)).status_code == 200


async def test_the_description_has_every_procedure(world: World):
    told = (await world.http.get(DATA[0])).json()
    assert [each["name"] for each in told["procedures"]] == sorted(router)
    for each in told["procedures"]:
        steps = [step.function.__name__ for step in router[each["name"]].middlewares]
        assert [step["name"] for step in each["middleware"]] == steps
        assert {*each["reasons"]} <= told["reasons"].keys()
    assert told["reasons"]["already_enrolled"] == {"code": "CONFLICT", "status": 409}
    assert told["environment"] == "development"


async def test_who_can_be_played_can_sign_in(demo: World):
    cast = (await demo.http.get(PEOPLE)).json()
    assert {"name": "Grace Oduya", "roles": ["admin of org_hillview"]}.items() <= cast[0].items()
    for one in cast:
        account = demo.store.look(lambda tx, one=one: people.account_by_email(tx, one["email"]))
        assert password_matches(one["password"], account.password_hash)


async def test_a_database_without_the_demo_has_nobody_to_be_played(world: World, demo: World):
    assert (await world.http.get(PEOPLE)).json() == []
    demo.change("update account set email = 'other@hillview.example' where key = 'usr_grace'")
    names = [one["name"] for one in (await demo.http.get(PEOPLE)).json()]
    assert "Grace Oduya" not in names
    assert "Maya Ferreira" in names


async def test_a_call_never_meets_the_console(world: World, lou: Person):
    """So it adds nothing to what a call costs."""
    world.app._console = None  # type: ignore[assignment]  # whoever asks it anything fails
    await lou.call("enrollment.enroll", courseId="crs_open")
    assert (await world.http.get("/readyz")).status_code == 200
    assert (await world.http.get("/")).status_code == 500


async def test_the_viewer_comes_out_of_its_package(world: World):
    assert [file.name for file in viewer()] == ["swagger-ui-bundle.js", "swagger-ui.css"]
    for file in viewer():
        answer = await world.http.get(f"/console/viewer/{file.name}")
        assert answer.content == file.read_bytes()
    assert not list(STATIC.glob("*swagger*"))


async def test_without_the_package_there_is_no_viewer(database: str, monkeypatch):
    monkeypatch.setattr("procedures.console.pages.PACKAGE", "no_such_package")
    async with serving(database) as world:
        assert not await is_there(world, "/console/viewer/swagger-ui.css")
        assert await is_there(world, "/rest")
