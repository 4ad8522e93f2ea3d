"""The HTTP endpoint, plain ASGI: answers plain requests itself, and any other by an `Exchange`."""

from __future__ import annotations

from asyncio import CancelledError, Future
from collections.abc import Mapping
from typing import Any

from rpc.calls import AS_JSON, VARY, refused
from rpc.errors import RPCError
from rpc.exchange import Exchange
from rpc.inputs import Body
from rpc.mount import Mount
from rpc.plain import begin, written
from rpc.request import Request
from rpc.transport import (
    Again,
    Client,
    Receive,
    Scope,
    Send,
    answer_elsewhere,
    answer_without_calls,
    raw_path,
    whole_body,
)
from rpc.wire import UNKNOWN, Head, Plan, parsed_query

NO_QUERY: Mapping[str, str] = {}  # no proxy of one: to ask that takes four times as long


class Endpoint(Mount):
    """An ASGI app that answers tRPC calls below a path, by HTTP."""

    def serves(self, scope: Scope) -> bool:
        """Whether a request is for this endpoint."""
        if scope["type"] != "http":
            return False
        raw = scope.get("raw_path") or raw_path(scope)
        return raw.startswith(self.prefix) or self.below(scope, raw).startswith(self.prefix)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. A plain one, as nearly all are, is answered here as long as all goes
        well; where it does not, an Exchange goes on from there."""
        if scope["type"] != "http":
            await answer_elsewhere(scope, receive, send)
            return
        request = Request(scope)
        query = parsed_query(scope["query_string"]) if scope["query_string"] else NO_QUERY
        head = head_of(self, request, query)
        asked = self.planner.kept.get(head) or self._planned(request, head)
        if not asked.is_plain or "connectionParams" in query:
            await self._step_by_step(request, query, head, receive, send)
            return
        if scope["method"] == "GET":
            text = query.get("input", "").encode()
        else:
            message = await receive()
            whole = whole_body(message, request, self.options.max_body_size)
            if whole is None:
                await self._step_by_step(request, query, head, Again(message, receive), send)
                return
            text = whole
        request.info = asked.info
        sources, ctx, begun = begin(self, asked, request, Body(text, self.options))
        if begun and type(begun[0]) is Future and not asked.is_batch:
            try:
                begun = [await begun[0]]
            except (Exception, CancelledError) as error:
                begun = [refused(error)]
        content = written(begun, asked) if begun else None
        if content is None or request.response_headers:
            about = (self, request, Client(receive, is_read=True), asked, sources, ctx)
            await Exchange(*about, query=query, head=head, send=send).go_on(begun)
            return
        request.is_answered = True
        headers = [AS_JSON, VARY, (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _planned(self, request: Request, head: tuple[Any, ...]) -> Plan:
        """What is asked for the first time. Plans are made of what this endpoint serves, so that
        what has one is served."""
        if request.method == "HEAD" or not self.serves(request.scope):
            return UNKNOWN
        try:
            return self.planner.plan(Head(*head))
        except RPCError:
            return UNKNOWN

    async def _step_by_step(
        self,
        request: Request,
        query: Mapping[str, str],
        head: tuple[Any, ...],
        receive: Receive,
        send: Send,
    ) -> None:
        """Answer a request step by step."""
        if not self.serves(request.scope):
            await answer_elsewhere(request.scope, receive, send)
        elif request.method == "HEAD":
            await answer_without_calls(Client(receive), send, self.options.head_status)
        else:
            client = Client(receive)
            await Exchange(self, request, client, query=query, head=head, send=send).run()


def head_of(mount: Mount, request: Request, query: Mapping[str, str]) -> tuple[Any, ...]:
    """The fields of the Head that plans are made and kept by."""
    scope, first = request.scope, request.first
    raw = scope.get("raw_path") or raw_path(scope)
    if scope.get("root_path"):
        raw = mount.below(scope, raw)
    return (
        scope["method"],
        first.get(b"host", b"localhost"),
        raw,
        "batch" in query and query["batch"] == "1",
        b"content-length" in first or b"transfer-encoding" in first or scope["http_version"] >= "2",
        first.get(b"content-type"),
        first.get(b"accept"),
        first.get(b"trpc-accept"),
    )
