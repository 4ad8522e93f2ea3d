"""Enrollment records. Every read but history starts from one base query: no tombstones, and an
overdue active record reads as expired, swept or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from msgspec import Struct

from procedures.store.courses import CourseRow
from procedures.store.people import VERIFIED, nearest
from procedures.store.transaction import Duplicate, Transaction
from rpc.errors import RPCError


class EnrollmentRow(Struct, frozen=True):
    org_id: int
    id: int
    key: str
    course_id: int | None
    course_key: str | None
    realm_id: int
    realm_key: str
    realm_kind: str
    user_id: int
    user_key: str
    slot: str
    role: str
    primary_flag: int
    status: str
    overdue: int
    position: int | None
    progress: int
    enrolled_at: str
    begin_at: str
    end_at: str | None
    completed_at: str | None
    status_at: str
    status_by: int | None
    source: str
    metadata: str
    previous_key: str | None
    version: int
    updated_at: str
    deleted_at: str | None


@dataclass(frozen=True)
class View:
    """Records as they are at an instant: SQL for the stored status and the realm of the record
    `{e}`, for whether it is there, and for the instant by which it may be overdue."""

    status: str
    realm: str
    exists: str
    at: str

    @cached_property
    def effective(self) -> str:
        status = self.status.format(e="e")
        return f"case when {self.is_overdue} then 'expired' else {status} end"

    @cached_property
    def is_overdue(self) -> str:
        return f"{self.status.format(e='e')} = 'active' and e.end_at <= {self.at}"

    @cached_property
    def position(self) -> str:
        """The rank among those who wait for the same realm; of who has left, none."""
        mine, theirs = ([part.format(e=e) for part in (self.status, self.realm)] for e in "ew")
        ahead = f"""
            select count(*) from enrollment w
            where w.org_id = e.org_id and {theirs[1]} = {mine[1]} and {theirs[0]} = 'waitlisted'
              and {self.exists.format(e="w")} and w.enrolled_at"""
        return f"""
            case when {mine[0]} = 'waitlisted' and {self.exists.format(e="e")} then
              ({ahead} < e.enrolled_at) + ({ahead} = e.enrolled_at and w.id <= e.id) end"""

    @cached_property
    def select(self) -> str:
        """Every column of a record, tombstones too."""
        return f"""
    select e.org_id, e.id, e.key, e.course_id, c.key, r.id, r.key, r.kind, e.user_id, a.key,
           e.slot, e.role, e.primary_flag, {self.effective},
           case when {self.is_overdue} then 1 else 0 end, {self.position},
           e.progress, e.enrolled_at, e.begin_at, e.end_at, e.completed_at, e.status_at,
           e.status_by, e.source, e.metadata, p.key, e.version, e.updated_at, e.deleted_at
    from enrollment e
    join realm r on r.org_id = e.org_id and r.id = {self.realm.format(e="e")}
    join account a on a.id = e.user_id
    left join course c on c.org_id = e.org_id and c.id = e.course_id
    left join enrollment p on p.org_id = e.org_id and p.id = e.previous_id
    """


PRESENT = View("{e}.status", "{e}.realm_id", "{e}.deleted_at is null", ":now")
EFFECTIVE = PRESENT.effective
SELECT = PRESENT.select
NOW = f"{SELECT} where e.org_id = :org_id and e.deleted_at is null"

# Of what is no column there is no index: by these few records are found first, and not all of a
# tenant looked through in their order.
FEW_BY_ID, FEW_BY_UPDATE = "e.id + 0", "e.updated_at || ''"

# A place in line or on the seats: at most one such record per user, slot and role.
LIVE = "('invited', 'requested', 'waitlisted', 'active', 'suspended')"


RECORD = f"{SELECT} where e.org_id = :org_id and e.id = :id"


def record(tx: Transaction, org_id: int, id: int, now: str) -> EnrollmentRow:
    """The record of that id, also as a tombstone."""
    return tx.require(EnrollmentRow, RECORD, org_id=org_id, id=id, now=now)


THERE, GONE = "e.deleted_at is null", "e.deleted_at is not null"
BY_KEY = {
    which: f"""
    {SELECT} where e.org_id = :org_id and {which} and e.key = :key order by e.id desc limit 1
    """
    for which in (THERE, GONE)
}
THROUGH = {
    which: f"""
    select m.org_id from membership m
    join enrollment e on e.org_id = m.org_id and e.key = :key and {which}
    where {{where}} and m.user_id = :user_id and {VERIFIED}
    order by m.org_id limit 1
    """
    for which in (THERE, GONE)
}


def record_by_key(
    tx: Transaction, org_id: int, key: str, now: str, which: str = THERE
) -> EnrollmentRow | None:
    """The record of that key; of those that are gone, the last."""
    return tx.one(EnrollmentRow, BY_KEY[which], org_id=org_id, key=key, now=now)


def record_through(
    tx: Transaction, user_id: int, active_org_id: int | None, key: str, which: str
) -> int | None:
    """The organization of the user with a record of that key; of several, the active one."""
    values = {"user_id": user_id, "active_org_id": active_org_id or 0, "key": key}
    return nearest(tx, int, THROUGH[which], values)


def course_records(
    tx: Transaction, org_id: int, course_id: int, user_id: int, now: str
) -> list[EnrollmentRow]:
    """All records of a user in a course, live ones first, then the latest."""
    return tx.all(
        EnrollmentRow,
        f"""
        {NOW} and e.user_id = :user_id and e.course_id = :course_id
        order by {EFFECTIVE} in {LIVE} desc, e.id desc
        """,
        org_id=org_id,
        user_id=user_id,
        course_id=course_id,
        now=now,
    )


class SlotRow(Struct, frozen=True):
    """A record in a slot, as much as enrolling needs to know. `status` is the stored one."""

    id: int
    key: str
    realm_id: int
    status: str
    progress: int
    end_at: str | None
    completed_at: str | None
    deleted_at: str | None


def slot_records(tx: Transaction, org_id: int, slot: str, user_id: int, role: str) -> list[SlotRow]:
    """Every record ever of a user in a slot and role, tombstones too, the latest first."""
    # A parameter beside a column on which an index depends makes SQLite plan anew for each value.
    return tx.all(
        SlotRow,
        """
        select id, key, realm_id, status, progress, end_at, completed_at, deleted_at
        from enrollment
        where org_id = :org_id and user_id = :user_id and slot = :slot and role || '' = :role
        order by id desc
        """,
        org_id=org_id,
        user_id=user_id,
        slot=slot,
        role=role,
    )


def rewrite(tx: Transaction, row: EnrollmentRow, now: str, columns: Mapping[str, Any]) -> None:
    """Change columns of a record as one new version. Raises CONFLICT `already_enrolled`."""
    settings = "".join(f"{name} = :{name}, " for name in columns)
    try:
        tx.run(
            f"""
            update enrollment set {settings} version = version + 1, updated_at = :now
            where org_id = :org_id and id = :id
            """,
            org_id=row.org_id,
            id=row.id,
            now=now,
            **columns,
        )
    except Duplicate:
        message = "already enrolled in this course"
        raise RPCError("CONFLICT", message, reason="already_enrolled") from None


def bury(tx: Transaction, row: EnrollmentRow, by: int, now: str) -> None:
    """Make a record a tombstone."""
    tx.run(
        """
        update enrollment set deleted_at = :now, deleted_by = :by,
               version = version + 1, updated_at = :now
        where org_id = :org_id and id = :id
        """,
        org_id=row.org_id,
        id=row.id,
        by=by,
        now=now,
    )


def erase_progress(tx: Transaction, row: EnrollmentRow) -> None:
    """Wipe what was done in a record; a completed one becomes dropped, as it proves nothing now."""
    for table in ("component_done", "submission"):
        tx.run(
            f"delete from {table} where org_id = :org_id and enrollment_id = :id",
            org_id=row.org_id,
            id=row.id,
        )
    tx.run(
        """
        update enrollment set progress = 0, completed_at = null,
               status = case when completed_at is null then status else 'dropped' end
        where org_id = :org_id and id = :id
        """,
        org_id=row.org_id,
        id=row.id,
    )


def copy_marks(tx: Transaction, org_id: int, source_id: int, target_id: int) -> None:
    tx.run(
        """
        insert into component_done (org_id, enrollment_id, component_id, done_at)
        select org_id, :target_id, component_id, done_at from component_done
        where org_id = :org_id and enrollment_id = :source_id
        """,
        org_id=org_id,
        source_id=source_id,
        target_id=target_id,
    )


def destroy(tx: Transaction, row: EnrollmentRow, now: str) -> None:
    """Remove a record with its marks, and all submissions of its user in the course."""
    key = {"org_id": row.org_id, "id": row.id}
    tx.run(
        "delete from component_done where org_id = :org_id and enrollment_id = :id",
        **key,
    )
    tx.run("delete from submission where org_id = :org_id and enrollment_id = :id", **key)
    tx.run(
        """
        delete from submission
        where org_id = :org_id and course_id = :course_id and user_id = :user_id
        """,
        org_id=row.org_id,
        course_id=row.course_id,
        user_id=row.user_id,
    )
    tx.run(
        """
        update enrollment set previous_id = null, version = version + 1, updated_at = :now
        where org_id = :org_id and previous_id = :id
        """,
        now=now,
        **key,
    )
    tx.run("delete from enrollment where org_id = :org_id and id = :id", **key)


def exchange_slots(tx: Transaction, org_id: int, course_id: int, *, by_realm: bool) -> None:
    """Make the records of a course hold their realms, else the course. Raises Duplicate."""
    slot = "'r' || realm_id" if by_realm else "'c' || course_id"
    tx.run(
        f"update enrollment set slot = {slot} where org_id = :org_id and course_id = :course_id",
        org_id=org_id,
        course_id=course_id,
    )


def place_records(
    tx: Transaction, org_id: int, realm_id: int, user_id: int, now: str
) -> list[EnrollmentRow]:
    """All records of a user in a realm, whatever the role, live ones first, then the latest."""
    return tx.all(
        EnrollmentRow,
        f"""
        {NOW} and e.user_id = :user_id and e.realm_id = :realm_id
        order by {EFFECTIVE} in {LIVE} desc, e.id desc
        """,
        org_id=org_id,
        realm_id=realm_id,
        user_id=user_id,
        now=now,
    )


def yet_to_come_in(tx: Transaction, course: CourseRow) -> list[int]:
    """Students of a course who are invited, have asked, or wait in line."""
    return tx.all(
        int,
        """
        select id from enrollment
        where org_id = :org_id and course_id = :course_id and role = 'student'
          and status in ('invited', 'requested', 'waitlisted') and deleted_at is null
        order by id
        """,
        org_id=course.org_id,
        course_id=course.id,
    )


def overdue_in(tx: Transaction, course: CourseRow, now: str) -> list[int]:
    """Active records of a course whose time has run out."""
    return tx.all(
        int,
        """
        select id from enrollment
        where org_id = :org_id and course_id = :course_id
          and status = 'active' and end_at <= :now and deleted_at is null
        order by id
        """,
        org_id=course.org_id,
        course_id=course.id,
        now=now,
    )


def overdue(tx: Transaction, now: str, limit: int) -> list[tuple[str, int]]:
    """Active records whose time has run out, with the keys of their organizations."""
    return tx.all(
        lambda *row: row,
        """
        select o.key, e.id from enrollment e join org o on o.id = e.org_id
        where e.status = 'active' and e.end_at <= :now and e.deleted_at is null
        order by e.end_at, e.id limit :limit
        """,
        now=now,
        limit=limit,
    )
