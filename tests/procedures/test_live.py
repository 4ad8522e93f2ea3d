"""One look for all who follow; a slow reader costs no memory; a failing disk ends the telling."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from stores import ReadStore
from world import Person, World, serving

from procedures.live import AHEAD, Follower
from procedures.store import log
from procedures.store.schema import sqlite3
from rpc.errors import RPCError
from rpc.request import Request

ENROLL = "enrollment.enroll"
OPEN = {"courseId": "crs_open"}
BOTH = ("acme", "beta")  # organizations of Bob's
PATIENCE = 20
MANY = """
    with recursive n(i) as (select 1 union all select i + 1 from n where i < :count)
    insert into event (org_id, at, enrollment_id, enrollment_key, user_id, realm_id, course_id,
                       kind, to_status, door)
    select org_id, at, enrollment_id, enrollment_key, user_id, realm_id, course_id, kind, to_status,
           door from event, n where enrollment_key = 'enr_leo'
"""


async def opened(world: World, who: Person) -> AsyncIterator[Any]:
    """A stream without a server in between: nothing is read before the test asks for it."""
    headers = [(k.encode(), v.encode()) for k, v in who.headers.items()]
    request = Request({"headers": headers, "method": "GET"})
    stream: Any = await world.app.caller(request, "rpc")("enrollment.onChange", {})
    return stream


async def followers(world: World, count: int) -> list[Follower]:
    async with asyncio.timeout(PATIENCE):
        while len(found := list(world.app.service.live)) != count:
            await asyncio.sleep(0.01)
    return found


def ids(world: World) -> tuple[int, int]:
    """Of acme and of Ada."""
    [found] = world.rows("""
        select o.id, a.id from org o, account a where o.key = 'acme' and a.key = 'usr_ada'
    """)
    return found


async def woken(follower: Follower) -> bool:
    """Whether it has news, once it is woken and not as its patience ends."""
    async with asyncio.timeout(PATIENCE):
        return await follower.wait(2 * PATIENCE)


def latest(world: World, org_id: int) -> int:
    return world.store.look(lambda tx: log.latest(tx, org_id))


@pytest.mark.engine("sqlite")
async def test_a_thousand_followers_cost_as_many_reads_as_one(database: str):
    """A look, and the event itself; what each may see, each looks up when it comes to that."""
    async with serving(Path(database), ReadStore) as world:
        store, live = world.store, world.app.service.live
        org_id, user_id = ids(world)
        crowd = [Follower(org_id, user_id, None) for _ in range(1000)]
        with ExitStack() as stack:
            since = latest(world, org_id)
            for follower in crowd:
                stack.enter_context(live.followed_by(follower, since, store))
                follower.start()
            await world.person("usr_lou").call(ENROLL, **OPEN)
            await asyncio.gather(*(woken(follower) for follower in crowd))
            before = store.reads
            await world.person("usr_leo").call(ENROLL, **OPEN)
            await asyncio.gather(*(woken(follower) for follower in crowd))
        assert store.reads - before <= 4
        assert len({id(follower.news[-1]) for follower in crowd}) == 1
        assert {follower.news[-1].row.user_key for follower in crowd} == {"usr_leo"}


async def test_only_whom_it_may_concern_is_woken(world: World, lou: Person):
    """The person, staff of the section, admins; nobody of a course that is not followed."""
    org_id, ada = ids(world)
    keys = dict(world.rows("select key, id from account"))
    course = world.value("select id from course where key = 'crs_maths'")
    crowd = {name: Follower(org_id, keys[name], None) for name in ("usr_lou", "usr_leo", "usr_tom")}
    crowd |= {"admin": Follower(org_id, ada, None), "elsewhere": Follower(org_id, ada, course)}
    since = latest(world, org_id)
    with ExitStack() as stack:
        for follower in crowd.values():
            following = world.app.service.live.followed_by(follower, since, world.store)
            stack.enter_context(following)
            follower.start()
        await lou.call(ENROLL, **OPEN)
        assert await woken(crowd["admin"])
        await lou.call("enrollment.unenroll", **OPEN)
        assert await woken(crowd["admin"])
    told = {name: len(follower.news) for name, follower in crowd.items() if follower.news}
    assert told == {"usr_lou": 2, "admin": 2}


async def test_a_slow_reader_holds_few_events_and_is_told_all(world: World, ada: Person):
    stream = await opened(world, ada)
    first = asyncio.ensure_future(anext(stream))
    [follower] = await followers(world, 1)
    await ada.call(ENROLL, **OPEN, userId="usr_lou")
    told = [await first]
    world.change(MANY, count=AHEAD + 300)
    async with asyncio.timeout(PATIENCE):
        while not follower.has_missed:
            await asyncio.sleep(0.01)
    assert len(follower.news) <= AHEAD
    await ada.call(ENROLL, **OPEN, userId="usr_leo")
    async with asyncio.timeout(PATIENCE):
        told += [await anext(stream) for _ in range(AHEAD + 301)]
    assert told[-1].data.user_id == "usr_leo"
    whole = world.rows("select id from event where id >= :id order by id", id=int(told[0].id))
    assert [(int(event.id),) for event in told] == whole
    await stream.aclose()
    assert await followers(world, 0) == []


@pytest.mark.engine("sqlite")
async def test_when_nothing_can_be_read_who_follows_is_sent_away(
    database: str, caplog: pytest.LogCaptureFixture
):
    async with serving(Path(database), ReadStore) as world:
        store, live = world.store, world.app.service.live
        org_id, user_id = ids(world)
        alone, lost, found = (Follower(org_id, user_id, None) for _ in range(3))
        since = latest(world, org_id)
        store.error = sqlite3.OperationalError("disk I/O error")
        with live.followed_by(alone, since, store), pytest.raises(RPCError, match="come back"):
            await woken(alone)
        store.error = None
        with live.followed_by(lost, since, store):
            lost.start()
            store.error = sqlite3.OperationalError("disk I/O error")
            with pytest.raises(RPCError, match="come back") as refused:
                await woken(lost)
            assert (refused.value.code, refused.value.retry_after) == ("SERVICE_UNAVAILABLE", 1)
            store.error = None
            with live.followed_by(found, since, store):
                found.start()
                await world.person("usr_lou").call(ENROLL, **OPEN)
                assert await woken(found)
    assert "events cannot be told" in caplog.text
    assert [news.row.user_key for news in found.news] == ["usr_lou"]


async def test_silence_is_no_news(world: World):
    org_id, user_id = ids(world)
    follower = Follower(org_id, user_id, None)
    with world.app.service.live.followed_by(follower, latest(world, org_id), world.store):
        follower.start()
        assert await follower.wait(0.01) is False


async def test_a_stream_that_is_never_read_follows_nothing(world: World, ada: Person):
    """Between the call and its first item the client may leave."""
    await opened(world, ada)
    assert list(world.app.service.live) == []


async def test_what_is_committed_between_the_call_and_its_first_item_is_told(
    world: World, ada: Person
):
    stream = await opened(world, ada)
    await ada.call(ENROLL, **OPEN, userId="usr_lou")
    async with asyncio.timeout(PATIENCE):
        event = (await anext(stream)).data
    assert (event.user_id, event.course_id) == ("usr_lou", "crs_open")
    await stream.aclose()


async def following(stream: AsyncIterator[Any]) -> asyncio.Future[Any]:
    """The first item of a stream on its way."""
    first = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0)
    return first


async def require_refused(stream: AsyncIterator[Any]) -> None:
    with pytest.raises(RPCError, match="too many subscriptions"):
        async with asyncio.timeout(PATIENCE):
            await anext(stream)


async def test_of_streams_that_are_opened_together_no_more_are_told_than_there_may_be(
    database: str,
):
    async with serving(database, max_streams=2) as world:
        ada = world.person("usr_ada")
        streams = [await opened(world, ada) for _ in range(6)]
        waits = [await following(stream) for stream in streams]
        assert len(await followers(world, 2)) == 2
        await ada.call(ENROLL, **OPEN, userId="usr_lou")
        async with asyncio.timeout(PATIENCE):
            ends = await asyncio.gather(*waits, return_exceptions=True)
        assert [end.data.user_id for end in ends[:2]] == ["usr_lou"] * 2
        assert [end.reason for end in ends[2:]] == ["too_many_streams"] * 4
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]


async def test_streams_in_several_organizations_are_of_one_account(database: str):
    async with serving(database, max_streams=1) as world:
        first, second = [await opened(world, world.person("usr_bob", org)) for org in BOTH]
        wait = await following(first)
        await require_refused(second)
        await cancel(wait)


async def cancel(wait: asyncio.Future[Any]) -> None:
    wait.cancel()
    await asyncio.gather(wait, return_exceptions=True)


async def never_read(world: World, stream: Any) -> None:
    """Its client has left before."""


async def closed_unread(world: World, stream: Any) -> None:
    await stream.aclose()


async def cancelled(world: World, stream: Any) -> None:
    await cancel(await following(stream))


async def closed_after_an_event(world: World, stream: Any) -> None:
    wait = await following(stream)
    await world.person("usr_lou").call(ENROLL, **OPEN)
    await wait
    await stream.aclose()


async def failed(world: World, stream: Any) -> None:
    wait = await following(stream)
    [follower] = world.app.service.live
    follower.give_up()
    with pytest.raises(RPCError, match="come back"):
        await wait


async def refused_its_place(world: World, stream: Any) -> None:
    other = await opened(world, world.person("usr_ada"))
    wait = await following(other)
    await require_refused(stream)
    await cancel(wait)


@pytest.mark.parametrize(
    "end", [never_read, closed_unread, cancelled, closed_after_an_event, failed, refused_its_place]
)
async def test_a_stream_that_has_ended_leaves_its_place_to_the_next(
    database: str, end: Callable[[World, Any], Awaitable[None]]
):
    async with serving(database, max_streams=1) as world:
        ada = world.person("usr_ada")
        stream = await opened(world, ada)
        await end(world, stream)
        wait = await following(await opened(world, ada))
        assert len(await followers(world, 1)) == 1
        assert not wait.done()
        await cancel(wait)
