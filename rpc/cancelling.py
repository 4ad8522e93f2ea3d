"""Ending tasks, and telling the end of a task from the end of something that it waits for."""

from __future__ import annotations

import asyncio
from typing import Any


class Abandoned(Exception):
    """What was waited for has been cancelled, and nobody has cancelled who waits."""


def abandoned(cancelled: asyncio.CancelledError) -> Abandoned:
    """What a task has failed with that goes on. Raises the same where it is cancelled itself."""
    task = asyncio.current_task()
    if task is None or task.cancelling():
        raise cancelled
    failure = Abandoned("what it waited for was cancelled")
    failure.__cause__ = cancelled
    return failure


async def cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel what is still running and wait until it has cleaned up."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
