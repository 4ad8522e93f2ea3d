"""What operators look at: counts over an organization's courses and messages."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import asdict

from procedures.store.seats import IN_TIME, SEATED
from procedures.store.transaction import Transaction


class CourseRow(Struct, frozen=True):
    """A course and its students. `open_ended`: how many of its sections have seats for all."""

    id: int
    key: str
    title: str
    seats: int | None
    open_ended: int
    taken: int
    waiting: int


# A default section without seats of its own has those of its course.
SEATS = "coalesce(r.capacity, case when r.is_default = 1 then c.capacity end)"
SECTIONS = """
    from realm r where r.org_id = :org_id and r.course_id = c.id and r.status = 'active'
"""


def courses(tx: Transaction, org_id: int, page: tuple[int, int], now: str) -> list[CourseRow]:
    """Courses with an id above page[0], at most page[1] of them."""
    return tx.all(
        CourseRow,
        f"""
        select c.id, c.key, c.title, coalesce((select sum({SEATS}) {SECTIONS}), c.capacity),
               (select count(*) {SECTIONS} and {SEATS} is null),
               count(case when e.status in {SEATED} then 1 end),
               count(case when e.status = 'waitlisted' then 1 end)
        from (select * from course where org_id = :org_id and id > :after
              order by id limit :limit) as c
        left join enrollment e on e.org_id = :org_id and e.course_id = c.id
          and e.role = 'student' and e.status in ('invited', 'active', 'suspended', 'waitlisted')
          and e.deleted_at is null and {IN_TIME}
        group by c.org_id, c.id, c.key, c.title, c.capacity order by c.id
        """,
        org_id=org_id,
        after=page[0],
        limit=page[1],
        now=now,
    )


class ChangeRow(Struct, frozen=True):
    """By how much the seats taken and the line of a course have grown on a day."""

    course_id: int
    day: str
    taken: int
    waiting: int


class Span(Struct, frozen=True):
    """Courses with an id from `first` to `last`, from a day on until now."""

    org_id: int
    first: int
    last: int
    since: str
    now: str


def change(statuses: str) -> str:
    return f"""
        case when v.to_status in {statuses} then 1 else 0 end
        - case when v.from_status in {statuses} then 1 else 0 end
    """


def changes(tx: Transaction, span: Span) -> list[ChangeRow]:
    """What has changed in courses, by course and day."""
    return tx.all(
        ChangeRow,
        f"""
        select course_id, day, sum(taken), sum(waiting) from (
          select v.course_id, substr(v.at, 1, 10) as day, {change(SEATED)} as taken,
                 {change("('waitlisted')")} as waiting
          from event v
          join enrollment e on e.org_id = v.org_id and e.id = v.enrollment_id
          where v.org_id = :org_id and v.course_id between :first and :last and v.at >= :since
            and e.role = 'student'
          union all
          select e.course_id, substr(e.end_at, 1, 10), -1, 0 from enrollment e
          where e.org_id = :org_id and e.course_id between :first and :last and e.end_at >= :since
            and e.role = 'student' and e.deleted_at is null and not {IN_TIME}
        ) as changed
        group by course_id, day order by course_id, day
        """,
        **asdict(span),
    )


class MessagesRow(Struct, frozen=True):
    channel: str
    state: str
    count: int
    oldest: str | None


def messages(tx: Transaction, org_id: int) -> list[MessagesRow]:
    """How many of an organization's messages are in which state."""
    return tx.all(
        MessagesRow,
        """
        select channel,
               case when sent_at is not null then 'sent' when next_at is null then 'parked'
                    else 'waiting' end,
               count(*), min(coalesce(sent_at, next_at))
        from outbox where org_id = :org_id group by 1, 2 order by 1, 2
        """,
        org_id=org_id,
    )
