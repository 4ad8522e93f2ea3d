"""Who is enrolled where."""

from __future__ import annotations

from typing import Annotated, Any, Literal

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
    require_address,
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
CameBy = Annotated[
    Door,
    Meta(
        description="The surface that was called; `code`: by an access code, `system`: by nobody's "
        "call."
    ),
]
SchoolKey = Annotated[
    Key, Meta(description="Whose default section of the course; else the course's own school's.")
]
RecordKey = Annotated[Key, Meta(description="The record's own `id`; else one is made.")]
Begun = Annotated[
    Literal["active", "invited", "requested", "expired", "archived"],
    Meta(description="For staff: what the record begins as."),
]
Reenroll = Annotated[
    bool, Meta(description="Also after a completion: its record stays, a new one follows it.")
]
Bypass = Annotated[bool, Meta(description="For admins: prerequisites are not asked for.")]
Force = Annotated[
    bool,
    Meta(
        description="For staff: neither publication, prerequisites, opening times, the join policy "
        "nor seats are asked for."
    ),
]
Primary = Annotated[bool, Meta(description="For staff: OneRoster's `primary`, of teachers only.")]
UnlessStatus = Annotated[
    tuple[Status, ...], Meta(description="A record with one of these keeps its status.")
]
UnlessRole = Annotated[
    tuple[Role, ...], Meta(description="A record with one of these keeps its role.")
]
Metadata = Annotated[
    dict[str, Any],
    Meta(description="Whatever is to be kept with the record, in 64 KiB of JSON at most."),
]
TellsOfEnrolling = Annotated[
    bool,
    Meta(
        description="Whether mails tell of it. Left out: yes, but not with `force`; in a bulk as "
        "the bulk says."
    ),
]
TellsOfChange = Annotated[
    bool,
    Meta(description="Whether mails tell of it. Left out: yes; in a bulk as the bulk says."),
]
TellsOfBulk = Annotated[
    bool, Meta(description="Left out: as the organization's `notifyBulk` says.")
]
Reason = Annotated[Label, Meta(description="Why, as the history will say.")]
IfVersion = Annotated[
    Count, Meta(description="The record is changed only if this is its `version`.")
]


class EnrollInput(Input, frozen=True, kw_only=True):
    """Who shall be enrolled where. Without `userId` the caller; all but self needs staff, and so do
    a `role` other than `student`, `beginAt` (else now) and `endAt` (else as the course's
    `accessDays` say)."""

    course_id: Key | None = None
    realm_id: Key | None = None
    school_id: SchoolKey | None = None
    user_id: Key | None = None
    role: Role = "student"
    status: Begun | None = None
    begin_at: Moment | None = None
    end_at: Moment | None = None
    reenroll: Reenroll = False
    bypass_prerequisites: Bypass = False
    force: Force = False
    notify: TellsOfEnrolling | None = None
    primary: Primary = False
    key: RecordKey | None = None
    metadata: Metadata | None = None

    def __post_init__(self) -> None:
        require_one(courseId=self.course_id, realmId=self.realm_id)


class RecordAddress(Input, frozen=True, kw_only=True):
    """One record: by its `id`, or by a person (without `userId` the caller) and a course, a section
    or a group."""

    id: Key | None = None
    course_id: Key | None = None
    realm_id: Key | None = None
    user_id: Key | None = None

    def __post_init__(self) -> None:
        require_address(self.id, self.user_id, courseId=self.course_id, realmId=self.realm_id)


class UnenrollInput(RecordAddress, frozen=True, kw_only=True):
    """Which record ends, and why."""

    reason: Reason | None = None


class EnrollmentChange(RecordAddress, frozen=True, kw_only=True):
    """What shall be different. `metadata` is merged into what is there, null removes a member.
    `endAt` null: without end."""

    status: Status | None = None
    unless_status: UnlessStatus = ()
    role: Role | None = None
    unless_role: UnlessRole = ()
    begin_at: Moment | None = None
    end_at: Moment | UnsetType | None = UNSET
    primary: Primary | None = None
    metadata: Metadata | None = None
    reason: Reason | None = None
    notify: TellsOfChange | None = None
    if_version: IfVersion | None = None


class EnrollmentKey(Input, frozen=True, kw_only=True):
    id: Key


class TransferInput(Input, frozen=True, kw_only=True):
    """The record, and the section or group it moves to."""

    id: Key
    realm_id: Key


class BulkCreate(EnrollInput, frozen=True, kw_only=True, tag_field="op", tag="create"):
    """As `enrollment.enroll`; refused if the person is in the section or group in any role."""


class BulkUpdate(EnrollmentChange, frozen=True, kw_only=True, tag_field="op", tag="update"):
    """As `enrollment.update`."""


class BulkDelete(UnenrollInput, frozen=True, kw_only=True, tag_field="op", tag="delete"):
    """As `enrollment.unenroll`."""


class BulkUpsert(Input, frozen=True, kw_only=True, tag_field="op", tag="upsert"):
    """The record of that `key`, without a key the person's one in that place, changed as said, or
    made. `metadata` replaces what is there; what is left out stays."""

    course_id: Key | None = None
    realm_id: Key | None = None
    school_id: SchoolKey | None = None
    user_id: Key | None = None
    key: RecordKey | None = None
    role: Role | None = None
    unless_role: UnlessRole = ()
    status: Status | None = None
    unless_status: UnlessStatus = ()
    begin_at: Moment | None = None
    end_at: Moment | UnsetType | None = UNSET
    primary: Primary | None = None
    metadata: Metadata | None = None
    reenroll: Reenroll = False
    force: Force = False
    reason: Reason | None = None

    def __post_init__(self) -> None:
        require_one(courseId=self.course_id, realmId=self.realm_id)


BulkItem = BulkCreate | BulkUpdate | BulkDelete | BulkUpsert


class BulkInput(Input, frozen=True, kw_only=True):
    """At most 500 changes, done in order, each alone or (`atomic`) all or none. Mails are sent
    where `notify` or the organization says so."""

    items: list[BulkItem]
    atomic: bool = False
    notify: TellsOfBulk | None = None


class EnrollmentFilter(Page, frozen=True, kw_only=True):
    """Which records; several filters must all hold. A cursor or an offset, not both.

    With `asOf` those there were at that instant, with the status they had and where they were;
    the rest as it is now.
    """

    user_id: Key | None = None
    course_id: Key | None = None
    realm_id: Key | None = None
    role: list[Role] | None = None
    status: list[Status] | None = None
    updated_after: Moment | None = None
    as_of: Moment | None = None
    sort: Literal["id", "enrolledAt", "updatedAt", "role", "status"] = "id"
    order: Literal["asc", "desc"] = "asc"
    offset: Count | None = None

    def __post_init__(self) -> None:
        if self.cursor is not None and self.offset is not None:
            raise ValueError("`cursor` and `offset` exclude each other")


class Enrollment(Output, frozen=True):
    """A person's place in a section or a group, inside one organization. While active
    it opens the content, from `beginAt` until `endAt`; null: without end."""

    id: str
    course_id: str | None
    realm_id: str
    realm_kind: RealmKind
    user_id: str
    role: Role
    status: Status
    position: Annotated[int, Meta(description="In the line; null unless waitlisted.")] | None
    progress: Annotated[int, Meta(description="In percent.")]
    enrolled_at: Instant
    begin_at: Instant
    end_at: Instant | None
    completed_at: Instant | None
    status_at: Instant
    source: CameBy
    metadata: Metadata
    previous_id: Annotated[str, Meta(description="The record that this one follows.")] | None
    version: Annotated[int, Meta(description="One more with each change.")]
    updated_at: Instant
    deleted_at: Instant | UnsetType = UNSET


class EnrollmentPage(Output, frozen=True):
    items: list[Enrollment]
    total: int
    next_cursor: str | None


class BulkResult(Output, frozen=True, omit_defaults=True):
    """What became of the item at `index`: its record, or why not."""

    index: int
    ok: bool
    code: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    record: Enrollment | UnsetType = UNSET


class BulkAnswer(Output, frozen=True):
    """A result for each item, and how many of them made, changed and ended a record or were
    refused; one that found everything as it shall be is in none of these counts."""

    results: list[BulkResult]
    created: int
    updated: int
    deleted: int
    failed: int


class EligibilityInput(Input, frozen=True, kw_only=True):
    course_id: Key
    user_id: Key | None = None


class MissingPrerequisite(Output, frozen=True):
    id: str
    title: str
    status: Literal["in_progress", "not_started"]


ObstacleReason = Literal[
    "already_completed",
    "already_enrolled",
    "code_required",
    "enrollment_closed",
    "full",
    "invite_only",
    "not_published",
    "prerequisites_not_met",
    "reenroll_not_allowed",
]


class Obstacle(Output, frozen=True, omit_defaults=True):
    """What stands against an enrollment: what the refusal would say."""

    reason: ObstacleReason
    message: str
    status: Status | UnsetType = UNSET
    enrollment_id: str | UnsetType = UNSET
    missing_prerequisites: list[MissingPrerequisite] | UnsetType = UNSET


class Eligibility(Output, frozen=True):
    eligible: bool
    reasons: list[Obstacle]
