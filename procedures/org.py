"""`org.*`: the organization itself, and how it wants things done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from procedures.columns import said
from procedures.context import Admin, Member
from procedures.credentials import canonical_email
from procedures.records.org import Org, OrgChange, OrgSettings
from procedures.roster.values import MonthDay, TimeZone
from procedures.store import orgs
from procedures.store.people import OrgRow
from rpc.errors import InputError


def get(ctx: Member) -> Org:
    """The active organization; to admins with its settings."""
    return shown(ctx, ctx.org)


def update(ctx: Admin, given: OrgChange) -> Org:
    """Change the name, the time zone or the settings of the active organization."""
    settings = replace(ctx.org.settings, **checked(said(given.settings)))
    changed = replace(
        ctx.org,
        **checked(said(given, "settings")),
        settings_json=msgspec.json.encode(settings).decode(),
    )
    orgs.save_org(ctx.tx, changed)
    return shown(ctx, changed)


def checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values as they are kept. Raises InputError for those that make no sense."""
    return {name: kept(name, value) for name, value in values.items()}


def kept(name: str, value: Any) -> Any:
    try:
        return CHECKS[name](value) if name in CHECKS else value
    except ValueError as error:
        raise InputError(str(error)) from None


def addresses(emails: list[str]) -> list[str]:
    """Each address once."""
    return [*{canonical_email(email): email.strip() for email in emails}.values()]


def template(url: str | None) -> str | None:
    """A link in which `{enrollment}` stands for the record. Raises ValueError."""
    if url is None:
        return None
    example = url.replace("{enrollment}", "enr")
    parts = urlsplit(example)
    is_link = parts.scheme in ("http", "https") and parts.hostname
    if not is_link or any(c in "{}" or c.isspace() or not c.isprintable() for c in example):
        raise ValueError("`certificateUrl` is no link with at most {enrollment} in it")
    return url


CHECKS: dict[str, Callable[[Any], Any]] = {
    "admin_emails": addresses,
    "certificate_url": template,
    "school_year_start": MonthDay.checked,
    "time_zone": TimeZone.checked,
}


def shown(ctx: Member, org: OrgRow) -> Org:
    if not ctx.is_admin:
        return Org(org.key, org.name, org.time_zone)
    settings = msgspec.convert(msgspec.to_builtins(org.settings), OrgSettings)
    return Org(org.key, org.name, org.time_zone, settings)
