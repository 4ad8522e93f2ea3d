"""What only a socket shows: clients that vanish, connections that are kept, large bodies."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator
from types import AsyncGeneratorType
from typing import Any

import pytest
from asgi_driver import exchange, given
from socket_driver import line_to, listening
from websockets.asyncio.client import connect
from ws_driver import data, query, started, stopped, subscribe

from tests.contract.context import STATE

LINES = {"trpc-accept": "application/jsonl"}
FOREVER = {"ms": 10_000}


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with listening() as port:
        yield port


async def becomes(key: str, state: str) -> None:
    """The contract's limit: a call knows within a second that its client has left."""
    async with asyncio.timeout(1):
        while STATE.get(key) != state:
            await asyncio.sleep(0.005)


def about(key: str, *indexes: int) -> str:
    one = {"key": key, **FOREVER}
    return given({str(i): one for i in indexes} if indexes else one)


LEFT: list[tuple[str, str, dict[str, str]]] = [
    ("a call", "abort.wait?" + about("a call"), {}),
    ("a batch", "hello,abort.wait?batch=1&" + about("a batch", 1), {}),
    ("lines", "hello,abort.wait?batch=1&" + about("lines", 1), LINES),
    ("an iterable", "abort.stream?batch=1&" + about("an iterable", 0), LINES),
    ("events", "sub.endless?" + about("events"), {}),
    ("silent events", "sub.silent?" + about("silent events"), {}),
]


@pytest.mark.parametrize(("key", "target", "headers"), LEFT, ids=[key for key, _, _ in LEFT])
async def test_within_a_second_a_call_is_aborted_whose_client_vanished(
    port: int, key: str, target: str, headers: dict[str, str]
) -> None:
    STATE.pop(key, None)
    async with line_to(port) as line:
        await line.send("GET", f"/trpc/{target}", headers=headers)
        await becomes(key, "running")
        line.vanish()
        await becomes(key, "aborted")


async def test_one_connection_carries_many_requests(port: int) -> None:
    world = b'{"result":{"data":"world"}}'
    async with line_to(port) as line:
        for _ in range(3):
            assert await line.ask("GET", "/trpc/hello") == (200, world)
            assert await line.ask("HEAD", "/trpc/hello") == (204, b"")
            assert (await line.ask("GET", "/trpc/nope"))[0] == 404
            assert (await line.ask("POST", "/trpc/nope", b"x" * 100_000))[0] == 404
            assert (await line.ask("POST", "/trpc/%zz", b"x" * 100_000))[0] == 400
            assert (await line.ask("GET", "/trpc/hello", b"x" * 100_000)) == (200, world)
            assert (await line.ask("POST", "/trpc-small/kindMutation", b"x" * 100_000))[0] == 413


WHOLE = "http://elsewhere.example:99/trpc/hello"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (WHOLE, 200),
        ("HTTPS://x/trpc/echo?input=%22http%3A//y/%22", 200),
        ("http://x", 404),
        ("http://x?/trpc/hello", 404),
        ("ftp://x/trpc/hello", 404),
        (f"/{WHOLE}", 404),
    ],
)
async def test_a_target_may_be_a_whole_url(port: int, target: str, status: int) -> None:
    async with line_to(port) as line:
        assert (await line.ask("GET", target))[0] == status


async def test_so_may_that_of_a_websocket(port: int) -> None:
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    async with line_to(port) as line:
        about = upgrade | {"sec-websocket-key": "A" * 22 + "=="}
        await line.send("GET", "http://x/trpc", headers=about)
        assert (await line.head())[0] == 101


async def test_head_has_neither_body_nor_vary_and_the_connection_stays(port: int) -> None:
    async with line_to(port) as line:
        await line.send("HEAD", "/trpc/hello")
        status, headers = await line.head()
        assert (status, "vary" in headers, "content-type" in headers) == (204, False, False)
        assert (await line.ask("GET", "/trpc/hello"))[0] == 200


REFUSED = [
    ("POST", "/trpc/nope", "application/json", 404),
    ("POST", "/trpc/hello", "application/octet-stream", 405),
    ("POST", "/trpc-small/upload.octet", "application/octet-stream", 413),
    ("POST", "/trpc/bump", "text/plain", 415),
    ("PUT", "/trpc/bump", "multipart/form-data", 405),
    ("GET", "/trpc/hello", "application/json", 200),
]


@pytest.mark.parametrize(("method", "target", "kind", "status"), REFUSED)
async def test_a_body_that_nobody_wants_does_not_hold_the_connection(
    port: int, method: str, target: str, kind: str, status: int
) -> None:
    head = f"{method} {target} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\n"
    async with line_to(port) as line:
        await line.write(f"{head}transfer-encoding: chunked\r\n\r\n".encode())
        for _ in range(30):  # hypercorn keeps ten pieces for an app that does not listen
            await line.write(b"64\r\n" + b"x" * 100 + b"\r\n")
            await asyncio.sleep(0.001)
        await line.write(b"0\r\n\r\n")
        assert (await line.answer())[0] == status
        assert (await line.ask("GET", "/trpc/hello"))[0] == 200


async def test_a_client_may_vanish_in_the_middle_of_its_request(port: int) -> None:
    for kind in ("application/json", "application/octet-stream", "multipart/form-data; boundary=x"):
        async with line_to(port) as line:
            head = f"POST /trpc/upload.octet HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\n"
            await line.write(f"{head}content-length: 1000\r\n\r\nx".encode())
            await asyncio.sleep(0.01)
            line.vanish()
    async with line_to(port) as line:
        assert (await line.ask("GET", "/trpc/hello"))[0] == 200


async def test_large_bodies_pass_both_ways(port: int) -> None:
    text = b'"' + b"x" * 3_000_000 + b'"'
    async with line_to(port) as line:
        status, body = await line.ask("POST", "/trpc/echoMutation", text)
        assert (status, len(body)) == (200, len(text) + len(b'{"result":{"data":}}'))
        assert (await line.ask("GET", "/trpc/out.large?" + given({"size": 5_000_000})))[0] == 200


async def test_events_and_lines_arrive_one_by_one(port: int) -> None:
    async with line_to(port) as line:
        await line.send("GET", "/trpc/sub.endless?" + about("one by one"))
        status, headers = await line.head()
        assert (status, headers["content-type"]) == (200, "text/event-stream")
        assert headers["transfer-encoding"] == "chunked"
        assert b"event: connected\ndata: {}\n\n\n" in await line.until(b"\n\n\n")
        assert b"data: 1\nid: 1\n\n\n" in await line.until(b"\n\n\n")
    async with line_to(port) as line:
        await line.send("GET", "/trpc/abort.stream?batch=1&" + about("two", 0), headers=LINES)
        await line.head()
        assert b'{"0":[[0],[null,0,0]]}\n' in await line.until(b"]}\n")
        assert b"[3,1,[[1]]]\n" in await line.until(b"[3,1,[[1]]]\n")


async def heard(socket: Any, count: int) -> list[Any]:
    async with asyncio.timeout(2):
        return [json.loads(await socket.recv()) for _ in range(count)]


async def test_a_websocket_carries_calls_and_subscriptions(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/trpc/") as socket:
        await socket.send(json.dumps([query(1, "hello"), query(2, "nope")]))
        assert {answer["id"] for answer in await heard(socket, 2)} == {1, 2}
        await socket.send(json.dumps(subscribe(3, "sub.count", input={"count": 1})))
        assert await heard(socket, 3) == [started(3), data(3, 1), stopped(3)]
        await socket.send(b"{}")
        assert (await heard(socket, 1))[0]["error"]["data"]["code"] == "PARSE_ERROR"
        await socket.send("PING")
        assert await socket.recv() == "PONG"


async def test_within_a_second_subscriptions_end_whose_websocket_vanished(port: int) -> None:
    socket = await connect(f"ws://127.0.0.1:{port}/trpc")
    await socket.send(json.dumps(subscribe(1, "sub.silent", input={"key": "vanished"})))
    await becomes("vanished", "running")
    socket.transport.abort()
    await becomes("vanished", "aborted")


async def test_a_refused_context_closes_the_websocket(port: int) -> None:
    refuse = {"x-fail-context": "FORBIDDEN"}
    async with connect(f"ws://127.0.0.1:{port}/trpc", additional_headers=refuse) as socket:
        assert (await heard(socket, 1))[0]["error"]["data"]["code"] == "FORBIDDEN"
        async with asyncio.timeout(1):
            await socket.wait_closed()


def generators() -> int:
    gc.collect()
    return sum(isinstance(one, AsyncGeneratorType) for one in gc.get_objects())


async def abandon(target: str) -> None:
    async with exchange(target) as under_way:
        await under_way.head()
        for _ in range(2):
            await under_way.piece()
        under_way.leave()
        await under_way.ended()


async def test_two_thousand_abandoned_subscriptions_leave_nothing() -> None:
    target = "/trpc-ping/sub.endless?" + about("abandoned")
    await abandon(target)
    tasks, before = asyncio.all_tasks(), generators()
    for _ in range(200):  # a few at once: each has to know within a second
        await asyncio.gather(*(abandon(target) for _ in range(10)))
    assert asyncio.all_tasks() == tasks
    assert generators() == before
    assert STATE["abandoned"] == "aborted"


async def vanish_behind_the_first_event(port: int, target: str) -> None:
    async with line_to(port) as line:
        await line.send("GET", target)
        await line.until(b"id: 1\n\n\n")
        line.vanish()


async def test_nor_do_those_who_vanish_from_a_socket(port: int) -> None:
    target = "/trpc/sub.endless?" + about("vanishing")
    await vanish_behind_the_first_event(port, target)
    await becomes("vanishing", "aborted")
    before = generators()
    for _ in range(10):
        await asyncio.gather(*(vanish_behind_the_first_event(port, target) for _ in range(10)))
    async with asyncio.timeout(10):
        while generators() > before:
            await asyncio.sleep(0.05)
