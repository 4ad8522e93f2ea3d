"""The benchmark compares what answers alike: the bare app and Rollcall, for each workload."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.data import roster

ROOT = Path(__file__).parents[1]
ANSWERS = """
import asyncio, importlib, json, sys
import httpx2
from bench.data import SIGNER
from bench.instructions import requests
from bench.workloads import WORKLOADS

async def main() -> None:
    app = importlib.import_module(f"bench.{sys.argv[1]}").app
    cookies = {"session": SIGNER.cookie_value("123")}
    reached = {"transport": httpx2.ASGITransport(app), "base_url": "http://peer"}
    async with httpx2.AsyncClient(**reached, cookies=cookies) as http:
        for work in WORKLOADS:
            [(path, body)] = requests(work, 1)
            sent = {"headers": {"content-type": "application/json"}, "content": body}
            answer = await http.request(work.method, f"/rpc/{path}", **sent)
            print(json.dumps([work.name, answer.status_code, answer.json()]))

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bench") / "seed.db"
    run("from bench.data import seed, database; seed(database())", path)
    return path


def run(code: str, path: Path, *arguments: str) -> list[Any]:
    """What a program of the benchmark prints, in lines of JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        env=os.environ | {"BENCH_DB": str(path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def untimed(answer: Any) -> Any:
    """Without when, and as which record, something was inserted."""
    data = answer["result"]["data"] if isinstance(answer, dict) else None
    if not isinstance(data, dict):
        return answer
    return {name: data[name] for name in data if name not in ("id", "created_at", "updated_at")}


@pytest.mark.engine("sqlite")
def test_the_bare_app_and_rollcall_answer_each_workload_alike(seeded: Path, tmp_path: Path):
    bare, ours = (run(ANSWERS, copied(seeded, tmp_path / name), name) for name in ("raw", "ours"))
    assert [(name, status) for name, status, _ in ours] == [(f"W{n}", 200) for n in range(1, 8)]
    assert [(*about, untimed(answer)) for *about, answer in bare] == [
        (*about, untimed(answer)) for *about, answer in ours
    ]


def copied(seeded: Path, place: Path) -> Path:
    place.write_bytes(seeded.read_bytes())
    return place


REPLAYED = """
import asyncio, json
import httpx2
from bench import replay

async def main() -> None:
    await replay.ready()
    of_first, *of_others = [len(statements) for statements, _ in replay.enrolls]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(replay.app)) as http:
        wish = {"userId": "usr_0", "courseId": "crs_0"}
        answer = await http.post("http://peer/rpc/enrollment.enroll", json=wish)
    print(json.dumps([of_first, *set(of_others), answer.json()["result"]["data"]]))

asyncio.run(main())
"""
STORED = """
    select e.key, v.kind, v.enrollment_key, o.template
    from enrollment e, event v, outbox o where v.enrollment_id = e.id and o.event_id = v.id
"""


@pytest.mark.engine("sqlite")
def test_the_floor_of_an_enroll_stores_what_the_service_does_by_its_ten_statements(tmp_path: Path):
    (document := tmp_path / "roster.json").write_bytes(roster(384, 1))
    load = [sys.executable, "-m", "procedures", "load", str(document), "--database"]
    subprocess.run([*load, str(tmp_path / "served.db")], cwd=ROOT, check=True, capture_output=True)
    [[of_first, of_others, record]] = run(REPLAYED, tmp_path / "served.db")
    assert of_first > of_others == 10  # the first makes the section, and the terms it is in
    assert (record["userId"], record["status"]) == ("usr_0", "active")
    with closing(sqlite3.connect(tmp_path / "served.db")) as database:
        stored = database.execute(STORED).fetchall()
    assert stored == [(record["id"], "enrolled", record["id"], "welcome")]
