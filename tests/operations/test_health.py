"""Whether a process is alive, and whether it should get work."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import pytest
from commands import complaint_of
from killable import KillableServer
from world import World, build, serving

from procedures import background
from procedures.store import attempts


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_a_service_that_is_well_says_so(world: World, path: str):
    answer = await world.http.get(path)
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["cache-control"] == "no-store"
    head = await world.http.head(path)
    assert (head.status_code, head.text, head.headers["content-length"]) == (200, "", "3")
    assert (await world.http.post(path)).status_code == 404


async def test_whoever_is_stopping_is_alive_and_not_ready(world: World):
    await world.app.drain(1)
    assert (await world.http.get("/healthz")).status_code == 200
    answer = await world.http.get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.text == "the server is stopping: try again\n"


async def test_whose_disk_fails_is_alive_and_not_ready(world: World):
    world.store.fault = "the disk is full"
    assert (await world.http.get("/healthz")).status_code == 200
    answer = await world.http.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "the disk is full\n")
    health = await world.http.get("/rpc/system.health")
    assert (health.status_code, health.headers["retry-after"]) == (503, "1")


async def test_whatever_keeps_it_from_a_look_it_looks_again(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    """A disk that fails can make more than writes fail: pages that are none, say."""
    looks = iter([OSError("malformed")])

    def look(*_: object, **__: object) -> None:
        for fault in looks:
            raise fault
        world.store.fault = None

    monkeypatch.setattr(background, "RETRY", 0.01)
    monkeypatch.setattr(attempts, "try_to_write", look)
    world.store.fault = "the disk fails"
    async with asyncio.timeout(10):
        while (await world.http.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.05)


@pytest.mark.engine("postgres")
async def test_a_server_that_follows_another_is_written_to_once_it_leads(tmp_path: Path):
    with closing(KillableServer(tmp_path)) as server:
        build(server.address)
        async with serving(server.address) as world:
            ada = world.person("usr_ada")
            server.kill()
            server.start(follows=True)
            answer = await ada.post("org.update", json={"name": "Acme"})
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
            assert (await ada.call("auth.me"))["userId"] == "usr_ada"
            ready = await world.http.get("/readyz")
            assert (ready.status_code, ready.text) == (503, "the database takes no writes now\n")
            server.run("select pg_promote()")
            await ada.call("org.update", name="Acme")
            assert (await world.http.get("/readyz")).status_code == 200


async def test_there_are_no_metrics_unless_asked_for(world: World):
    assert (await world.http.get("/metrics")).status_code == 404


def test_a_format_of_logs_that_does_not_exist_is_told(tmp_path):
    database = tmp_path / "new.db"
    told = complaint_of("serve", "--database", database, secret_keys="k", log="xml")
    assert told == "bad setting: ROLLCALL_LOG: Invalid enum value 'xml'"
