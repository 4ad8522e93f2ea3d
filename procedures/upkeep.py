"""What time alone brings about: records whose access has ended, whom their seats go to, and what
need not be kept any longer."""

from __future__ import annotations

import asyncio
import logging

from procedures import idempotency, transitions
from procedures.context import Admin, Anyone, Service, stronger
from procedures.instants import instant, later
from procedures.messages.worker import WAITS
from procedures.rates import RateToken
from procedures.sessions import MAX_IDLE_DAYS
from procedures.store import callers, enrollments, outbox, people
from procedures.store.database import read_from
from procedures.store.people import OrgRow
from procedures.store.transaction import Transaction, Work
from rpc.request import Request

BATCH = 50
SENT_DAYS = 30  # messages hold addresses: they are kept for as long as somebody may ask about them
ENDED_DAYS = 1  # credentials are kept for longer than a clock that runs ahead is put right
AT_ONCE = 1000  # of what is forgotten, in one transaction

logger = logging.getLogger(__name__)


class System(Admin):
    """No call at all: time itself, which may do everything and is nobody."""


def system(service: Service, tx: Transaction, org: OrgRow) -> System:
    """A context in a tenant, inside a transaction."""
    request, now = Request({"headers": []}), instant(service.clock())
    anyone = Anyone(service, request, "system", now, tx, RateToken())
    return stronger(System, anyone, 0, "", "", org.id, None, org, "admin", None, None, None)


async def catch_up(service: Service) -> int:
    """Bring all of it about; how many records were ended."""
    expired = await expire_overdue(service)
    await forget_keys(service)
    await forget_messages(service)
    await forget_credentials(service)
    await hasten_messages(service)
    return expired


async def expire_overdue(service: Service) -> int:
    """End every active record whose time has run out, each in its own transaction; how many."""
    count = 0
    while overdue := await read_overdue(service):
        ends = (service.store.write(ending(service, *at)) for at in overdue)
        results = await asyncio.gather(*ends, return_exceptions=True)
        for error in (r for r in results if isinstance(r, BaseException)):
            logger.error("a record could not be ended", exc_info=error)
        count += (ended := results.count(True))
        if not ended:
            break
    return count


async def read_overdue(service: Service) -> list[tuple[str, int]]:
    now = instant(service.clock())
    return await read_from(service.store, lambda tx: enrollments.overdue(tx, now, BATCH))


def ending(service: Service, org_key: str, id: int) -> Work[bool]:
    """Ends one record; whether that was still to be done."""

    def work(tx: Transaction) -> bool:
        org = people.org_by_key(tx, org_key)
        if org is None:
            return False
        ctx = system(service, tx, org)
        row = enrollments.record(tx, org.id, id, ctx.now)
        if not row.overdue or row.deleted_at is not None:
            return False
        transitions.expire(ctx, row)
        return True

    return work


async def forget_keys(service: Service) -> int:
    now = instant(service.clock())
    return await service.store.write(lambda tx: idempotency.sweep(tx, now))


async def forget_messages(service: Service) -> int:
    """Remove messages that were sent long ago, with the addresses they went to; how many."""
    before = later(instant(service.clock()), days=-SENT_DAYS)
    return await forget_all(service, lambda tx: outbox.forget_sent(tx, before, AT_ONCE))


async def forget_credentials(service: Service) -> int:
    """Remove tokens and sessions that let nobody in any more; how many. Who is out of time or
    signed out is not seen again, so when a session was last in use says enough."""
    now = instant(service.clock())
    ended = later(now, days=-ENDED_DAYS)
    unseen = later(now, days=-MAX_IDLE_DAYS - ENDED_DAYS)
    tokens = await forget_all(service, lambda tx: callers.forget_tokens(tx, ended, AT_ONCE))
    return tokens + await forget_all(
        service, lambda tx: callers.forget_sessions(tx, unseen, AT_ONCE)
    )


async def forget_all(service: Service, forget_some: Work[int]) -> int:
    """Forget a portion at a time, until one is not full; how many in all."""
    count, found = 0, AT_ONCE
    while found == AT_ONCE:
        found = await service.store.write(forget_some)
        count += found
    return count


async def hasten_messages(service: Service) -> int:
    """Where the clock was set back, what had to wait for a minute would now wait for that, too."""
    now = instant(service.clock())
    far = later(now, minutes=WAITS[-1] + 1)
    return await service.store.write(lambda tx: outbox.hasten(tx, far, now))
