"""`enrollment.redeemCode`: joining a section or a group by its access code."""

from __future__ import annotations

import secrets

from msgspec.structs import replace

from procedures import enrollment, placing, throttle
from procedures.context import Member, Signed, stronger
from procedures.credentials import ALPHABET
from procedures.placing import Details
from procedures.records.enrollment import Enrollment
from procedures.records.realm import CodeInput
from procedures.roster.values import AccessCode
from procedures.rules import Wish
from procedures.store import people, realms
from procedures.store.enrollments import EnrollmentRow
from procedures.store.realms import RealmThrough
from rpc.errors import RPCError
from rpc.procedure import errors

LETTERS = 10  # of 32 each: 50 bits


def new_code() -> str:
    """Like VCVKF-4MJG9."""
    return AccessCode.checked("".join(secrets.choice(ALPHABET) for _ in range(LETTERS)))


@errors(
    "already_completed",
    "already_enrolled",
    "enrollment_closed",
    "full",
    "not_published",
    "prerequisites_not_met",
    "reenroll_not_allowed",
    "too_many_failures",
)
def redeem(ctx: Signed, given: CodeInput) -> Enrollment:
    """Join, as a student, what a code is for. The code takes the place of the join policy."""
    throttle.require_patience(ctx, "code", ctx.user_key)
    found = opened_by(ctx, given)
    if found is None:
        ctx.tx.remember(throttle.failure(ctx, "code", ctx.user_key))
        raise RPCError("NOT_FOUND", "no such code")
    realms.use_code(ctx.tx, found.realm)
    return enrollment.shown(joined(ctx, found))


def opened_by(ctx: Signed, given: CodeInput) -> RealmThrough | None:
    """What the code lets in now, if that is what the caller means."""
    try:
        code = AccessCode.checked(given.code)
    except ValueError:
        return None
    found = realms.realm_by_code(ctx.tx, ctx.user_id, code, given.realm_id, ctx.now)
    return found if found is not None and is_meant(found, given) else None


def is_meant(found: RealmThrough, given: CodeInput) -> bool:
    return given.realm_kind in (None, found.realm.kind) and given.org_id in (None, found.org.key)


def joined(ctx: Signed, found: RealmThrough) -> EnrollmentRow:
    realm = replace(found.realm, join_policy="open")
    member = stronger(Member, ctx, found.org, found.role, found.course, realm, None)
    user = people.member(ctx.tx, found.org.id, ctx.user_key)
    if user is None:
        raise LookupError(f"no member {ctx.user_key}")
    wish = Wish(realm, found.course, "student", is_self=True)
    return placing.place(replace(member, door="code"), wish, user, Details())
