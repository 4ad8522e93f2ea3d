"""Organizations and their schools."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from procedures.records.fields import Input, Key, Output, Title

AfterUnenroll = Annotated[
    Literal["keep", "resume", "erase"],
    Meta(
        description="What becomes of a learner's work when their record is ended: it is kept, and "
        "the next record begins anew (`keep`), or goes on from it unless it was completed "
        "(`resume`); or it is wiped out, the completion too (`erase`)."
    ),
]
NotifyBulk = Annotated[
    bool, Meta(description="Whether bulk changes send mails where they do not say.")
]
SchoolType = Literal["department", "school", "district", "local", "state", "national"]
Address = Annotated[str, Meta(min_length=3, max_length=254)]
ADMIN_EMAILS = Meta(
    description="Who is told of completions, and of requests for what has no staff; empty: all "
    "admins."
)
YEAR_START = Meta(
    description="A day of every year, 08-01: on it those school years begin that are made along "
    "with a default section."
)
TOMBSTONE_DAYS = Meta(
    description="For how many days at least the log tells of deletions. Nothing is ever cut from "
    "it, so it always does."
)
CERTIFICATE_URL = Meta(
    description="The link in the mail about a completion, where the course has "
    "`certificateEnabled`; `{enrollment}` is the record's id."
)


class OrgSettings(Output, frozen=True):
    """How an organization wants things done."""

    progress_on_unenroll: AfterUnenroll
    notify_bulk: NotifyBulk
    admin_emails: Annotated[list[str], ADMIN_EMAILS]
    school_year_start: Annotated[str, YEAR_START]
    tombstone_days: Annotated[int, TOMBSTONE_DAYS]
    certificate_url: Annotated[str, CERTIFICATE_URL] | None


class Org(Output, frozen=True):
    """An organization. Only admins are shown its settings."""

    id: str
    name: str
    time_zone: str
    settings: OrgSettings | UnsetType = UNSET


class SettingsChange(Input, frozen=True, kw_only=True):
    """What shall be different; what is left out stays as it is."""

    progress_on_unenroll: AfterUnenroll | UnsetType = UNSET
    notify_bulk: NotifyBulk | UnsetType = UNSET
    admin_emails: Annotated[list[Address], Meta(max_length=50), ADMIN_EMAILS] | UnsetType = UNSET
    school_year_start: Annotated[str, Meta(max_length=5), YEAR_START] | UnsetType = UNSET
    tombstone_days: Annotated[int, Meta(ge=0, le=365_000), TOMBSTONE_DAYS] | UnsetType = UNSET
    certificate_url: Annotated[str, Meta(max_length=2000), CERTIFICATE_URL] | UnsetType | None = (
        UNSET
    )


class OrgChange(Input, frozen=True, kw_only=True):
    """What shall be different; `timeZone` is a name like Europe/Berlin."""

    name: Title | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    settings: SettingsChange = SettingsChange()


class SchoolInput(Input, frozen=True, kw_only=True):
    name: Title
    type: SchoolType = "school"
    parent_id: Key | None = None
    key: Key | None = None


class School(Output, frozen=True):
    """A part of the organization."""

    id: str
    name: str
    type: SchoolType
    parent_id: str | None
    is_default: Annotated[bool, Meta(description="Whether it is meant where none is named.")]


class SchoolPage(Output, frozen=True):
    items: list[School]
    next_cursor: str | None
