"""Who is staff of a realm: its active teachers and administrators."""

from __future__ import annotations

from procedures.store.courses import CourseRow
from procedures.store.transaction import Transaction

# Whether the record `e` makes somebody that.
STAFF = """
    e.role in ('teacher', 'administrator') and e.status = 'active'
    and (e.end_at is null or e.end_at > :now) and e.deleted_at is null
"""
# The realms that `me` is staff of.
TAUGHT = f"""
    select e.realm_id from enrollment e
    where e.org_id = :org_id and e.user_id = :me and {STAFF}
"""
# The records `e` that `me` has or is staff of: two ways to find them, each with an index.
OWN_OR_TAUGHT = f"""e.id in (
    select o.id from enrollment o where o.org_id = :org_id and o.user_id = :me
    union all
    select t.id from enrollment t where t.org_id = :org_id and t.realm_id in ({TAUGHT}))"""


TEACHES = f"""
    select 1 from enrollment e
    where e.org_id = :org_id and e.realm_id = :realm_id and e.user_id = :user_id and {STAFF}
"""


def teaches(tx: Transaction, org_id: int, realm_id: int, user_id: int, now: str) -> bool:
    """Whether the user is staff of the realm."""
    return tx.exists(TEACHES, org_id=org_id, realm_id=realm_id, user_id=user_id, now=now)


TEACHES_COURSE = f"""
    select 1 from enrollment e
    where e.org_id = :org_id and e.user_id = :user_id and e.course_id = :course_id
      and {STAFF} limit 1
"""


def teaches_course(tx: Transaction, course: CourseRow, user_id: int, now: str) -> bool:
    """Whether the user is staff of any realm of the course."""
    return tx.exists(
        TEACHES_COURSE,
        org_id=course.org_id,
        course_id=course.id,
        user_id=user_id,
        now=now,
    )


TEACHES_ANYTHING = f"{TAUGHT} limit 1"


def teaches_anything(tx: Transaction, org_id: int, user_id: int, now: str) -> bool:
    return tx.exists(TEACHES_ANYTHING, org_id=org_id, me=user_id, now=now)
