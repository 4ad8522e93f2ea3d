"""Every printed example of Schoology's, as printed, answered as our golden files say.

Field for field, type for type, in that order; sent by a client and by the real curl.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from commands import require
from schoology_world import CIVICS, GEOGRAPHY, client, tree
from world import World

GOLDEN = Path(__file__).with_name("golden")
MEDIA = {"json": "application/json", "xml": "text/xml"}
DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n<result>'


class Example(NamedTuple):
    """Named by its files in golden: `….request.json`, `….answer.json`, and the same in XML."""

    name: str
    user: str
    method: str
    path: str

    def request(self, kind: str) -> Path | None:
        path = GOLDEN / f"{self.name}.request.{kind}"
        return path if path.exists() else None

    def answer(self, kind: str) -> Path:
        return GOLDEN / f"{self.name}.answer.{kind}"


WITH_ANSWER = [
    # S2-13, S2-20..25, S2-27, S2-28
    Example("list", "mr", "GET", f"{CIVICS}?enrollment_status=1"),
    # S2-29, S2-30, S2-31
    Example("get", "mr", "GET", f"{CIVICS}/44783136"),
    # S2-32..36
    Example("create", "mr", "POST", CIVICS),
    # S2-37, S2-38, S2-40, S2-41
    Example("access_code", "mr", "POST", "/v1/sections/12345/accesscode"),
    # S2-42, S2-44..47
    Example("create_many_here", "mr", "POST", CIVICS),
    # S2-48, S2-50, S2-51, S2-53..56
    Example("create_many", "ada", "POST", "/v1/enrollments"),
    # S2-58..60, S2-64, S2-65, S2-67..70
    Example("import_by_course", "ada", "POST", "/v1/enrollments/import/course/13011"),
    # S2-71, S2-72, S2-74..78
    Example("import_by_school_code", "ada", "POST", "/v1/enrollments/import/course"),
    # S2-84, S2-86..90
    Example("update_many", "ada", "PUT", GEOGRAPHY),
    # S2-92
    Example("delete_many", "ada", "DELETE", "/v1/enrollments?enrollment_ids=2461632,23453322"),
]
WITHOUT_ANSWER = [
    # S2-79, S2-81..83
    Example("update", "ada", "PUT", f"{GEOGRAPHY}/2461632"),
    # S2-91
    Example("delete", "ada", "DELETE", f"{GEOGRAPHY}/2461632"),
]


class Reply(NamedTuple):
    status: int
    media: str
    body: bytes


Send = Callable[[World, Example, str], Awaitable[Reply]]


def headers_of(school: World, example: Example, kind: str) -> dict[str, str]:
    headers = {**client(school, example.user).person.headers, "accept": MEDIA[kind]}
    return headers | ({"content-type": MEDIA[kind]} if example.request(kind) else {})


async def by_client(school: World, example: Example, kind: str) -> Reply:
    file = example.request(kind)
    answer = await school.http.request(
        example.method,
        example.path,
        headers=headers_of(school, example, kind),
        content=file.read_bytes() if file else None,
    )
    return Reply(answer.status_code, answer.headers.get("content-type", ""), answer.content)


async def by_curl(school: World, example: Example, kind: str) -> Reply:
    require("curl")
    host, port = school.address
    file = example.request(kind)
    headers = headers_of(school, example, kind)
    process = await asyncio.create_subprocess_exec(
        "curl",
        *("--silent", "--show-error", "--max-time", "30", "--noproxy", "*"),
        *("--request", example.method, f"http://{host}:{port}{example.path}"),
        *(part for name, value in headers.items() for part in ("--header", f"{name}: {value}")),
        *(("--data-binary", f"@{file}") if file else ()),
        *("--write-out", "\n%{http_code} %{content_type}"),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    body, _, about = output.rpartition(b"\n")
    status, _, media = about.decode().partition(" ")
    return Reply(int(status), media, body)


senders = pytest.mark.parametrize("send", [by_client, by_curl])
kinds = pytest.mark.parametrize("kind", MEDIA)


def named(examples: list[Example]) -> Any:
    return pytest.mark.parametrize("example", examples, ids=[example.name for example in examples])


def in_order(text: bytes) -> Any:
    """JSON with its members as pairs, so that their order counts."""
    return json.loads(text, object_pairs_hook=list)


@senders
@kinds
@named(WITH_ANSWER)
async def test_an_example_is_answered_as_printed(
    school: World, example: Example, kind: str, send: Send
):
    reply = await send(school, example, kind)
    host, port = school.address
    body = reply.body.replace(f"http://{host}:{port}/".encode(), b"http://host/")
    assert (reply.status, reply.media.partition(";")[0]) == (200, MEDIA[kind]), body
    golden = example.answer(kind).read_bytes()
    if kind == "json":
        assert in_order(body) == in_order(golden)
    else:
        assert body.startswith(DECLARATION)  # S2-26
        assert tree(ElementTree.fromstring(body)) == tree(ElementTree.fromstring(golden))


@senders
@kinds
@named(WITHOUT_ANSWER)
async def test_an_example_without_an_answer_is_done(
    school: World, example: Example, kind: str, send: Send
):
    reply = await send(school, example, kind)
    assert reply == Reply(204, "", b"")
    [[status, is_gone]] = school.rows(
        "select status, deleted_at is not null from enrollment where key = 'enr_two'"
    )
    assert (status, is_gone) == (("expired", 0) if example.name == "update" else ("active", 1))


def test_every_golden_file_is_of_an_example():
    every = WITH_ANSWER + WITHOUT_ANSWER
    requests = {example.request(kind) for example in every for kind in MEDIA} - {None}
    answers = {example.answer(kind) for example in WITH_ANSWER for kind in MEDIA}
    assert requests | answers == set(GOLDEN.iterdir())
    assert len(requests) == 16


def test_both_formats_of_a_golden_answer_hold_the_same():
    for example in WITH_ANSWER:
        document = ElementTree.parse(example.answer("xml")).getroot()
        value = json.loads(example.answer("json").read_bytes())
        assert tree(document) == ("result", as_tree(value))


def as_tree(value: Any) -> Any:
    """A JSON value as `tree` has the same in XML."""
    if not isinstance(value, dict):
        return str(value)
    pairs = [(name, each) for name, v in value.items() for each in (v if type(v) is list else [v])]
    return [(name, as_tree(each)) for name, each in pairs]
