"""What OneRoster reads besides enrollments: for staff all of it, for members what is open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from procedures.context import Member
from procedures.records.resource import ResourceFilter, ResourcePage, ResourceTest
from procedures.store import resources as store
from procedures.store.details import Fields, Order, Test
from procedures.store.resources import Sought
from procedures.store.terms import UNIT


def classes(ctx: Member, given: ResourceFilter) -> ResourcePage:
    """Sections, each with the keys of its terms."""
    return found(ctx, "classes", given, ctx.role != "learner")


def courses(ctx: Member, given: ResourceFilter) -> ResourcePage:
    """Courses; members see published ones."""
    return found(ctx, "courses", given, ctx.role != "learner")


def orgs(ctx: Member, given: ResourceFilter) -> ResourcePage:
    """The organization's schools and what is above them."""
    return found(ctx, "orgs", given, True)


def sessions(ctx: Member, given: ResourceFilter) -> ResourcePage:
    """Academic sessions of every kind."""
    return found(ctx, "academicSessions", given, True)


def users(ctx: Member, given: ResourceFilter) -> ResourcePage:
    """Members: for admins all, for others themselves and who is in realms they are staff of."""
    return found(ctx, "users", given, ctx.is_admin)


def found(ctx: Member, name: str, given: ResourceFilter, sees_all: bool) -> ResourcePage:
    sought = Sought(
        ctx.org.id,
        ctx.now,
        None if sees_all else ctx.user_id,
        tests(given.where),
        tests(given.either),
    )
    order = Order(given.sort, given.descending, given.limit, given.offset, given.last)
    rows, total = store.found(ctx.tx, name, sought, order)
    return ResourcePage([shown(row) for row in rows], total)


def tests(given: Sequence[ResourceTest]) -> list[Test]:
    return [Test(one.field, one.op, one.value) for one in given]


def shown(row: Fields) -> dict[str, Any]:
    if "terms" in row:
        return {**row, "terms": row["terms"].split(UNIT) if row["terms"] else []}
    return row
