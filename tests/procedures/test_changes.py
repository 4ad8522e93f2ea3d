"""`enrollment.changes`: the delta feed. domain.md §4 asks for "delta feed with tombstones"."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from world import Person, World, refused

CHANGES, ENROLL, UNENROLL = "enrollment.changes", "enrollment.enroll", "enrollment.unenroll"
OPEN, PAST = {"courseId": "crs_open"}, {"courseId": "crs_past"}


async def news(ada: Person, after: Any = 0, limit: int = 50) -> list[dict[str, Any]]:
    return (await ada.call(CHANGES, after=after, limit=limit))["items"]


async def everything(ada: Person, limit: int) -> list[dict[str, Any]]:
    """The whole feed, page by page, until a page is empty."""
    items, after = [], 0
    while page := await ada.call(CHANGES, after=after, limit=limit):
        if not page["items"]:
            assert page["nextCursor"] == str(after)
            return items
        items += page["items"]
        after = page["nextCursor"]
    raise AssertionError("a page without cursor")


async def now(ada: Person) -> str:
    return (await everything(ada, 200))[-1]["id"]


async def test_each_transition_is_told_once_with_all_that_is_known(ada: Person, lou: Person):
    after = await now(ada)
    record = await lou.call(ENROLL, **OPEN)
    [event] = await news(ada, after)
    assert event == {
        "id": event["id"],
        "at": record["enrolledAt"],
        "enrollmentId": record["id"],
        "userId": "usr_lou",
        "realmId": record["realmId"],
        "courseId": "crs_open",
        "kind": "enrolled",
        "fromStatus": None,
        "toStatus": "active",
        "actorId": "usr_lou",
        "door": "rpc",
        "reason": None,
        "data": {},
    }


async def test_deletions_are_told_as_going_to_nothing(ada: Person, lia: Person):
    """A tombstone, and a record that was destroyed and left none."""
    after = await now(ada)
    await lia.call(UNENROLL, **PAST, reason="moved")
    await ada.call("enrollment.delete", id="enr_leo")
    told = await news(ada, after)
    assert [(e["enrollmentId"], e["fromStatus"], e["toStatus"], e["reason"]) for e in told] == [
        ("enr_lia", "active", None, "moved"),
        ("enr_leo", "active", None, None),
    ]


async def test_deletions_are_told_for_longer_than_is_promised(world: World, ada: Person):
    """Nothing is ever removed from the log, whatever `tombstoneDays` says."""
    await ada.call("org.update", settings={"tombstoneDays": 1})
    after = await now(ada)
    await ada.call("enrollment.delete", id="enr_leo")
    world.clock.advance(days=1000)
    world.change("update token set expires_at = null")
    assert [e["toStatus"] for e in await news(ada, after)] == [None]


async def test_refused_calls_are_not_told(ada: Person, lou: Person):
    after = await now(ada)
    with refused("CONFLICT", reason="full"):
        await lou.call(ENROLL, courseId="crs_none")
    assert await news(ada, after) == []


async def test_where_nothing_is_new_the_cursor_stays(ada: Person):
    after = await now(ada)
    assert await ada.call(CHANGES, after=after) == {"items": [], "nextCursor": after}


async def test_a_feed_without_any_event_has_a_cursor_to_begin_with(world: World, ada: Person):
    world.change("delete from event")
    assert await ada.call(CHANGES) == {"items": [], "nextCursor": "0"}


@pytest.mark.parametrize("limit", [1, 3, 200])
async def test_pages_of_any_size_hold_each_event_once_in_order(ada: Person, limit: int):
    items = await everything(ada, limit)
    ids = [int(event["id"]) for event in items]
    assert ids == sorted(set(ids))
    assert len(items) == 9  # what the roster of the world begins with


async def test_a_larger_wish_is_cut_to_two_hundred(world: World, ada: Person):
    copy = "enrollment_id, enrollment_key, user_id, realm_id, course_id, kind, to_status, door"
    sql = f"""
        with recursive n(i) as (select 1 union all select i + 1 from n where i < 250)
        insert into event (org_id, at, {copy}) select org_id, at, {copy} from event, n
        where enrollment_key = 'enr_leo'
    """
    world.change(sql)
    assert len(await news(ada, 0, limit=10_000)) == 200


async def test_the_id_of_any_event_is_a_cursor(ada: Person, lou: Person):
    await lou.call(ENROLL, **OPEN)
    [enrolled] = await lou.items("enrollment.history", **OPEN)
    await lou.call(UNENROLL, **OPEN)
    for after in (enrolled["id"], int(enrolled["id"])):
        assert [e["kind"] for e in await news(ada, after)] == ["unenrolled"]


async def test_readers_among_writers_miss_nothing(world: World, ada: Person):
    """Whoever follows cursors sees what is committed in one order, each event once."""
    people = ["usr_lia", "usr_leo", "usr_lou", "usr_bob", "usr_tom", "usr_ina"]
    after = await now(ada)
    done = asyncio.Event()

    async def write(user: str) -> None:
        for _ in range(10):
            await world.person(user).call(ENROLL, **OPEN)
            await world.person(user).call(UNENROLL, **OPEN)

    async def follow() -> list[str]:
        seen, cursor = [], after
        while True:
            is_last = done.is_set()
            page = await ada.call(CHANGES, after=cursor, limit=7)
            seen += [event["id"] for event in page["items"]]
            cursor = page["nextCursor"]
            if is_last and not page["items"]:
                return seen

    followers = [asyncio.create_task(follow()) for _ in range(3)]
    await asyncio.gather(*(write(user) for user in people))
    done.set()
    seen = await asyncio.gather(*followers)
    whole = [event["id"] for event in await news(ada, after, limit=200)]
    assert len(whole) == 20 * len(people)
    assert seen == [whole] * 3


async def test_another_organization_is_not_told_of(world: World, ada: Person):
    bea = world.person("usr_bea", "beta")
    after = await now(ada)
    await world.person("usr_ben", "beta").call(UNENROLL, courseId="crs_beta")
    assert await news(ada, after) == []
    assert [e["userId"] for e in await news(bea)] == ["usr_ben", "usr_ben"]


@pytest.mark.parametrize("user", ["usr_lia", "usr_tom", "usr_ina"])
async def test_only_admins_may_read_the_feed(world: World, user: str):
    with refused("FORBIDDEN", reason="admin_required"):
        await world.person(user).call(CHANGES)


async def test_who_is_not_verified_and_who_is_unknown_are_refused(world: World):
    with refused("FORBIDDEN", reason="not_member"):
        await world.person("usr_una").call(CHANGES)
    with refused("UNAUTHORIZED"):
        await world.stranger().call(CHANGES)


async def test_a_cursor_from_before_a_restored_backup_is_refused(ada: Person):
    """What was told behind it has not happened, and what will would be taken for seen."""
    after = int(await now(ada)) + 1000
    with refused("BAD_REQUEST", reason="unknown_cursor"):
        await ada.call(CHANGES, after=after)


@pytest.mark.parametrize(
    "after", ["", "abc", "-2", -1, 1.5, "9" * 16, 2**53, None, "1e3", "\u0661"]
)
async def test_what_is_no_cursor_is_refused(ada: Person, after: Any):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(CHANGES, after=after)
