"""The schema: made once, guarded against older and newer programs, and closed between tenants."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from engines import REFUSED_BY_ENGINE, TWICE, engine_of, rows

from procedures.store.database import Database
from procedures.store.opening import database_at
from procedures.store.schema import WrongSchema
from procedures.store.sqlite_connection import connect

NEWER = {
    "sqlite": """
        insert into _sqlite_migrations (migration_set, name, applied_at)
        values ('rollcall', '9999', '2030-01-01')
    """,
    "postgres": "insert into schema_step (name) values ('9999')",
}
LISTED = {
    "sqlite": "select type, name, sql from sqlite_schema order by name",
    "postgres": """
        select cast(c.oid as text), c.relname, pg_get_indexdef(c.oid) from pg_class c
        where c.relnamespace = 'public'::regnamespace order by c.relname
    """,
}


def contents(store: Database) -> list[tuple]:
    return rows(store, LISTED[engine_of(store)])


@pytest.fixture
def bare(empty_database: str):
    """A store on a database that has no schema yet."""
    store = database_at(empty_database)
    yield store
    store.close()


def test_migrating_makes_the_schema_once(bare: Database):
    assert bare.migrate() == ["0001"]
    made = contents(bare)
    assert bare.migrate() == []
    assert contents(bare) == made
    bare.require_current()


def test_a_new_database_is_told_from_one_with_a_schema(bare: Database, store: Database):
    assert (bare.is_new, store.is_new) == (True, False)


def test_a_second_program_finds_it_made(store: Database, other: Database):
    assert (store.migrate(), other.migrate()) == ([], [])


def test_of_many_that_migrate_at_once_one_does(empty_database: str):
    stores = [database_at(empty_database) for _ in range(6)]
    with ThreadPoolExecutor(6) as threads:
        applied = [*threads.map(lambda store: store.migrate(), stores)]
    assert sorted(applied) == [[], [], [], [], [], ["0001"]]
    for store in stores:
        store.require_current()
        store.close()


def test_a_file_without_the_schema_is_refused(bare: Database):
    with pytest.raises(WrongSchema, match="lacks step 0001: run `rollcall migrate` first"):
        bare.require_current()


def test_a_file_of_a_newer_program_is_refused(store: Database):
    store.require_current()
    store.transact(lambda tx: tx.run(NEWER[engine_of(store)]))
    for use in (store.require_current, store.migrate):
        with pytest.raises(WrongSchema, match="a newer rollcall made this database"):
            use()


def test_a_migration_that_fails_leaves_nothing(bare: Database, monkeypatch, tmp_path):
    broken = tmp_path / "broken.sql"
    broken.write_text("create table half (id integer);\ncreate table half (id integer);")
    monkeypatch.setattr("procedures.store.schema.SCHEMA", broken)
    with pytest.raises(TWICE):
        bare.migrate()
    assert "half" not in [name for _, name, _ in contents(bare)]
    monkeypatch.undo()
    assert bare.migrate() == ["0001"]


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("writer", [True, False])
@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)],
)
def test_every_connection_is_durable_and_checks_its_keys(path, pragma, value, writer):
    connection = connect(path, writer=writer)
    assert connection.execute(f"pragma {pragma}").fetchone() == (value,)
    connection.close()


def tenant_tables(connection) -> list[str]:
    sql = """
        select t.name from pragma_table_list t
        where t.schema = 'main' and t.name <> 'session'
          and exists (select 1 from pragma_table_info(t.name) c where c.name = 'org_id')
    """
    return [name for (name,) in connection.execute(sql)]


# Known to every tenant: what points there names no tenant.
GLOBAL = {"account", "org"}


@pytest.mark.engine("sqlite")  # both engines read the same schema
def test_every_key_into_a_tenant_table_begins_with_the_tenant(path):
    connection = connect(path, writer=True)
    tables = tenant_tables(connection)
    assert {"enrollment", "realm", "course", "membership", "submission"} <= set(tables)
    found = []
    for table in tables:
        for _, seq, target, column, to, *_ in connection.execute(
            f"pragma foreign_key_list({table})"
        ):
            if target not in GLOBAL and seq == 0:
                found.append((table, target))
                assert (column, to) == ("org_id", "org_id"), (table, target)
    assert ("enrollment", "realm") in found
    connection.close()


@pytest.mark.engine("sqlite")
def test_every_column_that_names_a_row_of_a_tenant_is_such_a_key(path):
    """But for the event log, which outlives what it tells of."""
    connection = connect(path, writer=True)
    named = {"actor_id", "user_id", "org_id"}
    loose = set()
    for table in tenant_tables(connection):
        keys = {row[3] for row in connection.execute(f"pragma foreign_key_list({table})")}
        columns = {row[1] for row in connection.execute(f"pragma table_info({table})")}
        loose |= {(table, c) for c in columns if c.endswith("_id") and c not in keys | named}
    told = {("event", c) for c in ("enrollment_id", "realm_id", "from_realm_id", "course_id")}
    assert loose == told
    connection.close()


BETA = "(select id from {} where key = '{}_beta')"
REALM, COURSE, SCHOOL = (
    BETA.format(*names) for names in (("realm", "sec"), ("course", "crs"), ("school", "sch"))
)
MADE, PERSON = BETA.format("enrollment", "enr"), "(select id from account where key = 'usr_bea')"
ACROSS = {
    "a record into a section": f"update enrollment set realm_id = {REALM} where key = 'enr_leo'",
    "a record into a course": f"update enrollment set course_id = {COURSE} where key = 'enr_leo'",
    "a record of a stranger": f"update enrollment set user_id = {PERSON} where key = 'enr_leo'",
    "a record after a record": f"update enrollment set previous_id = {MADE} where key = 'enr_leo'",
    "a course into a school": f"update course set school_id = {SCHOOL} where key = 'crs_open'",
    "a section into a course": f"update realm set course_id = {COURSE} where key = 'sec_eve'",
    "a section into a school": f"update realm set school_id = {SCHOOL} where key = 'sec_eve'",
    "a term for a section": "update realm_term set realm_id = (select id from realm limit 1)",
    "a lesson into a course": f"update component set course_id = {COURSE} where key = 'les_2'",
    "a mark in a record": f"update component_done set enrollment_id = {MADE}",
    "work in a record": f"update submission set enrollment_id = {MADE}",
    "work in a course": f"update submission set course_id = {COURSE}",
    "a required course": f"""
        insert into prerequisite (org_id, course_id, requires_id)
        select org_id, id, {COURSE} from course where key = 'crs_open'
    """,
    "a message about an event": """
        insert into outbox (org_id, event_id, channel, recipient, template, dedupe)
        select 2, min(id), 'email', 'x', 'x', 'x' from event where org_id = 1
    """,
    "a record and all": "update enrollment set org_id = 2 where key = 'enr_leo'",
    "a section and all": "update realm set org_id = 2 where key = 'sec_eve'",
    "a course and all": "update course set org_id = 2 where key = 'crs_done'",
}


@pytest.mark.parametrize("sql", ACROSS.values(), ids=ACROSS)
def test_the_database_joins_no_two_tenants(database, sql: str):
    store = database_at(database)
    with pytest.raises(REFUSED_BY_ENGINE, match=r"(?i)foreign key"):
        store.transact(lambda tx: tx.run(sql))
    store.close()


WITHIN = """
    update enrollment set realm_id = (select id from realm where key = 'sec_past'),
           user_id = (select id from account where key = 'usr_lou') where key = 'enr_leo'
"""


def test_rows_of_one_tenant_are_joined(database):
    """The refusals above are not for want of a valid row."""
    store = database_at(database)
    assert store.transact(lambda tx: tx.run(WITHIN)) == 1
    store.close()
