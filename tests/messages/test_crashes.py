"""Every acknowledged enrollment's mail arrives, under one id, whatever is killed on the way."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from typing import Any

import engines
import httpx2
from commands import Serving, rollcall, serve
from receivers import mail_server, until
from world import token_text

from procedures.instants import instant, later, system_clock
from procedures.store.opening import database_at

USERS = ("ada", "tom", "ina", "leo", "lou", "bob")
COURSES = ("open", "maths", "logic", "month", "done", "left", "held", "line")
ASKS = [(user, f"crs_{course}") for user in USERS for course in COURSES]
KILLS = (44, 37, 30, 20, 10, 5)  # how many still want to enroll when the service is killed
IN_HAND = 4  # mails one process sends at once


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


async def kill(serving: Serving, asks: list[tuple[str, str]], left: int) -> None:
    await until(lambda: len(asks) <= left)
    serving.process.send_signal(signal.SIGKILL)


async def tick(database: str, now: str, url: str) -> str:
    done = await asyncio.to_thread(
        rollcall, "tick", "--now", now, "--database", database, smtp_url=url
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def unsent(database: str) -> tuple[Any, ...]:
    """How many mails there are, and how many of them have not been sent."""
    store = database_at(database)
    [counts] = engines.rows(store, "select count(*), count(*) - count(sent_at) from outbox")
    store.close()
    return counts


async def test_no_kill_loses_a_mail_or_gives_it_another_id(database: str):
    chance = random.Random(8)
    faults = [chance.choice(("", "", "", "450 busy", "550 no", "drop")) for _ in ASKS]
    asks = list(ASKS)
    async with mail_server(*faults) as post:
        for left in KILLS:
            with serve(database, smtp_url=post.url) as serving:
                await asyncio.gather(enroll(serving, asks), kill(serving, asks, left))
        with serve(database, smtp_url=post.url) as serving:
            await enroll(serving, asks)
            assert serving.stop()[0] == 0
        for day in range(1, 4):
            await tick(database, later(instant(system_clock()), days=day), post.url)
    assert asks == []
    assert unsent(database) == (len(ASKS), 0)
    ids = [mail["Message-ID"] for mail in post.taken]
    assert len(set(ids)) == len(ASKS)
    assert len(ids) - len(ASKS) <= len(KILLS) * IN_HAND + faults.count("drop")


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
    assert unsent(database) == (len(ASKS), 0)
