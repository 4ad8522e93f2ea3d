"""Clients who come and vanish, or never go on, leave nothing behind: no memory, no descriptor, no
task. (T-26, T-28, T-34, goals G9 and G10)"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest
from commands import Serving, serve
from extent import Extent
from flood import p99
from raw import ADA, Raw, Target, get, post, target

from procedures.servers.listening import Bounds

pytestmark = pytest.mark.engine("sqlite")
SERVERS = ["hypercorn", "uvicorn"]
GROWTH = 20  # MiB that the memory may grow
AT_ONCE = 50  # streams; an account has at most 100
SPARE = 5  # descriptors
STREAM = get("enrollment.onChange", f"authorization: Bearer {ADA}")
VANISH = struct.pack("ii", 1, 0)  # SO_LINGER: no farewell


class Footprint:
    """What a process holds."""

    def __init__(self, pid: int) -> None:
        status = Path(f"/proc/{pid}/status").read_text()
        self.memory = int(status.partition("VmRSS:")[2].split()[0]) / 1024
        self.descriptors = len(os.listdir(f"/proc/{pid}/fd"))

    def __str__(self) -> str:
        return f"{self.memory:.0f} MiB, {self.descriptors} descriptors"


@asynccontextmanager
async def connection(address: tuple[str, int], first: bytes = b"") -> AsyncIterator[Raw]:
    """A connection on which this is said before this process can be kept from saying it: who is
    late is cut."""
    line = socket.create_connection(address)
    line.sendall(first)
    reader, writer = await asyncio.open_connection(sock=line)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


async def come_and_go(address: tuple[str, int], number: int) -> None:
    """Follow events until the first word, then vanish, with or without a farewell."""
    async with connection(address, STREAM) as client:
        async with asyncio.timeout(20):
            assert b"200" in await client.reader.readuntil(b"\r\n")
            await client.reader.readuntil(b"event: connected")
        if number % 2:
            line = client.writer.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, VANISH)


async def crowds(address: tuple[str, int], clients: int) -> None:
    for first in range(0, clients, AT_ONCE):
        await asyncio.gather(*(come_and_go(address, first + n) for n in range(AT_ONCE)))


async def settled(serving: Serving, start: Footprint) -> Footprint:
    """What is left after a while."""
    end = time.monotonic() + 20
    while (left := Footprint(serving.process.pid)).descriptors > start.descriptors + SPARE:
        assert time.monotonic() < end, str(left)
        await asyncio.sleep(0.2)
    return left


async def awake(serving: Serving) -> Footprint:
    """What it holds once it has answered."""
    assert serving.health() == 200
    await asyncio.sleep(1)
    return Footprint(serving.process.pid)


@pytest.mark.parametrize("server", SERVERS)
async def test_those_who_follow_and_vanish_leave_no_memory(
    server: str, database: str, extent: Extent
):
    with serve(database, "--server", server) as serving:
        await crowds(serving.address, 200)
        start = Footprint(serving.process.pid)
        await crowds(serving.address, extent.vanishing)
        left = await settled(serving, start)
        extent.tell(f"{server}: {extent.vanishing} came and went, {start}, then {left}")
        assert left.memory < start.memory + GROWTH


@pytest.fixture(params=SERVERS)
async def service(request, database):
    pytest.importorskip(request.param)
    async with target(database, request.param, Bounds()) as running:
        yield running


def tasks() -> int:
    return len(asyncio.all_tasks())


async def becomes(state: Callable[[], bool]) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(5):
            while not state():
                await asyncio.sleep(0.05)
            return True
    return False


async def test_those_who_follow_and_vanish_leave_no_task(service: Target):
    await service.health()
    assert await becomes(lambda: not service.listener._open)
    before = tasks()
    await crowds((service.host, service.port), 2 * AT_ONCE)
    assert await becomes(lambda: not [*service.app.service.live])
    assert await becomes(lambda: tasks() <= before)


CUT = 15.0  # seconds
SLOW: dict[str, tuple[bytes, bytes]] = {  # what comes first, and what each second
    "silent": (b"", b""),
    "slow head": (b"GET /rpc/auth.me HTTP/1.1\r\nhost: x\r\n", b"x: y\r\n"),
    "slow body": (post("auth.login", {}).replace(b"length: 2", b"length: 999"), b" "),
    "unwanted body": (
        post("no.such", {}).replace(b"length: 2", b"length: 9000000") + b" " * 2_000_000,
        b"",
    ),
}


async def age(address: tuple[str, int], kind: str) -> float:
    """After how many seconds such a client is cut."""
    first, more = SLOW[kind]
    begun = time.monotonic()
    async with connection(address) as client:
        await client.send(first)
        while time.monotonic() < begun + 40:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    with suppress(ConnectionError):  # a reset is an end too
                        while await client.reader.read(65_536):
                            pass
                    return time.monotonic() - begun
            await client.send(more)
    return time.monotonic() - begun


@contextmanager
def bystander(serving: Serving) -> Iterator[list[float]]:
    """Somebody who asks ten times a second, how long it took, and that it was answered."""
    waits: list[float] = []
    end = threading.Event()

    def ask() -> None:
        while not end.wait(0.1):
            begun = time.monotonic()
            is_answered = serving.health() == 200
            waits.append(time.monotonic() - begun if is_answered else float("inf"))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield waits
    finally:
        end.set()
        thread.join()


@pytest.mark.parametrize("kind", SLOW)
@pytest.mark.parametrize("server", SERVERS)
async def test_those_who_are_slow_are_cut_and_hold_up_nobody(
    server: str, kind: str, database: str, extent: Extent
):
    if not extent.is_thorough:
        pytest.skip("with small bounds in test_connections.py; at full length in `make hostile`")
    with serve(database, "--server", server) as serving:
        start = await awake(serving)
        with bystander(serving) as waits:
            ages = await asyncio.gather(*(age(serving.address, kind) for _ in range(extent.slow)))
        slowest = p99(waits)
        left = await settled(serving, start)
        extent.tell(f"{server}, {kind}: cut within {max(ages):.1f} s, others {slowest:.3f} s")
        assert max(ages) < CUT
        assert slowest < 0.5
        assert left.memory < start.memory + 150
