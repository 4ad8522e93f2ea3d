"""Look-ups of many in one read: each gets its own answer, what is alike is looked up once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from stores import ReadStore

from procedures.lookups import TOGETHER, LookUps, Moment
from procedures.store.schema import sqlite3

pytestmark = pytest.mark.engine("sqlite")


@pytest.fixture
def store(database: str):
    store = ReadStore(Path(database))
    yield store
    store.close()


def course(key: str):
    def look_up(moment: Moment) -> str:
        title = moment.tx.value("select title from course where key = :key", key=key)
        if title is None:
            raise LookupError(key)
        return title

    return look_up


async def test_those_who_ask_together_share_a_read(store: ReadStore):
    look_ups = LookUps()
    asked = [look_ups.made(store, course("crs_open")) for _ in range(3 * TOGETHER)]
    assert await asyncio.gather(*asked) == ["Open"] * 3 * TOGETHER
    assert store.reads == 3


async def test_each_gets_its_own_answer_or_refusal(store: ReadStore):
    look_ups = LookUps()
    keys = ("crs_open", "crs_none_", "crs_maths")
    asked = [look_ups.made(store, course(key)) for key in keys]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert (found[0], repr(found[1]), found[2]) == (
        "Open",
        "LookupError('crs_none_')",
        "Mathematics",
    )
    assert await look_ups.made(store, course("crs_open")) == "Open"


async def test_when_nothing_can_be_read_all_are_told(store: ReadStore):
    look_ups = LookUps()
    store.error = sqlite3.OperationalError("disk I/O error")
    asked = [look_ups.made(store, course("crs_open")) for _ in range(3)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert found == [store.error] * 3
    store.error = None
    assert await look_ups.made(store, course("crs_open")) == "Open"


async def test_who_has_left_keeps_nobody_from_an_answer(store: ReadStore):
    look_ups = LookUps()
    gone = asyncio.ensure_future(look_ups.made(store, course("crs_open")))
    stays = asyncio.ensure_future(look_ups.made(store, course("crs_open")))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == "Open"
    assert gone.cancelled()


async def test_what_is_alike_is_looked_up_once_in_a_moment_and_anew_in_the_next(
    store: ReadStore,
):
    look_ups, counted = LookUps(), []

    def look_up(moment: Moment) -> int:
        return moment.once("all", lambda: counted.append(1) or len(counted))

    for expected in (1, 2):
        asked = [look_ups.made(store, look_up) for _ in range(5)]
        assert await asyncio.gather(*asked) == [expected] * 5


async def test_a_refusal_is_looked_up_by_each(store: ReadStore):
    look_ups, counted = LookUps(), []

    def refuse() -> None:
        counted.append(1)
        raise PermissionError

    asked = [look_ups.made(store, lambda moment: moment.once("all", refuse)) for _ in range(2)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in found] == [PermissionError] * 2
    assert counted == [1, 1]
