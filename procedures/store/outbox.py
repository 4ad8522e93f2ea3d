"""The outbox: what is to be sent, to whom, and what has become of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from procedures.store.enrollments import EnrollmentRow
from procedures.store.people import (
    ORG,
    ORG_WIDTH,
    PERSON,
    VERIFIED,
    OrgRow,
    PersonRow,
    listed,
)
from procedures.store.staff import STAFF
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


def message(tx: Transaction, org_id: int, id: int) -> MessageRow | None:
    return tx.one(
        MessageRow,
        f"select {MESSAGE} from outbox where org_id = :org_id and id = :id",
        org_id=org_id,
        id=id,
    )


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


FOR_STAFF = '{"for":"staff"}'  # the payload of what staff are told in words of their own


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
        select a.email from enrollment e
        join membership m on m.org_id = e.org_id and m.user_id = e.user_id and {VERIFIED}
        join account a on a.id = e.user_id
        where e.org_id = :org_id and e.realm_id = :realm_id
          and {STAFF}
        order by a.email
        """,
        org_id=org_id,
        realm_id=realm_id,
        now=now,
    )


def cancel(tx: Transaction, org_id: int, enrollment_id: int) -> None:
    """Take back the mails that a record has queued and nobody has sent. Webhooks are still told of
    every event: these name no one."""
    tx.run(
        """
        delete from outbox
        where org_id = :org_id and dedupe > :first and dedupe < :beyond and sent_at is null
        """,
        org_id=org_id,
        first=f"{enrollment_id}:",
        beyond=f"{enrollment_id};",  # the character behind the colon
    )


class Parcel(Struct, frozen=True):
    """A message somebody has claimed: nobody else touches it until `until`."""

    org_id: int
    id: int
    event_id: int
    recipient: str
    template: str
    payload: str
    dedupe: str
    attempts: int
    until: str


def is_due(tx: Transaction, channel: str, now: str) -> bool:
    """Whether anything of the channel waits to be sent."""
    # A parameter beside a column on which an index depends makes SQLite plan anew for each value.
    return tx.exists(
        f"""
        select org_id from outbox
        where channel = {channel!r} and sent_at is null and next_at <= :now limit 1
        """,
        now=now,
    )


class Backlog(Struct, frozen=True):
    """Messages of one channel that are due at some time, or `parked`."""

    channel: str
    state: str
    count: int


def backlog(tx: Transaction) -> list[Backlog]:
    """What is not sent, of all tenants."""
    return tx.all(
        Backlog,
        """
        select channel, case when next_at is null then 'parked' else 'waiting' end, count(org_id)
        from outbox where sent_at is null group by 1, 2 order by 1, 2
        """,
    )


class Claim(Struct, frozen=True):
    """How many messages of which channel are claimed from `now` on. Of webhooks none to the `busy`
    and of the `sated`: organizations, by their ids, that have enough under way."""

    channel: str
    count: int
    now: str
    until: str
    busy: Sequence[str] = ()
    sated: Sequence[str] = ()


# Materialized, as PostgreSQL would else look for the first anew at each one that is due, where it
# expects few.
DUE_MAILS = """
    due (org, message) as materialized (
      select org_id, id from outbox
      where channel = 'email' and sent_at is null and next_at <= :now
      order by next_at, id limit :count)
"""

FIRST = """
    (select {column} from outbox
     where channel = 'webhook' and sent_at is null and recipient = name and next_at <= :now
     order by recipient, next_at, id limit 1)
"""
# The first for each receiver, which are found one after the other: a receiver may have a hundred
# thousand due that all would have to step over. Nothing is joined, as PostgreSQL would read the
# whole table for it while it has not counted them.
DUE_HOOKS = f"""
    receiver (name) as (
      select min(recipient) from outbox
      where channel = 'webhook' and sent_at is null and recipient > ''
      union all
      select (select min(recipient) from outbox
              where channel = 'webhook' and sent_at is null and recipient > name)
      from receiver where name is not null),
    first (org, message) as materialized (
      select {FIRST.format(column="org_id")}, {FIRST.format(column="id")}
      from receiver where not (:busy like '%,' || name || ',%')),
    due (org, message) as materialized (
      select org, message from first where not (:sated like '%,' || org || ',%')
      order by message limit :count)
"""
DUE = {"email": DUE_MAILS, "webhook": DUE_HOOKS}


def claim(tx: Transaction, wanted: Claim) -> list[Parcel]:
    """Take what is due, the longest due first; of webhooks the first for each receiver. Each
    attempt is counted before it is made."""
    # The outer condition is for engines where two may find the same rows: the second finds them
    # changed.
    return tx.all(
        Parcel,
        f"""
        with recursive {DUE[wanted.channel]}
        update outbox set attempts = attempts + 1, next_at = :until from due
        where org_id = org and id = message and sent_at is null and next_at <= :now
        returning org_id, id, event_id, recipient, template, payload, dedupe, attempts, next_at
        """,
        count=wanted.count,
        now=wanted.now,
        until=wanted.until,
        busy=listed(wanted.busy),
        sated=listed(wanted.sated),
    )


class Outcome(Struct, frozen=True):
    """What became of an attempt. Neither instant: parked."""

    sent_at: str | None = None
    next_at: str | None = None
    error: str | None = None


def settle(tx: Transaction, parcel: Parcel, outcome: Outcome) -> None:
    """Write down what became of a parcel, unless it is not ours any more."""
    tx.run(
        """
        update outbox set sent_at = :sent_at, next_at = :next_at, last_error = :error
        where org_id = :org_id and id = :id and attempts = :attempts and next_at = :until
          and sent_at is null
        """,
        org_id=parcel.org_id,
        id=parcel.id,
        attempts=parcel.attempts,
        until=parcel.until,
        **asdict(outcome),
    )


class FactsRow(Struct, frozen=True):
    """What a mail may speak of."""

    at: str
    enrollment_key: str
    end_at: str | None
    realm_key: str
    realm_title: str
    course_key: str | None
    course_title: str | None
    certificate_enabled: int | None
    org: OrgRow
    person: PersonRow

    @classmethod
    def row(cls, *columns: Any) -> FactsRow:
        plain, org, person = columns[:8], columns[8 : 8 + ORG_WIDTH], columns[8 + ORG_WIDTH :]
        return cls(*plain, OrgRow(*org), PersonRow(*person))  # type: ignore[call-arg]


def facts(tx: Transaction, parcel: Parcel) -> FactsRow | None:
    """Those of a mail's event; None where its record has been destroyed."""
    return tx.one(
        FactsRow.row,
        f"""
        select v.at, e.key, e.end_at, r.key, r.title, c.key, c.title, c.certificate_enabled,
               {ORG}, {PERSON}
        from event v
        join enrollment e on e.org_id = v.org_id and e.id = v.enrollment_id
        join realm r on r.org_id = e.org_id and r.id = e.realm_id
        join account a on a.id = e.user_id
        join org o on o.id = v.org_id
        left join course c on c.org_id = e.org_id and c.id = e.course_id
        where v.org_id = :org_id and v.id = :event_id
        """,
        org_id=parcel.org_id,
        event_id=parcel.event_id,
    )


def retry(tx: Transaction, org_id: int, id: int, now: str, soon: str) -> None:
    """Begin anew with a message that is parked, or waits for longer than until `soon`: one that
    waits for less may be in somebody's hands."""
    tx.run(
        """
        update outbox set attempts = 0, next_at = :now
        where org_id = :org_id and id = :id and sent_at is null
          and (next_at is null or next_at > :soon)
        """,
        org_id=org_id,
        id=id,
        now=now,
        soon=soon,
    )


def forget_sent(tx: Transaction, before: str, limit: int) -> int:
    """Remove messages that were sent by then, at most so many; how many."""
    return tx.run(
        """
        delete from outbox where (org_id, id) in (
          select org_id, id from outbox where sent_at <= :before order by sent_at limit :limit)
        """,
        before=before,
        limit=limit,
    )


def hasten(tx: Transaction, far: str, now: str) -> int:
    """Make due what waits until an instant nobody ever has to wait for; how many."""
    return tx.run(
        "update outbox set next_at = :now where sent_at is null and next_at > :far",
        far=far,
        now=now,
    )
