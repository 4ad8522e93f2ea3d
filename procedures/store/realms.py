"""Sections and groups, where people are enrolled."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from procedures.store.courses import COURSE, CourseRow
from procedures.store.people import ORG, ORG_WIDTH, VERIFIED, OrgRow, nearest
from procedures.store.transaction import Transaction


class RealmRow(Struct, frozen=True):
    org_id: int
    id: int
    key: str
    kind: str
    course_id: int | None
    is_default: int
    join_policy: str | None
    capacity: int | None
    waitlist: int
    status: str


REALM = ", ".join(f"r.{field}" for field in RealmRow.__struct_fields__)
REALM_WIDTH = len(RealmRow.__struct_fields__)


class RealmThrough(Struct, frozen=True):
    """A realm and its course, found through a verified membership in their organization."""

    role: str
    org: OrgRow
    realm: RealmRow
    course: CourseRow | None

    @classmethod
    def row(cls, role: str, *columns: Any) -> RealmThrough:
        realm, course = ORG_WIDTH, ORG_WIDTH + REALM_WIDTH
        return cls(
            role,
            OrgRow(*columns[:realm]),
            RealmRow(*columns[realm:course]),
            None if columns[course] is None else CourseRow(*columns[course:]),
        )


REALM_THROUGH = f"""
    select m.role, {ORG}, {REALM}, {COURSE}
    from membership m
    join realm r on r.org_id = m.org_id and r.key = :key
    join org o on o.id = m.org_id
    left join course c on c.org_id = r.org_id and c.id = r.course_id
    where {{where}} and m.user_id = :user_id and {VERIFIED}
    order by m.org_id limit 1
"""


def realm_through(
    tx: Transaction, user_id: int, active_org_id: int | None, key: str
) -> RealmThrough | None:
    """The realm of that key in an organization of the user; in several, the active one's."""
    values = {"user_id": user_id, "active_org_id": active_org_id or 0, "key": key}
    return nearest(tx, RealmThrough.row, REALM_THROUGH, values)


def realm(tx: Transaction, org_id: int, realm_id: int) -> RealmRow:
    return tx.require(
        RealmRow,
        f"select {REALM} from realm r where r.org_id = :org_id and r.id = :realm_id",
        org_id=org_id,
        realm_id=realm_id,
    )


def realm_id(tx: Transaction, org_id: int, key: str) -> int | None:
    return tx.one(
        int, "select id from realm where org_id = :org_id and key = :key", org_id=org_id, key=key
    )


DEFAULT_SECTION = f"""
    select {REALM} from realm r
    where r.org_id = :org_id and r.course_id = :course_id and r.school_id = :school_id
      and r.is_default = 1
"""


def default_section(
    tx: Transaction, org_id: int, course_id: int, school_id: int
) -> RealmRow | None:
    return tx.one(
        RealmRow,
        DEFAULT_SECTION,
        org_id=org_id,
        course_id=course_id,
        school_id=school_id,
    )


def default_sections(tx: Transaction, course: CourseRow) -> list[int]:
    """The ids of a course's default sections, one for each school that has one."""
    return tx.all(
        int,
        """
        select id from realm
        where org_id = :org_id and course_id = :course_id and is_default = 1 order by id
        """,
        org_id=course.org_id,
        course_id=course.id,
    )


def realm_by_code(
    tx: Transaction, user_id: int, code: str, key: str | None, now: str
) -> RealmThrough | None:
    """The realm (of that key) that a code lets into now, in an organization of the user."""
    return tx.one(
        RealmThrough.row,
        f"""
        select m.role, {ORG}, {REALM}, {COURSE}
        from realm r
        join membership m on m.org_id = r.org_id and m.user_id = :user_id and {VERIFIED}
        join org o on o.id = r.org_id
        left join course c on c.org_id = r.org_id and c.id = r.course_id
        where r.access_code = :code and (:key = '' or r.key = :key)
          and (r.code_expires_at is null or r.code_expires_at > :now)
          and (r.code_max_uses is null or r.code_uses < r.code_max_uses)
        """,
        user_id=user_id,
        code=code,
        key=key or "",
        now=now,
    )


def use_code(tx: Transaction, realm: RealmRow) -> None:
    tx.run(
        """
        update realm set code_uses = code_uses + 1
        where org_id = :org_id and id = :id
        """,
        org_id=realm.org_id,
        id=realm.id,
    )
