"""Sections and groups as they are shown and changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from procedures.store.realms import REALM, RealmRow
from procedures.store.staff import TAUGHT
from procedures.store.terms import KEYS, UNIT
from procedures.store.transaction import Transaction


class RealmShown(RealmRow, frozen=True):
    """A realm with what is only shown. `taught`: whoever looks is staff of it."""

    title: str
    course_key: str | None
    school_key: str
    section_code: str | None
    section_school_code: str | None
    class_type: str
    access_code: str | None
    code_expires_at: str | None
    code_max_uses: int | None
    code_uses: int
    picture_url: str | None
    term_keys: str | None
    taught: int

    @property
    def term_ids(self) -> list[str]:
        return self.term_keys.split(UNIT) if self.term_keys else []


class Eyes(Struct, frozen=True):
    """Who looks. Without `all`: at what is open to every member, and at the own places."""

    org_id: int
    me: int
    all: bool
    now: str


SHOWN = f"""
    select {REALM}, r.title, c.key, s.key, r.section_code, r.section_school_code, r.class_type,
           r.access_code, r.code_expires_at, r.code_max_uses, r.code_uses, r.picture_url,
           {KEYS},
           r.id in ({TAUGHT})
    from realm r
    join school s on s.org_id = r.org_id and s.id = r.school_id
    left join course c on c.org_id = r.org_id and c.id = r.course_id
    where r.org_id = :org_id
"""
SEEN = """
    (r.status = 'active' and (c.status = 'published'
       or (r.kind = 'group' and r.join_policy in ('open', 'request')))
     or r.id in (select e.realm_id from enrollment e
                 where e.org_id = :org_id and e.user_id = :me and e.deleted_at is null))
"""
CONDITIONS = {
    "course_key": "c.key = :course_key",
    "kind": "r.kind = :kind",
    "status": "r.status = :status",
}


def shown_realm(tx: Transaction, eyes: Eyes, realm_id: int) -> RealmShown | None:
    return tx.one(
        RealmShown,
        f"{SHOWN} {seen(eyes)} and r.id = :realm_id",
        realm_id=realm_id,
        **looking(eyes),
    )


def shown_realms(
    tx: Transaction, eyes: Eyes, wanted: Mapping[str, str], page: tuple[int, int]
) -> list[RealmShown]:
    """Realms that meet every condition of `wanted`, with an id above page[0], at most page[1]."""
    conditions = "".join(f" and {CONDITIONS[name]}" for name in wanted)
    return tx.all(
        RealmShown,
        f"{SHOWN} {seen(eyes)} {conditions} and r.id > :after order by r.id limit :limit",
        after=page[0],
        limit=page[1],
        **looking(eyes),
        **wanted,
    )


def seen(eyes: Eyes) -> str:
    return "" if eyes.all else f"and {SEEN}"


def looking(eyes: Eyes) -> dict[str, Any]:
    return {"org_id": eyes.org_id, "me": eyes.me, "now": eyes.now, "unit": UNIT}


def change_realm(tx: Transaction, org_id: int, realm_id: int, columns: Mapping[str, Any]) -> None:
    """Set the given columns of a realm. Raises Duplicate."""
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    tx.run(
        f"update realm set {changes} where org_id = :org_id and id = :realm_id",
        org_id=org_id,
        realm_id=realm_id,
        **columns,
    )
