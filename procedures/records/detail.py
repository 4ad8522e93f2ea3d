"""Records with everything any REST surface shows of them: numbers, names, course and school."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from procedures.records.enrollment import Role, Status
from procedures.records.fields import SAFE, Count, Input, Instant, Key, Output
from procedures.records.membership import OrgRole

Number = Annotated[int, Meta(ge=1, le=SAFE, description="A numeric id.")]
Field = Literal[
    "number",
    "key",
    "status",
    "role",
    "primary",
    "beginAt",
    "endAt",
    "updatedAt",
    "user",
    "userNumber",
    "userSourcedId",
    "schoolUid",
    "realm",
    "realmNumber",
    "realmKind",
    "school",
    "course",
    "courseNumber",
]


class Predicate(Input, frozen=True):
    """What a field must be. `in` takes a list, `between` and `outside` the first and last of a
    span; `~` is contained, without case."""

    field: Field
    op: Literal["=", "!=", "<", "<=", ">", ">=", "~", "in", "between", "outside"]
    value: str | int | list[str | int]


class DetailFilter(Input, frozen=True, kw_only=True):
    """All of `where` and, if there are any, one of `either` must hold. `roster`: what members of
    that section or group see. `deleted`: also tombstones, whose status is `deleted`. With `last`
    records are sorted by whether the field is one of these, which come last."""

    where: tuple[Predicate, ...] = ()
    either: tuple[Predicate, ...] = ()
    roster: Key | None = None
    deleted: bool = False
    sort: Field = "number"
    descending: bool = False
    limit: Count = 200
    offset: Count = 0
    last: tuple[str, ...] = ()


class DetailAddress(Input, frozen=True, kw_only=True):
    """One record by key or number; also a tombstone where `deleted`."""

    key: Key | None = None
    number: Number | None = None
    roster: Key | None = None
    deleted: bool = False


class PersonDetail(Output, frozen=True):
    number: int
    key: str
    sourced_id: str
    school_uid: str
    name_title: str
    name_title_show: bool
    name_first: str
    name_first_preferred: str
    name_middle: str
    name_middle_show: bool
    name_last: str
    name_display: str
    picture_url: str | None


class CourseDetail(Output, frozen=True):
    number: int
    key: str
    title: str
    image: str | None
    code: str | None


class RealmDetail(Output, frozen=True):
    number: int
    key: str
    kind: Literal["section", "group"]
    title: str
    section_code: str | None
    section_school_code: str | None


class SectionDetail(RealmDetail, frozen=True):
    course_code: str | None


class RecordNumber(Output, frozen=True):
    key: str
    number: int


class SchoolDetail(Output, frozen=True):
    key: str
    name: str


class SchoolAddress(Input, frozen=True, kw_only=True):
    """The named school, the organization's key meaning its default one, else the course's own."""

    course_id: Key
    school_id: Key | None = None


class Detail(Output, frozen=True):
    number: int
    key: str
    status: Status | Literal["deleted"]
    role: Role
    primary: bool
    progress: int
    enrolled_at: Instant
    begin_at: Instant
    end_at: Instant | None
    completed_at: Instant | None
    updated_at: Instant
    metadata: dict[str, Any]
    user: PersonDetail
    realm: RealmDetail
    school: SchoolDetail
    course: CourseDetail | None


class DetailPage(Output, frozen=True):
    items: list[Detail]
    total: int


class Caller(Output, frozen=True):
    """Who calls a surface, in the active organization, and whether that wants mails to be sent of
    what is synchronised."""

    user: str
    user_number: int
    org: str
    org_role: OrgRole
    time_zone: str
    notify_bulk: bool


class Wanted(Input, frozen=True, kw_only=True):
    """Things by number, key or, for people, another name; what is unknown or foreign is left out
    of the answer."""

    numbers: tuple[int, ...] | None = None
    keys: tuple[str, ...] | None = None
    sourced_ids: tuple[str, ...] | None = None
    school_uids: tuple[str, ...] | None = None


class SectionsWanted(Input, frozen=True, kw_only=True):
    """Sections by their own school codes, or by course codes and the numbers of terms, one of which
    a section must have."""

    school_codes: tuple[str, ...] | None = None
    course_codes: tuple[str, ...] | None = None
    terms: tuple[int, ...] | None = None


class RecordKeys(Input, frozen=True, kw_only=True):
    keys: tuple[str, ...]


class KeyedRequest(Input, frozen=True, kw_only=True):
    """A REST request under an idempotency key: the hash of all that it says, and its answer."""

    request: str
    answer: str = ""


class KeptAnswer(Output, frozen=True):
    """The answer as JSON; "" where none is kept."""

    answer: str
