"""Webhooks, and the outbox rows that bring events to them."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from procedures.store.transaction import Transaction


class WebhookRow(Struct, frozen=True):
    id: int
    key: str
    url: str
    secret: str
    kinds: str
    active: int


WEBHOOK = "id, key, url, secret, kinds, active"


def webhook(tx: Transaction, org_id: int, key: str) -> WebhookRow | None:
    return tx.one(
        WebhookRow,
        f"select {WEBHOOK} from webhook where org_id = :org_id and key = :key",
        org_id=org_id,
        key=key,
    )


def webhooks(tx: Transaction, org_id: int, page: tuple[int, int]) -> list[WebhookRow]:
    return tx.all(
        WebhookRow,
        f"""
        select {WEBHOOK} from webhook where org_id = :org_id and id > :after
        order by id limit :limit
        """,
        org_id=org_id,
        after=page[0],
        limit=page[1],
    )


def drop_webhook(tx: Transaction, org_id: int, key: str) -> int:
    """Remove a webhook and what it has not been sent; how many were removed."""
    tx.run(
        """
        delete from outbox
        where org_id = :org_id and channel = 'webhook' and recipient = :key and sent_at is null
        """,
        org_id=org_id,
        key=key,
    )
    return tx.run(
        "delete from webhook where org_id = :org_id and key = :key", org_id=org_id, key=key
    )


def wanting(tx: Transaction, org_id: int, kind: str) -> list[str]:
    """The webhooks that want to be told of events of that kind."""
    # Not by `like` with a parameter: SQLite plans such a statement anew each time.
    active = tx.all(
        lambda key, kinds: (key, kinds),
        "select key, kinds from webhook where org_id = :org_id and active = 1",
        org_id=org_id,
    )
    return [key for key, kinds in active if kinds == "[]" or f'"{kind}"' in kinds]


def add_delivery(tx: Transaction, event: tuple[int, int, str], key: str, now: str) -> None:
    """Queue an event (organization, id, kind) for a webhook."""
    org_id, event_id, kind = event
    tx.insert(
        "outbox",
        org_id=org_id,
        event_id=event_id,
        channel="webhook",
        recipient=key,
        template=kind,
        dedupe=f"webhook:{key}:{event_id}",
        next_at=now,
    )


class Replay(Struct, frozen=True):
    """Events of some kinds (none: all) with ids above `after` up to `last`, for one webhook."""

    org_id: int
    key: str
    kinds: str
    after: int
    last: int


def last_event(tx: Transaction, org_id: int, after: int, count: int) -> int | None:
    """The id of the event that many behind `after`, or of the last one."""
    found: int | None = tx.value(
        """
        select max(id) from (
          select id from event where org_id = :org_id and id > :after order by id limit :count) part
        """,
        org_id=org_id,
        after=after,
        count=count,
    )
    return found


def replay(tx: Transaction, wanted: Replay, now: str) -> int:
    """Queue past events once more, whatever became of them before; how many."""
    return tx.run(
        """
        insert into outbox (org_id, event_id, channel, recipient, template, dedupe, next_at)
        select v.org_id, v.id, 'webhook', :key, v.kind, :prefix || v.id, :now
        from event v
        where v.org_id = :org_id and v.id > :after and v.id <= :last
          and (:kinds = '' or :kinds like '%,' || v.kind || ',%')
        on conflict (org_id, dedupe)
        do update set attempts = 0, next_at = excluded.next_at, sent_at = null, last_error = null
        """,
        prefix=f"webhook:{wanted.key}:",
        now=now,
        **asdict(wanted),
    )
