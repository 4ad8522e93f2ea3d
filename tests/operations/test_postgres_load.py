"""A service whose database has more to do than it can: who would wait too long is sent away at
once, what collides is run again, and both are counted."""

from __future__ import annotations

import asyncio
import time

import httpx2
import pytest
from commands import Serving, serve
from held import write_lock
from racing import Answer, Ask, Connection, at_once, crowd, tally
from world import token_text

from procedures.store.postgres import LINE

pytestmark = pytest.mark.engine("postgres")
parser = pytest.importorskip("prometheus_client.parser")

ENROLL = "enrollment.enroll"
LOU = f"Bearer {token_text('usr_lou', 'acme')}"
LEARNERS = ["usr_lia", "usr_leo", "usr_lou", "usr_bob", "usr_tom", "usr_ina", "usr_ada"]
CALLS = 40


async def timed(connection: Connection) -> tuple[Answer, float]:
    """An answer, and how long it took."""
    begun = time.monotonic()
    answer = await connection.post(Ask(ENROLL, LOU, {"courseId": "crs_open"}))
    return answer, time.monotonic() - begun


def repeats(serving: Serving, why: str) -> float:
    """How many calls were run again or sent away for that reason."""
    text = httpx2.get(serving.url.replace("/rpc", "/metrics"), trust_env=False).text
    samples = [s for f in parser.text_string_to_metric_families(text) for s in f.samples]
    name, labels = "rollcall_store_repeats_total", {"why": why}
    return sum(s.value for s in samples if (s.name, s.labels) == (name, labels))


async def test_calls_that_would_wait_too_long_are_sent_away_at_once(database: str):
    with serve(database, pool_size="1", metrics="open") as serving:
        assert serving.health() == 200
        async with crowd(serving.address, CALLS) as opened:
            with write_lock(database):
                answers = await asyncio.gather(*map(timed, opened))
            for answer, _ in answers:
                assert answer.body["error"]["data"]["code"] == "SERVICE_UNAVAILABLE"
                assert (answer.status, answer.headers["retry-after"]) == (503, "1")
            assert sum(taken < 1.5 for _, taken in answers) >= CALLS - LINE
            assert max(taken for _, taken in answers) < 8
            assert (await timed(opened[0]))[0].status == 200
        assert repeats(serving, "shed") >= CALLS - LINE


async def test_calls_that_collide_are_run_again_and_counted(database: str):
    with serve(database, "--workers", "2", metrics="open") as serving:
        assert serving.health() == 200
        asks = [
            Ask(ENROLL, f"Bearer {token_text(user, 'acme')}", {"courseId": "crs_one"})
            for user in LEARNERS * 4
        ]
        answers = await at_once(serving.address, asks, len(asks))
        assert tally(answers) == {200: 1, 409: len(asks) - 1}
        assert repeats(serving, "serialization") > 0
        assert repeats(serving, "shed") == 0
