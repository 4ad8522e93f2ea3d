"""The roster document: one closed struct an array, with the defaults of its fields.

References are public keys, named like their column without `_id`; `null` is as good as left out.
"""

from __future__ import annotations

from typing import Annotated, get_args

from msgspec import Meta, Struct
from msgspec.structs import fields

from procedures.roster.values import (
    AccessCode,
    AfterUnenroll,
    ClassType,
    CompletionPolicy,
    ComponentKind,
    CourseStatus,
    Day,
    Days,
    Email,
    Filled,
    Id,
    Instant,
    JoinPolicy,
    Json,
    Key,
    MemberRole,
    MemberStatus,
    MonthDay,
    Percent,
    RealmKind,
    RealmStatus,
    Role,
    SchoolType,
    SomeDays,
    Source,
    Status,
    TermKind,
    Text,
    TimeZone,
    Whole,
)

FORMAT = "rollcall-roster-1"

OrgKey = Annotated[Key, Meta(description="One of `orgs`.")]
SchoolKey = Annotated[Key, Meta(description="One of `schools`.")]
OwnSchool = Annotated[Key, Meta(description="One of `schools`; else the default one.")]
RealmSchool = Annotated[
    Key, Meta(description="One of `schools`; else that of the course, for a group the default one.")
]
AccountKey = Annotated[Key, Meta(description="One of `accounts`.")]
MemberKey = Annotated[Key, Meta(description="The `user` of one of `memberships`.")]
CourseKey = Annotated[Key, Meta(description="One of `courses`.")]
Required = Annotated[Key, Meta(description="One of `courses`: to be completed before the course.")]
SiblingKey = Annotated[Key, Meta(description="One of `components`, of the same course.")]
ComponentKey = Annotated[Key, Meta(description="One of `components`, of the record's course.")]
TermKey = Annotated[Key, Meta(description="One of `terms`.")]
RealmKey = Annotated[Key, Meta(description="One of `realms`.")]
RecordKey = Annotated[Key, Meta(description="One of `enrollments`.")]

AccountsOwn = Annotated[Key, Meta(description="Else that of the account.")]
Made = Annotated[Key, Meta(description="Else one is made.")]
Password = Annotated[Filled, Meta(description="Kept as a hash; without it no password lets in.")]
Verified = Annotated[Instant, Meta(description="Else they cannot act as a member yet.")]
Place = Annotated[int, Meta(description="In the course's order; else the place in the array.")]
Counts = Annotated[bool, Meta(description="Towards progress; else lessons and modules do.")]
Joining = Annotated[JoinPolicy, Meta(description="Else that of the course, for a group `invite`.")]
Begin = Annotated[Instant, Meta(description="Else `enrolled_at`.")]
StatusSince = Annotated[Instant, Meta(description="Else `completed_at`, else `enrolled_at`.")]


class Closed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the document: nothing in it is unknown."""


class Settings(Closed, frozen=True, rename="camel", omit_defaults=True):
    progress_on_unenroll: AfterUnenroll | None = None
    notify_bulk: bool | None = None
    admin_emails: list[Email] | None = None
    school_year_start: MonthDay | None = None
    tombstone_days: Days | None = None
    certificate_url: Text | None = None


class Org(Closed, frozen=True):
    key: Key
    name: Text
    id: Id | None = None
    time_zone: TimeZone = TimeZone("UTC")
    settings: Settings = Settings()


class School(Closed, frozen=True):
    org: OrgKey
    key: Key
    name: Text
    id: Id | None = None
    type: SchoolType = SchoolType("school")
    parent: SchoolKey | None = None
    is_default: bool = False


class Account(Closed, frozen=True):
    key: Key
    email: Email
    id: Id | None = None
    password: Password | None = None
    name_title: Text = Text()
    name_title_show: bool = False
    name_first: Text = Text()
    name_first_preferred: Text = Text()
    name_middle: Text = Text()
    name_middle_show: bool = False
    name_last: Text = Text()
    picture_url: Text | None = None


class Membership(Closed, frozen=True):
    org: OrgKey
    user: AccountKey
    role: MemberRole
    key: AccountsOwn | None = None
    school_uid: Text = Text()
    status: MemberStatus = MemberStatus("active")
    verified_at: Verified | None = None


class Course(Closed, frozen=True):
    org: OrgKey
    key: Key
    title: Text
    id: Id | None = None
    school: OwnSchool | None = None
    code: Text | None = None
    image: Text | None = None
    description: Text = Text()
    status: CourseStatus = CourseStatus("draft")
    join_policy: JoinPolicy = JoinPolicy("open")
    completion_policy: CompletionPolicy = CompletionPolicy("learner")
    multi_section: bool = False
    self_reenroll: bool = True
    certificate_enabled: bool = False
    capacity: Whole | None = None
    waitlist: bool = False
    opens_at: Instant | None = None
    closes_at: Instant | None = None
    access_days: SomeDays | None = None


class Prerequisite(Closed, frozen=True):
    org: OrgKey
    course: CourseKey
    requires: Required


class Component(Closed, frozen=True):
    org: OrgKey
    course: CourseKey
    key: Key
    kind: ComponentKind
    title: Text
    position: Place | None = None
    parent: SiblingKey | None = None
    counts: Counts | None = None


class Term(Closed, frozen=True):
    org: OrgKey
    key: Key
    title: Text
    kind: TermKind
    start_date: Day
    end_date: Day
    id: Id | None = None
    school: OwnSchool | None = None
    school_year: Text | None = None
    parent: TermKey | None = None


class Realm(Closed, frozen=True):
    org: OrgKey
    key: Key
    kind: RealmKind
    title: Text
    course: CourseKey | None = None
    id: Id | None = None
    school: RealmSchool | None = None
    section_code: Text | None = None
    section_school_code: Text | None = None
    class_type: ClassType = ClassType("scheduled")
    is_default: bool = False
    join_policy: Joining | None = None
    access_code: AccessCode | None = None
    code_expires_at: Instant | None = None
    code_max_uses: Whole | None = None
    code_uses: Whole = 0
    capacity: Whole | None = None
    waitlist: bool = False
    picture_url: Text | None = None
    status: RealmStatus = RealmStatus("active")
    terms: list[TermKey] = []


class Enrollment(Closed, frozen=True):
    org: OrgKey
    user: MemberKey
    realm: RealmKey
    role: Role
    status: Status
    enrolled_at: Instant
    key: Made | None = None
    id: Id | None = None
    progress: Percent = 0
    begin_at: Begin | None = None
    end_at: Instant | None = None
    completed_at: Instant | None = None
    status_at: StatusSince | None = None
    status_by: MemberKey | None = None
    source: Source = Source("system")
    metadata: Json = {}
    previous: RecordKey | None = None
    primary_flag: bool = False


class ComponentDone(Closed, frozen=True):
    org: OrgKey
    enrollment: RecordKey
    component: ComponentKey
    done_at: Instant


class Submission(Closed, frozen=True):
    org: OrgKey
    enrollment: RecordKey
    assessment: Text
    submitted_at: Instant
    key: Made | None = None
    body: Json = {}
    score: float | None = None


class Document(Struct, frozen=True, kw_only=True):
    """A whole roster; every entry has the right shape, nothing is resolved yet."""

    orgs: list[Org]
    schools: list[School]
    accounts: list[Account]
    memberships: list[Membership]
    courses: list[Course]
    prerequisites: list[Prerequisite]
    components: list[Component]
    terms: list[Term]
    realms: list[Realm]
    enrollments: list[Enrollment]
    component_done: list[ComponentDone]
    submissions: list[Submission]


ARRAYS: dict[str, type[Closed]] = {f.name: get_args(f.type)[0] for f in fields(Document)}
