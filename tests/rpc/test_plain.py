"""Plain requests: what is answered at once, and what goes on step by step instead."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from asgi_driver import JSON, Answer, ask, exchange, get, given, post
from msgspec import Struct

from rpc import Call, Endpoint, Options, ProcedureBuilder, Request, Response, Router, RPCError
from rpc.exchange import Exchange
from rpc.options import Meta

p = ProcedureBuilder[Request]()


class Word(Struct):
    text: str


@dataclass
class Ill(Exception):
    """JSON could hold it, as it could any dataclass."""

    secret: str


class Soon:
    """Gives a future of what each call results in."""

    def call(self, ctx: Request, call: Call, work: Callable[[Any], Any]) -> Any:
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(self.end, future, work, ctx)
        return future

    def end(self, future: asyncio.Future[Any], work: Callable[[Any], Any], ctx: Request) -> None:
        try:
            future.set_result(work(ctx))
        except Exception as error:
            future.set_exception(error)

    prepare = call


def say(ctx: Request, given: Word) -> Word:
    return given


def tell(ctx: Request, given: Word) -> Word:
    ctx.add_response_header("x-told", given.text)
    ctx.add_response_header("vary", "cookie")
    return given


def refuse(ctx: Request) -> Word:
    raise RPCError("CONFLICT", "not now")


def fall_ill(ctx: Request) -> Word:
    raise Ill("secret")


def none_of_json(ctx: Request) -> list[complex]:
    return [1j]


async def say_later(ctx: Request, given: Word) -> Word:
    await asyncio.sleep(0)
    return given


async def in_time(request: Request) -> Request:
    await asyncio.sleep(0)
    return request


ROUTER = Router(
    {
        "say": p.query(say),
        "write": p.mutation(say),
        "tell": p.mutation(tell),
        "refuse": p.query(refuse),
        "refuseToWrite": p.mutation(refuse),
        "fallIll": p.query(fall_ill),
        "noneOfJSON": p.query(none_of_json),
        "later": p.query(say_later),
        "writeLater": p.mutation(say_later),
    }
)
SAY = f"/rpc/say?{given({'text': 'hi'})}"
HI, SAID = b'{"text":"hi"}', {"result": {"data": {"text": "hi"}}}


def endpoint(**about: Any) -> Endpoint:
    return Endpoint(ROUTER, about.pop("create_context", lambda request: request), **about)


@pytest.fixture
def stepwise(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which requests went on step by step, and from where."""
    seen: list[str] = []

    def noting(name: str) -> Callable[..., Any]:
        method = getattr(Exchange, name)

        def noted(self: Exchange, *begun: Any) -> Any:
            seen.append(name)
            return method(self, *begun)

        return noted

    for name in ("run", "go_on"):
        monkeypatch.setattr(Exchange, name, noting(name))
    return seen


PLAIN = [
    ("GET", SAY, b""),
    ("POST", "/rpc/write", HI),
    ("POST", "/rpc/write,write?batch=1", b'{"0":%b,"1":%b}' % (HI, HI)),
    ("GET", f"/rpc/say,say?batch=1&{given({str(n): {'text': 'hi'} for n in range(2)})}", b""),
    ("POST", "/rpc/write", b"\xef\xbb\xbf" + HI),
]


@pytest.mark.parametrize(("method", "target", "body"), PLAIN)
async def test_nearly_all_are_answered_at_once(
    stepwise: list[str], method: str, target: str, body: bytes
) -> None:
    answer = await ask(method, target, body, JSON, endpoint())
    assert answer.json == ([SAID] * 2 if "batch" in target else SAID)
    assert answer.header("vary") == "trpc-accept, accept"
    assert stepwise == []


STEPWISE = [
    ("GET", SAY, b"", {"trpc-accept": "application/jsonl"}),
    ("GET", f"{SAY}&connectionParams=null", b"", {}),
    ("GET", SAY, b"x", {"content-length": "1"}),
    ("GET", SAY, b"x", {"transfer-encoding": "chunked"}),
    ("POST", "/rpc/write", [HI[:5], HI[5:]], {}),
    ("POST", "/rpc/write", b"", {}),
    ("POST", "/rpc/write", b" " * 101, {}),
    ("POST", "/rpc/say", HI, {}),
    ("GET", "/rpc/unknown", b"", {}),
    ("GET", "/rpc/say%", b"", {}),
]


@pytest.mark.parametrize(("method", "target", "body", "headers"), STEPWISE)
async def test_what_needs_a_closer_look_is_answered_step_by_step(
    stepwise: list[str], method: str, target: str, body: bytes, headers: dict[str, str]
) -> None:
    app = endpoint(options=Options(max_body_size=100))
    await ask(method, target, body, JSON | headers, app)
    assert stepwise == ["run"]


async def test_before_http_2_alone_a_head_is_sure_of_no_body(stepwise: list[str]) -> None:
    async with exchange(SAY, app=endpoint(), http_version="2") as under_way:
        assert (await under_way.answer()).json == SAID
    assert stepwise == ["run"]


def silent(response: Response) -> Meta:
    return Meta()


@pytest.mark.parametrize(
    "options", [Options(response_meta=silent), Options(allow_ill_formed_text=True)]
)
async def test_so_is_all_that_somebody_may_change_on_its_way(
    stepwise: list[str], options: Options
) -> None:
    assert (await get(SAY, app=endpoint(options=options))).json == SAID
    assert stepwise == ["run"]


def refused(answer: Answer, status: int, code: str, path: str) -> None:
    assert answer.status == status
    assert answer.error["data"] == {"code": code, "httpStatus": status, "path": path}


@pytest.mark.parametrize("units", [None, Soon()])
async def test_a_refusal_goes_on_from_where_it_was(stepwise: list[str], units: Any) -> None:
    app = endpoint(units=units)
    refused(await get("/rpc/refuse", app=app), 409, "CONFLICT", "refuse")
    refused(await post("/rpc/refuseToWrite", b"{}", app=app), 409, "CONFLICT", "refuseToWrite")
    assert stepwise == ["go_on"] * 2


async def test_an_exception_is_no_result_though_json_could_hold_it() -> None:
    answer = await get("/rpc/fallIll", app=endpoint())
    refused(answer, 500, "INTERNAL_SERVER_ERROR", "fallIll")
    assert b"secret" not in answer.body.replace(b"fallIll", b"")


async def test_a_result_that_json_cannot_hold_fails_the_request() -> None:
    answer = await get("/rpc/noneOfJSON", app=endpoint())
    assert (answer.status, answer.header("content-type")) == (500, "application/json")


async def test_one_call_whose_unit_gives_a_future_is_waited_for_at_once(
    stepwise: list[str],
) -> None:
    app = endpoint(units=Soon())
    assert (await post("/rpc/write", HI, app=app)).json == SAID
    assert stepwise == []


async def test_several_are_waited_for_together(stepwise: list[str]) -> None:
    body = b'{"0":%b,"1":%b}' % (HI, HI)
    app = endpoint(units=Soon())
    answer = await post("/rpc/write,refuseToWrite?batch=1", body, app=app)
    assert answer.status == 207
    assert answer.json[0] == SAID
    assert answer.json[1]["error"]["data"]["code"] == "CONFLICT"
    assert stepwise == ["go_on"]


@pytest.mark.parametrize(("method", "path"), [("GET", "later"), ("POST", "writeLater")])
async def test_a_call_that_waits_goes_on_step_by_step(
    stepwise: list[str], method: str, path: str
) -> None:
    target = SAY.replace("say", path) if method == "GET" else f"/rpc/{path}"
    body = b"" if method == "GET" else HI
    assert (await ask(method, target, body, JSON, endpoint())).json == SAID
    assert stepwise == ["go_on"]


async def test_so_does_one_whose_context_waits(stepwise: list[str]) -> None:
    for path in ("say", "refuse"):
        answer = await get(SAY.replace("say", path), app=endpoint(create_context=in_time))
        assert answer.status == (200 if path == "say" else 409)
    assert stepwise == ["go_on"] * 2


async def test_a_context_that_is_refused_refuses_each_call() -> None:
    def nobody(request: Request) -> Request:
        raise RPCError("UNAUTHORIZED")

    body = b'{"0":%b,"1":%b}' % (HI, HI)
    answer = await post("/rpc/write,write?batch=1", body, app=endpoint(create_context=nobody))
    assert answer.status == 401
    assert [one["error"]["data"]["code"] for one in answer.json] == ["UNAUTHORIZED"] * 2


async def test_headers_of_a_call_are_added_step_by_step_and_once(stepwise: list[str]) -> None:
    answer = await post("/rpc/tell", HI, app=endpoint())
    assert answer.json == SAID
    assert answer.header("x-told") == "hi"
    assert answer.header("vary") == "trpc-accept, accept, cookie"
    assert stepwise == ["go_on"]


async def test_the_same_is_answered_the_first_time_and_again() -> None:
    app = endpoint()
    for target in (SAY, "/rpc/refuse", "/rpc/unknown", "/rpc/say%", "/elsewhere"):
        first, again = [await get(target, app=app) for _ in range(2)]
        assert first == again
