"""Courses."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from procedures.records.fields import (
    Count,
    Input,
    Instant,
    Key,
    Label,
    Moment,
    Output,
    Page,
    Text,
    Title,
)

CourseStatus = Literal["draft", "published", "archived"]
JoinPolicy = Literal["open", "request", "code", "invite"]
CompletionPolicy = Literal["learner", "progress", "staff"]


class CourseAddress(Input, frozen=True, kw_only=True):
    course_id: Key


class CourseFields(Input, frozen=True, kw_only=True):
    """What may be said about a course; what is left out stays as it is."""

    code: Label | UnsetType | None = UNSET
    title: Title | UnsetType = UNSET
    image: Label | UnsetType | None = UNSET
    description: Text | UnsetType = UNSET
    join_policy: JoinPolicy | UnsetType = UNSET
    completion_policy: CompletionPolicy | UnsetType = UNSET
    multi_section: bool | UnsetType = UNSET
    self_reenroll: bool | UnsetType = UNSET
    certificate_enabled: bool | UnsetType = UNSET
    capacity: Count | UnsetType | None = UNSET
    waitlist: bool | UnsetType = UNSET
    opens_at: Moment | UnsetType | None = UNSET
    closes_at: Moment | UnsetType | None = UNSET
    access_days: Annotated[int, Meta(ge=1, le=36500)] | UnsetType | None = UNSET


class CourseInput(CourseFields, frozen=True, kw_only=True):
    """A new course, as a draft."""

    title: Title
    key: Key | None = None
    school_id: Key | None = None


class CourseChange(CourseFields, frozen=True, kw_only=True):
    course_id: Key


class PrerequisitesInput(Input, frozen=True, kw_only=True):
    """All courses that must be completed before this one."""

    course_id: Key
    requires: Annotated[list[Key], Meta(max_length=100)]


class CourseFilter(Page, frozen=True, kw_only=True):
    status: list[CourseStatus] | None = None


class Course(Output, frozen=True):
    """A course as staff and members see it. `enrollmentCount`: students with a place or done;
    `requires`: the courses that must be completed before."""

    id: str
    school_id: str
    code: str | None
    title: str
    image: str | None
    description: str
    status: CourseStatus
    join_policy: JoinPolicy
    completion_policy: CompletionPolicy
    multi_section: bool
    self_reenroll: bool
    certificate_enabled: bool
    capacity: int | None
    waitlist: bool
    opens_at: Instant | None
    closes_at: Instant | None
    access_days: int | None
    requires: list[str]
    enrollment_count: int
    updated_at: Instant


class CoursePage(Output, frozen=True):
    items: list[Course]
    next_cursor: str | None
