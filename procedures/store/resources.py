"""What OneRoster reads besides enrollments: classes, courses, schools, sessions and users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from procedures.store.details import Fields, Order, Test, fields_of, ordering, test
from procedures.store.staff import TAUGHT
from procedures.store.terms import KEYS, UNIT
from procedures.store.transaction import Transaction


class Resource(Struct, frozen=True):
    """Columns by the name they are filtered and shown by, where they are from, and which of them
    who is no staff of the organization may see."""

    columns: dict[str, str]
    source: str
    open_to_members: str = "1 = 1"
    few_are_open: bool = False  # of all that there are


RESOURCES = {
    "classes": Resource(
        {
            "number": "r.id",
            "sourcedId": "r.key",
            "title": "r.title",
            "classType": "r.class_type",
            "classCode": "r.section_code",
            "status": "r.status",
            "isDefault": "r.is_default + 0",  # see `enrollments.slot_records`
            "course": "c.key",
            "school": "s.key",
            "terms": KEYS,
        },
        """from realm r join school s on s.org_id = r.org_id and s.id = r.school_id
           join course c on c.org_id = r.org_id and c.id = r.course_id
           where r.org_id = :org_id""",
        "c.status = 'published'",
    ),
    "courses": Resource(
        {
            "number": "c.id",
            "sourcedId": "c.key",
            "title": "c.title",
            "courseCode": "c.code",
            "status": "c.status",
            "dateLastModified": "c.updated_at",
            "school": "s.key",
        },
        """from course c join school s on s.org_id = c.org_id and s.id = c.school_id
           where c.org_id = :org_id""",
        "c.status = 'published'",
    ),
    "orgs": Resource(
        {
            "number": "s.id",
            "sourcedId": "s.key",
            "name": "s.name",
            "type": "s.type",
            "parent": "p.key",
        },
        """from school s left join school p on p.org_id = s.org_id and p.id = s.parent_id
           where s.org_id = :org_id""",
    ),
    "academicSessions": Resource(
        {
            "number": "t.id",
            "sourcedId": "t.key",
            "title": "t.title",
            "type": "t.kind",
            "startDate": "t.start_date",
            "endDate": "t.end_date",
            "schoolYear": "t.school_year",
            "parent": "p.key",
        },
        """from term t left join term p on p.org_id = t.org_id and p.id = t.parent_id
           where t.org_id = :org_id""",
    ),
    "users": Resource(
        {
            "number": "m.user_id",
            "sourcedId": "m.key",
            "role": "m.role",
            "status": "m.status",
            "email": "a.email",
            "givenName": "a.name_first",
            "preferredFirstName": "a.name_first_preferred",
            "middleName": "a.name_middle",
            "familyName": "a.name_last",
            "identifier": "m.school_uid",
        },
        "from membership m join account a on a.id = m.user_id where m.org_id = :org_id",
        f"""m.user_id in (
            select y.user_id from membership y where y.org_id = :org_id and y.user_id = :me
            union all
            select x.user_id from enrollment x
            where x.org_id = :org_id and x.deleted_at is null and x.realm_id in ({TAUGHT}))
            and (m.user_id = :me or m.status = 'active')""",
        few_are_open=True,
    ),
}


class Sought(Struct, frozen=True):
    """Which of a tenant's things; `me` None sees all of them."""

    org_id: int
    now: str
    me: int | None
    where: Sequence[Test]
    either: Sequence[Test]


def found(tx: Transaction, name: str, sought: Sought, order: Order) -> tuple[list[Fields], int]:
    """One page of the things of that name, and how many there are."""
    resource = RESOURCES[name]
    values: dict[str, Any] = {"org_id": sought.org_id, "now": sought.now, "unit": UNIT}
    source = f"{resource.source} and {condition(resource, sought, values)}"
    total: int = tx.value(f"select count(*) {source}", **values)
    columns = resource.columns
    if sought.me is not None and resource.few_are_open:
        columns = columns | {"number": f"{columns['number']} + 0"}  # see `enrollments.FEW_BY_ID`
    in_order = ordering(columns, order, values)
    rows = tx.all(
        fields_of(resource.columns),
        f"select {', '.join(resource.columns.values())} {source} {in_order}"
        " limit :limit offset :offset",
        limit=order.limit,
        offset=order.offset,
        **values,
    )
    return rows, total


def condition(resource: Resource, sought: Sought, values: dict[str, Any]) -> str:
    """What is asked for and may be seen; its values are added to `values`."""
    parts = ["1 = 1", *compiled(resource, sought.where, values)]
    if sought.me is not None:
        parts.append(resource.open_to_members)
        values["me"] = sought.me
    if sought.either:
        parts.append(f"({' or '.join(compiled(resource, sought.either, values))})")
    return " and ".join(parts)


def compiled(resource: Resource, tests: Sequence[Test], values: dict[str, Any]) -> list[str]:
    return [test(resource.columns[one.field], one, values) for one in tests]
