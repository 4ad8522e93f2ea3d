"""`enrollment.*`: who is enrolled where."""

from __future__ import annotations

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from procedures import events, placing, transitions
from procedures.addressing import course_person, current_record, may_manage, named_member
from procedures.context import Member
from procedures.cursors import after_id, page_of
from procedures.instants import moment
from procedures.middleware import org_admin, realm_staff
from procedures.placing import Details
from procedures.records.enrollment import EnrollInput, Enrollment, RecordAddress, UnenrollInput
from procedures.records.event import EventPage, HistoryFilter
from procedures.rules import Wish
from procedures.sections import default_section
from procedures.store import enrollments, log
from procedures.store.enrollments import EnrollmentRow
from procedures.store.log import Trail
from procedures.store.people import MemberRow
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
    at = located(ctx, given.school_id)
    require_powers(at, given)
    return placed(at, given, named_member(at, given.user_id))


def placed(ctx: Member, given: EnrollInput, user: MemberRow) -> Enrollment:
    """Put a person on the realm the call is about; who may is decided before."""
    wish = Wish(
        ctx.named_realm,
        ctx.course,
        given.role,
        is_self=user.user_id == ctx.user_id,
        status=given.status,
        reenroll=given.reenroll,
        bypass_prerequisites=given.bypass_prerequisites,
        force=given.force,
    )
    return shown(placing.place(ctx, wish, user, details_of(given)))


def located(ctx: Member, school_key: str | None) -> Member:
    """The call with the realm it is about: the named one, else the course's default section."""
    realm = ctx.realm or default_section(ctx, ctx.named_course, school_key)
    return replace(ctx, realm=realm)


def require_powers(ctx: Member, given: EnrollInput) -> None:
    """Acting for others, in another role, or past the rules, is for staff; before anything is
    said about the person named."""
    for_another = given.user_id not in (None, ctx.user_key)
    by_hand = given.status or given.begin_at or given.end_at or given.primary
    if given.bypass_prerequisites:
        org_admin(ctx)
    elif for_another or given.role != "student" or given.force or by_hand:
        realm_staff(ctx)


def details_of(given: EnrollInput) -> Details:
    return Details(
        given.key,
        moment(given.begin_at),
        moment(given.end_at),
        given.primary,
        given.metadata,
        notify=not given.force if given.notify is None else given.notify,
    )


@errors("admin_required", "suspended", "user")
def unenroll(ctx: Member, given: UnenrollInput) -> Enrollment:
    """End a record: it disappears from every read; what stays of the progress is a setting."""
    row = current_record(ctx, given, ended=("completed",))
    if row.status == "suspended" and not may_manage(ctx, row):
        raise RPCError("FORBIDDEN", "this enrollment is suspended", reason="suspended")
    row = transitions.settle(ctx, row)
    transitions.hold(ctx, row.realm_id)
    if ctx.org.settings.progress_on_unenroll == "erase":
        enrollments.erase_progress(ctx.tx, row)
    enrollments.bury(ctx.tx, row, ctx.user_id, ctx.now)
    change = (row.status, None)
    events.note(ctx, row, "unenrolled", change, actor_id=ctx.user_id, reason=given.reason)
    transitions.promote(ctx, row.realm_id)
    return shown(enrollments.record(ctx.tx, ctx.org.id, row.id, ctx.now))


@errors("admin_required", "user")
def get(ctx: Member, given: RecordAddress) -> Enrollment:
    """One record: by id, or a person's current (else latest) one in a course."""
    return shown(current_record(ctx, given))


@errors("admin_required", "user")
def history(ctx: Member, given: HistoryFilter) -> EventPage:
    """What happened to a record, which may be gone, or to all records of a person in a course,
    oldest first."""
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
