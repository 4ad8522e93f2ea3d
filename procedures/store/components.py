"""What courses are made of, and what is done of it."""

from __future__ import annotations

from msgspec import Struct

from procedures.store.courses import CourseRow
from procedures.store.enrollments import EnrollmentRow
from procedures.store.transaction import Transaction


class ComponentRow(Struct, frozen=True):
    id: int
    key: str
    parent_id: int | None
    kind: str
    title: str
    counts: int


COMPONENTS = """
    select id, key, parent_id, kind, title, counts from component
    where org_id = :org_id and course_id = :course_id
"""


def course_components(tx: Transaction, course: CourseRow) -> list[ComponentRow]:
    """All components of a course; siblings in their order."""
    return tx.all(
        ComponentRow,
        f"{COMPONENTS} order by position, id",
        org_id=course.org_id,
        course_id=course.id,
    )


def component(tx: Transaction, row: EnrollmentRow, key: str) -> ComponentRow | None:
    """The component of that key in the record's course."""
    return tx.one(
        ComponentRow,
        f"{COMPONENTS} and key = :key",
        org_id=row.org_id,
        course_id=row.course_id,
        key=key,
    )


def unlink_components(tx: Transaction, course: CourseRow) -> None:
    """Lay all components of a course side by side."""
    tx.run(
        "update component set parent_id = null where org_id = :org_id and course_id = :course_id",
        org_id=course.org_id,
        course_id=course.id,
    )


def drop_component(tx: Transaction, course: CourseRow, component_id: int) -> None:
    """Remove a component that holds no other, and its marks."""
    for table, column in (("component_done", "component_id"), ("component", "id")):
        tx.run(
            f"delete from {table} where org_id = :org_id and {column} = :component_id",
            org_id=course.org_id,
            component_id=component_id,
        )


class Part(Struct, frozen=True):
    """What is said of a component."""

    key: str
    kind: str
    title: str
    position: int
    counts: bool


def put_component(tx: Transaction, course: CourseRow, part: Part) -> None:
    """Add a component, or rewrite the one of that key and keep its marks."""
    tx.run(
        """
        insert into component (org_id, course_id, key, kind, title, position, counts)
        values (:org_id, :course_id, :key, :kind, :title, :position, :counts)
        on conflict (org_id, course_id, key) do update
        set kind = excluded.kind, title = excluded.title, position = excluded.position,
            counts = excluded.counts
        """,
        org_id=course.org_id,
        course_id=course.id,
        key=part.key,
        kind=part.kind,
        title=part.title,
        position=part.position,
        counts=int(part.counts),
    )


def set_parent(tx: Transaction, course: CourseRow, key: str, parent_key: str) -> None:
    tx.run(
        """
        update component set parent_id =
          (select p.id from component p
           where p.org_id = :org_id and p.course_id = :course_id and p.key = :parent_key)
        where org_id = :org_id and course_id = :course_id and key = :key
        """,
        org_id=course.org_id,
        course_id=course.id,
        key=key,
        parent_key=parent_key,
    )


def marks(tx: Transaction, row: EnrollmentRow) -> dict[int, str]:
    """When each component was marked in a record."""
    found = tx.all(
        lambda *mark: mark,
        """
        select component_id, done_at from component_done
        where org_id = :org_id and enrollment_id = :id
        """,
        org_id=row.org_id,
        id=row.id,
    )
    return dict(found)


def add_mark(tx: Transaction, row: EnrollmentRow, component_id: int, now: str) -> bool:
    """Mark a component as done; whether it was not before."""
    added = tx.run(
        """
        insert into component_done (org_id, enrollment_id, component_id, done_at)
        values (:org_id, :id, :component_id, :now)
        on conflict (org_id, enrollment_id, component_id) do nothing
        """,
        org_id=row.org_id,
        id=row.id,
        component_id=component_id,
        now=now,
    )
    return added == 1


def drop_marks(tx: Transaction, row: EnrollmentRow) -> None:
    tx.run(
        "delete from component_done where org_id = :org_id and enrollment_id = :id",
        org_id=row.org_id,
        id=row.id,
    )


def unfinished(tx: Transaction, course: CourseRow) -> dict[int, int]:
    """The records in a course that are not completed and have marks: how many of these count."""
    found = tx.all(
        lambda id, done: (id, done),
        """
        select e.id, count(c.id)
        from enrollment e
        join component_done d on d.org_id = e.org_id and d.enrollment_id = e.id
        left join component c on c.org_id = d.org_id and c.id = d.component_id and c.counts = 1
        where e.org_id = :org_id and e.course_id = :course_id
          and e.completed_at is null and e.deleted_at is null
        group by e.id order by e.id
        """,
        org_id=course.org_id,
        course_id=course.id,
    )
    return dict(found)


def counting(tx: Transaction, course: CourseRow) -> int:
    """How many components of a course count."""
    count: int = tx.value(
        """
        select count(*) from component
        where org_id = :org_id and course_id = :course_id and counts = 1
        """,
        org_id=course.org_id,
        course_id=course.id,
    )
    return count


class Tally(Struct, frozen=True):
    """How many components of a course count, and how many of these are done in a record."""

    done: int
    counting: int


def tally(tx: Transaction, row: EnrollmentRow) -> Tally:
    found = tx.one(
        Tally,
        """
        select count(d.component_id), count(*)
        from component c
        left join component_done d on d.org_id = c.org_id and d.component_id = c.id
          and d.enrollment_id = :id
        where c.org_id = :org_id and c.course_id = :course_id and c.counts = 1
        """,
        org_id=row.org_id,
        course_id=row.course_id,
        id=row.id,
    )
    return found or Tally(0, 0)
