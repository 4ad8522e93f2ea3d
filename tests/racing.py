"""Many real connections that ask at the same moment."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple


class Ask(NamedTuple):
    """One call, under an idempotency key or none."""

    path: str
    authorization: str
    given: dict[str, Any]
    key: str | None = None


class Answer(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str]


class Connection:
    """One keep-alive connection, as raw as it gets: its cost must not hide the server's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, host: str, port: int) -> Connection:
        return cls(*await asyncio.open_connection(host, port))

    async def post(self, ask: Ask) -> Answer:
        body = json.dumps(ask.given).encode()
        keyed = "" if ask.key is None else f"idempotency-key: {ask.key}\r\n"
        head = (
            f"POST /rpc/{ask.path} HTTP/1.1\r\nhost: test\r\n{keyed}"
            f"authorization: {ask.authorization}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        return await self._answer()

    async def _answer(self) -> Answer:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        body = await self._reader.readexactly(int(headers["content-length"]))
        return Answer(int(head[0].split()[1]), json.loads(body), headers)

    async def close(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()


async def at_once(address: tuple[str, int], asks: list[Ask], connections: int) -> list[Answer]:
    """The answers to these calls, made over so many connections that all start together."""
    queue = [*asks]

    async def work(connection: Connection) -> list[Answer]:
        answers = []
        while queue:
            answers.append(await connection.post(queue.pop()))
        return answers

    async with crowd(address, connections) as opened:
        answers = await asyncio.gather(*(work(connection) for connection in opened))
    return [answer for some in answers for answer in some]


@asynccontextmanager
async def crowd(address: tuple[str, int], size: int) -> AsyncIterator[list[Connection]]:
    """So many open connections."""
    opened = await asyncio.gather(*(Connection.to(*address) for _ in range(size)))
    try:
        yield opened
    finally:
        await asyncio.gather(*(connection.close() for connection in opened))


def tally(answers: list[Answer]) -> dict[int, int]:
    """How many answers have each status."""
    return dict(Counter(answer.status for answer in answers))


def reasons(answers: list[Answer]) -> set[str | None]:
    """The distinct reasons of the refusals among the answers."""
    return {a.body["error"]["data"].get("reason") for a in answers if a.status != 200}
