"""The HTTP endpoint, plain ASGI: reads requests, lets `wire` plan them and `calls` answer them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from msgspec import Struct

from rpc.answers import failure_of
from rpc.call import Source
from rpc.calls import AS_JSON, AS_TEXT, VARY, Calls, Reply, Unencodable
from rpc.errors import RPCError
from rpc.forms import OctetStream, OtherInput, limited, read_form
from rpc.inputs import BOM, Body, Member, ParsedBody, ParsedInput, ResumedInput
from rpc.mount import Mount
from rpc.options import Options, Response
from rpc.request import Request
from rpc.transport import (
    Client,
    Gone,
    Receive,
    Scope,
    Send,
    is_bodiless,
    lifespan,
    raw_path,
    send_whole,
)
from rpc.wire import (
    FORM,
    JSON,
    Plan,
    connection_params,
    is_host,
    last_event_id,
    parsed_query,
    require_allowed,
)


class Endpoint(Mount):
    """An ASGI app that answers tRPC calls below a path, by HTTP."""

    def serves(self, scope: Scope) -> bool:
        """Whether a request is for this endpoint."""
        raw = scope.get("raw_path") or raw_path(scope)
        return scope["type"] == "http" and raw.startswith(self.prefix)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
        elif self.serves(scope):
            await self.answer(scope, receive, send)
        else:
            await answer_without_calls(Client(receive), send, 404)

    def answer(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request that this endpoint serves."""
        request = Request(scope)
        client = Client(receive, is_bodiless(scope, request.first))
        if scope["method"] == "HEAD":
            return answer_without_calls(client, send, self.options.head_status)
        return Exchange(self, request, client, scope, send).run()


async def answer_without_calls(client: Client, send: Send, status: int) -> None:
    """Answer by a bare status."""
    try:
        await client.read_rest()
    except Gone:
        return
    await send_whole(send, status, [])


class Exchange(Struct, eq=False):
    """One HTTP request on its way to its answer."""

    endpoint: Endpoint
    request: Request
    client: Client
    scope: Scope
    send: Send
    query: Mapping[str, str] = {}
    asked: Plan | None = None
    ctx: Any = None
    other: OtherInput | None = None

    async def run(self) -> None:
        client, send = self.client, self.send
        try:
            reply = await self._reply()
            if not client.is_read or client.has_left:
                await client.read_rest()
            self.request.is_answered = True
            await send(reply.head())
            if reply.stream is not None:
                await client.unless_gone(self._pour(reply.stream))
            await send({"type": "http.response.body", "body": reply.content})
        except Gone:
            return
        finally:
            if self.other is not None:
                self.other.close()
            if client.gone is not None:
                await client.listen_no_more()

    async def _reply(self) -> Reply:
        request, options = self.request, self.endpoint.options
        if not is_host(request.first.get(b"host", b"")):
            return self._whole_failure(RPCError("BAD_REQUEST", "Invalid URL"))
        try:
            asked = self._planned()
            if asked.kind != JSON:
                self.other = await self._other_source(asked)
                sources: list[Source] = [self.other]
            elif self.scope["method"] == "GET":
                sources = self._json_sources(asked, in_url(self.query, options))
            else:
                sources = self._json_sources(asked, await self.client.body(options))
            calls = Calls(self.endpoint, request, self.client, asked, sources)
            if (waiting := calls.make_context()) is not None:
                await waiting
            self.ctx = calls.ctx
            reply = calls.reply()
            if type(reply) is not Reply:
                reply = await reply
        except RPCError as error:
            reply = self._whole_failure(error, AS_TEXT, VARY)
        except Unencodable as failed:
            reply = self._whole_failure(failed.error, AS_JSON, VARY)
        return (
            self._with_meta(reply) if options.response_meta or request.response_headers else reply
        )

    def _planned(self) -> Plan:
        scope, endpoint, first = self.scope, self.endpoint, self.request.first.get
        if scope["query_string"]:
            self.query = parsed_query(scope["query_string"])
        asked = endpoint.planner.plan(
            scope["method"],
            (scope.get("raw_path") or raw_path(scope))[len(endpoint.path) :],
            self.query.get("batch") == "1",
            first(b"content-type"),
            first(b"accept"),
            first(b"trpc-accept"),
        )
        info = asked.info
        if "connectionParams" in self.query and asked.kind == JSON:
            params = connection_params(self.query["connectionParams"], endpoint.options)
            info = replace(info, connection_params=params)
        # Not before: unreadable params leave it unknown what was asked.
        self.asked, self.request.info = asked, info
        if asked.is_batch or asked.is_streamed:
            require_allowed(asked, endpoint.options)
        return asked

    def _json_sources(self, asked: Plan, body: Body) -> list[Source]:
        """Where each call's input comes from."""
        options = self.endpoint.options
        if options.transformer or (options.allow_ill_formed_text and body.may_be_ill_formed):
            parsed = ParsedBody(body, options.transformer, len(asked.paths))
            if asked.is_batch:
                return [ParsedInput(parsed, index) for index in asked.indexes]
            source: Source = ParsedInput(parsed, None)
        elif asked.is_batch:
            return [Member(body, key) for key in asked.keys]
        else:
            source = body
        return [self._resumed(source) if asked.info.type == "subscription" else source]

    def _resumed(self, source: Source) -> Source:
        seen = last_event_id(self.query, self.request.header("last-event-id"))
        return source if seen is None else ResumedInput(source, seen)

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
        type = self.asked.info.type if self.asked else "unknown"
        failure = failure_of(error, type=type, ctx=self.ctx)
        answer = self.endpoint.answers.refusal(failure, self.request)
        return Reply(answer.status, [*headers], answer.envelope, None, [failure.error], 1)

    def _with_meta(self, reply: Reply) -> Reply:
        """The reply with what `response_meta` and the calls add to its head."""
        try:
            self._add_meta(reply)
        except Exception as error:
            return self._whole_failure(error)
        return reply

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
        asked, is_eager = self.asked, reply.stream is not None
        return Response(
            self.ctx,
            asked.info.type if asked else "unknown",
            asked.paths if asked else None,
            reply.errors,
            0 if is_eager else reply.count,
            is_eager,
        )

    async def _pour(self, stream: AsyncGenerator[bytes, None]) -> None:
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                await self.send({"type": "http.response.body", "body": piece, "more_body": True})


def in_url(query: Mapping[str, str], options: Options) -> Body:
    return Body(query.get("input", "").encode().removeprefix(BOM), options)
