"""PostgreSQL: runs that collide are run again, what is lost is told, nobody waits without end."""

import asyncio
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from pg import Pause, cut, move, once, session
from probe import add, refuse, words

from procedures.store import postgres
from procedures.store.database import Unusable
from procedures.store.postgres import PostgresStore
from procedures.store.transaction import Duplicate, Transaction, Unavailable

pytestmark = pytest.mark.engine("postgres")


@pytest.fixture
def narrow(address: str) -> Iterator[PostgresStore]:
    """A store with one connection beside that of this thread."""
    store = PostgresStore(address, size=1)
    yield store
    store.close()


async def test_one_of_two_that_could_not_follow_each_other_is_run_again(store: PostgresStore):
    """Each looks for the word the other writes. Side by side both would find nothing."""
    meeting = threading.Barrier(2)
    works = [move(*pair, once(meeting.wait)) for pair in (("a", "b"), ("b", "a"))]
    found = await asyncio.gather(*(store.write(work) for work in works))
    assert sorted(found) == [0, 1]
    assert sorted(words(store)) == ["a", "b"]
    assert store.counts["serialization"] == 1


async def test_two_that_wait_for_each_other_both_get_done(store: PostgresStore):
    await store.write(lambda tx: [add(word)(tx) for word in "ab"])
    meeting = threading.Barrier(2)

    def swap(first: str, second: str):
        meet = once(meeting.wait)

        def work(tx: Transaction) -> None:
            tx.run("update probe set word = word || '1' where word like :word", word=f"{first}%")
            meet()
            tx.run("update probe set word = word || '2' where word like :word", word=f"{second}%")

        return work

    await asyncio.gather(store.write(swap("a", "b")), store.write(swap("b", "a")))
    assert store.counts["deadlock"] + store.counts["serialization"] >= 1
    assert sorted(words(store)) in (["a12", "b21"], ["a21", "b12"])


async def test_who_collides_every_time_is_told_to_come_again(
    address: str, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgres, "PAUSE", 0)
    await store.write(add("one"))

    def work(tx: Transaction) -> None:
        tx.value("select count(*) from probe")
        with session(address) as other:
            other.execute("update probe set word = word || '!'")
        tx.run("update probe set word = 'mine'")

    with pytest.raises(Unavailable) as refused:
        await store.write(work)
    assert (refused.value.code, refused.value.retry_after) == ("SERVICE_UNAVAILABLE", 1)
    assert store.counts["serialization"] == postgres.ATTEMPTS
    assert words(store) == ["one" + "!" * postgres.ATTEMPTS]


async def test_a_collision_that_the_work_passes_over_is_not_lost(address, store: PostgresStore):
    await store.write(add("one"))
    change = once(lambda: run_elsewhere(address, "update probe set word = 'theirs'"))

    def work(tx: Transaction) -> str:
        tx.value("select count(*) from probe")
        change()
        try:
            with tx.savepoint():
                tx.run("update probe set word = word || ' and mine'")
        except Exception:
            return "passed over"
        return "done"

    assert await store.write(work) == "done"
    assert words(store) == ["theirs and mine"]


def run_elsewhere(address: str, sql: str) -> None:
    with session(address) as other:
        other.execute(sql)


async def test_a_row_that_came_between_looking_and_writing_is_found(address, store: PostgresStore):
    come = once(lambda: run_elsewhere(address, "insert into probe (word) values ('one')"))

    def work(tx: Transaction) -> str:
        found = tx.value("select word from probe where word = 'one'")
        come()
        return found or f"added {tx.insert('probe', word='one')}"

    assert await store.write(work) == "one"


async def test_a_row_that_was_there_all_along_is_a_duplicate(store: PostgresStore):
    await store.write(add("one"))
    with pytest.raises(Duplicate) as refused:
        await store.write(add("one"))
    assert refused.value.index == "probe_word_key"
    assert store.counts["duplicate"] == 1


@pytest.mark.parametrize("tenant", [None, 7])
async def test_who_is_beaten_to_it_finds_the_other_row_where_it_can_run_alone_also_twice(
    address, store: PostgresStore, tenant: int | None
):
    def work(tx: Transaction) -> str:
        if tenant is not None:
            tx.enter(tenant)
        word = f"w{tx.value('select count(*) from probe')}"
        if word < ("w2" if tenant else "w1"):
            run_elsewhere(address, f"insert into probe (word) values ('{word}')")
        tx.insert("probe", word=word)
        return word

    assert await store.write(work) == ("w2" if tenant else "w1")


async def test_a_row_of_a_tenant_that_was_there_all_along_is_a_duplicate_in_the_end(
    store: PostgresStore,
):
    await store.write(add("one"))

    def work(tx: Transaction) -> None:
        tx.enter(7)
        add("one")(tx)

    with pytest.raises(Duplicate):
        await store.write(work)
    assert store.counts["duplicate"] == postgres.SURPRISES


async def test_after_a_duplicate_in_a_savepoint_the_work_goes_on(store: PostgresStore):
    await store.write(add("one"))

    def work(tx: Transaction) -> None:
        with pytest.raises(Duplicate), tx.savepoint():
            add("one")(tx)
        add("two")(tx)

    await store.write(work)
    assert words(store) == ["one", "two"]


async def test_an_error_passed_over_without_a_savepoint_is_a_fault(store: PostgresStore):
    """PostgreSQL has given the transaction up, and would answer the commit without an error."""
    await store.write(add("one"))

    def work(tx: Transaction) -> None:
        add("two")(tx)
        with pytest.raises(Duplicate):
            add("one")(tx)

    with pytest.raises(RuntimeError, match="without a savepoint"):
        await store.write(work)
    assert words(store) == ["one"]


async def test_a_refused_work_leaves_nothing(store: PostgresStore):
    with pytest.raises(LookupError):
        await store.write(lambda tx: (add("one")(tx), refuse(LookupError())(tx)))
    assert words(store) == []


async def test_a_lost_connection_is_replaced_and_the_work_run_again(address, store: PostgresStore):
    lose = once(lambda: cut(address))

    def work(tx: Transaction) -> None:
        add("one")(tx)
        lose()
        add("two")(tx)

    await store.write(work)
    assert words(store) == ["one", "two"]
    assert store.counts["connection"] >= 1


async def test_connections_that_were_lost_while_idle_cost_nobody_a_call(address, store):
    await asyncio.gather(*(store.write(add(f"w{i}")) for i in range(20)))
    assert cut(address) >= 2
    await asyncio.gather(*(store.write(add(f"x{i}")) for i in range(20)))
    assert len(words(store)) == 40


async def test_a_server_that_takes_no_writes_is_looked_for_anew(address, store: PostgresStore):
    """As it stays for all sessions that were begun meanwhile: each is given up when it is met."""
    turn = (
        f"begin read write; alter database {urlsplit(address).path[1:]}"
        " set default_transaction_read_only = {}; commit"
    )
    run_elsewhere(address, turn.format("on"))
    assert cut(address) > 0
    for _ in range(2):
        with pytest.raises(Unavailable, match="takes no writes now"):
            await store.write(add("one"))
    assert (await store.read(lambda tx: tx.value("select 1")), words(store)) == (1, [])
    assert store.fault == "the database takes no writes now"
    run_elsewhere(address, turn.format("off"))
    again = [store.write(add(f"x{i}")) for i in range(20)]
    ended = await asyncio.gather(*again, return_exceptions=True)
    await store.write(add("two"))
    kept = [f"x{i}" for i, end in enumerate(ended) if not isinstance(end, Unavailable)]
    assert (sorted(words(store)), store.fault) == (sorted(["two", *kept]), None)


async def test_a_write_in_a_read_is_the_fault_of_who_makes_it(store: PostgresStore):
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await store.read(add("one"))
    assert store.fault is None


async def test_a_connection_lost_at_the_commit_leaves_it_open_what_was_stored(
    address, store: PostgresStore
):
    """A deferred trigger is the last that runs inside the commit."""
    run_elsewhere(
        address,
        """
        create function die() returns trigger language plpgsql as
          $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
        create constraint trigger die after insert on probe deferrable initially deferred
          for each row execute function die()
        """,
    )
    with pytest.raises(Unavailable, match="look first"):
        await store.write(add("one"))
    assert (words(store), store.counts["connection"]) == ([], 0)


async def test_a_statement_that_takes_too_long_is_given_up(store, monkeypatch):
    monkeypatch.setattr(postgres, "WRITE", postgres.WRITE.replace("5000", "50"))
    with pytest.raises(Unavailable):
        await store.write(lambda tx: tx.value("select cast(pg_sleep(20) as text)"))
    await store.write(add("later"))
    assert words(store) == ["later"]


async def test_a_lock_in_other_hands_is_waited_for_and_then_given_up(address, store, monkeypatch):
    monkeypatch.setattr(postgres, "WRITE", postgres.WRITE.replace("2000", "50"))
    with session(address) as other, other.transaction():
        other.execute("lock table probe in exclusive mode")
        with pytest.raises(Unavailable):
            await store.write(add("one"))
    await store.write(add("two"))
    assert words(store) == ["two"]


async def test_a_work_that_sits_idle_loses_its_connection_and_is_run_again(store, monkeypatch):
    """Whoever hangs in the middle of a transaction does not keep its locks."""
    monkeypatch.setattr(postgres, "WRITE", postgres.WRITE.replace("10000", "100"))
    hang = once(lambda: time.sleep(0.5))

    def work(tx: Transaction) -> None:
        add("one")(tx)
        hang()
        add("two")(tx)

    await store.write(work)
    assert (words(store), store.counts["connection"]) == (["one", "two"], 1)


async def test_where_the_line_is_too_long_calls_are_sent_away_at_once(narrow: PostgresStore):
    pause = Pause()
    running = narrow.write(lambda tx: pause())
    await asyncio.to_thread(pause.wait)
    waiting = [narrow.write(add(f"w{i}")) for i in range(postgres.LINE - 1)]
    with pytest.raises(Unavailable) as refused:
        await narrow.write(add("one too many"))
    assert (refused.value.retry_after, narrow.counts["shed"]) == (1, 1)
    pause.go()
    await asyncio.gather(running, *waiting)
    await narrow.write(add("later"))
    assert len(words(narrow)) == postgres.LINE


async def test_who_has_waited_too_long_is_sent_away(narrow: PostgresStore, monkeypatch):
    monkeypatch.setattr(postgres, "PATIENCE", 0.0)
    pause = Pause()
    running = asyncio.wrap_future(narrow._threads.submit(pause))
    late = narrow.write(add("late"))
    await asyncio.to_thread(pause.wait)
    pause.go()
    await running
    with pytest.raises(Unavailable):
        await late
    assert words(narrow) == []


async def test_who_has_left_is_not_worked_for(narrow: PostgresStore):
    pause = Pause()
    running = narrow.write(lambda tx: pause())
    await asyncio.to_thread(pause.wait)
    leaving = narrow.read(add("never"))
    leaving.cancel()
    pause.go()
    await running
    await narrow.write(add("later"))
    assert words(narrow) == ["later"]


async def test_works_of_one_order_follow_each_other(store: PostgresStore):
    """And only those: the calls of a batch go in its order, batches go side by side."""
    slow, other = Pause(), Pause()
    first = store.write(lambda tx: (slow(), add("first")(tx)), order="a")
    second = store.write(add("second"), order="a")
    beside = store.write(lambda tx: (other(), add("beside")(tx)), order="b")
    await asyncio.to_thread(other.wait)
    other.go()
    await beside
    assert not second.done()
    slow.go()
    await asyncio.gather(first, second)
    assert words(store) == ["beside", "first", "second"]


async def test_a_refused_work_holds_up_nobody_behind_it(store: PostgresStore):
    refused = store.write(refuse(LookupError()), order="a")
    await store.write(add("next"), order="a")
    assert isinstance(refused.exception(), LookupError)
    assert words(store) == ["next"]


async def test_what_is_done_soon_is_done_from_any_thread(store: PostgresStore):
    await store.write(lambda tx: store.soon(add("soon")))
    store._threads.shutdown()
    assert words(store) == ["soon"]


def test_given_ids_are_not_given_again(store: PostgresStore):
    store.transact(lambda tx: tx.insert("probe", id=70, word="seventy"))
    assert store.transact(add("next")) == 71

    def both(tx: Transaction) -> tuple[int, int, int]:
        given = tx.insert("probe", id=90, word="ninety"), tx.insert("probe", id=80, word="eighty")
        return *given, add("behind")(tx)

    assert store.transact(both) == (90, 80, 91)
    assert store.transact(add("last")) == 92


def test_a_table_without_ids_takes_rows_too(store: PostgresStore):
    store.transact(lambda tx: tx.insert("account", key="u", email="x", email_canonical="x"))
    row = {"id": "s", "user_id": 1, "created_at": "x", "seen_at": "x"}
    store.transact(lambda tx: tx.insert("session", **row))
    assert store.look(lambda tx: tx.value("select id from session")) == "s"


def test_booleans_are_numbers_and_sums_too(store: PostgresStore):
    store.transact(lambda tx: [tx.insert("probe", id=n, word=str(n)) for n in (1, 2)])
    sql = "select sum(id), sum(id) / 2.0, count(*) = 2, id = :one from probe group by id = :one, id"
    found = store.look(lambda tx: tx.all(lambda *row: row, f"{sql} order by id", one=True))
    assert found == [(1, 0.5, 0, 1), (2, 1.0, 0, 0)]
    assert {type(value) for row in found for value in row} == {int, float}


def test_no_server_is_told_in_words_and_without_the_password(address: str):
    with pytest.raises(Unusable, match=r"cannot use the database: .*Connection refused") as refused:
        PostgresStore("postgresql://somebody:secret@127.0.0.1:1/nowhere")
    assert "secret" not in str(refused.value)
