"""Sections and groups, and the codes that let people into them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from procedures.records.course import JoinPolicy, Waitlist
from procedures.records.enrollment import RealmKind
from procedures.records.fields import (
    PLAIN,
    Count,
    Input,
    Instant,
    Key,
    Label,
    Moment,
    Output,
    Page,
    Title,
)

ClassType = Literal["scheduled", "homeroom"]
RealmStatus = Literal["active", "archived"]
SectionCode = Annotated[str, Meta(min_length=1, max_length=255, pattern=PLAIN)]
TermKeys = Annotated[list[Key], Meta(max_length=100)]
CODE = Meta(description="No other section of the course has it in the same term.")
SCHOOL_CODE = Meta(description="No other section of the organization has it.")
MAX_USES = Meta(description="How many people the code lets in; null: any number.")
CAPACITY = Meta(
    description="Seats for students; null: any number, in a default section the course's."
)
IsDefault = Annotated[
    bool,
    Meta(
        description="Whether those come here who enroll in the course without naming a section: of "
        "each school one."
    ),
]


class RealmAddress(Input, frozen=True, kw_only=True):
    realm_id: Key


class RealmFields(Input, frozen=True, kw_only=True):
    """What may be said about a section or a group; what is left out stays as it is. Codes, class
    type and terms are a section's. `joinPolicy` null: the course's, for a group `invite`."""

    title: Title | UnsetType = UNSET
    section_code: Annotated[SectionCode, CODE] | UnsetType | None = UNSET
    section_school_code: Annotated[SectionCode, SCHOOL_CODE] | UnsetType | None = UNSET
    class_type: ClassType | UnsetType = UNSET
    join_policy: JoinPolicy | UnsetType | None = UNSET
    capacity: Annotated[Count, CAPACITY] | UnsetType | None = UNSET
    waitlist: Waitlist | UnsetType = UNSET
    picture_url: Label | UnsetType | None = UNSET
    term_ids: TermKeys | UnsetType = UNSET


class RealmInput(RealmFields, frozen=True, kw_only=True):
    """A new section of the course, or without `courseId` a new group."""

    title: Title
    course_id: Key | None = None
    kind: RealmKind | None = None
    key: Key | None = None
    school_id: Key | None = None

    def __post_init__(self) -> None:
        if self.kind is not None and (self.kind == "section") != (self.course_id is not None):
            raise ValueError("a section needs `courseId`, a group has none")


class RealmChange(RealmFields, frozen=True, kw_only=True):
    """`accessCode` null ends joining by code; `realm.rotateCode` gives a code."""

    realm_id: Key
    status: RealmStatus | UnsetType = UNSET
    access_code: UnsetType | None = UNSET
    code_expires_at: Moment | UnsetType | None = UNSET
    code_max_uses: Annotated[Count, MAX_USES] | UnsetType | None = UNSET


class CodeTerms(RealmAddress, frozen=True, kw_only=True):
    """Until when and how often the new code may be used; null: without end."""

    code_expires_at: Moment | None = None
    code_max_uses: Annotated[Count, MAX_USES] | None = None


class RealmFilter(Page, frozen=True, kw_only=True):
    course_id: Key | None = None
    kind: RealmKind | None = None
    status: RealmStatus | None = None


class CodeInput(Input, frozen=True, kw_only=True):
    """A code, in any case and with or without hyphen; only as that of the named realm, of a realm
    of that kind, in that organization where these are given."""

    code: Annotated[str, Meta(min_length=1, max_length=255, pattern=PLAIN)]
    realm_id: Key | None = None
    realm_kind: RealmKind | None = None
    org_id: Key | None = None


class Realm(Output, frozen=True, kw_only=True):
    """A section of a course, or a group. Only staff are shown anything about its code."""

    id: str
    kind: RealmKind
    title: str
    course_id: str | None
    school_id: str
    is_default: IsDefault
    section_code: Annotated[str, CODE] | None
    section_school_code: Annotated[str, SCHOOL_CODE] | None
    class_type: ClassType
    join_policy: JoinPolicy | None
    capacity: Annotated[int, CAPACITY] | None
    waitlist: Waitlist
    picture_url: str | None
    status: RealmStatus
    term_ids: list[str]
    access_code: str | UnsetType | None = UNSET
    code_expires_at: Instant | UnsetType | None = UNSET
    code_max_uses: Annotated[int, MAX_USES] | UnsetType | None = UNSET
    code_uses: int | UnsetType = UNSET


class RealmPage(Output, frozen=True):
    items: list[Realm]
    next_cursor: str | None
