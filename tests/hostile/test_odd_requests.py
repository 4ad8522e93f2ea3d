"""Whatever comes in, no answer is the server's fault, late, without its envelope or telling of what
is inside; and the service goes on. (T-19, T-24, T-30 to T-33, goal G7)"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from contextlib import suppress

import pytest
from extent import Extent
from oddities import Maker
from raw import Raw, Target, target

from procedures.servers.listening import Bounds

pytestmark = pytest.mark.engine("sqlite")
SEEDS = [8, 80, 800]
LEAKS = re.compile(rb"Traceback|File \\?\"|site-packages|sqlite3|psycopg|/usr/lib|/tmp/", re.I)
LATE = 2.0  # seconds
ENDLESS = ("framing", "messages", "hasty")  # nobody says when such an answer ends
LOOSE = (*ENDLESS, "rest")  # answered by the transport, or in a surface's own words
Fault = tuple[int, str, str]


async def answered(client: Raw, sort: str, request: bytes) -> bytes:
    """What comes; of what is no HTTP and of a WebSocket, what comes at once."""
    if sort == "messages":
        head, _, request = request.partition(b"\r\n\r\n")
        await client.send(head + b"\r\n\r\n")
        assert b" 101 " in await client.reader.readuntil(b"\r\n\r\n")
    await client.send(request)
    if sort not in ENDLESS:
        return await client.rest()
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(0.3):
            return await client.reader.read(65_536)
    return b""


def fault_of(sort: str, answer: bytes) -> str | None:
    """What is wrong with an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head[9:12]) if head.startswith(b"HTTP/1.1 ") else None
    if status is None:
        return None if sort in ENDLESS else "no answer"
    if status >= 500 and (status, sort) != (501, "framing"):
        return f"status {status}"
    if 300 <= status < 400:
        return "a redirect"
    if LEAKS.search(body):
        return "tells of what is inside"
    is_text = body and sort not in LOOSE and b"chunked" not in head.lower()
    return "no envelope" if is_text and not is_envelope(body) else None


def is_envelope(body: bytes) -> bool:
    with suppress(ValueError):
        found = json.loads(body)
        items = found if isinstance(found, list) else [found]
        return all(len(item.keys() & {"result", "error"}) == 1 for item in items)
    return False


async def faults(service: Target, seed: int, count: int) -> tuple[list[Fault], Counter[str]]:
    """What is wrong with the answers to so many odd requests."""
    found: list[Fault] = []
    sorts: Counter[str] = Counter()
    for number in range(count):
        sort, request = Maker(seed, number).request()
        begun = time.monotonic()
        async with service.client() as client:
            answer = await answered(client, sort, request)
        fault = fault_of(sort, answer)
        if time.monotonic() > begun + LATE:
            fault = "late"
        if number % 50 == 0 and not (await service.health()).startswith(b"HTTP/1.1 200"):
            fault = "unwell after that"
        found += [(number, sort, fault)] if fault else []
        sorts[sort] += 1
    return found, sorts


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("server", ["hypercorn", "uvicorn"])
async def test_no_odd_request_is_the_servers_fault(
    server: str, seed: int, database: str, extent: Extent
):
    pytest.importorskip(server)
    async with target(database, server, Bounds(), call_rate=0) as service:
        found, sorts = await faults(service, seed, extent.odd)
        assert found == []
        assert len(sorts) == 10
        async with asyncio.timeout(15):
            while service.listener._open:
                await asyncio.sleep(0.1)
        extent.tell(f"{server}, seed {seed}: {dict(sorts)}")


async def test_answers_without_an_envelope_and_with_too_much_are_found():
    plain = b"HTTP/1.1 404 \r\n\r\nNot Found"
    assert fault_of("names", plain) == "no envelope"
    assert fault_of("rest", plain) is None
    inside = b'HTTP/1.1 400 \r\n\r\n{"error":{"message":"sqlite3.OperationalError"}}'
    assert fault_of("rest", inside) == "tells of what is inside"
    assert fault_of("names", b"HTTP/1.1 307 \r\n\r\n") == "a redirect"
    assert fault_of("values", b"") == "no answer"
