"""Lists of enrollment records: which, in which order, which part; as of now or of an instant."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from procedures.store.enrollments import (
    FEW_BY_ID,
    FEW_BY_UPDATE,
    PRESENT,
    EnrollmentRow,
    View,
)
from procedures.store.people import PERSON, PersonRow
from procedures.store.staff import OWN_OR_TAUGHT, TAUGHT
from procedures.store.transaction import Transaction

# What the last event of a record until an instant says.
THEN = """(
    select v.{} from event v
    where v.org_id = {{e}}.org_id and v.enrollment_id = {{e}}.id and v.at <= :as_of
    order by v.id desc limit 1)"""
STATUS, REALM = THEN.format("to_status"), THEN.format("realm_id")
PAST = View(STATUS, REALM, f"{STATUS} is not null", ":as_of")

SORTS = {"id": "e.id", "enrolledAt": "e.enrolled_at", "updatedAt": "e.updated_at", "role": "e.role"}
# The same where few records of an organization can be meant.
SORTS_OF_FEW = SORTS | {"id": FEW_BY_ID, "updatedAt": FEW_BY_UPDATE}
FEW = {"visible_to", "me", "user_id", "realm_id"}
CONDITIONS = {
    "visible_to": "e.user_id = :visible_to",
    "me": "{mine}",
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


def found_records(tx: Transaction, values: Mapping[str, Any], part: Slice) -> list[EnrollmentRow]:
    """Records that meet every condition a value is given for; `values` also has org_id and now,
    and as_of where they shall be as they were then."""
    if part.after is not None:
        values = {**values, "after_value": part.after[0], "after_id": part.after[1]}
    return tx.all(
        EnrollmentRow,
        selection(tuple(values), part.sort, part.descending),
        limit=part.limit,
        offset=part.offset,
        **values,
    )


@lru_cache(512)
def selection(given: tuple[str, ...], sort: str, descending: bool) -> str:
    """The statement for one part of the records that meet each condition of these names."""
    view, is_of_few = view_of(given), not FEW.isdisjoint(given)
    sorts = SORTS_OF_FEW if is_of_few else SORTS
    by, way, beyond = sorts.get(sort, view.effective), "desc" if descending else "asc", ""
    if "after_id" in given:
        beyond = f"and ({by}, e.id) {'<' if descending else '>'} (:after_value, :after_id)"
    in_order = f"order by {by} {way}, e.id {way}"
    found = f"{where(view, given)} {beyond} {in_order} limit :limit offset :offset"
    if is_of_few:
        return f"{view.select} {found}"
    # Of many first which, then what is told of these: not of all that are sorted or passed over.
    which = f"select e.id from enrollment e {found}"
    return f"{view.select} where e.org_id = :org_id and e.id in ({which}) {in_order}"


def count_records(tx: Transaction, values: Mapping[str, Any]) -> int:
    """How many records meet every condition."""
    count: int = tx.value(counting(tuple(values)), **values)
    return count


@lru_cache(512)
def counting(given: tuple[str, ...]) -> str:
    return f"select count(*) from enrollment e {where(view_of(given), given)}"


def people(
    tx: Transaction, seer: tuple[int, int | None, str], keys: Sequence[str]
) -> list[PersonRow]:
    """Who of these accounts is the one who looks, or has ever had a record where that one is staff
    now; every member where nobody in particular looks. `seer`: organization, user, now."""
    org_id, me, now = seer
    values = {f"key_{n}": key for n, key in enumerate(keys)}
    wanted = f"a.key in ({', '.join(f':{name}' for name in values)})" if values else "1 = 0"
    return tx.all(
        PersonRow,
        f"""
        select {PERSON} from membership m join account a on a.id = m.user_id
        where m.org_id = :org_id and {wanted}
          and (:me is null or m.user_id = :me or exists (
            select 1 from enrollment e
            where e.org_id = :org_id and e.user_id = m.user_id and e.realm_id in ({TAUGHT})))
        order by m.user_id
        """,
        org_id=org_id,
        me=me,
        now=now,
        **values,
    )


def view_of(given: Collection[str]) -> View:
    return PAST if "as_of" in given else PRESENT


def where(view: View, given: Collection[str]) -> str:
    asked = [CONDITIONS[name] for name in CONDITIONS if name in given]
    tests = " and ".join(["e.org_id = :org_id", view.exists.format(e="e"), *asked])
    realm = view.realm.format(e="e")
    mine = OWN_OR_TAUGHT if view is PRESENT else f"(e.user_id = :me or {realm} in ({TAUGHT}))"
    return "where " + tests.format(mine=mine, status=view.effective, realm=realm)
