"""What there is of a person: their records, and what else tells who they are."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from procedures.store.database import Unusable
from procedures.store.people import ORG, AccountRow, OrgRow
from procedures.store.schema import sqlite3
from procedures.store.sqlite import LOCK_WAIT
from procedures.store.sqlite_connection import connect
from procedures.store.transaction import Transaction


def orgs(tx: Transaction, account: AccountRow) -> list[OrgRow]:
    """Every organization a person is or was a member of, and each whose settings name them."""
    return tx.all(
        OrgRow,
        f"""
        select {ORG} from org o
        where exists (select 1 from membership m where m.org_id = o.id and m.user_id = :user_id)
           or replace(lower(o.settings), lower(:email), '') <> lower(o.settings)
        order by o.id
        """,
        user_id=account.id,
        email=account.email,
    )


def records(tx: Transaction, org_id: int, user_id: int) -> list[int]:
    """The records of a person, but those that are tombstones already."""
    return tx.all(
        int,
        """
        select id from enrollment
        where org_id = :org_id and user_id = :user_id and deleted_at is null order by id
        """,
        org_id=org_id,
        user_id=user_id,
    )


# Mails to others about the person are made from the record when they are sent: none is left. The
# answers to whole REST requests may hold no more of a person than the name: none of them is kept.
TRACES = (
    """
    delete from component_done where org_id = :org_id and enrollment_id in (
      select id from enrollment where org_id = :org_id and user_id = :user_id)
    """,
    "delete from submission where org_id = :org_id and user_id = :user_id",
    "update enrollment set metadata = '{}' where org_id = :org_id and user_id = :user_id",
    "update event set reason = null where org_id = :org_id and user_id = :user_id",
    """
    delete from outbox where org_id = :org_id and channel = 'email' and (
      lower(recipient) = lower(:email)
      or event_id in (select id from event where org_id = :org_id and user_id = :user_id))
    """,
    "delete from idempotency where org_id = :org_id and idem_key like '%/answer'",
    "delete from token where org_id = :org_id and user_id = :user_id",
    """
    update membership set key = :new_key, school_uid = '', status = 'removed', verified_at = null
    where org_id = :org_id and user_id = :user_id
    """,
)


def wipe_traces(tx: Transaction, org_id: int, account: AccountRow, new_key: str) -> None:
    """Remove from an organization what tells who a person is. Ids stay: the log is whole."""
    for sql in TRACES:
        tx.run(
            sql,
            org_id=org_id,
            user_id=account.id,
            email=account.email,
            new_key=new_key,
        )


def wipe_answers(tx: Transaction, account: AccountRow) -> None:
    """Forget every answer that names a person: it is kept in the organization that was active,
    which may be any, or none, of whoever asked."""
    tx.run(
        """
        delete from idempotency where actor_id = :user_id
          or replace(idem_key || response, :key, '') <> idem_key || response
          or replace(lower(idem_key || response), lower(:email), '') <> lower(idem_key || response)
        """,
        user_id=account.id,
        key=account.key,
        email=account.email,
    )


def wipe_account(tx: Transaction, user_id: int, new_key: str) -> None:
    """Leave nothing of an account but its id, under a key that says nothing."""
    tx.run("delete from session where user_id = :user_id", user_id=user_id)
    tx.run(
        """
        update account set key = :key, email = :email, email_canonical = :email,
          password_hash = null, picture_url = null, name_title = '', name_title_show = 0,
          name_first = '', name_first_preferred = '', name_middle = '', name_middle_show = 0,
          name_last = ''
        where id = :user_id
        """,
        user_id=user_id,
        key=new_key,
        email=f"{new_key}@erased.invalid",
    )


def rewrite(database: Path) -> None:
    """Write a SQLite file anew, without what it held before. Deleted rows are overwritten, but
    copies from when their pages were rearranged are not. Raises Unusable; writes wait meanwhile."""
    with closing(connect(database, writer=True)) as connection:
        connection.execute(f"pragma busy_timeout = {LOCK_WAIT * 1000:.0f}")
        try:
            connection.execute("vacuum")
            [busy, *_] = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
        except sqlite3.OperationalError as error:
            raise Unusable(f"{database} cannot be written anew: {error}") from None
    if busy:
        raise Unusable(f"the log of {database} cannot be emptied: somebody reads")
