"""`enrollment.changes` and `enrollment.onChange`: what has happened since, asked for or told."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TypeVar

from procedures import events
from procedures.context import Admin, Anyone, Member
from procedures.live import Follower
from procedures.lookups import Moment
from procedures.middleware import known, org_member
from procedures.records.event import ChangeFilter, Changes, ChangesInput, Event
from procedures.records.fields import LARGEST_PAGE
from procedures.refusals import not_member
from procedures.store import log, staff
from procedures.store.log import News, Scope, Window
from rpc.errors import RPCError
from rpc.procedure import errors
from rpc.tracked import Tracked, tracked

T = TypeVar("T")

LOOK_AGAIN = 15.0  # seconds of silence after which a follower's rights are looked at again
STALE = -1
WINDOW = 1000  # events of the log that are looked through at once for those a follower may see


@errors("unknown_cursor")
def changes(ctx: Admin, given: ChangesInput) -> Changes:
    """What happened to the organization's enrollments, oldest first, each deletion included. The
    log is never cut: a deletion stays in it for longer than `tombstoneDays`."""
    after = position(int(given.after), log.latest(ctx.tx, ctx.org.id))
    rows = log.changes(ctx.tx, ctx.org.id, (after, min(given.limit, LARGEST_PAGE)))
    return Changes([events.shown(row) for row in rows], str(rows[-1].id if rows else after))


def position(id: int, latest: int) -> int:
    """The place in the log. Raises BAD_REQUEST for one that it has not reached: it was restored,
    and what was told after that place has not happened."""
    if id > latest:
        raise RPCError("BAD_REQUEST", "no such event here: start again", reason="unknown_cursor")
    return id


@errors("too_many_streams", "unknown_cursor")
async def on_change(ctx: Member, given: ChangeFilter) -> AsyncIterator[Tracked[Event]]:
    """What happens to enrollments, as it happens: one's own; those of the realms one is staff of;
    for admins all. A client that comes back goes on behind the last event it has seen."""
    latest = await ctx.read(lambda inside: log.latest(inside.tx, ctx.org.id))
    seen = given.last_event_id
    after = latest if seen is None else position(int(seen), latest)
    # Not a generator itself: nothing may be missed between the answer's head and its first item.
    return Watch(ctx, given, after).events(latest)


class Watch:
    """One subscription: how far it is, and what its caller may see at each moment."""

    def __init__(self, ctx: Member, given: ChangeFilter, after: int) -> None:
        self._caller = Anyone(ctx.service, ctx.request, ctx.door, ctx.now, None, ctx.rate_token)
        self._given = given
        carried = (*ctx.request.headers("authorization"), *ctx.request.headers("cookie"))
        self._credentials = (*carried, given.course_id)
        self._live = ctx.service.live
        self._member: Member  # as of the last look
        self._round = STALE  # of the look at the member's rights
        self._after = after  # what is up to here has been told, or is in `_past`
        self._past: deque[News] = deque()
        course_id = None if ctx.course is None else ctx.course.id
        self._follower = Follower(ctx.org.id, ctx.user_id, course_id)

    async def events(self, latest: int) -> AsyncIterator[Tracked[Event]]:
        """Events to the end of time, or of the caller's rights."""
        self._require_place()  # where nobody else can take it before it is taken
        with self._live.followed_by(self._follower, latest, self._caller.service.store):
            while True:
                news = await self._candidate()
                if news is not None and await self._read(partial(self._sees, news)):
                    yield tracked(str(news.row.id), events.shown(news.row))

    def _require_place(self) -> None:
        """Raises TOO_MANY_REQUESTS where the account follows too much already."""
        if self._live.count(self._follower.user_id) >= self._caller.service.settings.max_streams:
            message = "too many subscriptions: end one first"
            raise RPCError("TOO_MANY_REQUESTS", message, reason="too_many_streams")

    async def _candidate(self) -> News | None:
        """The next event that was meant for the caller when it was found; None: look again."""
        if self._past:
            return self._past.popleft()
        if self._follower.has_missed:
            await self._look_back()
        elif self._follower.news:
            return self._fresh(self._follower.news.popleft())
        elif not await self._follower.wait(LOOK_AGAIN):
            self._round = STALE
            await self._read(lambda _: None)
        return None

    def _fresh(self, news: News) -> News | None:
        """Told of, and not yet found by looking back."""
        if news.row.id <= self._after:
            return None
        self._after = news.row.id
        return news

    async def _look_back(self) -> None:
        self._follower.start()
        window = await self._read(self._window)
        self._past.extend(window.news)
        self._after = window.end
        if not window.is_last:
            self._follower.miss()

    async def _read(self, work: Callable[[Anyone], T]) -> T:
        """Look something up, as somebody who still may. Raises what the subscription itself would
        be refused with."""
        now = self._live.round  # what is committed from here on may not be seen by the look

        def look(moment: Moment) -> T:
            inside = self._caller.within(moment.tx)
            if self._round != now:
                self._member = moment.once(self._credentials, lambda: self._standing(inside))
            moment.tx.enter(self._follower.org_id)
            return work(inside)

        result = await self._live.look_ups.made(self._caller.service.store, look)
        self._round = now
        return result

    def _standing(self, inside: Anyone) -> Member:
        inside.tx.leave()  # those looked up before may have been of another organization
        member = org_member(known(inside), self._given)
        if member.org.id != self._follower.org_id:  # another one is active now
            raise not_member()
        return member

    def _window(self, inside: Anyone) -> Window:
        member = self._member
        me = None if member.is_admin else member.user_id
        scope = Scope(member.org.id, self._follower.course_id, me, inside.now)
        return log.window(inside.tx, scope, self._after, WINDOW)

    def _sees(self, news: News, inside: Anyone) -> bool:
        member = self._member
        if member.is_admin or news.user_id == member.user_id:
            return True
        teaches = partial(staff.teaches, inside.tx, member.org.id)
        return any(teaches(id, member.user_id, inside.now) for id in news.realm_ids)
