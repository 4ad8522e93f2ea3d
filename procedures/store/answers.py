"""Answers kept under the keys that callers have given their calls."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from procedures.store.transaction import Transaction

NO_ORG = 0  # of callers without an active organization


class Keyed(Struct, frozen=True):
    """A call under a key: whose, which, and what it asks for."""

    org_id: int
    actor_id: int
    idem_key: str
    request_hash: str


class Kept(Struct, frozen=True):
    """What was asked first, and the JSON it was answered with; "" where that is not kept."""

    request_hash: str
    response: str


ROW = "org_id = :org_id and actor_id = :actor_id and idem_key = :idem_key"


def begin(tx: Transaction, call: Keyed, now: str, kept_since: str) -> bool:
    """Take the key; False if it is taken. Of two at once the second waits here for the first."""
    taken = tx.run(
        """
        insert into idempotency (org_id, actor_id, idem_key, request_hash, response, created_at)
        values (:org_id, :actor_id, :idem_key, :request_hash, '', :now)
        on conflict (org_id, actor_id, idem_key) do update
        set request_hash = :request_hash, response = '', created_at = :now
        where idempotency.created_at <= :kept_since
        """,
        now=now,
        kept_since=kept_since,
        **asdict(call),
    )
    return taken == 1


def keep(tx: Transaction, call: Keyed, response: str) -> None:
    """Keep the answer with the key that was taken for it, if none is there."""
    tx.enter(call.org_id)  # the call may have been about another organization than the active one
    tx.run(
        f"""
        update idempotency set response = :response
        where {ROW} and request_hash = :request_hash and response = ''
        """,
        response=response,
        **asdict(call),
    )


def kept(tx: Transaction, call: Keyed, kept_since: str) -> Kept | None:
    """What is kept under a key, if it is taken."""
    return tx.one(
        Kept,
        f"""
        select request_hash, response from idempotency
        where {ROW} and created_at > :kept_since
        """,
        org_id=call.org_id,
        actor_id=call.actor_id,
        idem_key=call.idem_key,
        kept_since=kept_since,
    )


def forget(tx: Transaction, until: str, limit: int) -> int:
    """Drop the oldest of all organizations that are no younger than `until`; how many."""
    return tx.run(
        """
        delete from idempotency where (org_id, actor_id, idem_key) in (
          select org_id, actor_id, idem_key from idempotency where created_at <= :until
          order by created_at limit :limit)
        """,
        until=until,
        limit=limit,
    )
