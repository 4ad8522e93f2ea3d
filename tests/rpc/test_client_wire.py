"""The wire as a client sees it: how calls are asked, and how any answer is understood."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from msgspec import Struct

from rpc import RPCError, Tracked
from rpc.client.calls import Call, asking
from rpc.client.following import Following
from rpc.client.retrying import NEVER, Retry
from rpc.client.wire import NoReply, Reply, outcome, outcomes, request_of, request_of_all, statuses


class Greeting(Struct):
    text: str


LOOK = asking("greet.look", "query", Greeting, is_keyed=False)
SAY = asking("greet.say", "mutation", Greeting, is_keyed=True)
HEAR = asking("greet.hear", "subscription", Tracked[Greeting], is_keyed=False)


def reply(status: int, body: Any, **headers: str) -> Reply:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


def refused(code: str, status: int, **more: Any) -> dict[str, Any]:
    data = {"code": code, "httpStatus": status, "path": "greet.look", **more}
    return {"error": {"message": "no", "code": -32000, "data": data}}


def done(text: str) -> dict[str, Any]:
    return {"result": {"data": {"text": text}}}


def test_a_query_is_got_and_a_mutation_posted_under_its_key():
    look = request_of(Call(LOOK, {"name": "Ä&b"}), "key")
    assert (look.method, look.body, look.headers) == ("GET", None, {})
    address = urlsplit(look.target)
    assert address.path == "greet.look"
    assert json.loads(parse_qs(address.query)["input"][0]) == {"name": "Ä&b"}
    say = request_of(Call(SAY, {"name": "b"}), "key")
    assert (say.method, say.target, say.body) == ("POST", "greet.say", b'{"name":"b"}')
    assert say.headers == {"content-type": "application/json", "idempotency-key": "key"}


def test_a_call_without_input_sends_none():
    assert request_of(Call(LOOK, None), None).target == "greet.look"
    assert request_of(Call(SAY, None), None).body == b""


def test_a_long_query_is_posted_without_a_key():
    asked = request_of(Call(LOOK, {"name": "x" * 3000}), "key")
    assert (asked.method, asked.target) == ("POST", "greet.look")
    assert "idempotency-key" not in asked.headers


def test_a_batch_numbers_its_inputs_and_leaves_out_those_that_are_none():
    calls: list[Call[Any]] = [Call(SAY, {"name": "a"}), Call(SAY, None), Call(SAY, {})]
    asked = request_of_all(calls, "key")
    assert asked.target == "greet.say,greet.say,greet.say?batch=1"
    assert json.loads(asked.body or b"") == {"0": {"name": "a"}, "2": {}}
    one = request_of_all([Call(LOOK, {"name": "a"})], None)
    assert one.target.startswith("greet.look?batch=1&input=%7B%220%22")


def test_only_calls_that_are_safe_make_a_request_that_may_be_repeated():
    login = Call(asking("auth.login", "mutation", Greeting, is_keyed=False), {})
    assert request_of(Call(LOOK, {}), None).can_be_repeated
    assert request_of_all([Call(SAY, {}), Call(SAY, {})], "key").can_be_repeated
    assert not request_of_all([Call(SAY, {}), login], "key").can_be_repeated


def test_an_answer_is_the_struct_and_nothing_is_none():
    assert outcome(Call(LOOK, {}), reply(200, done("hello"))) == Greeting("hello")
    assert outcome(Call(LOOK, {}), reply(200, {"result": {}})) is None


def test_a_refusal_tells_all_that_the_server_told():
    said = refused("CONFLICT", 409, reason="full", until="2026-12-01", stack="at …")
    with pytest.raises(RPCError) as caught:
        outcome(Call(LOOK, {}), reply(409, said, retry_after="7"))
    error = caught.value
    assert (error.code, error.message, error.reason) == ("CONFLICT", "no", "full")
    assert (error.data, error.retry_after) == ({"until": "2026-12-01"}, 7)


@pytest.mark.parametrize("code", ["TEAPOT", None, 409, ["CONFLICT"]])
def test_a_code_of_the_servers_own_is_that_of_its_status(code: Any):
    with pytest.raises(RPCError, match="INTERNAL_SERVER_ERROR: no"):
        outcome(Call(LOOK, {}), reply(418, refused(code, 418)))
    with pytest.raises(RPCError, match="CONFLICT: no"):
        outcome(Call(LOOK, {}), reply(409, refused(code, 409)))


SHAPES = [{"message": "no"}, {"message": "no", "data": None}, {"message": "no", "data": "x"}]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_error_in_a_shape_of_the_servers_own_is_one_like_others(
    hearing: Following, shape: dict[str, Any]
):
    with pytest.raises(RPCError, match="TOO_MANY_REQUESTS: no"):
        outcome(Call(LOOK, {}), reply(429, {"error": shape}))
    [error] = outcomes([Call(LOOK, {})], reply(429, [{"error": shape}]))
    assert (error.code, statuses(reply(429, [{"error": shape}]))) == ("TOO_MANY_REQUESTS", {0})
    with pytest.raises(RPCError, match="INTERNAL_SERVER_ERROR: no"):
        [*items(hearing, Event("serialized-error", json.dumps(shape)))]


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"message":5}'])
def test_an_error_that_is_none_in_a_stream_is_one_like_others(hearing: Following, text: str):
    with pytest.raises(RPCError, match="INTERNAL_SERVER_ERROR: an error that is none"):
        [*items(hearing, Event("serialized-error", text))]


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (reply(200, b"<html>"), "INTERNAL_SERVER_ERROR", "no answer of a tRPC server"),
        (reply(200, {"ok": True}), "INTERNAL_SERVER_ERROR", "no answer of a tRPC server"),
        (reply(200, b""), "INTERNAL_SERVER_ERROR", "status 200"),
        (reply(404, b"not here"), "NOT_FOUND", "is the URL right"),
        (reply(502, b"bad gateway"), "BAD_GATEWAY", "status 502"),
        (reply(200, {"result": {"data": {"text": 5}}}), "INTERNAL_SERVER_ERROR", "greet.look gave"),
        (reply(200, {"result": {"data": None}}), "INTERNAL_SERVER_ERROR", "does not understand"),
    ],
)
def test_an_answer_that_is_none_is_an_error_like_others(answer: Reply, code: str, words: str):
    with pytest.raises(RPCError, match=words) as caught:
        outcome(Call(LOOK, {}), answer)
    assert caught.value.code == code


def test_each_call_of_a_batch_has_its_own_outcome():
    calls: list[Call[Any]] = [Call(LOOK, {}), Call(LOOK, {}), Call(LOOK, {})]
    said = [done("a"), refused("NOT_FOUND", 404), {"result": {"data": 5}}]
    first, second, third = outcomes(calls, reply(207, said))
    assert first == Greeting("a")
    assert (second.code, third.code) == ("NOT_FOUND", "INTERNAL_SERVER_ERROR")


def test_a_batch_that_is_refused_as_a_whole_raises():
    calls: list[Call[Any]] = [Call(LOOK, {}), Call(LOOK, {})]
    with pytest.raises(RPCError, match="BAD_REQUEST"):
        outcomes(calls, reply(400, refused("BAD_REQUEST", 400)))
    with pytest.raises(RPCError, match="no answer of a tRPC server"):
        outcomes(calls, reply(200, [done("one of two")]))


class Event(NamedTuple):
    event: str = "message"
    data: str = ""
    id: str = ""
    retry: int | None = None


@pytest.fixture
def hearing() -> Following:
    return Following(Call(HEAR, {}), Retry(attempts=3, base=0.25))


def items(following: Following, *events: Event) -> Iterator[Any]:
    for event in events:
        yield from following.items(event)


def test_events_come_with_their_ids_and_the_next_connection_asks_behind_them(hearing: Following):
    assert "last-event-id" not in hearing.request().headers
    told = [Event("connected", "{}"), Event(data='{"text":"a"}', id="7"), Event("ping")]
    assert [*items(hearing, *told)] == [Tracked("7", Greeting("a"))]
    asked = hearing.request()
    assert (asked.method, asked.headers["last-event-id"]) == ("GET", "7")
    assert asked.headers["accept"] == "text/event-stream"


@pytest.mark.parametrize(
    ("id", "sent"), [("ä&1", "%C3%A4%261"), (" 7", "%207"), ("€", "%E2%82%AC")]
)
def test_an_id_that_no_header_carries_stands_in_the_address(hearing: Following, id: str, sent: str):
    assert [*items(hearing, Event(data='{"text":"a"}', id=id))] == [Tracked(id, Greeting("a"))]
    asked = hearing.request()
    assert asked.target == f"greet.hear?input=%7B%7D&lastEventId={sent}"
    assert "last-event-id" not in asked.headers


def test_a_stream_that_says_it_is_over_is_over(hearing: Following):
    assert [*items(hearing, Event("return"))] == []
    assert hearing.is_over


def test_a_stream_that_ends_otherwise_is_asked_for_again_when_the_server_said(hearing: Following):
    assert (hearing.ended(), hearing.is_over) == (0.25, False)
    assert [*items(hearing, Event(retry=400))] == []
    assert hearing.ended() == 0.4


def test_a_refusal_in_a_stream_is_raised_and_one_that_passes_is_waited_out(hearing: Following):
    busy = json.dumps(refused("SERVICE_UNAVAILABLE", 503)["error"])
    for _ in range(2):
        assert [*items(hearing, Event("serialized-error", busy))] == []
        assert 0 <= hearing.ended() <= 1
    assert [*items(hearing, Event("serialized-error", busy))] == []
    with pytest.raises(NoReply, match="SERVICE_UNAVAILABLE"):
        hearing.ended()
    final = json.dumps(refused("UNAUTHORIZED", 401)["error"])
    with pytest.raises(RPCError, match="UNAUTHORIZED"):
        [*items(hearing, Event("serialized-error", final))]


def test_an_event_starts_the_count_of_failures_anew(hearing: Following):
    lost = NoReply("SERVICE_UNAVAILABLE", "lost")
    for _ in range(9):
        hearing.failed(lost)
        hearing.failed(lost)
        assert [*items(hearing, Event(data='{"text":"a"}', id="1"))]
    hearing.failed(lost)
    hearing.failed(lost)
    with pytest.raises(NoReply):
        hearing.failed(lost)


@pytest.mark.parametrize("sign", ["connected", "ping"])
def test_a_connection_that_was_up_starts_the_count_of_failures_anew(hearing: Following, sign: str):
    silence = NoReply("TIMEOUT", "nothing came")
    for _ in range(9):
        hearing.request()
        assert [*items(hearing, Event(sign))] == []
        hearing.failed(silence)
    hearing.request()
    hearing.failed(silence)
    hearing.request()
    with pytest.raises(NoReply, match="TIMEOUT"):
        hearing.failed(silence)


def test_a_stream_that_has_ended_was_no_failure(hearing: Following):
    for _ in range(9):
        hearing.failed(NoReply("SERVICE_UNAVAILABLE", "lost"))
        assert hearing.ended() == 0.25


def test_being_turned_away_counts_though_the_connection_was_up(hearing: Following):
    busy = json.dumps(refused("SERVICE_UNAVAILABLE", 503)["error"])
    for _ in range(2):
        hearing.request()
        assert [*items(hearing, Event("connected"), Event("serialized-error", busy))] == []
        hearing.ended()
    hearing.request()
    assert [*items(hearing, Event("connected"), Event("serialized-error", busy))] == []
    with pytest.raises(NoReply, match="SERVICE_UNAVAILABLE"):
        hearing.ended()


def test_what_is_no_stream_is_a_refusal_or_said_to_be_none():
    following = Following(Call(HEAR, {}), NEVER)
    with pytest.raises(RPCError, match="FORBIDDEN"):
        following.failed(reply(403, refused("FORBIDDEN", 403)))
    with pytest.raises(NoReply, match="no event stream"):
        following.failed(reply(200, {"result": {}}))


def test_an_event_that_is_not_understood_is_an_error_like_others(hearing: Following):
    with pytest.raises(RPCError, match=r"greet\.hear gave what this client"):
        [*items(hearing, Event(data='{"text":5}', id="1"))]
