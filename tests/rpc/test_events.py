"""A subscription as server-sent events: frames, ids, resuming, pauses, ends."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from asgi_driver import get, given, mounts, refused_call, refused_whole

from rpc import (
    SSE,
    Endpoint,
    Options,
    ProcedureBuilder,
    Returned,
    Router,
    RPCError,
    tracked,
)
from tests.contract.context import create_context
from tests.contract.mounts import router

CONNECTED = b"event: connected\ndata: {}\n\n\n"
RETURN = b"event: return\ndata: \n\n\n"
p = ProcedureBuilder[None]()


async def events(
    path: str, headers: Mapping[str, str] | None = None, mount: str = "trpc", app: Any = mounts
) -> bytes:
    """What follows `connected`, whole."""
    answer = await get(f"/{mount}/{path}", headers, app)
    assert answer.status == 200
    assert answer.header("content-type") == "text/event-stream"
    assert answer.body.startswith(b"event: connected\n")
    return answer.body.split(b"\n\n\n", 1)[1]


def serving(function: Any, **options: Any) -> Endpoint:
    router = Router({"it": p.subscription(function)})
    return Endpoint(router, lambda request: None, options=Options(sse=SSE(**options)))


MIXED = b"""event: connected
data: {}


data: "before"


data: "first"
id: one


data: "between"
id: 


event: restore-id
data: 
id: one


data: "second"
id: two


data: "after"
id: 


event: restore-id
data: 
id: two


event: return
data: 


"""  # noqa: W291 - an empty field ends with a blank


async def test_a_subscription_is_sent_as_these_bytes() -> None:
    answer = await get("/trpc/sub.mixed")
    assert answer.body == MIXED
    assert answer.header("content-type") == "text/event-stream"
    assert answer.header("cache-control") == "no-cache, no-transform"
    assert answer.header("x-accel-buffering") == "no"
    assert answer.header("vary") == "trpc-accept, accept"
    assert answer.header("content-length") is None


async def test_values_are_one_line_of_json_each() -> None:
    texts = [
        "null",
        "false",
        "0",
        '""',
        '"two\\nlines"',
        '"é 漢字 😀"',
        '{"a":[1,{"b":null}]}',
        "[]",
    ]
    frames = "".join(f"data: {text}\n\n\n" for text in texts)
    assert await events("sub.values") == frames.encode() + RETURN


async def test_an_end_without_values_is_a_return() -> None:
    assert await events("sub.empty") == RETURN


async def test_a_return_value_is_never_sent() -> None:
    assert await events("sub.returns") == b"data: 1\n\n\n" + RETURN


async def test_no_accept_header_is_needed_and_none_makes_a_query_an_event_stream() -> None:
    streamed = await get("/trpc/sub.empty", {"accept": "application/json"})
    assert streamed.header("content-type") == "text/event-stream"
    plain = await get("/trpc/hello", {"accept": "text/event-stream"})
    assert plain.header("content-type") == "application/json"


TRACKED = b'data: {"n":%d}\nid: %d\n\n\n'
RESUMED = [
    ("", {}, 1),
    ("?" + given({}), {}, 1),
    ("?" + given({"lastEventId": "1"}), {}, 2),
    ("?" + given({"lastEventId": None}), {}, 1),
    ("", {"last-event-id": "2"}, 3),
    ("", {"last-event-id": ""}, 1),
    ("?lastEventId=2", {"last-event-id": ""}, 1),
    ("?lastEventId=&Last-Event-Id=2", {}, 1),
    ("?lastEventId=1", {}, 2),
    ("?Last-Event-Id=2", {}, 3),
    ("?lastEventId=1&Last-Event-Id=2", {}, 2),
    ("?lastEventId=", {}, 1),
    ("?lastEventId=1", {"last-event-id": "2"}, 3),
    ("?lastEventId=2&" + given({"lastEventId": "1"}), {}, 3),
    ("?input=null&lastEventId=2", {}, 3),
    ("", {"last-event-id": "3"}, 4),
]


# As who has set no options has it, where inputs are read by another way.
PLAIN = Endpoint(router, create_context, path="/trpc")


@pytest.mark.parametrize(("query", "headers", "first"), RESUMED)
async def test_a_subscription_goes_on_behind_the_last_event_the_client_has(
    query: str, headers: dict[str, str], first: int
) -> None:
    for app in (mounts, PLAIN):
        body = await events(f"sub.tracked{query}", headers, app=app)
        assert body == b"".join(TRACKED % (i, i) for i in range(first, 4)) + RETURN


MERGED = [
    ("", {}, "undefined", "null"),
    ("?input=null", {}, "null", "null"),
    ("", {"last-event-id": "x"}, "object", '{"lastEventId":"x"}'),
    ("?input=null", {"last-event-id": "x"}, "object", '{"lastEventId":"x"}'),
    ("?" + given({"a": 1}), {"last-event-id": "x"}, "object", '{"a":1,"lastEventId":"x"}'),
    ("?" + given("s"), {"last-event-id": "x"}, "string", '"s"'),
    ("?" + given([1]), {"last-event-id": "x"}, "array", "[1]"),
]


@pytest.mark.parametrize(("query", "headers", "kind", "text"), MERGED)
async def test_the_last_event_id_is_put_into_objects_and_nothing(
    query: str, headers: dict[str, str], kind: str, text: str
) -> None:
    body = await events(f"sub.input{query}", headers)
    assert f'data: {{"kind":"{kind}","input":{text}}}\n'.encode() in body


async def test_an_untracked_event_after_resuming_restores_the_id() -> None:
    body = await events("sub.count?" + given({"count": 1}), {"last-event-id": "seen"})
    assert body == b"data: 1\nid: \n\n\nevent: restore-id\ndata: \nid: seen\n\n\n" + RETURN


async def test_a_last_event_id_cannot_write_frames_of_its_own() -> None:
    body = await events("sub.count?lastEventId=x%0Aevent:%20return&" + given({"count": 1}))
    assert body == b"data: 1\n\n\n" + RETURN


async def test_an_error_formatter_sees_the_input_that_the_client_sent() -> None:
    error = await events("sub.typed?lastEventId=7&" + given({"x": 1}), mount="trpc-fmt")
    assert b'"input":{"x":1}' in error
    assert b"lastEventId" in await events("sub.input?lastEventId=7&" + given({"x": 1}))


@pytest.mark.parametrize("id", ["abc", "99", "NaN"])
async def test_behind_an_id_that_is_no_number_the_contract_counts_no_further(id: str) -> None:
    assert await events(f"sub.tracked?lastEventId={id}") == RETURN


async def test_only_subscriptions_read_a_last_event_id() -> None:
    answer = await get("/trpc/kind", {"last-event-id": "x"})
    assert answer.json["result"]["data"] == "undefined"


FAILURES = [
    ("sub.typed?" + given({"name": 1}), {}, "BAD_REQUEST", None),
    ("sub.typed?input=abc", {}, "BAD_REQUEST", None),
    ("sub.secret", {}, "UNAUTHORIZED", "UNAUTHORIZED"),
    ("sub.throwSetup", {}, "CONFLICT", "setup failure"),
    ("sub.empty", {"x-fail-context": "FORBIDDEN"}, "FORBIDDEN", "context failed"),
    (
        "sub.notIterable",
        {},
        "INTERNAL_SERVER_ERROR",
        "Subscription sub.notIterable did not return an observable or a AsyncGenerator",
    ),
]


@pytest.mark.parametrize(("target", "headers", "code", "message"), FAILURES)
async def test_an_error_of_the_call_is_an_event_behind_connected(
    target: str, headers: dict[str, str], code: str, message: str | None
) -> None:
    body = await events(target, headers)
    assert body.startswith(b'event: serialized-error\ndata: {"message":')
    assert body.endswith(b"}\n\n\n")
    assert body.count(b"\n\n\n") == 1
    path = target.partition("?")[0]
    assert f'"code":"{code}"'.encode() in body
    assert f'"path":"{path}"'.encode() in body
    assert message is None or f'"message":"{message}"'.encode() in body


@pytest.mark.parametrize("code", ["CONFLICT", "INTERNAL_SERVER_ERROR"])
async def test_an_error_after_values_ends_the_stream_without_return(code: str) -> None:
    body = await events("sub.throwAfter?" + given({"count": 2, "code": code}))
    values, error = body[:20], body[20:]
    assert values == b"data: 1\n\n\ndata: 2\n\n\n"
    assert error.startswith(b'event: serialized-error\ndata: {"message":"subscription failure"')
    assert b"event: return" not in error


async def test_an_unknown_path_or_a_whole_failure_is_a_plain_answer() -> None:
    message = 'No procedure found on path "sub.nope"'
    nope = await get("/trpc/sub.nope", {"accept": "text/event-stream"})
    refused_call(nope, 404, "NOT_FOUND", message, "sub.nope")
    malformed = await get("/trpc/sub.empty?connectionParams=1")
    refused_whole(malformed, 400, "PARSE_ERROR", "Invalid connection params shape")


async def test_the_text_of_an_unexpected_exception_is_not_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def leak(ctx: None) -> AsyncIterator[int]:
        yield 1
        raise KeyError("hunter2")

    answer = await get("/rpc/it", app=serving(leak))
    assert b'{"message":"internal server error","code":-32603' in answer.body
    assert b"hunter2" not in answer.body
    assert "hunter2" in caplog.text


async def test_a_value_that_cannot_be_encoded_is_an_error() -> None:
    async def odd(ctx: None) -> AsyncIterator[Any]:
        yield object()

    answer = await get("/rpc/it", app=serving(odd))
    assert answer.body.startswith(CONNECTED + b"event: serialized-error\n")


async def test_subscriptions_can_be_disabled() -> None:
    body = await events("sub.empty", mount="trpc-nosse")
    assert b'"message":"Missing experimental flag \\"sseSubscriptions\\""' in body
    assert b'"code":"METHOD_NOT_SUPPORTED"' in body


@pytest.mark.parametrize("id", ["", "a\nb", "a\rb", "a\0b"])
def test_an_id_that_no_stream_can_carry_is_refused(id: str) -> None:
    with pytest.raises(ValueError, match="a tracked id must not"):
        tracked(id, 1)


async def test_any_other_id_is_sent_as_it_is() -> None:
    async def ids(ctx: None) -> AsyncIterator[Any]:
        yield tracked("é: x", 1)
        yield tracked(" ", 2)
        yield Returned(None)
        raise RPCError("CONFLICT")

    answer = await get("/rpc/it", app=serving(ids))
    body = CONNECTED + "data: 1\nid: é: x\n\n\ndata: 2\nid:  \n\n\n".encode() + RETURN
    assert answer.body == body


async def test_any_asynchronous_iterable_will_do() -> None:
    class Countdown:
        def __init__(self) -> None:
            self.left = 3

        def __aiter__(self) -> Countdown:
            return self

        async def __anext__(self) -> int:
            self.left -= 1
            if self.left < 0:
                raise StopAsyncIteration
            return self.left

    answer = await get("/rpc/it", app=serving(lambda ctx: Countdown()))
    assert answer.body == CONNECTED + b"data: 2\n\n\ndata: 1\n\n\ndata: 0\n\n\n" + RETURN
