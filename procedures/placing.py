"""Putting a person on a realm: the steps E4-E11 of the model."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from procedures import events, outbox, reckoning, rules, transitions
from procedures.context import Member
from procedures.credentials import new_key
from procedures.instants import is_past
from procedures.records.enrollment import Status
from procedures.refusals import key_taken
from procedures.rules import Past, Wish
from procedures.statuses import TEMPLATES, kind_of
from procedures.store import courses, enrollments, seats
from procedures.store.enrollments import EnrollmentRow, SlotRow
from procedures.store.people import MemberRow
from procedures.transitions import Cause
from rpc.errors import InputError, RPCError

LARGEST_METADATA = 2**16  # bytes: a page of a list has those of hundreds of records


class Details(Struct, frozen=True):
    """What a new record shall say beyond its place; instants as text."""

    key: str | None = None
    begin_at: str | None = None
    end_at: str | None = None
    primary: bool = False
    metadata: dict[str, Any] | None = None
    notify: bool = True


def place(ctx: Member, wish: Wish, user: MemberRow, details: Details) -> EnrollmentRow:
    """Enroll `user` as `wish` says, or accept the invitation that waits for them."""
    past = past_of(ctx, wish, user)
    for obstacle in rules.obstacles(wish, past, ctx.now):
        raise obstacle
    if past.overdue is not None:
        transitions.expire_record(ctx, past.overdue.id)
    if past.live is not None:  # an invitation
        record = enrollments.record(ctx.tx, ctx.org.id, past.live.id, ctx.now)
        transitions.require_time(record, wish.course, ctx.now)
        cause = Cause(ctx.user_id, notify=details.notify)
        return transitions.move(ctx, record, "active", cause)
    return _add(ctx, wish, user, past, details)


def slot_of(wish: Wish) -> str:
    """What a live record holds: the course, or the realm where sections are separate."""
    course = wish.course
    return f"r{wish.realm.id}" if course is None or course.multi_section else f"c{course.id}"


def past_of(ctx: Member, wish: Wish, user: MemberRow) -> Past:
    """What speaks for or against placing this user."""
    org_id, course = ctx.org.id, wish.course
    records = enrollments.slot_records(ctx.tx, org_id, slot_of(wish), user.user_id, wish.role)
    if course is None or wish.role != "student":
        return rules.past_at(ctx.now, records, ())
    missing = courses.missing_prerequisites(ctx.tx, org_id, course.id, user.user_id, ctx.now)
    return rules.past_at(ctx.now, records, missing)


def _add(ctx: Member, wish: Wish, user: MemberRow, past: Past, details: Details) -> EnrollmentRow:
    resumed = _unfinished(ctx, past)
    begin_at = details.begin_at or ctx.now
    end_at = details.end_at or _access_end(wish, begin_at)
    if end_at is not None and end_at <= begin_at:
        raise RPCError("BAD_REQUEST", "`endAt` must be after `beginAt`", reason="invalid_input")
    if details.primary and wish.role != "teacher":
        raise RPCError("BAD_REQUEST", "only teachers are `primary`", reason="invalid_input")
    is_over = is_past(end_at, ctx.now) and rules.first_status(wish) == "active"
    status = "expired" if is_over else _seated(ctx, wish)
    _require_free(ctx, details.key)
    previous = next((r for r in past.records if r.deleted_at is None or r is resumed), None)
    row = _inserted(
        ctx,
        wish,
        user,
        previous,
        key=details.key or new_key("enr"),
        primary_flag=int(details.primary),
        status=status,
        progress=_progress(ctx, resumed),
        begin_at=begin_at,
        end_at=end_at,
        metadata=metadata_text(details.metadata or {}),
    )
    _tell(ctx, row, user, details)
    return row if resumed is None else _resume(ctx, row, resumed)


def metadata_text(members: dict[str, Any]) -> str:
    """Metadata as it is kept. Raises InputError for too much of it."""
    text = msgspec.json.encode(members)
    if len(text) > LARGEST_METADATA:
        raise InputError(f"`metadata` has more than {LARGEST_METADATA:,} bytes")
    return text.decode()


def _require_free(ctx: Member, key: str | None) -> None:
    if key is not None and enrollments.record_by_key(ctx.tx, ctx.org.id, key, ctx.now) is not None:
        raise key_taken()


def _seated(ctx: Member, wish: Wish) -> Status:
    status = rules.first_status(wish)
    if wish.role != "student" or wish.force:
        return status
    offered = rules.seats_of(wish.realm, wish.course)
    if offered.capacity is None:
        return status
    # Time alone frees seats: those who wait for one go before who comes now.
    transitions.promote(ctx, wish.realm.id)
    taken = seats.taken(ctx.tx, ctx.org.id, wish.realm.id, ctx.now)
    return rules.seated_status(status, offered, taken)


def _unfinished(ctx: Member, past: Past) -> SlotRow | None:
    """The record a new one goes on from where the organization resumes progress: the last
    withdrawn one, if it was not completed."""
    if not past.records or ctx.org.settings.progress_on_unenroll != "resume":
        return None
    last = past.records[0]
    return last if last.deleted_at is not None and last.completed_at is None else None


def _progress(ctx: Member, former: SlotRow | None) -> int:
    if former is None:
        return 0
    return reckoning.left_at(ctx, enrollments.record(ctx.tx, ctx.org.id, former.id, ctx.now))


def _resume(ctx: Member, row: EnrollmentRow, former: SlotRow) -> EnrollmentRow:
    """The record with the marks of the former one; in that all may have been done that counts."""
    enrollments.copy_marks(ctx.tx, ctx.org.id, former.id, row.id)
    return reckoning.reach(ctx, row, row.progress)


def _access_end(wish: Wish, begin_at: str) -> str | None:
    if wish.course is None or wish.role != "student":
        return None
    return transitions.end_after(begin_at, wish.course.access_days)


def _inserted(
    ctx: Member, wish: Wish, user: MemberRow, previous: SlotRow | None, **columns: Any
) -> EnrollmentRow:
    columns = {
        "org_id": ctx.org.id,
        "user_id": user.user_id,
        "realm_id": wish.realm.id,
        "course_id": wish.course and wish.course.id,
        "slot": slot_of(wish),
        "role": wish.role,
        "enrolled_at": ctx.now,
        "status_at": ctx.now,
        "status_by": ctx.user_id,
        "source": ctx.door,
        "updated_at": ctx.now,
        **columns,
    }
    # A Duplicate is for the store, which then runs the call again: it finds what came in between.
    id = ctx.tx.insert("enrollment", previous_id=previous and previous.id, **columns)
    if columns["status"] == "waitlisted":  # it has a place in the line
        return enrollments.record(ctx.tx, ctx.org.id, id, ctx.now)
    return EnrollmentRow(
        id=id,
        course_key=wish.course.key if wish.course else None,
        realm_key=wish.realm.key,
        realm_kind=wish.realm.kind,
        user_key=user.user_key,
        overdue=0,
        position=None,
        completed_at=None,
        previous_key=previous.key if previous else None,
        version=1,
        deleted_at=None,
        **columns,
    )


def _tell(ctx: Member, row: EnrollmentRow, user: MemberRow, details: Details) -> None:
    kind = kind_of(None, row.status)
    event_id = events.note(ctx, row, kind, (None, row.status), actor_id=ctx.user_id)
    if details.notify and kind in TEMPLATES:
        outbox.tell(ctx, row, event_id, TEMPLATES[kind], user.email)
