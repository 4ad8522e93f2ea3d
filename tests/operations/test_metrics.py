"""`/metrics`: what is counted and measured, of one process and of several."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx2
import pytest
from commands import PATIENCE, Watched, serve
from retrying import ADA
from world import World, serving

metrics = pytest.importorskip("prometheus_client.parser")

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    """What a scrape has found: by name and labels."""
    found = metrics.text_string_to_metric_families(text)
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in found
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((f"rollcall_{name}", frozenset(labels.items())))


@pytest.fixture
async def counted(database: str) -> AsyncIterator[World]:
    async with serving(database, metrics="open") as world:
        yield world


async def scrape(world: World) -> Samples:
    answer = await world.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return samples(answer.text)


async def test_calls_are_counted_by_procedure_and_code(counted: World):
    ada, lou = counted.person("usr_ada"), counted.person("usr_lou")
    for _ in range(3):
        await ada.post("course.list", json={})
    await lou.post("course.create", json={"key": "crs_x", "title": "x"})
    await lou.get("system.info,course.list?batch=1")
    await counted.http.get("/rpc/no.such.procedure")
    found = await scrape(counted)
    assert value(found, "calls_total", procedure="course.list", code="OK") == 4
    assert value(found, "calls_total", procedure="course.create", code="FORBIDDEN") == 1
    assert value(found, "calls_total", procedure="system.info", code="OK") == 1
    assert value(found, "call_seconds_count", procedure="course.list") == 4
    assert 0 < (value(found, "call_seconds_sum", procedure="course.list") or 0) < 60
    # What callers make up is no label: anybody could make as many as they like.
    assert not [labels for _, labels in found if "no.such.procedure" in dict(labels).values()]


async def test_a_call_through_rest_is_counted(counted: World):
    answer = await counted.http.get("/ims/oneroster/rostering/v1p2/classes", headers=ADA)
    assert answer.status_code == 200
    found = await scrape(counted)
    assert value(found, "calls_total", procedure="resources.classes", code="OK") == 1


@pytest.mark.engine("sqlite")
async def test_calls_that_share_a_commit_are_measured(counted: World):
    ada = counted.person("usr_ada")
    makes = (ada.call("course.create", key=f"crs_g{n}", title="x") for n in range(20))
    await asyncio.gather(*makes)
    found = await scrape(counted)
    assert value(found, "commit_calls_sum") == 20
    commits = value(found, "commit_calls_count") or 0
    assert 1 <= commits <= 20
    assert value(found, "commit_seconds_count") == commits


@pytest.mark.engine("postgres")
async def test_calls_that_are_run_again_are_counted(counted: World):
    counted.store.watch.again("serialization")
    found = await scrape(counted)
    assert value(found, "store_repeats_total", why="serialization") == 1


async def test_messages_that_wait_and_messages_that_are_parked_are_told(counted: World):
    lia = counted.person("usr_lou")
    await lia.call("enrollment.enroll", courseId="crs_open")
    [(waiting,)] = counted.rows("select count(*) from outbox where sent_at is null")
    assert waiting > 0
    counted.change("update outbox set next_at = null where id in (select min(id) from outbox)")
    found = await scrape(counted)
    assert value(found, "outbox", channel="email", state="parked") == 1
    assert (value(found, "outbox", channel="email", state="waiting") or 0) == waiting - 1
    assert value(found, "store_waiting") == 0


async def test_open_subscriptions_are_told(counted: World):
    lia = counted.person("usr_lia")
    async with counted.http.stream(
        "GET", "/rpc/enrollment.onChange?input=%7B%7D", headers=lia.headers
    ) as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: connected"
        assert value(await scrape(counted), "subscriptions") == 1
    async with asyncio.timeout(5):
        while value(await scrape(counted), "subscriptions") != 0:
            await asyncio.sleep(0.02)
    found = await scrape(counted)
    assert value(found, "calls_total", procedure="enrollment.onChange", code="OK") == 1
    assert value(found, "call_seconds_count", procedure="enrollment.onChange") is None


async def test_only_who_knows_the_token_sees_them(database: str):
    async with serving(database, metrics="a token of mine") as world:
        for headers in ({}, {"authorization": "Bearer another"}, ADA):
            answer = await world.http.get("/metrics", headers=headers)
            assert (answer.status_code, "rollcall_" in answer.text) == (401, False)
        right = {"authorization": "Bearer a token of mine"}
        assert (await world.http.get("/metrics", headers=right)).status_code == 401
    async with serving(database, metrics="a-token-of-mine") as world:
        right = {"authorization": "Bearer a-token-of-mine"}
        answer = await world.http.get("/metrics", headers=right)
        assert (answer.status_code, "rollcall_" in answer.text) == (200, True)


def test_any_of_several_processes_tells_of_all_and_of_those_that_have_died(database: str):
    with serve(database, "--workers", "2", metrics="open") as node:
        while len(node.workers()) < 2:
            assert node.process.poll() is None
        for _ in range(20):
            assert node.health() == 200
        scrapes = [counted_calls(node.address) for _ in range(8)]
        assert {*scrapes} == {20}
        lost = Watched(min(node.workers()))
        lost.send(signal.SIGKILL)
        assert lost.ends()
        assert node.health() == 200
        assert counted_calls(node.address) == 21
        status, errors = node.stop()
    assert (status, "Traceback" in errors) == (0, False)


def counted_calls(address: tuple[str, int]) -> float | None:
    host, port = address
    answer = httpx2.get(f"http://{host}:{port}/metrics", trust_env=False, timeout=PATIENCE)
    return value(samples(answer.text), "calls_total", procedure="system.health", code="OK")
