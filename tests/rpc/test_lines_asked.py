"""Who gets a batch as lines, and what becomes of streamed results for those who do not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from asgi_driver import get, refused_whole

from rpc import Endpoint, ProcedureBuilder, Router

LINES = {"trpc-accept": "application/jsonl"}
p = ProcedureBuilder[None]()

ASKED: list[tuple[dict[str, str], bool]] = [
    ({"trpc-accept": "application/jsonl"}, True),
    ({"accept": "application/jsonl"}, True),
    ({"accept": "text/html, application/jsonl ,x/y"}, True),
    ({"trpc-accept": "application/jsonl", "accept": "text/html"}, True),
    ({"accept": "application/jsonl;q=1"}, False),
    ({"trpc-accept": "application/json"}, False),
    ({"trpc-accept": "", "accept": "application/jsonl"}, False),
    ({"trpc-accept": "x", "accept": "application/jsonl"}, False),
    ({}, False),
]


@pytest.mark.parametrize(("headers", "is_streamed"), ASKED)
async def test_lines_are_sent_to_those_who_ask_plainly(
    headers: dict[str, str], is_streamed: bool
) -> None:
    answer = await get("/trpc/hello?batch=1", headers)
    assert answer.body.startswith(b'{"0"') is is_streamed


async def refused_in_plain(path: str, is_batch: bool) -> None:
    answer = await get(f"/trpc/{path}" + ("?batch=1" if is_batch else ""))
    error = answer.json[0]["error"] if is_batch else answer.error
    assert (answer.status, answer.header("content-type")) == (415, "application/json")
    assert error["message"] == (
        "Cannot use stream-like response in non-streaming request - use httpBatchStreamLink"
    )
    assert error["data"].get("path") == (path if is_batch else None)


@pytest.mark.parametrize("path", ["stream.promise", "stream.inObject", "stream.empty"])
async def test_a_streamed_output_in_a_plain_answer_is_415(path: str) -> None:
    await refused_in_plain(path, is_batch=False)
    await refused_in_plain(path, is_batch=True)


async def test_what_was_refused_to_stream_is_closed() -> None:
    closed: list[str] = []

    async def numbers(ctx: None) -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            closed.append("numbers")

    async def begun(ctx: None) -> AsyncIterator[int]:
        stream = numbers(ctx)
        await anext(stream)
        return stream

    app = Endpoint(Router({"begun": p.query(begun)}), lambda request: None)
    assert (await get("/rpc/begun", app=app)).status == 415
    assert closed == ["numbers"]


async def test_lines_without_a_batch_are_refused() -> None:
    message = "Streaming requests must be batched (you can do a batch of 1)"
    refused_whole(await get("/trpc/hello", LINES), 400, "BAD_REQUEST", message)
    refused_whole(await get("/trpc/sub.empty", LINES), 400, "BAD_REQUEST", message)
