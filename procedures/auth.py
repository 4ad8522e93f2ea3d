"""`auth.*`: signing in and out, the active organization, tokens."""

from __future__ import annotations

import secrets

from procedures import throttle
from procedures.context import Anyone, Member, Signed
from procedures.credentials import (
    NOBODY,
    canonical_email,
    new_key,
    new_token,
    password_matches,
    token_hash,
)
from procedures.instants import later
from procedures.records.auth import (
    ClientCredentials,
    ClientToken,
    LoginInput,
    Me,
    OrgAddress,
    OrgMembership,
    Token,
    TokenAddress,
    TokenInput,
)
from procedures.records.fields import DONE, Done
from procedures.refusals import not_member
from procedures.sessions import bearer_token, set_cookie
from procedures.store import callers, people
from procedures.store.callers import NO_MAKER, ClientRow
from procedures.store.people import AccountRow
from rpc.errors import RPCError
from rpc.procedure import errors

CLIENT_TOKEN_SECONDS = 3600
SIGNING_IN = throttle.Line()


@errors("too_many_calls", "too_many_failures")
async def login(ctx: Anyone, given: LoginInput) -> Me:
    """Sign in by e-mail and password; the answer sets the session cookie."""
    if ctx.request.is_answered:
        raise RPCError(
            "BAD_REQUEST", "only a plain answer can set the cookie: sign in without streaming"
        )
    account = await ctx.read(lambda inside: candidate(inside, given.email))
    stored = (account and account.password_hash) or NOBODY
    # Hashed whoever it is, so that unknown people and wrong passwords take as long.
    matches = await SIGNING_IN.tried(lambda: password_matches(given.password, stored))
    proven = account if matches else None
    begun = await ctx.write(lambda inside: verdict(inside, given.email, proven))
    if begun is None:
        raise RPCError("UNAUTHORIZED", "wrong e-mail or password")
    session_id, me = begun
    set_cookie(ctx.request, ctx.service.signer.cookie_value(session_id))
    return me


def candidate(ctx: Anyone, email: str) -> AccountRow | None:
    """The account whose password is to be tried, if failures have not used up our patience."""
    throttle.require_patience(ctx, "login", sign_in_name(email))
    return account_of(ctx, email)


def verdict(ctx: Anyone, email: str, account: AccountRow | None) -> tuple[str, Me] | None:
    """A session for who has proven to be that account; a failure is counted.

    Looked at once more: of the many tried at one moment no more may learn whether they are right.
    """
    name = sign_in_name(email)
    throttle.require_patience(ctx, "login", name)
    if account is None:
        throttle.failure(ctx, "login", name)(ctx.tx)
        return None
    return begin_session(ctx, account)


def sign_in_name(email: str) -> str:
    """What failures are counted under, whether or not there is such an account."""
    try:
        return canonical_email(email)
    except ValueError:
        return email


def account_of(ctx: Anyone, email: str) -> AccountRow | None:
    try:
        return people.account_by_email(ctx.tx, canonical_email(email))
    except ValueError:
        return None


def begin_session(ctx: Anyone, account: AccountRow) -> tuple[str, Me]:
    """A new session, in the first organization the person is verified in."""
    session_id = secrets.token_urlsafe(24)
    org_id = people.first_org(ctx.tx, account.id)
    callers.add_session(ctx.tx, session_id, account.id, org_id, ctx.now)
    return session_id, whois(ctx, account.id, account.key, org_id)


def whois(ctx: Anyone, user_id: int, user_key: str, org_id: int | None) -> Me:
    person = people.person(ctx.tx, user_id)
    orgs = people.orgs_of(ctx.tx, user_id)
    return Me(
        user_key,
        person.email,
        person.name_display,
        next((o.key for o in orgs if o.id == org_id), None),
        [OrgMembership(o.key, o.name, o.role, bool(o.verified)) for o in orgs],  # type: ignore[arg-type]
    )


def logout(ctx: Signed) -> Done:
    """End the session, everywhere and at once."""
    callers.revoke_session(ctx.tx, require_session(ctx), ctx.now)
    if not ctx.request.is_answered:
        set_cookie(ctx.request, "")
    return DONE


def require_session(ctx: Signed) -> str:
    if ctx.session_id is None:
        raise RPCError("BAD_REQUEST", "this call carries a token, not a session")
    return ctx.session_id


def me(ctx: Signed) -> Me:
    """Who is signed in, where they belong, and which organization is active."""
    return whois(ctx, ctx.user_id, ctx.user_key, ctx.org_id)


@errors("not_member")
def use_org(ctx: Signed, given: OrgAddress) -> Me:
    """Make another of one's organizations the active one of this session."""
    session_id = require_session(ctx)
    orgs = people.orgs_of(ctx.tx, ctx.user_id)
    org = next((o for o in orgs if o.key == given.org_id and o.verified), None)
    if org is None:
        raise not_member()
    callers.set_session_org(ctx.tx, session_id, org.id)
    return whois(ctx, ctx.user_id, ctx.user_key, org.id)


@errors("too_many_calls", "too_many_failures")
def client_token(ctx: Anyone, given: ClientCredentials) -> ClientToken:
    """A bearer token for an hour, for a client made by `auth.createToken`. A call of its account;
    a wrong secret counts as a wrong password does."""
    client = proven_client(ctx, given)
    ctx.rate_token.take(ctx.service.limits.calls, client.user_id)
    text = new_token()
    ctx.tx.insert(
        "token",
        org_id=client.org_id,
        key=new_key("tok"),
        user_id=client.user_id,
        kind="bearer",
        client_key=client.chain,
        hash=token_hash(text),
        label=client.label,
        created_at=ctx.now,
        expires_at=later(ctx.now, seconds=CLIENT_TOKEN_SECONDS),
    )
    return ClientToken(text, CLIENT_TOKEN_SECONDS)


def proven_client(ctx: Anyone, given: ClientCredentials) -> ClientRow:
    """The client of that id and secret. Raises UNAUTHORIZED, which is counted."""
    name = f"client\n{given.id}"  # nobody can sign in by that one
    throttle.require_patience(ctx, "login", name)
    client = callers.client(ctx.tx, token_hash(given.secret), ctx.now)
    if client is None or client.key != given.id:
        ctx.tx.remember(throttle.failure(ctx, "login", name))
        raise RPCError("UNAUTHORIZED", "the client is not known")
    return client


def create_token(ctx: Member, given: TokenInput) -> Token:
    """A token that acts for the caller in the active organization. It is shown this once. What a
    client makes ends with it; what another token makes, no later than that one expires."""
    text = new_token()
    made_by = bearer_token(ctx.request)
    maker = NO_MAKER if made_by is None else callers.maker(ctx.tx, token_hash(made_by))
    wanted = None if given.ttl is None else later(ctx.now, seconds=given.ttl)
    expires_at = min(filter(None, (wanted, maker.end)), default=None)
    key = new_key("cli" if given.kind == "client" else "tok")
    ctx.tx.insert(
        "token",
        org_id=ctx.org.id,
        key=key,
        user_id=ctx.user_id,
        kind=given.kind,
        client_key=maker.client_key,
        hash=token_hash(text),
        label=given.label,
        created_at=ctx.now,
        expires_at=expires_at,
    )
    return Token(key, text, expires_at)


def revoke_token(ctx: Member, given: TokenAddress) -> Done:
    """Make one of the caller's tokens worthless, a client with every token it was given."""
    if not callers.revoke_token(ctx.tx, ctx.org.id, ctx.user_id, given.id, ctx.now):
        raise RPCError("NOT_FOUND", "no such token")
    return DONE
