"""What operators look at: seats over time, and what waits to be sent."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from procedures.records.fields import Instant, Output, Page

LARGEST_COUNT = 50


class SeatsFilter(Page, frozen=True, kw_only=True):
    """Courses by page, at most 50 of them, each with its last so many days."""

    days: Annotated[int, Meta(ge=1, le=3660)] = 90

    @property
    def size(self) -> int:
        """Smaller than elsewhere, as each course is counted anew from its records and events."""
        return min(self.limit, LARGEST_COUNT)


class SeatsDay(Output, frozen=True):
    """How many students held a seat and how many waited for one when that day (UTC) was over."""

    day: str
    taken: int
    waiting: int


class CourseSeats(Output, frozen=True):
    """`seats`: of all sections that are not archived, or of the course that has none yet; null: any
    number. `taken`: students who are invited, active or suspended. `days`: the first day, and each
    on which something changed."""

    course_id: str
    title: str
    seats: int | None
    taken: int
    waiting: int
    days: list[SeatsDay]


class CourseSeatsPage(Output, frozen=True):
    items: list[CourseSeats]
    next_cursor: str | None


class OutboxPart(Output, frozen=True):
    """Messages of one channel. `oldest`: since when the one longest due waits, when the first one
    was sent; null for parked ones, which wait for `outbox.retry`."""

    channel: Literal["email", "webhook"]
    state: Literal["waiting", "parked", "sent"]
    count: int
    oldest: Instant | None


class OutboxState(Output, frozen=True):
    items: list[OutboxPart]
