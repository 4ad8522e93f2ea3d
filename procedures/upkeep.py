"""What time alone brings about: records whose access has ended, whom their seats go to, and what
need not be kept any longer."""

from __future__ import annotations

import asyncio
import logging

from procedures import transitions
from procedures.context import Admin, Anyone, Service, stronger
from procedures.instants import instant, later
from procedures.messages.worker import WAITS
from procedures.rates import RateToken
from procedures.store import enrollments, outbox, people
from procedures.store.people import OrgRow
from procedures.store.transaction import Transaction, Work
from rpc.call import settled
from rpc.request import Request

BATCH = 50
SENT_DAYS = 30  # messages hold addresses: they are kept for as long as somebody may ask about them
AT_ONCE = 1000  # messages that one transaction drops

logger = logging.getLogger(__name__)


class System(Admin):
    """No call at all: time itself, which may do everything and is nobody."""


def system(service: Service, tx: Transaction, org: OrgRow) -> System:
    """A context in a tenant, inside a transaction."""
    request, now = Request({"headers": []}), instant(service.clock())
    anyone = Anyone(service, request, "system", now, tx, RateToken())
    return stronger(System, anyone, 0, "", "", org.id, None, org, "admin", None, None, None)


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
    found: list[tuple[str, int]] = await settled(
        service.store.read(lambda tx: enrollments.overdue(tx, now, BATCH))
    )
    return found


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


async def forget_messages(service: Service) -> int:
    """Remove messages that were sent long ago, with the addresses they went to; how many."""
    before = later(instant(service.clock()), days=-SENT_DAYS)
    count = found = await forget_some(service, before)
    while found == AT_ONCE:
        count += (found := await forget_some(service, before))
    return count


async def forget_some(service: Service, before: str) -> int:
    forgotten: int = await settled(
        service.store.write(lambda tx: outbox.forget_sent(tx, before, AT_ONCE))
    )
    return forgotten


async def hasten_messages(service: Service) -> int:
    """Where the clock was set back, what had to wait for a minute would now wait for that, too."""
    now = instant(service.clock())
    far = later(now, minutes=WAITS[-1] + 1)
    hastened: int = await settled(service.store.write(lambda tx: outbox.hasten(tx, far, now)))
    return hastened
