"""Which calls a request makes, and what fails a request as a whole, in tRPC's order."""

from __future__ import annotations

from typing import Any

import pytest
from asgi_driver import JSON, ask, get, given, post, refused_call, refused_whole

from rpc import Endpoint, Options, Router


@pytest.mark.parametrize("path", ["/hello", "/nope", "/hello%zz", "/", "/sub.endless"])
async def test_head_is_204_without_body_or_vary_whatever_the_path(path: str) -> None:
    answer = await ask("HEAD", f"/trpc{path}")
    assert (answer.status, answer.headers, answer.body) == (204, [], b"")


async def test_head_may_be_given_another_status() -> None:
    app = Endpoint(Router({}), lambda request: None, options=Options(head_status=200))
    answer = await ask("HEAD", "/rpc/hello", app=app)
    assert (answer.status, answer.body) == (200, b"")


HOSTS = ["example.com", "a_b:80", "[::1]:8000", "127.0.0.1:65535", "a%41", "h\u00e9", "a/b c", "a:"]
NO_HOSTS = [
    "",
    ":80",
    "a b",
    "[",
    "[::1",
    "a:b",
    "a:65536",
    "exa%mple",
    "%zz",
    "<a>",
    "a^b",
    "a|b",
    "a@b",
    "::1",
]


@pytest.mark.parametrize("host", HOSTS)
async def test_a_host_that_makes_a_url_may_call(host: str) -> None:
    assert (await get("/trpc/hello", {"host": host})).status == 200


@pytest.mark.parametrize("host", NO_HOSTS)
@pytest.mark.parametrize("path", ["hello", "nope", "%zz", "hello?batch=1", "sub.count"])
async def test_any_other_host_is_refused_before_all_else_and_without_headers(
    host: str, path: str
) -> None:
    answer = await get(f"/trpc-meta/{path}", {"host": host})
    assert answer.status == 400
    assert answer.error["message"] == "Invalid URL"
    assert answer.error["data"] == {"code": "BAD_REQUEST", "httpStatus": 400}
    assert [name for name, _ in answer.headers] == ["content-length"]


async def test_the_body_of_a_refused_host_is_read_and_its_error_formatted() -> None:
    answer = await post("/trpc-fmt/bump", b"x" * 100, {"host": "["})
    assert answer.error["data"]["extra"]["type"] == "unknown"


# Each row breaks its own rule and every later one that it can: the first that applies decides.
ORDER: list[tuple[str, str, str, dict[str, str], int, str, str]] = [
    (
        "a malformed escape comes before the content type",
        "POST",
        "/trpc/hello%zz?batch=1",
        {},
        400,
        "BAD_REQUEST",
        'Invalid URL-encoding in path "hello%zz"',
    ),
    (
        "the content type comes before the size of the batch",
        "POST",
        "/trpc-max3/,,,,?batch=1",
        {},
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "Missing content-type header",
    ),
    (
        "the method of a form comes before everything about its calls",
        "PUT",
        "/trpc-max3/,,,,?batch=1",
        {"content-type": "multipart/form-data"},
        405,
        "METHOD_NOT_SUPPORTED",
        "Only POST requests are supported for multipart/form-data requests",
    ),
    (
        "the size of the batch comes before the mix of types",
        "GET",
        "/trpc-max3/hello,sum,hello,sum?batch=1",
        {},
        400,
        "BAD_REQUEST",
        "Batch call exceeds maximum size",
    ),
    (
        "the mix of types comes before connection params",
        "GET",
        "/trpc-nobatch/nope,hello,sum?batch=1&connectionParams=x",
        {},
        400,
        "BAD_REQUEST",
        "Cannot mix procedure types in call: query, mutation",
    ),
    (
        "connection params come before the leave to batch",
        "GET",
        "/trpc-nobatch/hello?batch=1&connectionParams=x",
        {},
        400,
        "PARSE_ERROR",
        "Not JSON-parsable query params",
    ),
    (
        "the leave to batch comes before the context",
        "GET",
        "/trpc-nobatch/nope?batch=1",
        {"x-fail-context": "CONFLICT", "trpc-accept": "application/jsonl"},
        400,
        "BAD_REQUEST",
        "Batching is not enabled on the server",
    ),
    (
        "lines without a batch are refused before the context",
        "GET",
        "/trpc/nope",
        {"x-fail-context": "CONFLICT", "trpc-accept": "application/jsonl"},
        400,
        "BAD_REQUEST",
        "Streaming requests must be batched (you can do a batch of 1)",
    ),
]


@pytest.mark.parametrize("row", ORDER, ids=lambda row: row[0])
async def test_the_first_rule_that_applies_fails_the_whole_request(row: Any) -> None:
    _, method, target, headers, status, code, message = row
    refused_whole(await ask(method, target, headers=headers), status, code, message)


CALLS: list[tuple[str, str, str, dict[str, str], int, str, str, str]] = [
    (
        "an unknown path comes before a failed context",
        "GET",
        "nope",
        {"x-fail-context": "CONFLICT"},
        404,
        "NOT_FOUND",
        'No procedure found on path "nope"',
        "",
    ),
    (
        "a wrong method comes before a failed context",
        "GET",
        "sum",
        {"x-fail-context": "CONFLICT"},
        405,
        "METHOD_NOT_SUPPORTED",
        'Unsupported GET-request to mutation procedure at path "sum"',
        "",
    ),
    (
        "a failed context comes before authentication and input",
        "POST",
        "auth.note",
        {"x-fail-context": "CONFLICT"},
        409,
        "CONFLICT",
        "context failed",
        "{",
    ),
    (
        "authentication comes before a malformed input",
        "POST",
        "auth.note",
        {},
        401,
        "UNAUTHORIZED",
        "UNAUTHORIZED",
        "{",
    ),
    (
        "authorization comes before the function",
        "GET",
        "auth.admin",
        {"authorization": "Bearer ada"},
        403,
        "FORBIDDEN",
        "admins only",
        "",
    ),
]


@pytest.mark.parametrize("row", CALLS, ids=lambda row: row[0])
async def test_the_first_rule_that_applies_fails_a_call(row: Any) -> None:
    _, method, path, headers, status, code, message, body = row
    answer = await ask(method, f"/trpc/{path}", body.encode(), {**JSON, **headers})
    refused_call(answer, status, code, message, path)


async def test_a_middleware_behind_the_input_does_not_hide_a_malformed_one() -> None:
    assert (await post("/trpc/auth.validateFirst", b"{")).error["data"]["code"] == "BAD_REQUEST"
    good = await post("/trpc/auth.validateFirst", b'{"note":"x"}')
    assert good.error["data"]["code"] == "UNAUTHORIZED"


METHODS = [
    ("/trpc", "POST", "hello", "query", "GET"),
    ("/trpc", "GET", "sum", "mutation", "POST"),
    ("/trpc", "PUT", "bump", "mutation", "POST"),
    ("/trpc", "PATCH", "bump", "mutation", "POST"),
    ("/trpc", "DELETE", "hello", "query", "GET"),
    ("/trpc", "OPTIONS", "hello", "query", "GET"),
    ("/trpc-override", "GET", "sum", "mutation", "POST"),
    ("/trpc-override", "PUT", "hello", "query", "GET, POST"),
]


@pytest.mark.parametrize(("mount", "method", "path", "type", "allow"), METHODS)
async def test_a_wrong_method_is_told_which_are_allowed(
    mount: str, method: str, path: str, type: str, allow: str
) -> None:
    answer = await ask(method, f"{mount}/{path}", b"{}", JSON)
    message = f'Unsupported {method}-request to {type} procedure at path "{path}"'
    refused_call(answer, 405, "METHOD_NOT_SUPPORTED", message, path)
    assert (answer.header("allow"), answer.header("vary")) == (allow, "trpc-accept, accept")


async def test_an_accepted_method_is_told_nothing() -> None:
    assert (await get("/trpc/hello")).header("allow") is None


async def test_with_the_override_a_query_may_be_posted_and_reads_its_body_only() -> None:
    target = f"/trpc-override/greet?{given({'name': 'url'})}"
    assert (await get(target)).json["result"]["data"] == {"text": "hello url"}
    posted = await post(target, b'{"name":"body"}')
    assert posted.json["result"]["data"] == {"text": "hello body"}
    assert (await post(target)).status == 400


async def test_a_posted_subscription_is_an_event_stream_that_tells_what_is_allowed() -> None:
    answer = await post("/trpc/sub.empty", b"{}")
    assert (answer.status, answer.header("allow")) == (200, "GET")
    assert b"event: serialized-error" in answer.body
    assert b'"code":"METHOD_NOT_SUPPORTED"' in answer.body


ACCEPTED = [
    ("GET", None),
    ("GET", "text/plain"),
    ("GET", "application/jsonx"),
    ("POST", "application/json"),
    ("POST", "application/json; charset=latin-1"),
    ("POST", " APPLICATION/JSON ; x=y"),
]
REFUSED = [
    ("POST", None, "Missing content-type header"),
    ("PUT", None, "Missing content-type header"),
    ("OPTIONS", None, "Missing content-type header"),
    ("POST", "", 'Unsupported content-type "'),
    ("POST", "text/plain", 'Unsupported content-type "text/plain'),
    ("POST", "application/jsonx", 'Unsupported content-type "application/jsonx'),
    (
        "POST",
        "application/json, text/plain",
        'Unsupported content-type "application/json, text/plain',
    ),
]


@pytest.mark.parametrize(("method", "kind"), ACCEPTED)
async def test_json_is_taken_by_its_media_type_and_a_get_needs_none(
    method: str, kind: str | None
) -> None:
    headers = {} if kind is None else {"content-type": kind}
    path = "hello" if method == "GET" else "bump"
    assert (await ask(method, f"/trpc/{path}", headers=headers)).status == 200


@pytest.mark.parametrize(("method", "kind", "message"), REFUSED)
async def test_any_other_content_type_is_415_even_without_a_body(
    method: str, kind: str | None, message: str
) -> None:
    headers = {} if kind is None else {"content-type": kind}
    answer = await ask(method, "/trpc/bump", headers=headers)
    refused_whole(answer, 415, "UNSUPPORTED_MEDIA_TYPE", message)


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/octet-stream"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_forms_and_octets_come_by_post_only(method: str, kind: str) -> None:
    answer = await ask(method, "/trpc/hello", headers={"content-type": kind + "; boundary=x"})
    message = f"Only POST requests are supported for {kind} requests"
    refused_whole(answer, 405, "METHOD_NOT_SUPPORTED", message)


PARAMS = [
    ("", "Not JSON-parsable query params"),
    ("%7B", "Not JSON-parsable query params"),
    ("1", "Invalid connection params shape"),
    ("[]", "Invalid connection params shape"),
    ('{"a":1}', "Invalid connection params shape"),
    ('{"a":null}', "Invalid connection params shape"),
]


@pytest.mark.parametrize(("text", "message"), PARAMS)
async def test_malformed_connection_params_fail_the_whole_request(text: str, message: str) -> None:
    answer = await get(f"/trpc/hello?connectionParams={text}")
    refused_whole(answer, 400, "PARSE_ERROR", message)
    assert answer.error["code"] == -32700


@pytest.mark.parametrize("text", ["1", "{", '{"a":1}'])
async def test_malformed_connection_params_leave_it_unknown_what_was_asked(text: str) -> None:
    answer = await get(f"/trpc-meta/hello?connectionParams={text}")
    assert (answer.header("x-type"), answer.header("x-paths")) == ("unknown", "none")
    answer = await get("/trpc-meta/hello?connectionParams=null")
    assert (answer.header("x-type"), answer.header("x-paths")) == ("query", "hello")


async def test_connection_params_reach_the_context() -> None:
    answer = await get('/trpc/auth.whoami?connectionParams={"token":"ada"}')
    assert answer.json["result"]["data"] == {"user": "ada"}
    assert (await get("/trpc/auth.whoami?connectionParams=null")).status == 200


async def test_the_context_learns_what_a_request_asks_for() -> None:
    lines = {"trpc-accept": "application/jsonl"}
    answer = await get("/trpc/info.get,nope?batch=1", {"trpc-accept": "x"})
    assert answer.json[0]["result"]["data"] == {
        "isBatchCall": True,
        "accept": "x",
        "type": "query",
        "paths": ["info.get", "nope"],
        "connectionParams": None,
        "batchIndex": 0,
    }
    streamed = await get("/trpc/hello,info.get?batch=1", lines)
    assert b'"accept":"application/jsonl"' in streamed.body
    assert b'"batchIndex":1' in streamed.body
    other = {"trpc-accept": "x", "content-type": "application/octet-stream"}
    uploaded = await ask("POST", "/trpc/info.mutate", b"", other)
    assert (uploaded.json["result"]["data"]["type"]) == "mutation"
    assert uploaded.json["result"]["data"]["accept"] is None
