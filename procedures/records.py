"""The structs that cross the boundary: closed inputs, full outputs, camelCase outside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

# No C0 control but tab and line breaks: SQLite, PostgreSQL and XML each lose or refuse the others.
PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$"
SAFE = 2**53 - 1  # the largest integer JavaScript holds

Key = Annotated[str, Meta(min_length=1, max_length=255, pattern=PLAIN, description="A public key.")]
Title = Annotated[str, Meta(min_length=1, max_length=255, pattern=PLAIN)]
Label = Annotated[str, Meta(max_length=255, pattern=PLAIN)]
Text = Annotated[str, Meta(max_length=20_000, pattern=PLAIN)]
Moment = Annotated[datetime, Meta(tz=True, description="An instant with Z or an offset.")]
Instant = Annotated[str, Meta(description="Instant, UTC: 2025-09-01T04:00:00.000Z")]
Count = Annotated[int, Meta(ge=0, le=SAFE)]
Limit = Annotated[int, Meta(ge=1, le=SAFE)]
LARGEST_PAGE = 200

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
OrgRole = Literal["admin", "instructor", "learner"]
RealmKind = Literal["section", "group"]
CourseStatus = Literal["draft", "published", "archived"]
JoinPolicy = Literal["open", "request", "code", "invite"]
CompletionPolicy = Literal["learner", "progress", "staff"]
Door = Literal["rpc", "edubridge", "oneroster", "schoology", "v1", "api", "code", "system"]


class Input(Struct, forbid_unknown_fields=True, frozen=True, rename="camel"):
    """What a procedure takes: unknown fields are refused."""


class Output(Struct, frozen=True, rename="camel"):
    """What a procedure gives: every field is always there."""


class Page(Input, frozen=True, kw_only=True):
    """Which part of a list: at most `limit` items, from where the last answer's cursor points."""

    limit: Limit = 50
    cursor: Annotated[str, Meta(max_length=1000)] | None = None

    @property
    def size(self) -> int:
        """How many items the page holds at most: a larger wish is cut to 200."""
        return min(self.limit, LARGEST_PAGE)


class Done(Output, frozen=True):
    """It is done; there is nothing else to say."""

    success: Literal[True]


DONE = Done(success=True)


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


class Message(Output, frozen=True):
    """A mail or a webhook delivery. Parked: neither `nextAt` nor `sentAt`."""

    id: str
    event_id: str
    channel: Literal["email", "webhook"]
    recipient: str
    template: str
    attempts: int
    next_at: Instant | None
    sent_at: Instant | None
    last_error: str | None


class MessagePage(Output, frozen=True):
    items: list[Message]
    next_cursor: str | None


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


class CourseFilter(Page, frozen=True, kw_only=True):
    status: list[CourseStatus] | None = None


class Course(Output, frozen=True):
    """A course as staff and members see it. `enrollmentCount`: students with a place or done."""

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
    enrollment_count: int
    updated_at: Instant


class CoursePage(Output, frozen=True):
    items: list[Course]
    next_cursor: str | None


class MemberInput(Input, frozen=True, kw_only=True):
    """A person by e-mail (an account is made where there is none), or a former member by key."""

    role: OrgRole
    email: Annotated[str, Meta(min_length=3, max_length=254)] | None = None
    user_id: Key | None = None
    key: Key | None = None
    school_uid: Label = ""
    name_first: Label = ""
    name_last: Label = ""

    def __post_init__(self) -> None:
        require_one(email=self.email, userId=self.user_id)


class MemberAddress(Input, frozen=True, kw_only=True):
    user_id: Key


class MemberFilter(Page, frozen=True, kw_only=True):
    role: list[OrgRole] | None = None
    status: list[Literal["pending", "active", "removed"]] | None = None


class Membership(Output, frozen=True):
    """What ties a person to an organization. Verified: active and `verifiedAt` set."""

    user_id: str
    key: str
    school_uid: str
    role: OrgRole
    status: Literal["pending", "active", "removed"]
    verified_at: Instant | None
    name_display: str


class MembershipPage(Output, frozen=True):
    items: list[Membership]
    next_cursor: str | None


class LoginInput(Input, frozen=True, kw_only=True):
    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=1000)]


class OrgAddress(Input, frozen=True, kw_only=True):
    org_id: Key


class OrgMembership(Output, frozen=True):
    org_id: str
    name: str
    role: OrgRole
    verified: bool


class Me(Output, frozen=True):
    """Who is signed in, and where. `orgId` is the active organization."""

    user_id: str
    email: str
    name_display: str
    org_id: str | None
    orgs: list[OrgMembership]


class TokenInput(Input, frozen=True, kw_only=True):
    """`ttl` in seconds; none = it does not expire. `client`: id and secret for /oauth2/token."""

    label: Label
    ttl: Annotated[int, Meta(ge=1, le=10 * 366 * 86_400)] | None = None
    kind: Literal["bearer", "client"] = "bearer"


class Token(Output, frozen=True):
    """A new token. Its text is shown this once; only its hash is kept."""

    id: str
    token: str
    expires_at: Instant | None


class TokenAddress(Input, frozen=True, kw_only=True):
    id: Key


class Health(Output, frozen=True):
    status: Literal["ok"]


class Info(Output, frozen=True):
    version: str
    environment: Literal["development", "staging", "production"]


def require_one(**given: object) -> None:
    """Exactly one of these fields is there. Raises ValueError naming them."""
    if sum(value is not None for value in given.values()) != 1:
        raise ValueError(f"exactly one of `{'`, `'.join(given)}` is required")
