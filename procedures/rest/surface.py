"""What every REST surface shares: reading a request, calling procedures, answering, refusing.

A surface is one module of this package with a `SURFACE`: its routes, and how it words refusals.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.records.enrollment import Door
from rpc.errors import InputError, RPCError
from rpc.javascript import decode
from rpc.request import Request

T = TypeVar("T")
LARGEST_BODY = 2**20  # bytes
ANY = msgspec.json.Decoder()
READABLE = ("application/json", "application/xml", "text/xml")


class Incoming:
    """One request to a surface, and the procedures it may call."""

    def __init__(
        self, http: HTTPRequest, request: Request, caller: Callable[..., Awaitable[Any]]
    ) -> None:
        self.http = http
        self.request = request
        self.call = caller

    async def one(self, path: str, given: Any) -> Any:
        """The one thing a procedure that lists things finds. Raises NOT_FOUND."""
        found = await self.call(path, given)
        if not found:
            raise RPCError("NOT_FOUND", f"no such {path.partition('.')[2].removesuffix('s')}")
        return found[0]

    def path(self, name: str) -> str:
        """A part of the path. Raises NOT_FOUND for what can be no key."""
        value: str = self.http.path_params[name]
        if not is_key(value):
            raise RPCError("NOT_FOUND", "no such thing")
        return value

    def path_number(self, name: str) -> int:
        """A numeric part of the path. Raises NOT_FOUND for what is no number."""
        value = number(self.path(name))
        if value is None:
            raise RPCError("NOT_FOUND", "no such thing")
        return value

    def query(self, name: str) -> str | None:
        """A parameter of the query; of several the last."""
        found: str | None = self.http.query_params.get(name)
        return found

    def query_number(self, name: str, default: int, least: int) -> int:
        """A whole number in the query. Raises BAD_REQUEST."""
        text = self.query(name)
        if text is None:
            return default
        value = number(text)
        if value is None or value < least:
            message = f"`{name}` must be a whole number from {least}"
            raise RPCError("BAD_REQUEST", message, reason="invalid_query")
        return value

    @property
    def media_type(self) -> str:
        """What the body is said to be, in lower case; "" where nothing is said."""
        said = self.request.header("content-type") or ""
        return said.partition(";")[0].strip().lower()

    async def body(self) -> bytes:
        """The whole body. Raises UNAUTHORIZED before anything else, PAYLOAD_TOO_LARGE, and
        UNSUPPORTED_MEDIA_TYPE for what another site could have a browser send with its cookies."""
        await self.call("details.signed")
        self.require_safe_media()
        return await self.whole_body()

    async def whole_body(self) -> bytes:
        """The body of a request that may come from anywhere. Raises PAYLOAD_TOO_LARGE."""
        parts, size = [], 0
        async for part in self.http.stream():
            size += len(part)
            if size > LARGEST_BODY:
                raise RPCError("PAYLOAD_TOO_LARGE", "the body is larger than 1 MiB")
            parts.append(part)
        return b"".join(parts)

    def require_safe_media(self) -> None:
        has_token = self.request.header("authorization") is not None
        if self.media_type in READABLE or (has_token and not self.media_type):
            return
        if self.http.method in ("PUT", "PATCH", "DELETE") and not self.media_type:
            return
        raise RPCError("UNSUPPORTED_MEDIA_TYPE", "send application/json")

    async def json(self, kind: type[T]) -> T:
        """The JSON body as `kind`. Raises BAD_REQUEST: `malformed`, or InputError."""
        body = await self.body()
        if self.media_type not in ("application/json", ""):
            raise RPCError("UNSUPPORTED_MEDIA_TYPE", "send application/json")
        return fitted(parsed(body), kind)


def parsed(body: bytes) -> Any:
    """The value of a JSON body. Raises BAD_REQUEST `malformed`."""
    try:
        return decode(ANY, body)
    except InputError as error:
        raise RPCError("BAD_REQUEST", error.message, reason="malformed") from None


def fitted(value: Any, kind: type[T], *, strict: bool = True) -> T:
    """A JSON value as `kind`; unless `strict` numbers may be texts of digits. Raises InputError
    naming the member that does not fit."""
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise InputError(str(error)) from None


def number(text: str) -> int | None:
    """The whole number a text is, as far as a database can hold it."""
    is_number = text.isascii() and text.isdigit() and len(text) <= 15
    return int(text) if is_number else None


def is_key(text: str) -> bool:
    return 0 < len(text) <= 255 and text.isprintable()


class Answer(Struct, frozen=True):
    """What a route gives: a status, a body (None: empty), headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = {}


def to_json(value: Any) -> bytes:
    """A body with the members of objects in their own order."""
    return msgspec.json.encode(value)


Handler = Callable[[Incoming], Awaitable[Answer]]


class Surface(Struct, frozen=True):
    """One family of URLs. `routes`: path -> method -> handler, paths as Starlette writes them;
    `prefixes`: where paths that are no route are answered by this surface too."""

    door: Door
    prefixes: Sequence[str]
    routes: Mapping[str, Mapping[str, Handler]]
    refusal: Callable[[RPCError, HTTPRequest], Response]
    answer: Callable[[Answer, HTTPRequest], Response]


def json_answer(answer: Answer, http: HTTPRequest) -> Response:
    body = b"" if answer.body is None else to_json(answer.body)
    kind = None if answer.body is None else "application/json"
    return Response(body, answer.status, dict(answer.headers), kind)


def seconds(instant: str | None) -> str | None:
    """An instant to the second, as the older surfaces write it."""
    return None if instant is None else f"{instant[:19]}Z"
