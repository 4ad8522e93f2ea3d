"""What learners have handed in."""

from __future__ import annotations

from msgspec import Struct

from procedures.store.courses import CourseRow
from procedures.store.staff import TAUGHT
from procedures.store.transaction import Transaction

PART = 8  # that are looked at before the next are asked for: each may have a mebibyte
LARGEST_ANSWER = 2**20  # characters of their bodies, or some more


class SubmissionRow(Struct, frozen=True):
    id: int
    key: str
    enrollment_key: str
    course_key: str
    user_key: str
    assessment: str
    body: str
    score: float | None
    submitted_at: str


class Shelf(Struct, frozen=True):
    """The submissions in a course, of one user (None: all), as `me` may see them (None: all)."""

    course: CourseRow
    user_id: int | None
    me: int | None
    now: str


SUBMISSIONS = """
    select w.id, w.key, e.key, c.key, a.key, w.assessment, w.body, w.score, w.submitted_at
    from submission w
    join enrollment e on e.org_id = w.org_id and e.id = w.enrollment_id
    join course c on c.org_id = w.org_id and c.id = w.course_id
    join account a on a.id = w.user_id
"""


def submission(tx: Transaction, org_id: int, id: int) -> SubmissionRow:
    return tx.require(
        SubmissionRow,
        f"{SUBMISSIONS} where w.org_id = :org_id and w.id = :id",
        org_id=org_id,
        id=id,
    )


def submissions(
    tx: Transaction, shelf: Shelf, page: tuple[int, int]
) -> tuple[list[SubmissionRow], bool]:
    """Submissions with an id above page[0], at most page[1] of them; false where there are fewer as
    they are large, and perhaps more behind them."""
    rows: list[SubmissionRow] = []
    after, limit = page
    while len(rows) < limit:
        wanted = min(PART, limit - len(rows))
        rows += (more := _next(tx, shelf, (after, wanted)))
        if len(more) < wanted:
            break
        if sum(len(row.body) for row in rows) > LARGEST_ANSWER:
            return rows, False
        after = more[-1].id
    return rows, True


# Two ways to find what `me` may see, each with an index, and no way through the whole course.
OWN_OR_TAUGHT = f"""w.course_id + 0 = :course_id and w.id in (
    select o.id from submission o
    where o.org_id = :org_id and o.course_id = :course_id and o.user_id = :me
    union all
    select t.id from enrollment l cross join submission t
    where l.org_id = :org_id and l.realm_id in ({TAUGHT})
      and t.org_id = l.org_id and t.enrollment_id = l.id)"""


def _next(tx: Transaction, shelf: Shelf, page: tuple[int, int]) -> list[SubmissionRow]:
    seen = "w.course_id = :course_id" if shelf.me is None else OWN_OR_TAUGHT
    users = "" if shelf.user_id is None else "and w.user_id = :user_id"
    number = "w.id" if shelf.me is None and not users else "w.id + 0"  # see `enrollments.FEW_BY_ID`
    return tx.all(
        SubmissionRow,
        f"""
        {SUBMISSIONS}
        where w.org_id = :org_id and {seen} {users} and {number} > :after
        order by {number} limit :limit
        """,
        org_id=shelf.course.org_id,
        course_id=shelf.course.id,
        user_id=shelf.user_id,
        me=shelf.me,
        now=shelf.now,
        after=page[0],
        limit=page[1],
    )
