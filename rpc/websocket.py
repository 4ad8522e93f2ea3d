"""The WebSocket endpoint, plain ASGI: many calls and subscriptions over one connection."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

from msgspec import UNSET

from rpc.answers import failure_of
from rpc.call import Call, Value, settled, start
from rpc.cancelling import abandoned
from rpc.channel import Channel
from rpc.errors import Leaving, RPCError, as_rpc_error
from rpc.inputs import decoded
from rpc.messages import (
    Asked,
    Id,
    asked_for,
    data_text,
    head,
    is_call,
    item_text,
    parsed,
    shown,
)
from rpc.mount import Mount
from rpc.options import RequestType
from rpc.request import Request, RequestInfo
from rpc.stream import NOT_ITERABLE, closed_at_end, is_iterable
from rpc.tracked import Returned
from rpc.transport import Receive, Scope, Send, answer_elsewhere, raw_path
from rpc.wire import params_of, parsed_query

STREAM_REFUSED = "Cannot return an async iterable or observable from a %s procedure with WebSockets"
STARTED, STOPPED = b'"type":"started"', b'"type":"stopped"'
RECONNECT = b'{"id":null,"method":"reconnect"}'
GOING_AWAY = 1001
# Seconds in which calls that were sent together with params are told why these were refused: a
# client that only hears the end comes back, and asks again.
FAREWELL = 0.05
TOO_MANY = "Too many subscriptions on this connection"


class WebSocketEndpoint(Mount):
    """An ASGI app that answers tRPC calls over WebSocket connections to one path."""

    def __init__(self, *about: Any, **options: Any) -> None:
        super().__init__(*about, **options)
        self.connections: set[Connection] = set()
        self.is_leaving = False

    def serves(self, scope: Scope) -> bool:
        """Whether a connection is for this endpoint."""
        if scope["type"] != "websocket":
            return False
        return self.below(scope, raw_path(scope)) in (self.path, self.path + b"/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.is_leaving or not self.serves(scope):
            await answer_elsewhere(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        request = Request(scope)
        request.is_answered = True
        connection = Connection(self, request, Channel(receive, send))
        self.connections.add(connection)
        try:
            await connection.run(parsed_query(scope["query_string"]).get("connectionParams") == "1")
        finally:
            self.connections.discard(connection)

    async def ask_to_reconnect(self) -> None:
        """Tell every client to open a new connection and carry its subscriptions over."""
        channels = [connection.channel for connection in self.connections]
        await asyncio.gather(*(channel.say(RECONNECT) for channel in channels))

    async def leave(self) -> None:
        """Before the server ends: take no new connection and no new call, answer what is under way,
        and send every client to whoever serves then."""
        self.is_leaving = True
        await asyncio.gather(*(connection.leave() for connection in self.connections))


class Connection:
    """One client: its context, its calls under way, its running subscriptions."""

    def __init__(self, endpoint: WebSocketEndpoint, request: Request, channel: Channel) -> None:
        self._endpoint = endpoint
        self._limits = endpoint.options.sockets
        self._request = request
        self.channel = channel
        self._context: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscriptions: dict[Id, asyncio.Task[None]] = {}

    async def run(self, expects_params: bool) -> None:
        """Listen until the client leaves; then end its subscriptions."""
        try:
            keep_alive = self._endpoint.options.keep_alive
            await self.channel.run(self._listen(expects_params), keep_alive)
        finally:
            running = [*self._subscriptions.values()]
            for subscription in running:
                self._stop(subscription)
            await asyncio.gather(*running, return_exceptions=True)

    async def _listen(self, expects_params: bool) -> None:
        if not expects_params:
            await self._make_context(None)
        elif (text := await self._awaited_params()) is None:
            return
        else:
            await self._take_params(text)
        while self.channel.is_open and (text := await self.channel.hear()) is not None:
            await self._room()
            self._take(text)

    async def _awaited_params(self) -> str | None:
        """The first message, which says who is there. A client that keeps silent is cut off."""
        wait = self._limits.params_wait_ms
        try:
            async with asyncio.timeout(None if wait is None else wait / 1000):
                return await self.channel.hear()
        except TimeoutError:
            await self._fail_context(RPCError("TIMEOUT", "No connection params came"))
            self.channel.close()
            return None

    async def _room(self) -> None:
        """Wait with a message while there are too many calls under way. Until it comes the client
        is listened to: its PING wants a PONG, and it may leave."""
        most = self._limits.max_calls
        while most is not None and len(self._tasks) - len(self._subscriptions) >= most:
            self.channel.turn_away()
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        self.channel.turn_back()

    async def leave(self) -> None:
        await self.channel.say(RECONNECT)
        if calls := self._tasks - {*self._subscriptions.values()}:
            await asyncio.wait(calls)
        self.channel.close(GOING_AWAY)

    async def _take_params(self, text: str) -> None:
        try:
            message = decoded(text.encode(), self._endpoint.options)
            if not isinstance(message, dict):
                raise RPCError("PARSE_ERROR", "Malformed TRPCConnectionParamsMessage")
            params = params_of(message.get("data", UNSET))
        except RPCError as error:
            parse_error = RPCError("PARSE_ERROR", error.message)
            if error.code == "BAD_REQUEST":
                parse_error = RPCError("PARSE_ERROR", "Malformed TRPCConnectionParamsMessage")
            await self._fail_context(parse_error)
            return
        await self._make_context(params)

    async def _make_context(self, params: Any) -> None:
        self._request.info = RequestInfo(connection_params=params)
        try:
            self._context.set_result(await settled(self._endpoint.create_context(self._request)))
        except Exception as error:
            await self._fail_context(as_rpc_error(error))

    async def _fail_context(self, error: RPCError) -> None:
        self._context.set_exception(error)
        await self._say_error(None, False, error)
        asyncio.get_running_loop().call_later(FAREWELL, self.channel.close)

    def _take(self, text: str) -> None:
        """Start what a message asks for. A malformed one fails as a whole."""
        options = self._endpoint.options
        try:
            messages = parsed(text, options)
            if options.max_batch_size is not None and len(messages) > options.max_batch_size:
                self._soon(self._refuse_batch(messages))
                return
            asked = [asked_for(message, options) for message in messages]
        except RPCError as error:
            self._soon(self._say_error(None, False, RPCError("PARSE_ERROR", error.message)))
            return
        except Exception as error:
            self._soon(self._say_error(None, False, error))
            return
        for index, one in enumerate(asked):
            self._take_one(one, index)

    async def _refuse_batch(self, messages: list[Any]) -> None:
        error = RPCError("BAD_REQUEST", "Batch call exceeds maximum size")
        calls = [one for one in messages if is_call(one)]
        for one in calls or [{"id": None}]:
            await self._say_error(one["id"], one.get("jsonrpc") == "2.0", error)

    def _take_one(self, asked: Asked, index: int) -> None:
        if asked.id is None:
            error = RPCError("PARSE_ERROR", "`id` is required")
            self._soon(self._say_error(None, asked.jsonrpc, error))
        elif asked.method == "subscription.stop":
            if running := self._subscriptions.get(asked.id):
                self._stop(running)
        elif self._endpoint.is_leaving:
            self._soon(self._say_failure(asked, Leaving()))
        elif asked.method != "subscription":
            self._soon(self._call(asked, index))
        elif asked.id in self._subscriptions:
            error = RPCError("BAD_REQUEST", f"Duplicate id {shown(asked.id)}")
            self._soon(self._say_failure(asked, error))
        elif len(self._subscriptions) == self._limits.max_subscriptions:
            self._soon(self._say_failure(asked, RPCError("TOO_MANY_REQUESTS", TOO_MANY)))
        else:
            task = self._soon(self._subscribe(asked, index))
            self._subscriptions[asked.id] = task
            task.add_done_callback(partial(self._ended, asked))

    def _stop(self, running: asyncio.Task[None]) -> None:
        """End a subscription. Who is asked again lets it clean up, which another cancelling would
        break off."""
        if not running.cancelling():
            running.cancel()

    def _ended(self, asked: Asked, task: asyncio.Task[None]) -> None:
        """Say it of a subscription that was stopped, which may be before it began."""
        self._free(asked.id, task)
        if task.cancelled() and self.channel.is_open:
            self._soon(self._say_result(asked, STOPPED))

    def _soon(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _call(self, asked: Asked, index: int) -> None:
        try:
            value = await self._result(asked, index)
            if is_iterable(value):
                raise RPCError("UNSUPPORTED_MEDIA_TYPE", STREAM_REFUSED % asked.method)
            text = data_text(self._endpoint.answers, value)
        except Exception as error:
            await self._say_failure(asked, error)
        else:
            await self._say_result(asked, text)

    async def _result(self, asked: Asked, index: int) -> Any:
        ctx = self._context.result()
        procedure = self._endpoint.router.find(asked.path)
        if procedure is None or procedure.type != asked.method:
            raise RPCError("NOT_FOUND", f'No "{asked.method}"-procedure on path "{asked.path}"')
        call = Call(asked.path, procedure, Value(asked.input), index)
        return await settled(start(call, ctx, self._endpoint.units, self._endpoint.options.on_call))

    async def _subscribe(self, asked: Asked, index: int) -> None:
        try:
            iterable = await self._result(asked, index)
            if not is_iterable(iterable):
                raise RPCError("INTERNAL_SERVER_ERROR", NOT_ITERABLE % asked.path)
        except Exception as error:
            self._free(asked.id, asyncio.current_task())
            await self._say_failure(asked, error)
            return
        try:
            await self._follow(asked, iterable)
        except asyncio.CancelledError as cancelled:
            await self._say_failure(asked, abandoned(cancelled))
        except Exception as error:
            await self._say_failure(asked, error)
        self._free(asked.id, asyncio.current_task())
        await self._say_result(asked, STOPPED)

    def _free(self, id: Id, task: asyncio.Task[None] | None) -> None:
        """Let an id be used again, before the client hears that it is free."""
        if self._subscriptions.get(id) is task:
            del self._subscriptions[id]

    async def _follow(self, asked: Asked, iterable: Any) -> None:
        async with closed_at_end(iterable) as items:
            await self._say_result(asked, STARTED)
            async for item in items:
                if isinstance(item, Returned):
                    return
                await self._say_result(asked, item_text(self._endpoint.answers, item))

    async def _say_result(self, asked: Asked, result: bytes) -> None:
        await self.channel.say(head(asked.id, asked.jsonrpc) + b',"result":{' + result + b"}}")

    async def _say_failure(self, asked: Asked, error: Exception) -> None:
        await self._say_error(asked.id, asked.jsonrpc, error, asked)

    async def _say_error(
        self, id: Id, jsonrpc: bool, error: Exception, asked: Asked | None = None
    ) -> None:
        """Send the shape of an error; with `asked` as the failure of that call."""
        about: dict[str, Any] = {"ctx": self._ctx_or_none()}
        if asked is not None:
            source = Value(asked.input)
            type: RequestType = asked.method  # type: ignore[assignment]
            about |= {"type": type, "path": asked.path, "source": source}
        shape = self._endpoint.answers.shape(failure_of(error, **about), self._request)
        text = self._endpoint.answers.text(shape)
        await self.channel.say(head(id, jsonrpc) + b',"error":' + text + b"}")

    def _ctx_or_none(self) -> Any:
        return None if self._context.exception() else self._context.result()
