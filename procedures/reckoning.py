"""How much of a course is done in a record, and what follows from that."""

from __future__ import annotations

from procedures import completion, transitions
from procedures.context import Member
from procedures.store import components, courses, enrollments
from procedures.store.enrollments import EnrollmentRow
from procedures.transitions import Cause
from rpc.errors import RPCError


def by_marks(ctx: Member, row: EnrollmentRow) -> int:
    """What the marks amount to; where no component counts, progress is what it was."""
    tally = components.tally(ctx.tx, row)
    return completion.percent(tally.done, tally.counting) if tally.counting else row.progress


def left_at(ctx: Member, row: EnrollmentRow) -> int:
    """What a record that has ended was left at, as what counts may have changed since. Without
    marks it is what staff have said."""
    tally = components.tally(ctx.tx, row)
    return completion.percent(tally.done, tally.counting) if tally.done else row.progress


def reach(ctx: Member, row: EnrollmentRow, percent: int) -> EnrollmentRow:
    """The record with this progress, and with what follows from it."""
    if row.completed_at is not None and percent != 100:
        raise RPCError("BAD_REQUEST", "this course is completed", reason="invalid_transition")
    course = courses.course(ctx.tx, ctx.org.id, row.course_id)
    if course and completion.completes(row.status, course.completion_policy, percent):
        return transitions.move(ctx, row, "completed", Cause(None))
    if percent == row.progress:
        return row
    enrollments.rewrite(ctx.tx, row, ctx.now, {"progress": percent})
    return enrollments.record(ctx.tx, ctx.org.id, row.id, ctx.now)


def recompute(ctx: Member, enrollment_id: int) -> None:
    """Bring an unfinished record's progress in line with its marks."""
    row = enrollments.record(ctx.tx, ctx.org.id, enrollment_id, ctx.now)
    reach(ctx, row, by_marks(ctx, row))
