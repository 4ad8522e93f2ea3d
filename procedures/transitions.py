"""Bringing a record from one status into another, with all that follows: one event, the mails,
the seat that is taken or given away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from procedures import events, outbox, rules
from procedures.context import Member
from procedures.instants import is_past, later
from procedures.rules import LIVE, SEATED
from procedures.statuses import TEMPLATES, kind_of
from procedures.store import courses, enrollments, people, realms, seats
from procedures.store.courses import CourseRow
from procedures.store.enrollments import EnrollmentRow
from procedures.store.outbox import cancel
from rpc.errors import RPCError

# What events call the columns whose names are others outside.
PUBLIC = {"begin_at": "beginAt", "end_at": "endAt", "primary_flag": "primary"}
AT_ONCE = 500  # of those who wait, between two counts of the seats


class Cause(Struct, frozen=True):
    """Who brought a transition about (None: time, or a seat that came free), why, and whether
    mails tell of it."""

    by: int | None
    reason: str | None = None
    notify: bool = True


def move(
    ctx: Member, row: EnrollmentRow, status: str, cause: Cause, **columns: Any
) -> EnrollmentRow:
    """Give a record another status, other columns, or both: one version, one event. Whether that
    may be is decided before. Raises CONFLICT `full` or `already_enrolled`."""
    row = settle(ctx, row)
    hold(ctx, row.realm_id)
    role = columns.get("role", row.role)
    if status in LIVE and (row.status not in LIVE or role != row.role):
        vacate(ctx, row, row.slot, role)
    course = courses.course(ctx.tx, ctx.org.id, row.course_id)
    target = _seated(ctx, row, status, role, course)
    changes = {**_consequences(ctx, row, target, cause, course), **columns}
    enrollments.rewrite(ctx.tx, row, ctx.now, changes)
    kind = kind_of(row.status, target)
    event_id = events.note(
        ctx,
        row,
        kind,
        (row.status, target),
        actor_id=cause.by,
        reason=cause.reason,
        data={"changed": sorted(PUBLIC.get(name, name) for name in columns)} if columns else None,
    )
    if cause.notify and kind in TEMPLATES:
        email = people.person(ctx.tx, row.user_id).email
        outbox.tell(ctx, row, event_id, TEMPLATES[kind], email)
    promote(ctx, row.realm_id)
    return enrollments.record(ctx.tx, ctx.org.id, row.id, ctx.now)


def _consequences(
    ctx: Member, row: EnrollmentRow, status: str, cause: Cause, course: CourseRow | None
) -> dict[str, Any]:
    """The columns that change with the status, if it does."""
    if status == row.status:
        return {}
    columns = {"status": status, "status_at": ctx.now, "status_by": cause.by}
    return {**columns, **_access(ctx, row, status, course), **_completion(ctx, status)}


def settle(ctx: Member, row: EnrollmentRow) -> EnrollmentRow:
    """The record once it is written down that its time has run out, if it has."""
    if not row.overdue:
        return row
    expire(ctx, row)
    return enrollments.record(ctx.tx, ctx.org.id, row.id, ctx.now)


def expire(ctx: Member, overdue: EnrollmentRow) -> None:
    """Write down that a record's time has run out, and give its seat away."""
    hold(ctx, overdue.realm_id)
    columns = {"status": "expired", "status_at": ctx.now, "status_by": None}
    enrollments.rewrite(ctx.tx, overdue, ctx.now, columns)
    events.note(ctx, overdue, "expired", ("active", "expired"))
    promote(ctx, overdue.realm_id)


def expire_record(ctx: Member, id: int) -> None:
    """The same by its id."""
    expire(ctx, enrollments.record(ctx.tx, ctx.org.id, id, ctx.now))


def vacate(ctx: Member, row: EnrollmentRow, slot: str, role: str) -> None:
    """Let a person's record have a slot: another one of theirs, whose time has run out, holds it no
    more, and that is written down."""
    for other in enrollments.slot_records(ctx.tx, ctx.org.id, slot, row.user_id, role):
        if other.deleted_at is None and rules.is_overdue(other, ctx.now):
            expire_record(ctx, other.id)


def destroy(ctx: Member, row: EnrollmentRow, *, by: int | None) -> None:
    """Remove a record, and the mails about it that wait; one event tells of it."""
    row = settle(ctx, row)
    hold(ctx, row.realm_id)
    enrollments.destroy(ctx.tx, row, ctx.now)
    cancel(ctx.tx, row.org_id, row.id)
    events.note(ctx, row, "deleted", (row.status, None), actor_id=by)
    promote(ctx, row.realm_id)


def hold(ctx: Member, realm_id: int) -> None:
    """From here on nobody else gives or takes a seat. To be called before the first change, as
    two who each have changed what the other wants would wait for each other."""
    ctx.tx.claim("realm", org_id=ctx.org.id, id=realm_id)


def promote(ctx: Member, realm_id: int) -> None:
    """Give free seats to those who wait, in order."""
    hold(ctx, realm_id)
    while next_ones := _next_in_line(ctx, realm_id):
        for id in next_ones:
            _let_in(ctx, enrollments.record(ctx.tx, ctx.org.id, id, ctx.now))


def _next_in_line(ctx: Member, realm_id: int) -> list[int]:
    """As many of the first in line as there are seats for, or a good part of these."""
    if not seats.line(ctx.tx, ctx.org.id, realm_id, limit=1):
        return []
    left = seats_left(ctx, realm_id)
    at_once = AT_ONCE if left is None else min(left, AT_ONCE)
    return seats.line(ctx.tx, ctx.org.id, realm_id, limit=at_once)


def _let_in(ctx: Member, waiting: EnrollmentRow) -> None:
    course = courses.course(ctx.tx, ctx.org.id, waiting.course_id)
    window = access_window(waiting, course, ctx.now)
    columns = {"status": "active", "status_at": ctx.now, "status_by": None, **window}
    enrollments.rewrite(ctx.tx, waiting, ctx.now, columns)
    event_id = events.note(ctx, waiting, "promoted", ("waitlisted", "active"))
    # Whose time went by in the line has it no more: the seat is free at once, for the next.
    if not is_past(window["end_at"], ctx.now):
        email = people.person(ctx.tx, waiting.user_id).email
        outbox.tell(ctx, waiting, event_id, "promoted", email)


def seats_left(ctx: Member, realm_id: int) -> int | None:
    """How many students a realm still takes; None: any number."""
    realm = realms.realm(ctx.tx, ctx.org.id, realm_id)
    offered = rules.seats_of(realm, courses.course(ctx.tx, ctx.org.id, realm.course_id))
    return offered.left(seats.taken(ctx.tx, ctx.org.id, realm_id, ctx.now))


def require_seat(ctx: Member, realm_id: int) -> None:
    """Raise CONFLICT `full` where no student can be added; those who wait go first."""
    promote(ctx, realm_id)
    if seats_left(ctx, realm_id) == 0:
        raise RPCError("CONFLICT", "no seat is left", reason="full")


def _seated(
    ctx: Member, row: EnrollmentRow, status: str, role: str, course: CourseRow | None
) -> str:
    """The status a record really gets: an approved request waits where the realm is full and has
    a waiting list. Whom staff take out of the waiting line they take whatever the capacity is."""
    has_seat = row.role == "student" and row.status in SEATED
    if has_seat or role != "student" or status not in SEATED or row.status == "waitlisted":
        return status
    if row.status != "requested":
        require_seat(ctx, row.realm_id)
        return status
    promote(ctx, row.realm_id)
    realm = realms.realm(ctx.tx, ctx.org.id, row.realm_id)
    taken = seats.taken(ctx.tx, ctx.org.id, row.realm_id, ctx.now)
    return rules.seated_status("active", rules.seats_of(realm, course), taken)


def _access(
    ctx: Member, row: EnrollmentRow, status: str, course: CourseRow | None
) -> dict[str, Any]:
    """The access window of a record that somebody makes active: an end that has passed is an end
    no more."""
    if status != "active":
        return {}
    window = access_window(row, course, ctx.now)
    return {**window, "end_at": None} if is_past(window["end_at"], ctx.now) else window


def access_window(row: EnrollmentRow, course: CourseRow | None, now: str) -> dict[str, str | None]:
    """When a record that becomes active now begins and ends: the days a course gives are counted
    from the end of the waiting."""
    days = course.access_days if course is not None else None
    has_waited = row.status in ("invited", "requested", "waitlisted") and row.begin_at < now
    if has_waited and days is not None and row.end_at == end_after(row.begin_at, days):
        return {"begin_at": now, "end_at": end_after(now, days)}
    return {"begin_at": row.begin_at, "end_at": row.end_at}


def end_after(begin_at: str, days: int | None) -> str | None:
    """When the days that a course gives are over; None: never."""
    return None if days is None else later(begin_at, days=days)


def require_time(row: EnrollmentRow, course: CourseRow | None, now: str) -> None:
    """Raise BAD_REQUEST `enrollment_closed` where a record that became active now would be over."""
    for refusal in time_over(row, course, now):
        raise refusal


def time_over(row: EnrollmentRow, course: CourseRow | None, now: str) -> Iterator[RPCError]:
    """The end of a record as an obstacle to its becoming active now."""
    if is_past(access_window(row, course, now)["end_at"], now):
        yield RPCError("BAD_REQUEST", "the time of this record is over", reason="enrollment_closed")


def _completion(ctx: Member, status: str) -> dict[str, Any]:
    return {"progress": 100, "completed_at": ctx.now} if status == "completed" else {}
