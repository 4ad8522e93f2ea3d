"""What one WebSocket may do: so many frames, subscriptions and calls, and say who is there in time.
(T-33)"""

from __future__ import annotations

import asyncio
import dataclasses
import json

import pytest
from raw import ADA, BOUNDS, Raw, Target, target
from sockets import PIECE, PING, TEXT, frame, websocket
from websockets.asyncio.client import connect

from procedures import app as assembly
from procedures.servers.frames import AT_ONCE, RATE, Frames, size_at
from rpc.options import SocketLimits

pytestmark = pytest.mark.engine("sqlite")
FLOODS = {
    "pings": frame(PING) * 2 * AT_ONCE,
    "empty pieces": frame(TEXT & 0x7F) + frame(PIECE) * 2 * AT_ONCE,
    "long pings": frame(PING, b"x" * 125) * 2 * AT_ONCE,
    "calls of nothing": frame(TEXT, b"[]") * 2 * AT_ONCE,
}


@pytest.fixture(params=["hypercorn", "uvicorn"])
async def service(request, database):
    pytest.importorskip(request.param)
    async with target(database, request.param, max_streams=1000) as running:
        yield running


async def is_cut_by(client: Raw, data: bytes) -> bool:
    sending = asyncio.create_task(client.send(data))
    cut = await client.is_cut()
    await sending
    return cut


@pytest.mark.parametrize("kind", FLOODS)
async def test_a_flood_of_frames_ends_its_connection_and_no_other(service: Target, kind: str):
    async with websocket(service) as bystander, websocket(service) as client:
        assert await is_cut_by(client, FLOODS[kind])
        await bystander.send(frame(TEXT, b"PING"))
        assert await bystander.reader.readexactly(6) == b"\x81\x04PONG"
    assert (await service.health()).startswith(b"HTTP/1.1 200")


async def test_many_frames_in_a_row_are_answered(service: Target):
    async with websocket(service) as client:
        await client.send(frame(PING, b"yes?") * 1000 + frame(TEXT, b"PING"))
        answers = await client.reader.readexactly(6 * 1001)
    assert answers == b"\x8a\x04yes?" * 1000 + b"\x81\x04PONG"


async def test_without_the_bound_of_frames_a_flood_is_answered(service: Target, monkeypatch):
    monkeypatch.setattr(Frames, "are_borne", lambda *_: True)
    async with websocket(service) as client:
        sending = asyncio.create_task(client.send(FLOODS["pings"] + frame(TEXT, b"PING")))
        assert await client.reader.readuntil(b"\x81\x04PONG")
        await sending


def follow(number: int) -> str:
    about = {"path": "enrollment.onChange", "input": {}}
    return json.dumps({"id": number, "method": "subscription", "params": about})


async def test_one_socket_has_so_many_subscriptions_and_room_again_when_one_stops(service: Target):
    most = SocketLimits().max_subscriptions
    headers = {"authorization": f"Bearer {ADA}"}
    url = f"ws://{service.host}:{service.port}/rpc"
    async with connect(url, additional_headers=headers) as socket, asyncio.timeout(20):
        for number in range(most + 1):
            await socket.send(follow(number))
        answers = [json.loads(await socket.recv()) for _ in range(most + 1)]
        refused = [answer for answer in answers if "error" in answer]
        assert [one["error"]["data"]["code"] for one in refused] == ["TOO_MANY_REQUESTS"]
        assert refused[0]["id"] == most
        await socket.send(json.dumps({"id": 0, "method": "subscription.stop"}))
        assert json.loads(await socket.recv())["result"]["type"] == "stopped"
        await socket.send(follow(most))
        assert json.loads(await socket.recv()) == {"id": most, "result": {"type": "started"}}


async def test_a_socket_that_never_says_who_is_there_is_cut(database: str, monkeypatch):
    brief = dataclasses.replace(assembly.OPTIONS, sockets=SocketLimits(params_wait_ms=100))
    monkeypatch.setattr(assembly, "OPTIONS", brief)
    for server in ("hypercorn", "uvicorn"):
        async with target(database, server) as service:
            async with websocket(service, "?connectionParams=1") as client:
                assert b"TIMEOUT" in await client.rest()
            async with websocket(service, "?connectionParams=1") as client:
                params = {"method": "connectionParams", "data": {}}
                await client.send(frame(TEXT, json.dumps(params).encode()))
                await asyncio.sleep(0.3)
                await client.send(frame(TEXT, b"PING"))
                assert await client.reader.readexactly(6) == b"\x81\x04PONG"


@pytest.mark.parametrize("server", ["hypercorn", "uvicorn"])
async def test_where_halves_of_messages_are_too_much_together_the_largest_is_cut(
    server: str, database: str
):
    pytest.importorskip(server)
    async with (
        target(database, server, BOUNDS._replace(together=100_000)) as service,
        websocket(service) as whole,
        websocket(service) as small,
        websocket(service) as large,
    ):
        await whole.send(frame(TEXT, b" " * 60_000 + b"[]") + frame(TEXT, b"PING"))
        assert await whole.reader.readexactly(6) == b"\x81\x04PONG"
        await small.send(frame(TEXT & 0x7F, b"[" + b" " * 29_999))
        await large.send(frame(TEXT & 0x7F, b" " * 60_000)[:50_000])
        await held_becomes(service, 80_008)
        await large.send(b" " * 10_008 + frame(PIECE, b" " * 20_000))
        assert await large.is_cut()
        await small.send(frame(PIECE | 0x80, b"]") + frame(TEXT, b"PING"))
        assert await small.reader.readexactly(6) == b"\x81\x04PONG"
        await held_becomes(service, 0)
        assert service.listener._coming == {}


async def held_becomes(service: Target, size: int) -> None:
    async with asyncio.timeout(10):
        while service.listener._held != size:
            await asyncio.sleep(0.01)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_frames_are_counted_in_whatever_pieces_they_come():
    sent = [frame(TEXT, b"x" * size) for size in (0, 1, 125, 126, 127, 1000, 65_535)]
    long = bytes([TEXT, 0xFF]) + (70_000).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 70_000
    stream = b"".join([*sent, long, bytes([0x8A, 0]), frame(PING)])
    for step in (1, 2, 3, 7, 1000, len(stream)):
        frames = Frames(Clock())
        pieces = [stream[at : at + step] for at in range(0, len(stream), step)]
        assert sum(map(frames.begun, pieces)) == len(sent) + 3
        assert frames.held == 0


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        (b"", 0),
        (frame(PING), 0),
        (frame(TEXT, b"x" * 20), 0),
        (frame(TEXT, b"x" * 20)[:10], 10),
        (frame(TEXT)[:1], 1),
        (frame(TEXT & 0x7F), 6),
        (frame(TEXT & 0x7F) + frame(PING) + frame(PIECE, b"xy"), 20),
        (frame(TEXT & 0x7F) + frame(PING) + frame(PIECE | 0x80, b"xy"), 0),
        (frame(TEXT & 0x7F) + frame(PIECE | 0x80, b"xy") + frame(TEXT)[:3], 3),
    ],
)
def test_of_a_message_that_is_not_whole_the_bytes_are_counted(sent: bytes, held: int):
    for step in (1, 2, 7, 1000):
        frames = Frames(Clock())
        for at in range(0, len(sent), step):
            frames.begun(sent[at : at + step])
        assert frames.held == held


def test_a_head_that_is_not_whole_is_no_frame_yet():
    whole = frame(TEXT, b"x" * 200)
    assert [size_at(whole[:size], 0) for size in (0, 1, 2, 3)] == [0] * 4
    assert size_at(whole[:4], 0) == len(whole)


def test_who_pauses_may_send_again():
    clock = Clock()
    frames = Frames(clock)
    assert frames.are_borne(frame(PING) * AT_ONCE)
    assert not frames.are_borne(frame(PING))
    clock.now = 2.0
    assert frames.are_borne(frame(PING) * (2 * RATE - 1))
    assert not frames.are_borne(frame(PING))
