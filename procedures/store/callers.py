"""Who stands behind a session or a token."""

from __future__ import annotations

from msgspec import Struct

from procedures.store.transaction import Transaction


class CallerRow(Struct, frozen=True):
    """Who stands behind a session or a token, and the active tenant."""

    user_id: int
    user_key: str
    email: str
    org_id: int | None
    session_id: str | None = None
    seen_at: str | None = None  # when the session was last written down as in use


def session_caller(
    tx: Transaction, session_id: str, created_after: str, seen_after: str
) -> CallerRow | None:
    return tx.one(
        CallerRow,
        """
        select a.id, a.key, a.email, s.org_id, s.id, s.seen_at
        from session s join account a on a.id = s.user_id
        where s.id = :session_id and s.revoked_at is null
          and s.created_at > :created_after and s.seen_at > :seen_after
        """,
        session_id=session_id,
        created_after=created_after,
        seen_after=seen_after,
    )


def token_caller(tx: Transaction, hash: str, now: str) -> CallerRow | None:
    return tx.one(
        CallerRow,
        """
        select a.id, a.key, a.email, t.org_id
        from token t join account a on a.id = t.user_id
        where t.hash = :hash and t.kind = 'bearer' and t.revoked_at is null
          and (t.expires_at is null or t.expires_at > :now)
        """,
        hash=hash,
        now=now,
    )


class ClientRow(Struct, frozen=True):
    key: str
    org_id: int
    user_id: int
    label: str
    client_key: str | None

    @property
    def chain(self) -> str:
        """What its tokens are given by: itself, and before it the clients it was made with."""
        return self.key if self.client_key is None else f"{self.client_key} {self.key}"


def client(tx: Transaction, hash: str, now: str) -> ClientRow | None:
    """The client of that secret, if it is neither revoked nor expired."""
    return tx.one(
        ClientRow,
        """
        select key, org_id, user_id, label, client_key from token
        where hash = :hash and kind = 'client' and revoked_at is null
          and (expires_at is null or expires_at > :now)
        """,
        hash=hash,
        now=now,
    )


def touch_session(tx: Transaction, session_id: str, now: str, stale: str) -> None:
    tx.run(
        "update session set seen_at = :now where id = :session_id and seen_at < :stale",
        session_id=session_id,
        now=now,
        stale=stale,
    )


def add_session(
    tx: Transaction, session_id: str, user_id: int, org_id: int | None, now: str
) -> None:
    tx.insert("session", id=session_id, user_id=user_id, org_id=org_id, created_at=now, seen_at=now)


def revoke_session(tx: Transaction, session_id: str, now: str) -> None:
    tx.run("update session set revoked_at = :now where id = :id", id=session_id, now=now)


def set_session_org(tx: Transaction, session_id: str, org_id: int) -> None:
    tx.run("update session set org_id = :org_id where id = :id", id=session_id, org_id=org_id)


class Maker(Struct, frozen=True):
    """A token that another one is made with."""

    client_key: str | None  # to whom it was given, behind those that this one was made with
    expires_at: str | None

    @property
    def end(self) -> str | None:
        """When what it makes is over. What is given to a client is for an hour; what that makes
        ends with the client."""
        return self.expires_at if self.client_key is None else None


NO_MAKER = Maker(None, None)  # of what is made in a session


def maker(tx: Transaction, hash: str) -> Maker:
    return tx.require(
        Maker, "select client_key, expires_at from token where hash = :hash", hash=hash
    )


def revoke_token(tx: Transaction, org_id: int, user_id: int, key: str, now: str) -> int:
    """Revoke a token, of a client with all that it stands behind; how many."""
    return tx.run(
        """
        update token set revoked_at = :now
        where org_id = :org_id and user_id = :user_id and revoked_at is null and (key = :key
          or replace(' ' || client_key || ' ', ' ' || :key || ' ', '') <> ' ' || client_key || ' ')
        """,
        org_id=org_id,
        user_id=user_id,
        key=key,
        now=now,
    )


def forget_sessions(tx: Transaction, unseen_since: str, limit: int) -> int:
    """Drop sessions that were last in use by then, at most so many; how many."""
    return tx.run(
        """
        delete from session where id in (
          select id from session where seen_at <= :unseen_since order by seen_at limit :limit)
        """,
        unseen_since=unseen_since,
        limit=limit,
    )


def forget_tokens(tx: Transaction, until: str, limit: int) -> int:
    """Drop tokens of all organizations that expired by then, at most so many; how many."""
    return tx.run(
        """
        delete from token where (org_id, id) in (
          select org_id, id from token where expires_at <= :until order by expires_at limit :limit)
        """,
        until=until,
        limit=limit,
    )


def add_token(
    tx: Transaction, org_id: int, user_id: int, secret: tuple[str, str], now: str
) -> None:
    """Keep a bearer token that does not expire: its key and the hash of its text."""
    key, hash = secret
    tx.insert(
        "token", org_id=org_id, key=key, user_id=user_id, kind="bearer", hash=hash, created_at=now
    )
