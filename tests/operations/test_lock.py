"""The database in other hands: who writes waits or is told to come again, reads go on.

T-12 of the threats, goal G11."""

from __future__ import annotations

import time

import httpx2
from commands import Serving, serve
from held import write_lock
from history import History, Outcome
from school import BOSS
from world import token_text

HELD = 3.0  # seconds


def times_of_reads(serving: Serving, seconds: float) -> list[float]:
    """How long each of many reads takes, one after the other for so long."""
    headers = {"authorization": f"Bearer {token_text(BOSS, 'acme')}"}
    taken, end = [], time.monotonic() + seconds
    with httpx2.Client(headers=headers, verify=False, trust_env=False) as client:
        while (begun := time.monotonic()) < end:
            answer = client.get(f"{serving.url}/course.get?input=%7B%22courseId%22:%22crs_1%22%7D")
            assert answer.status_code == 200, answer.text
            taken.append(time.monotonic() - begun)
    return taken


def test_a_lock_that_somebody_holds_costs_no_read_and_no_write(school: str):
    history = History()
    with serve(school) as serving, history.calling(serving.address):
        history.until(20)
        with write_lock(school):
            before = history.counts[Outcome.DONE]
            taken = times_of_reads(serving, HELD)
            while_held = history.counts[Outcome.DONE]
        history.until(while_held + 40)
        serving.process.kill()
    assert while_held <= before + 8 * 4  # what was under way when the lock was taken
    assert (len(taken) > 20, max(taken) < HELD / 2) == (True, True), sorted(taken)[-3:]
    assert history.broken_in(school) == []
