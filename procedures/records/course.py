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
JoinPolicy = Annotated[
    Literal["open", "request", "code", "invite"],
    Meta(
        description="How people come in by themselves: at once (`open`), once staff approve "
        "(`request`), by an access code or by an invitation only."
    ),
]
CompletionPolicy = Annotated[
    Literal["learner", "progress", "staff"],
    Meta(
        description="What completes a record besides staff: 100 percent or the learner's word "
        "(`learner`), 100 percent (`progress`), nothing (`staff`)."
    ),
]
MultiSection = Annotated[
    bool, Meta(description="Whether a person may be in several sections at once.")
]
SelfReenroll = Annotated[
    bool,
    Meta(
        description="Whether those whose record is completed, dropped, expired or archived may "
        "enroll again by themselves."
    ),
]
CertificateEnabled = Annotated[
    bool,
    Meta(
        description="Whether the mail about a completion has a link to the certificate: the "
        "organization's `certificateUrl`."
    ),
]
Waitlist = Annotated[
    bool,
    Meta(
        description="Whether those who enroll, or whose request is approved, wait in line where no "
        "seat is left."
    ),
]
CAPACITY = Meta(description="Seats for students; null: any number.")
ACCESS_DAYS = Meta(
    description="How many days after its begin a student's record ends; null: never."
)
CODE = Meta(description="What rosters call the course: Schoology's `course_code`.")


class CourseAddress(Input, frozen=True, kw_only=True):
    course_id: Key


class CourseFields(Input, frozen=True, kw_only=True):
    """What may be said about a course; what is left out stays as it is. Before `opensAt` and from
    `closesAt` on nobody enrolls but by `force`. `capacity` and `waitlist` are those of default
    sections that have no capacity of their own."""

    code: Annotated[Label, CODE] | UnsetType | None = UNSET
    title: Title | UnsetType = UNSET
    image: Label | UnsetType | None = UNSET
    description: Text | UnsetType = UNSET
    join_policy: JoinPolicy | UnsetType = UNSET
    completion_policy: CompletionPolicy | UnsetType = UNSET
    multi_section: MultiSection | UnsetType = UNSET
    self_reenroll: SelfReenroll | UnsetType = UNSET
    certificate_enabled: CertificateEnabled | UnsetType = UNSET
    capacity: Annotated[Count, CAPACITY] | UnsetType | None = UNSET
    waitlist: Waitlist | UnsetType = UNSET
    opens_at: Moment | UnsetType | None = UNSET
    closes_at: Moment | UnsetType | None = UNSET
    access_days: Annotated[int, Meta(ge=1, le=36500), ACCESS_DAYS] | UnsetType | None = UNSET


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
    code: Annotated[str, CODE] | None
    title: str
    image: str | None
    description: str
    status: CourseStatus
    join_policy: JoinPolicy
    completion_policy: CompletionPolicy
    multi_section: MultiSection
    self_reenroll: SelfReenroll
    certificate_enabled: CertificateEnabled
    capacity: Annotated[int, CAPACITY] | None
    waitlist: Waitlist
    opens_at: Instant | None
    closes_at: Instant | None
    access_days: Annotated[int, ACCESS_DAYS] | None
    requires: list[str]
    enrollment_count: int
    updated_at: Instant


class CoursePage(Output, frozen=True):
    items: list[Course]
    next_cursor: str | None
