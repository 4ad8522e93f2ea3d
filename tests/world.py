"""The world of the tests: a small roster, the service that keeps it, and people who call it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import engines
import httpx2
import pytest

from procedures.app import App
from procedures.credentials import new_key, token_hash
from procedures.instants import instant
from procedures.roster.load import load, prepared
from procedures.servers import hypercorn
from procedures.servers.sockets import listen
from procedures.sessions import COOKIE, SessionSigner
from procedures.settings import Settings
from procedures.store import callers
from procedures.store.database import Database
from procedures.store.opening import database_at
from procedures.store.transaction import Transaction

ROSTER = Path(__file__).with_name("world.json")
TODAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
NOW = instant(TODAY)
KEYS = ("the previous key", "the key that signs")


def token_text(user: str, org: str) -> str:
    return f"rct_{user}_{org}"


def session_id(user: str, org: str) -> str:
    return f"session_{user}_{org}"


def build(address: Any, roster: Path = ROSTER) -> None:
    """A database with the roster in it, and a token and a session for every membership."""
    store = database_at(str(address))
    store.migrate()
    store.transact(lambda tx: load(tx, prepared(roster.read_bytes()), NOW))
    store.transact(add_credentials)
    store.close()


def add_credentials(tx: Transaction) -> None:
    everyone = """
        select m.user_id, a.key, m.org_id, o.key from membership m
        join account a on a.id = m.user_id join org o on o.id = m.org_id
    """
    for user_id, user, org_id, org in tx.all(lambda *row: row, everyone):
        secret = (new_key("tok"), token_hash(token_text(user, org)))
        callers.add_token(tx, org_id, user_id, secret, NOW)
        callers.add_session(tx, session_id(user, org), user_id, org_id, NOW)


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.at = TODAY

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **delta: float) -> None:
        self.at += timedelta(**delta)


class Refused(Exception):
    """A call was answered with an error."""

    def __init__(self, answer: httpx2.Response) -> None:
        super().__init__(answer.text)
        error = answer.json()["error"]
        self.answer = answer
        self.message: str = error["message"]
        self.data: dict[str, Any] = error["data"]
        self.code: str = self.data["code"]
        self.reason: str | None = self.data.get("reason")


@contextmanager
def refused(code: str, *, reason: str | None = None) -> Iterator[pytest.ExceptionInfo[Refused]]:
    """What happens inside is refused with that code and reason."""
    with pytest.raises(Refused) as caught:
        yield caught
    assert (caught.value.code, caught.value.reason) == (code, reason)


class Person:
    """Somebody who calls procedures, always with the same headers."""

    def __init__(self, http: httpx2.AsyncClient, headers: dict[str, str]) -> None:
        self.http = http
        self.headers = headers

    async def call(self, path: str, /, **given: Any) -> Any:
        """The data of the answer. Raises Refused."""
        answer = await self.post(path, json=given)
        if answer.status_code != 200:
            raise Refused(answer)
        return answer.json()["result"]["data"]

    async def post(self, path: str, /, **request: Any) -> httpx2.Response:
        headers = self.headers | request.pop("headers", {})
        return await self.http.post(f"/rpc/{path}", headers=headers, **request)

    async def get(self, path: str, /, **request: Any) -> httpx2.Response:
        headers = self.headers | request.pop("headers", {})
        return await self.http.get(f"/rpc/{path}", headers=headers, **request)

    async def items(self, path: str, /, **given: Any) -> list[dict[str, Any]]:
        """The items of a list that fits on one page."""
        page = await self.call(path, **given)
        assert page["nextCursor"] is None
        items: list[dict[str, Any]] = page["items"]
        return items


class World:
    """A running service on a database of the test's own."""

    def __init__(self, app: App, store: Database, clock: Clock, http: httpx2.AsyncClient):
        self.app = app
        self.store = store
        self.clock = clock
        self.http = http

    def person(self, user: str, org: str = "acme") -> Person:
        """Somebody with a bearer token."""
        return Person(self.http, {"authorization": f"Bearer {token_text(user, org)}"})

    def browser(self, user: str, org: str = "acme", key: str = KEYS[-1]) -> Person:
        """Somebody with a session cookie that was signed with `key`."""
        value = SessionSigner([key]).cookie_value(session_id(user, org))
        return Person(self.http, {"cookie": f"{COOKIE}={value}"})

    @property
    def address(self) -> tuple[str, int]:
        """Where the service listens."""
        url = self.http.base_url
        return url.host, url.port or 0

    def stranger(self, **headers: str) -> Person:
        """Somebody without credentials, or with headers of their own making."""
        return Person(self.http, headers)

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        return engines.rows(self.store, sql, **values)

    def value(self, sql: str, **values: Any) -> Any:
        return self.store.look(lambda tx: tx.value(sql, **values))

    def change(self, sql: str, **values: Any) -> None:
        """Change rows behind the back of the service."""
        self.store.transact(lambda tx: tx.run(sql, **values))

    def contents(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        return engines.contents(self.store)


MakeStore = Callable[[Any], Database]


@asynccontextmanager
async def serving(
    address: Any, make_store: MakeStore | None = None, **settings: Any
) -> AsyncIterator[World]:
    """The service on a real socket, in this event loop, until the block ends."""
    store = make_store(address) if make_store else database_at(str(address))
    clock, stop = Clock(), asyncio.Event()
    app = App(Settings(secret_keys=KEYS, database=str(address), **settings), store, clock)
    listener = listen("127.0.0.1", 0)
    host, port = listener.getsockname()
    server = asyncio.create_task(hypercorn.serve(app, listener, stop))
    try:
        url = f"http://{host}:{port}"
        # Reading the certificates that nobody needs here would take longer than the test.
        async with httpx2.AsyncClient(base_url=url, verify=False, trust_env=False) as http:
            yield World(app, store, clock, http)
    finally:
        stop.set()
        await server
        listener.detach()  # the server has closed it
