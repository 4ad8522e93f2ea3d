"""The calls of one HTTP request under way, and the reply they make: plain, lines, or events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Sequence
from functools import partial
from types import CoroutineType
from typing import Any, final

from msgspec import Struct

from rpc.answers import Refusal, agreed, failure_of
from rpc.call import Call, Source, settled, start
from rpc.cancelling import abandoned
from rpc.errors import RPCError
from rpc.inputs import ResumedInput
from rpc.javascript import encode
from rpc.jsonl import JSONLines, Known, Lasting, Later, drop, is_streamed
from rpc.mount import Mount
from rpc.options import RequestType
from rpc.procedure import Procedure
from rpc.request import Request
from rpc.sse import events
from rpc.stream import NOT_ITERABLE, is_iterable
from rpc.transport import Client, Gone, Header, Headers, all_ended
from rpc.wire import UNKNOWN, Plan, WrongMethod, require_callable

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


@final
class Reply(Struct):
    """What is sent back: bytes, or a stream of them."""

    status: int
    headers: Headers
    content: bytes = b""
    stream: AsyncGenerator[bytes, None] | None = None
    errors: Sequence[RPCError] = ()
    count: int = 0


class Refused:
    """What a call was refused with: no struct, as JSON shall have no such value."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class Unencodable(Exception):
    """JSON cannot hold a result: the whole request fails, its other calls too."""

    def __init__(self, error: Exception) -> None:
        self.error = error


class Calls(Struct, eq=False):
    """The calls of one request under way."""

    mount: Mount
    request: Request
    client: Client
    asked: Plan = UNKNOWN
    sources: Sequence[Source] = ()
    ctx: Any = None
    headers: Sequence[Header] = (VARY,)
    no_context: Exception | None = None
    refusals: list[Refusal] = []

    async def reply(self) -> Reply:
        """Make the context and run the calls. Raises Gone and Unencodable."""
        ctx = None
        try:
            ctx = self.mount.create_context(self.request)
        except Exception as error:
            self.no_context = error
        return await self.reply_in(ctx)

    async def reply_in(self, ctx: Any) -> Reply:
        """Run the calls in a context, which may have to be waited for. Raises Gone and
        Unencodable."""
        try:
            self.ctx = await settled(ctx)
        except Exception as error:
            self.no_context = error
        if self.asked.is_streamed:
            return self._streamed()
        if self.asked.is_subscription:
            return await self._subscribed()
        return await self.settled(self._begin())

    async def settled(self, begun: list[Any]) -> Reply:
        """The reply to calls that have begun, when they are over. Raises Gone and Unencodable."""
        if self.asked.is_batch:
            begun = [concurrently(value) for value in begun]
            if waiting := {value for value in begun if isinstance(value, asyncio.Task)}:
                await self._unless_left(all_ended(waiting))
        return self._whole([await self._ended(value) for value in begun])

    async def _ended(self, begun: Any) -> Any:
        """What a call results in, or is refused with. Raises Gone."""
        if not hasattr(begun, "__await__"):
            return begun
        try:
            return await self._unless_left(begun)
        except Gone:
            raise
        except (Exception, asyncio.CancelledError) as error:
            return refused(error)

    def _whole(self, ended: list[Any]) -> Reply:
        """The reply to calls that are over, by their results or what they were refused with. Raises
        Unencodable."""
        envelopes = [self._envelope(index, value) for index, value in enumerate(ended)]
        try:
            content = encode(envelopes if self.asked.is_batch else envelopes[0])
        except Exception as error:
            raise Unencodable(error) from error
        headers = [AS_JSON, *self.headers, length_of(content)]
        reply = Reply(200, headers, content, None, (), len(ended))
        return self._with_status(reply) if self.refusals else reply

    def _envelope(self, index: int, value: Any) -> Any:
        """What is sent of a call that is over. Raises Unencodable."""
        if type(value) is Refused:
            return self._refused(index, value.error)
        output = self.asked.procedures[index].output  # type: ignore[union-attr]
        if output.is_data and not self.mount.answers.transforms:
            return {"result": {"data": value}}
        if is_streamed(value):
            return self._refused_stream(index, value)
        try:
            return self.mount.answers.result(value)
        except Exception as error:
            raise Unencodable(error) from error

    def _with_status(self, reply: Reply) -> Reply:
        """The reply with the status that its calls agree on."""
        others = {200} if len(self.refusals) < reply.count else set()
        reply.status = agreed(others | {refusal.status for refusal in self.refusals})
        reply.errors = [refusal.error for refusal in self.refusals]
        return reply

    def _streamed(self) -> Reply:
        mount = self.mount
        options = mount.options.jsonl
        lines = JSONLines(mount.answers, options)
        promised = Lasting if self._writes() else Later
        stream = lines.stream(
            [promised(partial(self._nested, i), value) for i, value in enumerate(self._begin())],
            [partial(self._shape, i) for i in self.asked.indexes],
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
            [begun] = self._begin()
            value = await self._value(begun)
        except Exception as error:
            return failing(error)
        if not self.mount.options.sse.enabled:
            flag = 'Missing experimental flag "sseSubscriptions"'
            return failing(RPCError("METHOD_NOT_SUPPORTED", flag))
        if not is_iterable(value):
            return failing(RPCError("INTERNAL_SERVER_ERROR", NOT_ITERABLE % self.asked.paths[0]))
        return value

    def _begin(self) -> list[Any]:
        """Begin every call: their results, awaitables of these, or what they were refused with."""
        return [self._begun(index) for index in self.asked.indexes]

    def _begun(self, index: int) -> Any:
        mount, path, source = self.mount, self.asked.paths[index], self.sources[index]
        try:
            call = Call(path, self._callable(index), source, index)
            return start(call, self.ctx, mount.units, mount.options.on_call)
        except Exception as error:
            return Refused(error)

    def _callable(self, index: int) -> Procedure:
        """The procedure of a call. Raises what it is refused with before it begins."""
        method, options = self.request.method, self.mount.options
        try:
            procedure = require_callable(self.asked, index, method, options)
        except WrongMethod as error:
            header = (b"allow", error.allow.encode())
            self.headers = [*(h for h in self.headers if h[0] != b"allow"), header]
            raise
        if self.no_context is not None:
            raise self.no_context
        return procedure

    async def _value(self, begun: Any) -> Any:
        if type(begun) is Refused:
            raise begun.error
        return await self._unless_left(begun) if hasattr(begun, "__await__") else begun

    def _unless_left(self, begun: Awaitable[Any]) -> Awaitable[Any]:
        """The same, but for what can be given up when the client leaves."""
        if type(begun) is CoroutineType and self._may_be_left():
            return self.client.unless_gone(begun)
        return begun

    def _may_be_left(self) -> bool:
        """Whether a call is watched for its client's leaving: streamed ones are together."""
        return not (self.asked.is_streamed or self._writes())

    def _writes(self) -> bool:
        """Whether the calls are mutations, as those with a form or a byte stream are: who leaves
        one takes back nothing of it, so that none is cut in half."""
        return self.asked.info.type == "mutation"

    def _refused_stream(self, index: int, value: Any) -> Any:
        drop(value)
        error = RPCError("UNSUPPORTED_MEDIA_TYPE", STREAM_IN_PLAIN)
        if not self.asked.is_batch:
            raise Unencodable(error)
        return self._refused(index, error)

    def _refused(self, index: int, error: Exception) -> Any:
        """The envelope of a call that failed."""
        refusal = self.mount.answers.refusal(self._failure(index, error), self.request)
        self.refusals.append(refusal)
        return refusal.envelope

    def _shape(self, index: int, error: Exception) -> dict[str, Any]:
        return self.mount.answers.shape(self._failure(index, error), self.request)

    def _failure(self, index: int, error: Exception) -> Any:
        asked = self.asked
        return failure_of(
            error,
            type=type_of(asked.procedures[index]) if asked.is_batch else asked.info.type,
            path=asked.paths[index],
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


def refused(error: Exception | asyncio.CancelledError) -> Refused:
    """What a call is refused with that was waited for. Raises the same where who waits has been
    cancelled."""
    return Refused(abandoned(error) if isinstance(error, asyncio.CancelledError) else error)


def length_of(content: bytes) -> Header:
    return b"content-length", str(len(content)).encode()


def type_of(procedure: Procedure | None) -> RequestType:
    return "unknown" if procedure is None else procedure.type


def as_sent(source: Source) -> Source:
    """The input that the client sent, without the `lastEventId` that was put in."""
    return source.sent if isinstance(source, ResumedInput) else source


async def failing(error: Exception) -> AsyncGenerator[Any, None]:
    raise error
    yield


def concurrently(begun: Any) -> Any:
    return asyncio.ensure_future(begun) if type(begun) is CoroutineType else begun
