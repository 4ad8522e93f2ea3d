"""`course.setPrerequisites`: what must be completed before a course; never in a circle."""

from __future__ import annotations

from procedures.circles import circle
from procedures.context import Admin
from procedures.course import change
from procedures.records.course import Course, PrerequisitesInput
from procedures.store import courses
from procedures.store.courses import CourseRow
from rpc.errors import InputError, RPCError
from rpc.procedure import errors


@errors("cycle")
def set_prerequisites(ctx: Admin, given: PrerequisitesInput) -> Course:
    """Say which courses must be completed before this one. Who is enrolled already stays so."""
    course = ctx.named_course
    required = {required_course(ctx, key) for key in given.requires}
    refuse_circle(ctx, course, required)
    courses.drop_requirements(ctx.tx, course)
    for requires_id in sorted(required):
        ctx.tx.insert(
            "prerequisite", org_id=ctx.org.id, course_id=course.id, requires_id=requires_id
        )
    return change(ctx, {})


def required_course(ctx: Admin, key: str) -> int:
    found = courses.course_id(ctx.tx, ctx.org.id, key)
    if found is None:
        raise InputError("`requires` names no course of this organization")
    return found


def refuse_circle(ctx: Admin, course: CourseRow, required: set[int]) -> None:
    """Raise BAD_REQUEST if the course would require itself, at once or in the end."""
    others = [e for e in courses.requirement_edges(ctx.tx, ctx.org.id) if e[0] != course.id]
    if circle([*others, *((course.id, requires_id) for requires_id in required)]):
        message = "a course cannot require itself, nor what requires it"
        raise RPCError("BAD_REQUEST", message, reason="cycle")
