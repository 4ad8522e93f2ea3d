"""docs/options.md tells of every option that there is, and of no other."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

import httpx2
from test_guides import example, served

from rpc.options import KeepAlive, Options
from tests.options_reference import TOLD


def test_every_option_is_told_of_and_no_other():
    defaults = Options()
    values = [getattr(defaults, field.name) for field in fields(Options)]
    parts = {type(value) for value in values if is_dataclass(value)}
    assert TOLD.keys() == {Options, KeepAlive, *parts}
    for kind, told in TOLD.items():
        assert told.keys() == {field.name for field in fields(kind)}


async def test_the_example_takes_a_form_and_bytes():
    _, upload = example("upload.py")
    async with served(upload.app) as http:
        parts = {"title": (None, "Essay"), "work": ("essay.txt", b"words", "text/plain")}
        form = await http.post("/trpc/upload", files=parts)
        received = {"texts": {"title": "Essay"}, "files": {"essay.txt": 5}}
        assert form.json() == {"result": {"data": received}}
        kind = {"content-type": "application/octet-stream"}
        measured = await http.post("/trpc/measure", content=b"12345", headers=kind)
        assert measured.json() == {"result": {"data": 5}}
        refused: httpx2.Response = await http.post("/trpc/upload", json={})
        assert refused.status_code == 400
