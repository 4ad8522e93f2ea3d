"""Who belongs to an organization."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from procedures.records.fields import (
    LARGEST_PAGE,
    Input,
    Instant,
    Key,
    Label,
    Output,
    Page,
    require_one,
)

OrgRole = Literal["admin", "instructor", "learner"]
MemberStatus = Literal["pending", "active", "removed"]
KEY = Meta(description="Their own name in this organization: OneRoster's `sourcedId`.")
SCHOOL_UID = Meta(description="Schoology's `school_uid`: of one member only, or empty.")


class MemberInput(Input, frozen=True, kw_only=True):
    """A person by e-mail (an account is made where there is none), or a former member by
    `userId`. Without `key` it is that of the account."""

    role: OrgRole
    email: Annotated[str, Meta(min_length=3, max_length=254)] | None = None
    user_id: Key | None = None
    key: Annotated[Key, KEY] | None = None
    school_uid: Annotated[Label, SCHOOL_UID] = ""
    name_first: Label = ""
    name_last: Label = ""

    def __post_init__(self) -> None:
        require_one(email=self.email, userId=self.user_id)


class MemberAddress(Input, frozen=True, kw_only=True):
    user_id: Key


class MemberFilter(Page, frozen=True, kw_only=True):
    role: list[OrgRole] | None = None
    status: list[MemberStatus] | None = None


class Membership(Output, frozen=True):
    """What ties a person to an organization. Verified: active and `verifiedAt` set."""

    user_id: str
    key: Annotated[str, KEY]
    school_uid: Annotated[str, SCHOOL_UID]
    role: OrgRole
    status: MemberStatus
    verified_at: Instant | None
    name_display: str


class PeopleNamed(Input, frozen=True, kw_only=True):
    """At most 200 people."""

    user_ids: Annotated[tuple[Key, ...], Meta(max_length=LARGEST_PAGE)]


class PersonName(Output, frozen=True):
    user_id: str
    name_display: str


class Names(Output, frozen=True):
    """In the order of their accounts."""

    items: list[PersonName]


class MembershipPage(Output, frozen=True):
    items: list[Membership]
    next_cursor: str | None
