"""What the dispatcher itself costs a request: how often Python calls something on its way, how much
memory it holds at once, and how many instructions it takes where `perf` counts them.

Nothing is timed: every run gives the same numbers. What whole requests take is measured by
`python -m bench.instructions`.
"""

import gc
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from cost_driver import ONE, REQUESTS, batch, endpoint, run, scope

from rpc import Endpoint, Options
from rpc.wire import KEPT_PLANS, LONGEST_KEPT

FEW, MANY = 100, 1100  # requests of two processes; the difference is free of their starts


def calls(app: Endpoint, asked: dict[str, Any], body: bytes = b"") -> int:
    """How many functions are called, Python's own included, once plans are made."""
    run(app, asked, body)
    counted = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    gc.disable()  # what others left behind, and who is told that it is collected
    sys.setprofile(count)
    try:
        run(app, asked, body)
    finally:
        sys.setprofile(None)
        gc.enable()
    return counted


def held(app: Endpoint, asked: dict[str, Any], body: bytes) -> int:
    """How many bytes are allocated at once, once plans are made."""
    run(app, asked, body)
    gc.disable()
    tracemalloc.start()
    try:
        run(app, asked, body)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.enable()


def instructions(kind: str, count: int) -> int:
    """What `perf` counts on the user's side of a Python that makes so many requests."""
    driver = str(Path(__file__).with_name("cost_driver.py"))
    counted = perf(sys.executable, driver, kind, str(count))
    assert counted.returncode == 0, counted.stderr
    return int(counted.stderr.split(",")[0])


def perf(*command: str) -> subprocess.CompletedProcess[str]:
    counting = ("perf", "stat", "-x,", "-e", "instructions:u", *command)
    return subprocess.run(counting, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def _counts_instructions() -> None:
    if shutil.which("perf") is None or not perf("true").stderr[:1].isdigit():
        pytest.skip("there is no perf that counts instructions here")


@pytest.mark.parametrize(("kind", "most"), [("query", 31), ("mutation", 41), ("batch of ten", 113)])
def test_a_request_calls_no_more_than_it_did(kind: str, most: int):
    assert calls(endpoint(), *REQUESTS[kind]) <= most


@pytest.mark.parametrize(
    ("kind", "most"), [("query", 2_000), ("mutation", 2_000), ("batch of ten", 5_500)]
)
def test_a_request_holds_no_more_bytes_than_it_did(kind: str, most: int):
    assert held(endpoint(), *REQUESTS[kind]) <= most


@pytest.mark.usefixtures("_counts_instructions")
@pytest.mark.parametrize(("kind", "most"), [("query", 42), ("mutation", 52), ("batch of ten", 190)])
def test_a_request_takes_no_more_thousand_instructions_than_it_did(kind: str, most: int):
    taken = instructions(kind, MANY) - instructions(kind, FEW)
    assert taken / (MANY - FEW) <= most * 1000


def test_each_call_of_a_batch_costs_the_same_and_less_than_one_alone():
    # No text is so long that its brackets are counted: that is no call's own cost.
    app = endpoint(options=Options(max_depth=10_000))
    one, ten, fifty = (calls(app, *batch(size)) for size in (1, 10, 50))
    assert fifty - ten == pytest.approx((ten - one) / 9 * 40, rel=0.02)
    assert (fifty - ten) / 40 < calls(app, scope("POST", "/rpc/echo"), ONE) / 2


@pytest.mark.parametrize("name", ["ping", "other.p997"])
def test_a_thousand_procedures_cost_a_call_as_much_as_two(name: str):
    few, many = endpoint(), endpoint(1000)
    assert calls(many, scope("GET", f"/rpc/{name}")) == calls(few, scope("GET", "/rpc/ping"))


def test_ever_new_inputs_cost_a_query_no_new_plan():
    app, path = endpoint(), "/rpc/ping"
    first = calls(app, scope("GET", path, b"input=1"))
    run(app, scope("GET", path, b"input=2"), b"")
    assert calls(app, scope("GET", path, b"input=3")) == first
    assert len(app.planner.kept) == 1


def test_ever_new_heads_fill_no_memory_with_plans():
    app = endpoint()
    for n in range(KEPT_PLANS + 10):
        asked = scope("GET", "/rpc/ping")
        asked["headers"] = [*asked["headers"], (b"accept", b"text/%d" % n)]
        run(app, asked, b"")
    assert len(app.planner.kept) == KEPT_PLANS


@pytest.mark.parametrize("name", ["host", "content-type", "accept", "trpc-accept", "path"])
@pytest.mark.parametrize(("size", "kept"), [(LONGEST_KEPT - 100, 1), (LONGEST_KEPT, 0)])
def test_a_plan_is_kept_of_short_heads_only(name: str, size: int, kept: int):
    app, long = endpoint(), "application/json;".ljust(size, "x")
    asked = scope("GET", "/rpc/ping")
    if name == "path":
        asked["raw_path"] = b"/rpc/" + b"./" * (size // 2) + b"ping"
    elif name == "host":
        asked["headers"] = [(b"host", b"x" * size)]
    else:
        asked["headers"] = [(name.encode(), long.encode())]
    run(app, asked, b"")
    assert len(app.planner.kept) == kept
