"""What a refused call leaves behind."""

import asyncio

import pytest
from probe import add, words
from stores import CountingStore

from procedures.store.database import Database
from procedures.store.transaction import Duplicate, Transaction


class Refusal(Exception):
    pass


def refuse_after(word: str, left_behind: str):
    """Add a word, be refused, and leave another one behind."""

    def work(tx: Transaction) -> None:
        tx.remember(add(left_behind))
        add(word)(tx)
        raise Refusal

    return work


async def test_what_is_remembered_outlives_the_refusal_alone(store: Database):
    with pytest.raises(Refusal):
        await store.write(refuse_after("done", "remembered"))
    assert words(store) == ["remembered"]


@pytest.mark.engine("sqlite")
async def test_it_is_on_disk_before_the_refusal_is_answered(path):
    store = CountingStore(path)
    with pytest.raises(Refusal):
        await store.write(refuse_after("done", "remembered"))
    assert store.commits == 1
    store.close()


async def test_the_next_call_of_the_moment_sees_it(store: Database):
    first = store.write(refuse_after("done", "remembered"), order=1)
    count = store.write(lambda tx: tx.value("select count(*) from probe"), order=1)
    refusal, seen = await asyncio.gather(first, count, return_exceptions=True)
    assert (type(refusal), seen) == (Refusal, 1)


async def test_who_is_not_refused_leaves_nothing_behind(store: Database):
    def work(tx: Transaction) -> None:
        tx.remember(add("remembered"))
        add("done")(tx)

    await store.write(work)
    with pytest.raises(Refusal):
        await store.write(refuse_after("x", "of another call"))
    assert words(store) == ["done", "of another call"]


async def test_what_cannot_be_remembered_is_a_fault(store: Database):
    await store.write(add("taken"))
    with pytest.raises(Duplicate):
        await store.write(refuse_after("done", "taken"))
    assert words(store) == ["taken"]
