"""The event log."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from procedures.store.courses import CourseRow
from procedures.store.staff import TAUGHT
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


EVENT = """
    v.id, v.at, v.enrollment_key, a.key, r.key, c.key, v.kind, v.from_status, v.to_status, b.key,
    v.door, v.reason, v.data
"""
FROM = """
    from event v
    join account a on a.id = v.user_id
    join realm r on r.org_id = v.org_id and r.id = v.realm_id
    left join course c on c.org_id = v.org_id and c.id = v.course_id
    left join account b on b.id = v.actor_id
"""
SELECT = f"select {EVENT} {FROM}"
# By `me` (None: by an admin). Of a move, those see it who were left as well.
SEEN = f"""
    (:me is null or v.user_id = :me or v.realm_id in ({TAUGHT}) or v.from_realm_id in ({TAUGHT}))
"""


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
          and v.id > :after and {SEEN}
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


def changes(tx: Transaction, org_id: int, page: tuple[int, int]) -> list[EventRow]:
    """What happened in an organization behind the cursor page[0], at most page[1] events."""
    return tx.all(
        EventRow,
        f"{SELECT} where v.org_id = :org_id and v.id > :after order by v.id limit :limit",
        org_id=org_id,
        after=page[0],
        limit=page[1],
    )


def latest(tx: Transaction, org_id: int) -> int:
    """The id of an organization's last event; in each they rise in the order of the commits."""
    return tx.value("select max(id) from event where org_id = :org_id", org_id=org_id) or 0


class News(Struct, frozen=True):
    """An event on its way to those who may see it."""

    user_id: int
    realm_ids: tuple[int, ...]
    row: EventRow

    @classmethod
    def of(cls, user_id: int, realm_id: int, from_realm_id: int | None, *row: Any) -> News:
        return cls(user_id, both(realm_id, from_realm_id), EventRow(*row))


def both(realm_id: int, from_realm_id: int | None) -> tuple[int, ...]:
    """The realms whose staff an event concerns."""
    return (realm_id,) if from_realm_id is None else (realm_id, from_realm_id)


NEWS = f"select v.user_id, v.realm_id, v.from_realm_id, {EVENT} {FROM}"


class Place(Struct, frozen=True):
    """Where an event happened: enough to know whom it concerns."""

    id: int
    org_id: int
    user_id: int
    course_id: int | None
    realm_ids: tuple[int, ...]

    @classmethod
    def of(cls, id: int, org_id: int, user_id: int, course_id: int | None, *realms: Any) -> Place:
        return cls(id, org_id, user_id, course_id, both(*realms))


def places(tx: Transaction, org_id: int, page: tuple[int, int]) -> list[Place]:
    """Where the next events happened behind page[0], at most page[1] of them."""
    return tx.all(
        Place.of,
        """
        select id, org_id, user_id, course_id, realm_id, from_realm_id from event
        where org_id = :org_id and id > :after order by id limit :limit
        """,
        org_id=org_id,
        after=page[0],
        limit=page[1],
    )


def news(tx: Transaction, org_id: int, id: int) -> News:
    return tx.require(
        News.of, f"{NEWS} where v.org_id = :org_id and v.id = :id", org_id=org_id, id=id
    )


def concerned(tx: Transaction, org_id: int, realm_id: int) -> list[int]:
    """Who may see what happens to others in a realm: its staff and the admins. More rather than
    fewer: whether they still may is looked at once more when they are told."""
    return tx.all(
        int,
        """
        select user_id from enrollment
        where org_id = :org_id and realm_id = :realm_id and status = 'active'
          and role in ('teacher', 'administrator')
        union all
        select user_id from membership where org_id = :org_id and role = 'admin'
        """,
        org_id=org_id,
        realm_id=realm_id,
    )


class Scope(Struct, frozen=True):
    """Which events are asked for, as `me` may see them (None: all)."""

    org_id: int
    course_id: int | None
    me: int | None
    now: str


class Window(Struct, frozen=True):
    """What one look into the log has found, and how far it has gone."""

    news: list[News]
    end: int
    is_last: bool


def window(tx: Transaction, scope: Scope, after: int, size: int) -> Window:
    """Look through the next `size` events of a scope, however few of them may be seen."""
    course = "" if scope.course_id is None else "and w.course_id = :course_id"
    part = f"""
        select w.id from event w where w.org_id = :org_id and w.id > :after {course}
        order by w.id limit :size
    """
    values: dict[str, Any] = {"org_id": scope.org_id, "after": after, "size": size}
    if scope.course_id is not None:
        values["course_id"] = scope.course_id
    reached = tx.value(f"{part} offset :size - 1", **values)
    found = tx.all(
        News.of,
        f"{NEWS} where v.org_id = :org_id and v.id in ({part}) and {SEEN} order by v.id",
        me=scope.me,
        now=scope.now,
        **values,
    )
    end = max(latest(tx, scope.org_id), after) if reached is None else reached
    return Window(found, end, reached is None)
