"""The numbered steps on PostgreSQL, and the small table that remembers them."""

from __future__ import annotations

from procedures.store import dialect, schema
from procedures.store.postgres_transaction import PostgresTransaction

# Processes that migrate at once wait for each other.
MIGRATION_LOCK = 0x526F6C6C
BEGIN = "begin isolation level read committed; set local lock_timeout = 60000"


def applied(tx: PostgresTransaction) -> list[str]:
    if tx.value("select to_regclass('schema_step')") is None:
        return []
    return tx.all(str, "select name from schema_step order by name")


def migrate(tx: PostgresTransaction) -> list[str]:
    """Apply the missing steps, all or none; their names."""
    tx.lock(MIGRATION_LOCK)
    missing = schema.scripts(applied(tx))
    tx.script("create table if not exists schema_step (name text primary key)")
    for name, script in missing.items():
        tx.script(dialect.script(script))
        tx.insert("schema_step", name=name)
    return [*missing]
