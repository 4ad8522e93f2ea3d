"""What goes on beside the calls: messages are sent, time takes effect."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from procedures.context import Service
from procedures.instants import instant
from procedures.messages.worker import Worker
from procedures.store import attempts
from procedures.store.transaction import Unavailable
from procedures.upkeep import catch_up

RETRY = 1.0  # seconds
ROUND = 60.0  # seconds; each process takes its own, so that they do not all come at once

logger = logging.getLogger(__name__)


@asynccontextmanager
async def background(service: Service) -> AsyncIterator[None]:
    """Work until the block ends, then stop in order."""
    worker = Worker(service)
    rounds = [asyncio.create_task(keep_up(service)), asyncio.create_task(try_the_disk(service))]
    tasks = [asyncio.create_task(worker.run()), *rounds]
    try:
        yield
    finally:
        for task in rounds:
            task.cancel()
        worker.stop()
        await asyncio.gather(*tasks, return_exceptions=True)


async def keep_up(service: Service) -> None:
    while True:
        await asyncio.sleep(random.uniform(0.8, 1.2) * ROUND)
        try:
            await catch_up(service)
        except Exception as error:
            logger.warning("what time brings about could not be done: %s", error)


async def try_the_disk(service: Service) -> None:
    """Where it has failed, see whether it takes something again: nobody else may come and try."""
    while True:
        await asyncio.sleep(RETRY)
        if service.store.fault is not None:
            try_to_write = partial(attempts.try_to_write, now=instant(service.clock()))
            try:
                await service.store.write(try_to_write)
            except Unavailable:
                pass  # as was to be expected
            except Exception as error:
                logger.warning("it cannot be seen whether the disk is well: %s", error)


async def once(service: Service) -> str:
    """Do everything that is due, and say what that was."""
    expired = await catch_up(service)
    worker = Worker(service)
    await worker.drain()
    done = ", ".join(f"{worker.tally[word]} {word}" for word in ("sent", "waiting", "parked"))
    return f"records: {expired} expired; messages: {done}"
