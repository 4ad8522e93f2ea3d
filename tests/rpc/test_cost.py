"""What the dispatcher itself costs a request: how often Python calls something on its way.

Calls are counted, not timed: every run gives the same number. What `perf` would count is measured
by `make bench`.
"""

import gc
import sys
from types import FrameType
from typing import Any

import pytest
from msgspec import Struct

from rpc import Endpoint, Options, ProcedureBuilder, Request, Router
from rpc.wire import KEPT_PLANS, LONGEST_KEPT

public = ProcedureBuilder[Request]()


class Echo(Struct):
    text: str
    numbers: list[int]


def ping(ctx: Request) -> str:
    return "pong"


def echo(ctx: Request, given: Echo) -> Echo:
    return given


def router(procedures: int = 2) -> Router:
    others = {f"other.p{n}": public.query(ping) for n in range(procedures - 2)}
    return Router({"ping": public.query(ping), "echo": public.mutation(echo), **others})


def scope(method: str, path: str, query: bytes = b"") -> dict[str, Any]:
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    about = {"path": path, "raw_path": path.encode(), "query_string": query}
    kind = {"type": "http", "http_version": "1.1", "scheme": "http"}
    return {**kind, "method": method, "headers": headers, **about}


def run(app: Endpoint, asked: dict[str, Any], body: bytes) -> bytes:
    """The body of the answer. Nothing waits, so no event loop is needed."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    with pytest.raises(StopIteration):
        app(asked, receive, send).send(None)
    assert sent[0]["status"] == 200
    answer: bytes = sent[1]["body"]
    return answer


def calls(app: Endpoint, asked: dict[str, Any], body: bytes = b"") -> int:
    """How many functions are called, Python's own included, once plans are made."""
    run(app, asked, body)
    counted = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    gc.disable()  # what others left behind, and who is told that it is collected
    sys.setprofile(count)
    try:
        run(app, asked, body)
    finally:
        sys.setprofile(None)
        gc.enable()
    return counted


def endpoint(procedures: int = 2) -> Endpoint:
    return Endpoint(router(procedures), lambda request: request)


ONE = b'{"text":"hello","numbers":[1,2,3]}'


def batch(size: int) -> tuple[dict[str, Any], bytes]:
    members = b",".join(b'"%d":%s' % (n, ONE) for n in range(size))
    names = ",".join(["echo"] * size)
    return scope("POST", f"/rpc/{names}", b"batch=1"), b"{" + members + b"}"


@pytest.mark.parametrize(
    ("asked", "body", "most"),
    [
        (scope("GET", "/rpc/ping"), b"", 63),
        (scope("POST", "/rpc/echo"), ONE, 75),
        (*batch(10), 158),
    ],
    ids=["a query without input", "a mutation", "a batch of ten"],
)
def test_a_request_calls_no_more_than_it_did(asked: dict[str, Any], body: bytes, most: int):
    assert calls(endpoint(), asked, body) <= most


def test_each_call_of_a_batch_costs_the_same_and_less_than_one_alone():
    # No text is so long that its brackets are counted: that is no call's own cost.
    app = Endpoint(router(), lambda request: request, options=Options(max_depth=10_000))
    one, ten, fifty = (calls(app, *batch(size)) for size in (1, 10, 50))
    assert fifty - ten == pytest.approx((ten - one) / 9 * 40, rel=0.02)
    assert (fifty - ten) / 40 < calls(app, scope("POST", "/rpc/echo"), ONE) / 2


@pytest.mark.parametrize("name", ["ping", "other.p997"])
def test_a_thousand_procedures_cost_a_call_as_much_as_two(name: str):
    few, many = endpoint(), endpoint(1000)
    assert calls(many, scope("GET", f"/rpc/{name}")) == calls(few, scope("GET", "/rpc/ping"))


def test_ever_new_inputs_cost_a_query_no_new_plan():
    app, path = endpoint(), "/rpc/ping"
    first = calls(app, scope("GET", path, b"input=1"))
    run(app, scope("GET", path, b"input=2"), b"")
    assert calls(app, scope("GET", path, b"input=3")) == first
    assert len(app.planner.kept) == 1


def test_ever_new_heads_fill_no_memory_with_plans():
    app = endpoint()
    for n in range(KEPT_PLANS + 10):
        asked = scope("GET", "/rpc/ping")
        asked["headers"] = [*asked["headers"], (b"accept", b"text/%d" % n)]
        run(app, asked, b"")
    assert len(app.planner.kept) == KEPT_PLANS


@pytest.mark.parametrize("name", ["host", "content-type", "accept", "trpc-accept", "path"])
@pytest.mark.parametrize(("size", "kept"), [(LONGEST_KEPT - 100, 1), (LONGEST_KEPT, 0)])
def test_a_plan_is_kept_of_short_heads_only(name: str, size: int, kept: int):
    app, long = endpoint(), "application/json;".ljust(size, "x")
    asked = scope("GET", "/rpc/ping")
    if name == "path":
        asked["raw_path"] = b"/rpc/" + b"./" * (size // 2) + b"ping"
    elif name == "host":
        asked["headers"] = [(b"host", b"x" * size)]
    else:
        asked["headers"] = [(name.encode(), long.encode())]
    run(app, asked, b"")
    assert len(app.planner.kept) == kept
