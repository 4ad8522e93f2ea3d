"""The outbox: what is to be sent, to whom, and what has become of it."""

from __future__ import annotations

from msgspec import Struct

from procedures.store.enrollments import EnrollmentRow
from procedures.store.people import VERIFIED
from procedures.store.transaction import Transaction


class MessageRow(Struct, frozen=True):
    id: int
    event_id: int
    channel: str
    recipient: str
    template: str
    attempts: int
    next_at: str | None
    sent_at: str | None
    last_error: str | None


MESSAGE = "id, event_id, channel, recipient, template, attempts, next_at, sent_at, last_error"


def messages(tx: Transaction, org_id: int, page: tuple[int, int]) -> list[MessageRow]:
    return tx.all(
        MessageRow,
        f"""
        select {MESSAGE} from outbox where org_id = :org_id and id > :after
        order by id limit :limit
        """,
        org_id=org_id,
        after=page[0],
        limit=page[1],
    )


class Mail(Struct, frozen=True):
    """A mail to be sent: which template, to which address. `payload` is json."""

    template: str
    recipient: str
    payload: str = "{}"


def add_mail(tx: Transaction, row: EnrollmentRow, event_id: int, mail: Mail, now: str) -> None:
    """Queue a mail, unless this record has sent it to this address before."""
    tx.run(
        """
        insert into outbox (org_id, event_id, channel, recipient, template, payload, dedupe,
                            next_at)
        values (:org_id, :event_id, 'email', :recipient, :template, :payload, :dedupe, :now)
        on conflict (org_id, dedupe) do nothing
        """,
        org_id=row.org_id,
        event_id=event_id,
        recipient=mail.recipient,
        template=mail.template,
        payload=mail.payload,
        dedupe=f"{row.id}:{mail.template}:{mail.recipient}",
        now=now,
    )


def admins(tx: Transaction, org_id: int) -> list[str]:
    """The addresses of the organization's admins."""
    return tx.all(
        str,
        f"""
        select a.email from membership m join account a on a.id = m.user_id
        where m.org_id = :org_id and m.role = 'admin' and {VERIFIED} order by m.user_id
        """,
        org_id=org_id,
    )


def realm_staff(tx: Transaction, org_id: int, realm_id: int, now: str) -> list[str]:
    """The addresses of a realm's active teachers and administrators."""
    return tx.all(
        str,
        f"""
        select distinct a.email from enrollment e
        join membership m on m.org_id = e.org_id and m.user_id = e.user_id and {VERIFIED}
        join account a on a.id = e.user_id
        where e.org_id = :org_id and e.realm_id = :realm_id
          and e.role in ('teacher', 'administrator') and e.status = 'active'
          and (e.end_at is null or e.end_at > :now) and e.deleted_at is null
        order by a.email
        """,
        org_id=org_id,
        realm_id=realm_id,
        now=now,
    )


def cancel(tx: Transaction, org_id: int, enrollment_id: int) -> None:
    """Take back what a record has queued and nobody has sent."""
    tx.run(
        """
        delete from outbox where org_id = :org_id and sent_at is null and event_id in (
          select id from event where org_id = :org_id and enrollment_id = :enrollment_id)
        """,
        org_id=org_id,
        enrollment_id=enrollment_id,
    )
