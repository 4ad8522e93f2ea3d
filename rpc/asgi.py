"""The HTTP endpoint, plain ASGI: reads requests, lets `wire` plan them and `calls` answer them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Mapping
from contextlib import aclosing
from dataclasses import replace

from rpc.answers import failure_of
from rpc.call import Source
from rpc.calls import AS_JSON, AS_TEXT, VARY, Calls, Reply, Unencodable
from rpc.errors import RPCError
from rpc.forms import OctetStream, OtherInput, limited, read_form
from rpc.inputs import BOM, Body, Member, ParsedBody, ParsedInput, ResumedInput
from rpc.mount import Mount
from rpc.options import Response
from rpc.request import Request
from rpc.transport import (
    Client,
    Gone,
    Receive,
    Scope,
    Send,
    lifespan,
    raw_path,
    send_whole,
)
from rpc.wire import (
    FORM,
    JSON,
    UNKNOWN,
    Head,
    InvalidURL,
    connection_params,
    last_event_id,
    parsed_query,
    require_allowed,
)


class Endpoint(Mount):
    """An ASGI app that answers tRPC calls below a path, by HTTP."""

    def serves(self, scope: Scope) -> bool:
        """Whether a request is for this endpoint."""
        if scope["type"] != "http":
            return False
        return (scope.get("raw_path") or raw_path(scope)).startswith(self.prefix)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.serves(scope):
            await self.answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await lifespan(receive, send)
        else:
            await answer_without_calls(Client(receive), send, 404)

    def answer(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer a request that this endpoint serves."""
        client = Client(receive)
        if scope["method"] == "HEAD":
            return answer_without_calls(client, send, self.options.head_status)
        return Exchange(self, Request(scope), client, scope=scope, send=send).run()


async def answer_without_calls(client: Client, send: Send, status: int) -> None:
    """Answer by a bare status."""
    try:
        await client.read_rest()
    except Gone:
        return
    await send_whole(send, status, [])


class Exchange(Calls, kw_only=True):
    """One HTTP request on its way to its answer."""

    scope: Scope
    send: Send
    query: Mapping[str, str] = {}
    other: OtherInput | None = None

    async def run(self) -> None:
        """Read the request, run its calls and send the reply."""
        client, send = self.client, self.send
        try:
            reply = await self._read_reply()
            if not client.is_read or client.has_left:
                await client.read_rest()
            self.request.is_answered = True
            status, headers, content = reply.status, reply.headers, reply.content
            if reply.stream is None:
                headers.append((b"content-length", b"%d" % len(content)))
            await send({"type": "http.response.start", "status": status, "headers": headers})
            if reply.stream is not None:
                await client.unless_gone(self._pour(reply.stream))
            await send({"type": "http.response.body", "body": content})
        except Gone:
            return
        finally:
            if self.other is not None:
                self.other.close()
            if client.gone is not None:
                await client.listen_no_more()

    async def _read_reply(self) -> Reply:
        """The reply to what is read here. Raises Gone."""
        options, request = self.mount.options, self.request
        try:
            self._plan()
            asked = self.asked
            if asked.kind != JSON:
                self.other = await self._other_input()
                self.sources = (self.other,)
            else:
                is_get = self.scope["method"] == "GET"
                body = self._in_url() if is_get else await self.client.body(options, request)
                self.sources = (body,) if asked.is_plain else self._json_sources(body)
            reply = self.reply()
            if type(reply) is not Reply:
                reply = await reply
        except InvalidURL as error:
            return self._whole_failure(error)
        except RPCError as error:
            reply = self._whole_failure(error, AS_TEXT, VARY)
        except Unencodable as failed:
            reply = self._whole_failure(failed.error, AS_JSON, VARY)
        if options.response_meta or request.response_headers:
            return self._with_meta(reply)
        return reply

    def _plan(self) -> None:
        """Find out which calls are asked for."""
        scope, mount, first = self.scope, self.mount, self.request.first.get
        may_batch = False
        if scope["query_string"]:
            self.query = parsed_query(scope["query_string"])
            may_batch = self.query.get("batch") == "1"
        head = (
            scope["method"],
            first(b"host", b""),
            (scope.get("raw_path") or raw_path(scope))[len(mount.path) :],
            may_batch,
            first(b"content-type"),
            first(b"accept"),
            first(b"trpc-accept"),
        )
        asked = mount.planner.kept.get(head) or mount.planner.plan(Head(*head))
        info = asked.info
        if "connectionParams" in self.query and asked.kind == JSON:
            params = connection_params(self.query["connectionParams"], mount.options)
            info = replace(info, connection_params=params)
        # Not before: unreadable params leave it unknown what was asked.
        self.asked, self.request.info = asked, info
        if not asked.is_plain:
            require_allowed(asked, mount.options)

    def _in_url(self) -> Body:
        """The input of a GET; before HTTP/2 the head says whether a body follows all the same."""
        scope, first = self.scope, self.request.first
        if scope["http_version"] < "2":
            self.client.is_read = not (b"content-length" in first or b"transfer-encoding" in first)
        text = self.query["input"].encode() if "input" in self.query else b""
        return Body(text.removeprefix(BOM), self.mount.options)

    def _json_sources(self, body: Body) -> list[Source]:
        """Where each call's input comes from."""
        asked, options = self.asked, self.mount.options
        if options.transformer or (options.allow_ill_formed_text and body.may_be_ill_formed):
            parsed = ParsedBody(body, options.transformer, len(asked.paths))
            if asked.is_batch:
                return [ParsedInput(parsed, index) for index in asked.indexes]
            source: Source = ParsedInput(parsed, None)
        elif asked.is_batch:
            return [Member(body, key) for key in asked.keys]
        else:
            source = body
        return [self._resumed(source) if asked.is_subscription else source]

    def _resumed(self, source: Source) -> Source:
        seen = last_event_id(self.query, self.request.header("last-event-id"))
        return source if seen is None else ResumedInput(source, seen)

    async def _other_input(self) -> OtherInput:
        """The input that is no JSON."""
        options = self.mount.options
        chunks = limited(self.client.receive, options.max_body_size)
        if self.asked.kind != FORM:
            return OtherInput(OctetStream(chunks))
        try:
            kind = self.request.header("content-type") or ""
            return OtherInput(await read_form(chunks, kind, options.forms))
        except RPCError as error:
            return OtherInput(error)

    def _whole_failure(self, error: Exception, *headers: tuple[bytes, bytes]) -> Reply:
        failure = failure_of(error, type=self.asked.info.type, ctx=self.ctx)
        answer = self.mount.answers.refusal(failure, self.request)
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
        response_meta = self.mount.options.response_meta
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
            asked.info.type,
            None if asked is UNKNOWN else asked.paths,
            reply.errors,
            0 if is_eager else reply.count,
            is_eager,
        )

    async def _pour(self, stream: AsyncGenerator[bytes, None]) -> None:
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                await self.send({"type": "http.response.body", "body": piece, "more_body": True})
