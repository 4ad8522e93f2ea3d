"""What is refused before anybody looks at it, and which other sites' pages may call."""

from __future__ import annotations

from collections.abc import Awaitable, Collection

from rpc.transport import App, Headers, Message, Receive, Scope, Send, send_whole

CONTENT = (
    b'{"error":{"message":"Bad Request","code":-32600,'
    b'"data":{"code":"BAD_REQUEST","httpStatus":400}}}'
)
REFUSED: Headers = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(CONTENT)).encode()),
    (b"connection", b"close"),
]
PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, POST"),
    (
        b"access-control-allow-headers",
        b"authorization, content-type, idempotency-key, last-event-id, trpc-accept, x-request-id",
    ),
    (b"access-control-max-age", b"600"),
    (b"content-length", b"0"),
]
EXPOSED = (b"access-control-expose-headers", b"idempotency-replayed, retry-after, x-request-id")


def is_ambiguous(scope: Scope) -> bool:
    """Whether two servers in a row could disagree where this request ends, or speak another HTTP
    than we do."""
    version = scope["http_version"]
    names = [name for name, _ in scope["headers"]]
    chunked = names.count(b"transfer-encoding")
    if version not in ("1.0", "1.1") or names.count(b"content-length") + chunked > 1:
        return True
    return chunked > 0 and version == "1.0"


async def refuse(receive: Receive, send: Send) -> None:
    """Say that a request is none, once it is read: see `rpc.transport.Client`."""
    while (await receive()).get("more_body"):
        pass
    await send_whole(send, 400, REFUSED, CONTENT)


class Origins:
    """The other origins whose pages may call /rpc with the session of their user."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = frozenset(origin.encode() for origin in allowed)

    def through(self, app: App, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Let `app` answer, with the headers that let a page of an allowed origin see it."""
        origin = self._allowed_origin(scope)
        if origin is None:
            return app(scope, receive, send)
        if is_preflight(scope):
            return send_whole(send, 204, [*PREFLIGHT, *allowing(origin)])
        return app(scope, receive, adding([*allowing(origin), EXPOSED], send))

    def _allowed_origin(self, scope: Scope) -> bytes | None:
        if not self._allowed or not scope["path"].startswith("/rpc/"):
            return None
        found = [value for name, value in scope["headers"] if name == b"origin"]
        return found[0] if len(found) == 1 and found[0] in self._allowed else None


def is_preflight(scope: Scope) -> bool:
    asks = any(name == b"access-control-request-method" for name, _ in scope["headers"])
    return scope["method"] == "OPTIONS" and asks


def allowing(origin: bytes) -> Headers:
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"origin"),
    ]


def adding(headers: Headers, send: Send) -> Send:
    """`send`, with these headers in the answer's head."""

    async def send_more(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return send_more


SECURED = {"http": "https", "ws": "wss"}


def behind(proxies: int, scope: Scope) -> Scope:
    """A request as it came to the outermost of so many proxies of ours: each adds the address it
    was called from at the end of X-Forwarded-For, and what stands before is hearsay. The nearest
    one's X-Forwarded-Proto says whether TLS ended there."""
    told = forwarded(scope, b"x-forwarded-for")
    address = without_port(told[-proxies]) if len(told) >= proxies else ""
    found = {**scope, "client": (address, 0)} if address else scope
    if forwarded(scope, b"x-forwarded-proto")[-1] != "https":
        return found
    return {**found, "scheme": SECURED.get(found["scheme"], found["scheme"])}


def without_port(told: str) -> str:
    """The address alone: some proxies write the port behind it, another for each connection."""
    if told.startswith("["):
        return told[1:].partition("]")[0]
    return told.partition(":")[0] if told.count(":") == 1 else told


def forwarded(scope: Scope, header: bytes) -> list[str]:
    """The values of a header, the nearest proxy's last; one empty value where it is not there."""
    lines = [value for name, value in scope["headers"] if name == header]
    return [told.strip() for told in b",".join(lines).decode("latin-1").split(",")]
