"""The HTTP endpoint, plain ASGI: reads requests, lets `wire` plan them, runs the calls, answers."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from rpc.answers import Answer, Answers, combined, failure_of
from rpc.call import Call, Inline, Source, Units, start
from rpc.errors import RPCError
from rpc.forms import OctetStream, OtherInput, limited, read_form
from rpc.options import Options, Response
from rpc.procedure import Procedure
from rpc.request import Request
from rpc.router import Router
from rpc.stream import JSONLines, cancelled, events, is_iterable, is_streamed, known
from rpc.wire import (
    FORM,
    JSON,
    Body,
    Head,
    JSONInput,
    Plan,
    ResumedInput,
    TransformedBody,
    TransformedInput,
    WrongMethod,
    last_event_id,
    plan,
    require_allowed,
    require_callable,
)

T = TypeVar("T")
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

VARY = (b"vary", b"trpc-accept, accept")
AS_JSON = (b"content-type", b"application/json")
# tRPC answers a request that failed as a whole with this type, though the body is JSON.
AS_TEXT = (b"content-type", b"text/plain;charset=UTF-8")
AS_EVENTS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
]
STREAM_IN_PLAIN = (
    "Cannot use stream-like response in non-streaming request - use httpBatchStreamLink"
)

NOT_ITERABLE = "Subscription %s did not return an observable or a AsyncGenerator"


class Gone(Exception):
    """The client has left."""


@dataclass(slots=True)
class Reply:
    """What is sent back: bytes, or a stream of them."""

    status: int
    headers: Headers
    content: bytes = b""
    stream: AsyncGenerator[bytes, None] | None = None
    errors: Sequence[RPCError] = ()
    count: int = 0


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
    ) -> None:
        self.path = path.encode()
        self.router = router
        self.create_context = create_context
        self.units = units or Inline()
        self.options = options or Options()
        self.answers = Answers(self.options)

    def serves(self, scope: Scope) -> bool:
        """Whether a request is for this endpoint."""
        return scope["type"] == "http" and raw_path(scope).startswith(self.path + b"/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif not self.serves(scope):
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        elif scope["method"] == "HEAD":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})
        else:
            await Exchange(self, scope, receive, send).run()


class Exchange:
    """One HTTP request on its way to its answer."""

    def __init__(self, endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
        self.endpoint = endpoint
        self.request = Request(scope)
        self.receive = receive
        self._scope = scope
        self._send = send
        self._asked: Plan | None = None
        self._ctx: Any = None

    async def run(self) -> None:
        try:
            try:
                reply = await self._reply()
            except RPCError as error:
                reply = self._whole_failure(error, AS_TEXT, VARY)
            try:
                self._add_meta(reply)
            except Exception as error:
                reply = self._whole_failure(error)
            await self._respond(reply)
        except Gone:
            return

    async def _reply(self) -> Reply:
        request, options = self.request, self.endpoint.options
        try:
            asked = plan(self.endpoint.router, options, self._head())
        except RPCError:
            await read_body(self.receive, 0)  # an answer with the body unread leaks a connection
            raise
        self._asked, request.info = asked, asked.info
        sources = await self._sources(asked)
        require_allowed(asked, options)
        calls = Calls(self, asked, sources)
        await calls.make_context()
        self._ctx = calls.ctx
        try:
            return await calls.reply()
        except Unencodable as failed:
            return self._whole_failure(failed.error, AS_JSON, VARY)

    def _head(self) -> Head:
        request = self.request
        return Head(
            request.method,
            raw_path(self._scope)[len(self.endpoint.path) :],
            self._scope["query_string"],
            request.header("content-type"),
            request.header("accept"),
            request.header("trpc-accept"),
        )

    async def _sources(self, asked: Plan) -> list[Source]:
        """Where each call's input comes from."""
        if asked.kind != JSON:
            return [await self._other_source(asked)]
        if self.request.method == "GET":
            body = Body(asked.query.get("input", "").encode())
        else:
            body = await read_body(self.receive, self.endpoint.options.max_body_size)
        sources = self._json_sources(asked, body)
        if asked.info.type == "subscription" and not asked.is_batch:
            seen = last_event_id(asked.query, self.request.header("last-event-id"))
            return sources if seen is None else [ResumedInput(sources[0], seen)]
        return sources

    def _json_sources(self, asked: Plan, body: Body) -> list[Source]:
        transformer = self.endpoint.options.transformer
        indexes = range(len(asked.paths)) if asked.is_batch else [None]
        if transformer is None:
            return [JSONInput(body, index) for index in indexes]
        transformed = TransformedBody(body, transformer, len(asked.paths))
        return [TransformedInput(transformed, index) for index in indexes]

    async def _other_source(self, asked: Plan) -> OtherInput:
        options = self.endpoint.options
        chunks = limited(self.receive, options.max_body_size)
        if asked.kind != FORM:
            return OtherInput(OctetStream(chunks))
        try:
            kind = self.request.header("content-type") or ""
            return OtherInput(await read_form(chunks, kind, options.forms))
        except RPCError as error:
            async for _ in chunks:
                pass
            return OtherInput(error)

    def _whole_failure(self, error: Exception, *headers: tuple[bytes, bytes]) -> Reply:
        type = self._asked.info.type if self._asked else "unknown"
        failure = failure_of(error, type=type, ctx=self._ctx)
        answer = self.endpoint.answers.refusal(failure, self.request)
        return Reply(answer.status, [*headers], answer.envelope, None, [failure.error], 1)

    def _add_meta(self, reply: Reply) -> None:
        """What `response_meta` and the calls add to the head."""
        response_meta = self.endpoint.options.response_meta
        added = self.request.response_headers
        if response_meta is not None:
            meta = response_meta(self._response(reply))
            reply.status = meta.status or reply.status
            added = [*added, *((k.encode(), v.encode("latin-1")) for k, v in meta.headers)]
        for name, value in added:
            if name == b"vary":
                reply.headers = [
                    (k, v + b", " + value if k == name else v) for k, v in reply.headers
                ]
            else:
                reply.headers.append((name, value))

    def _response(self, reply: Reply) -> Response:
        asked, is_eager = self._asked, reply.stream is not None
        return Response(
            self._ctx,
            asked.info.type if asked else "unknown",
            asked.paths if asked else None,
            reply.errors,
            0 if is_eager else reply.count,
            is_eager,
        )

    async def _respond(self, reply: Reply) -> None:
        self.request.is_answered = True
        if reply.stream is None:
            reply.headers.append((b"content-length", str(len(reply.content)).encode()))
        start_message = {"type": "http.response.start", "status": reply.status}
        await self._send({**start_message, "headers": reply.headers})
        if reply.stream is not None:
            await unless_gone(self.receive, self._pour(reply.stream))
        await self._send({"type": "http.response.body", "body": reply.content})

    async def _pour(self, stream: AsyncGenerator[bytes, None]) -> None:
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that was refused before it had anything to wait for."""

    error: Exception


class Unencodable(Exception):
    """JSON cannot hold a result: the whole request fails, its other calls too."""

    def __init__(self, error: Exception) -> None:
        self.error = error


@dataclass(slots=True)
class Calls:
    """The calls of one request under way."""

    exchange: Exchange
    asked: Plan
    sources: list[Source]
    ctx: Any = None
    headers: Headers = field(default_factory=lambda: [VARY])
    no_context: Exception | None = None

    async def make_context(self) -> None:
        try:
            ctx = self.exchange.endpoint.create_context(self.exchange.request)
            self.ctx = await ctx if inspect.isawaitable(ctx) else ctx
        except Exception as error:
            self.no_context = error

    async def reply(self) -> Reply:
        if self.asked.is_streamed:
            return self._streamed()
        if self.asked.is_batch:
            return await self._batch()
        if self.asked.info.type == "subscription":
            return await self._subscribed()
        answer = await self._answered(self._begun(0), 0)
        return self._plain(answer.envelope, answer.status, [answer])

    def _plain(self, content: bytes, status: int, answers: Sequence[Answer]) -> Reply:
        errors = [answer.error for answer in answers if answer.error is not None]
        return Reply(status, [AS_JSON, *self.headers], content, None, errors, len(answers))

    async def _batch(self) -> Reply:
        begun = [concurrently(self._begun(i)) for i in range(len(self.asked.paths))]
        if waiting := {value for value in begun if isinstance(value, asyncio.Task)}:
            await unless_gone(self.exchange.receive, all_ended(waiting))
        answers = [await self._answered(value, i) for i, value in enumerate(begun)]
        content, status = combined(answers)
        return self._plain(content, status, answers)

    def _streamed(self) -> Reply:
        endpoint = self.exchange.endpoint
        options = endpoint.options.jsonl
        indexes = range(len(self.asked.paths))
        lines = JSONLines(endpoint.answers, options)
        begun = [self._begun(i) for i in indexes]
        stream = lines.stream(
            [self._nested(value, i) for i, value in enumerate(begun)],
            [partial(self._shape, i) for i in indexes],
        )
        kind = (b"content-type", options.content_type.encode())
        return Reply(200, [kind, *self.headers], stream=stream)

    async def _nested(self, begun: Any, index: int) -> Any:
        try:
            value = await self._value(begun)
        except Exception as error:
            return {"error": self._shape(index, error)}
        return {"result": known({"data": known(value)})}

    async def _subscribed(self) -> Reply:
        endpoint, request = self.exchange.endpoint, self.exchange.request
        seen = last_event_id(self.asked.query, request.header("last-event-id"))
        stream = events(
            await self._iterable(),
            endpoint.answers,
            endpoint.options.sse,
            seen,
            partial(self._shape, 0),
        )
        return Reply(200, [*AS_EVENTS, *self.headers], stream=stream)

    async def _iterable(self) -> Any:
        """What the subscription gives, or what fails in its place."""
        try:
            value = await self._value(self._begun(0))
        except Exception as error:
            return failing(error)
        if not self.exchange.endpoint.options.sse.enabled:
            flag = 'Missing experimental flag "sseSubscriptions"'
            return failing(RPCError("METHOD_NOT_SUPPORTED", flag))
        if not is_iterable(value):
            return failing(RPCError("INTERNAL_SERVER_ERROR", NOT_ITERABLE % self.asked.paths[0]))
        return value

    def _begun(self, index: int) -> Any:
        """The result of a call, an awaitable of it, or what it was refused with."""
        endpoint = self.exchange.endpoint
        try:
            procedure = self._callable(index)
            if self.no_context is not None:
                raise self.no_context
            call = Call(self.asked.paths[index], procedure, self.sources[index], index)
            return start(call, self.ctx, endpoint.units)
        except Exception as error:
            return Refused(error)

    def _callable(self, index: int) -> Procedure:
        method, options = self.exchange.request.method, self.exchange.endpoint.options
        try:
            return require_callable(self.asked, index, method, options)
        except WrongMethod as error:
            header = (b"allow", error.allow.encode())
            self.headers = [*(h for h in self.headers if h[0] != b"allow"), header]
            raise

    async def _value(self, begun: Any) -> Any:
        if isinstance(begun, Refused):
            raise begun.error
        if not inspect.isawaitable(begun):
            return begun
        if inspect.iscoroutine(begun) and self.asked.kind == JSON and not self.asked.is_streamed:
            return await unless_gone(self.exchange.receive, begun)
        return await begun

    async def _answered(self, begun: Any, index: int) -> Answer:
        try:
            value = await self._value(begun)
        except Gone:
            raise
        except Exception as error:
            return self._refused(index, error)
        if is_streamed(value):
            return self._refused_stream(index, value)
        procedure = self.asked.procedures[index]
        try:
            return self.exchange.endpoint.answers.result(procedure.output, value)  # type: ignore[union-attr]
        except Exception as error:
            raise Unencodable(error) from error

    def _refused_stream(self, index: int, value: Any) -> Answer:
        error = RPCError("UNSUPPORTED_MEDIA_TYPE", STREAM_IN_PLAIN)
        if not self.asked.is_batch:
            raise Unencodable(error)
        return self._refused(index, error)

    def _refused(self, index: int, error: Exception) -> Answer:
        return self.exchange.endpoint.answers.refusal(
            self._failure(index, error), self.exchange.request
        )

    def _shape(self, index: int, error: Exception) -> dict[str, Any]:
        return self.exchange.endpoint.answers.shape(
            self._failure(index, error), self.exchange.request
        )

    def _failure(self, index: int, error: Exception) -> Any:
        procedure = self.asked.procedures[index]
        return failure_of(
            error,
            type="unknown" if procedure is None else procedure.type,
            path=self.asked.paths[index],
            ctx=self.ctx,
            source=self.sources[index] if self._is_read(index) else None,
        )

    def _is_read(self, index: int) -> bool:
        """Who reads one input of a batch, reads all; a stream tells errors before that."""
        if self.asked.is_streamed:
            return self.sources[index].taken
        return any(source.taken for source in self.sources)


async def failing(error: Exception) -> AsyncGenerator[Any, None]:
    raise error
    yield


def concurrently(begun: Any) -> Any:
    return asyncio.ensure_future(begun) if inspect.iscoroutine(begun) else begun


async def all_ended(tasks: set[asyncio.Task[Any]]) -> None:
    try:
        await asyncio.wait(tasks)
    finally:
        await cancelled(tasks)


async def unless_gone(receive: Receive, work: Awaitable[T]) -> T:
    """The result of `work`, which is cancelled when the client leaves. Raises Gone."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(disconnected(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise Gone
        return task.result()
    finally:
        await cancelled({task, gone})


async def disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def raw_path(scope: Scope) -> bytes:
    """The path as it was sent: servers decode `path` in ways that lose what was asked."""
    raw: bytes | None = scope.get("raw_path")
    return quote(scope["path"]).encode() if raw is None else raw


async def read_body(receive: Receive, limit: int | None) -> Body:
    """The whole body, or the refusal to read one that is too large. Raises Gone."""
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


async def lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
