"""Keys where several calls share one, where the disk fails, where processes die, and over REST."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Any

import commands
import httpx2
import pytest
from stores import FailingStore
from world import Person, World, serving, token_text

from procedures.store.schema import sqlite3
from rpc.request import Request

ENROLL = "enrollment.enroll"
KEY = {"idempotency-key": "one for all"}
REPLAYED = "idempotency-replayed"
OPEN, MATHS, ONE = ({"courseId": f"crs_{name}"} for name in ("open", "maths", "one"))


async def batch(who: Person, calls: list[tuple[str, Any]], query: str = "?batch=1", **headers: str):
    paths = ",".join(path for path, _ in calls)
    body = {str(i): given for i, (_, given) in enumerate(calls)}
    return await who.post(paths + query, json=body, headers=KEY | headers)


def datas(answer: httpx2.Response) -> list[Any]:
    """Of each call its record's id, or the reason of its refusal."""
    return [
        one["result"]["data"]["id"] if "result" in one else one["error"]["data"]["reason"]
        for one in answer.json()
    ]


async def test_a_batch_that_is_asked_again_is_answered_again(world: World, lou: Person):
    calls = [(ENROLL, OPEN), (ENROLL, MATHS)]
    first = await batch(lou, calls)
    before = world.contents()
    again = await batch(lou, calls)
    assert (again.status_code, again.content) == (200, first.content)
    assert (REPLAYED in first.headers, again.headers[REPLAYED]) == (False, "true")
    assert world.contents() == before


async def test_in_a_batch_the_key_names_each_call_by_its_place(world: World, lou: Person):
    """So two alike calls of one batch are two; what was refused is tried again, the rest not."""
    calls = [(ENROLL, OPEN), (ENROLL, OPEN), (ENROLL, MATHS)]
    first, again = await batch(lou, calls), await batch(lou, calls)
    assert datas(first)[1] == "already_enrolled"
    assert datas(again) == datas(first)
    assert (again.status_code, again.headers[REPLAYED]) == (207, "true")
    assert world.rows("select idem_key from idempotency order by 1") == [
        ("one for all/0",),
        ("one for all/2",),
    ]


async def test_another_call_in_the_same_place_is_a_conflict(lou: Person):
    await batch(lou, [(ENROLL, OPEN), (ENROLL, MATHS)])
    answer = await batch(lou, [(ENROLL, MATHS), (ENROLL, OPEN)])
    assert datas(answer) == ["idempotency_mismatch"] * 2


async def test_alone_and_first_in_a_batch_is_the_same_place(lou: Person):
    first = await lou.post(ENROLL, json=OPEN, headers=KEY)
    again = await batch(lou, [(ENROLL, OPEN)])
    assert (again.json(), again.headers[REPLAYED]) == ([first.json()], "true")


async def test_a_streamed_batch_is_answered_again_without_the_mark(world: World, lou: Person):
    """Its head has been sent when its calls run."""
    streamed = {"trpc-accept": "application/jsonl"}
    calls = [(ENROLL, OPEN), (ENROLL, MATHS)]
    first, again = await batch(lou, calls, **streamed), await batch(lou, calls, **streamed)
    assert sorted(again.text.splitlines()) == sorted(first.text.splitlines())
    assert (again.status_code, REPLAYED in again.headers) == (200, False)
    assert world.value("select count(*) from enrollment where source = 'rpc'") == 2


@pytest.mark.engine("sqlite")
async def test_when_the_disk_fails_neither_effect_nor_answer_stays(database: str):
    async with serving(Path(database), FailingStore) as world:
        store, lou = world.store, world.person("usr_lou")
        store.error = sqlite3.OperationalError("disk I/O error")
        failed = await lou.post(ENROLL, json=OPEN, headers=KEY)
        assert (failed.status_code, REPLAYED in failed.headers) == (500, False)
        counts = [world.value(f"select count(*) from {t}") for t in ("idempotency", "outbox")]
        assert counts == [0, 0]
        store.error = None
        assert (await lou.post(ENROLL, json=OPEN, headers=KEY)).status_code == 200


@pytest.mark.engine("sqlite")
async def test_an_answer_is_not_called_old_before_it_is_on_disk(database: str):
    """Of two at once the second is answered out of the group of the first, and falls with it."""
    async with serving(Path(database), FailingStore) as world:
        store, lou = world.store, world.person("usr_lou")
        store.error = sqlite3.OperationalError("disk I/O error")
        asks = [lou.post(ENROLL, json=OPEN, headers=KEY) for _ in range(4)]
        answers = await asyncio.gather(*asks)
        assert {(a.status_code, REPLAYED in a.headers) for a in answers} == {(500, False)}


def post(url: str) -> httpx2.Response:
    headers = {"authorization": f"Bearer {token_text('usr_lou', 'acme')}"} | KEY
    with httpx2.Client(verify=False, trust_env=False) as http:
        return http.post(f"{url}/{ENROLL}", json=OPEN, headers=headers)


def test_an_answer_outlives_the_process_that_gave_it(database: str):
    with commands.serve(database) as serving_one:
        first = post(serving_one.url)
        serving_one.stop(signal.SIGKILL)
    with commands.serve(database) as serving_two:
        again = post(serving_two.url)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (again.content, again.headers[REPLAYED]) == (first.content, "true")


def test_workers_of_one_file_share_the_keys(database: str):
    with commands.serve(database, "--workers", "2") as two:
        answers = [post(two.url) for _ in range(12)]
    assert len({answer.content for answer in answers}) == 1
    assert [REPLAYED in answer.headers for answer in answers] == [False] + [True] * 11


async def test_who_calls_inside_the_process_can_give_a_key(world: World, lou: Person):
    """As the REST surfaces do: the key travels with the request."""
    headers = [(k.encode(), v.encode()) for k, v in (lou.headers | KEY).items()]
    ids = []
    for _ in range(2):
        request = Request({"headers": headers, "method": "POST"})
        ids.append((await world.app.caller(request, "v1")(ENROLL, OPEN)).id)
    assert ids[0] == ids[1]
    assert dict(request.response_headers) == {REPLAYED.encode(): b"true"}


async def test_a_surface_answers_again_too(world: World, lou: Person):
    given = {"user_id": "usr_lou", "course_id": "crs_open"}
    asks = [
        await world.http.post("/api/v1/enrollments", json=given, headers=lou.headers | KEY)
        for _ in range(2)
    ]
    assert [(a.status_code, a.headers.get(REPLAYED)) for a in asks] == [(201, None), (201, "true")]
    assert asks[0].content == asks[1].content
