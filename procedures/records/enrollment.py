"""Who is enrolled where."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from procedures.records.fields import (
    Count,
    Input,
    Instant,
    Key,
    Label,
    Moment,
    Output,
    Page,
    require_one,
)

Role = Literal["student", "teacher", "administrator", "proctor", "observer"]
Status = Literal[
    "invited",
    "requested",
    "waitlisted",
    "active",
    "suspended",
    "completed",
    "expired",
    "archived",
    "dropped",
]
RealmKind = Literal["section", "group"]
Door = Literal["rpc", "edubridge", "oneroster", "schoology", "v1", "api", "code", "system"]


class EnrollInput(Input, frozen=True, kw_only=True):
    """Who shall be enrolled where. Without `userId` the caller; all but self needs staff."""

    course_id: Key | None = None
    realm_id: Key | None = None
    school_id: Key | None = None
    user_id: Key | None = None
    role: Role = "student"
    status: Literal["active", "invited", "requested", "expired", "archived"] | None = None
    begin_at: Moment | None = None
    end_at: Moment | None = None
    reenroll: bool = False
    bypass_prerequisites: bool = False
    force: bool = False
    notify: bool | None = None
    key: Key | None = None
    metadata: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        require_one(courseId=self.course_id, realmId=self.realm_id)


class RecordAddress(Input, frozen=True, kw_only=True):
    """One record: by its `id`, or by course and user (without `userId` the caller)."""

    id: Key | None = None
    course_id: Key | None = None
    user_id: Key | None = None

    def __post_init__(self) -> None:
        require_one(courseId=self.course_id, id=self.id)
        if self.id is not None and self.user_id is not None:
            raise ValueError("`userId` goes with `courseId` only")


class UnenrollInput(RecordAddress, frozen=True, kw_only=True):
    """Which record ends, and why."""

    reason: Label | None = None


class EnrollmentFilter(Page, frozen=True, kw_only=True):
    """Which records; several filters must all hold. A cursor or an offset, not both."""

    user_id: Key | None = None
    course_id: Key | None = None
    realm_id: Key | None = None
    role: list[Role] | None = None
    status: list[Status] | None = None
    updated_after: Moment | None = None
    sort: Literal["id", "enrolledAt", "updatedAt", "role", "status"] = "id"
    order: Literal["asc", "desc"] = "asc"
    offset: Count | None = None

    def __post_init__(self) -> None:
        if self.cursor is not None and self.offset is not None:
            raise ValueError("`cursor` and `offset` exclude each other")


class Enrollment(Output, frozen=True):
    """A person's place in a section or a group, inside one organization."""

    id: str
    course_id: str | None
    realm_id: str
    realm_kind: RealmKind
    user_id: str
    role: Role
    status: Status
    position: int | None
    progress: int
    enrolled_at: Instant
    begin_at: Instant
    end_at: Instant | None
    completed_at: Instant | None
    status_at: Instant
    source: Door
    metadata: dict[str, Any]
    previous_id: str | None
    version: int
    updated_at: Instant
    deleted_at: Instant | UnsetType = UNSET


class EnrollmentPage(Output, frozen=True):
    items: list[Enrollment]
    total: int
    next_cursor: str | None
