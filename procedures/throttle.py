"""Patience with failures: ten in ten minutes, a hundred from one address, then one has to wait, in
whichever process; and with passwords that are tried at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import ceil
from typing import Literal

from procedures.context import Anyone
from procedures.credentials import token_hash
from procedures.instants import later, parse
from procedures.rates import network_of
from procedures.store import attempts
from procedures.store.transaction import Transaction, Work
from rpc.errors import RPCError

Kind = Literal["code", "login"]
LIMIT = 10
ADDRESS_LIMIT = 100
HASHING = ThreadPoolExecutor(2, "password")  # hashing takes a processor and memory, by design
LINE = 100  # who wait for that at once
WINDOW = timedelta(minutes=10)
SECONDS = WINDOW.total_seconds()


def require_patience(ctx: Anyone, kind: Kind, name: str) -> None:
    """Raises TOO_MANY_REQUESTS while there are too many failures in the window before now, under
    that name or from the caller's address."""
    for subject, limit in ((name, LIMIT), (address_of(ctx), ADDRESS_LIMIT)):
        require_fewer(ctx, kind, subject, limit)


def require_fewer(ctx: Anyone, kind: Kind, subject: str, limit: int) -> None:
    # Of a clock that was set back since, none is from far behind now.
    window = (later(ctx.now, seconds=-SECONDS), later(ctx.now, seconds=SECONDS))
    failed = attempts.failures(ctx.tx, kind, hashed(subject), window, limit)
    if len(failed) < limit:
        return
    wait = parse(failed[-1]) + WINDOW - parse(ctx.now)
    raise RPCError(
        "TOO_MANY_REQUESTS",
        "too many failed attempts: wait a few minutes",
        reason="too_many_failures",
        retry_after=ceil(wait.total_seconds()),
    )


def failure(ctx: Anyone, kind: Kind, name: str) -> Work[None]:
    """Counts one, under the name that was tried and for the address it came from, and forgets those
    that count no more, of everybody."""
    subjects, now = (name, address_of(ctx)), ctx.now

    def count(tx: Transaction) -> None:
        attempts.forget(tx, later(now, seconds=-SECONDS))
        for subject in subjects:
            attempts.add_failure(tx, kind, hashed(subject), now)

    return count


def address_of(ctx: Anyone) -> str:
    """What failures of an address are counted under: nobody can sign in by that name."""
    return f"address\n{network_of(ctx.request.client)}"


class Line:
    """Those whose passwords are tried, a few at a time."""

    def __init__(self) -> None:
        self._waiting = 0

    async def tried(self, work: Callable[[], bool]) -> bool:
        """What `work` says, once it is its turn. Raises TOO_MANY_REQUESTS."""
        if self._waiting >= LINE:
            message = "too many people sign in at this moment: try again"
            raise RPCError("TOO_MANY_REQUESTS", message, reason="too_many_calls", retry_after=1)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(HASHING, work)
        finally:
            self._waiting -= 1


def hashed(subject: str) -> str:
    """What is kept of a subject: people type all kinds of secrets where an address belongs."""
    return token_hash(subject)
