"""One HTTP request, step by step: reads it, lets `wire` plan and `calls` answer it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from rpc.answers import failure_of
from rpc.call import Source
from rpc.calls import AS_JSON, AS_TEXT, VARY, Calls, Reply, Unencodable, length_of, type_of
from rpc.codec import NotJSON
from rpc.errors import RPCError
from rpc.forms import OctetStream, OtherInput, limited, read_form
from rpc.inputs import Body, Member, ParsedBody, ParsedInput, ResumedInput
from rpc.javascript import encode
from rpc.options import Response
from rpc.request import header_line
from rpc.transport import Gone, Header, Send
from rpc.wire import (
    FORM,
    JSON,
    UNKNOWN,
    Head,
    InvalidURL,
    connection_params,
    last_event_id,
    require_allowed,
)


class Exchange(Calls, kw_only=True):
    """One HTTP request on its way to its answer."""

    send: Send
    query: Mapping[str, str]
    head: tuple[Any, ...]  # the fields of the Head that plans are made and kept by
    other: OtherInput | None = None

    async def run(self) -> None:
        """Read the request, run its calls and send the reply."""
        await self._answer(self._read_and_reply())

    async def go_on(self, begun: list[Any] | None) -> None:
        """End calls that have begun, or begin them once there is a context, and send the reply."""
        await self._answer(self.reply_in(self.ctx) if begun is None else self.settled(begun))

    async def _answer(self, replying: Awaitable[Reply]) -> None:
        client, request, send = self.client, self.request, self.send
        try:
            try:
                reply = await replying
            except (RPCError, Unencodable) as error:
                reply = self._failed(error)
            if self.mount.options.response_meta or request.response_headers:
                reply = self._with_meta(reply)
            if not client.is_read or client.has_left:
                await client.read_rest()
            request.is_answered = True
            status, headers = reply.status, reply.headers
            await send({"type": "http.response.start", "status": status, "headers": headers})
            if reply.stream is not None:
                await client.unless_gone(self._pour(reply.stream))
            await send({"type": "http.response.body", "body": reply.content})
        except Gone:
            return
        finally:
            if self.other is not None or client.gone is not None:
                await self._let_go()

    async def _read_and_reply(self) -> Reply:
        self._plan()
        body = self._url_body() if self.request.scope["method"] == "GET" else await self._body()
        self.sources = self._sources(body)
        return await self.reply()

    def _url_body(self) -> Body:
        """The input of a GET, which a body may follow all the same."""
        self.client.is_read = not self.asked.may_have_body
        return Body(self.query.get("input", "").encode(), self.mount.options)

    def _body(self) -> Awaitable[Body | OtherInput]:
        """The input of any other request. Raises Gone."""
        if self.asked.kind == JSON:
            return self.client.body(self.mount.options, self.request)
        return self._other_input()

    async def _let_go(self) -> None:
        if self.other is not None:
            self.other.close()
        await self.client.listen_no_more()

    def _plan(self) -> None:
        """Find out which calls are asked for."""
        planner, options = self.mount.planner, self.mount.options
        asked = planner.kept.get(self.head) or planner.plan(Head(*self.head))
        info = asked.info
        if "connectionParams" in self.query and asked.kind == JSON:
            params = connection_params(self.query["connectionParams"], options)
            info = replace(info, connection_params=params)
        # Not before: unreadable params leave it unknown what was asked.
        self.asked, self.request.info = asked, info
        require_allowed(asked, options)

    def _sources(self, body: Body | OtherInput) -> Sequence[Source]:
        """Where each call's input comes from."""
        asked, options = self.asked, self.mount.options
        if isinstance(body, OtherInput):
            return (body,)
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
        """The input that is no JSON, to be closed in the end."""
        self.other = OtherInput(await self._form_or_octets())
        return self.other

    async def _form_or_octets(self) -> NotJSON | RPCError:
        """What is given for such an input, or what reading it failed with."""
        options = self.mount.options
        chunks = limited(self.client.receive, options.max_body_size)
        if self.asked.kind != FORM:
            return OctetStream(chunks)
        try:
            kind = self.request.header("content-type") or ""
            return await read_form(chunks, kind, options.forms)
        except RPCError as error:
            return error

    def _failed(self, error: RPCError | Unencodable) -> Reply:
        """The reply to a request that failed as a whole."""
        if isinstance(error, InvalidURL):
            return self._failure_reply(error)
        if isinstance(error, Unencodable):
            return self._failure_reply(error.error, AS_JSON, VARY)
        return self._failure_reply(error, AS_TEXT, VARY)

    def _failure_reply(self, error: Exception, *headers: Header) -> Reply:
        failure = failure_of(error, type=self.asked.info.type, ctx=self.ctx)
        refusal = self.mount.answers.refusal(failure, self.request)
        content = encode(refusal.envelope)
        head = [*headers, length_of(content)]
        return Reply(refusal.status, head, content, None, [failure.error], 1)

    def _with_meta(self, reply: Reply) -> Reply:
        """The reply with what `response_meta` and the calls add to its head."""
        try:
            self._add_meta(reply)
        except Exception as error:
            return self._failure_reply(error)
        return reply

    def _add_meta(self, reply: Reply) -> None:
        """What `response_meta` and the calls add to the head, but of what has no URL."""
        if any(isinstance(error, InvalidURL) for error in reply.errors):
            return
        response_meta = self.mount.options.response_meta
        added = self.request.response_headers
        if response_meta is not None:
            meta = response_meta(self._response(reply))
            reply.status = meta.status or reply.status
            added = [*added, *(header_line(name, value) for name, value in meta.headers)]
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
            type_of(next(filter(None, asked.procedures), None)),
            None if asked is UNKNOWN else asked.paths,
            reply.errors,
            0 if is_eager else reply.count,
            is_eager,
        )

    async def _pour(self, stream: AsyncGenerator[bytes, None]) -> None:
        async with aclosing(stream) as pieces:
            async for piece in pieces:
                await self.send({"type": "http.response.body", "body": piece, "more_body": True})
