"""What happened to enrollments."""

from __future__ import annotations

from typing import Any

from procedures.records.enrollment import Door, Status
from procedures.records.fields import Instant, Key, Output, Page, require_one


class HistoryFilter(Page, frozen=True, kw_only=True):
    """The record by `id`, or everything of a user (without `userId` the caller) in a course."""

    id: Key | None = None
    course_id: Key | None = None
    user_id: Key | None = None

    def __post_init__(self) -> None:
        require_one(courseId=self.course_id, id=self.id)


class Event(Output, frozen=True):
    """One transition of one record. `toStatus` null: the record is gone."""

    id: str
    at: Instant
    enrollment_id: str
    user_id: str
    realm_id: str
    course_id: str | None
    kind: str
    from_status: Status | None
    to_status: Status | None
    actor_id: str | None
    door: Door
    reason: str | None
    data: dict[str, Any]


class EventPage(Output, frozen=True):
    items: list[Event]
    next_cursor: str | None
