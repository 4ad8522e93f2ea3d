"""The numbered steps on PostgreSQL, the small table that remembers them, and who may see what."""

from __future__ import annotations

from procedures.store import dialect, schema
from procedures.store.database import Unusable
from procedures.store.postgres_transaction import ANY_TENANT, TENANT, PostgresTransaction
from procedures.telling import Progress

# Processes that migrate at once wait for each other.
MIGRATION_LOCK = 0x526F6C6C
BEGIN = f"begin isolation level read committed; {ANY_TENANT}; set local lock_timeout = 60000"

# A second net under the statements, which all name their tenant: where one forgets, rows of others
# stay out of reach. A transaction may see every tenant until it has found the one it is about; a
# session that says nothing sees no row. Forced, because the owner would else be above it. Without
# sub-selects, which no policy may have on a table that is distributed over nodes.
# `session` is no tenant's: its org_id is only the tenant that a person is at work in.
PROTECT = f"""
do $$
declare
  tenant constant text := $say$
    org_id = cast(nullif(nullif(current_setting('{TENANT}', true), ''), '*') as bigint)
    or current_setting('{TENANT}', true) = '*'
  $say$;
  name text;
begin
  for name in
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = cast(current_schema() as regnamespace) and c.relkind in ('r', 'p')
      and a.attname = 'org_id' and c.relname <> 'session' and not c.relforcerowsecurity
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant on %I using (%s)', name, tenant);
  end loop;
end $$
"""

# Whoever serves needs no more than this role. Who migrates may not be allowed to make roles, nor to
# say who may use what others, as an extension, have put beside the tables.
GRANT = """
do $$
declare
  kind "char";
  name text;
begin
  begin
    create role rollcall_runtime nologin;
  exception when duplicate_object or unique_violation or insufficient_privilege then null;
  end;
  if exists (select from pg_roles where rolname = 'rollcall_runtime') then
    execute format('grant usage on schema %I to rollcall_runtime', current_schema());
    for kind, name in
      select c.relkind, c.relname from pg_class c
      where c.relnamespace = cast(current_schema() as regnamespace) and c.relkind in ('r', 'p', 'S')
        and pg_has_role(c.relowner, 'usage')
    loop
      if kind = 'S' then
        execute format('grant usage, select, update on sequence %I to rollcall_runtime', name);
      else
        execute format('grant select, insert, update, delete on %I to rollcall_runtime', name);
      end if;
    end loop;
    revoke insert, update, delete on schema_step from rollcall_runtime;
  end if;
end $$
"""

SERVED = """
select count(*) from pg_roles where rolname = 'rollcall_runtime'
  and has_table_privilege(oid, to_regclass('schema_step'), 'select')
"""


def applied(tx: PostgresTransaction) -> list[str]:
    """The steps that have been taken. Raises Unusable for who may not even ask."""
    may_read = tx.value("select has_table_privilege(to_regclass('schema_step'), 'select')")
    if may_read is None:  # there is none
        return []
    if not may_read:
        raise Unusable("this user may not use the tables of the database")
    return tx.all(str, "select name from schema_step order by name")


def is_own(tx: PostgresTransaction) -> bool:
    """Whether the tables belong to who asks."""
    sql = "select pg_has_role(relowner, 'usage') from pg_class where oid = to_regclass(:name)"
    return bool(tx.value(sql, name="schema_step"))


def migrate(tx: PostgresTransaction, progress: Progress) -> list[str]:
    """Apply the missing steps, all or none, and give who serves what it needs, as its role may be
    younger than the tables; what was done."""
    tx.lock(MIGRATION_LOCK)
    # First: to_regclass alone may say for long after that another's table is not there.
    tx.script("create table if not exists schema_step (name text primary key)")
    missing = schema.scripts(applied(tx))
    for done, (name, script) in enumerate(missing.items()):
        progress("taking steps", done, len(missing))
        tx.script(dialect.script(script))
        tx.insert("schema_step", name=name)
    tx.script(PROTECT)
    served = tx.value(SERVED)
    tx.script(GRANT)
    progress("taking steps", len(missing), len(missing))
    if not missing and tx.value(SERVED) != served:
        return ["the rights of rollcall_runtime"]
    return [*missing]
