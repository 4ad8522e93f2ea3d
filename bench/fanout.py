"""W8: one event to a thousand subscribers over server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from statistics import median

from bench.peers import PATIENCE, Running

SUBSCRIBERS, AT_ONCE = 1000, 50
Stream = asyncio.StreamReader


class FanOut:
    name, title = "W8", f"one event to {SUBSCRIBERS:,} subscribers"

    def is_for(self, peer: Running) -> bool:
        return not peer.name.startswith("bare")

    def run(self, peer: Running, seconds: int, base: int) -> dict[str, float]:
        return asyncio.run(self._run(peer, seconds * 2))

    async def _run(self, peer: Running, events: int) -> dict[str, float]:
        async with asyncio.timeout(PATIENCE), AsyncExitStack() as opened:
            streams = await subscribers(peer, opened)
            before = peer.cpu_seconds()
            took = [await told(peer, streams) for _ in range(events)]
            cpu = peer.cpu_seconds() - before
        last = median(max(times) for times in took)
        return {
            "told/s": SUBSCRIBERS / last,
            "half told ms": median(median(times) for times in took) * 1000,
            "all told ms": last * 1000,
            "CPU µs each": cpu / (events * SUBSCRIBERS) * 1e6,
            "RSS MB": peer.rss(),
        }


async def subscribers(peer: Running, opened: AsyncExitStack) -> list[Stream]:
    streams: list[Stream] = []
    while len(streams) < SUBSCRIBERS:
        some = (opened.enter_async_context(subscribed(peer)) for _ in range(AT_ONCE))
        streams += await asyncio.gather(*some)
    return streams


@asynccontextmanager
async def subscribed(peer: Running) -> AsyncIterator[Stream]:
    reader, writer = await asyncio.open_connection("127.0.0.1", peer.port)
    writer.write(peer.request("GET", peer.subscription))
    await reader.readuntil(b"event: connected")
    await reader.readuntil(b"\n\n")
    try:
        yield reader
    finally:
        writer.close()


async def told(peer: Running, streams: list[Stream]) -> list[float]:
    """Cause one event; after how many seconds each subscriber had it."""
    begun = time.perf_counter()

    async def heard(stream: Stream) -> float:
        while b"data: " not in await stream.readuntil(b"\n\n"):
            pass
        return time.perf_counter() - begun

    hearing = [asyncio.create_task(heard(stream)) for stream in streams]
    await asyncio.to_thread(peer.cause_event)
    return await asyncio.gather(*hearing)
