"""`school.*`: the parts of an organization."""

from __future__ import annotations

from procedures.addressing import named_school
from procedures.context import Admin, Member
from procedures.credentials import new_key
from procedures.cursors import after_id, page_of
from procedures.records.fields import Page
from procedures.records.org import School, SchoolInput, SchoolPage
from procedures.refusals import key_taken
from procedures.store import orgs
from procedures.store.orgs import SchoolRow
from procedures.store.transaction import Duplicate
from rpc.procedure import errors


@errors("key_taken")
def create(ctx: Admin, given: SchoolInput) -> School:
    """Make a school, a department or another part of the organization."""
    parent_id = None if given.parent_id is None else named_school(ctx, given.parent_id)
    about = {"name": given.name, "type": given.type, "parent_id": parent_id}
    try:
        id = ctx.tx.insert("school", org_id=ctx.org.id, key=given.key or new_key("sch"), **about)
    except Duplicate:
        raise key_taken() from None
    return by_id(ctx, id)


def list_schools(ctx: Member, given: Page) -> SchoolPage:
    """The organization's schools, oldest first."""
    rows = orgs.schools(ctx.tx, ctx.org.id, (after_id(given.cursor), given.size + 1))
    items, cursor = page_of(rows, given.size, lambda row: row.id)
    return SchoolPage([shown(row) for row in items], cursor)


def by_id(ctx: Member, id: int) -> School:
    return shown(orgs.school(ctx.tx, ctx.org.id, id))


def shown(row: SchoolRow) -> School:
    return School(
        row.key,
        row.name,
        row.type,  # type: ignore[arg-type]  # the database holds its list
        row.parent_key,
        bool(row.is_default),
    )
