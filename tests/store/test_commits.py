"""Telling of commits: at once of one's own, within a moment of others', never for nobody."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from probe import add, refuse

from procedures.store.database import Database
from procedures.store.sqlite import SQLiteStore

PATIENCE = 10


class LookedAt(SQLiteStore):
    """Counts how often it is asked whether others have committed."""

    looks = 0

    def _version(self) -> int:
        self.looks += 1
        return super()._version()


@pytest.fixture
def looked_at(path: Path):
    store = LookedAt(path)
    yield store
    store.close()


async def heard(woken: asyncio.Event) -> None:
    async with asyncio.timeout(PATIENCE):
        await woken.wait()
    woken.clear()


async def test_who_follows_hears_of_a_commit_of_this_process(store: Database):
    woken = asyncio.Event()
    with store.committed.followed_by(woken.set):
        await store.write(add("one"))
        await heard(woken)


async def test_who_follows_hears_of_a_commit_of_another_process(store: Database, other: Database):
    woken = asyncio.Event()
    with store.committed.followed_by(woken.set):
        await heard(woken)  # the first look finds what was before
        await asyncio.to_thread(other.transact, add("theirs"))
        await heard(woken)


@contextmanager
def unreadable(store: SQLiteStore) -> Iterator[None]:
    """Each statement of a read fails."""
    store._reader.set_authorizer(lambda *_: 1)
    yield
    store._reader.set_authorizer(None)


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("follows_before", [True, False])
async def test_after_a_while_in_which_nothing_could_be_read_commits_are_heard_of(
    store: SQLiteStore, other: Database, monkeypatch, follows_before: bool
):
    monkeypatch.setattr("procedures.store.commits.POLL", 0.01)
    woken = asyncio.Event()
    with ExitStack() as stack:
        if follows_before:
            stack.enter_context(store.committed.followed_by(woken.set))
            await heard(woken)
        with unreadable(store):
            if not follows_before:
                stack.enter_context(store.committed.followed_by(woken.set))
            await asyncio.sleep(0.1)
        await asyncio.to_thread(other.transact, add("theirs"))
        await heard(woken)


@pytest.mark.engine("sqlite")
async def test_a_refused_call_is_no_commit(looked_at: LookedAt):
    told: list[int] = []
    looked_at.committed.tell()
    with looked_at.committed.followed_by(lambda: told.append(1)):
        told.clear()
        with pytest.raises(ZeroDivisionError):
            await looked_at.write(refuse(ZeroDivisionError()))
        assert told == []


async def test_all_who_follow_hear_and_who_has_left_does_not(store: Database):
    heard_by: list[str] = []
    with store.committed.followed_by(lambda: heard_by.append("a")):
        with store.committed.followed_by(lambda: heard_by.append("b")):
            heard_by.clear()
            store.committed.tell()
            assert sorted(heard_by) == ["a", "b"]
        store.committed.tell()
    store.committed.tell()
    assert sorted(heard_by) == ["a", "a", "b"]


@pytest.mark.engine("sqlite")
async def test_nobody_looks_while_nobody_follows(looked_at: LookedAt, monkeypatch):
    monkeypatch.setattr("procedures.store.commits.POLL", 0.01)
    await looked_at.write(add("one"))
    assert looked_at.looks == 0
    with looked_at.committed.followed_by(lambda: None), looked_at.committed.followed_by(print):
        async with asyncio.timeout(PATIENCE):
            while looked_at.looks < 5:
                await asyncio.sleep(0.01)
    before = looked_at.looks
    await asyncio.sleep(0.1)
    assert looked_at.looks == before


async def test_a_closed_store_wakes_nobody(address: str, store: Database):
    woken = asyncio.Event()
    with store.committed.followed_by(woken.set):
        store.committed.close()
        woken.clear()
        store.committed.tell()
        assert not woken.is_set()
