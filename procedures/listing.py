"""`enrollment.list`: the records a caller may see, now or at an instant."""

from __future__ import annotations

from typing import Any

from procedures.context import Member
from procedures.cursors import Id, page_of, read_cursor
from procedures.enrollment import shown
from procedures.instants import moment
from procedures.records.enrollment import EnrollmentFilter, EnrollmentPage
from procedures.records.fields import Text
from procedures.store import courses, listing, people, realms, staff
from procedures.store.enrollments import EnrollmentRow
from procedures.store.listing import Slice
from procedures.store.people import listed
from rpc.errors import InputError


def list_records(ctx: Member, given: EnrollmentFilter) -> EnrollmentPage:
    """The records the caller may see in the active organization, in a stable order."""
    values = conditions(ctx, given)
    after = None if given.cursor is None else behind(given.cursor, given)
    part = Slice(given.sort, given.order == "desc", given.size + 1, after, given.offset or 0)
    rows = listing.found_records(ctx.tx, values, part)
    items, cursor = page_of(rows, given.size, lambda row: position(row, given))
    is_whole = after is None and not part.offset and cursor is None
    total = len(items) if is_whole else listing.count_records(ctx.tx, values)
    return EnrollmentPage([shown(row) for row in items], total, cursor)


def behind(cursor: str, given: EnrollmentFilter) -> tuple[str | int, int]:
    """The value and the id a page begins behind. Raises InputError for another order's cursor."""
    sort, order, value, id = read_cursor(cursor, tuple[str, str, Text | Id, Id])
    is_number = given.sort == "id"
    if (sort, order, isinstance(value, int)) != (given.sort, given.order, is_number):
        raise InputError("`cursor` is of a list in another order")
    return value, id


def conditions(ctx: Member, given: EnrollmentFilter) -> dict[str, Any]:
    wanted = {
        **visibility(ctx),
        **places(ctx, given),
        "roles": listed(given.role) if given.role else None,
        "statuses": listed(given.status) if given.status else None,
        "updated_after": moment(given.updated_after),
        "as_of": moment(given.as_of),
    }
    asked = {name: value for name, value in wanted.items() if value is not None}
    return {"org_id": ctx.org.id, "now": ctx.now, **asked}


def visibility(ctx: Member) -> dict[str, int]:
    """Admins see all; staff their realms and own records; who is no staff, own records."""
    if ctx.is_admin:
        return {}
    is_staff = staff.teaches_anything(ctx.tx, ctx.org.id, ctx.user_id, ctx.now)
    return {"me" if is_staff else "visible_to": ctx.user_id}


def places(ctx: Member, given: EnrollmentFilter) -> dict[str, int | None]:
    """The ids behind the keys that were given; 0, which nothing has, for unknown ones."""
    keys = {
        "user_id": (people.user_id, given.user_id),
        "course_id": (courses.course_id, given.course_id),
        "realm_id": (realms.realm_id, given.realm_id),
    }
    return {
        name: None if key is None else find(ctx.tx, ctx.org.id, key) or 0
        for name, (find, key) in keys.items()
    }


def position(row: EnrollmentRow, given: EnrollmentFilter) -> tuple[str, str, str | int, int]:
    """What a cursor says of the record a page ends with; `behind` reads it."""
    by: dict[str, str | int] = {
        "id": row.id,
        "enrolledAt": row.enrolled_at,
        "updatedAt": row.updated_at,
        "role": row.role,
        "status": row.status,
    }
    return given.sort, given.order, by[given.sort], row.id
