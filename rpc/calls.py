"""The calls of one HTTP request under way, and the reply they make: plain, lines, or events."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Sequence
from functools import partial
from typing import Any

from msgspec import Struct

from rpc.answers import Answer, Refusal, combined, failure_of
from rpc.call import Call, Source, start
from rpc.errors import RPCError
from rpc.inputs import ResumedInput
from rpc.mount import Mount
from rpc.procedure import Procedure
from rpc.request import Request
from rpc.stream import JSONLines, Known, Later, drop, events, is_iterable, is_streamed
from rpc.transport import Client, Gone, Headers, Message, all_ended
from rpc.wire import OCTETS, Plan, WrongMethod, require_callable

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


class Reply(Struct):
    """What is sent back: bytes, or a stream of them."""

    status: int
    headers: Headers
    content: bytes = b""
    stream: AsyncGenerator[bytes, None] | None = None
    errors: Sequence[RPCError] = ()
    count: int = 0

    def head(self) -> Message:
        headers = self.headers
        if self.stream is None:
            headers.append((b"content-length", b"%d" % len(self.content)))
        return {"type": "http.response.start", "status": self.status, "headers": headers}


class Refused(Struct):
    """A call that was refused before it had anything to wait for."""

    error: Exception


class Unencodable(Exception):
    """JSON cannot hold a result: the whole request fails, its other calls too."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class Calls(Struct):
    """The calls of one request under way."""

    mount: Mount
    request: Request
    client: Client
    asked: Plan
    sources: list[Source]
    ctx: Any = None
    headers: Sequence[tuple[bytes, bytes]] = (VARY,)
    no_context: Exception | None = None

    def make_context(self) -> Awaitable[None] | None:
        """What is to be waited for, if anything, before the calls begin."""
        try:
            ctx = self.mount.create_context(self.request)
        except Exception as error:
            self.no_context = error
            return None
        if hasattr(ctx, "__await__"):
            return self._await_context(ctx)
        self.ctx = ctx
        return None

    async def _await_context(self, ctx: Awaitable[Any]) -> None:
        try:
            self.ctx = await ctx
        except Exception as error:
            self.no_context = error

    def reply(self) -> Reply | Awaitable[Reply]:
        """Begin every call. The reply, or an awaitable of it where there is what to wait for."""
        if self.asked.is_streamed:
            return self._streamed()
        if self.asked.is_batch:
            return self._batch()
        if self.asked.info.type == "subscription":
            return self._subscribed()
        begun = self._begun(0)
        if hasattr(begun, "__await__"):
            return self._awaited_alone(begun)
        return self._plain(self._answer(begun, 0))

    async def _awaited_alone(self, begun: Awaitable[Any]) -> Reply:
        return self._plain(await self._awaited(begun, 0))

    def _plain(self, answer: Answer) -> Reply:
        """The reply to a call that is alone in its request."""
        headers = [AS_JSON, *self.headers]
        if isinstance(answer, Refusal):
            return Reply(answer.status, headers, answer.envelope, None, (answer.error,), 1)
        return Reply(200, headers, answer, None, (), 1)

    def _batch(self) -> Reply | Awaitable[Reply]:
        begun = [self._begun(i) for i in range(len(self.asked.paths))]
        if [value for value in begun if hasattr(value, "__await__")]:
            return self._awaited_batch(begun)
        return self._together([self._answer(value, i) for i, value in enumerate(begun)])

    async def _awaited_batch(self, begun: Sequence[Any]) -> Reply:
        return self._together(await self._awaited_all(begun))

    def _together(self, answers: Sequence[Answer]) -> Reply:
        """The reply to a batch."""
        content, status, errors = combined(answers)
        return Reply(status, [AS_JSON, *self.headers], content, None, errors, len(answers))

    async def _awaited_all(self, begun: Sequence[Any]) -> list[Answer]:
        begun = [concurrently(value) for value in begun]
        if waiting := {value for value in begun if isinstance(value, asyncio.Task)}:
            await self.client.unless_gone(all_ended(waiting))
        return [
            await self._awaited(value, i) if must_wait(value) else self._answer(value, i)
            for i, value in enumerate(begun)
        ]

    def _streamed(self) -> Reply:
        mount = self.mount
        options = mount.options.jsonl
        indexes = range(len(self.asked.paths))
        lines = JSONLines(mount.answers, options)
        begun = [self._begun(i) for i in indexes]
        stream = lines.stream(
            [Later(partial(self._nested, i), value) for i, value in enumerate(begun)],
            [partial(self._shape, i) for i in indexes],
        )
        kind = (b"content-type", options.content_type.encode())
        return Reply(200, [kind, *self.headers], stream=stream)

    async def _nested(self, index: int, begun: Any) -> Any:
        try:
            value = await self._value(begun)
        except Exception as error:
            return {"error": self._shape(index, error)}
        return {"result": Known({"data": Known(value)})}

    async def _subscribed(self) -> Reply:
        mount, source = self.mount, self.sources[0]
        seen = source.last_event_id if isinstance(source, ResumedInput) else None
        shape = partial(self._shape, 0)
        stream = events(await self._iterable(), mount.answers, mount.pace, seen, shape)
        return Reply(200, [*AS_EVENTS, *self.headers], stream=stream)

    async def _iterable(self) -> Any:
        """What the subscription gives, or what fails in its place."""
        try:
            value = await self._value(self._begun(0))
        except Exception as error:
            return failing(error)
        if not self.mount.options.sse.enabled:
            flag = 'Missing experimental flag "sseSubscriptions"'
            return failing(RPCError("METHOD_NOT_SUPPORTED", flag))
        if not is_iterable(value):
            return failing(RPCError("INTERNAL_SERVER_ERROR", NOT_ITERABLE % self.asked.paths[0]))
        return value

    def _begun(self, index: int) -> Any:
        """The result of a call, an awaitable of it, or what it was refused with."""
        mount = self.mount
        try:
            asked = self.asked
            procedure = asked.procedures[index]
            if procedure is None or not asked.may_begin:
                procedure = self._callable(index)
            if self.no_context is not None:
                raise self.no_context
            call = Call(asked.paths[index], procedure, self.sources[index], index)
            return start(call, self.ctx, mount.units, mount.options.on_call)
        except Exception as error:
            return Refused(error)

    def _callable(self, index: int) -> Procedure:
        """The procedure of a call in a request of which some are refused before they begin."""
        method, options = self.request.method, self.mount.options
        try:
            return require_callable(self.asked, index, method, options)
        except WrongMethod as error:
            header = (b"allow", error.allow.encode())
            self.headers = [*(h for h in self.headers if h[0] != b"allow"), header]
            raise

    async def _value(self, begun: Any) -> Any:
        if isinstance(begun, Refused):
            raise begun.error
        return await self._unless_left(begun) if must_wait(begun) else begun

    def _unless_left(self, begun: Awaitable[Any]) -> Awaitable[Any]:
        """The same, but for what can be given up when the client leaves."""
        if inspect.iscoroutine(begun) and self._may_be_left():
            return self.client.unless_gone(begun)
        return begun

    def _may_be_left(self) -> bool:
        """Whether a call is watched for its client's leaving: streamed ones are together, and a
        byte stream is still being received."""
        return self.asked.kind != OCTETS and not self.asked.is_streamed

    async def _awaited(self, begun: Any, index: int) -> Answer:
        try:
            value = await self._unless_left(begun)
        except Gone:
            raise
        except Exception as error:
            return self._refused(index, error)
        return self._answer(value, index)

    def _answer(self, value: Any, index: int) -> Answer:
        if isinstance(value, Refused):
            return self._refused(index, value.error)
        output = self.asked.procedures[index].output  # type: ignore[union-attr]
        if output.may_stream and is_streamed(value):
            return self._refused_stream(index, value)
        try:
            return self.mount.answers.result(output, value)
        except Exception as error:
            raise Unencodable(error) from error

    def _refused_stream(self, index: int, value: Any) -> Answer:
        drop(value)
        error = RPCError("UNSUPPORTED_MEDIA_TYPE", STREAM_IN_PLAIN)
        if not self.asked.is_batch:
            raise Unencodable(error)
        return self._refused(index, error)

    def _refused(self, index: int, error: Exception) -> Answer:
        return self.mount.answers.refusal(self._failure(index, error), self.request)

    def _shape(self, index: int, error: Exception) -> dict[str, Any]:
        return self.mount.answers.shape(self._failure(index, error), self.request)

    def _failure(self, index: int, error: Exception) -> Any:
        procedure = self.asked.procedures[index]
        return failure_of(
            error,
            type="unknown" if procedure is None else procedure.type,
            path=self.asked.paths[index],
            ctx=self.ctx,
            source=as_sent(self.sources[index]) if self._is_read(index) else None,
        )

    def _is_read(self, index: int) -> bool:
        """Who reads one input of a batch, reads all; a stream does not wait for its body, nor an
        unknown path in it for anything."""
        if self.asked.is_streamed and (self.request.method != "GET" or self._is_unknown(index)):
            return self.sources[index].taken
        return any(source.taken for source in self.sources)

    def _is_unknown(self, index: int) -> bool:
        return self.asked.procedures[index] is None


def as_sent(source: Source) -> Source:
    """The input that the client sent, without the `lastEventId` that was put in."""
    return source.sent if isinstance(source, ResumedInput) else source


async def failing(error: Exception) -> AsyncGenerator[Any, None]:
    raise error
    yield


def must_wait(begun: Any) -> bool:
    return hasattr(begun, "__await__")


def concurrently(begun: Any) -> Any:
    return asyncio.ensure_future(begun) if inspect.iscoroutine(begun) else begun
