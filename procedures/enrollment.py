"""`enrollment.*`: who is enrolled where."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from procedures import events, placing, transitions
from procedures.context import Member
from procedures.instants import given_instant
from procedures.middleware import org_admin, realm_staff
from procedures.pages import Id, after_id, make_cursor, page_of, read_cursor
from procedures.placing import Details
from procedures.records.enrollment import (
    EnrollInput,
    Enrollment,
    EnrollmentFilter,
    EnrollmentPage,
    RecordAddress,
    UnenrollInput,
)
from procedures.records.event import EventPage, HistoryFilter
from procedures.rules import LIVE, Wish
from procedures.sections import default_section
from procedures.store import enrollments, log, people, realms
from procedures.store.enrollments import EnrollmentRow, Slice
from procedures.store.log import Trail
from procedures.store.people import MemberRow, listed
from rpc.errors import RPCError
from rpc.procedure import errors


@errors(
    "admin_required",
    "already_completed",
    "already_enrolled",
    "code_required",
    "enrollment_closed",
    "full",
    "invite_only",
    "key_taken",
    "not_published",
    "prerequisites_not_met",
    "reenroll_not_allowed",
    "user",
)
def enroll(ctx: Member, given: EnrollInput) -> Enrollment:
    """Put the caller, or a person they are responsible for, on a course, a section or a group."""
    realm = ctx.realm or default_section(ctx, ctx.named_course, given.school_id)
    at = replace(ctx, realm=realm)
    require_powers(at, given)
    user = named_member(at, given.user_id)
    wish = Wish(
        realm,
        ctx.course,
        given.role,
        is_self=user.user_id == ctx.user_id,
        status=given.status,
        reenroll=given.reenroll,
        bypass_prerequisites=given.bypass_prerequisites,
        force=given.force,
    )
    return shown(placing.place(at, wish, user, details_of(given)))


def require_powers(ctx: Member, given: EnrollInput) -> None:
    """Acting for others, in another role, or past the rules, is for staff; before anything is
    said about the person named."""
    for_another = given.user_id not in (None, ctx.user_key)
    by_hand = given.status or given.begin_at or given.end_at
    if given.bypass_prerequisites:
        org_admin(ctx)
    elif for_another or given.role != "student" or given.force or by_hand:
        realm_staff(ctx)


def named_member(ctx: Member, user_key: str | None) -> MemberRow:
    """The verified member of that key, else the caller. Raises NOT_FOUND."""
    member = people.member(ctx.tx, ctx.org.id, user_key or ctx.user_key)
    if member is None or member.status != "active" or member.verified_at is None:
        raise RPCError("NOT_FOUND", "no such user", reason="user")
    return member


def details_of(given: EnrollInput) -> Details:
    return Details(
        given.key,
        moment(given.begin_at),
        moment(given.end_at),
        given.metadata,
        notify=not given.force if given.notify is None else given.notify,
    )


@errors("admin_required", "suspended", "user")
def unenroll(ctx: Member, given: UnenrollInput) -> Enrollment:
    """End a record: it disappears from every read; what stays of the progress is a setting."""
    row = current_record(ctx, given, ended=("completed",))
    is_staff = may_manage(ctx, row)
    if row.status == "suspended" and not is_staff:
        raise RPCError("FORBIDDEN", "this enrollment is suspended", reason="suspended")
    if ctx.org.settings.progress_on_unenroll == "erase":
        enrollments.erase_progress(ctx.tx, row)
    enrollments.bury(ctx.tx, row, ctx.user_id, ctx.now)
    change = (row.status, None)
    events.note(ctx, row, "unenrolled", change, actor_id=ctx.user_id, reason=given.reason)
    # Whatever its status: the seat of an overdue record may be free and not yet given on.
    transitions.promote(ctx, row.realm_id)
    return shown(enrollments.record(ctx.tx, ctx.org.id, row.id, ctx.now))


@errors("admin_required", "user")
def get(ctx: Member, given: RecordAddress) -> Enrollment:
    """One record: by id, or a person's current (else latest) one in a course."""
    return shown(current_record(ctx, given))


def current_record(
    ctx: Member, given: RecordAddress, ended: tuple[str, ...] | None = None
) -> EnrollmentRow:
    """The record that is meant. By course: the live one, else the latest, of the given statuses
    if any are given. Raises NOT_FOUND for what the caller may not see."""
    if given.id is not None:
        row = ctx.record
    else:
        user = course_person(ctx, given.user_id)
        course = ctx.named_course
        found = enrollments.course_records(ctx.tx, ctx.org.id, course.id, user.user_id, ctx.now)
        row = next(
            (r for r in found if r.status in LIVE or ended is None or r.status in ended), None
        )
    if row is None or not (row.user_id == ctx.user_id or may_manage(ctx, row)):
        raise RPCError("NOT_FOUND", "no such enrollment")
    return row


def course_person(ctx: Member, user_key: str | None) -> MemberRow:
    """The person of that key, else the caller. Others are named by staff of the course only."""
    if user_key not in (None, ctx.user_key):
        course = ctx.named_course
        if not ctx.is_admin and not realms.teaches_course(ctx.tx, course, ctx.user_id, ctx.now):
            raise RPCError("FORBIDDEN", "staff only", reason="admin_required")
    member = people.member(ctx.tx, ctx.org.id, user_key or ctx.user_key)
    if member is None:
        raise RPCError("NOT_FOUND", "no such user", reason="user")
    return member


def may_manage(ctx: Member, row: EnrollmentRow) -> bool:
    """Whether the caller is an admin, or staff of the record's realm."""
    return ctx.is_admin or realms.teaches(ctx.tx, ctx.org.id, row.realm_id, ctx.user_id, ctx.now)


def list_records(ctx: Member, given: EnrollmentFilter) -> EnrollmentPage:
    """The records the caller may see in the active organization, in a stable order."""
    values = conditions(ctx, given)
    after = None if given.cursor is None else read_cursor(given.cursor, tuple[str | Id, Id])
    part = Slice(given.sort, given.order == "desc", given.size + 1, after, given.offset or 0)
    rows = enrollments.found_records(ctx.tx, values, part)
    items = rows[: given.size]
    cursor = None
    if len(rows) > given.size:
        cursor = make_cursor((sort_value(items[-1], given.sort), items[-1].id))
    total = enrollments.count_records(ctx.tx, values)
    return EnrollmentPage([shown(row) for row in items], total, cursor)


def conditions(ctx: Member, given: EnrollmentFilter) -> dict[str, Any]:
    wanted = {
        "me": None if ctx.is_admin else ctx.user_id,
        "user_key": given.user_id,
        "course_key": given.course_id,
        "realm_key": given.realm_id,
        "roles": listed(given.role) if given.role else None,
        "statuses": listed(given.status) if given.status else None,
        "updated_after": moment(given.updated_after),
    }
    asked = {name: value for name, value in wanted.items() if value is not None}
    return {"org_id": ctx.org.id, "now": ctx.now, **asked}


def sort_value(row: EnrollmentRow, sort: str) -> str | int:
    by: dict[str, str | int] = {
        "id": row.id,
        "enrolledAt": row.enrolled_at,
        "updatedAt": row.updated_at,
        "role": row.role,
        "status": row.status,
    }
    return by[sort]


@errors("admin_required", "user")
def history(ctx: Member, given: HistoryFilter) -> EventPage:
    """What happened to a record, or to all records of a person in a course, oldest first."""
    page = (after_id(given.cursor), given.size + 1)
    if given.course_id is not None:
        user, course = course_person(ctx, given.user_id), ctx.named_course
        trail = Trail(course, user.user_id, None if ctx.is_admin else ctx.user_id, ctx.now)
        rows = log.course_events(ctx.tx, trail, page)
    else:
        address = RecordAddress(id=given.id)
        rows = log.record_events(ctx.tx, ctx.org.id, current_record(ctx, address).id, page)
    items, cursor = page_of(rows, given.size, lambda row: row.id)
    return EventPage([events.shown(row) for row in items], cursor)


def moment(given: datetime | None) -> str | None:
    return None if given is None else given_instant(given)


def shown(row: EnrollmentRow) -> Enrollment:
    return Enrollment(
        row.key,
        row.course_key,
        row.realm_key,
        row.realm_kind,  # type: ignore[arg-type]  # the database holds its list
        row.user_key,
        row.role,  # type: ignore[arg-type]
        row.status,  # type: ignore[arg-type]
        row.position,
        row.progress,
        row.enrolled_at,
        row.begin_at,
        row.end_at,
        row.completed_at,
        row.status_at,
        row.source,  # type: ignore[arg-type]
        msgspec.json.decode(row.metadata),
        row.previous_key,
        row.version,
        row.updated_at,
        row.deleted_at or UNSET,
    )
