"""Behind a pooler that gives each transaction another session, and without one."""

import asyncio
from collections.abc import Iterator

import pytest
from pg import session
from pooler import pooled
from probe import add, words
from world import World, serving

from procedures.store.postgres import PostgresStore
from procedures.store.transaction import Transaction

pytestmark = pytest.mark.engine("postgres")

NAMES = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "rollcall.org")
PREPARED = "select count(*) from pg_prepared_statements"


@pytest.fixture
def behind(address: str) -> Iterator[str]:
    with pooled(address) as other:
        yield other


@pytest.fixture
def store(behind: str) -> Iterator[PostgresStore]:
    store = PostgresStore(behind, size=4)
    yield store
    store.close()


def settings(tx: Transaction) -> list[str]:
    return [tx.value(f"show {name}") for name in NAMES]


def test_the_pooler_of_these_tests_is_one(behind: str):
    """A setting that one transaction leaves behind is there for every second one."""
    with session(behind) as client:
        client.execute("set application_name = 'left behind'")
        found = [client.execute("show application_name").fetchone()[0] for _ in range(4)]
    assert found == ["", "left behind", "", "left behind"]


def test_settings_end_with_their_transaction(store: PostgresStore, behind: str):
    assert [store.look(settings) for _ in range(3)] == [["5s", "2s", "10s", "*"]] * 3
    store.look(lambda tx: tx.enter(7))
    with session(behind) as client:
        for _ in range(2):
            assert [client.execute(f"show {n}").fetchone()[0] for n in NAMES[:3]] == ["0"] * 3
            assert client.execute(f"show {NAMES[3]}").fetchone()[0] == ""


async def test_works_go_side_by_side_through_fewer_sessions(store: PostgresStore):
    """As many as there are connections: more would be told to come again where it takes long."""

    async def ten(first: int) -> None:
        for number in range(first, first + 10):
            await store.write(add(f"w{number:02}"))

    await asyncio.gather(*(ten(first) for first in (0, 10, 20, 30)))
    assert sorted(words(store)) == [f"w{i:02}" for i in range(40)]


def test_nothing_is_prepared_behind_it(store: PostgresStore):
    for n in range(20):
        assert store.look(lambda tx, n=n: tx.value("select :n + 1", n=n)) == n + 1
    assert [store.look(lambda tx: tx.value(PREPARED)) for _ in range(2)] == [0, 0]


def test_where_there_is_none_statements_are_prepared(address: str):
    store = PostgresStore(address)
    for n in range(20):
        assert store.look(lambda tx, n=n: tx.value("select :n + 1", n=n)) == n + 1
    assert store.look(lambda tx: tx.value(PREPARED)) > 0
    store.close()


async def test_the_service_answers_behind_it(database: str):
    with pooled(database) as behind:
        async with serving(behind) as world:
            record = await world.person("usr_lou").call("enrollment.enroll", courseId="crs_open")
            [seen] = await listed(world)
            assert seen["id"] == record["id"]


async def listed(world: World) -> list[dict]:
    return await world.person("usr_ada").items("enrollment.list", userId="usr_lou")
