"""Organizations as their admins change them, and their schools."""

from __future__ import annotations

from msgspec import Struct

from procedures.store.people import OrgRow
from procedures.store.transaction import Transaction


def save_org(tx: Transaction, org: OrgRow) -> None:
    tx.run(
        "update org set name = :name, time_zone = :time_zone, settings = :settings where id = :id",
        id=org.id,
        name=org.name,
        time_zone=org.time_zone,
        settings=org.settings_json,
    )


class SchoolRow(Struct, frozen=True):
    id: int
    key: str
    name: str
    type: str
    parent_key: str | None
    is_default: int


SELECT = """
    select s.id, s.key, s.name, s.type, p.key, s.is_default
    from school s left join school p on p.org_id = s.org_id and p.id = s.parent_id
    where s.org_id = :org_id
"""


def school(tx: Transaction, org_id: int, school_id: int) -> SchoolRow:
    return tx.require(
        SchoolRow, f"{SELECT} and s.id = :school_id", org_id=org_id, school_id=school_id
    )


def schools(tx: Transaction, org_id: int, page: tuple[int, int]) -> list[SchoolRow]:
    """Schools with an id above page[0], at most page[1] of them."""
    return tx.all(
        SchoolRow,
        f"{SELECT} and s.id > :after order by s.id limit :limit",
        org_id=org_id,
        after=page[0],
        limit=page[1],
    )
