"""Organizations, accounts and memberships."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from procedures.store.transaction import R, Transaction


class OrgSettings(Struct, frozen=True, rename="camel"):
    """The json in org.settings."""

    progress_on_unenroll: str = "keep"
    notify_bulk: bool = False
    admin_emails: list[str] = []
    school_year_start: str = "08-01"
    tombstone_days: int = 400
    certificate_url: str | None = None


class OrgRow(Struct, frozen=True):
    id: int
    key: str
    name: str
    time_zone: str
    settings_json: str

    @property
    def settings(self) -> OrgSettings:
        return msgspec.json.decode(self.settings_json, type=OrgSettings)


ORG = "o.id, o.key, o.name, o.time_zone, o.settings"
ORG_WIDTH = 5


class Verified(Struct, frozen=True):
    """A verified membership of the caller."""

    role: str
    org: OrgRow

    @classmethod
    def row(cls, role: str, *org: object) -> Verified:
        return cls(role, OrgRow(*org))  # type: ignore[arg-type]


VERIFIED = "m.status = 'active' and m.verified_at is not null"


def nearest(
    tx: Transaction, kind: Callable[..., R], sql: str, values: Mapping[str, Any]
) -> R | None:
    """The first row by a statement about a user's memberships `m`, of which `{where}` chooses some:
    that of the active organization, which is one node's affair where tenants are spread over
    several, and only if there is none those of the others."""
    for statement in nearest_first(sql):
        found = tx.one(kind, statement, **values)
        if found is not None:
            return found
    return None


@cache
def nearest_first(sql: str) -> list[str]:
    wheres = ("m.org_id = :active_org_id", "m.org_id <> :active_org_id")
    return [sql.format(where=where) for where in wheres]


class PersonRow(Struct, frozen=True):
    """How a person is called."""

    user_id: int
    user_key: str
    email: str
    name_title: str
    name_title_show: int
    name_first: str
    name_first_preferred: str
    name_middle: str
    name_middle_show: int
    name_last: str

    @property
    def name_display(self) -> str:
        """Shown title, preferred or first name, shown middle name, last name."""
        parts = (
            self.name_title if self.name_title_show else "",
            self.name_first_preferred or self.name_first,
            self.name_middle if self.name_middle_show else "",
            self.name_last,
        )
        return " ".join(part for part in parts if part)


class MemberRow(Struct, frozen=True):
    """A person in an organization, as much as acting for them needs."""

    user_id: int
    user_key: str
    email: str
    role: str
    status: str
    verified_at: str | None


class MemberShown(PersonRow, frozen=True):
    """A person in an organization, as they are shown."""

    key: str
    school_uid: str
    role: str
    status: str
    verified_at: str | None


PERSON = """
    a.id, a.key, a.email, a.name_title, a.name_title_show, a.name_first, a.name_first_preferred,
    a.name_middle, a.name_middle_show, a.name_last
"""
SHOWN = f"""
    select {PERSON}, m.key, m.school_uid, m.role, m.status, m.verified_at
    from membership m join account a on a.id = m.user_id
"""


VERIFIED_IN = f"""
    select m.role, {ORG} from membership m join org o on o.id = m.org_id
    where m.org_id = :org_id and m.user_id = :user_id and {VERIFIED}
"""


def verified_in(tx: Transaction, user_id: int, org_id: int) -> Verified | None:
    return tx.one(Verified.row, VERIFIED_IN, user_id=user_id, org_id=org_id)


class OrgOfUser(Struct, frozen=True):
    id: int
    key: str
    name: str
    role: str
    verified: int


def orgs_of(tx: Transaction, user_id: int) -> list[OrgOfUser]:
    return tx.all(
        OrgOfUser,
        f"""
        select o.id, o.key, o.name, m.role, {VERIFIED}
        from membership m join org o on o.id = m.org_id
        where m.user_id = :user_id and m.status <> 'removed' order by o.id
        """,
        user_id=user_id,
    )


def org_by_key(tx: Transaction, key: str) -> OrgRow | None:
    return tx.one(OrgRow, f"select {ORG} from org o where o.key = :key", key=key)


class AccountRow(Struct, frozen=True):
    id: int
    key: str
    email: str
    password_hash: str | None


def account_by_email(tx: Transaction, canonical: str) -> AccountRow | None:
    return tx.one(
        AccountRow,
        "select id, key, email, password_hash from account where email_canonical = :canonical",
        canonical=canonical,
    )


def account_by_key(tx: Transaction, key: str) -> AccountRow | None:
    return tx.one(
        AccountRow, "select id, key, email, password_hash from account where key = :key", key=key
    )


def account(tx: Transaction, user_id: int) -> AccountRow | None:
    return tx.one(
        AccountRow,
        "select id, key, email, password_hash from account where id = :user_id",
        user_id=user_id,
    )


def person(tx: Transaction, user_id: int) -> PersonRow:
    return tx.require(PersonRow, f"select {PERSON} from account a where a.id = :id", id=user_id)


def user_id(tx: Transaction, org_id: int, user_key: str) -> int | None:
    """The id of the member of that account key, whatever the membership's status."""
    return tx.one(
        int,
        """
        select m.user_id from account a join membership m on m.user_id = a.id
        where m.org_id = :org_id and a.key = :user_key
        """,
        org_id=org_id,
        user_key=user_key,
    )


def member(tx: Transaction, org_id: int, user_key: str) -> MemberRow | None:
    return tx.one(
        MemberRow,
        """
        select a.id, a.key, a.email, m.role, m.status, m.verified_at
        from membership m join account a on a.id = m.user_id
        where m.org_id = :org_id and a.key = :user_key
        """,
        org_id=org_id,
        user_key=user_key,
    )


def shown_member(tx: Transaction, org_id: int, user_key: str) -> MemberShown:
    return tx.require(
        MemberShown,
        f"{SHOWN} where m.org_id = :org_id and a.key = :user_key",
        org_id=org_id,
        user_key=user_key,
    )


def members(
    tx: Transaction,
    org_id: int,
    roles: Sequence[str],
    statuses: Sequence[str],
    page: tuple[int, int],
) -> list[MemberShown]:
    """Members with a user id above page[0], at most page[1] of them. No roles: any."""
    return tx.all(
        MemberShown,
        f"""
        {SHOWN} where m.org_id = :org_id and m.user_id > :after
          and (:roles = '' or :roles like '%,' || m.role || ',%')
          and (:statuses = '' or :statuses like '%,' || m.status || ',%')
        order by m.user_id limit :limit
        """,
        org_id=org_id,
        roles=listed(roles),
        statuses=listed(statuses),
        after=page[0],
        limit=page[1],
    )


def listed(words: Sequence[str]) -> str:
    """Words as one parameter, to be looked for between commas; "" for none."""
    return f",{','.join(words)}," if words else ""


def set_membership(
    tx: Transaction, org_id: int, user_id: int, status: str, verified_at: str | None
) -> None:
    tx.run(
        """
        update membership set status = :status, verified_at = :verified_at
        where org_id = :org_id and user_id = :user_id
        """,
        org_id=org_id,
        user_id=user_id,
        status=status,
        verified_at=verified_at,
    )


def is_last_admin(tx: Transaction, org_id: int, user_id: int) -> bool:
    """Whether the user is a verified admin of the organization, and nobody else is."""
    admins = tx.all(
        int,
        f"""
        select m.user_id from membership m
        where m.org_id = :org_id and m.role = 'admin' and {VERIFIED} limit 2
        """,
        org_id=org_id,
    )
    return admins == [user_id]


def readmit(
    tx: Transaction, org_id: int, user_id: int, role: str, names: tuple[str | None, str]
) -> None:
    """Take a removed member in again, to be verified anew. Of key and school uid in `names` what is
    None or "" stays as it was. Raises Duplicate."""
    key, school_uid = names
    tx.run(
        """
        update membership set status = 'pending', verified_at = null, role = :role,
               key = coalesce(:key, key),
               school_uid = case when :school_uid = '' then school_uid else :school_uid end
        where org_id = :org_id and user_id = :user_id
        """,
        org_id=org_id,
        user_id=user_id,
        role=role,
        key=key,
        school_uid=school_uid,
    )


def first_org(tx: Transaction, user_id: int) -> int | None:
    """The first organization the user is a verified member of."""
    return next((org.id for org in orgs_of(tx, user_id) if org.verified), None)
