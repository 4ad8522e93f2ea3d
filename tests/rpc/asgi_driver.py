"""An HTTP client of an ASGI app in this process: targets, headers and bodies go out as given."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from tests.contract.mounts import Mounts

mounts = Mounts()
JSON = {"content-type": "application/json"}
PATIENCE = 5  # seconds until a test gives up


@dataclass(frozen=True)
class Answer:
    """A whole answer. Header names are in lower case, as ASGI wants them."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str | None:
        """The header of that name, which may be there at most once."""
        values = self.all(name)
        assert len(values) < 2, f"{name} was sent {len(values)} times"
        return values[0] if values else None


class Exchange:
    """One request under way: what the app sends can be looked at, and the client can leave."""

    def __init__(
        self, app: Any, scope: dict[str, Any], body: Sequence[bytes], is_whole: bool, unread: int
    ) -> None:
        self._incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue(unread)
        last = len(body) - 1
        for i, piece in enumerate(body):
            more = i < last or not is_whole
            message = {"type": "http.request", "body": piece, "more_body": more}
            self._incoming.put_nowait(message)
        self.app = asyncio.create_task(app(scope, self._incoming.get, self._sent.put))
        self.app.add_done_callback(lambda _: self._over())

    def _over(self) -> None:
        if not self._sent.full():
            self._sent.put_nowait({"type": "over"})

    async def message(self) -> dict[str, Any]:
        """The next thing the app sends. Raises what the app raises."""
        async with asyncio.timeout(PATIENCE):
            sent = await self._sent.get()
        if sent["type"] == "over":
            self.app.result()
            raise AssertionError("the app ended before its answer")
        return sent

    async def head(self) -> tuple[int, list[tuple[str, str]]]:
        start = await self.message()
        assert start["type"] == "http.response.start"
        return start["status"], [(k.decode(), v.decode("latin-1")) for k, v in start["headers"]]

    async def piece(self) -> bytes | None:
        """The next bytes of the body, None at its end."""
        sent = await self.message()
        assert sent["type"] == "http.response.body"
        return sent["body"] if sent.get("more_body") else sent["body"] or None

    async def answer(self) -> Answer:
        status, headers = await self.head()
        body = b""
        while True:
            sent = await self.message()
            assert sent["type"] == "http.response.body"
            body += sent["body"]
            if not sent.get("more_body"):
                break
        async with asyncio.timeout(PATIENCE):
            after = await self._sent.get()
        assert after["type"] == "over", "something was sent after the end"
        self.app.result()
        return Answer(status, headers, body)

    @property
    def all_is_read(self) -> bool:
        return self._incoming.empty()

    @property
    def nothing_is_sent(self) -> bool:
        return self._sent.get_nowait()["type"] == "over"

    def leave(self) -> None:
        self._incoming.put_nowait({"type": "http.disconnect"})

    async def ended(self) -> None:
        async with asyncio.timeout(1):
            await asyncio.wait({self.app})
            await asyncio.sleep(0)
        self.app.result()


def scope_of(method: str, target: str, headers: Mapping[str, str]) -> dict[str, Any]:
    raw_path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": unquote(raw_path),
        "raw_path": raw_path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in headers.items()],
        "client": ("192.0.2.1", 40000),
        "server": ("192.0.2.2", 80),
    }


@asynccontextmanager
async def exchange(
    target: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    body: bytes | Sequence[bytes] = b"",
    is_whole: bool = True,
    unread: int = 0,
    app: Any = mounts,
    http_version: str = "1.1",
) -> AsyncIterator[Exchange]:
    """A request under way, ended with the block. Of one that is not whole more would follow; the
    app waits when so many messages are unread (0: never)."""
    pieces = [body] if isinstance(body, bytes) else body
    scope = scope_of(method, target, headers or {}) | {"http_version": http_version}
    under_way = Exchange(app, scope, pieces, is_whole, unread)
    try:
        yield under_way
    finally:
        under_way.app.cancel()
        await asyncio.gather(under_way.app, return_exceptions=True)


async def ask(
    method: str,
    target: str,
    body: bytes | Sequence[bytes] = b"",
    headers: Mapping[str, str] | None = None,
    app: Any = mounts,
) -> Answer:
    """The whole answer to one request; targets are raw, behind the host."""
    async with exchange(target, headers, method=method, body=body, app=app) as under_way:
        return await under_way.answer()


async def get(target: str, headers: Mapping[str, str] | None = None, app: Any = mounts) -> Answer:
    return await ask("GET", target, headers=headers, app=app)


async def post(
    target: str, body: bytes = b"", headers: Mapping[str, str] | None = None, app: Any = mounts
) -> Answer:
    """A POST of JSON."""
    return await ask("POST", target, body, {**JSON, **(headers or {})}, app)


def given(value: Any) -> str:
    """`input=…` for a query string."""
    return "input=" + quote(json.dumps(value, ensure_ascii=False))


def refused_whole(answer: Answer, status: int, code: str, message: str) -> None:
    """One error object for the whole request: no path, and JSON sent as text."""
    assert answer.status == status
    assert answer.header("content-type") == "text/plain;charset=UTF-8"
    assert answer.header("vary") == "trpc-accept, accept"
    assert answer.error["message"] == message
    assert answer.error["data"] == {"code": code, "httpStatus": status}


def refused_call(answer: Answer, status: int, code: str, message: str, path: str) -> None:
    """The error of one call, which names its path."""
    assert answer.status == status
    assert answer.header("content-type") == "application/json"
    assert answer.error["message"] == message
    assert answer.error["data"] == {"code": code, "httpStatus": status, "path": path}
