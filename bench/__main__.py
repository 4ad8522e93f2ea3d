"""How many calls a second the service answers, and how fast: `python -m bench`.

Starts `rollcall serve` on a fresh copy of the demo data and asks over 32 kept-open connections, the
workloads in turn, several rounds. Single figures are noise on a busy machine: compare the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path

from procedures.demo import COURSE, LEARNER, prepare
from procedures.servers import listen

CONNECTIONS = 32
SECONDS = 3.0  # of each workload in each round
ADMIN, ORG = "usr_grace", "org_hillview"


@dataclass(frozen=True)
class Workload:
    name: str
    path: str
    body: Callable[[], Iterator[object]]


def same(body: object) -> Callable[[], Iterator[object]]:
    return lambda: cycle([body])


def renamings() -> Iterator[object]:
    return ({"courseId": COURSE, "code": f"C{i}"} for i in count())


def batch(size: int) -> Workload:
    path = ",".join(["system.info"] * size) + "?batch=1"
    return Workload(f"batch of {size} small queries", path, same({}))


WORKLOADS = (
    Workload("query without input", "system.info", same({})),
    Workload("query that reads the database", "enrollment.list", same({"courseId": COURSE})),
    Workload("one record by course", "course.get", same({"courseId": COURSE})),
    batch(10),
    Workload(
        "durable write",
        "course.update",
        lambda: ({"courseId": COURSE, "code": f"C{i}"} for i in range(10**9)),
    ),
    Workload("refused write", "enrollment.enroll", same({"courseId": COURSE, "userId": LEARNER})),
)


class Connection:
    """A kept-open HTTP/1.1 connection that posts and reads whole answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def post(self, path: str, token: str, body: object) -> int:
        """The status of the answer."""
        text = json.dumps(body).encode()
        head = (
            f"POST /rpc/{path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n"
        )
        self._writer.write(head.encode() + text)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await self._reader.readexactly(length)
        return int(answer.split(b" ", 2)[1])


async def load(port: int, token: str, work: Workload) -> list[float]:
    """Ask over all connections until the time is up; how long each answer took, in seconds."""
    bodies, took = work.body(), []
    end = time.perf_counter() + SECONDS

    async def ask() -> None:
        connection = Connection(*await asyncio.open_connection("127.0.0.1", port))
        while (began := time.perf_counter()) < end:
            status = await connection.post(work.path, token, next(bodies))
            if status >= 500:
                raise RuntimeError(f"{work.name}: {status}")
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    return took


@asynccontextmanager
async def service(server: str) -> AsyncIterator[tuple[int, str]]:
    """A running server on fresh demo data: its port, and an admin's token."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "bench.db"
        prepare(database)
        with listen("127.0.0.1", 0) as free:
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "procedures"]
        about = ["--database", str(database)]
        token = subprocess.run(
            [*command, "token", ADMIN, "--org", ORG, *about],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        bind = ["serve", "--bind", f"127.0.0.1:{port}", "--server", server]
        process = subprocess.Popen([*command, *bind, *about], stdout=subprocess.DEVNULL)
        try:
            await ready(port)
            yield port, token
        finally:
            process.terminate()
            process.wait()


async def ready(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise RuntimeError("the server did not start")


async def measure(servers: list[str], rounds: int) -> None:
    took: dict[tuple[str, str], list[list[float]]] = {}
    for _ in range(rounds):
        for server in servers:
            async with service(server) as (port, token):
                for work in WORKLOADS:
                    took.setdefault((work.name, server), []).append(await load(port, token, work))
    print("| workload | server | answers/s | p50 ms | p99 ms | to the first |")
    print("|---|---|--:|--:|--:|--:|")
    for work in WORKLOADS:
        first = rate(took[work.name, servers[0]])
        for server in servers:
            runs = took[work.name, server]
            cuts = statistics.quantiles([t for run in runs for t in run], n=100)
            print(
                f"| {work.name} | {server} | {rate(runs):,.0f} | {cuts[49] * 1000:.1f} "
                f"| {cuts[98] * 1000:.1f} | {rate(runs) / first:.2f} |"
            )


def rate(runs: list[list[float]]) -> float:
    return statistics.median(len(run) / SECONDS for run in runs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", default="hypercorn,uvicorn")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    asyncio.run(measure(asked.servers.split(","), asked.rounds))
