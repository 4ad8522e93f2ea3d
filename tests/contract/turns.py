"""How long each step of a call takes in the reference server, in turns of the event loop.

Results that are ready at once are announced in a streamed batch in the order in which they came
about, and the ids of a transformed stream tell that order. Ours take no turn for what does not
wait, so to compare the two byte for byte the contract's calls wait as long as the reference's.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from rpc.call import Call
from rpc.errors import InputError
from rpc.wire import LINES
from tests.contract.context import Context

MIDDLEWARE = (0, 1, 3, 8)  # by how many there are
FAILED_OUTPUT = 3
FAILED_INPUT, FAILED_AFTER_INPUT, INPUT = 5, 8, 10  # without middleware
READING_THE_BODY = 30
ANSWERING = 30  # at most: what becomes of an outcome


class Units:
    """Runs calls with the call in their context; those of a streamed batch at that pace."""

    def call(self, ctx: Context, call: Call, work: Any) -> Any:
        inside = replace(ctx, call=call)
        if ctx.info.accept != LINES:
            return work(inside)
        ctx.under_way.add(call.index)
        try:
            return at_the_reference_pace(inside, call, None, work(inside))
        except Exception as error:
            return at_the_reference_pace(inside, call, error)

    def prepare(self, ctx: Context, call: Call, work: Any) -> Any:
        return work(replace(ctx, call=call))


async def at_the_reference_pace(
    ctx: Context, call: Call, error: Exception | None, result: Any = None
) -> Any:
    """The outcome of a call, after the turns the reference takes until it has the same."""
    await take_turns(ctx, call, error)
    ctx.under_way.discard(call.index)
    if error is not None:
        raise error
    return result


async def take_turns(ctx: Context, call: Call, error: Exception | None) -> None:
    left = turns(ctx, call, error)
    if left >= FAILED_INPUT and call.source.taken:
        # Who reads first reads for all: the others wait for the same thing.
        if not ctx.reading:
            ctx.reading.append(asyncio.create_task(pause(FAILED_INPUT - 2)))
        await ctx.reading[0]
        left -= FAILED_INPUT
    await pause(left)


async def sleep(ctx: Context, ms: float) -> None:
    """A timer of JavaScript's: whatever was ready before goes first, however slow the machine."""
    await asyncio.sleep(ms / 1000)
    while ctx.under_way:
        await asyncio.sleep(0)
    await pause(ANSWERING)


async def pause(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


def turns(ctx: Context, call: Call, error: Exception | None) -> int:
    procedure, special = call.procedure, SPECIAL.get(call.path)
    if special is not None:
        return special
    count = sum(1 for m in procedure.middlewares if m.function.__name__ != "fresh_log")
    if not call.source.taken or procedure.input is None:
        return MIDDLEWARE[min(count, 3)]
    reading = READING_THE_BODY if ctx.info.type == "mutation" else 0
    if isinstance(error, InputError):
        return reading + FAILED_INPUT + MIDDLEWARE[min(count, 3)]
    if error is not None:
        return reading + FAILED_AFTER_INPUT + 2 * count
    return reading + INPUT + 2 * count


SPECIAL = {"errors.output": FAILED_OUTPUT, "mw.rawInput": 18, "mw.multiInput": 20}
