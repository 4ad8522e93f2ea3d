"""Sections and groups, and the codes that let people into them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from procedures.records.course import JoinPolicy
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


class RealmAddress(Input, frozen=True, kw_only=True):
    realm_id: Key


class RealmFields(Input, frozen=True, kw_only=True):
    """What may be said about a section or a group; what is left out stays as it is. Codes, class
    type and terms are a section's. `joinPolicy` null: the course's, for a group `invite`."""

    title: Title | UnsetType = UNSET
    section_code: SectionCode | UnsetType | None = UNSET
    section_school_code: SectionCode | UnsetType | None = UNSET
    class_type: ClassType | UnsetType = UNSET
    join_policy: JoinPolicy | UnsetType | None = UNSET
    capacity: Count | UnsetType | None = UNSET
    waitlist: bool | UnsetType = UNSET
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
    code_max_uses: Count | UnsetType | None = UNSET


class CodeTerms(RealmAddress, frozen=True, kw_only=True):
    """Until when and how often the new code may be used; null: without end."""

    code_expires_at: Moment | None = None
    code_max_uses: Count | None = None


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
    is_default: bool
    section_code: str | None
    section_school_code: str | None
    class_type: ClassType
    join_policy: JoinPolicy | None
    capacity: int | None
    waitlist: bool
    picture_url: str | None
    status: RealmStatus
    term_ids: list[str]
    access_code: str | UnsetType | None = UNSET
    code_expires_at: Instant | UnsetType | None = UNSET
    code_max_uses: int | UnsetType | None = UNSET
    code_uses: int | UnsetType = UNSET


class RealmPage(Output, frozen=True):
    items: list[Realm]
    next_cursor: str | None
