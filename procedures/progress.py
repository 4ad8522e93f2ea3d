"""`progress.*`: how far learners are, and what happens when all is done."""

from __future__ import annotations

from procedures import completion
from procedures.access import visible_records
from procedures.addressing import course_person, may_manage, may_see
from procedures.context import Member
from procedures.enrollment import shown
from procedures.reckoning import by_marks, reach
from procedures.records.enrollment import Enrollment
from procedures.records.progress import ProgressInput, ResetInput
from procedures.refusals import no_access, no_enrollment, staff_only
from procedures.store import components
from procedures.store.enrollments import EnrollmentRow
from rpc.errors import RPCError
from rpc.procedure import errors


@errors("admin_required", "invalid_transition", "no_access", "user")
def record(ctx: Member, given: ProgressInput) -> Enrollment:
    """Mark a component as done, or say how much of a course is. At 100 percent the record is
    completed, unless the course leaves that to its staff."""
    row = completion.working(named_records(ctx, given), ctx.now)
    if row is None:
        raise no_access()
    if given.component_id is not None:
        return shown(mark(ctx, row, given.component_id))
    if not may_manage(ctx, row):
        raise staff_only()
    return shown(reach(ctx, row, given.percent or 0))


def named_records(ctx: Member, given: ProgressInput) -> list[EnrollmentRow]:
    """What the caller may see of the records that are meant. Raises NOT_FOUND."""
    if given.id is None:
        return visible_records(ctx, course_person(ctx, given.user_id))
    if ctx.record is None or not may_see(ctx, ctx.record):
        raise no_enrollment()
    return [ctx.record]


def mark(ctx: Member, row: EnrollmentRow, key: str) -> EnrollmentRow:
    """The record once a component of its course is done. Raises NOT_FOUND."""
    component = components.component(ctx.tx, row, key)
    if component is None:
        raise RPCError("NOT_FOUND", "no such component")
    is_new = row.status != "completed" and components.add_mark(ctx.tx, row, component.id, ctx.now)
    return reach(ctx, row, by_marks(ctx, row) if is_new and component.counts else row.progress)


@errors("admin_required", "invalid_transition", "user")
def reset(ctx: Member, given: ResetInput) -> Enrollment:
    """Take a learner's marks and progress in a course away; a completion cannot be taken away."""
    user = course_person(ctx, given.user_id)
    rows = [row for row in visible_records(ctx, user) if row.role == "student"]
    if not rows:
        raise no_enrollment()
    if not may_manage(ctx, rows[0]):
        raise staff_only()
    if rows[0].completed_at is None:
        components.drop_marks(ctx.tx, rows[0])
    return shown(reach(ctx, rows[0], 0))
