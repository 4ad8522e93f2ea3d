"""What is added to the head of an answer: by `response_meta`, by a procedure, by a context."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from asgi_driver import JSON, Answer, ask, exchange, get, post

from rpc import Endpoint, Meta, Options, ProcedureBuilder, Request, Response, Router

LINES = {"trpc-accept": "application/jsonl"}


def told(answer: Answer) -> dict[str, str | None]:
    names = ("type", "paths", "errors", "data", "eager", "user")
    return {name: answer.header(f"x-{name}") for name in names}


TOLD = [
    ("hello", {}, "query", "hello", "none", "1", "false", "none"),
    ("auth.whoami", {"cookie": "session=ada"}, "query", "auth.whoami", "none", "1", "false", "ada"),
    ("hello,nope?batch=1", {}, "query", "hello,nope", "NOT_FOUND", "2", "false", "none"),
    ("nope", {}, "unknown", "nope", "NOT_FOUND", "1", "false", "none"),
    ("%zz", {}, "unknown", "none", "BAD_REQUEST", "1", "false", "none"),
    ("hello", LINES, "query", "hello", "BAD_REQUEST", "1", "false", "none"),
    ("hello,nope?batch=1", LINES, "query", "hello,nope", "none", "0", "true", "none"),
    ("sub.empty", {}, "subscription", "sub.empty", "none", "0", "true", "none"),
    ("sub.secret", {}, "subscription", "sub.secret", "none", "0", "true", "none"),
    ("out.unserializable", {}, "query", "out.unserializable", None, "1", "false", "none"),
]


@pytest.mark.parametrize("row", TOLD, ids=str)
async def test_response_meta_is_told_about_the_answer(row: Any) -> None:
    path, headers, type, paths, errors, count, eager, user = row
    answer = await get(f"/trpc-meta/{path}", headers)
    expected = {"type": type, "paths": paths, "errors": errors or "INTERNAL_SERVER_ERROR"}
    assert told(answer) == expected | {"data": count, "eager": eager, "user": user}


async def test_response_meta_is_called_once_for_each_answer() -> None:
    seen: list[Response] = []

    def meta(response: Response) -> Meta:
        seen.append(response)
        return Meta()

    hello = ProcedureBuilder[None]().query(lambda ctx: 1)
    router = Router({"hello": hello})
    app = Endpoint(router, lambda request: None, options=Options(response_meta=meta))
    for target in ("hello", "hello,hello,no?batch=1", "%zz", "no"):
        seen.clear()
        await get(f"/rpc/{target}", app=app)
        assert len(seen) == 1
    await ask("HEAD", "/rpc/hello", app=app)
    assert len(seen) == 1


async def test_its_headers_are_added_and_vary_is_extended() -> None:
    answer = await get("/trpc-meta/hello")
    assert answer.header("vary") == "trpc-accept, accept, x-test"
    assert answer.header("cache-control") == "s-maxage=1, stale-while-revalidate=86400"
    assert (await post("/trpc-meta/bump")).header("cache-control") is None


async def test_several_cookies_are_several_headers() -> None:
    answer = await post("/trpc-meta/cookie.set")
    assert answer.all("set-cookie") == ["a=1; Path=/", "b=2; Path=/; HttpOnly"]


async def test_its_status_replaces_the_computed_one() -> None:
    assert (await get("/trpc-meta/status.teapot")).status == 418
    assert (await get("/trpc-meta/status.teapot,nope?batch=1")).status == 418
    assert (await get("/trpc/status.teapot")).status == 200


async def test_the_allowed_methods_stay_beside_its_headers() -> None:
    answer = await ask("GET", "/trpc-meta/sum", headers=JSON)
    assert (answer.header("allow"), answer.header("x-type")) == ("POST", "mutation")


def set_cookie(ctx: Request) -> str:
    ctx.add_response_header("Set-Cookie", "id=1")
    ctx.add_response_header("Set-Cookie", "theme=é")
    return "done"


def set_and_fail(ctx: Request) -> None:
    ctx.add_response_header("x-tried", "1")
    raise RuntimeError("failed later")


async def too_late(ctx: Request) -> AsyncIterator[str]:
    yield "first"
    ctx.add_response_header("x-late", "1")


async def in_time(ctx: Request) -> Any:
    ctx.add_response_header("x-in-time", "1")
    return too_late(ctx)


p = ProcedureBuilder[Request]()
app = Endpoint(
    Router(
        {
            "setCookie": p.mutation(set_cookie),
            "setAndFail": p.mutation(set_and_fail),
            "tooLate": p.subscription(too_late),
            "inTime": p.subscription(in_time),
        }
    ),
    lambda request: request,
)


async def test_a_procedure_adds_headers_to_its_answer() -> None:
    answer = await post("/rpc/setCookie", app=app)
    assert answer.all("set-cookie") == ["id=1", "theme=é"]
    batch = await post("/rpc/setCookie,setCookie?batch=1", app=app)
    assert len(batch.all("set-cookie")) == 4


async def test_they_stand_beside_those_of_response_meta() -> None:
    options = Options(response_meta=lambda response: Meta([("x-meta", "1")]))
    router = Router({"setCookie": p.mutation(set_cookie)})
    answer = await post("/rpc/setCookie", app=Endpoint(router, lambda r: r, options=options))
    assert answer.all("set-cookie") == ["id=1", "theme=é"]
    assert answer.header("x-meta") == "1"


async def test_headers_of_a_call_that_fails_are_sent_too() -> None:
    answer = await post("/rpc/setAndFail", app=app)
    assert (answer.status, answer.header("x-tried")) == (500, "1")


UNSENDABLE = ["a\r\nset-cookie: stolen=1", "a\nb", "a\0", "\x01", "\x1b[31m", "\x7f", "\u0100"]


@pytest.mark.parametrize("value", UNSENDABLE, ids=ascii)
async def test_a_header_that_no_head_can_hold_is_a_fault(
    value: str, caplog: pytest.LogCaptureFixture
) -> None:
    def add(ctx: Request) -> None:
        ctx.add_response_header("x-bad", value)

    router = Router({"add": p.query(add), "hello": p.query(lambda ctx: 1)})
    by_a_call = Endpoint(router, lambda request: request)
    options = Options(response_meta=lambda response: Meta([("x-bad", value)]))
    by_meta = Endpoint(router, lambda request: request, options=options)
    for target, app in (("add", by_a_call), ("hello", by_meta)):
        caplog.clear()
        answer = await get(f"/rpc/{target}", app=app)
        assert (answer.status, answer.header("x-bad"), answer.all("set-cookie")) == (500, None, [])
        assert "a header value must not contain control characters: x-bad" in caplog.text


@pytest.mark.parametrize("value", ["", "a\tb", "é", "\x80\xff", '{"a": [1, "~"]}'], ids=ascii)
async def test_any_other_is_sent(value: str) -> None:
    options = Options(response_meta=lambda response: Meta([("X-Good", value)]))
    router = Router({"hello": p.query(lambda ctx: 1)})
    app = Endpoint(router, lambda request: request, options=options)
    assert (await get("/rpc/hello", app=app)).header("x-good") == value


async def test_before_its_first_event_a_subscription_can_add_headers() -> None:
    async with exchange("/rpc/inTime", app=app) as under_way:
        _, headers = await under_way.head()
    assert ("x-in-time", "1") in headers


async def test_a_header_after_a_stream_began_is_a_clear_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await get("/rpc/tooLate", app=app)
    assert answer.header("x-late") is None
    assert b"event: serialized-error" in answer.body
    assert "too late for the header x-late: the answer has begun" in caplog.text


async def test_a_context_adds_headers_even_where_it_fails() -> None:
    def context(request: Request) -> None:
        request.add_response_header("x-context", "made")
        raise ValueError("no context")

    hello = ProcedureBuilder[None]().query(lambda ctx: 1)
    answer = await get("/rpc/hello", app=Endpoint(Router({"hello": hello}), context))
    assert (answer.status, answer.header("x-context")) == (500, "made")


async def test_a_request_tells_a_context_its_head() -> None:
    def context(request: Request) -> dict[str, Any]:
        return {
            "method": request.method,
            "one": request.header("x-one"),
            "none": request.header("x-none"),
            "cookies": request.cookies,
            "client": request.client,
            "secure": request.is_secure,
            "id": request.id,
        }

    show = ProcedureBuilder[Any]().query(lambda ctx: ctx)
    headers = {"x-one": "1", "cookie": 'a=1; b="x y"; c=d=e', "x-request-id": "r.1"}
    answer = await get("/rpc/show", headers, Endpoint(Router({"show": show}), context))
    assert answer.json["result"]["data"] == {
        "method": "GET",
        "one": "1",
        "none": None,
        "cookies": {"a": "1", "b": "x y", "c": "d=e"},
        "client": "192.0.2.1",
        "secure": False,
        "id": "r.1",
    }


COOKIES = [
    ("session=abc", "abc"),
    ("a=1;session=abc; b=2", "abc"),
    ('session="abc"', "abc"),
    ('session="a', '"a'),
    ('session="', '"'),
    ('session=""', ""),
    ("session= abc ; b=2", "abc"),
    ("session=a=b", "a=b"),
    ("session=", ""),
    ("session=abc; session=other", "abc"),
    ('prefs={"a":1}; session=abc', "abc"),
    ("flag; session=abc; bad name=1", "abc"),
    ("=x; a[b]=1; path=/x; httponly; session=abc", "abc"),
    ("é=1; $Version=1; session=abc", "abc"),
    ("Session=abc", None),
    ("session", None),
    (";;;", None),
]


@pytest.mark.parametrize(("line", "session"), COOKIES)
def test_a_cookie_is_found_beside_whatever_else_a_browser_sends(
    line: str, session: str | None
) -> None:
    request = Request({"headers": [(b"cookie", line.encode("latin-1"))]})
    assert request.cookies.get("session") == session


def test_of_headers_of_one_name_the_first_counts() -> None:
    request = Request({"headers": [(b"x-one", b"1"), (b"x-one", b"2")]})
    assert request.header("x-one") == "1"


def test_each_request_without_an_id_gets_one_of_its_own() -> None:
    assert Request({"headers": []}).id != Request({"headers": []}).id


@pytest.mark.parametrize("scheme", ["https", "wss", "http", "ws"])
def test_a_secure_request_may_be_a_websocket_too(scheme: str) -> None:
    assert Request({"headers": [], "scheme": scheme}).is_secure == (scheme in ("https", "wss"))


def test_cookies_may_come_in_several_headers() -> None:
    request = Request({"headers": [(b"cookie", b"a=1"), (b"cookie", b"b=2; a=3")]})
    assert request.cookies == {"a": "1", "b": "2"}


def test_no_other_header_is_a_cookie() -> None:
    request = Request({"headers": [(b"x-cookie", b"a=1"), (b"cookie", b"b=2")]})
    assert request.cookies == {"b": "2"}
