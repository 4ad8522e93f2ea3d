"""Patience with failures: ten in ten minutes, then one has to wait, in whichever process."""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from typing import Literal

from procedures.context import Anyone
from procedures.credentials import token_hash
from procedures.instants import later, parse
from procedures.store import attempts
from procedures.store.transaction import Transaction
from rpc.errors import RPCError

Kind = Literal["code", "login"]
LIMIT = 10
WINDOW = timedelta(minutes=10)


def require_patience(ctx: Anyone, kind: Kind, subject: str) -> None:
    """Raises TOO_MANY_REQUESTS while there are too many failures in the window before now."""
    since = later(ctx.now, seconds=-WINDOW.total_seconds())
    failed = attempts.failures(ctx.tx, kind, hashed(subject), since, LIMIT)
    if len(failed) < LIMIT:
        return
    wait = parse(failed[-1]) + WINDOW - parse(ctx.now)
    raise RPCError(
        "TOO_MANY_REQUESTS",
        "too many failed attempts: wait a few minutes",
        reason="too_many_failures",
        retry_after=ceil(wait.total_seconds()),
    )


def count_failure(tx: Transaction, kind: Kind, subject: str, now: str) -> None:
    """Count one, and forget those that count no more, of everybody."""
    attempts.forget(tx, later(now, seconds=-WINDOW.total_seconds()))
    attempts.add_failure(tx, kind, hashed(subject), now)


def hashed(subject: str) -> str:
    """What is kept of a subject: people type all kinds of secrets where an address belongs."""
    return token_hash(subject)
