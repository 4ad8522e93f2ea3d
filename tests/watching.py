"""Somebody who follows `enrollment.onChange` over server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx2
from world import Person

PATIENCE = 20  # seconds until an event that does not come is a failure


class Frame(NamedTuple):
    """One server-sent event."""

    event: str
    id: str | None
    data: Any


class Watching:
    """An open stream, read in order."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def frame(self) -> Frame:
        """The next frame that is no ping."""
        fields: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif fields.get("event") == "ping":
                    fields = {}
                elif fields:
                    break
        data = fields.get("data")
        return Frame(
            fields.get("event", "message"), fields.get("id"), json.loads(data) if data else None
        )

    async def told(self) -> dict[str, Any]:
        """The next event, which is tracked by its own id."""
        event, id, data = await self.frame()
        assert (event, id) == ("message", data.get("id")), data
        return data

    async def all_told(self, count: int) -> list[dict[str, Any]]:
        return [await self.told() for _ in range(count)]

    async def refusal(self) -> tuple[str, str | None]:
        """Code and reason of the error that ends the stream."""
        event, _, shape = await self.frame()
        assert event == "serialized-error", shape
        assert [line async for line in self._lines if line] == []
        return shape["data"]["code"], shape["data"].get("reason")


@asynccontextmanager
async def watching(
    who: Person, headers: Any = (), query: Any = (), **given: Any
) -> AsyncIterator[Watching]:
    """A stream that has begun: whatever is committed from now on is told."""
    asked = httpx2.QueryParams({"input": json.dumps(given)} | dict(query))
    head = who.headers | {"accept": "text/event-stream"} | dict(headers)
    url = f"/rpc/enrollment.onChange?{asked}"
    async with who.http.stream("GET", url, headers=head, timeout=None) as answer:
        watched = Watching(answer)
        assert (await watched.frame()).event == "connected"
        yield watched


def about(events: list[dict[str, Any]]) -> list[tuple[str, str, str | None]]:
    """Whom, where and what each is about."""
    return [(e["userId"], e["courseId"], e["toStatus"]) for e in events]
