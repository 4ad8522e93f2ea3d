"""Messages to be sent after the commit, and what has become of them."""

from __future__ import annotations

from procedures.context import Admin, Anyone
from procedures.pages import after_id, page_of
from procedures.records.fields import Page
from procedures.records.outbox import Message, MessagePage
from procedures.store import log
from procedures.store.enrollments import EnrollmentRow
from procedures.store.log import MessageRow


def queue(ctx: Anyone, row: EnrollmentRow, event_id: int, template: str, recipient: str) -> None:
    """Put one mail in the outbox, unless this record has sent it to this address before."""
    dedupe = f"{row.id}:{template}:{recipient}"
    ctx.tx.run(
        """
        insert into outbox (org_id, event_id, channel, recipient, template, dedupe, next_at)
        values (:org_id, :event_id, 'email', :recipient, :template, :dedupe, :now)
        on conflict (org_id, dedupe) do nothing
        """,
        org_id=row.org_id,
        event_id=event_id,
        recipient=recipient,
        template=template,
        dedupe=dedupe,
        now=ctx.now,
    )


def list_messages(ctx: Admin, given: Page) -> MessagePage:
    """The organization's mails and webhook deliveries, oldest first, with what became of them."""
    rows = log.messages(ctx.tx, ctx.org.id, (after_id(given.cursor), given.size + 1))
    items, cursor = page_of(rows, given.size, lambda row: row.id)
    return MessagePage([shown(row) for row in items], cursor)


def shown(row: MessageRow) -> Message:
    return Message(
        str(row.id),
        str(row.event_id),
        row.channel,  # type: ignore[arg-type]  # the database holds its list
        row.recipient,
        row.template,
        row.attempts,
        row.next_at,
        row.sent_at,
        row.last_error,
    )
