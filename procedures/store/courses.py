"""Courses, their prerequisites, and the schools they belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from procedures.store.people import ORG, ORG_WIDTH, VERIFIED, OrgRow, listed, nearest
from procedures.store.seats import IN_TIME
from procedures.store.transaction import Transaction


class CourseRow(Struct, frozen=True):
    org_id: int
    id: int
    key: str
    school_id: int
    title: str
    status: str
    join_policy: str
    completion_policy: str
    multi_section: int
    self_reenroll: int
    capacity: int | None
    waitlist: int
    opens_at: str | None
    closes_at: str | None
    access_days: int | None


COURSE = ", ".join(f"c.{field}" for field in CourseRow.__struct_fields__)


class CourseThrough(Struct, frozen=True):
    """A course, found through a verified membership in its organization."""

    role: str
    org: OrgRow
    course: CourseRow

    @classmethod
    def row(cls, role: str, *columns: Any) -> CourseThrough:
        return cls(role, OrgRow(*columns[:ORG_WIDTH]), CourseRow(*columns[ORG_WIDTH:]))


COURSE_THROUGH = f"""
    select m.role, {ORG}, {COURSE}
    from membership m
    join course c on c.org_id = m.org_id and c.key = :key
    join org o on o.id = m.org_id
    where {{where}} and m.user_id = :user_id and {VERIFIED}
    order by m.org_id limit 1
"""


def course_through(
    tx: Transaction, user_id: int, active_org_id: int | None, key: str
) -> CourseThrough | None:
    """The course of that key in an organization of the user; in several, the active one's."""
    values = {"user_id": user_id, "active_org_id": active_org_id or 0, "key": key}
    return nearest(tx, CourseThrough.row, COURSE_THROUGH, values)


def course(tx: Transaction, org_id: int, course_id: int | None) -> CourseRow | None:
    return tx.one(
        CourseRow,
        f"select {COURSE} from course c where c.org_id = :org_id and c.id = :course_id",
        org_id=org_id,
        course_id=course_id,
    )


def course_id(tx: Transaction, org_id: int, key: str) -> int | None:
    return tx.one(
        int, "select id from course where org_id = :org_id and key = :key", org_id=org_id, key=key
    )


class CourseShown(CourseRow, frozen=True):
    """A course with what is only shown."""

    code: str | None
    image: str | None
    description: str
    certificate_enabled: int
    updated_at: str
    school_key: str
    enrollment_count: int


SHOWN = f"""
    select {COURSE}, c.code, c.image, c.description, c.certificate_enabled, c.updated_at, s.key,
           (select count(*) from enrollment e
            where e.org_id = c.org_id and e.course_id = c.id and e.role = 'student'
              and e.status in ('active', 'suspended', 'completed') and e.deleted_at is null
              and {IN_TIME})
    from course c join school s on s.org_id = c.org_id and s.id = c.school_id
"""


def shown_course(tx: Transaction, org_id: int, course_id: int, now: str) -> CourseShown:
    return tx.require(
        CourseShown,
        f"{SHOWN} where c.org_id = :org_id and c.id = :course_id",
        org_id=org_id,
        course_id=course_id,
        now=now,
    )


def shown_courses(
    tx: Transaction, org_id: int, statuses: Sequence[str], page: tuple[int, int], now: str
) -> list[CourseShown]:
    """Courses of these statuses with an id above page[0], at most page[1] of them."""
    return tx.all(
        CourseShown,
        f"""
        {SHOWN}
        where c.org_id = :org_id and c.id > :after
          and :statuses like '%,' || c.status || ',%'
        order by c.id limit :limit
        """,
        org_id=org_id,
        statuses=listed(statuses),
        after=page[0],
        limit=page[1],
        now=now,
    )


def change_course(tx: Transaction, org_id: int, course_id: int, columns: Mapping[str, Any]) -> None:
    """Set the given columns of a course."""
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    tx.run(
        f"update course set {changes} where org_id = :org_id and id = :course_id",
        org_id=org_id,
        course_id=course_id,
        **columns,
    )


class MissingRow(Struct, frozen=True):
    id: int
    key: str
    title: str
    in_progress: int


MISSING_PREREQUISITES = f"""
    select c.id, c.key, c.title,
           exists (select 1 from enrollment e
                   where e.org_id = p.org_id and e.user_id = :user_id
                     and e.course_id = p.requires_id and e.deleted_at is null
                     and e.status in ('active', 'suspended') and {IN_TIME})
    from prerequisite p cross join course c
    where p.org_id = :org_id and p.course_id = :course_id
      and c.org_id = p.org_id and c.id = p.requires_id
      and not exists (select 1 from enrollment e
                      where e.org_id = p.org_id and e.user_id = :user_id
                        and e.course_id = p.requires_id and e.completed_at is not null)
    order by c.id
"""


def missing_prerequisites(
    tx: Transaction, org_id: int, course_id: int, user_id: int, now: str
) -> list[MissingRow]:
    """Required courses the user has never completed, kept tombstones included, by course id."""
    return tx.all(
        MissingRow,
        MISSING_PREREQUISITES,
        org_id=org_id,
        course_id=course_id,
        user_id=user_id,
        now=now,
    )


def requirements(tx: Transaction, org_id: int, ids: tuple[int, int]) -> dict[int, list[str]]:
    """The keys of what each course requires, for courses with an id from ids[0] to ids[1]."""
    rows = tx.all(
        lambda *row: row,
        """
        select p.course_id, c.key
        from prerequisite p join course c on c.org_id = p.org_id and c.id = p.requires_id
        where p.org_id = :org_id and p.course_id between :first and :last
        order by p.course_id, c.id
        """,
        org_id=org_id,
        first=ids[0],
        last=ids[1],
    )
    found: dict[int, list[str]] = {}
    for course_id, key in rows:
        found.setdefault(course_id, []).append(key)
    return found


def requirement_edges(tx: Transaction, org_id: int) -> list[tuple[int, int]]:
    """Which course requires which, in the whole organization."""
    return tx.all(
        lambda course_id, requires_id: (course_id, requires_id),
        "select course_id, requires_id from prerequisite where org_id = :org_id",
        org_id=org_id,
    )


def drop_requirements(tx: Transaction, course: CourseRow) -> None:
    tx.run(
        "delete from prerequisite where org_id = :org_id and course_id = :course_id",
        org_id=course.org_id,
        course_id=course.id,
    )


def school_id(tx: Transaction, org_id: int, key: str | None) -> int | None:
    """The school of that key, or the default one; the organization's own key means the default."""
    return tx.one(
        int,
        """
        select s.id from school s join org o on o.id = s.org_id
        where s.org_id = :org_id
          and (s.key = :key or (s.is_default = 1 and (:key is null or :key = o.key)))
        order by s.key = :key desc limit 1
        """,
        org_id=org_id,
        key=key,
    )
