"""`operations.*`: what operators look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from procedures.context import Admin
from procedures.cursors import after_id, page_of
from procedures.instants import later
from procedures.records.operations import (
    CourseSeats,
    CourseSeatsPage,
    OutboxPart,
    OutboxState,
    SeatsDay,
    SeatsFilter,
)
from procedures.store import operations
from procedures.store.operations import ChangeRow, CourseRow, Span

DAY = len("2025-09-01")


def seats(ctx: Admin, given: SeatsFilter) -> CourseSeatsPage:
    """Seats taken and people waiting in the organization's courses, now and day by day. Records
    that were destroyed are in none of the numbers."""
    page = (after_id(given.cursor), given.size + 1)
    rows = operations.courses(ctx.tx, ctx.org.id, page, ctx.now)
    rows, cursor = page_of(rows, given.size, lambda row: row.id)
    since = later(ctx.now, days=1 - given.days)[:DAY]
    changed = changes_of(ctx, rows, since)
    return CourseSeatsPage([counted(row, changed.get(row.id, []), since) for row in rows], cursor)


def changes_of(ctx: Admin, rows: Sequence[CourseRow], since: str) -> dict[int, list[ChangeRow]]:
    if not rows:
        return {}
    span = Span(ctx.org.id, rows[0].id, rows[-1].id, since, ctx.now)
    found = operations.changes(ctx.tx, span)
    return {id: [*changes] for id, changes in groupby(found, lambda change: change.course_id)}


def counted(row: CourseRow, changes: Sequence[ChangeRow], since: str) -> CourseSeats:
    open_ended = row.open_ended or row.seats is None
    days = [*backwards(row, changes, since)][::-1]
    seats = None if open_ended else row.seats
    return CourseSeats(row.key, row.title, seats, row.taken, row.waiting, days)


def backwards(row: CourseRow, changes: Sequence[ChangeRow], since: str) -> Iterator[SeatsDay]:
    """From what is now back to the first day."""
    taken, waiting = row.taken, row.waiting
    for change in reversed(changes):
        yield SeatsDay(change.day, taken, waiting)
        taken, waiting = taken - change.taken, waiting - change.waiting
    if not changes or changes[0].day != since:
        yield SeatsDay(since, taken, waiting)


def outbox(ctx: Admin) -> OutboxState:
    """How many of the organization's mails and webhook deliveries wait, are parked, were sent."""
    rows = operations.messages(ctx.tx, ctx.org.id)
    return OutboxState(
        [OutboxPart(row.channel, row.state, row.count, row.oldest) for row in rows]  # type: ignore[arg-type]
    )
