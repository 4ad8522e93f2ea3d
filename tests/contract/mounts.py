"""The conformance router under every mount of the contract, as one ASGI app."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from msgspec import UNSET

from rpc.asgi import Endpoint
from rpc.errors import UnexpectedError
from rpc.options import (
    JSONL,
    SSE,
    Failure,
    FormLimits,
    KeepAlive,
    Meta,
    Options,
    Response,
    SocketLimits,
)
from rpc.router import Router
from rpc.transport import lifespan, raw_path
from rpc.websocket import WebSocketEndpoint
from tests.contract import queries, streams
from tests.contract.context import create_context
from tests.contract.transformers import Superjson, Wrap
from tests.contract.turns import Units

router = Router(queries.PROCEDURES, streams.PROCEDURES)


def with_messages(shape: dict[str, Any], failure: Failure) -> dict[str, Any]:
    """The contract wants to see the text of plain exceptions."""
    if isinstance(failure.error, UnexpectedError):
        shape["message"] = str(failure.error.__cause__)
    return shape


def with_extra(shape: dict[str, Any], failure: Failure) -> dict[str, Any]:
    shape = with_messages(shape, failure)
    if shape["message"] == "teapot":
        shape["data"]["httpStatus"] = 418
    shape["data"]["extra"] = {
        "type": failure.type,
        "path": failure.path,
        "input": None if failure.input is UNSET else failure.input,
        "user": failure.ctx.user if failure.ctx else None,
    }
    return shape


def byte_string(text: str) -> str:
    """The text of a header, refused in the words of the platform the reference runs on."""
    for index, character in enumerate(text):
        if ord(character) > 255:
            raise ValueError(
                "Cannot convert argument to a ByteString because the character at index "
                f"{index} has a value of {ord(character)} which is greater than 255."
            )
    return text


def response_meta(response: Response) -> Meta:
    paths = response.paths or ()
    headers = [
        ("x-type", response.type),
        ("x-paths", "none" if response.paths is None else byte_string(",".join(response.paths))),
        ("x-errors", ",".join(e.code for e in response.errors) or "none"),
        ("x-data", str(response.count)),
        ("x-eager", str(response.is_eager).lower()),
        ("x-user", (response.ctx and response.ctx.user) or "none"),
        ("vary", "x-test"),
    ]
    if response.type == "query" and not response.errors and not response.is_eager:
        headers.append(("cache-control", "s-maxage=1, stale-while-revalidate=86400"))
    if "cookie.set" in paths:
        headers += [("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2; Path=/; HttpOnly")]
    return Meta(headers, 418 if "status.teapot" in paths else None)


# As tRPC has it, nothing of what docs/differences.md lists as stricter, but for ill-formed text:
# where that is let in, the input of a single call is read in another way than by default.
BASE = Options(
    max_batch_size=None,
    max_body_size=None,
    max_depth=None,
    forms=FormLimits(max_parts=None, max_field_size=None),
    sockets=SocketLimits(max_subscriptions=None, max_calls=None, params_wait_ms=None),
    format_error=with_messages,
)
AS_TRPC = replace(BASE, allow_ill_formed_text=True)
PING = {
    "sse": SSE(ping_ms=100, reconnect_after_inactivity_ms=2000),
    "jsonl": JSONL(ping_ms=100),
    "keep_alive": KeepAlive(ping_ms=100, pong_wait_ms=300),
}
MOUNTS: dict[str, dict[str, Any]] = {
    "": {},
    "-override": {"allow_method_override": True},
    "-nobatch": {"allow_batching": False},
    "-max3": {"max_batch_size": 3},
    "-small": {"max_body_size": 1000},
    "-dev": {"is_dev": True},
    "-fmt": {"format_error": with_extra},
    "-wrap": {"transformer": Wrap()},
    "-superjson": {"transformer": Superjson()},
    "-tilde": {"path_separator": "~"},
    "-meta": {"response_meta": response_meta},
    "-jsonl": {"jsonl": JSONL(content_type="application/jsonl")},
    "-ping": PING,
    "-short": {"sse": SSE(max_duration_ms=300)},
    "-once": {"sse": SSE(emit_and_end_immediately=True)},
    "-nosse": {"sse": SSE(enabled=False)},
    "-illformed": {"allow_ill_formed_text": True},
}


class Mounts:
    """All mounts of the contract and its test control on one port."""

    def __init__(self, base: Options = BASE) -> None:
        self._http: dict[str, Endpoint] = {}
        self._sockets: dict[str, WebSocketEndpoint] = {}
        for suffix, options in MOUNTS.items():
            name = f"trpc{suffix}"
            about: dict[str, Any] = {
                "path": f"/{name}",
                "units": Units(),
                "options": replace(base, **options),
            }
            self._http[name] = Endpoint(router, create_context, **about)
            self._sockets[name] = WebSocketEndpoint(router, create_context, **about)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await lifespan(receive, send)
            return
        parts = raw_path(scope).decode("latin-1").split("/")
        if parts[1] == "control":
            await self._control(parts[2], parts[3])
            await answer(send, 204)
        elif scope["type"] == "websocket" and parts[1] in self._sockets:
            await self._sockets[parts[1]](scope, receive, send)
        elif parts[1] in self._http:
            await self._http[parts[1]](scope, receive, send)
        else:
            await answer(send, 404)

    async def drain(self, patience: float) -> None:
        """Send the clients away."""
        for endpoint in self._http.values():
            endpoint.pace.end_streams()
        await asyncio.wait(
            [asyncio.create_task(endpoint.leave()) for endpoint in self._sockets.values()],
            timeout=patience,
        )

    async def _control(self, action: str, mount: str) -> None:
        endpoint = self._sockets[mount]
        if action == "reconnect":
            await endpoint.ask_to_reconnect()
        for connection in list(endpoint.connections) if action == "drop" else ():
            connection.channel.close()


async def answer(send: Any, status: int) -> None:
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})
