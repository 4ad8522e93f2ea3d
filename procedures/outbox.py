"""Messages to be sent after the commit, and what has become of them."""

from __future__ import annotations

from procedures.context import Admin, Member
from procedures.cursors import after_id, page_of
from procedures.instants import later
from procedures.records.fields import Page
from procedures.records.outbox import Message, MessageAddress, MessagePage
from procedures.store import outbox
from procedures.store.enrollments import EnrollmentRow
from procedures.store.outbox import FOR_STAFF, Mail, MessageRow
from rpc.errors import RPCError
from rpc.procedure import errors


def tell(ctx: Member, row: EnrollmentRow, event_id: int, template: str, user_email: str) -> None:
    """Queue a mail to the learner, and to everybody else who is told of the same."""
    for mail in (Mail(template, user_email), *to_others(ctx, row, template)):
        outbox.add_mail(ctx.tx, row, event_id, mail, ctx.now)
    ctx.service.bell.ring()


def to_others(ctx: Member, row: EnrollmentRow, template: str) -> list[Mail]:
    """Admins hear of a completion, the staff of a realm of who wants to come in."""
    if template == "completed":
        return [Mail("completed_admin", address) for address in admin_addresses(ctx)]
    if template == "requested":
        staff = outbox.realm_staff(ctx.tx, row.org_id, row.realm_id, ctx.now)
        return [Mail(template, address, FOR_STAFF) for address in staff or admin_addresses(ctx)]
    return []


def admin_addresses(ctx: Member) -> list[str]:
    return ctx.org.settings.admin_emails or outbox.admins(ctx.tx, ctx.org.id)


def list_messages(ctx: Admin, given: Page) -> MessagePage:
    """The organization's mails and webhook deliveries, oldest first, with what became of them."""
    rows = outbox.messages(ctx.tx, ctx.org.id, (after_id(given.cursor), given.size + 1))
    items, cursor = page_of(rows, given.size, lambda row: row.id)
    return MessagePage([shown(row) for row in items], cursor)


@errors("already_sent")
def retry(ctx: Admin, given: MessageAddress) -> Message:
    """Try to send a message now, and up to six times anew. One that is tried within a minute
    anyway is left alone."""
    id = int(given.id)
    row = outbox.message(ctx.tx, ctx.org.id, id)
    if row is None:
        raise RPCError("NOT_FOUND", "no such message")
    if row.sent_at is not None:
        raise RPCError("CONFLICT", "this message has been sent", reason="already_sent")
    outbox.retry(ctx.tx, ctx.org.id, id, ctx.now, later(ctx.now, minutes=1))
    ctx.service.bell.ring()
    return shown(outbox.message(ctx.tx, ctx.org.id, id) or row)


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
