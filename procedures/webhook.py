"""`webhook.*`: events, signed and sent to where an organization wants them (Standard Webhooks)."""

from __future__ import annotations

import msgspec

from procedures.context import Admin
from procedures.credentials import new_key, new_webhook_secret
from procedures.cursors import after_id, page_of
from procedures.messages.addresses import require_public, target_of
from procedures.records.fields import DONE, Done, Page
from procedures.records.webhook import (
    NewWebhook,
    Replayed,
    ReplayInput,
    Webhook,
    WebhookAddress,
    WebhookInput,
    WebhookPage,
)
from procedures.store import webhooks
from procedures.store.people import listed
from procedures.store.webhooks import Replay, WebhookRow
from rpc.errors import InputError, RPCError

AT_ONCE = 1000  # events one call replays


def create(ctx: Admin, given: WebhookInput) -> NewWebhook:
    """Have events of these kinds sent to a web address from now on. The secret is shown once."""
    require_fit(ctx, given.url)
    key, secret = new_key("whk"), new_webhook_secret()
    kinds = list(dict.fromkeys(given.kinds))
    ctx.tx.insert(
        "webhook",
        org_id=ctx.org.id,
        key=key,
        url=given.url,
        secret=secret,
        kinds=msgspec.json.encode(kinds).decode(),
    )
    return NewWebhook(key, given.url, kinds, True, secret)


def require_fit(ctx: Admin, url: str) -> None:
    """Refuse what could never be delivered. What a name leads to is looked at when it is."""
    try:
        target = target_of(url)
        if ctx.service.settings.environment == "production":
            require_public(target)
    except ValueError as error:
        raise InputError(f"`url` {error}") from None


def list_webhooks(ctx: Admin, given: Page) -> WebhookPage:
    """The organization's webhooks, oldest first."""
    rows = webhooks.webhooks(ctx.tx, ctx.org.id, (after_id(given.cursor), given.size + 1))
    items, cursor = page_of(rows, given.size, lambda row: row.id)
    return WebhookPage([shown(row) for row in items], cursor)


def delete(ctx: Admin, given: WebhookAddress) -> Done:
    """Send nothing more there, nor what is waiting."""
    if not webhooks.drop_webhook(ctx.tx, ctx.org.id, given.id):
        raise RPCError("NOT_FOUND", "no such webhook")
    return DONE


def replay(ctx: Admin, given: ReplayInput) -> Replayed:
    """Send past events once more: at most 1,000, those behind `after` that the webhook wants."""
    row = webhooks.webhook(ctx.tx, ctx.org.id, given.id)
    if row is None:
        raise RPCError("NOT_FOUND", "no such webhook")
    after = int(given.after)
    last = webhooks.last_event(ctx.tx, ctx.org.id, after, AT_ONCE)
    if last is None:
        return Replayed(0, None)
    wanted = Replay(ctx.org.id, row.key, listed(kinds_of(row)), after, last)
    count = webhooks.replay(ctx.tx, wanted, ctx.now)
    ctx.service.bell.ring()
    is_end = webhooks.last_event(ctx.tx, ctx.org.id, last, 1) is None
    return Replayed(count, None if is_end else str(last))


def kinds_of(row: WebhookRow) -> list[str]:
    return msgspec.json.decode(row.kinds, type=list[str])


def shown(row: WebhookRow) -> Webhook:
    return Webhook(row.key, row.url, kinds_of(row), bool(row.active))  # type: ignore[arg-type]
