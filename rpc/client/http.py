"""Calls over HTTP, waited for or awaited. The only module that knows the HTTP library."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, TypedDict
from urllib.parse import urlsplit
from uuid import uuid4

from rpc.client.calls import Call
from rpc.client.following import EVENT_STREAM, Following
from rpc.client.modes import Async, Sync
from rpc.client.retrying import Retry
from rpc.client.wire import (
    Asked,
    NoReply,
    Reply,
    is_carried,
    outcome,
    outcomes,
    request_of,
    request_of_all,
)
from rpc.errors import Code, InputError

try:
    import httpx2
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "the client needs one more package: pip install 'rollcall[client]'", name="httpx2"
    ) from None

TIMEOUT = 10.0  # seconds
UNSENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
SILENCE = 60.0  # seconds; a stream without event and ping for so long has lost its server


class Options(TypedDict, total=False):
    """How a client calls.

    `token`: a bearer token, which counts before a session. `cookie`: `name=value` of a session;
    signing in puts another in its place.
    `timeout`: seconds for each attempt. `retry`: how often. `headers`: sent with every call.
    `verify`: an `ssl.SSLContext` for certificates of one's own, or False.
    """

    token: str
    cookie: str
    timeout: float
    retry: Retry
    headers: dict[str, str]
    verify: Any


@dataclass(frozen=True)
class Manner:
    """Where calls go, and how. Raises InputError for a key that cannot be sent."""

    url: str
    retry: Retry
    key: str | None = None

    def __post_init__(self) -> None:
        if self.key is not None and not is_carried(self.key):
            raise InputError(f"an idempotency key is printable ASCII, not {self.key!r}")

    def as_sent(self, asked: Asked) -> dict[str, Any]:
        """A request as the HTTP library takes it."""
        return {
            "method": asked.method,
            "url": f"{self.url}/{asked.target}",
            "content": asked.body,
            "headers": asked.headers,
        }

    def key_for(self, calls: Sequence[Call[Any]]) -> str | None:
        """One for all attempts of a mutation; one's own outlives the process."""
        may_ask_again = calls[0].of.type == "mutation" and self.retry.attempts > 1
        return str(uuid4()) if self.key is None and may_ask_again else self.key

    def one(self, call: Call[Any]) -> Asked:
        return request_of(call, self.key_for([call]))

    def all(self, calls: Sequence[Call[Any]]) -> Asked:
        return request_of_all(calls, self.key_for(calls))


def manner(url: str, options: Options) -> Manner:
    if unknown := sorted(options.keys() - Options.__annotations__.keys()):
        raise TypeError(f"a client has no option {unknown[0]!r}")
    if urlsplit(url).scheme not in ("http", "https"):  # or it is asked again and again
        raise ValueError(f"a client needs an address like https://school.example/rpc, not {url!r}")
    return Manner(url.rstrip("/"), options.get("retry", Retry()))


def arguments(url: str, options: Options) -> dict[str, Any]:
    """Those of the HTTP library's client."""
    carried = {"authorization": f"Bearer {options['token']}"} if "token" in options else {}
    return {
        "headers": options.get("headers", {}) | carried,
        "cookies": cookies(url, options),
        "timeout": options.get("timeout", TIMEOUT),
        "verify": options.get("verify", True),
    }


def cookies(url: str, options: Options) -> httpx2.Cookies:
    """What is given, as if the server had set it: who signs in gets another cookie in its place,
    and no second one beside it."""
    given = httpx2.Cookies()
    heads = [("set-cookie", f"{one}; Path=/") for one in options.get("cookie", "").split("; ")]
    request = httpx2.Request("GET", url)
    given.extract_cookies(httpx2.Response(200, headers=heads, request=request))
    return given


def sync_http(url: str, options: Options) -> Sync:
    """Raises TypeError or ValueError for options that make no client."""
    return SyncHTTP(manner(url, options), httpx2.Client(**arguments(url, options)))


def async_http(url: str, options: Options) -> Async:
    """Raises TypeError or ValueError for options that make no client."""
    return AsyncHTTP(manner(url, options), httpx2.AsyncClient(**arguments(url, options)))


def reply_of(response: httpx2.Response) -> Reply:
    return Reply(response.status_code, response.headers, response.content)


def no_reply(error: httpx2.TransportError) -> NoReply:
    is_late = isinstance(error, httpx2.TimeoutException)
    text = f"no answer from the server: {str(error) or type(error).__name__}"
    code: Code = "TIMEOUT" if is_late else "SERVICE_UNAVAILABLE"
    failure = NoReply(code, text, unsent=isinstance(error, UNSENT))
    failure.__cause__ = error
    return failure


def answered(came: Reply | NoReply) -> Reply:
    """What came last of all attempts. Raises NoReply."""
    if isinstance(came, NoReply):
        raise came
    return came


def is_stream(response: httpx2.Response) -> bool:
    kind: str = response.headers.get("content-type", "")
    return response.status_code == 200 and kind.startswith(EVENT_STREAM)


def listening() -> httpx2.Timeout:
    return httpx2.Timeout(TIMEOUT, read=SILENCE)


class SyncHTTP(Sync):
    def __init__(self, manner: Manner, http: httpx2.Client) -> None:
        self._manner = manner
        self._http = http

    def keyed(self, key: str) -> Sync:
        return SyncHTTP(replace(self._manner, key=key), self._http)

    def run(self, call: Call[Any]) -> Any:
        return outcome(call, self._exchange(self._manner.one(call)))

    def run_all(self, calls: Sequence[Call[Any]]) -> list[Any]:
        return outcomes(calls, self._exchange(self._manner.all(calls)))

    def _exchange(self, asked: Asked) -> Reply:
        for attempt in count(1):
            came = self._reply(asked)
            pause = self._manner.retry.pause(attempt, asked, came)
            if pause is None:
                break
            time.sleep(pause)
        return answered(came)

    def _reply(self, asked: Asked) -> Reply | NoReply:
        try:
            return reply_of(self._http.request(**self._manner.as_sent(asked)))
        except httpx2.TransportError as error:
            return no_reply(error)

    def follow(self, call: Call[Any]) -> Iterator[Any]:
        following = Following(call, self._manner.retry)
        while True:
            pause = yield from self._connection(following)
            if following.is_over:
                return
            time.sleep(pause)

    def _connection(self, following: Following) -> Generator[Any, None, float]:
        """The items that come over one connection, and how long to wait for the next."""
        asked = self._manner.as_sent(following.request())
        try:
            with self._http.stream(**asked, timeout=listening()) as response:
                if not is_stream(response):
                    response.read()
                    return following.failed(reply_of(response))
                for event in httpx2.EventSource(response):
                    yield from following.items(event)
        except httpx2.TransportError as error:
            return following.failed(no_reply(error))
        return following.ended()

    def close(self) -> None:
        self._http.close()


class AsyncHTTP(Async):
    def __init__(self, manner: Manner, http: httpx2.AsyncClient) -> None:
        self._manner = manner
        self._http = http

    def keyed(self, key: str) -> Async:
        return AsyncHTTP(replace(self._manner, key=key), self._http)

    async def run(self, call: Call[Any]) -> Any:
        return outcome(call, await self._exchange(self._manner.one(call)))

    async def run_all(self, calls: Sequence[Call[Any]]) -> list[Any]:
        return outcomes(calls, await self._exchange(self._manner.all(calls)))

    async def _exchange(self, asked: Asked) -> Reply:
        for attempt in count(1):
            came = await self._reply(asked)
            pause = self._manner.retry.pause(attempt, asked, came)
            if pause is None:
                break
            await asyncio.sleep(pause)
        return answered(came)

    async def _reply(self, asked: Asked) -> Reply | NoReply:
        try:
            return reply_of(await self._http.request(**self._manner.as_sent(asked)))
        except httpx2.TransportError as error:
            return no_reply(error)

    async def follow(self, call: Call[Any]) -> AsyncIterator[Any]:
        following = Following(call, self._manner.retry)
        while not following.is_over:
            connection = Connection(self._manner.as_sent(following.request()), following)
            async with aclosing(connection.items(self._http)) as items:
                async for item in items:
                    yield item
            if not following.is_over:
                await asyncio.sleep(connection.pause)

    async def close(self) -> None:
        await self._http.aclose()


@dataclass
class Connection:
    """One of an awaited subscription; an async generator cannot return how long to wait."""

    asked: dict[str, Any]
    following: Following
    pause: float = 0.0

    async def items(self, http: httpx2.AsyncClient) -> AsyncGenerator[Any, None]:
        try:
            async with http.stream(**self.asked, timeout=listening()) as response:
                if not is_stream(response):
                    await response.aread()
                    self.pause = self.following.failed(reply_of(response))
                    return
                async for event in httpx2.EventSource(response):
                    for item in self.following.items(event):
                        yield item
        except httpx2.TransportError as error:
            self.pause = self.following.failed(no_reply(error))
        else:
            self.pause = self.following.ended()
