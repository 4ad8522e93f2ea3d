"""The HTTP endpoint, plain ASGI: reads requests, lets `wire` plan them, runs the calls, answers."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote

from rpc.call import Call, Inline, Units, start
from rpc.errors import CODES, RPCError, as_rpc_error, error_shape
from rpc.request import Request, RequestInfo
from rpc.router import Router
from rpc.wire import (
    Body,
    Head,
    JSONInput,
    Options,
    Outcome,
    Plan,
    WrongMethod,
    combined,
    failed,
    plan,
    require_callable,
    succeeded,
)

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

VARY = (b"vary", b"trpc-accept, accept")
AS_JSON = (b"content-type", b"application/json")
# tRPC answers a request that failed as a whole with this type, though the body is JSON.
AS_TEXT = (b"content-type", b"text/plain;charset=UTF-8")

log = logging.getLogger("rpc")


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent back."""

    status: int
    headers: Headers
    content: bytes


class Gone(Exception):
    """The client left before its request was complete."""


class FormatError(Protocol):
    """Makes the error that is sent out of the default shape: `{message, code, data}`."""

    def __call__(self, shape: dict[str, Any], error: RPCError) -> dict[str, Any]: ...


def unchanged(shape: dict[str, Any], error: RPCError) -> dict[str, Any]:
    return shape


class Endpoint:
    """An ASGI app that answers tRPC calls below a path.

    `create_context` makes the context of a request's calls; it may be async, and may refuse by
    raising. `units` runs the `def` parts of calls, for instance each in a transaction.
    """

    def __init__(
        self,
        router: Router,
        create_context: Callable[[Request], Any],
        *,
        path: str = "/rpc",
        units: Units | None = None,
        options: Options | None = None,
        format_error: FormatError = unchanged,
    ) -> None:
        self.path = path.encode()
        self.router = router
        self.create_context = create_context
        self.units = units or Inline()
        self.options = options or Options()
        self.format_error = format_error

    def serves(self, scope: Scope) -> bool:
        """Whether a request is for this endpoint."""
        return scope["type"] == "http" and raw_path(scope).startswith(self.path + b"/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "HEAD":
            await respond(send, Reply(204, [], b""))
            return
        try:
            body = await read_body(receive, self.options.max_body_size)
        except Gone:
            return
        request = Request(scope)
        reply = await self._reply(request, self._head(request, scope), body)
        reply.headers.extend(request.response_headers)
        await respond(send, reply)

    def _head(self, request: Request, scope: Scope) -> Head:
        path = raw_path(scope)[len(self.path) :]
        return Head(request.method, path, scope["query_string"], request.header("content-type"))

    async def _reply(self, request: Request, head: Head, body: Body) -> Reply:
        try:
            asked = plan(self.router, self.options, head)
        except RPCError as error:
            outcome = self.refused(error, request)
            return Reply(outcome.status, [AS_TEXT, VARY], outcome.envelope)
        if head.method == "GET":
            body = Body(asked.query.get("input", "").encode())
        request.info = RequestInfo(
            asked.is_batch, request.header("trpc-accept"), asked.type, asked.paths
        )
        return await _Calls(self, request, asked, body).reply()

    def refused(self, error: Exception, request: Request, path: str | None = None) -> Outcome:
        """The outcome of what was raised. What nobody raised on purpose is logged and hidden."""
        refusal = as_rpc_error(error)
        if CODES[refusal.code].http == 500:
            log.error("%s failed in request %s", path, request.id, exc_info=error)
            request.add_response_header("x-request-id", request.id)
        if refusal.retry_after is not None:
            request.add_response_header("retry-after", str(refusal.retry_after))
        return failed(refusal, self.format_error(error_shape(refusal, path), refusal))


class _Calls:
    """The calls of one request under way."""

    def __init__(self, endpoint: Endpoint, request: Request, asked: Plan, body: Body) -> None:
        self._endpoint = endpoint
        self._request = request
        self._asked = asked
        self._body = body
        self._headers: Headers = [AS_JSON, VARY]
        self._ctx: Any = None
        self._no_context: Exception | None = None

    async def reply(self) -> Reply:
        await self._make_context()
        try:
            content, status = await self._outcomes()
        except Unencodable as error:
            outcome = self._endpoint.refused(error.error, self._request)
            content, status = outcome.envelope, outcome.status
        return Reply(status, self._headers, content)

    async def _make_context(self) -> None:
        try:
            ctx = self._endpoint.create_context(self._request)
            self._ctx = await ctx if inspect.isawaitable(ctx) else ctx
        except Exception as error:
            self._no_context = error

    async def _outcomes(self) -> tuple[bytes, int]:
        if not self._asked.is_batch:
            outcome = await self._settled(self._begun(0), 0)
            return outcome.envelope, outcome.status
        begun = [concurrently(self._begun(i)) for i in range(len(self._asked.paths))]
        return combined([await self._settled(value, i) for i, value in enumerate(begun)])

    def _begun(self, index: int) -> Any:
        """The result of a call, an awaitable of it, or what it was refused with."""
        asked, endpoint = self._asked, self._endpoint
        try:
            procedure = require_callable(asked, index, self._request.method, endpoint.options)
            if self._no_context is not None:
                raise self._no_context
            source = JSONInput(self._body, index if asked.is_batch else None)
            call = Call(asked.paths[index], procedure, source, index)
            return start(call, self._ctx, endpoint.units)
        except Exception as error:
            return Refused(error)

    async def _settled(self, begun: Any, index: int) -> Outcome:
        try:
            value = await begun if inspect.isawaitable(begun) else begun
        except Exception as error:
            value = Refused(error)
        if isinstance(value, Refused):
            return self._refused(value.error, index)
        try:
            return succeeded(value)
        except Exception as error:
            raise Unencodable(error) from error

    def _refused(self, error: Exception, index: int) -> Outcome:
        if isinstance(error, WrongMethod):
            self._headers.append((b"allow", error.allow.encode()))
        return self._endpoint.refused(error, self._request, self._asked.paths[index])


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that was refused before it had anything to wait for."""

    error: Exception


class Unencodable(Exception):
    """JSON cannot hold a result: the whole request fails, its other calls too."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def concurrently(begun: Any) -> Any:
    return asyncio.ensure_future(begun) if inspect.iscoroutine(begun) else begun


def raw_path(scope: Scope) -> bytes:
    """The path as it was sent: servers decode `path` in ways that lose what was asked."""
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"]).encode() if raw is None else raw


async def read_body(receive: Receive, limit: int | None) -> Body:
    """The whole body, or as much as may be kept and the refusal of the rest. Raises Gone."""
    pieces: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        piece = message.get("body", b"")
        size += len(piece)
        if limit is None or size <= limit:
            pieces.append(piece)
        if not message.get("more_body"):
            break
    if limit is not None and size > limit:
        return Body(b"", RPCError("PAYLOAD_TOO_LARGE"))
    return Body(b"".join(pieces))


async def respond(send: Send, reply: Reply) -> None:
    headers = reply.headers
    if reply.status != 204:
        headers = [*headers, (b"content-length", str(len(reply.content)).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.content})
