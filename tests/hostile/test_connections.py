"""Connections that are too many, silent, slow or stalled are ended; others do not notice. (T-26 to
T-28, T-34, T-41)"""

import asyncio
import socket
import struct
import time
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest
from commands import free_port
from raw import ADA, BOUNDS, Target, get, post, target
from world import token_text

from procedures.servers.listening import Body, Connection, Listener

HEAD = b"POST /rpc/enrollment.enroll HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
LOGIN = post("auth.login", {"email": "x", "password": "y"})
LEO = token_text("usr_leo", "acme")


async def is_served(service: Target) -> bool:
    return (await service.health()).startswith(b"HTTP/1.1 200")


@pytest.mark.engine("sqlite")
async def test_a_silent_connection_is_cut(service: Target):
    async with service.client() as client:
        assert await client.is_cut()
    assert await is_served(service)


async def require_cut(service: Target, sent: bytes) -> None:
    """Who sends no more than this is cut, and others are served."""
    async with service.client() as client:
        await client.send(sent)
        assert await client.is_cut()
    assert await is_served(service)


@pytest.mark.engine("sqlite")
async def test_a_head_that_never_ends_is_cut(service: Target):
    await require_cut(service, b"GET /rpc/system.health HTTP/1.1\r\nhost: x\r\nx-slow:")


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(("length", "status"), [(60_000, b"200"), (70_000, b"431")])
async def test_a_head_may_have_64_kib(service: Target, length: int, status: bytes):
    head = get("system.health", "x-long: " + "a" * length)
    async with service.client() as client:
        for piece in (head[:100], head[100:-2], head[-2:]):
            await client.send(piece)
            await asyncio.sleep(0.02)
        assert (await client.rest()).startswith(b"HTTP/1.1 " + status)
    assert await is_served(service)


@pytest.mark.engine("sqlite")
async def test_a_body_that_stops_is_cut(service: Target):
    await require_cut(service, HEAD + b"content-length: 1000\r\n\r\n{")


@pytest.mark.engine("sqlite")
async def test_a_body_without_a_length_that_stops_is_cut(service: Target):
    await require_cut(service, HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\n{\r\n")


@pytest.mark.parametrize(("announced", "late"), [(0, True), (2, True), (1, False)])
async def test_a_body_is_whole_with_its_last_announced_byte(announced: int, late: bool):
    pieces = [b"", b"{"]

    async def receive():
        return {"type": "http.request", "body": pieces.pop(0), "more_body": True}

    with Listener.of(socket.socket()).within(BOUNDS) as listener:
        body = Body(SimpleNamespace(listener=listener), receive, 0.0, announced)
        await body.receive()
        assert body.is_late(10**9, BOUNDS)
        await body.receive()
        assert body.is_late(10**9, BOUNDS) == late


async def trickle(client, pieces: int) -> None:
    for _ in range(pieces):
        await client.send(b" ")
        await asyncio.sleep(0.1)


@pytest.mark.engine("sqlite")
async def test_a_body_that_trickles_is_cut(service: Target):
    async with service.client() as client:
        await client.send(HEAD + b"content-length: 1000\r\n\r\n")
        trickling = asyncio.create_task(trickle(client, 600))
        assert await client.is_cut()
        assert not trickling.done()
        trickling.cancel()
    assert await is_served(service)


@pytest.mark.engine("sqlite")
async def test_a_body_that_comes_in_pieces_in_time_is_read(service: Target):
    async with service.client() as client:
        for at in range(0, len(LOGIN), 80):
            await client.send(LOGIN[at : at + 80])
            await asyncio.sleep(0.02)
        assert (await client.rest()).startswith(b"HTTP/1.1 401")


@pytest.mark.engine("sqlite")
async def test_a_call_whose_body_is_there_may_take_longer_than_a_body(service: Target):
    service.app.service.store._thread.submit(time.sleep, BOUNDS.body * 2)
    request = post("enrollment.enroll", {"courseId": "crs_open"}, f"authorization: Bearer {LEO}")
    assert (await service.answer(request)).startswith(b"HTTP/1.1 200")


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("before", [0, len(LOGIN) - 9], ids=["nothing", "some of a body"])
async def test_who_goes_on_while_the_process_stands_still_is_answered(service: Target, before: int):
    about = service.listener
    async with service.client() as client:
        await client.send(LOGIN[:before])
        while not (about._coming if before else about._open):
            await asyncio.sleep(0)
        client.writer.write(LOGIN[before:])
        time.sleep(BOUNDS.silence * 3)
        assert (await client.rest()).startswith(b"HTTP/1.1 401")


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("length", [b"2147483648", b"99999999999"])
async def test_a_huge_body_is_refused_before_it_comes(service: Target, length: bytes):
    async with service.client() as client:
        await client.send(HEAD + b"content-length: " + length + b"\r\n\r\n")
        answer = await client.rest()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b'"data":{"code":"PAYLOAD_TOO_LARGE","httpStatus":413}}}')
    assert await is_served(service)


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("server", ["hypercorn", "uvicorn"])
async def test_where_bodies_on_their_way_are_too_much_together_the_largest_is_refused(
    server: str, database: str
):
    pytest.importorskip(server)
    bounds = BOUNDS._replace(piece=5.0, body=5.0, together=200_000)
    size = b"content-length: 150002\r\nconnection: close\r\n\r\n"
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(target(database, server, bounds))
        small, large = [await stack.enter_async_context(service.client()) for _ in "ab"]
        for client, come in ((small, 90_000), (large, 140_000)):
            await client.send(HEAD.replace(b"enrollment.enroll", b"auth.login") + size)
            await client.send(b" " * come)
        assert (await large.rest()).startswith(b"HTTP/1.1 503 ")
        await small.send(b" " * 60_000 + b"{}")
        assert (await small.rest()).startswith(b"HTTP/1.1 400 ")
        assert (service.listener._held, service.listener._coming) == (0, {})
        assert await is_served(service)


@pytest.mark.engine("sqlite")
async def test_a_large_body_nobody_wants_is_cut_when_it_stops(service: Target):
    head = HEAD.replace(b"enrollment.enroll", b"no.such")
    async with service.client() as client:
        await client.send(head + b"content-length: 8000000\r\n\r\n" + b"x" * 2_000_000)
        assert await client.is_cut()
    assert await is_served(service)


@pytest.mark.engine("sqlite")
async def test_one_connection_too_many_is_told_to_come_back(service: Target):
    async with AsyncExitStack() as stack:
        for _ in range(BOUNDS.per_peer):
            await stack.enter_async_context(service.client())
        answer = await service.health()
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 1" in answer
        assert b'"code":"SERVICE_UNAVAILABLE"' in answer
    async with asyncio.timeout(10):
        while not await is_served(service):
            await asyncio.sleep(0.05)


@pytest.mark.engine("sqlite")
async def test_connections_that_end_are_forgotten(service: Target):
    for _ in range(30):
        assert await is_served(service)
    async with asyncio.timeout(10):
        while service.listener._open:
            await asyncio.sleep(0.05)
    assert not service.listener._peers


def reset_from(port: int, service: Target) -> None:
    """Come from a port, begin a request, and reset the connection."""
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind((service.host, port))
        client.connect((service.host, service.port))
        client.send(HEAD + b"content-length: 1000\r\n\r\n{")


@pytest.mark.engine("sqlite")
async def test_who_comes_again_from_the_same_port_takes_no_second_place(service: Target):
    """Before it is seen that the first connection has gone."""
    port = free_port()
    for _ in range(BOUNDS.per_peer):
        reset_from(port, service)
        reset_from(port, service)
        await asyncio.sleep(0.05)
    async with asyncio.timeout(10):
        while service.listener._open:
            await asyncio.sleep(0.05)
    assert not service.listener._peers
    assert await is_served(service)


SLOW = {"type": "http", "headers": [(b"content-length", b"1000")]}


async def test_a_slow_body_is_cut_though_one_of_the_same_port_has_just_ended():
    """Requests are known by the address and the port that they come from."""
    ended = asyncio.Event()

    async def app(scope, receive, send):
        await receive()

    async def reset():
        await ended.wait()
        return {"type": "http.disconnect"}

    with Listener.of(socket.create_server(("127.0.0.1", 0))).within(BOUNDS) as listener:
        served = listener.watching(app)
        with socket.create_connection(listener.getsockname()) as client:
            connection, address = listener.accept()
            about = SLOW | {"client": address[:2]}
            first = asyncio.create_task(served(about, reset, None))
            slow = asyncio.create_task(served(about, asyncio.Event().wait, None))
            await asyncio.sleep(0)
            ended.set()
            await first
            client.setblocking(False)
            async with asyncio.timeout(5):
                assert await asyncio.get_running_loop().sock_recv(client, 1) == b""
            slow.cancel()
            connection.close()


@pytest.mark.parametrize("first_to_end", [0, 1])
async def test_of_two_connections_of_one_port_each_leaves_once(first_to_end: int):
    with Listener.of(socket.create_server(("127.0.0.1", 0))).within(BOUNDS) as listener:
        host, port = listener.getsockname()
        target, own = SimpleNamespace(host=host, port=port), free_port()
        both = []
        for _ in range(2):
            reset_from(own, target)
            both.append(listener.accept()[0])
        assert (len(listener._open), listener._peers[host]) == (1, 1)
        both.pop(first_to_end).close()
        assert len(listener._open) == listener._peers[host] == first_to_end ^ 1
        both.pop().close()
        assert (listener._open, listener._peers) == ({}, {})


async def stream(service: Target, stack: AsyncExitStack):
    """A stream of all that happens, which its client does not read."""
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)
    await asyncio.get_running_loop().sock_connect(narrow, (service.host, service.port))
    request = get("enrollment.onChange", f"authorization: Bearer {ADA}")
    await asyncio.get_running_loop().sock_sendall(narrow, request)
    stack.callback(narrow.close)
    followers = service.app.service.live
    async with asyncio.timeout(10):
        while not list(followers):
            await asyncio.sleep(0.02)


async def make_events(service: Target, times: int) -> None:
    leo = f"authorization: Bearer {LEO}"
    for _ in range(times):
        for act in ("enroll", "unenroll"):
            await service.answer(post(f"enrollment.{act}", {"courseId": "crs_open"}, leo))


@pytest.mark.engine("sqlite")
async def test_a_client_that_does_not_read_its_events_is_cut(service: Target):
    async with AsyncExitStack() as stack:
        await stream(service, stack)
        await make_events(service, 40)
        async with asyncio.timeout(20):
            while list(service.app.service.live):
                await asyncio.sleep(0.1)
    assert await is_served(service)


# Each of the above shows nothing unless it fails where the defence is missing.


async def holds(service: Target, data: bytes) -> bool:
    """Whether a connection that sends that and then nothing is still there long after its time."""
    async with service.client() as client:
        await client.send(data)
        try:
            async with asyncio.timeout(BOUNDS.silence * 6):
                await client.reader.read()
        except TimeoutError:
            return True
        return False


@pytest.mark.engine("sqlite")
async def test_without_the_look_at_connections_slow_ones_are_held(service: Target, monkeypatch):
    monkeypatch.setattr(Connection, "_look", lambda self: None)
    assert await holds(service, HEAD + b"content-length: 1000\r\n\r\n{")


@pytest.mark.engine("sqlite")
async def test_without_a_due_time_of_bodies_slow_ones_are_held(service: Target, monkeypatch):
    monkeypatch.setattr(Body, "is_late", lambda *_: False)
    assert await holds(service, HEAD + b"content-length: 1000\r\n\r\n{")
    monkeypatch.undo()
    assert not await holds(service, HEAD + b"content-length: 1000\r\n\r\n{")


@pytest.mark.engine("sqlite")
async def test_without_the_bound_of_connections_all_come_in(service: Target):
    service.listener.bounds = BOUNDS._replace(connections=10_000, per_peer=10_000)
    async with AsyncExitStack() as stack:
        for _ in range(BOUNDS.per_peer):
            await stack.enter_async_context(service.client())
        assert await is_served(service)
