"""The benchmark compares what answers alike: the bare app and Rollcall, for each workload."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

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
