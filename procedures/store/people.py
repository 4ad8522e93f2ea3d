"""Organizations, accounts, memberships, sessions and tokens."""

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


class CallerRow(Struct, frozen=True):
    """Who stands behind a session or a token, and the active tenant."""

    user_id: int
    user_key: str
    email: str
    org_id: int | None
    session_id: str | None = None
    seen_at: str | None = None  # when the session was last written down as in use


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


def session_caller(
    tx: Transaction, session_id: str, created_after: str, seen_after: str
) -> CallerRow | None:
    return tx.one(
        CallerRow,
        """
        select a.id, a.key, a.email, s.org_id, s.id, s.seen_at
        from session s join account a on a.id = s.user_id
        where s.id = :session_id and s.revoked_at is null
          and s.created_at > :created_after and s.seen_at > :seen_after
        """,
        session_id=session_id,
        created_after=created_after,
        seen_after=seen_after,
    )


def token_caller(tx: Transaction, hash: str, now: str) -> CallerRow | None:
    return tx.one(
        CallerRow,
        """
        select a.id, a.key, a.email, t.org_id
        from token t join account a on a.id = t.user_id
        where t.hash = :hash and t.kind = 'bearer' and t.revoked_at is null
          and (t.expires_at is null or t.expires_at > :now)
        """,
        hash=hash,
        now=now,
    )


class ClientRow(Struct, frozen=True):
    key: str
    org_id: int
    user_id: int
    label: str


def client(tx: Transaction, hash: str, now: str) -> ClientRow | None:
    """The client of that secret, if it is neither revoked nor expired."""
    return tx.one(
        ClientRow,
        """
        select key, org_id, user_id, label from token
        where hash = :hash and kind = 'client' and revoked_at is null
          and (expires_at is null or expires_at > :now)
        """,
        hash=hash,
        now=now,
    )


def touch_session(tx: Transaction, session_id: str, now: str, stale: str) -> None:
    tx.run(
        "update session set seen_at = :now where id = :session_id and seen_at < :stale",
        session_id=session_id,
        now=now,
        stale=stale,
    )


def add_session(
    tx: Transaction, session_id: str, user_id: int, org_id: int | None, now: str
) -> None:
    tx.insert("session", id=session_id, user_id=user_id, org_id=org_id, created_at=now, seen_at=now)


def revoke_session(tx: Transaction, session_id: str, now: str) -> None:
    tx.run("update session set revoked_at = :now where id = :id", id=session_id, now=now)


def set_session_org(tx: Transaction, session_id: str, org_id: int) -> None:
    tx.run("update session set org_id = :org_id where id = :id", id=session_id, org_id=org_id)


def revoke_token(tx: Transaction, org_id: int, user_id: int, key: str, now: str) -> int:
    """Revoke a token, of a client with all that it was given; how many."""
    return tx.run(
        """
        update token set revoked_at = :now
        where org_id = :org_id and user_id = :user_id and (key = :key or client_key = :key)
          and revoked_at is null
        """,
        org_id=org_id,
        user_id=user_id,
        key=key,
        now=now,
    )


def forget_sessions(tx: Transaction, unseen_since: str, limit: int) -> int:
    """Drop sessions that were last in use by then, at most so many; how many."""
    return tx.run(
        """
        delete from session where id in (
          select id from session where seen_at <= :unseen_since order by seen_at limit :limit)
        """,
        unseen_since=unseen_since,
        limit=limit,
    )


def forget_tokens(tx: Transaction, until: str, limit: int) -> int:
    """Drop tokens of all organizations that expired by then, at most so many; how many."""
    return tx.run(
        """
        delete from token where (org_id, id) in (
          select org_id, id from token where expires_at <= :until order by expires_at limit :limit)
        """,
        until=until,
        limit=limit,
    )


def verified_in(tx: Transaction, user_id: int, org_id: int) -> Verified | None:
    return tx.one(
        Verified.row,
        f"""
        select m.role, {ORG} from membership m join org o on o.id = m.org_id
        where m.org_id = :org_id and m.user_id = :user_id and {VERIFIED}
        """,
        user_id=user_id,
        org_id=org_id,
    )


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
    found = tx.one(PersonRow, f"select {PERSON} from account a where a.id = :id", id=user_id)
    if found is None:
        raise LookupError(f"no account {user_id}")
    return found


def user_id(tx: Transaction, org_id: int, user_key: str) -> int | None:
    """The id of the member of that account key, whatever the membership's status."""
    found: int | None = tx.value(
        """
        select m.user_id from account a join membership m on m.user_id = a.id
        where m.org_id = :org_id and a.key = :user_key
        """,
        org_id=org_id,
        user_key=user_key,
    )
    return found


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


def shown_member(tx: Transaction, org_id: int, user_key: str) -> MemberShown | None:
    return tx.one(
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


def add_token(
    tx: Transaction, org_id: int, user_id: int, secret: tuple[str, str], now: str
) -> None:
    """Keep a bearer token that does not expire: its key and the hash of its text."""
    key, hash = secret
    tx.insert(
        "token", org_id=org_id, key=key, user_id=user_id, kind="bearer", hash=hash, created_at=now
    )


def first_org(tx: Transaction, user_id: int) -> int | None:
    """The first organization the user is a verified member of."""
    return next((org.id for org in orgs_of(tx, user_id) if org.verified), None)
