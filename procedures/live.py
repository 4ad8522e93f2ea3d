"""Events on their way to whoever follows them: one look at the database serves all of a process."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Protocol

from procedures.lookups import LookUps
from procedures.store import log
from procedures.store.commits import Commits
from procedures.store.database import Readable, read_from
from procedures.store.log import News, Place
from procedures.store.transaction import Transaction
from rpc.errors import RPCError

AHEAD = 256  # events that wait for a slow follower; one with more has to look for them
PART = 500  # events of an organization in one look
AT_ONCE = 50  # followers who are told before anybody else has a turn
REST = 40e-6  # seconds between looks, for each organization: four times what looking takes
UNREADABLE = "events cannot be read now: come back"

logger = logging.getLogger(__name__)


class Source(Readable, Protocol):
    """Where events are committed."""

    committed: Commits


class Follower:
    """Somebody who is told of events: what may be for them, until it is more than they can take."""

    def __init__(self, org_id: int, user_id: int, course_id: int | None) -> None:
        self.org_id = org_id
        self.user_id = user_id
        self.course_id = course_id
        self.news: deque[News] = deque()
        self.has_missed = True  # nothing has been told so far
        self._woken = asyncio.Event()
        self._is_deaf = False

    def start(self) -> None:
        """Gather from now on. Whoever starts looks for what was before."""
        self.has_missed = False

    def tell(self, news: News) -> None:
        if len(self.news) == AHEAD:
            self.miss()
        elif not self.has_missed:
            self.news.append(news)
        self._woken.set()

    def miss(self) -> None:
        """Gather no more: what comes has to be looked for."""
        self.news.clear()
        self.has_missed = True

    def give_up(self) -> None:
        """Nothing will be told any more."""
        self._is_deaf = True
        self._woken.set()

    async def wait(self, patience: float) -> bool:
        """Wait for news; whether there are any. Raises SERVICE_UNAVAILABLE."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._woken.wait()
        self._woken.clear()
        if self._is_deaf:
            raise RPCError("SERVICE_UNAVAILABLE", UNREADABLE, retry_after=1)
        return self.has_missed or bool(self.news)


class LiveEvents:
    """Tells followers what is committed, whoever commits it. Does nothing while there are none."""

    def __init__(self) -> None:
        self.round = 0  # grows with whatever is committed: what was looked up before may be wrong
        self.look_ups = LookUps()  # of followers
        self._followers: dict[int, dict[int, list[Follower]]] = {}  # by organization and user
        self._seen: dict[int, int] = {}  # by organization: ids rise only in each of them
        self._committed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __iter__(self) -> Iterator[Follower]:
        """Who follows now."""
        users = [user for org in self._followers.values() for user in org.values()]
        return iter([follower for user in users for follower in user])

    def count(self, user_id: int) -> int:
        """How many followers are this person's, in whichever organizations."""
        return sum(len(users.get(user_id, ())) for users in self._followers.values())

    @contextmanager
    def followed_by(self, follower: Follower, since: int, source: Source) -> Iterator[None]:
        """Tell a follower of all events behind `since`, the organization's latest just now."""
        users = self._followers.setdefault(follower.org_id, {})
        users.setdefault(follower.user_id, []).append(follower)
        self._seen.setdefault(follower.org_id, since)
        self._committed.set()  # something may have been committed since
        if self._task is None:
            self._task = asyncio.create_task(self._run(source))
            self._task.add_done_callback(self._ended)
        try:
            yield
        finally:
            self._drop(follower)

    def _drop(self, follower: Follower) -> None:
        users = self._followers[follower.org_id]
        users[follower.user_id].remove(follower)
        if not users[follower.user_id]:
            del users[follower.user_id]
        if not users:
            del self._followers[follower.org_id], self._seen[follower.org_id]
        if not self._followers and self._task is not None:
            self._task.cancel()
            self._task = None

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Whoever follows must come back rather than wait for what nobody will tell."""
        if task.cancelled() or (fault := task.exception()) is None:
            return
        logger.error("events cannot be told", exc_info=fault)
        self._task = None
        for follower in self:
            follower.give_up()

    async def _run(self, source: Source) -> None:
        with source.committed.followed_by(self._committed.set):
            while True:
                await self._committed.wait()
                self._committed.clear()
                self.round += 1
                while await self._look(source):
                    pass
                await asyncio.sleep(REST * len(self._seen))

    async def _look(self, source: Source) -> bool:
        """Tell what is new; whether there may be more of it."""
        seen = {**self._seen}
        found = await read_from(source, lambda tx: news_behind(tx, seen))
        near = [(place, self._near(place, concerned)) for place, concerned in found]
        wanted = [(place, followers) for place, followers in near if followers]
        rows = await read_all(source, [place for place, _ in wanted])
        for news, (_, followers) in zip(rows, wanted, strict=True):
            await tell(followers, news)
        for place, _ in near:
            if place.org_id in self._seen:
                self._seen[place.org_id] = max(place.id, self._seen[place.org_id])
        return len(found) >= PART

    def _near(self, place: Place, concerned: Iterable[int]) -> list[Follower]:
        users = self._followers.get(place.org_id, {})
        near = (f for id in {place.user_id, *concerned} for f in users.get(id, ()))
        return [f for f in near if f.course_id in (None, place.course_id)]


Nearby = tuple[Place, list[int]]  # where an event happened, and whom else it concerns


def news_behind(tx: Transaction, seen: Mapping[int, int]) -> list[Nearby]:
    """What is new behind an id in each organization."""
    concerned: dict[int, list[int]] = {}
    found: list[Nearby] = []
    for org_id, after in seen.items():
        for place in log.places(tx, org_id, (after, PART)):
            for realm_id in place.realm_ids:
                if realm_id not in concerned:
                    concerned[realm_id] = log.concerned(tx, org_id, realm_id)
            found.append((place, [id for realm in place.realm_ids for id in concerned[realm]]))
    return found


async def read_all(source: Source, places: Sequence[Place]) -> list[News]:
    """What happened there, in full."""
    if not places:
        return []
    return await read_from(source, lambda tx: [log.news(tx, at.org_id, at.id) for at in places])


async def tell(followers: Sequence[Follower], news: News) -> None:
    """Tell them all. Whoever else waits for the loop has a turn now and then."""
    for first in range(0, len(followers), AT_ONCE):
        for follower in followers[first : first + AT_ONCE]:
            follower.tell(news)
        await asyncio.sleep(0)
