"""Who holds a seat of a realm, and who waits in line for one."""

from __future__ import annotations

from procedures.store.transaction import Transaction

# SQL of the record `e`, wherever seats are counted.
SEATED = "('invited', 'active', 'suspended')"
# Whose time has run out holds no seat, also while nobody has written that down.
IN_TIME = "(e.status <> 'active' or e.end_at is null or e.end_at > :now)"


TAKEN = f"""
    select count(*) from enrollment e
    where e.org_id = :org_id and e.realm_id = :realm_id and e.role = 'student'
      and e.status in {SEATED} and e.deleted_at is null and {IN_TIME}
"""


def taken(tx: Transaction, org_id: int, realm_id: int, now: str) -> int:
    """Students who hold a seat: invited, active and not overdue, suspended."""
    count: int = tx.value(TAKEN, org_id=org_id, realm_id=realm_id, now=now)
    return count


def line(tx: Transaction, org_id: int, realm_id: int, *, limit: int) -> list[int]:
    """The first of those who wait, in order."""
    return tx.all(
        int,
        """
        select id from enrollment
        where org_id = :org_id and realm_id = :realm_id and status = 'waitlisted'
          and deleted_at is null
        order by enrolled_at, id limit :limit
        """,
        org_id=org_id,
        realm_id=realm_id,
        limit=limit,
    )


def waiting(tx: Transaction, org_id: int, realm_id: int) -> int:
    """How many wait in line."""
    count: int = tx.value(
        """
        select count(*) from enrollment
        where org_id = :org_id and realm_id = :realm_id and status = 'waitlisted'
          and deleted_at is null
        """,
        org_id=org_id,
        realm_id=realm_id,
    )
    return count
