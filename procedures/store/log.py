"""The event log."""

from __future__ import annotations

from msgspec import Struct

from procedures.store.courses import CourseRow
from procedures.store.enrollments import TAUGHT
from procedures.store.transaction import Transaction


class EventRow(Struct, frozen=True):
    id: int
    at: str
    enrollment_key: str
    user_key: str
    realm_key: str
    course_key: str | None
    kind: str
    from_status: str | None
    to_status: str | None
    actor_key: str | None
    door: str
    reason: str | None
    data: str


SELECT = """
    select v.id, v.at, v.enrollment_key, a.key, r.key, c.key, v.kind, v.from_status, v.to_status,
           b.key, v.door, v.reason, v.data
    from event v
    join account a on a.id = v.user_id
    join realm r on r.org_id = v.org_id and r.id = v.realm_id
    left join course c on c.org_id = v.org_id and c.id = v.course_id
    left join account b on b.id = v.actor_id
"""


def event(tx: Transaction, org_id: int, id: int) -> EventRow | None:
    return tx.one(
        EventRow, f"{SELECT} where v.org_id = :org_id and v.id = :id", org_id=org_id, id=id
    )


def record_events(
    tx: Transaction, org_id: int, enrollment_id: int, page: tuple[int, int]
) -> list[EventRow]:
    """What happened to one record behind the cursor page[0], at most page[1] events."""
    return tx.all(
        EventRow,
        f"""
        {SELECT} where v.org_id = :org_id and v.enrollment_id = :enrollment_id and v.id > :after
        order by v.id limit :limit
        """,
        org_id=org_id,
        enrollment_id=enrollment_id,
        after=page[0],
        limit=page[1],
    )


class Trail(Struct, frozen=True):
    """A user's events in a course, as `me` may see them (None: all)."""

    course: CourseRow
    user_id: int
    me: int | None
    now: str


def course_events(tx: Transaction, trail: Trail, page: tuple[int, int]) -> list[EventRow]:
    """What happened to a user's records in a course, tombstones and destroyed ones too."""
    return tx.all(
        EventRow,
        f"""
        {SELECT} where v.org_id = :org_id and v.course_id = :course_id and v.user_id = :user_id
          and v.id > :after and (:me is null or :me = v.user_id or v.realm_id in ({TAUGHT}))
        order by v.id limit :limit
        """,
        org_id=trail.course.org_id,
        course_id=trail.course.id,
        user_id=trail.user_id,
        me=trail.me,
        now=trail.now,
        after=page[0],
        limit=page[1],
    )
