"""Lists of enrollment records: which, in which order, which part; as of now or of an instant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from procedures.store.enrollments import PRESENT, TAUGHT, EnrollmentRow, View
from procedures.store.transaction import Transaction

# What the last event of a record until an instant says.
THEN = """(
    select v.{} from event v
    where v.org_id = {{e}}.org_id and v.enrollment_id = {{e}}.id and v.at <= :as_of
    order by v.id desc limit 1)"""
STATUS, REALM = THEN.format("to_status"), THEN.format("realm_id")
PAST = View(STATUS, REALM, f"{STATUS} is not null", ":as_of")

SORTS = {"id": "e.id", "enrolledAt": "e.enrolled_at", "updatedAt": "e.updated_at", "role": "e.role"}
CONDITIONS = {
    "visible_to": "e.user_id = :visible_to",
    "me": "(e.user_id = :me or {realm} in ({taught}))",
    "user_id": "e.user_id = :user_id",
    "course_id": "e.course_id = :course_id",
    "realm_id": "{realm} = :realm_id",
    "roles": ":roles like '%,' || e.role || ',%'",
    "statuses": ":statuses like '%,' || {status} || ',%'",
    "updated_after": "e.updated_at > :updated_after",
}


class Slice(Struct, frozen=True):
    """Which part of the found records, in which order: behind a sort value and id, or an offset."""

    sort: str
    descending: bool
    limit: int
    after: tuple[str | int, int] | None
    offset: int


def teaches_anything(tx: Transaction, org_id: int, user_id: int, now: str) -> bool:
    return bool(tx.value(f"{TAUGHT} limit 1", org_id=org_id, me=user_id, now=now))


def found_records(tx: Transaction, values: Mapping[str, Any], part: Slice) -> list[EnrollmentRow]:
    """Records that meet every condition a value is given for; `values` also has org_id and now,
    and as_of where they shall be as they were then."""
    view = view_of(values)
    by, way, beyond = SORTS.get(part.sort, view.effective), "desc" if part.descending else "asc", ""
    if part.after is not None:
        beyond = f"and ({by}, e.id) {'<' if part.descending else '>'} (:after_value, :after_id)"
        values = {**values, "after_value": part.after[0], "after_id": part.after[1]}
    return tx.all(
        EnrollmentRow,
        f"{view.select} {where(view, values)} {beyond} order by {by} {way}, e.id {way}"
        " limit :limit offset :offset",
        limit=part.limit,
        offset=part.offset,
        **values,
    )


def count_records(tx: Transaction, values: Mapping[str, Any]) -> int:
    """How many records meet every condition."""
    sql = f"select count(*) from enrollment e {where(view_of(values), values)}"
    count: int = tx.value(sql, **values)
    return count


def view_of(values: Mapping[str, Any]) -> View:
    return PAST if "as_of" in values else PRESENT


def where(view: View, values: Mapping[str, Any]) -> str:
    asked = [CONDITIONS[name] for name in CONDITIONS if name in values]
    tests = " and ".join(["e.org_id = :org_id", view.exists.format(e="e"), *asked])
    realm = view.realm.format(e="e")
    return "where " + tests.format(taught=TAUGHT, status=view.effective, realm=realm)
