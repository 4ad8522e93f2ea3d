"""Which person, school and record a call means, as far as the caller may know of them."""

from __future__ import annotations

from procedures.context import Member
from procedures.middleware import realm_staff
from procedures.records.enrollment import RecordAddress
from procedures.refusals import no_enrollment, no_school, no_user, staff_only
from procedures.rules import LIVE
from procedures.store import courses, enrollments, people, staff
from procedures.store.enrollments import EnrollmentRow
from procedures.store.people import MemberRow


def named_member(ctx: Member, user_key: str | None) -> MemberRow:
    """The verified member of that key, else the caller. Raises NOT_FOUND."""
    member = _member(ctx, user_key)
    if member.status != "active" or member.verified_at is None:
        raise no_user()
    return member


def named_school(ctx: Member, key: str | None) -> int:
    """The school of that key, else the default one. Raises NOT_FOUND."""
    found = courses.school_id(ctx.tx, ctx.org.id, key)
    if found is None:
        raise no_school()
    return found


def current_record(
    ctx: Member, given: RecordAddress, ended: tuple[str, ...] | None = None
) -> EnrollmentRow:
    """The record that is meant. By course or realm: of those the caller may see the live one, else
    the latest, of the given statuses if any are given. Raises NOT_FOUND where there is none."""
    if given.id is not None:
        rows = [] if ctx.record is None else [ctx.record]
    else:
        found = person_records(ctx, given)
        rows = [r for r in found if r.status in LIVE or ended is None or r.status in ended]
    row = next((row for row in rows if may_see(ctx, row)), None)
    if row is None:
        raise no_enrollment()
    return row


def person_records(ctx: Member, given: RecordAddress) -> list[EnrollmentRow]:
    """All records of the named person in the named realm, else course: live ones first."""
    tx, org_id, now = ctx.tx, ctx.org.id, ctx.now
    if given.realm_id is not None:
        user = realm_person(ctx, given.user_id)
        return enrollments.place_records(tx, org_id, ctx.named_realm.id, user.user_id, now)
    user = course_person(ctx, given.user_id)
    return enrollments.course_records(tx, org_id, ctx.named_course.id, user.user_id, now)


def course_person(ctx: Member, user_key: str | None) -> MemberRow:
    """The person of that key, else the caller. Others are named by staff of the course only."""
    if user_key not in (None, ctx.user_key):
        course = ctx.named_course
        if not ctx.is_admin and not staff.teaches_course(ctx.tx, course, ctx.user_id, ctx.now):
            raise staff_only()
    return _member(ctx, user_key)


def realm_person(ctx: Member, user_key: str | None) -> MemberRow:
    """The person of that key, else the caller. Others are named by staff of the realm only."""
    if user_key not in (None, ctx.user_key):
        realm_staff(ctx)
    return _member(ctx, user_key)


def _member(ctx: Member, user_key: str | None) -> MemberRow:
    member = people.member(ctx.tx, ctx.org.id, user_key or ctx.user_key)
    if member is None:
        raise no_user()
    return member


def may_see(ctx: Member, row: EnrollmentRow) -> bool:
    """Whether the record is the caller's own, or they manage it."""
    return row.user_id == ctx.user_id or may_manage(ctx, row)


def may_manage(ctx: Member, row: EnrollmentRow) -> bool:
    """Whether the caller is an admin, or staff of the record's realm."""
    return ctx.is_admin or staff.teaches(ctx.tx, ctx.org.id, row.realm_id, ctx.user_id, ctx.now)


def staffed_record(ctx: Member, given: RecordAddress) -> EnrollmentRow:
    """The record that is meant, for staff of its realm. Raises NOT_FOUND or FORBIDDEN."""
    row = current_record(ctx, given)
    if not may_manage(ctx, row):
        raise staff_only()
    return row
