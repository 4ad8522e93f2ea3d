"""Row security, the second net: what a statement that forgets its tenant can still reach."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg
import pytest
from commands import complaint_of, output_of
from engines import as_server
from pg import session
from world import World, refused, serving

from procedures.store import courses
from procedures.store.postgres import PostgresStore
from procedures.store.transaction import Transaction

pytestmark = pytest.mark.engine("postgres")

TENANTS = "select distinct org_id from {} order by 1"
TABLES = """
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attname = 'org_id'
"""


@pytest.fixture
def runtime(database: str) -> Iterator[PostgresStore]:
    store = PostgresStore(as_server(database))
    yield store
    store.close()


@pytest.fixture
async def served(database: str):
    async with serving(as_server(database)) as running:
        yield running


def test_every_table_of_tenants_is_secured_against_its_owner_too(database: str):
    with session(database) as owner:
        secured = owner.execute(f"{TABLES} and c.relforcerowsecurity").fetchall()
        open_ones = owner.execute(f"{TABLES} and not c.relforcerowsecurity").fetchall()
        policies = owner.execute("select tablename from pg_policies").fetchall()
    assert open_ones == [("session",)]
    assert {("enrollment",), ("event",), ("membership",), ("token",)} < set(secured)
    assert sorted(secured) == sorted(policies)


def tables(store: PostgresStore) -> list[str]:
    return [t for t in store.look(lambda tx: tx.all(str, TABLES)) if t != "session"]


def leave(tx: Transaction) -> None:
    tx.leave()


def enter_other(tx: Transaction) -> None:
    tx.enter(2)


@pytest.mark.parametrize(("step", "seen"), [(leave, [1, 2]), (enter_other, [2])])
def test_a_step_between_tenants_that_was_undone_can_be_taken_again(
    runtime: PostgresStore, step: Callable[[Transaction], None], seen: list[int]
):
    def work(tx: Transaction) -> list[int]:
        tx.enter(1)
        with pytest.raises(LookupError), tx.savepoint():
            step(tx)
            raise LookupError
        assert tx.all(int, TENANTS.format("enrollment")) == [1]
        step(tx)
        return tx.all(int, TENANTS.format("enrollment"))

    assert runtime.look(work) == seen


@pytest.mark.parametrize("org_id", [1, 2])
def test_inside_a_tenant_only_its_rows_are_there(runtime: PostgresStore, org_id: int):
    found = set()
    for table in tables(runtime):
        sql = TENANTS.format(table)
        seen = runtime.look(lambda tx, sql=sql: (tx.enter(org_id), tx.all(int, sql))[1])
        assert seen in ([], [org_id]), table
        found |= {table for _ in seen}
    assert {"enrollment", "membership", "realm", "school"} <= found


def test_outside_of_tenants_all_rows_are_there(runtime: PostgresStore):
    """Who calls, and for which tenant, is found by looking into all of them."""
    sql = TENANTS.format("enrollment")
    assert runtime.look(lambda tx: tx.all(int, sql)) == [1, 2]


@pytest.mark.parametrize("said", ["", "set rollcall.org = ''; "])
def test_a_session_that_names_no_tenant_sees_and_changes_nothing(database: str, said: str):
    with session(as_server(database)) as stranger, session(database) as owner:
        for connection in (stranger, owner):
            for table in (name for (name,) in connection.execute(TABLES).fetchall()):
                if table != "session":
                    connection.execute(said.encode() or b"select 1")
                    count = f"select count(*) from {table}"
                    assert connection.execute(count).fetchone() == (0,), table
                    assert connection.execute(f"delete from {table}").rowcount == 0


@pytest.mark.parametrize("table", ["enrollment", "course", "membership", "event", "token"])
def test_rows_of_another_tenant_cannot_be_changed(runtime: PostgresStore, table: str):
    def change(tx: Transaction) -> int:
        tx.enter(2)
        return tx.run(f"update {table} set org_id = org_id where org_id = 1")

    assert runtime.transact(change) == 0


def test_no_row_can_be_given_to_another_tenant(runtime: PostgresStore):
    def give(tx: Transaction) -> None:
        tx.enter(2)
        tx.insert("webhook", org_id=1, key="whk", url="https://x.example", secret="s")

    def take(tx: Transaction) -> None:
        tx.enter(2)
        tx.run("update school set org_id = 1 where org_id = 2")

    for work in (give, take):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            runtime.transact(work)


def test_a_tenant_is_left_with_its_transaction(runtime: PostgresStore):
    """On one connection, a thousand times."""
    count = "select min(org_id) + 10 * max(org_id) from enrollment"
    for turn in range(500):
        org_id = turn % 2 + 1
        seen = runtime.look(lambda tx, org_id=org_id: (tx.enter(org_id), tx.value(count))[1])
        assert (seen, runtime.look(lambda tx: tx.value(count))) == (11 * org_id, 21)


def test_who_serves_owns_nothing(runtime: PostgresStore, database: str):
    for sql in ("drop table course", "alter table course disable row level security"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="must be owner"):
            runtime.transact(lambda tx, sql=sql: tx.run(sql))
    with session(as_server(database)) as stranger:
        (bypasses,) = stranger.execute(
            "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
        ).fetchone()  # type: ignore[misc]
    assert bypasses is False


def test_who_serves_finds_the_schema_in_order_but_cannot_make_it(
    database: str, empty_database: str
):
    assert output_of("migrate", "--database", as_server(database)) == "nothing to do\n"
    other = urlsplit(as_server(database))._replace(path=urlsplit(empty_database).path).geturl()
    complaint = complaint_of("migrate", "--database", other)
    assert complaint == "only its owner may change the database: migrate as that"


def test_a_role_that_is_younger_than_the_tables_gets_its_rights_by_migrating(database: str):
    with session(database) as owner:
        owner.execute("revoke all on all tables in schema public from rollcall_runtime")
    assert complaint_of("migrate", "--database", as_server(database)) == (
        "this user may not use the tables of the database; the owner grants it rollcall_runtime, "
        "and runs `rollcall migrate`"
    )
    again = "applied the rights of rollcall_runtime\n", "nothing to do\n"
    assert tuple(output_of("migrate", "--database", database) for _ in again) == again
    assert output_of("migrate", "--database", as_server(database)) == "nothing to do\n"


async def test_the_service_needs_no_more_than_that(served: World):
    lou, ada = served.person("usr_lou"), served.person("usr_ada")
    record = await lou.call("enrollment.enroll", courseId="crs_open")
    assert record["status"] == "active"
    assert [r["id"] for r in await ada.items("enrollment.list", userId="usr_lou")] == [record["id"]]
    with refused("FORBIDDEN", reason="not_member"):
        await lou.call("enrollment.enroll", courseId="crs_beta")


async def test_a_procedure_that_forgets_its_tenant_still_sees_no_other(
    served: World, monkeypatch: pytest.MonkeyPatch
):
    seen: list[int] = []
    course = courses.shown_course

    def forgetful(tx, *args):
        seen.append(tx.value("select count(distinct org_id) from enrollment"))
        return course(tx, *args)

    monkeypatch.setattr(courses, "shown_course", forgetful)
    await served.person("usr_lou").call("course.get", courseId="crs_open")
    assert (seen, served.value("select count(distinct org_id) from enrollment")) == ([1], 2)
