"""`course.*`: what people enroll in. Members see what is published, staff everything."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from procedures import events, transitions
from procedures.addressing import named_school
from procedures.columns import columns_of
from procedures.context import Member, Staff
from procedures.credentials import new_key
from procedures.cursors import after_id, page_of
from procedures.middleware import is_course_team
from procedures.records.course import (
    Course,
    CourseAddress,
    CourseChange,
    CourseFilter,
    CourseInput,
    CoursePage,
)
from procedures.refusals import key_taken, no_course
from procedures.store import courses, enrollments, realms
from procedures.store.courses import CourseRow, CourseShown
from procedures.store.transaction import Duplicate
from rpc.errors import RPCError
from rpc.procedure import errors


@errors("key_taken")
def create(ctx: Staff, given: CourseInput) -> Course:
    """Make a course, as a draft."""
    school_id = named_school(ctx, given.school_id)
    try:
        id = ctx.tx.insert(
            "course",
            org_id=ctx.org.id,
            key=given.key or new_key("crs"),
            school_id=school_id,
            updated_at=ctx.now,
            **columns_of(given, "key", "school_id"),
        )
    except Duplicate:
        raise key_taken() from None
    return by_id(ctx, id)


def get(ctx: Member, given: CourseAddress) -> Course:
    """One course; to those who are not staff only while it is published."""
    return by_id(ctx, visible(ctx).id)


def visible(ctx: Member) -> CourseRow:
    course = ctx.named_course
    if course.status != "published" and not is_course_team(ctx):
        raise no_course()
    return course


EVERY_STATUS = ("draft", "published", "archived")


def list_courses(ctx: Member, given: CourseFilter) -> CoursePage:
    """The organization's courses, oldest first; to learners only the published ones."""
    seen = EVERY_STATUS if ctx.role != "learner" else ("published",)
    statuses = [status for status in given.status or seen if status in seen]
    if not statuses:
        return CoursePage([], None)
    page = (after_id(given.cursor), given.size + 1)
    rows = courses.shown_courses(ctx.tx, ctx.org.id, statuses, page, ctx.now)
    items, cursor = page_of(rows, given.size, lambda row: row.id)
    return CoursePage(all_shown(ctx, items), cursor)


@errors("already_enrolled")
def update(ctx: Staff, given: CourseChange) -> Course:
    """Change what is said about a course; more seats let those in who wait, and other access days
    are theirs."""
    course = ctx.named_course
    change(ctx, columns_of(given, "course_id"))
    if given.access_days is not UNSET and given.access_days != course.access_days:
        give_days(ctx, course, given.access_days)
    if given.multi_section not in (UNSET, bool(course.multi_section)):
        part_sections(ctx, course)
    if given.capacity is not UNSET:
        for realm_id in realms.default_sections(ctx.tx, course):
            transitions.promote(ctx, realm_id)
    return by_id(ctx, course.id)


def give_days(ctx: Staff, course: CourseRow, days: int | None) -> None:
    """Give those who have yet to come in so many days. Who was given an end by staff keeps it."""
    for id in enrollments.yet_to_come_in(ctx.tx, course):
        row = enrollments.record(ctx.tx, ctx.org.id, id, ctx.now)
        if row.end_at == transitions.end_after(row.begin_at, course.access_days):
            end_at = transitions.end_after(row.begin_at, days)
            enrollments.rewrite(ctx.tx, row, ctx.now, {"end_at": end_at})
            same, changed = (row.status, row.status), {"changed": ["endAt"]}
            events.note(ctx, row, "updated", same, actor_id=ctx.user_id, data=changed)


def part_sections(ctx: Staff, course: CourseRow) -> None:
    """Let every record hold its section, no longer the course, or the other way round. Raises
    CONFLICT `already_enrolled` where somebody is in two sections that become one place."""
    for id in enrollments.overdue_in(ctx.tx, course, ctx.now):
        transitions.expire_record(ctx, id)
    try:
        enrollments.exchange_slots(ctx.tx, ctx.org.id, course.id, by_realm=not course.multi_section)
    except Duplicate:
        message = "somebody is in two sections of this course"
        raise RPCError("CONFLICT", message, reason="already_enrolled") from None


def publish(ctx: Staff, given: CourseAddress) -> Course:
    """Open a course to its learners."""
    return change(ctx, {"status": "published"})


def unpublish(ctx: Staff, given: CourseAddress) -> Course:
    """Make a course a draft again; who is enrolled stays so."""
    return change(ctx, {"status": "draft"})


def archive(ctx: Staff, given: CourseAddress) -> Course:
    """Put a course aside; who is enrolled stays so."""
    return change(ctx, {"status": "archived"})


def change(ctx: Staff, columns: dict[str, Any]) -> Course:
    course = ctx.named_course
    courses.change_course(ctx.tx, ctx.org.id, course.id, {**columns, "updated_at": ctx.now})
    return by_id(ctx, course.id)


def by_id(ctx: Member, course_id: int) -> Course:
    return all_shown(ctx, [courses.shown_course(ctx.tx, ctx.org.id, course_id, ctx.now)])[0]


def all_shown(ctx: Member, rows: list[CourseShown]) -> list[Course]:
    """Courses as they are shown; the rows in the order of their ids."""
    if not rows:
        return []
    ids = (rows[0].id, rows[-1].id)
    requires = courses.requirements(ctx.tx, ctx.org.id, ids)
    return [shown(row, requires.get(row.id, [])) for row in rows]


def shown(course: CourseShown, requires: list[str]) -> Course:
    return Course(
        course.key,
        course.school_key,
        course.code,
        course.title,
        course.image,
        course.description,
        course.status,  # type: ignore[arg-type]  # the database holds its list
        course.join_policy,  # type: ignore[arg-type]
        course.completion_policy,  # type: ignore[arg-type]
        bool(course.multi_section),
        bool(course.self_reenroll),
        bool(course.certificate_enabled),
        course.capacity,
        bool(course.waitlist),
        course.opens_at,
        course.closes_at,
        course.access_days,
        requires,
        course.enrollment_count,
        course.updated_at,
    )
