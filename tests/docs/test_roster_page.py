"""The example in docs/roster.md is short, loads, and lets its person in."""

from __future__ import annotations

import json
from pathlib import Path

import commands
import httpx2
from blocks import in_language

from procedures.roster.document import ARRAYS


def test_the_example_loads_and_its_person_signs_in_by_the_password(tmp_path: Path):
    [block] = [block for block in in_language("json") if block.page == "docs/roster.md"]
    assert len(block.text.splitlines()) == 6
    roster, database = tmp_path / "roster.json", tmp_path / "school.db"
    roster.write_text(block.text, "utf-8")
    loaded = commands.output_of("load", roster, "--database", database)
    assert loaded.startswith("loaded orgs 1, schools 1, accounts 1, memberships 1, courses 1,")
    [account] = json.loads(block.text)["accounts"]
    given = {name: account[name] for name in ("email", "password")}
    with commands.serve(database) as serving:
        login = httpx2.post(f"{serving.url}/auth.login", json=given, trust_env=False)
        assert login.json()["result"]["data"]["userId"] == account["key"]
        wrong = given | {"password": "admin of oak"}
        refused = httpx2.post(f"{serving.url}/auth.login", json=wrong, trust_env=False)
        assert refused.status_code == 401


def test_the_demo_has_something_in_every_array():
    demo = json.loads((Path(commands.CONFIG).parent / "procedures" / "demo.json").read_bytes())
    assert {name for name, given in demo.items() if given} == {"format", *ARRAYS}
