"""Who follows on any process sees what is written on all: each event once, in order, and goes on
elsewhere when the process dies."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import cycle
from typing import Any

import httpx2
import pytest
from cluster import COUNT, Cluster, cluster
from watching import watching
from world import Person

USERS = ("tom", "ina", "lia", "leo", "lou", "bob")
COURSES = ("open", "maths", "logic", "month", "same")
PATIENCE = 30


class Follower:
    """Goes on at the next place, behind the last event it saw, whenever its stream ends."""

    def __init__(self, places: Iterable[Person], after: int) -> None:
        self._places = cycle(places)
        self._after = after
        self.seen: list[int] = []
        self.streams = 0

    async def follow(self) -> None:
        for who in self._places:
            last = self.seen[-1] if self.seen else self._after
            with suppress(httpx2.TransportError):
                async with watching(who, lastEventId=str(last)) as stream:
                    self.streams += 1
                    while True:
                        self.seen.append(int((await stream.told())["id"]))


async def done(places: Iterable[Person], path: str, **given: Any) -> None:
    """Ask until somebody answers. What was carried out without an answer is refused next time."""
    for who in places:
        with suppress(httpx2.TransportError):
            answer = await who.post(path, json=given)
            assert answer.status_code in (200, 404, 409), answer.text
            return


async def write(nodes: Cluster, user: str, first: int) -> None:
    """Come to each course and leave it, every time on the next node."""
    places = cycle([nodes.person(first + n, f"usr_{user}") for n in range(COUNT)])
    for course in COURSES:
        await done(places, "enrollment.enroll", courseId=f"crs_{course}")
        await done(places, "enrollment.unenroll", courseId=f"crs_{course}")


async def feed(admin: Person, after: int) -> list[int]:
    ids: list[int] = []
    while items := (
        await admin.call("enrollment.changes", after=str(ids[-1] if ids else after), limit=200)
    )["items"]:
        ids += [int(item["id"]) for item in items]
    return ids


async def until_seen(followers: Sequence[Follower], wanted: list[int]) -> None:
    async with asyncio.timeout(PATIENCE):
        while any(len(follower.seen) < len(wanted) for follower in followers):
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.5)  # more than once would come now


async def cut_off(nodes: Cluster, followers: Sequence[Follower]) -> None:
    """Kill processes until somebody had to go on elsewhere: a worker may have no followers."""
    while True:
        await nodes.kill_one()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                while max(follower.streams for follower in followers) == 1:
                    await asyncio.sleep(0.02)
                return


@pytest.mark.parametrize("kind", ["nodes", "workers"])
async def test_events_of_all_processes_are_seen_once_and_in_order_through_a_death(
    database: str, kind: str
):
    async with cluster(database, kind) as nodes:
        after = (await feed(nodes.person(1, "usr_ada"), 0))[-1]
        followers = [
            Follower([nodes.person(n + turn, "usr_ada") for turn in range(COUNT)], after)
            for n in range(2 * COUNT)
        ]
        async with asyncio.TaskGroup() as tasks:
            following = [tasks.create_task(follower.follow()) for follower in followers]
            writing = [tasks.create_task(write(nodes, user, n)) for n, user in enumerate(USERS)]
            await until_seen(followers, [after] * 10)
            await cut_off(nodes, followers)
            await asyncio.wait(writing)
            wanted = await feed(nodes.person(1, "usr_ada"), after)
            await until_seen(followers, wanted)
            for task in following:
                task.cancel()
    assert len(wanted) == 2 * len(USERS) * len(COURSES)
    assert wanted == sorted(wanted)
    assert [follower.seen for follower in followers] == [wanted] * len(followers)
    assert max(follower.streams for follower in followers) > 1


async def test_followers_of_another_organization_are_told_nothing(database: str):
    async with cluster(database) as nodes:
        bea, ben = nodes.person(0, "usr_bea", "beta"), nodes.person(2, "usr_ben", "beta")
        async with watching(bea) as stream:
            await asyncio.gather(*(write(nodes, user, n) for n, user in enumerate(USERS[:3])))
            await ben.call("enrollment.unenroll", courseId="crs_beta")
            told = await stream.told()
    assert (told["userId"], told["courseId"]) == ("usr_ben", "crs_beta")
