"""Every acknowledged enrollment's mail arrives, under one id, whatever is killed on the way."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import engines
import httpx2
import pytest
from commands import Serving, rollcall, serve
from extent import Extent
from receivers import mail_server, until
from school import build_school
from world import token_text

from procedures.instants import instant, later, system_clock
from procedures.store.opening import database_at

USERS = ("ada", "tom", "ina", "leo", "lou", "bob")
COURSES = ("open", "maths", "logic", "month", "done", "left", "held", "line")
ASKS = [(user, f"crs_{course}") for user in USERS for course in COURSES]
IN_HAND = 4  # mails one process sends at once
SOME = 24  # people
TREATMENTS = ("", "", "", "450 busy", "550 no", "drop")
POISON = "update account set email = :email where key = 'usr_7'"
POISONED = "usr_7@acme.example\r\nBcc: eve@evil.example"


async def enroll(serving: Serving, asks: list[tuple[str, str]]) -> None:
    """One after another, until nobody answers; who was answered is taken from the list."""
    async with httpx2.AsyncClient(base_url=serving.url, verify=False, trust_env=False) as http:
        while asks:
            user, course = asks[-1]
            headers = {"authorization": f"Bearer {token_text(f'usr_{user}', 'acme')}"}
            try:
                answer = await http.post(
                    "/enrollment.enroll", json={"courseId": course}, headers=headers
                )
            except httpx2.TransportError:
                return
            assert answer.status_code in (200, 409), answer.text
            asks.pop()


async def kill(serving: Serving, asks: list[tuple[str, str]], left: int, pause: float) -> None:
    await until(lambda: len(asks) <= left)
    await asyncio.sleep(pause)  # in which mails leave, and further calls are made
    serving.process.send_signal(signal.SIGKILL)


async def tick(database: str, now: str, url: str) -> str:
    done = await asyncio.to_thread(
        rollcall, "tick", "--now", now, "--database", database, smtp_url=url
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def unsent(database: str) -> tuple[Any, ...]:
    """How many mails there are, and how many of them wait, or are parked."""
    with closing(database_at(database)) as store:
        [counts] = engines.rows(store, COUNTS)
    return counts


COUNTS = """
    select count(*), count(case when sent_at is null then next_at end),
           count(case when sent_at is null and next_at is null then 1 end) from outbox
"""


@pytest.fixture
def school(empty_database: str, tmp_path: Path) -> str:
    """A roster in which one person has an address that no mail can be made for."""
    build_school(empty_database, tmp_path)
    with closing(database_at(empty_database)) as store:
        store.transact(lambda tx: tx.run(POISON, email=POISONED))
    return empty_database


async def test_no_kill_loses_a_mail_or_gives_it_another_id(school: str, extent: Extent):
    """Goal G8, T-06 and T-07 of the threats: what cannot be sent is parked and holds up nothing."""
    chance = random.Random(8)
    wanted = [(str(n % SOME), f"crs_{n // SOME}") for n in range(extent.mails)]
    poisoned = sum(user == "7" for user, _ in wanted)
    faults = [chance.choice(TREATMENTS) for _ in wanted] + ["stall"] * extent.stalls
    chance.shuffle(faults)
    asks = [*wanted]
    async with mail_server(*faults) as post:
        for left in sorted(chance.sample(range(len(wanted)), extent.kills), reverse=True):
            with serve(school, smtp_url=post.url) as serving:
                pause = chance.uniform(0, 0.2)
                await asyncio.gather(enroll(serving, asks), kill(serving, asks, left, pause))
        with serve(school, smtp_url=post.url) as serving:
            await enroll(serving, asks)
            assert serving.health() == 200  # before it serves, nobody hears the signal to stop
            assert serving.stop()[0] == 0
        for day in range(1, 4):
            await tick(school, later(instant(system_clock()), days=day), post.url)
    assert (asks, unsent(school)) == ([], (len(wanted), 0, poisoned))
    ids = [mail["Message-ID"] for mail in post.taken]
    assert len(set(ids)) == len(wanted) - poisoned
    doubled, lost = len(ids) - len(set(ids)), faults.count("drop") + faults.count("stall")
    assert doubled <= extent.kills * IN_HAND + lost
    extent.tell(
        f"{extent.kills} kills, {len(ids)} mails taken, {len(set(ids))} distinct of {len(wanted)}"
        f" with {poisoned} parked; {doubled} doubled; {dict(Counter(faults))}"
    )


async def test_a_service_ends_in_time_while_a_mail_server_stalls(database: str):
    async with mail_server("stall") as post:
        with serve(database, smtp_url=post.url) as serving:
            await enroll(serving, [("lou", "crs_open")])
            await until(lambda: post.seen)
            started = time.monotonic()
            status, errors = await asyncio.to_thread(serving.stop)
            assert (status, "Traceback" in errors) == (0, False)
            assert time.monotonic() - started < 10
        said = await tick(database, later(instant(system_clock()), minutes=1), post.url)
    assert said.endswith("1 sent, 0 waiting, 0 parked\n")
    assert len(set(post.by_id())) == 1


async def test_of_two_workers_one_sends_a_mail(database: str):
    async with mail_server() as post:
        with serve(database, "--workers", "2", smtp_url=post.url) as serving:
            shares = [list(ASKS[part::4]) for part in range(4)]
            await asyncio.gather(*(enroll(serving, share) for share in shares))
            await until(lambda: len(post.taken) == len(ASKS))
            assert serving.stop()[0] == 0
    assert len(post.by_id()) == len(set(post.by_id())) == len(ASKS)
    assert unsent(database) == (len(ASKS), 0, 0)
