"""A long work runs in a thread from begin to commit: others read meanwhile, and write behind it."""

import asyncio
import threading

import pytest
from probe import add, held_by_another_process, refuse, words
from stores import CountingStore

from procedures import router
from procedures.app import is_long
from procedures.store import sqlite
from procedures.store.sqlite import SQLiteStore
from procedures.store.transaction import Duplicate, Transaction, Unavailable

pytestmark = pytest.mark.engine("sqlite")


class Slow:
    """A work that stays in its middle until it may go on."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go = threading.Event()

    def __call__(self, tx: Transaction) -> int:
        tx.insert("probe", word="long")
        self.reached.set()
        assert self.go.wait(30)
        return tx.insert("probe", word="longer")

    async def is_reached(self) -> None:
        assert await asyncio.to_thread(self.reached.wait, 30)


@pytest.fixture
def slow():
    slow = Slow()
    yield slow
    slow.go.set()


async def test_reads_are_answered_while_it_runs(store: SQLiteStore, slow: Slow):
    call = store.write(slow, long=True)
    await slow.is_reached()
    assert words(store) == []
    slow.go.set()
    assert await call == 2
    assert words(store) == ["long", "longer"]


async def test_writes_that_come_while_it_runs_are_done_behind_it(store: SQLiteStore, slow: Slow):
    calls = [store.write(slow, long=True), store.write(add("behind"))]
    await slow.is_reached()
    calls.append(store.write(add("last")))
    assert not any(call.done() for call in calls)
    slow.go.set()
    assert await asyncio.gather(*calls) == [2, 3, 4]


async def test_of_many_only_the_one_under_way_is_waited_for_by_who_comes(
    store: SQLiteStore, slow: Slow
):
    """Those of one order stay in it."""
    works = [(slow, True), (add("a"), True), (add("b"), True), (add("c"), False)]
    calls = [store.write(work, "batch", long=long) for work, long in works]
    await slow.is_reached()
    assert store.waiting == 4
    calls += [store.write(add("other"), "another"), store.write(add("more"))]
    slow.go.set()
    await asyncio.gather(*calls)
    assert words(store) == ["long", "longer", "other", "more", "a", "b", "c"]
    assert store.waiting == 0


async def test_all_that_wait_for_a_lock_in_vain_are_refused_and_the_next_are_not(
    path, store: SQLiteStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sqlite, "LOCK_WAIT", 0.05)
    works = [(add("first"), False), (add("a"), True), (add("b"), True)]
    with held_by_another_process(path, "select 1"):
        calls = [store.write(work, "batch", long=long) for work, long in works]
        refusals = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(refusal) for refusal in refusals] == [Unavailable] * 3
    await asyncio.gather(*(store.write(work, "batch", long=long) for work, long in works))
    assert words(store) == ["first", "a", "b"]


async def test_it_waits_for_the_group_before_it_and_shares_no_commit(path, slow: Slow):
    store = CountingStore(path)
    slow.go.set()
    works = (add("a"), add("b"), slow, add("c"), add("d"))
    await asyncio.gather(*(store.write(work, long=work is slow) for work in works))
    assert words(store) == ["a", "b", "long", "longer", "c", "d"]
    assert store.commits == 3
    store.close()


async def test_one_that_is_refused_leaves_nothing(store: SQLiteStore):
    def twice(tx: Transaction) -> None:
        tx.insert("probe", word="same")
        tx.insert("probe", word="same")

    refused = store.write(twice, long=True)
    behind = store.write(add("behind"))
    with pytest.raises(Duplicate):
        await refused
    assert await behind and words(store) == ["behind"]


async def test_what_it_shall_leave_behind_when_refused_is_kept(store: SQLiteStore):
    def refusing(tx: Transaction) -> None:
        tx.insert("probe", word="undone")
        tx.remember(add("remembered"))
        refuse(LookupError())(tx)

    with pytest.raises(LookupError):
        await store.write(refusing, long=True)
    assert words(store) == ["remembered"]


async def test_what_shall_be_done_soon_may_be_said_from_within_it(store: SQLiteStore):
    def work(tx: Transaction) -> None:
        tx.insert("probe", word="now")
        store.soon(add("soon"))

    await store.write(work, long=True)
    while words(store) != ["now", "soon"]:
        await asyncio.sleep(0.01)


def test_what_changes_many_records_at_once_is_a_long_work():
    assert {name for name, procedure in router.items() if is_long(procedure)} == {
        "course.setComponents",
        "enrollment.bulk",
    }
