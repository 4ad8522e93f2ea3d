"""Group commit: many calls, one fsync; no answer before it; one failure, one refusal."""

import asyncio
import threading
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from probe import TABLE, add, refuse, words
from stores import CountingStore, FailingStore, HeldStore

from procedures.store.schema import sqlite3
from procedures.store.sqlite import SQLiteStore
from procedures.store.transaction import Duplicate, Transaction, Unavailable

pytestmark = pytest.mark.engine("sqlite")

# The engine's own way to end a transaction under our feet.
POISON = "insert or rollback into probe (word) values ('taken')"
DISK_FULL = sqlite3.OperationalError("disk I/O error")


@pytest.fixture
def counting(path):
    store = CountingStore(path)
    yield store
    store.close()


@pytest.fixture
def held(path):
    store = HeldStore(path)
    yield store
    store.go.set()
    store.close()


@pytest.fixture
def failing(path):
    store = FailingStore(path)
    yield store
    store.close()


async def in_commit(store: HeldStore) -> None:
    """Until the thread is at the commit; the loop goes on meanwhile."""
    assert await asyncio.to_thread(store.reached.wait, 30)


async def test_a_write_gives_what_the_work_returned(store: SQLiteStore):
    assert await store.write(add("one")) == 1
    assert words(store) == ["one"]


async def test_calls_of_one_moment_share_one_commit(counting: CountingStore):
    await asyncio.gather(*(counting.write(add(f"w{i}")) for i in range(100)))
    assert (counting.commits, len(words(counting))) == (1, 100)


async def test_calls_that_come_during_a_commit_share_the_next_one(path):
    store = HeldStore(path)
    first = store.write(add("first"))
    await in_commit(store)
    later = [store.write(add(f"later{i}")) for i in range(50)]
    assert not any(call.done() for call in (first, *later))
    store.reached.clear()
    store.go.set()
    await asyncio.gather(first, *later)
    assert words(store) == ["first", *(f"later{i}" for i in range(50))]
    store.close()


async def test_clients_that_wait_for_each_answer_still_share_commits(counting: CountingStore):
    async def one_after_the_other(name: int) -> None:
        for i in range(4):
            await counting.write(add(f"{name}.{i}"))

    await asyncio.gather(*(one_after_the_other(name) for name in range(50)))
    assert len(words(counting)) == 200
    assert counting.commits <= 8


async def test_nobody_is_answered_before_the_commit(held: HeldStore):
    calls = [held.write(add(f"w{i}")) for i in range(3)]
    await in_commit(held)
    assert not any(call.done() for call in calls)
    assert words(held) == []
    held.go.set()
    assert await asyncio.gather(*calls) == [1, 2, 3]
    assert words(held) == ["w0", "w1", "w2"]


async def test_a_refusal_too_waits_for_the_commit_of_what_it_saw(held: HeldStore):
    """It may rest on a neighbour's row, which is promised to nobody yet."""
    first, second = held.write(add("same")), held.write(add("same"))
    await in_commit(held)
    assert not second.done()
    held.go.set()
    assert await first == 1
    with pytest.raises(Duplicate):
        await second


async def test_reads_go_on_during_a_commit(held: HeldStore):
    call = held.write(add("one"))
    await in_commit(held)
    assert words(held) == []
    held.go.set()
    await call
    assert words(held) == ["one"]


async def test_a_failed_commit_fails_every_call_of_its_group(failing: FailingStore):
    failing.error = DISK_FULL
    calls = [failing.write(add(f"w{i}")) for i in range(3)]
    calls.append(failing.write(refuse(LookupError())))
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert results == [DISK_FULL] * 4
    assert words(failing) == []


async def test_after_a_failed_commit_the_store_goes_on(failing: FailingStore):
    failing.error = DISK_FULL
    with pytest.raises(sqlite3.OperationalError):
        await failing.write(add("lost"))
    failing.error = None
    await failing.write(add("kept"))
    assert words(failing) == ["kept"]


async def test_calls_behind_a_failed_group_are_not_part_of_it(path):
    class FirstFails(HeldStore):
        def commit(self) -> None:
            first = not self.go.is_set()
            self.reached.set()
            assert self.go.wait(30)
            if first:
                raise DISK_FULL
            self._writer.execute("commit")

    store = FirstFails(path)
    doomed = store.write(add("doomed"))
    await in_commit(store)
    behind = store.write(add("behind"))
    store.go.set()
    with pytest.raises(sqlite3.OperationalError):
        await doomed
    await behind
    assert words(store) == ["behind"]
    store.close()


async def test_one_failing_call_leaves_its_neighbours_untouched(store: SQLiteStore):
    def half(tx):
        tx.insert("probe", word="half")
        raise LookupError("gone")

    calls = (store.write(add("before")), store.write(half), store.write(add("after")))
    before, failed, after = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(before, int) and isinstance(after, int)
    assert isinstance(failed, LookupError)
    assert words(store) == ["before", "after"]


class Runs:
    """Adds words and counts how often it does; raises what it is given, once the word is added."""

    def __init__(self) -> None:
        self.of: Counter[str] = Counter()

    def add(self, word: str, error: BaseException | None = None):
        def work(tx: Transaction) -> int:
            self.of[word] += 1
            id = tx.insert("probe", word=word)
            if error is not None:
                raise error
            return id

        return work


async def test_a_call_that_is_refused_before_it_changes_anything_makes_nobody_run_again(
    store: SQLiteStore,
):
    runs = Runs()
    calls = [store.write(runs.add("one")), store.write(runs.add("one"))]
    calls += [store.write(refuse(LookupError())), store.write(runs.add("two"))]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(result) for result in results] == [int, Duplicate, LookupError, int]
    assert (runs.of, words(store)) == ({"one": 2, "two": 1}, ["one", "two"])


async def test_however_many_are_refused_after_a_change_nobody_runs_more_than_twice(
    counting: CountingStore,
):
    runs = Runs()
    bad = LookupError("gone")
    calls = [counting.write(runs.add(f"w{i}", bad if i % 3 == 2 else None)) for i in range(12)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert results == [1, 2, bad, 3, 4, bad, 5, 6, bad, 7, 8, bad]
    assert runs.of == {f"w{i}": 2 if i < 3 else 1 for i in range(12)}
    assert (counting.commits, words(counting)[-1]) == (1, "w10")


async def test_while_each_group_has_a_call_to_undo_only_the_first_runs_twice(store: SQLiteStore):
    runs = Runs()
    for word in ("a", "b", "c"):
        calls = store.write(runs.add(word)), store.write(runs.add(f"bad {word}", LookupError()))
        await asyncio.gather(*calls, return_exceptions=True)
    assert runs.of == {"a": 2, "bad a": 2, "b": 1, "bad b": 1, "c": 1, "bad c": 1}


async def test_behind_a_group_with_nothing_to_undo_one_runs_without_savepoints_again(
    store: SQLiteStore,
):
    runs = Runs()
    for word, error in (("a", LookupError()), ("b", None), ("c", LookupError())):
        await asyncio.gather(store.write(runs.add(word, error)), return_exceptions=True)
    assert runs.of == {"a": 2, "b": 1, "c": 2}


async def test_calls_of_a_group_that_runs_again_wait_for_a_lock_that_others_took(path):
    class Overtaken(SQLiteStore):
        """Another process writes as soon as the first run of a group is undone."""

        begins = 0

        def _begin(self) -> bool:
            self.begins += 1
            if self.begins == 2:
                self.other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
                self.other.execute("begin immediate")
                self.other.execute("insert into probe (word) values ('theirs')")
                threading.Timer(0.2, self.other.execute, ["commit"]).start()
            return super()._begin()

    store = Overtaken(path)
    calls = store.write(add("ours")), store.write(Runs().add("bad", LookupError()))
    ours, bad = await asyncio.gather(*calls, return_exceptions=True)
    assert (ours, type(bad), words(store)) == (2, LookupError, ["theirs", "ours"])
    store.close()
    store.other.close()


async def test_what_transact_did_in_an_open_group_stays_when_a_call_behind_it_is_refused(
    store: SQLiteStore,
):
    first = store.write(add("first"))
    store.transact(add("by transact"))
    bad = store.write(Runs().add("bad", LookupError()))
    await asyncio.gather(first, bad, return_exceptions=True)
    assert words(store) == ["first", "by transact"]


async def test_beside_a_work_that_is_broken_off_all_others_are_kept(store: SQLiteStore):
    before = store.write(add("before"))
    with pytest.raises(KeyboardInterrupt):
        store.write(Runs().add("half", KeyboardInterrupt()))
    assert await asyncio.gather(before, store.write(add("behind"))) == [1, 2]
    assert words(store) == ["before", "behind"]


async def test_a_work_that_is_broken_off_leaves_nothing(store: SQLiteStore):
    with pytest.raises(KeyboardInterrupt):
        store.write(Runs().add("half", KeyboardInterrupt()))
    await store.write(add("behind"))
    assert words(store) == ["behind"]


def anything(chance: Random):
    """A work: it adds a word that may be there already, is refused before or after, or looks."""
    word = f"w{chance.randrange(12)}"
    return chance.choice(
        [add(word), refuse(LookupError()), Runs().add(word, LookupError()), count_words]
    )


def count_words(tx: Transaction) -> int:
    return tx.value("select count(*) from probe")


async def test_a_group_does_what_its_calls_would_do_one_after_the_other(
    store: SQLiteStore, tmp_path: Path
):
    chance = Random(7)
    alone = SQLiteStore(tmp_path / "alone.db")
    alone.transact(lambda tx: tx.run(TABLE))
    for _ in range(60):
        works = [anything(chance) for _ in range(chance.randrange(1, 12))]
        together = await asyncio.gather(*map(store.write, works), return_exceptions=True)
        expected = [await outcome(alone.write(work)) for work in works]
        assert [*map(told, together)] == [*map(told, expected)]
        assert words(store) == words(alone)
        wipe = [s.write(lambda tx: tx.run("delete from probe")) for s in (store, alone)]
        await asyncio.gather(*wipe)
    alone.close()


async def outcome(call: asyncio.Future[int]) -> int | BaseException:
    [found] = await asyncio.gather(call, return_exceptions=True)
    return found


def told(result: int | BaseException) -> object:
    return type(result) if isinstance(result, BaseException) else result


async def test_a_call_sees_what_its_neighbours_before_it_wrote(store: SQLiteStore):
    calls = (
        store.write(add("one")),
        store.write(lambda tx: tx.value("select count(*) from probe")),
    )
    assert (await asyncio.gather(*calls))[1] == 1


async def test_a_group_of_refusals_costs_no_commit(counting: CountingStore):
    await counting.write(add("one"))
    calls = [counting.write(refuse(LookupError())) for _ in range(3)]
    calls += [counting.write(add("one")), counting.write(lambda tx: tx.value("select 1"))]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(r) for r in results] == [LookupError] * 3 + [Duplicate, int]
    assert counting.commits == 1


async def test_the_engine_giving_the_transaction_up_fails_the_whole_group(store: SQLiteStore):
    await store.write(add("taken"))
    calls = [store.write(add("before")), store.write(lambda tx: tx.run(POISON))]
    calls.append(store.write(add("after")))
    before, poisoned, after = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(before, Unavailable) and isinstance(poisoned, Unavailable)
    assert isinstance(after, int)
    assert words(store) == ["taken", "after"]


async def test_however_many_groups_the_engine_gives_up_in_a_row_all_are_told(held: HeldStore):
    """And those behind them are done."""
    first = held.write(add("taken"))
    await in_commit(held)
    given_up = [held.write(lambda tx: tx.run(POISON)) for _ in range(1500)]
    behind = held.write(add("behind"))
    held.go.set()
    _, untold = await asyncio.wait([*given_up, behind], timeout=10)
    assert untold == set()
    assert {type(call.exception()) for call in given_up} == {Unavailable}
    assert await first + 1 == await behind
    assert words(held) == ["taken", "behind"]


async def test_a_group_that_ended_early_has_nothing_left_to_commit(store: SQLiteStore):
    await store.write(add("taken"))
    complaints: list[dict] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    with pytest.raises(Unavailable):
        await store.write(lambda tx: tx.run(POISON))
    await store.write(add("after"))
    assert (words(store), complaints) == (["taken", "after"], [])


async def test_who_comes_before_the_loop_has_gone_on_behind_such_a_group_is_done(
    store: SQLiteStore,
):
    await store.write(add("taken"))
    complaints: list[dict] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    poisoned, after = store.write(lambda tx: tx.run(POISON)), store.write(add("after"))
    assert isinstance((await asyncio.gather(poisoned, after, return_exceptions=True))[1], int)
    assert (words(store), complaints) == (["taken", "after"], [])


async def test_a_caller_who_leaves_takes_nobody_along(store: SQLiteStore):
    leaving, staying = store.write(add("leaving")), store.write(add("staying"))
    leaving.cancel()
    await staying
    assert words(store) == ["leaving", "staying"]


async def test_transact_commits_or_undoes_by_itself(store: SQLiteStore):
    store.transact(add("one"))
    with pytest.raises(LookupError):
        store.transact(lambda tx: (add("two")(tx), refuse(LookupError())(tx)))
    assert words(store) == ["one"]
