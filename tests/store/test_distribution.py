"""What docs/postgresql.md says to a distributed PostgreSQL, said to a plain one that refuses what
Citus refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from commands import output_of
from world import serving

from procedures.store.postgres import PostgresStore, version
from procedures.store.tables import tables

pytestmark = pytest.mark.engine("postgres")

PAGE = Path(__file__).parents[2] / "docs" / "postgresql.md"
[SAID] = re.findall(
    r"<!-- distribute -->\n```sql\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
)

# A unique index, and a key into a distributed table, has to have the column by which rows are
# spread; a policy may have no sub-select; what is referred to comes first.
RULES = """
create table spread (name regclass primary key, by text);

create function create_reference_table(t regclass) returns void language plpgsql as $$
begin
  if exists (select from pg_constraint where conrelid = t and contype = 'f'
             and confrelid not in (select name from spread where by is null)) then
    raise 'a reference table may refer to reference tables only: %', t;
  end if;
  insert into spread values (t, null);
end $$;

create function create_distributed_table(t regclass, col text) returns void language plpgsql as $$
declare at smallint := (select attnum from pg_attribute where attrelid = t and attname = col);
begin
  if exists (select from pg_index where indrelid = t and indisunique and at <> all (indkey)) then
    raise 'a unique index lacks the distribution column: %', t;
  end if;
  if exists (select from pg_policy where polrelid = t
             and pg_get_expr(polqual, t) ~* 'select') then
    raise 'sub-selects are not supported in policies: %', t;
  end if;
  insert into spread values (t, col);
  if exists (
    select from pg_constraint c left join spread s on s.name = c.confrelid
    where c.conrelid = t and c.contype = 'f' and (s.name is null or s.by is not null
      and (select attnum from pg_attribute where attrelid = s.name and attname = s.by)
          is distinct from c.confkey[array_position(c.conkey, at)])) then
    raise 'a foreign key leads out of the tenant: %', t;
  end if;
end $$;
"""

Connection = psycopg.Connection[Any]


@pytest.fixture
def coordinator(database: str) -> Iterator[Connection]:
    superuser = urlsplit(database)._replace(netloc="postgres@").geturl()
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(RULES)
        yield connection


def distribute(coordinator: Connection, said: str = SAID) -> dict[str, str | None]:
    """By what each table is spread then; None: it is everywhere."""
    name = coordinator.info.dbname
    coordinator.execute(said.replace("alter database rollcall", f"alter database {name}").encode())
    return dict(coordinator.execute("select cast(name as text), by from spread").fetchall())


async def test_each_table_of_tenants_is_spread_by_tenant_and_serves_as_before(
    coordinator: Connection, database: str
):
    spread = distribute(coordinator)
    everywhere = {"org", "account", "token"}
    of_tenants = {table.name for table in tables() if table.columns[0] == "org_id"} - everywhere
    assert spread == dict.fromkeys(of_tenants, "org_id") | dict.fromkeys(everywhere)
    assert output_of("migrate", "--database", database) == "nothing to do\n"
    async with serving(database) as world:
        record = await world.person("usr_lou").call("enrollment.enroll", courseId="crs_open")
        assert record["status"] == "active"


def test_what_stays_behind_refers_to_what_is_everywhere(coordinator: Connection):
    spread = distribute(coordinator)
    keys = coordinator.execute("""
        select cast(conrelid as regclass)::text, cast(confrelid as regclass)::text
        from pg_constraint where contype = 'f'
    """).fetchall()
    behind = {(table, other) for table, other in keys if table not in spread}
    assert behind == {("session", "account"), ("session", "org")}


def test_ids_are_of_the_type_that_can_be_drawn_for_all_nodes(coordinator: Connection):
    types = coordinator.execute("""
        select distinct cast(atttypid as regtype)::text from pg_attribute where attidentity <> ''
    """).fetchall()
    assert types == [("bigint",)]


def test_an_event_is_noticed_though_its_row_is_on_another_node(database: str):
    with closing(PostgresStore(database)) as store:
        before = store.look(version)
        store.transact(lambda tx: tx.value("select 1"))
        assert store.look(version) == before
        store.transact(
            lambda tx: tx.run("insert into event (org_id) select 1 where :org_id = 0", org_id=1)
        )
        assert store.look(version) != before


BROKEN = {
    "a unique index lacks the distribution column: realm": (r"drop index.*?null;", ""),
    "a foreign key leads out of the tenant: realm_term": (r"select \S+'term', 'org_id'\);", ""),
    "a reference table may refer to reference tables only: token": (r"select \S+'account'\);", ""),
    "sub-selects are not supported in policies: course": (
        r"drop index",
        "alter policy tenant on course using (org_id = (select 1)); drop index",
    ),
}


@pytest.mark.parametrize(("complaint", "change"), BROKEN.items(), ids=[*BROKEN])
def test_what_is_left_out_or_wrong_is_refused(
    coordinator: Connection, complaint: str, change: tuple[str, str]
):
    said, changes = re.subn(*change, SAID, flags=re.DOTALL)
    assert changes == 1
    with pytest.raises(psycopg.errors.RaiseException, match=re.escape(complaint)):
        distribute(coordinator, said)
