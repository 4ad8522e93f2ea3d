"""Events on their way to whoever follows them: one look at the database serves all of a process."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from procedures.store import log
from procedures.store.commits import Commits
from procedures.store.log import News, Place
from procedures.store.transaction import Transaction, Work
from rpc.call import settled
from rpc.errors import RPCError

AHEAD = 256  # events that wait for a slow follower; one with more has to look for them
PART = 500  # events of one look
UNREADABLE = "events cannot be read now: come back"

logger = logging.getLogger(__name__)


class Source(Protocol):
    """Where events are committed."""

    committed: Commits

    def read(self, work: Work[Any]) -> Any: ...


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
        self.news.clear()
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


Found = tuple[Place, News | None, list[Follower]]


class LiveEvents:
    """Tells followers what is committed, whoever commits it. Does nothing while there are none."""

    def __init__(self) -> None:
        self.round = 0  # grows with whatever is committed: what was looked up before may be wrong
        self._followers: dict[int, dict[int, list[Follower]]] = {}  # by organization and user
        self._committed = asyncio.Event()
        self._seen = 0
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def followed_by(self, follower: Follower, since: int, source: Source) -> Iterator[None]:
        """Tell a follower of every event behind `since`, an id that was the latest just now."""
        users = self._followers.setdefault(follower.org_id, {})
        users.setdefault(follower.user_id, []).append(follower)
        if self._task is None:
            self._start(since, source)
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
            del self._followers[follower.org_id]
        if not self._followers and self._task is not None:
            self._task.cancel()
            self._task = None

    def _start(self, since: int, source: Source) -> None:
        self._seen = since
        self._committed.set()  # something may have been committed since
        self._task = asyncio.create_task(self._run(source))
        self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Whoever follows must come back rather than wait for what nobody will tell."""
        if task.cancelled() or (fault := task.exception()) is None:
            return
        logger.error("events cannot be told", exc_info=fault)
        self._task = None
        for follower in self._all():
            follower.give_up()

    def _all(self) -> list[Follower]:
        return [f for users in self._followers.values() for some in users.values() for f in some]

    async def _run(self, source: Source) -> None:
        with source.committed.followed_by(self._committed.set):
            while True:
                await self._committed.wait()
                self._committed.clear()
                self.round += 1
                while await self._look(source):
                    await asyncio.sleep(0)

    async def _look(self, source: Source) -> bool:
        """Tell what is new; whether there is more of it."""
        found: list[Found] = await settled(source.read(self._news))
        for place, news, followers in found:
            self._seen = place.id
            for follower in followers:
                if news is not None and follower.course_id in (None, news.course_id):
                    follower.tell(news)
        return len(found) == PART

    def _news(self, tx: Transaction) -> list[Found]:
        """What is new, and whom it may concern. Read in full only where that is somebody."""
        concerned: dict[int, list[int]] = {}
        found: list[Found] = []
        for place in log.places(tx, self._seen, PART):
            users = self._followers.get(place.org_id)
            if users and place.realm_id not in concerned:
                concerned[place.realm_id] = log.concerned(tx, place.org_id, place.realm_id)
            readers = {place.user_id, *concerned.get(place.realm_id, ())} if users else ()
            followers = [f for user_id in readers for f in (users or {}).get(user_id, ())]
            news = log.news(tx, place.org_id, place.id) if followers else None
            found.append((place, news, followers))
        return found
