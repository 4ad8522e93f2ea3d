"""`realm.*`: sections and groups, where people are enrolled, and their access codes."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from procedures import transitions
from procedures.addressing import named_school
from procedures.codes import new_code
from procedures.columns import columns_of
from procedures.context import Member, Staff
from procedures.credentials import new_key
from procedures.cursors import after_id, page_of
from procedures.instants import moment
from procedures.records.realm import (
    CodeTerms,
    Realm,
    RealmAddress,
    RealmChange,
    RealmFields,
    RealmFilter,
    RealmInput,
    RealmPage,
)
from procedures.refusals import key_taken, no_realm, no_term
from procedures.store import places, terms
from procedures.store.places import Eyes, RealmShown
from procedures.store.transaction import Duplicate
from rpc.errors import InputError, RPCError
from rpc.procedure import errors

PREFIXES = {"section": "sec", "group": "grp"}
POLICIES = {"section": None, "group": "invite"}  # where nothing is said; null is the course's
NOT_OF_GROUPS = ("class_type", "section_code", "section_school_code", "term_ids")


@errors("code_taken", "key_taken", "term")
def create(ctx: Staff, given: RealmInput) -> Realm:
    """Make a section of a course, or a group. `realm.rotateCode` gives it an access code."""
    kind = "group" if ctx.course is None else "section"
    columns = {
        "key": given.key or new_key(PREFIXES[kind]),
        "kind": kind,
        "join_policy": POLICIES[kind],
        "course_id": ctx.course and ctx.course.id,
        "school_id": school_id(ctx, given.school_id),
        **described(given, kind, "course_id", "kind", "key", "school_id"),
    }
    try:
        id = ctx.tx.insert("realm", org_id=ctx.org.id, **columns)
    except Duplicate as duplicate:
        raise taken(duplicate) from None
    return in_its_terms(ctx, id, given)


def school_id(ctx: Staff, key: str | None) -> int:
    """The named school, else that of the course, else the default one. Raises NOT_FOUND."""
    if key is None and ctx.course is not None:
        return ctx.course.school_id
    return named_school(ctx, key)


def described(given: RealmFields, kind: str, *others: str) -> dict[str, Any]:
    """What was said about a section or a group, as columns. Raises InputError for a group with
    what only sections have."""
    columns = columns_of(given, *others, "term_ids")
    if kind == "section":
        return columns
    if any(getattr(given, name) is not UNSET for name in NOT_OF_GROUPS):
        raise InputError("class type, section codes and terms are for sections")
    if columns.get("join_policy", "") is None:
        columns["join_policy"] = POLICIES[kind]
    return columns


def taken(duplicate: Duplicate) -> RPCError:
    if duplicate.index == "realm_key":
        return key_taken()
    return RPCError("CONFLICT", "this code is taken", reason="code_taken")


def in_its_terms(ctx: Staff, id: int, given: RealmFields) -> Realm:
    """The section once it is in the terms that were said, if any were."""
    if given.term_ids is not UNSET:
        terms.unlink_terms(ctx.tx, ctx.org.id, id)
        for key in dict.fromkeys(given.term_ids):
            if not terms.link_term(ctx.tx, ctx.org.id, id, key):
                raise no_term()
    if terms.shares_code(ctx.tx, ctx.org.id, id):
        message = "another section of the course has this code in one of these terms"
        raise RPCError("CONFLICT", message, reason="code_taken")
    return by_id(ctx, id)


@errors("code_taken", "term")
def update(ctx: Staff, given: RealmChange) -> Realm:
    """Change a section or a group; more seats let those in who wait."""
    realm = ctx.named_realm
    columns = described(given, realm.kind, "realm_id")
    change(ctx, columns)
    if "capacity" in columns:
        transitions.promote(ctx, realm.id)
    return in_its_terms(ctx, realm.id, given)


def change(ctx: Staff, columns: dict[str, Any]) -> None:
    if not columns:
        return
    try:
        places.change_realm(ctx.tx, ctx.org.id, ctx.named_realm.id, columns)
    except Duplicate as duplicate:
        raise taken(duplicate) from None


@errors("code_taken")
def rotate_code(ctx: Staff, given: CodeTerms) -> Realm:
    """Give a section or a group a new access code, not yet used; the former one is worthless."""
    columns = {
        "access_code": new_code(),
        "code_expires_at": moment(given.code_expires_at),
        "code_max_uses": given.code_max_uses,
        "code_uses": 0,
    }
    change(ctx, columns)
    return by_id(ctx, ctx.named_realm.id)


def get(ctx: Member, given: RealmAddress) -> Realm:
    """One section or group, as far as the caller may know of it."""
    found = places.shown_realm(ctx.tx, eyes(ctx), ctx.named_realm.id)
    if found is None:
        raise no_realm()
    return shown(ctx, found)


def list_realms(ctx: Member, given: RealmFilter) -> RealmPage:
    """Sections and groups, oldest first; to learners their own, the sections of published courses,
    and groups that one can join or ask to join."""
    asked = {"course_key": given.course_id, "kind": given.kind, "status": given.status}
    wanted = {name: value for name, value in asked.items() if value is not None}
    page = (after_id(given.cursor), given.size + 1)
    rows = places.shown_realms(ctx.tx, eyes(ctx), wanted, page)
    items, cursor = page_of(rows, given.size, lambda row: row.id)
    return RealmPage([shown(ctx, row) for row in items], cursor)


def eyes(ctx: Member) -> Eyes:
    return Eyes(ctx.org.id, ctx.user_id, ctx.role != "learner", ctx.now)


def by_id(ctx: Staff, id: int) -> Realm:
    found = places.shown_realm(ctx.tx, eyes(ctx), id)
    if found is None:
        raise LookupError(f"no realm {id}")
    return shown(ctx, found)


def shown(ctx: Member, realm: RealmShown) -> Realm:
    return Realm(
        id=realm.key,
        kind=realm.kind,  # type: ignore[arg-type]  # the database holds its lists
        title=realm.title,
        course_id=realm.course_key,
        school_id=realm.school_key,
        is_default=bool(realm.is_default),
        section_code=realm.section_code,
        section_school_code=realm.section_school_code,
        class_type=realm.class_type,  # type: ignore[arg-type]
        join_policy=realm.join_policy,  # type: ignore[arg-type]
        capacity=realm.capacity,
        waitlist=bool(realm.waitlist),
        picture_url=realm.picture_url,
        status=realm.status,  # type: ignore[arg-type]
        term_ids=realm.term_ids,
        **code_of(ctx, realm),
    )


def code_of(ctx: Member, row: RealmShown) -> dict[str, Any]:
    """What is shown of the access code: to staff everything, to others nothing."""
    if ctx.role == "learner" and not row.taught:
        return {}
    return {
        "access_code": row.access_code,
        "code_expires_at": row.code_expires_at,
        "code_max_uses": row.code_max_uses,
        "code_uses": row.code_uses,
    }
