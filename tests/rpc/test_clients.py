"""The client's side of an exchange: it is read to its end, and its leaving ends what it asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgi_driver import JSON, exchange, given
from ws_driver import connected, started, stop, stopped, subscribe

from rpc import Endpoint, OctetStream, Options, ProcedureBuilder, Router, WebSocketEndpoint

FORM = {"content-type": "multipart/form-data; boundary=x"}
OCTETS = {"content-type": "application/octet-stream"}
LINES = {"trpc-accept": "application/jsonl"}
CHUNKED = {"transfer-encoding": "chunked"}
PIECES = [b"x" * 100] * 30
STARTING = ["lifespan.startup", "lifespan.shutdown"]
NOT_FOUND = ["http.response.start", "http.response.body"]

UNREAD: list[tuple[str, str, dict[str, str], int]] = [
    ("GET", "/trpc/hello", CHUNKED, 200),
    ("GET", "/trpc/hello", {"content-length": "3000"}, 200),
    ("GET", "/trpc/nope", CHUNKED, 404),
    ("HEAD", "/trpc/hello", {}, 204),
    ("POST", "/trpc/bump", {}, 415),
    ("POST", "/trpc/%zz", JSON, 400),
    ("POST", "/trpc-small/kindMutation", JSON, 413),
    ("POST", "/trpc-nobatch/bump?batch=1", JSON, 400),
    ("POST", "/trpc-small/upload.form", FORM, 400),
    ("POST", "/trpc/upload.form", FORM, 400),
    ("POST", "/trpc/hello", OCTETS, 405),
    ("POST", "/trpc/bump", OCTETS, 200),
    ("POST", "/trpc-small/upload.octet", OCTETS, 413),
    ("PUT", "/trpc/upload.octet", OCTETS, 405),
    ("POST", "/trpc/bump", {**OCTETS, "x-fail-context": "CONFLICT"}, 409),
]


@pytest.mark.parametrize("row", UNREAD, ids=str)
async def test_a_request_is_read_to_its_end_before_it_is_answered(row: Any) -> None:
    method, target, headers, status = row
    async with exchange(target, headers, method=method, body=PIECES) as under_way:
        assert (await under_way.head())[0] == status
        assert under_way.all_is_read


@pytest.mark.parametrize("row", UNREAD, ids=str)
async def test_a_client_that_leaves_before_it_has_sent_all_is_not_answered(row: Any) -> None:
    method, target, headers, _ = row
    async with exchange(target, headers, method=method, body=[b"x"], is_whole=False) as under_way:
        under_way.leave()
        await under_way.ended()
        assert under_way.nothing_is_sent


async def test_a_get_that_announces_no_body_is_answered_before_anything_is_received() -> None:
    async with exchange("/trpc/hello", body=[]) as under_way:
        assert (await under_way.answer()).json == {"result": {"data": "world"}}


@pytest.mark.parametrize("http_version", ["2", "3"])
async def test_in_http_2_the_end_of_a_get_is_waited_for(http_version: str) -> None:
    about: Any = {"http_version": http_version, "is_whole": False}
    async with exchange("/trpc/hello", body=[b"x"], **about) as under_way:
        under_way.leave()
        await under_way.ended()
        assert under_way.nothing_is_sent
    for path in ("hello", "delay.ms?" + given({"ms": 1})):
        about = {"body": PIECES, "http_version": http_version}
        async with exchange(f"/trpc/{path}", **about) as under_way:
            assert (await under_way.head())[0] == 200
            assert under_way.all_is_read


WHOLE = b'{"n":1}'


async def test_no_end_is_waited_for_of_a_body_that_has_the_length_its_head_says() -> None:
    headers = JSON | {"content-length": str(len(WHOLE))}
    about: Any = {"method": "POST", "body": WHOLE, "is_whole": False}
    async with exchange("/trpc/kindMutation", headers, **about) as under_way:
        assert (await under_way.answer()).status == 200


@pytest.mark.parametrize(
    ("headers", "http_version"),
    [
        ({"content-length": str(len(WHOLE) + 1)}, "1.1"),
        ({"content-length": str(len(WHOLE))}, "2"),
        ({"content-length": str(len(WHOLE)), **CHUNKED}, "1.1"),
        ({"content-length": "many"}, "1.1"),
        ({}, "1.1"),
    ],
)
async def test_the_end_of_any_other_body_is_waited_for(
    headers: dict[str, str], http_version: str
) -> None:
    about: Any = {"method": "POST", "body": WHOLE, "is_whole": False, "http_version": http_version}
    async with exchange("/trpc/kindMutation", JSON | headers, **about) as under_way:
        under_way.leave()
        await under_way.ended()
        assert under_way.nothing_is_sent


class Waiting:
    """Procedures that wait: until they are cancelled, or for the test."""

    def __init__(self) -> None:
        self.running = asyncio.Event()
        self.go = asyncio.Event()
        self.ended = self.written = 0

    async def write(self, ctx: None) -> dict[str, Any]:
        self.running.set()
        await self.go.wait()
        self.written += 1
        return {"later": asyncio.sleep(60)}

    async def write_badly(self, ctx: None) -> None:
        self.running.set()
        await self.go.wait()
        raise ValueError("the disk is on fire")

    async def json(self, ctx: None) -> None:
        self.running.set()
        try:
            await asyncio.sleep(60)
        finally:
            self.ended += 1

    async def octets(self, ctx: None, given: OctetStream) -> None:
        async for _ in given:
            self.running.set()
        self.ended += 1


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def app(waiting: Waiting) -> Endpoint:
    p = ProcedureBuilder[None]()
    procedures = {
        "query": p.query(waiting.json),
        "write": p.mutation(waiting.write),
        "writeBadly": p.mutation(waiting.write_badly),
        "octets": p.mutation(waiting.octets),
        "hello": p.query(lambda ctx: "world"),
        "subscription": p.subscription(waiting.json),
    }
    return Endpoint(Router(procedures), lambda request: None)


LEFT: list[tuple[str, str, dict[str, str], int]] = [
    ("GET", "query", {}, 1),
    ("GET", "hello,query,query?batch=1", {}, 2),
    ("GET", "hello,query,query?batch=1", LINES, 2),
    ("GET", "subscription", {}, 1),
]


@pytest.mark.parametrize("row", LEFT, ids=str)
async def test_when_the_client_leaves_its_queries_are_cancelled(
    row: Any, waiting: Waiting, app: Endpoint
) -> None:
    method, path, headers, count = row
    async with exchange(f"/rpc/{path}", headers, method=method, body=b"{}", app=app) as under_way:
        await waiting.running.wait()
        under_way.leave()
        await under_way.ended()
    assert waiting.ended == count


WRITTEN: list[tuple[str, dict[str, str]]] = [
    ("write", JSON),
    ("write,nope,write?batch=1", JSON),
    ("write,nope,write?batch=1", JSON | LINES),
]


@pytest.mark.parametrize(("path", "headers"), WRITTEN, ids=str)
async def test_a_mutation_goes_on_to_its_end_and_its_request_waits_for_it(
    path: str, headers: dict[str, str], waiting: Waiting, app: Endpoint
) -> None:
    async with exchange(f"/rpc/{path}", headers, method="POST", body=b"{}", app=app) as under_way:
        await waiting.running.wait()
        under_way.leave()
        await asyncio.sleep(0.01)
        assert not under_way.app.done()
        waiting.go.set()
        await under_way.ended()
    assert waiting.written == path.count("write")


@pytest.mark.parametrize(("path", "headers"), WRITTEN, ids=str)
async def test_a_server_that_ends_can_end_it(
    path: str, headers: dict[str, str], waiting: Waiting, app: Endpoint
) -> None:
    before = asyncio.all_tasks()
    async with exchange(f"/rpc/{path}", headers, method="POST", body=b"{}", app=app) as under_way:
        await waiting.running.wait()
        for task in asyncio.all_tasks() - before:  # as a loop does that is closed
            task.cancel()
        await asyncio.wait({under_way.app}, timeout=1)
        assert asyncio.all_tasks() == before
        assert under_way.app.cancelled()
    assert waiting.written == 0


@pytest.mark.parametrize("headers", [JSON, JSON | LINES], ids=["whole", "streamed"])
async def test_what_fails_behind_its_clients_back_is_logged(
    headers: dict[str, str], waiting: Waiting, app: Endpoint, caplog: pytest.LogCaptureFixture
) -> None:
    target = "/rpc/writeBadly?batch=1"
    async with exchange(target, headers, method="POST", body=b"{}", app=app) as under_way:
        await waiting.running.wait()
        under_way.leave()
        await asyncio.sleep(0.01)
        waiting.go.set()
        await under_way.ended()
    assert "the disk is on fire" in caplog.text


@pytest.mark.parametrize("path", ["query", "hello,query?batch=1"])
async def test_nothing_is_sent_to_a_client_that_has_left(
    path: str, waiting: Waiting, app: Endpoint
) -> None:
    async with exchange(f"/rpc/{path}", app=app) as under_way:
        await waiting.running.wait()
        under_way.leave()
        await under_way.ended()
        assert under_way.nothing_is_sent


async def test_a_byte_stream_that_breaks_off_fails_its_reader(
    waiting: Waiting, app: Endpoint
) -> None:
    body = {"body": [b"first"], "is_whole": False}
    async with exchange("/rpc/octets", OCTETS, method="POST", app=app, **body) as under_way:
        await waiting.running.wait()
        under_way.leave()
        await under_way.ended()
        assert under_way.nothing_is_sent
    assert waiting.ended == 0


class Endless:
    """A procedure whose values come faster than anybody can read."""

    def __init__(self) -> None:
        self.given = 0

    async def numbers(self, ctx: None) -> AsyncIterator[int]:
        while True:
            self.given += 1
            yield self.given


@pytest.mark.parametrize("path", ["lines?batch=1", "events"])
async def test_a_client_that_does_not_read_holds_its_generators_back(path: str) -> None:
    endless, p = Endless(), ProcedureBuilder[None]()
    lines, events = p.query(lambda ctx: endless.numbers(ctx)), p.subscription(endless.numbers)
    app = Endpoint(Router({"lines": lines, "events": events}), lambda request: None)
    headers = LINES if path.startswith("lines") else {}
    async with exchange(f"/rpc/{path}", headers, app=app, unread=10) as under_way:
        await asyncio.sleep(0.05)
        held = endless.given
        assert 0 < held < 200
        for _ in range(held + 20):
            await under_way.message()
        assert endless.given > held
        under_way.leave()
        await under_way.ended()


class Closable:
    """An iterable of one's own that can be closed."""

    def __init__(self) -> None:
        self.is_closed = False

    def __aiter__(self) -> Closable:
        return self

    async def __anext__(self) -> int:
        await asyncio.sleep(0.001)
        return 1

    async def aclose(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("on_call", [None, lambda call, ctx: lambda error: None])
@pytest.mark.parametrize("path", ["lines?batch=1", "events"])
async def test_any_iterable_that_can_be_closed_is(path: str, on_call: Any) -> None:
    one, p = Closable(), ProcedureBuilder[None]()
    procedures = {"lines": p.query(lambda ctx: one), "events": p.subscription(lambda ctx: one)}
    app = Endpoint(Router(procedures), lambda request: None, options=Options(on_call=on_call))
    headers = LINES if path.startswith("lines") else {}
    async with exchange(f"/rpc/{path}", headers, app=app) as under_way:
        await under_way.head()
        for _ in range(6):
            await under_way.piece()
        assert not one.is_closed
        under_way.leave()
        await under_way.ended()
    assert one.is_closed


async def test_one_that_is_stopped_before_it_has_begun_is_closed_too() -> None:
    one = Closable()
    router = Router({"it": ProcedureBuilder[None]().subscription(lambda ctx: one)})
    app = WebSocketEndpoint(router, lambda request: None)
    async with connected("/rpc", app=app) as socket:
        socket.turns_of_a_send = 9
        assert await socket.ask(subscribe(1, "it")) == started(1)
        assert await socket.ask(stop(1)) == stopped(1)
    assert one.is_closed


@pytest.mark.parametrize(
    ("endpoint", "kind", "path", "told", "answered"),
    [
        (Endpoint, "lifespan", "", STARTING, [f"{one}.complete" for one in STARTING]),
        (WebSocketEndpoint, "lifespan", "", STARTING, [f"{one}.complete" for one in STARTING]),
        (Endpoint, "websocket", "/rpc/hello", ["websocket.connect"], ["websocket.close"]),
        (WebSocketEndpoint, "websocket", "/rpcx", ["websocket.connect"], ["websocket.close"]),
        (WebSocketEndpoint, "http", "/rpc", ["http.request"], NOT_FOUND),
    ],
)
async def test_an_endpoint_can_be_an_app_of_its_own_and_answers_what_it_does_not_serve(
    endpoint: Any, kind: str, path: str, told: list[str], answered: list[str]
) -> None:
    sent: list[str] = []
    asked = iter(told)

    async def receive() -> dict[str, Any]:
        return {"type": next(asked)}

    async def send(message: Any) -> None:
        sent.append(message["type"])
        assert message.get("status", 404) == 404

    app = endpoint(Router(), lambda request: None)
    await app({"type": kind, "path": path, "method": "GET"}, receive, send)
    assert (sent, [*asked]) == (answered, [])


async def test_no_task_is_left_behind_an_answer() -> None:
    before = len(asyncio.all_tasks())
    for target in ("hello", "delay.ms?" + given({"ms": 1}), "sub.mixed", "delay.ms,nope?batch=1"):
        async with exchange(f"/trpc/{target}") as under_way:
            await under_way.answer()
            assert len(asyncio.all_tasks()) == before
