"""`course.content` and `course.setComponents`: what a course is made of."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from procedures.access import readable
from procedures.circles import circle
from procedures.completion import percent
from procedures.context import Member, Staff
from procedures.course import change
from procedures.credentials import new_key
from procedures.reckoning import recompute
from procedures.records.content import Component, ComponentInput, Content, OutlineInput
from procedures.records.course import CourseAddress
from procedures.store import components
from procedures.store.components import ComponentRow, Part
from procedures.store.enrollments import EnrollmentRow
from rpc.errors import InputError, RPCError
from rpc.procedure import errors

DEEPEST = 20


@errors("no_access")
def show(ctx: Member, given: CourseAddress) -> Content:
    """The components of a course, to those who learn or teach there, with the caller's marks."""
    return shown(ctx, readable(ctx))


def shown(ctx: Member, row: EnrollmentRow | None) -> Content:
    course = ctx.named_course
    done = {} if row is None else components.marks(ctx.tx, row)
    return Content(course.key, tree(components.course_components(ctx.tx, course), done))


def tree(rows: list[ComponentRow], done: dict[int, str]) -> list[Component]:
    """Components inside each other; siblings in the order of the rows."""
    nodes = {row.id: node(row, done.get(row.id)) for row in rows}
    top: list[Component] = []
    for row in rows:
        siblings = top if row.parent_id is None else nodes[row.parent_id].children
        siblings.append(nodes[row.id])
    return top


def node(row: ComponentRow, done_at: str | None) -> Component:
    kind = row.kind
    return Component(row.key, kind, row.title, bool(row.counts), done_at, [])  # type: ignore[arg-type]


@errors("cycle")
def set_components(ctx: Staff, given: OutlineInput) -> Content:
    """Say what a course is made of, in order. Components left out are removed with their marks;
    the progress of those who are not done is reckoned anew where their marks come to something
    else, a completion stays."""
    outline = [with_id(component) for component in given.components]
    refuse_circle(outline)
    before = shares(ctx)
    rewrite(ctx, outline)
    after = shares(ctx, before)
    for enrollment_id, share in before.items():
        if share != after[enrollment_id]:
            recompute(ctx, enrollment_id)
    change(ctx, {})
    return shown(ctx, None)


def shares(ctx: Staff, ids: Iterable[int] = ()) -> dict[int, int | None]:
    """What marks come to in these records, and in all that have some and are not completed; None
    where nothing counts."""
    counting = components.counting(ctx.tx, ctx.named_course)
    done = dict.fromkeys(ids, 0) | components.unfinished(ctx.tx, ctx.named_course)
    return {id: percent(count, counting) if counting else None for id, count in done.items()}


def with_id(component: ComponentInput) -> ComponentInput:
    return component if component.id else replace(component, id=new_key("cmp"))


def refuse_circle(outline: list[ComponentInput]) -> None:
    """Raise BAD_REQUEST where a component is inside itself, or too deep inside others."""
    parents = {str(c.id): c.parent_id for c in outline if c.parent_id is not None}
    if circle(parents.items()):
        raise RPCError("BAD_REQUEST", "a component cannot be inside itself", reason="cycle")
    if any(is_too_deep(str(c.id), parents) for c in outline):
        raise InputError(f"components are at most {DEEPEST} levels deep")


def is_too_deep(key: str, parents: dict[str, str]) -> bool:
    at: str | None = key
    for _ in range(DEEPEST):
        at = parents.get(at) if at is not None else None
    return at is not None


def rewrite(ctx: Staff, outline: list[ComponentInput]) -> None:
    course = ctx.named_course
    kept = {component.id for component in outline}
    components.unlink_components(ctx.tx, course)
    for row in components.course_components(ctx.tx, course):
        if row.key not in kept:
            components.drop_component(ctx.tx, course, row.id)
    for position, component in enumerate(outline, 1):
        components.put_component(ctx.tx, course, part(component, position))
    for component in outline:
        if component.parent_id is not None:
            components.set_parent(ctx.tx, course, str(component.id), component.parent_id)


def part(given: ComponentInput, position: int) -> Part:
    counts = given.kind in ("lesson", "module") if given.counts is None else given.counts
    return Part(str(given.id), given.kind, given.title, position, counts)
