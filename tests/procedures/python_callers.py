"""The generated Python client, waiting or awaiting, as one thing that tests can call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from world import World, token_text

from procedures.client import AsyncClient, Client
from rpc.client import Retry

QUICK = Retry(attempts=4, base=0.01, longest=1)


class Caller:
    """A client of one kind; the one that waits does so in a thread."""

    def __init__(self, kind: str, url: str, **options: Any) -> None:
        self.is_sync = kind == "sync"
        made = Client if self.is_sync else AsyncClient
        self.client: Any = made(url, **{"verify": False, "retry": QUICK, **options})

    async def do(self, ask: Callable[[Any], Any]) -> Any:
        """What the call gives."""
        return await (asyncio.to_thread(ask, self.client) if self.is_sync else ask(self.client))

    async def batch(self, ask: Callable[[Any], Any], **options: Any) -> Any:
        """What the block gives, its calls having been made."""
        if self.is_sync:
            return await asyncio.to_thread(self._batch, ask, options)
        async with self.client.batch(**options) as batch:
            return ask(batch)

    def _batch(self, ask: Callable[[Any], Any], options: dict[str, Any]) -> Any:
        with self.client.batch(**options) as batch:
            return ask(batch)

    async def close(self) -> None:
        await self.do(lambda client: client.close())


def mount(world: World) -> str:
    host, port = world.address
    return f"http://{host}:{port}/rpc"


def bearer(user: str, org: str = "acme") -> dict[str, str]:
    return {"token": token_text(user, org)}
