"""The HTTP endpoint, plain ASGI: reads requests, lets `wire` plan them and `calls` answer them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
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
from rpc.transport import Client, Gone, Receive, Scope, Send, lifespan, raw_path
from rpc.wire import (
    FORM,
    JSON,
    Head,
    Plan,
    connection_params,
    is_host,
    last_event_id,
    parsed_query,
    require_allowed,
)

WHOLE = (None,)  # the one call of a request that is no batch has its input to itself


class Endpoint(Mount):
    """An ASGI app that answers tRPC calls below a path, by HTTP."""

    def serves(self, scope: Scope) -> bool:
        """Whether a request is for this endpoint."""
        return scope["type"] == "http" and raw_path(scope).startswith(self.path + b"/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.serves(scope):
            await self.answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await lifespan(receive, send)
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
        self._query: Mapping[str, str] = {}
        self._asked: Plan | None = None
        self._ctx: Any = None
        self._other: OtherInput | None = None

    async def run(self) -> None:
        try:
            reply = await self._reply()
            if not self.client.is_there:
                await self.client.read_rest()
            await self._respond(reply)
        except Gone:
            return
        finally:
            if self._other is not None:
                self._other.close()
            if self.client.is_listening:
                await self.client.listen_no_more()

    async def _reply(self) -> Reply:
        if not is_host(self.request.first.get(b"host", b"")):
            return self._whole_failure(RPCError("BAD_REQUEST", "Invalid URL"))
        try:
            reply = await self._called()
        except RPCError as error:
            reply = self._whole_failure(error, AS_TEXT, VARY)
        try:
            if self.endpoint.options.response_meta or self.request.response_headers:
                self._add_meta(reply)
        except Exception as error:
            return self._whole_failure(error)
        return reply

    async def run_without_calls(self, status: int) -> None:
        """Answer by a bare status."""
        try:
            await self.client.read_rest()
        except Gone:
            return
        await self._send({"type": "http.response.start", "status": status, "headers": []})
        await self._send({"type": "http.response.body", "body": b""})

    async def _called(self) -> Reply:
        asked = self._planned()
        if asked.kind == JSON:
            sources = self._json_sources(asked, await self._text())
        else:
            self._other = await self._other_source(asked)
            sources = [self._other]
        require_allowed(asked, self.endpoint.options)
        calls = Calls(self.endpoint, self.request, self.client, asked, sources)
        await calls.make_context()
        self._ctx = calls.ctx
        try:
            return await calls.reply()
        except Unencodable as failed:
            return self._whole_failure(failed.error, AS_JSON, VARY)

    def _planned(self) -> Plan:
        scope, first = self._scope, self.request.first.get
        path = raw_path(scope)[len(self.endpoint.path) :]
        query = self._query = parsed_query(scope["query_string"])
        kinds = (first(b"content-type"), first(b"accept"), first(b"trpc-accept"))
        head = Head(scope["method"], path, query.get("batch") == "1", *kinds)
        asked = self.endpoint.planner.plan(head)
        info = asked.info
        if "connectionParams" in query and asked.kind == JSON:
            params = connection_params(query["connectionParams"], self.endpoint.options)
            info = replace(info, connection_params=params)
        self._asked, self.request.info = asked, info
        return asked

    async def _text(self) -> Body:
        if self._scope["method"] == "GET":
            return Body(self._query.get("input", "").encode(), self.endpoint.options)
        return await self.client.body(self.endpoint.options)

    def _json_sources(self, asked: Plan, body: Body) -> list[Source]:
        """Where each call's input comes from."""
        transformer = self.endpoint.options.transformer
        indexes = range(len(asked.paths)) if asked.is_batch else WHOLE
        if transformer is None and body.is_well_formed:
            sources: list[Source] = [JSONInput(body, index) for index in indexes]
        else:
            parsed = ParsedBody(body, transformer, len(asked.paths))
            sources = [ParsedInput(parsed, index) for index in indexes]
        if asked.info.type == "subscription" and not asked.is_batch:
            seen = last_event_id(self._query, self.request.header("last-event-id"))
            return sources if seen is None else [ResumedInput(sources[0], seen)]
        return sources

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
        head = {"type": "http.response.start", "status": reply.status, "headers": reply.headers}
        await self._send(head)
        if reply.stream is not None:
            await self.client.unless_gone(self._pour(reply.stream))
        await self._send({"type": "http.response.body", "body": reply.content})

    async def _pour(self, stream: AsyncGenerator[bytes, None]) -> None:
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})
