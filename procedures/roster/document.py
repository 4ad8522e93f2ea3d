"""The roster document: one closed struct an array, with the defaults of its fields.

References are public keys, named like their column without `_id`; `null` is as good as left out.
"""

from __future__ import annotations

from typing import get_args

from msgspec import Struct
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
    org: Key
    key: Key
    name: Text
    id: Id | None = None
    type: SchoolType = SchoolType("school")
    parent: Key | None = None
    is_default: bool = False


class Account(Closed, frozen=True):
    key: Key
    email: Email
    id: Id | None = None
    password: Filled | None = None
    name_title: Text = Text()
    name_title_show: bool = False
    name_first: Text = Text()
    name_first_preferred: Text = Text()
    name_middle: Text = Text()
    name_middle_show: bool = False
    name_last: Text = Text()
    picture_url: Text | None = None


class Membership(Closed, frozen=True):
    org: Key
    user: Key
    role: MemberRole
    key: Key | None = None
    school_uid: Text = Text()
    status: MemberStatus = MemberStatus("active")
    verified_at: Instant | None = None


class Course(Closed, frozen=True):
    org: Key
    key: Key
    title: Text
    id: Id | None = None
    school: Key | None = None
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
    org: Key
    course: Key
    requires: Key


class Component(Closed, frozen=True):
    org: Key
    course: Key
    key: Key
    kind: ComponentKind
    title: Text
    position: int | None = None
    parent: Key | None = None
    counts: bool | None = None


class Term(Closed, frozen=True):
    org: Key
    key: Key
    title: Text
    kind: TermKind
    start_date: Day
    end_date: Day
    id: Id | None = None
    school: Key | None = None
    school_year: Text | None = None
    parent: Key | None = None


class Realm(Closed, frozen=True):
    org: Key
    key: Key
    kind: RealmKind
    title: Text
    course: Key | None = None
    id: Id | None = None
    school: Key | None = None
    section_code: Text | None = None
    section_school_code: Text | None = None
    class_type: ClassType = ClassType("scheduled")
    is_default: bool = False
    join_policy: JoinPolicy | None = None
    access_code: AccessCode | None = None
    code_expires_at: Instant | None = None
    code_max_uses: Whole | None = None
    code_uses: Whole = 0
    capacity: Whole | None = None
    waitlist: bool = False
    picture_url: Text | None = None
    status: RealmStatus = RealmStatus("active")
    terms: list[Key] = []


class Enrollment(Closed, frozen=True):
    org: Key
    user: Key
    realm: Key
    role: Role
    status: Status
    enrolled_at: Instant
    key: Key | None = None
    id: Id | None = None
    progress: Percent = 0
    begin_at: Instant | None = None
    end_at: Instant | None = None
    completed_at: Instant | None = None
    status_at: Instant | None = None
    status_by: Key | None = None
    source: Source = Source("system")
    metadata: Json = {}
    previous: Key | None = None
    primary_flag: bool = False


class ComponentDone(Closed, frozen=True):
    org: Key
    enrollment: Key
    component: Key
    done_at: Instant


class Submission(Closed, frozen=True):
    org: Key
    enrollment: Key
    assessment: Text
    submitted_at: Instant
    key: Key | None = None
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
