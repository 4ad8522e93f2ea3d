"""The HTTP endpoint, plain ASGI: reads requests, lets `wire` plan them and `calls` answer them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from rpc.answers import failure_of
from rpc.call import Source
from rpc.calls import AS_JSON, AS_TEXT, VARY, Calls, Reply, Unencodable
from rpc.errors import RPCError
from rpc.forms import OctetStream, OtherInput, limited, read_form
from rpc.inputs import Body, JSONInput, ParsedBody, ParsedInput, ResumedInput
from rpc.mount import Mount
from rpc.options import Response
from rpc.request import Request
from rpc.transport import Client, Gone, Receive, Scope, Send, lifespan, raw_path, read_body
from rpc.wire import (
    FORM,
    JSON,
    Head,
    Plan,
    is_host,
    last_event_id,
    require_allowed,
)


class Endpoint(Mount):
    """An ASGI app that answers tRPC calls below a path, by HTTP."""

    def serves(self, scope: Scope) -> bool:
        """Whether a request is for this endpoint."""
        return scope["type"] == "http" and raw_path(scope).startswith(self.path + b"/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif self.serves(scope):
            await self.answer(scope, receive, send)
        else:
            await Exchange(self, scope, Client(receive), send).run_without_calls(404)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that this endpoint serves."""
        exchange = Exchange(self, scope, Client(receive), send)
        if scope["method"] == "HEAD":
            await exchange.run_without_calls(self.options.head_status)
        else:
            await exchange.run()


class Exchange:
    """One HTTP request on its way to its answer."""

    def __init__(self, endpoint: Endpoint, scope: Scope, client: Client, send: Send) -> None:
        self.endpoint = endpoint
        self.request = Request(scope)
        self.client = client
        self._scope = scope
        self._send = send
        self._asked: Plan | None = None
        self._ctx: Any = None
        self._other: OtherInput | None = None

    async def run(self) -> None:
        try:
            await self._run()
        except Gone:
            return
        finally:
            if self._other is not None:
                self._other.close()
            if self.client.is_listening:
                await self.client.listen_no_more()

    async def _run(self) -> None:
        if not is_host(self.request.header("host")):
            await self.client.read_rest()
            await self._respond(self._whole_failure(RPCError("BAD_REQUEST", "Invalid URL")))
            return
        try:
            reply = await self._reply()
        except RPCError as error:
            reply = self._whole_failure(error, AS_TEXT, VARY)
        try:
            self._add_meta(reply)
        except Exception as error:
            reply = self._whole_failure(error)
        if not self.client.is_there:
            await self.client.read_rest()
        await self._respond(reply)

    async def run_without_calls(self, status: int) -> None:
        """Answer by a bare status."""
        try:
            await self.client.read_rest()
        except Gone:
            return
        await self._send({"type": "http.response.start", "status": status, "headers": []})
        await self._send({"type": "http.response.body", "body": b""})

    async def _reply(self) -> Reply:
        request, options = self.request, self.endpoint.options
        asked = self.endpoint.planner.plan(self._head())
        self._asked, request.info = asked, asked.info
        sources = await self._sources(asked)
        require_allowed(asked, options)
        calls = Calls(self.endpoint, request, self.client, asked, sources)
        await calls.make_context()
        self._ctx = calls.ctx
        try:
            return await calls.reply()
        except Unencodable as failed:
            return self._whole_failure(failed.error, AS_JSON, VARY)

    def _head(self) -> Head:
        scope, header = self._scope, self.request.header
        path = raw_path(scope)[len(self.endpoint.path) :]
        kinds = (header("content-type"), header("accept"), header("trpc-accept"))
        return Head(self.request.method, path, scope["query_string"], *kinds)

    async def _sources(self, asked: Plan) -> list[Source]:
        """Where each call's input comes from."""
        if asked.kind != JSON:
            self._other = await self._other_source(asked)
            return [self._other]
        options = self.endpoint.options
        if self.request.method == "GET":
            body = Body(asked.query.get("input", "").encode(), options)
        else:
            body = await read_body(self.client.receive, options)
        sources = self._json_sources(asked, body)
        if asked.info.type == "subscription" and not asked.is_batch:
            seen = last_event_id(asked.query, self.request.header("last-event-id"))
            return sources if seen is None else [ResumedInput(sources[0], seen)]
        return sources

    def _json_sources(self, asked: Plan, body: Body) -> list[Source]:
        transformer = self.endpoint.options.transformer
        indexes = range(len(asked.paths)) if asked.is_batch else [None]
        if transformer is None and body.is_well_formed:
            return [JSONInput(body, index) for index in indexes]
        parsed = ParsedBody(body, transformer, len(asked.paths))
        return [ParsedInput(parsed, index) for index in indexes]

    async def _other_source(self, asked: Plan) -> OtherInput:
        options = self.endpoint.options
        chunks = limited(self.client.receive, options.max_body_size)
        if asked.kind != FORM:
            return OtherInput(OctetStream(chunks))
        try:
            kind = self.request.header("content-type") or ""
            return OtherInput(await read_form(chunks, kind, options.forms))
        except RPCError as error:
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
            await self.client.unless_gone(self._pour(reply.stream))
        await self._send({"type": "http.response.body", "body": reply.content})

    async def _pour(self, stream: AsyncGenerator[bytes, None]) -> None:
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})
