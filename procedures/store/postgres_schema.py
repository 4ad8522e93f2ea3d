"""The numbered steps on PostgreSQL, the small table that remembers them, and who may see what."""

from __future__ import annotations

from procedures.store import dialect, schema
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

# Whoever serves needs no more than this role. Who migrates may not be allowed to make roles.
GRANT = """
do $$
begin
  begin
    create role rollcall_runtime nologin;
  exception when duplicate_object or unique_violation or insufficient_privilege then null;
  end;
  if exists (select from pg_roles where rolname = 'rollcall_runtime') then
    execute format('grant usage on schema %I to rollcall_runtime', current_schema());
    execute format('grant select, insert, update, delete on all tables in schema %I
                    to rollcall_runtime', current_schema());
    execute format('grant usage, select, update on all sequences in schema %I
                    to rollcall_runtime', current_schema());
    revoke insert, update, delete on schema_step from rollcall_runtime;
  end if;
end $$
"""


def applied(tx: PostgresTransaction) -> list[str]:
    if tx.value("select to_regclass('schema_step')") is None:
        return []
    return tx.all(str, "select name from schema_step order by name")


def migrate(tx: PostgresTransaction, progress: Progress) -> list[str]:
    """Apply the missing steps, all or none; their names."""
    tx.lock(MIGRATION_LOCK)
    # First: to_regclass alone may say for long after that another's table is not there.
    tx.script("create table if not exists schema_step (name text primary key)")
    missing = schema.scripts(applied(tx))
    for done, (name, script) in enumerate(missing.items()):
        progress("taking steps", done, len(missing))
        tx.script(dialect.script(script))
        tx.insert("schema_step", name=name)
    tx.script(PROTECT)
    tx.script(GRANT)
    progress("taking steps", len(missing), len(missing))
    return [*missing]
