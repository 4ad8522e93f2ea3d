"""Who reaches the content of a course: `enrollment.access`, and the check of everything that
needs it."""

from __future__ import annotations

from typing import Any

from procedures import completion
from procedures.addressing import course_person, may_see
from procedures.context import Member
from procedures.middleware import is_course_team
from procedures.records.access import Access, CoursePerson
from procedures.refusals import no_access
from procedures.store import enrollments, staff
from procedures.store.enrollments import EnrollmentRow
from procedures.store.people import MemberRow
from rpc.procedure import errors


@errors("admin_required", "user")
def access(ctx: Member, given: CoursePerson) -> Access:
    """Whether a person reaches the content of a course now, and if not, why."""
    user = course_person(ctx, given.user_id)
    row = completion.deciding(visible_records(ctx, user), ctx.now)
    status: Any = row and row.status
    if user.status != "active" or user.verified_at is None:
        return Access(False, "not_member", status, None)
    if needs_no_record(ctx, user):
        return Access(True, None, status, None)
    refusal = completion.refusal(row, ctx.now)
    return Access(refusal is None, refusal, status, completion.access_end(row, ctx.now))


def needs_no_record(ctx: Member, user: MemberRow) -> bool:
    course = ctx.named_course
    return user.role != "learner" or staff.teaches_course(ctx.tx, course, user.user_id, ctx.now)


def visible_records(ctx: Member, user: MemberRow) -> list[EnrollmentRow]:
    """What the caller may see of a person's records in the named course, live ones first."""
    rows = course_records(ctx, user.user_id)
    return [row for row in rows if may_see(ctx, row)]


def course_records(ctx: Member, user_id: int) -> list[EnrollmentRow]:
    return enrollments.course_records(ctx.tx, ctx.org.id, ctx.named_course.id, user_id, ctx.now)


def readable(ctx: Member) -> EnrollmentRow | None:
    """The record that opens the named course to the caller; None for staff without.

    Raises FORBIDDEN `no_access`.
    """
    rows = course_records(ctx, ctx.user_id)
    row = next((r for r in rows if completion.may_read(r, ctx.now)), None)
    if row is None and not is_course_team(ctx):
        raise no_access()
    return row
