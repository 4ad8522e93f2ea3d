"""Organizations and their schools."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from procedures.records.fields import Input, Key, Output, Title

AfterUnenroll = Literal["keep", "resume", "erase"]
SchoolType = Literal["department", "school", "district", "local", "state", "national"]
Address = Annotated[str, Meta(min_length=3, max_length=254)]
MonthDay = Annotated[str, Meta(max_length=5, description="A day of every year: 08-01")]
Days = Annotated[int, Meta(ge=0, le=365_000)]
Template = Annotated[str, Meta(max_length=2000, description="`{enrollment}` is the record's id.")]


class OrgSettings(Output, frozen=True):
    """`progressOnUnenroll`: what a returning learner finds; `adminEmails` empty: all admins."""

    progress_on_unenroll: AfterUnenroll
    notify_bulk: bool
    admin_emails: list[str]
    school_year_start: str
    tombstone_days: int
    certificate_url: str | None


class Org(Output, frozen=True):
    """An organization. Only admins are shown its settings."""

    id: str
    name: str
    time_zone: str
    settings: OrgSettings | UnsetType = UNSET


class SettingsChange(Input, frozen=True, kw_only=True):
    """What shall be different; what is left out stays as it is."""

    progress_on_unenroll: AfterUnenroll | UnsetType = UNSET
    notify_bulk: bool | UnsetType = UNSET
    admin_emails: Annotated[list[Address], Meta(max_length=50)] | UnsetType = UNSET
    school_year_start: MonthDay | UnsetType = UNSET
    tombstone_days: Days | UnsetType = UNSET
    certificate_url: Template | UnsetType | None = UNSET


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
    """A part of the organization. The default one is where nothing else is said."""

    id: str
    name: str
    type: SchoolType
    parent_id: str | None
    is_default: bool


class SchoolPage(Output, frozen=True):
    items: list[School]
    next_cursor: str | None
