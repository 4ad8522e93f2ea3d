"""What the readers of a feed rely on: of one tenant, events become visible in the order of ids."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Awaitable

import pytest
from pg import Pause, cut, once, session

from procedures.roster.load import load, prepared
from procedures.store import postgres
from procedures.store.postgres import PostgresStore
from procedures.store.postgres_transaction import order_lock
from procedures.store.transaction import Transaction, Unavailable

pytestmark = pytest.mark.engine("postgres")

NOW = "2026-03-02T09:00:00.000Z"
BEHIND = "select id from event where org_id = :org_id and id > :after order by id"


@pytest.fixture
def tenants(store: PostgresStore) -> list[int]:
    return [store.transact(lambda tx, key=key: tx.insert("org", key=key, name=key)) for key in "ab"]


def event(tx: Transaction, org_id: int) -> int:
    subject = {"enrollment_id": 1, "enrollment_key": "enr", "user_id": 1, "realm_id": 1}
    return tx.insert("event", org_id=org_id, at=NOW, kind="enrolled", door="rpc", **subject)


async def held(store: PostgresStore, org_id: int) -> tuple[Awaitable[int], Pause]:
    """A transaction that has added an event, and commits when it may go on."""
    pause = Pause()

    def slow(tx: Transaction) -> int:
        id = event(tx, org_id)
        pause()
        return id

    slower = store.write(slow)
    await asyncio.to_thread(pause.wait)
    return slower, pause


async def test_an_event_waits_for_the_commit_of_the_one_before_it(store: PostgresStore, tenants):
    first, other = tenants
    slower, pause = await held(store, first)
    behind = store.write(lambda tx: event(tx, first))
    beside = await store.write(lambda tx: event(tx, other))
    assert not behind.done()
    assert store.look(lambda tx: tx.all(int, BEHIND, org_id=first, after=0)) == []
    pause.go()
    assert await slower < beside < await behind


def roster(org: str) -> bytes:
    """A record that is added to a tenant, and whatever it needs."""
    at = {"org": org}
    user = f"usr_{org}"
    record = {"user": user, "realm": "sec", "role": "student", "status": "active"}
    arrays = {
        "schools": at | {"key": "sch", "name": "S", "is_default": True},
        "accounts": {"key": user, "email": f"{user}@a.example"},
        "memberships": at | {"user": user, "role": "learner"},
        "courses": at | {"key": "crs", "title": "C"},
        "realms": at | {"key": "sec", "kind": "section", "course": "crs", "title": "S"},
        "enrollments": at | record | {"enrolled_at": NOW},
    }
    document = {"format": "rollcall-roster-1"} | {name: [one] for name, one in arrays.items()}
    return json.dumps(document).encode()


async def test_a_roster_that_is_loaded_keeps_the_order_too(store: PostgresStore, tenants):
    """Its events are added by a statement that reads them from the records."""
    first, _ = tenants
    slower, pause = await held(store, first)
    loading = store.write(lambda tx: load(tx, prepared(roster("a")), NOW))
    done, _ = await asyncio.wait([loading], timeout=0.5)
    assert not done
    pause.go()
    before = await slower
    assert "enrollments 1," in await loading
    [behind] = store.look(lambda tx: tx.all(int, BEHIND, org_id=first, after=before))
    assert behind > before


async def test_other_tenants_add_records_while_a_roster_is_loaded(store: PostgresStore, tenants):
    """Under numbers of their own, though those of the roster's records are not to be seen yet."""
    _, other = tenants
    store.transact(lambda tx: load(tx, prepared(roster("b")), NOW))
    pause = Pause()

    def record(tx: Transaction) -> int:
        return tx.run(
            """
            insert into enrollment (org_id, key, user_id, realm_id, course_id, slot, role, status,
              enrolled_at, begin_at, status_at, source, updated_at)
            select org_id, 'enr_2', user_id, realm_id, course_id, slot, role, 'dropped',
              enrolled_at, begin_at, status_at, source, updated_at
            from enrollment where org_id = :org_id
            """,
            org_id=other,
        )

    def tell(doing: str, done: int, all: int) -> None:
        if done == all:
            pause()

    loading = store.write(lambda tx: load(tx, prepared(roster("a")), NOW, tell))
    await asyncio.to_thread(pause.wait)
    assert await store.write(record) == 1
    pause.go()
    assert "enrollments 1," in await loading
    numbers = store.look(lambda tx: tx.all(int, "select id from enrollment"))
    assert len({*numbers}) == len(numbers) == 3


def test_who_loads_a_roster_is_alone_with_its_tenants(address: str, store: PostgresStore, tenants):
    """From its first entry on, so that nobody collides with it; and what others read is not kept in
    memory for as long as it takes."""
    first, _ = tenants
    found = []

    def tell(doing: str, done: int, all: int) -> None:
        with session(address) as other:
            lock = "select pg_try_advisory_xact_lock(%s)"
            kept = "select count(*) from pg_locks where mode = 'SIReadLock'"
            answers = [other.execute(lock, [order_lock(first)]), other.execute(kept)]
            found.append([answer.fetchone() for answer in answers])

    store.transact(lambda tx: load(tx, prepared(roster("a")), NOW, tell))
    assert found == [[(False,), (0,)]] * 6


async def test_a_reader_that_goes_on_behind_the_last_id_misses_none(
    address: str, store: PostgresStore, tenants
):
    """While two processes write as fast as they can."""
    other, ended = PostgresStore(address), threading.Event()
    writers = [(into, org) for into in (store, other) for org in tenants for _ in range(40)]
    seen: dict[int, list[int]] = {org: [] for org in tenants}

    def follow() -> None:
        reader = PostgresStore(address)
        while True:
            last_round = ended.is_set()
            for org, ids in seen.items():
                after = ids[-1] if ids else 0
                values = {"org_id": org, "after": after}
                ids += reader.look(lambda tx, values=values: tx.all(int, BEHIND, **values))
            if last_round:
                break
        reader.close()

    following = asyncio.create_task(asyncio.to_thread(follow))
    await asyncio.gather(*(s.write(lambda tx, org=org: event(tx, org)) for s, org in writers))
    ended.set()
    await following
    assert [len(ids) for ids in seen.values()] == [80, 80]
    other.close()


async def test_who_has_collided_goes_on_when_it_is_their_turn(
    store: PostgresStore, other: PostgresStore, tenants
):
    """Of two processes: in lanes of each process alone they would collide again and again."""
    first, _ = tenants
    school = {"org_id": first, "id": 7}
    store.transact(lambda tx: tx.insert("school", key="s", name="S", **school))
    runs: Counter[int] = Counter()

    def take(n: int):
        def work(tx: Transaction) -> int:
            runs[n] += 1
            tx.enter(first)
            taken = tx.value("select count(*) from event where org_id = :org_id", org_id=first)
            tx.claim("school", **school)
            event(tx, first)
            return int(taken)

        return work

    works = ((store, other)[n % 2].write(take(n)) for n in range(40))
    assert sorted(await asyncio.gather(*works)) == [*range(40)]
    assert max(runs.values()) <= 3


async def test_two_who_want_one_row_do_not_wait_for_each_other(
    address: str, store: PostgresStore, tenants
):
    """One has the lock, as it was interrupted before; the other comes to the row first."""
    first, _ = tenants
    here = {"org_id": first, "id": 7}
    store.transact(lambda tx: tx.insert("school", key="s", name="S", **here))
    realm = {"key": "r", "kind": "group", "title": "R", "school_id": 7}
    store.transact(lambda tx: tx.insert("realm", **here, **realm))
    pause, lose = Pause(), once(lambda: cut(address))

    def change(tx: Transaction) -> int:
        tx.run("update realm set title = 'S' where org_id = :org_id and id = :id", **here)
        return event(tx, first)

    def again(tx: Transaction) -> int:
        tx.enter(first)
        lose()
        tx.value("select 1")
        pause()
        return change(tx)

    begun = store.write(again)
    await asyncio.to_thread(pause.wait)
    beside = store.write(change)
    await asyncio.wait([beside], timeout=0.3)
    pause.go()
    assert await begun < await beside
    assert store.counts["deadlock"] == 0


async def test_whose_turn_does_not_come_is_told_to_come_again(
    address: str, store: PostgresStore, tenants, monkeypatch: pytest.MonkeyPatch
):
    first, _ = tenants
    monkeypatch.setattr(postgres, "LONGEST_TURN", 0.1)
    lose = once(lambda: cut(address))

    def work(tx: Transaction) -> int:
        tx.enter(first)
        lose()
        return event(tx, first)

    with session(address) as holder, holder.transaction():
        holder.execute("select pg_advisory_xact_lock(%s)", [order_lock(first)])
        with pytest.raises(Unavailable, match="at once"):
            await store.write(work)
    assert await store.write(work) > 0
