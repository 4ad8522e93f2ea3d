"""Sends what the outbox holds. A message is claimed before it is sent, so that of all workers one
has it; who dies with it in hand loses it to the others when the claim runs out."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterable

from procedures.context import Service
from procedures.instants import instant, later
from procedures.messages.carriers import Carrier, HookCarrier, MailCarrier
from procedures.messages.failures import Undeliverable, Undelivered, noted
from procedures.store import outbox
from procedures.store.database import read_from
from procedures.store.outbox import Claim, Outcome, Parcel

LOOK = 1.0  # seconds between two looks for what has become due
PAUSE = 0.05  # seconds after a ring in vain, that nobody makes us look all the time
PATIENCE = 30  # seconds for one delivery
CLAIM = 45  # seconds, more than a delivery takes
GRACE = 3.0  # seconds for what is on its way when we are told to stop
WAITS = (1, 5, 30, 120, 720)  # minutes after the first, second, … attempt in vain

logger = logging.getLogger(__name__)


class Lane:
    """One channel: how many are on their way at once, in all, of the same organization and to the
    same recipient."""

    def __init__(self, channel: str, carrier: Carrier, room: int, share: int, each: int) -> None:
        self.channel = channel
        self.carrier = carrier
        self.tasks: dict[asyncio.Task[None], Parcel] = {}
        self._room = room
        self._share = share
        self._each = each

    def claim(self, now: str) -> Claim:
        parcels = self.tasks.values()
        busy = at_least(self._each, (parcel.recipient for parcel in parcels))
        sated = at_least(self._share, (str(parcel.org_id) for parcel in parcels))
        count = min(self._room - len(self.tasks), self._each)
        return Claim(self.channel, count, now, later(now, seconds=CLAIM), busy, sated)


def at_least(times: int, names: Iterable[str]) -> list[str]:
    """The names that come so many times."""
    return [name for name, count in Counter(names).items() if count >= times]


class Worker:
    """`run` until `stop`, or `drain` once."""

    def __init__(self, service: Service) -> None:
        self.tally: Counter[str] = Counter()  # sent, waiting (to be tried again), parked
        self._service = service
        self._stopping = False
        # Slow receivers hold two places each, and of one organization eight, not those of others.
        self._lanes = [Lane("webhook", HookCarrier(service), 32, 8, 2)]
        if relay := service.settings.relay:
            self._lanes.append(Lane("email", MailCarrier(service, relay), 4, 4, 4))

    async def run(self) -> None:
        """Send what is due, when the bell rings and every second. Once stopped, what is on its way
        may arrive, or is given back."""
        is_rung = False
        while not self._stopping:
            if not await self._looked(anyway=is_rung) and is_rung:
                await asyncio.sleep(PAUSE)
                await self._looked(anyway=False)  # by now who rang has committed
            is_rung = await self._service.bell.heard(LOOK)
        await self._finish()

    async def drain(self) -> None:
        """Send everything that is due."""
        while await self._sent_off(anyway=True) or self._tasks():
            if tasks := self._tasks():
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await self._rest()

    def stop(self) -> None:
        """Take nothing more; `run` ends soon."""
        self._stopping = True
        self._service.bell.ring()

    async def _finish(self) -> None:
        if tasks := self._tasks():
            await asyncio.wait(tasks, timeout=GRACE)
        for task in (tasks := self._tasks()):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._rest()

    def _tasks(self) -> list[asyncio.Task[None]]:
        return [task for lane in self._lanes for task in lane.tasks]

    async def _rest(self) -> None:
        for lane in self._lanes:
            await lane.carrier.rest()

    async def _looked(self, *, anyway: bool) -> bool:
        """Whether there was something to send."""
        try:
            found = await self._sent_off(anyway=anyway)
            if not found and not self._tasks():
                await self._rest()
        except Exception as error:
            logger.warning("the outbox cannot be worked on: %s", error)
            return False
        return found

    async def _sent_off(self, *, anyway: bool) -> bool:
        found = False
        for lane in self._lanes:
            while not self._stopping and (parcels := await self._claimed(lane, anyway=anyway)):
                found = True
                for parcel in parcels:
                    self._start(lane, parcel)
        return found

    async def _claimed(self, lane: Lane, *, anyway: bool) -> list[Parcel]:
        """Those of the lane that are ours now. A transaction is begun only where something seems
        to be due, or `anyway`: who rings has perhaps not committed yet, and we join their group."""
        now = self._now()
        wanted = lane.claim(now)
        if wanted.count < 1:
            return []
        store = self._service.store
        if anyway or await read_from(store, lambda tx: outbox.is_due(tx, lane.channel, now)):
            return await store.write(lambda tx: outbox.claim(tx, wanted))
        return []

    def _start(self, lane: Lane, parcel: Parcel) -> None:
        def end(task: asyncio.Task[None]) -> None:
            del lane.tasks[task]
            self._service.bell.ring()

        task = asyncio.create_task(self._carry(lane.carrier, parcel))
        lane.tasks[task] = parcel
        task.add_done_callback(end)

    async def _carry(self, carrier: Carrier, parcel: Parcel) -> None:
        outcome = await self._delivered(carrier, parcel)
        self.tally[word_for(outcome)] += 1
        try:
            await self._service.store.write(lambda tx: outbox.settle(tx, parcel, outcome))
        except Exception as error:
            logger.warning("message %s will be sent once more: %s", parcel.id, error)

    async def _delivered(self, carrier: Carrier, parcel: Parcel) -> Outcome:
        try:
            async with asyncio.timeout(PATIENCE):
                await carrier.deliver(parcel)
        except asyncio.CancelledError:
            return Outcome(next_at=self._now())
        except Undeliverable as error:
            return Outcome(error=noted(str(error)))
        except Undelivered as error:
            return again(parcel, self._now(), noted(str(error)))
        except TimeoutError:
            return again(parcel, self._now(), f"it took more than {PATIENCE} seconds")
        except Exception:
            logger.exception("message %s was not delivered", parcel.id)
            return again(parcel, self._now(), "an unexpected error; see the log of the service")
        return Outcome(sent_at=self._now())

    def _now(self) -> str:
        return instant(self._service.clock())


def again(parcel: Parcel, now: str, error: str) -> Outcome:
    """After an attempt in vain: the next one after the wait, or none."""
    if parcel.attempts > len(WAITS):
        return Outcome(error=error)
    return Outcome(next_at=later(now, minutes=WAITS[parcel.attempts - 1]), error=error)


def word_for(outcome: Outcome) -> str:
    if outcome.sent_at is not None:
        return "sent"
    return "waiting" if outcome.next_at is not None else "parked"
