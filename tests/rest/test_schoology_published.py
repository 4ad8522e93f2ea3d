"""Schoology: what is published of its operations is what they take and give."""

import json

import msgspec
import pytest
from schoology_world import CIVICS, Client, many, refusal
from test_schoology_examples import GOLDEN, WITH_ANSWER, Example
from world import World

from procedures.rest.schoology import ROUTES, SURFACE
from procedures.rest.surface import Operation

MEDIA = ("application/json", "text/xml", "application/xml")


def operation(example: Example) -> Operation:
    """The operation whose path has the words of the example's, between what varies."""
    path = example.path.partition("?")[0].removeprefix("/v1").split("/")
    for route, operations in ROUTES.items():
        parts = route.split("/")
        same = [a == b or a.startswith("{") for a, b in zip(parts, path, strict=False)]
        if len(parts) == len(path) and all(same) and example.method in operations:
            return operations[example.method]
    raise LookupError(example.path)


@pytest.mark.parametrize("example", WITH_ANSWER, ids=[example.name for example in WITH_ANSWER])
def test_a_golden_answer_is_what_is_published(example: Example):
    body = (GOLDEN / f"{example.name}.answer.json").read_bytes()
    kind = operation(example).gives[200]
    said = json.loads(msgspec.json.encode(msgspec.json.decode(body, type=kind)))
    assert said == json.loads(body)


def test_every_operation_says_what_it_does_with_and_without_the_prefix():
    assert set(SURFACE.routes) == {prefix + path for path in ROUTES for prefix in ("", "/v1")}
    for operations in SURFACE.routes.values():
        for method, each in operations.items():
            assert each.handler.__doc__
            assert each.calls or method == "GET"
    assert (tuple(SURFACE.reads), tuple(SURFACE.writes)) == (MEDIA, MEDIA)


async def test_a_repeated_request_with_a_key_is_answered_again(school: World, teacher: Client):
    body = {"uid": 2461632, "admin": 0, "status": 1}
    key = {"idempotency-key": "one"}
    first = await teacher.post(CIVICS, body, **key)
    again = await teacher.post(CIVICS, body, **key)
    assert (first.status_code, first.json()) == (200, again.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert refusal(await teacher.post(CIVICS, body)) == 409
    assert refusal(await teacher.post(CIVICS, {**body, "admin": 1}, **key)) == 409
    assert refusal(await teacher.post(CIVICS, many(body, body), **key)) == 409
