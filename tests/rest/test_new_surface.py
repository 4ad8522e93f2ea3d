"""One more surface is one more file: that of docs/surfaces.md, added and called."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import campus_world
import pytest
from campus_world import Caller
from world import World, build, serving

import procedures.rest
from procedures.rest.openapi import describe
from procedures.rest.routing import surfaces

PAGE = Path(__file__).parents[2] / "docs" / "surfaces.md"
NAME = f"{procedures.rest.__name__}.headcount"


@pytest.fixture
async def wider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[World]:
    """The service with the page's file beside the other surfaces."""
    [code] = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.M)
    (tmp_path / "headcount.py").write_text(code)
    monkeypatch.setattr("procedures.rest.__path__", [*procedures.rest.__path__, str(tmp_path)])
    build(tmp_path / "campus.db", campus_world.ROSTER)
    async with serving(tmp_path / "campus.db") as running:
        yield running
    del sys.modules[NAME], procedures.rest.headcount


async def test_a_new_file_is_a_new_surface(wider: World):
    """Called, refused in its own words, and described; what was there goes on."""
    for user, students in (("usr_adm001", 2), ("usr_lrn001", 1)):
        me = campus_world.caller(wider, user)
        told = await me.told("/headcount/crs_abc123")
        assert told == {"course": "crs_abc123", "students": students}
    absent, unknown = await me.get("/headcount/crs_nowhere"), await me.get("/headcount/a/b")
    assert (absent.status_code, absent.json()) == (404, {"problem": "no such course"})
    assert (unknown.status_code, unknown.json()) == (404, {"problem": "no such path"})
    stranger = await Caller(wider.http, {}).get("/headcount/crs_abc123")
    assert (stranger.status_code, stranger.json()) == (401, {"problem": "sign in first"})
    described = describe("1")["paths"]["/headcount/{course}"]["get"]
    assert described["responses"].keys() >= {"200", "401", "403", "404", "500"}
    assert (await me.get("/api/enrollments")).status_code == 200


def test_without_the_file_there_is_no_such_surface():
    assert "headcount" not in surfaces()
