"""Several processes over one database: nodes on ports of their own, or the workers of one."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager

import httpx2
from commands import Serving, Watched, serve
from world import Person, token_text

COUNT = 3


class Cluster:
    """Places where one may call, each with what serves there."""

    def __init__(self, servings: Sequence[Serving], places: Sequence[httpx2.AsyncClient]) -> None:
        self.servings = servings
        self._places = places

    def person(self, place: int, user: str, org: str = "acme") -> Person:
        """Somebody with a bearer token, who calls there."""
        headers = {"authorization": f"Bearer {token_text(user, org)}"}
        return Person(self._places[place % len(self._places)], headers)

    def stranger(self, place: int, **headers: str) -> Person:
        return Person(self._places[place % len(self._places)], headers)

    async def kill_one(self) -> None:
        """The first node, or a worker."""
        first = self.servings[0]
        pid = min(first.workers()) if len(self.servings) == 1 else first.process.pid
        lost = Watched(pid)
        lost.send(signal.SIGKILL)
        assert await asyncio.to_thread(lost.ends)


@asynccontextmanager
async def cluster(database: str, kind: str = "nodes", **settings: str) -> AsyncIterator[Cluster]:
    """Three `nodes`, or one with three `workers`, until the block ends."""
    with ExitStack() as nodes:
        if kind == "workers":
            made = [serve(database, "--workers", str(COUNT), **settings)]
        else:
            made = [serve(database, **settings) for _ in range(COUNT)]
        starts = (asyncio.to_thread(nodes.enter_context, node) for node in made)
        servings = await asyncio.gather(*starts)
        async with AsyncExitStack() as clients:
            opened = [client(servings[n % len(servings)]) for n in range(COUNT)]
            places = [await clients.enter_async_context(one) for one in opened]
            for serving in servings:
                assert await asyncio.to_thread(serving.health) == 200
            yield Cluster(servings, places)


def client(serving: Serving) -> httpx2.AsyncClient:
    base = serving.url.removesuffix("/rpc")
    return httpx2.AsyncClient(base_url=base, verify=False, trust_env=False, timeout=30)
