"""`membership.*`: who belongs to the organization, and who has been verified."""

from __future__ import annotations

from procedures.context import Admin, Member
from procedures.credentials import canonical_email, new_key
from procedures.cursors import after_id, page_of
from procedures.records.membership import (
    MemberAddress,
    MemberFilter,
    MemberInput,
    Membership,
    MembershipPage,
    Names,
    PeopleNamed,
    PersonName,
)
from procedures.refusals import key_taken, no_user
from procedures.store import listing, people
from procedures.store.people import MemberRow, MemberShown
from procedures.store.transaction import Duplicate
from rpc.errors import InputError, RPCError
from rpc.procedure import errors


@errors("already_member", "key_taken", "user")
def add(ctx: Admin, given: MemberInput) -> Membership:
    """Take a person in, not yet verified. An e-mail without an account gets one without password,
    by the names that are given; who has one keeps theirs. A former member keeps the key and the
    `schoolUid` of before where none is given."""
    user_id, user_key = account_for(ctx, given)
    existing = people.member(ctx.tx, ctx.org.id, user_key)
    if existing is not None and existing.status != "removed":
        raise RPCError("CONFLICT", "already a member", reason="already_member")
    try:
        if existing is None:
            ctx.tx.insert(
                "membership",
                org_id=ctx.org.id,
                user_id=user_id,
                key=given.key or user_key,
                school_uid=given.school_uid,
                role=given.role,
                status="pending",
            )
        else:
            names = (given.key, given.school_uid)
            people.readmit(ctx.tx, ctx.org.id, user_id, given.role, names)
    except Duplicate:
        raise key_taken() from None
    return by_key(ctx, user_key)


def account_for(ctx: Admin, given: MemberInput) -> tuple[int, str]:
    """The account that is meant: of an e-mail, or of somebody who was a member here before."""
    if given.email is None:
        member = people.member(ctx.tx, ctx.org.id, given.user_id or "")
        if member is None:
            raise no_user()
        return member.user_id, member.user_key
    try:
        canonical = canonical_email(given.email)
    except ValueError as error:
        raise InputError(f"`email`: {error}") from None
    account = people.account_by_email(ctx.tx, canonical)
    if account is not None:
        return account.id, account.key
    return new_account(ctx, given, canonical)


def new_account(ctx: Admin, given: MemberInput, canonical: str) -> tuple[int, str]:
    key = new_key("usr")
    id = ctx.tx.insert(
        "account",
        key=key,
        email=(given.email or "").strip(),
        email_canonical=canonical,
        name_first=given.name_first,
        name_last=given.name_last,
    )
    return id, key


@errors("user")
def verify(ctx: Admin, given: MemberAddress) -> Membership:
    """Confirm that a person belongs here; from now on they may act as a member."""
    member = require_member(ctx, given.user_id)
    verified_at = member.verified_at or ctx.now
    people.set_membership(ctx.tx, ctx.org.id, member.user_id, "active", verified_at)
    return by_key(ctx, given.user_id)


@errors("last_admin", "user")
def remove(ctx: Admin, given: MemberAddress) -> Membership:
    """Shut a person out at once. Their records stay as they are."""
    member = require_member(ctx, given.user_id)
    if people.is_last_admin(ctx.tx, ctx.org.id, member.user_id):
        message = "nobody would be left to administer the organization"
        raise RPCError("CONFLICT", message, reason="last_admin")
    people.set_membership(ctx.tx, ctx.org.id, member.user_id, "removed", None)
    return by_key(ctx, given.user_id)


def list_members(ctx: Admin, given: MemberFilter) -> MembershipPage:
    """The organization's members in the order of their accounts."""
    page = (after_id(given.cursor), given.size + 1)
    rows = people.members(ctx.tx, ctx.org.id, given.role or [], given.status or [], page)
    items, cursor = page_of(rows, given.size, lambda row: row.user_id)
    return MembershipPage([shown(row) for row in items], cursor)


def names(ctx: Member, given: PeopleNamed) -> Names:
    """How people are called: the caller, and all whose records the caller may see or could see
    before they ended. Others are left out."""
    me = None if ctx.is_admin else ctx.user_id
    rows = listing.people(ctx.tx, (ctx.org.id, me, ctx.now), given.user_ids)
    return Names([PersonName(row.user_key, row.name_display) for row in rows])


def require_member(ctx: Admin, user_key: str) -> MemberRow:
    member = people.member(ctx.tx, ctx.org.id, user_key)
    if member is None or member.status == "removed":
        raise no_user()
    return member


def by_key(ctx: Admin, user_key: str) -> Membership:
    return shown(people.shown_member(ctx.tx, ctx.org.id, user_key))


def shown(row: MemberShown) -> Membership:
    return Membership(
        row.user_key,
        row.key,
        row.school_uid,
        row.role,  # type: ignore[arg-type]  # the database holds its list
        row.status,  # type: ignore[arg-type]
        row.verified_at,
        row.name_display,
    )
