"""Who may go on: each step gives the context that says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from procedures.context import Admin, Anyone, Member, Signed, Staff, stronger
from procedures.credentials import token_hash
from procedures.instants import later
from procedures.rates import network_of
from procedures.refusals import no_course, no_enrollment, no_realm, not_member, staff_only
from procedures.sessions import (
    MAX_AGE_DAYS,
    MAX_IDLE_DAYS,
    bearer_token,
    cookie_name,
    is_cross_site,
)
from procedures.store import callers, courses, enrollments, people, realms, staff
from procedures.store.callers import CallerRow
from rpc.errors import RPCError
from rpc.procedure import errors


@errors("cross_site")
def known(ctx: Anyone) -> Signed:
    """Somebody known: by the one bearer token, else by the session cookie."""
    token = bearer_token(ctx.request)
    caller = _by_cookie(ctx) if token is None else _by_token(ctx, token)
    if caller is None:
        raise RPCError("UNAUTHORIZED", "sign in first")
    ctx.request.caller = caller.user_key
    return stronger(
        Signed, ctx, caller.user_id, caller.user_key, caller.email, caller.org_id, caller.session_id
    )


@errors("cross_site", "too_many_calls")
def authed(ctx: Anyone) -> Signed:
    """Somebody known, who does not call too often. Each call of a batch counts; wrong credentials
    are counted for the address they come from, and never shut out right ones."""
    limits = ctx.service.limits
    try:
        signed = known(ctx)
    except RPCError as error:
        if error.code == "UNAUTHORIZED":
            ctx.rate_token.take(limits.failures, network_of(ctx.request.client))
        raise
    ctx.rate_token.take(limits.calls, signed.user_id)
    return signed


def _by_token(ctx: Anyone, token: str) -> CallerRow | None:
    return callers.token_caller(ctx.tx, token_hash(token), ctx.now) if token else None


def _by_cookie(ctx: Anyone) -> CallerRow | None:
    signed = ctx.request.cookies.get(cookie_name(ctx.request))
    session_id = ctx.service.signer.session_id(signed) if signed else None
    if session_id is None:
        return None
    created_after = later(ctx.now, days=-MAX_AGE_DAYS)
    seen_after = later(ctx.now, days=-MAX_IDLE_DAYS)
    caller = callers.session_caller(ctx.tx, session_id, created_after, seen_after)
    if caller is not None and ctx.request.method != "GET" and _is_another_site(ctx):
        raise RPCError("FORBIDDEN", "another site may not use this session", reason="cross_site")
    if caller is not None:
        _keep_alive(ctx, session_id, caller.seen_at or "")
    return caller


def _is_another_site(ctx: Anyone) -> bool:
    is_allowed = ctx.request.header("origin") in ctx.service.settings.allowed_origins
    return not is_allowed and is_cross_site(ctx.request)


def _keep_alive(ctx: Anyone, session_id: str, seen_at: str) -> None:
    """Write down once a day that a session is in use, by itself: this call may only read."""
    now, stale = ctx.now, later(ctx.now, days=-1)
    if seen_at < stale:
        ctx.service.store.soon(lambda tx: callers.touch_session(tx, session_id, now, stale))


@errors("not_member")
def org_member(ctx: Signed, given: Any) -> Member:
    """A verified member of the organization of the named course, realm or record, else of the
    active one. What is foreign and what is absent get the same answer."""
    if key := getattr(given, "course_id", None):
        return _at_course(ctx, key, not_member)
    if key := getattr(given, "realm_id", None):
        return _at_realm(ctx, key)
    if key := getattr(given, "id", None):
        return _at_record(ctx, key)
    return _at_active_org(ctx)


@errors("not_member")
def past_member(ctx: Signed, given: Any) -> Member:
    """A verified member of the organization of the named course or record, which may be gone."""
    try:
        return org_member(ctx, given)
    except RPCError:
        if given.id is None:
            raise
        return _at_record(ctx, given.id, enrollments.GONE)


@errors("not_member")
def active_member(ctx: Signed) -> Member:
    """A verified member of the active organization."""
    return _at_active_org(ctx)


def course_member(ctx: Signed, given: Any) -> Member:
    """A verified member of the organization of the named course, which else does not exist."""
    return _at_course(ctx, given.course_id, no_course)


@errors("not_member")
def course_or_active_member(ctx: Signed, given: Any) -> Member:
    """A verified member of the organization of the named course, which else does not exist; where
    none is named, of the active organization."""
    return course_member(ctx, given) if given.course_id is not None else _at_active_org(ctx)


def realm_member(ctx: Signed, given: Any) -> Member:
    """A verified member of the organization of the named realm, which else does not exist."""
    return _at_realm(ctx, given.realm_id)


def _is_reached(ctx: Signed, org_id: int) -> bool:
    """Procedures reach every organization of the caller; REST surfaces show the active one, as
    their ids are unique in one only."""
    return ctx.door == "rpc" or org_id == ctx.org_id


def _at_course(ctx: Signed, key: str, refusal: Callable[[], RPCError]) -> Member:
    found = courses.course_through(ctx.tx, ctx.user_id, ctx.org_id, key)
    if found is None or not _is_reached(ctx, found.org.id):
        raise refusal()
    return stronger(Member, ctx, found.org, found.role, found.course, None, None)


def _at_realm(ctx: Signed, key: str) -> Member:
    found = realms.realm_through(ctx.tx, ctx.user_id, ctx.org_id, key)
    if found is None or not _is_reached(ctx, found.org.id):
        raise no_realm()
    return stronger(Member, ctx, found.org, found.role, found.course, found.realm, None)


def _at_record(ctx: Signed, key: str, which: str = enrollments.THERE) -> Member:
    org_id = enrollments.record_through(ctx.tx, ctx.user_id, ctx.org_id, key, which)
    verified = None
    if org_id is not None and _is_reached(ctx, org_id):
        verified = people.verified_in(ctx.tx, ctx.user_id, org_id)
    if verified is None:
        raise no_enrollment()
    record = enrollments.record_by_key(ctx.tx, verified.org.id, key, ctx.now, which)
    return stronger(Member, ctx, verified.org, verified.role, None, None, record)


def _at_active_org(ctx: Signed) -> Member:
    verified = None
    if ctx.org_id is not None:
        verified = people.verified_in(ctx.tx, ctx.user_id, ctx.org_id)
    if verified is None:
        raise not_member()
    return stronger(Member, ctx, verified.org, verified.role, None, None, None)


@errors("admin_required")
def org_staff(ctx: Member) -> Staff:
    """An instructor or an admin of the organization."""
    if ctx.role == "learner":
        raise staff_only()
    return stronger(Staff, ctx)


@errors("admin_required")
def course_team(ctx: Member) -> Staff:
    """Staff of the organization, or a teacher or administrator in the named course."""
    if not is_course_team(ctx):
        raise staff_only()
    return stronger(Staff, ctx)


def is_course_team(ctx: Member) -> bool:
    is_staff = ctx.role != "learner"
    return is_staff or staff.teaches_course(ctx.tx, ctx.named_course, ctx.user_id, ctx.now)


@errors("admin_required")
def realm_staff(ctx: Member) -> Staff:
    """A teacher or administrator of the realm the call is about, or an admin."""
    realm = ctx.realm
    if not ctx.is_admin and not (
        realm and staff.teaches(ctx.tx, ctx.org.id, realm.id, ctx.user_id, ctx.now)
    ):
        raise staff_only()
    return stronger(Staff, ctx)


@errors("admin_required")
def realm_team(ctx: Member) -> Staff:
    """Staff of the organization, or a teacher or administrator of the named realm."""
    return realm_staff(ctx) if ctx.role == "learner" else org_staff(ctx)


@errors("admin_required")
def org_admin(ctx: Member) -> Admin:
    """An admin of the organization."""
    if not ctx.is_admin:
        raise RPCError("FORBIDDEN", "admins only", reason="admin_required")
    return stronger(Admin, ctx)
