"""Requests to a small endpoint, in this process and without an event loop: nothing in them waits.

`python tests/rpc/cost_driver.py KIND COUNT` makes so many, for whoever counts what they take.
"""

from __future__ import annotations

import sys
from typing import Any

from msgspec import Struct

from rpc import Endpoint, Options, ProcedureBuilder, Request, Router

public = ProcedureBuilder[Request]()


class Echo(Struct):
    text: str
    numbers: list[int]


def ping(ctx: Request) -> str:
    return "pong"


def echo(ctx: Request, given: Echo) -> Echo:
    return given


def endpoint(procedures: int = 2, options: Options | None = None) -> Endpoint:
    others = {f"other.p{n}": public.query(ping) for n in range(procedures - 2)}
    router = Router({"ping": public.query(ping), "echo": public.mutation(echo), **others})
    return Endpoint(router, lambda request: request, options=options or Options())


def scope(method: str, path: str, query: bytes = b"") -> dict[str, Any]:
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    about = {"path": path, "raw_path": path.encode(), "query_string": query}
    kind = {"type": "http", "http_version": "1.1", "scheme": "http"}
    return {**kind, "method": method, "headers": headers, **about}


ONE = b'{"text":"hello","numbers":[1,2,3]}'


def batch(size: int) -> tuple[dict[str, Any], bytes]:
    members = b",".join(b'"%d":%s' % (n, ONE) for n in range(size))
    names = ",".join(["echo"] * size)
    return scope("POST", f"/rpc/{names}", b"batch=1"), b"{" + members + b"}"


REQUESTS = {
    "query": (scope("GET", "/rpc/ping"), b""),
    "mutation": (scope("POST", "/rpc/echo"), ONE),
    "batch of ten": batch(10),
}


def run(app: Endpoint, asked: dict[str, Any], body: bytes) -> bytes:
    """The body of the answer."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        sent.append(message)

    try:
        app(asked, receive, send).send(None)
    except StopIteration:
        assert sent[0]["status"] == 200
        answer: bytes = sent[1]["body"]
        return answer
    raise AssertionError("the endpoint waits for something")


if __name__ == "__main__":
    app, (asked, body) = endpoint(), REQUESTS[sys.argv[1]]
    for _ in range(int(sys.argv[2])):
        run(app, asked, body)
