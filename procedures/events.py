"""The event log: one event for each transition, in the transition's own transaction."""

from __future__ import annotations

from typing import Any

import msgspec

from procedures.context import Anyone
from procedures.records.event import Event
from procedures.store import webhooks
from procedures.store.enrollments import EnrollmentRow
from procedures.store.log import EventRow


def note(
    ctx: Anyone,
    row: EnrollmentRow,
    kind: str,
    change: tuple[str | None, str | None],
    *,
    actor_id: int | None = None,
    reason: str | None = None,
    from_realm_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> int:
    """Write down that a record went from one status to another, and queue that for the webhooks;
    the event's id. `from_realm_id`: where the record was, of which its staff are told too."""
    event_id = ctx.tx.insert(
        "event",
        org_id=row.org_id,
        at=ctx.now,
        enrollment_id=row.id,
        enrollment_key=row.key,
        user_id=row.user_id,
        realm_id=row.realm_id,
        from_realm_id=from_realm_id,
        course_id=row.course_id,
        kind=kind,
        from_status=change[0],
        to_status=change[1],
        actor_id=actor_id,
        door=ctx.door if actor_id is not None else "system",
        reason=reason,
        data=msgspec.json.encode(data or {}).decode(),
    )
    # Asked first: an insert from a select that finds nothing takes ten times as long.
    for key in webhooks.wanting(ctx.tx, row.org_id, kind):
        webhooks.add_delivery(ctx.tx, (row.org_id, event_id, kind), key, ctx.now)
        ctx.service.bell.ring()
    return event_id


def shown(row: EventRow) -> Event:
    return Event(
        str(row.id),
        row.at,
        row.enrollment_key,
        row.user_key,
        row.realm_key,
        row.course_key,
        row.kind,  # type: ignore[arg-type]  # what `note` was given
        row.from_status,  # type: ignore[arg-type]  # the database holds its list
        row.to_status,  # type: ignore[arg-type]
        row.actor_key,
        row.door,  # type: ignore[arg-type]
        row.reason,
        msgspec.json.decode(row.data),
    )
