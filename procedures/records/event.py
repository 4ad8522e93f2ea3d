"""What happened to enrollments."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from procedures.records.enrollment import CameBy, Status
from procedures.records.fields import (
    Count,
    Input,
    Instant,
    Key,
    Output,
    Page,
    PageLimit,
    require_address,
)

EventKind = Literal[
    "imported",
    "enrolled",
    "invited",
    "requested",
    "waitlisted",
    "accepted",
    "approved",
    "promoted",
    "suspended",
    "reinstated",
    "reactivated",
    "completed",
    "dropped",
    "expired",
    "archived",
    "updated",
    "transferred",
    "unenrolled",
    "deleted",
]


class HistoryFilter(Page, frozen=True, kw_only=True):
    """The record by `id`, or everything of a user (without `userId` the caller) in a course."""

    id: Key | None = None
    course_id: Key | None = None
    user_id: Key | None = None

    def __post_init__(self) -> None:
        require_address(self.id, self.user_id, courseId=self.course_id)


class Event(Output, frozen=True):
    """One transition of one record. `toStatus` null: the record is gone."""

    id: str
    at: Instant
    enrollment_id: str
    user_id: str
    realm_id: str
    course_id: str | None
    kind: EventKind
    from_status: Status | None
    to_status: Status | None
    actor_id: Annotated[str, Meta(description="Who did it, where somebody did.")] | None
    door: CameBy
    reason: str | None
    data: Annotated[
        dict[str, Any],
        Meta(description="Which fields `changed`; of a transfer, `from` which realm `to` which."),
    ]


class EventPage(Output, frozen=True):
    items: list[Event]
    next_cursor: str | None


Position = Annotated[
    Count | Annotated[str, Meta(pattern=r"^[0-9]{1,15}$")],
    Meta(description="The id of an event, or a cursor of this feed; 0: before the first."),
]


class ChangesInput(Input, frozen=True, kw_only=True):
    """What has happened behind `after`, at most `limit` events."""

    after: Position = 0
    limit: PageLimit = 50


class Changes(Output, frozen=True):
    """`nextCursor` is what to ask with next, also where nothing is new."""

    items: list[Event]
    next_cursor: str


class ChangeFilter(Input, frozen=True, kw_only=True):
    """Events of one course, or of all, behind `lastEventId`; without that, from now on."""

    course_id: Key | None = None
    last_event_id: Position | None = None
