"""The life of a WebSocket connection: its context, its subscriptions, keep-alive, its end."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgi_driver import mounts
from ws_driver import (
    CLOSED,
    Socket,
    connected,
    data,
    query,
    started,
    stop,
    stopped,
    subscribe,
)

from rpc import (
    KeepAlive,
    Options,
    ProcedureBuilder,
    Request,
    Returned,
    Router,
    RPCError,
    WebSocketEndpoint,
)

WHOAMI = query(1, "auth.whoami")


def error(id: Any, code: str, number: int, message: str, path: str | None = None) -> Any:
    status = {"PARSE_ERROR": 400, "BAD_REQUEST": 400, "FORBIDDEN": 403, "UNAUTHORIZED": 401}
    about = {"code": code, "httpStatus": status[code]} | ({} if path is None else {"path": path})
    return {"id": id, "error": {"message": message, "code": number, "data": about}}


async def test_the_context_is_made_once_from_the_upgrade_request() -> None:
    made: list[Request] = []

    async def context(request: Request) -> str | None:
        made.append(request)
        await asyncio.sleep(0)
        return request.cookies.get("session")

    router = Router({"who": ProcedureBuilder[str | None]().query(lambda ctx: ctx)})
    app = WebSocketEndpoint(router, context)
    async with connected("/rpc", {"cookie": "session=ada"}, app) as socket:
        assert await socket.ask(query(1, "who")) == data(1, "ada")
        assert await socket.ask(query(2, "who")) == data(2, "ada")
    assert len(made) == 1
    async with connected("/trpc", {"authorization": "Bearer eve"}) as socket:
        assert await socket.ask(WHOAMI) == data(1, {"user": "eve"})


def add_a_header(request: Request) -> None:
    request.add_response_header("x-late", "1")


@pytest.mark.parametrize("context", [add_a_header, lambda request: next(iter(()))])
async def test_what_a_context_fails_with_is_a_fault(context: Any) -> None:
    async with connected("/rpc", app=WebSocketEndpoint(Router(), context)) as socket:
        assert (await socket.heard())["error"]["message"] == "internal server error"


async def test_the_path_may_end_with_a_slash_and_nothing_else() -> None:
    app = WebSocketEndpoint(Router(), lambda request: None, path="/rpc")
    scopes = [{"type": "websocket", "path": p} for p in ("/rpc", "/rpc/", "/rpc/x", "/rpcx")]
    assert [app.serves(scope) for scope in scopes] == [True, True, False, False]


async def test_the_info_of_a_connection_names_no_call() -> None:
    async with connected() as socket:
        answer = await socket.ask(query(1, "info.get"))
    assert answer["result"]["data"] == {
        "isBatchCall": False,
        "accept": None,
        "type": "unknown",
        "paths": [],
        "connectionParams": None,
        "batchIndex": 0,
    }


@pytest.mark.parametrize("params", [{"token": "eve"}, {}, None])
async def test_connection_params_come_first_and_reach_the_context(params: Any) -> None:
    async with connected("/trpc?connectionParams=1") as socket:
        assert await socket.ask("PING") == "PONG"
        socket.say("PONG", {"method": "connectionParams", "data": params}, WHOAMI)
        assert await socket.heard() == data(1, {"user": (params or {}).get("token")})


@pytest.mark.parametrize("value", ["", "0", "true", "01"])
async def test_only_a_1_announces_connection_params(value: str) -> None:
    async with connected(f"/trpc?connectionParams={value}") as socket:
        assert await socket.ask(WHOAMI) == data(1, {"user": None})


SHAPE = "Invalid connection params shape"
MALFORMED = [
    ("x", "Malformed TRPCConnectionParamsMessage"),
    ("[]", "Malformed TRPCConnectionParamsMessage"),
    ("1", "Malformed TRPCConnectionParamsMessage"),
    (b"{}", "Malformed TRPCConnectionParamsMessage"),
    ("{}", SHAPE),
    ({"method": "connectionParams", "data": {"a": 1}}, SHAPE),
    ({"method": "connectionParams", "data": []}, SHAPE),
    (WHOAMI, SHAPE),
]


@pytest.mark.parametrize(("first", "message"), MALFORMED, ids=str)
async def test_malformed_connection_params_end_the_connection(first: Any, message: str) -> None:
    async with connected("/trpc?connectionParams=1") as socket:
        socket.say(first)
        assert await socket.answers(2) == [error(None, "PARSE_ERROR", -32700, message), CLOSED]
        await socket.ended()


async def test_a_failed_context_ends_the_connection(caplog: pytest.LogCaptureFixture) -> None:
    refused = error(None, "FORBIDDEN", -32003, "context failed")
    async with connected(headers={"x-fail-context": "FORBIDDEN"}) as socket:
        assert await socket.answers(2) == [refused, CLOSED]
        await socket.ended()
    async with connected("/trpc?connectionParams=1") as socket:
        socket.say({"data": {"failContext": "FORBIDDEN"}})
        assert await socket.answers(2) == [refused, CLOSED]
        await socket.ended()
    gc.collect()  # when asyncio would tell of an error that nobody has looked at
    assert caplog.records == []


COUNT = subscribe(2, "sub.count", input={"count": 2})


@pytest.mark.parametrize("asked", [[WHOAMI, COUNT], [[WHOAMI, COUNT]]], ids=["singly", "together"])
async def test_calls_that_come_with_params_that_are_refused_are_told_why(asked: Any) -> None:
    async with connected("/trpc?connectionParams=1") as socket:
        socket.say({"data": {"failContext": "UNAUTHORIZED"}}, *asked)
        told = ("UNAUTHORIZED", -32001, "context failed")
        assert await socket.answers(4) == [
            error(None, *told),
            error(1, *told, "auth.whoami"),
            error(2, *told, "sub.count"),
            CLOSED,
        ]
        await socket.ended()


async def test_a_subscription_starts_gives_values_and_stops() -> None:
    async with connected() as socket:
        socket.say(subscribe(1, "sub.count", input={"count": 2}))
        assert await socket.answers(4) == [started(1), data(1, 1), data(1, 2), stopped(1)]
        socket.say(subscribe(1, "sub.returns", jsonrpc="2.0"))
        answers = await socket.answers(3)
        assert answers == [{**m, "jsonrpc": "2.0"} for m in (started(1), data(1, 1), stopped(1))]


async def test_a_tracked_value_comes_with_its_id_inside_and_outside() -> None:
    async with connected() as socket:
        socket.say(subscribe(1, "sub.tracked", lastEventId="2"))
        tracked = data(1, {"id": "3", "data": {"n": 3}})
        tracked["result"]["id"] = "3"
        assert await socket.answers(3) == [started(1), tracked, stopped(1)]


SEEN: list[tuple[dict[str, Any], Any]] = [
    ({"lastEventId": "x"}, {"kind": "object", "input": {"lastEventId": "x"}}),
    ({"input": "s", "lastEventId": "x"}, {"kind": "string", "input": "s"}),
    ({"input": None, "lastEventId": ""}, {"kind": "object", "input": {"lastEventId": ""}}),
    ({}, {"kind": "undefined", "input": None}),
]


@pytest.mark.parametrize(("about", "value"), SEEN, ids=str)
async def test_a_last_event_id_is_put_into_the_input(about: dict[str, Any], value: Any) -> None:
    async with connected() as socket:
        socket.say(subscribe(1, "sub.input", **about))
        assert await socket.answers(3) == [started(1), data(1, value), stopped(1)]


BEFORE = [
    ("sub.secret", "UNAUTHORIZED"),
    ("sub.typed", "BAD_REQUEST"),
    ("sub.throwSetup", "CONFLICT"),
    ("sub.nope", "NOT_FOUND"),
]


@pytest.mark.parametrize(("path", "code"), BEFORE)
async def test_an_error_before_the_start_is_all_there_is(path: str, code: str) -> None:
    async with connected() as socket:
        answer = await socket.ask(subscribe(1, path))
        assert (answer["id"], answer["error"]["data"]["code"]) == (1, code)
        assert answer["error"]["data"]["path"] == path
        await socket.silence()


async def test_what_is_no_iterable_is_a_fault_that_says_so() -> None:
    async with connected() as socket:
        fault = (await socket.ask(subscribe(1, "sub.notIterable")))["error"]
        told = "Subscription sub.notIterable did not return an observable or a AsyncGenerator"
        assert (fault["message"], fault["data"]["code"]) == (told, "INTERNAL_SERVER_ERROR")
        await socket.silence()


async def test_after_an_error_behind_the_start_the_subscription_has_stopped() -> None:
    async with connected() as socket:
        socket.say(subscribe(1, "sub.throwAfter", input={"count": 1, "code": "FORBIDDEN"}))
        failed = error(1, "FORBIDDEN", -32003, "subscription failure", "sub.throwAfter")
        assert await socket.answers(4) == [started(1), data(1, 1), failed, stopped(1)]


class Guarded:
    """A subscription that says when it has cleaned up."""

    def __init__(self, **options: Any) -> None:
        self.begun = self.closed = 0
        p = ProcedureBuilder[None]()
        procedures = {
            "it": p.subscription(self.it),
            "late": p.use(self.dawdle).subscription(self.it),
            "wait": p.query(self.wait),
        }
        about = {"path": "/rpc", "options": Options(**options)}
        self.app = WebSocketEndpoint(Router(procedures), lambda request: None, **about)
        self.finished = asyncio.Event()

    async def it(self, ctx: None) -> AsyncIterator[int]:
        self.begun += 1
        try:
            yield 1
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            self.closed += 1

    async def dawdle(self, ctx: None) -> None:
        await asyncio.sleep(60)

    async def wait(self, ctx: None) -> None:
        await asyncio.sleep(0.05)
        self.finished.set()


async def test_stopped_is_said_when_the_procedure_has_cleaned_up() -> None:
    guarded = Guarded()
    async with connected("/rpc", app=guarded.app) as socket:
        socket.say(subscribe(1, "it"))
        assert await socket.answers(2) == [started(1), data(1, 1)]
        assert guarded.closed == 0
        assert await socket.ask(stop(1)) == stopped(1)
        assert guarded.closed == 1


async def test_a_subscription_that_is_stopped_before_it_begins_says_so_and_never_does() -> None:
    guarded = Guarded()
    async with connected("/rpc", app=guarded.app) as socket:
        assert await socket.ask([subscribe(1, "it"), stop(1)]) == stopped(1)
        await socket.silence()
        assert guarded.begun == 0
        socket.say(subscribe(1, "it"))
        assert await socket.answers(2) == [started(1), data(1, 1)]


async def test_a_subscription_that_is_stopped_while_it_is_set_up_says_so() -> None:
    guarded = Guarded()
    async with connected("/rpc", app=guarded.app) as socket:
        socket.say(subscribe(1, "late"))
        await socket.silence()
        assert await socket.ask(stop(1)) == stopped(1)


@pytest.mark.parametrize(
    "again", [lambda socket: socket.say(stop(1)), Socket.leave], ids=["stop", "leave"]
)
async def test_no_second_end_breaks_off_the_cleaning_up(again: Any) -> None:
    guarded = Guarded()
    async with connected("/rpc", app=guarded.app) as socket:
        socket.say(subscribe(1, "it"))
        await socket.answers(2)
        socket.say(stop(1))
        await socket.silence()
        again(socket)
        await asyncio.sleep(0.03)
        assert guarded.closed == 1


async def test_a_stop_of_what_is_not_running_is_ignored() -> None:
    async with connected() as socket:
        socket.say(stop(1), stop("x"), subscribe(1, "sub.empty"))
        assert await socket.answers(2) == [started(1), stopped(1)]
        socket.say(stop(1))
        await socket.silence()


@pytest.mark.parametrize(
    ("id", "shown"), [(1, "1"), ("a", "a"), (1.0, "1"), (1.5, "1.5"), (1e21, "1e+21"), (0.0, "0")]
)
async def test_an_id_is_shown_as_javascript_writes_it(id: Any, shown: str) -> None:
    async with connected("/rpc", app=Guarded().app) as socket:
        socket.say(subscribe(id, "it"))
        await socket.answers(2)
        refused = await socket.ask(subscribe(id, "it"))
        assert refused["error"]["message"] == f"Duplicate id {shown}"


async def test_an_id_that_is_running_is_refused_and_goes_on() -> None:
    guarded = Guarded()
    async with connected("/rpc", app=guarded.app) as socket:
        socket.say(subscribe(1, "it"))
        await socket.answers(2)
        duplicate = error(1, "BAD_REQUEST", -32600, "Duplicate id 1", "it")
        assert await socket.ask(subscribe(1, "it")) == duplicate
        assert await socket.ask(subscribe(1.0, "it")) == duplicate
        socket.say(subscribe("1", "it"))
        assert await socket.answers(2) == [started("1"), data("1", 1)]
        assert await socket.ask(stop(1)) == stopped(1)
        socket.say(subscribe(1, "it"))
        assert await socket.heard() == started(1)


async def test_a_query_may_share_the_id_of_a_subscription() -> None:
    async with connected() as socket:
        socket.say(subscribe(1, "sub.silent", input={"key": "shared"}))
        assert await socket.heard() == started(1)
        assert await socket.ask(query(1, "hello")) == data(1, "world")


async def test_the_end_of_the_connection_closes_its_subscriptions_and_no_query() -> None:
    guarded = Guarded()
    async with connected("/rpc", app=guarded.app) as socket:
        socket.say(subscribe(1, "it"), subscribe(2, "it"), query(3, "wait"))
        await socket.answers(4)
        socket.leave()
        socket.is_cut = False
        await socket.ended()
        assert guarded.closed == 2
        assert guarded.app.connections == set()
        await asyncio.wait_for(guarded.finished.wait(), 1)
        await asyncio.sleep(0.01)
        assert socket.nothing_is_left


async def test_a_subscription_that_gives_much_ends_with_its_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    closed = asyncio.Event()

    async def busy(ctx: None) -> AsyncIterator[int]:
        try:
            while True:
                await asyncio.sleep(0)
                yield 1
        finally:
            closed.set()

    router = Router({"busy": ProcedureBuilder[None]().subscription(busy)})
    app = WebSocketEndpoint(router, lambda request: None)
    async with connected("/rpc", app=app) as socket:
        socket.say(subscribe(1, "busy"))
        await socket.answers(5)
        socket.is_cut = True
        await asyncio.sleep(0.01)
        socket.leave()
        await socket.ended()
    assert closed.is_set()
    assert caplog.records == []


async def test_a_value_that_ends_a_generator_is_not_sent() -> None:
    async def ended(ctx: None) -> AsyncIterator[Any]:
        yield 1
        yield Returned("never")
        raise RPCError("CONFLICT")

    router = Router({"ended": ProcedureBuilder[None]().subscription(ended)})
    app = WebSocketEndpoint(router, lambda request: None)
    async with connected("/rpc", app=app) as socket:
        socket.say(subscribe(1, "ended"))
        assert await socket.answers(3) == [started(1), data(1, 1), stopped(1)]


async def test_the_server_always_answers_a_ping() -> None:
    async with connected() as socket:
        assert await socket.ask("PING") == "PONG"
        socket.say("PONG")
        await socket.silence()


async def test_after_quiet_the_server_pings_and_then_gives_up() -> None:
    guarded = Guarded(keep_alive=KeepAlive(ping_ms=20, pong_wait_ms=30))
    async with connected("/rpc", app=guarded.app) as socket:
        socket.say(subscribe(1, "it"))
        assert await socket.answers(4) == [started(1), data(1, 1), "PING", CLOSED]
        await socket.ended()
    assert guarded.closed == 1


async def test_any_message_keeps_the_connection() -> None:
    guarded = Guarded(keep_alive=KeepAlive(ping_ms=30, pong_wait_ms=30))
    async with connected("/rpc", app=guarded.app) as socket:
        assert await socket.heard() == "PING"
        socket.say("PONG")
        assert await socket.heard() == "PING"
        assert await socket.ask(query(1, "nope")) != CLOSED
        assert await socket.heard() == "PING"


async def told_to_reconnect(socket: Socket, action: str) -> Any:
    await mounts._control(action, "trpc")
    return await socket.heard()


async def test_one_that_does_not_read_keeps_it_from_no_other() -> None:
    app = Guarded().app
    async with connected("/rpc", app=app) as one, connected("/rpc", app=app) as other:
        one.turns_of_a_send = other.turns_of_a_send = 10**9
        telling = asyncio.create_task(app.ask_to_reconnect())
        for socket in (one, other):
            assert (await socket.heard())["method"] == "reconnect"
        telling.cancel()


async def test_clients_can_be_told_to_reconnect() -> None:
    async with connected() as socket:
        notice = {"id": None, "method": "reconnect"}
        assert await told_to_reconnect(socket, "reconnect") == notice
        assert await socket.ask(query(1, "hello")) == data(1, "world")


async def test_a_connection_can_be_closed() -> None:
    async with connected() as socket:
        await socket.silence()
        assert await told_to_reconnect(socket, "drop") == CLOSED
        await socket.ended()


async def test_connections_leave_no_task_behind() -> None:
    before = asyncio.all_tasks()
    for _ in range(20):
        async with connected("/trpc-ping") as socket:
            socket.say(subscribe(1, "sub.silent", input={"key": "gone"}), query(2, "hello"))
            await socket.answers(2)
    assert asyncio.all_tasks() == before
