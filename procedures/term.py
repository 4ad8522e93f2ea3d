"""`term.*`: academic sessions, from the school year to the grading period."""

from __future__ import annotations

from procedures.addressing import named_school
from procedures.context import Admin, Member
from procedures.credentials import new_key
from procedures.cursors import after_id, page_of
from procedures.records.term import Term, TermFilter, TermInput, TermPage
from procedures.refusals import key_taken, no_term
from procedures.store import terms
from procedures.store.terms import TermRow
from procedures.store.transaction import Duplicate
from rpc.errors import RPCError
from rpc.procedure import errors

LENGTHS = ("schoolYear", "semester", "term", "gradingPeriod")  # the longest first


@errors("key_taken", "outside_parent", "term", "term_taken")
def create(ctx: Admin, given: TermInput) -> Term:
    """Make an academic session, inside another or by itself."""
    parent = parent_of(ctx, given)
    key = given.key or new_key("trm")
    try:
        ctx.tx.insert(
            "term",
            org_id=ctx.org.id,
            key=key,
            title=given.title,
            kind=given.kind,
            start_date=given.start_date.isoformat(),
            end_date=given.end_date.isoformat(),
            school_year=given.school_year or (parent and parent.school_year),
            parent_id=parent and parent.id,
            school_id=school_id(ctx, given, parent),
        )
    except Duplicate as duplicate:
        raise taken(duplicate) from None
    return by_key(ctx, key)


def parent_of(ctx: Admin, given: TermInput) -> TermRow | None:
    """The session around this one. Raises NOT_FOUND, and BAD_REQUEST where it is not around."""
    if given.parent_id is None:
        return None
    parent = terms.term(ctx.tx, ctx.org.id, given.parent_id)
    if parent is None:
        raise no_term()
    if not is_inside(given, parent):
        message = f"a {given.kind} of these days is not inside this {parent.kind}"
        raise RPCError("BAD_REQUEST", message, reason="outside_parent")
    return parent


def is_inside(given: TermInput, parent: TermRow) -> bool:
    start, end = given.start_date.isoformat(), given.end_date.isoformat()
    is_shorter = LENGTHS.index(parent.kind) < LENGTHS.index(given.kind)
    return is_shorter and parent.start_date <= start and end <= parent.end_date


def school_id(ctx: Admin, given: TermInput, parent: TermRow | None) -> int:
    """The named school, else the parent's, else the default one."""
    if given.school_id is None and parent is not None:
        return parent.school_id
    found = named_school(ctx, given.school_id)
    if parent is not None and found != parent.school_id:
        message = "this term is another school's"
        raise RPCError("BAD_REQUEST", message, reason="outside_parent")
    return found


def taken(duplicate: Duplicate) -> RPCError:
    if duplicate.index == "term_key":
        return key_taken()
    message = "the school has a session of this kind and title"
    return RPCError("CONFLICT", message, reason="term_taken")


def list_terms(ctx: Member, given: TermFilter) -> TermPage:
    """The organization's academic sessions, oldest first."""
    asked = {"kind": given.kind, "school_key": given.school_id}
    wanted = {name: value for name, value in asked.items() if value is not None}
    page = (after_id(given.cursor), given.size + 1)
    rows = terms.terms(ctx.tx, ctx.org.id, wanted, page)
    items, cursor = page_of(rows, given.size, lambda row: row.id)
    return TermPage([shown(row) for row in items], cursor)


def by_key(ctx: Member, key: str) -> Term:
    found = terms.term(ctx.tx, ctx.org.id, key)
    if found is None:
        raise LookupError(f"no term {key}")
    return shown(found)


def shown(row: TermRow) -> Term:
    return Term(
        row.key,
        row.kind,  # type: ignore[arg-type]  # the database holds its list
        row.title,
        row.start_date,
        row.end_date,
        row.school_year,
        row.parent_key,
        row.school_key,
    )
