"""A world with the names of the printed examples, and its people as callers of REST surfaces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
from world import World

ROSTER = Path(__file__).with_name("campus.json")
ONEROSTER = "/ims/oneroster/rostering/v1p2"


class Caller:
    """Somebody who sends requests, always with the same headers."""

    def __init__(self, http: httpx2.AsyncClient, headers: dict[str, str]) -> None:
        self._http = http
        self.headers = headers

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer to a request with a JSON body, if any. `_` in a header's name is `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        content = {} if body is None else {"json": body}
        return await self._http.request(method, path, headers=self.headers | named, **content)

    async def raw(self, method: str, path: str, content: Any = b"", **headers: str) -> Any:
        """The answer to a request with a body of bytes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._http.request(method, path, headers=self.headers | named, content=content)

    async def get(self, path: str, **headers: str) -> Any:
        return await self.send("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return await self.send("POST", path, body, **headers)

    async def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return await self.send("PUT", path, body, **headers)

    async def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return await self.send("PATCH", path, body, **headers)

    async def delete(self, path: str, **headers: str) -> Any:
        return await self.send("DELETE", path, **headers)

    async def told(self, path: str) -> Any:
        """The body of a GET that succeeds."""
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def call(self, path: str, **given: Any) -> Any:
        """What a procedure gives."""
        answer = await self.post(f"/rpc/{path}", given)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]["data"]


def caller(world: World, user: str, org: str = "acme") -> Caller:
    return Caller(world.http, world.person(user, org).headers)


def browser(world: World, user: str, org: str = "acme") -> Caller:
    """Somebody with a session cookie."""
    return Caller(world.http, world.browser(user, org).headers)


def quiet(world: World) -> tuple[int, int, int]:
    """How many records, events and messages there are: the same when nothing was written."""
    tables = ("enrollment", "event", "outbox")
    first, second, third = (world.value(f"select count(*) from {table}") for table in tables)
    return first, second, third
