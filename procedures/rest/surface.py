"""What every REST surface shares: reading a request, calling procedures, answering, refusing.

A surface is one module of this package with a `SURFACE`: its routes, and how it words refusals.
It translates; every rule is in a procedure.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, cast
from urllib.parse import quote

import msgspec
from msgspec import Meta, Struct
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.records.detail import Caller, CourseDetail, Detail
from procedures.records.enrollment import BulkResult, Door
from procedures.records.fields import PLAIN, SAFE
from procedures.refusals import no_course
from rpc.errors import InputError, RPCError
from rpc.javascript import ANYTHING, decode
from rpc.request import Request

T = TypeVar("T")
LARGEST_BODY = 2**20  # bytes
LARGEST_PAGE = 1000  # records of one look-up
READABLE = ("application/json", "application/xml", "text/xml")
SLASH = "\uffff"  # in a path: a slash that parts nothing, sent as %2F; no key has this character


class Incoming:
    """One request to a surface, and the procedures it may call."""

    def __init__(
        self, http: HTTPRequest, request: Request, caller: Callable[..., Awaitable[Any]]
    ) -> None:
        self.http = http
        self.request = request
        self.call = caller
        self._body: bytes | None = None
        self._me: Caller | None = None

    async def me(self) -> Caller:
        """Who calls, looked up once. Raises FORBIDDEN for nobody of an active organization."""
        if self._me is None:
            self._me = cast(Caller, await self.call("details.caller"))
        return self._me

    async def course(self, by: Literal["keys", "numbers"], value: Any) -> CourseDetail:
        """The course of that key or number. Raises NOT_FOUND."""
        found: list[CourseDetail] = await self.call("details.courses", {by: [value]})
        if not found:
            raise no_course()
        return found[0]

    async def details(self, *tests: Mapping[str, Any]) -> list[Detail]:
        """Every record that meets the tests, in the order they were made."""
        records: list[Detail] = []
        while True:
            page = {"where": tests, "limit": LARGEST_PAGE, "offset": len(records)}
            found = await self.call("details.enrollments", page)
            records += found.items
            if len(found.items) < LARGEST_PAGE:
                return records

    def path(self, name: str) -> str:
        """A part of the path. Raises NOT_FOUND for what can be no key."""
        value: str = self.http.path_params[name].replace(SLASH, "/")
        if not is_key(value):
            raise RPCError("NOT_FOUND", "no such thing")
        return value

    @property
    def own_path(self) -> str:
        """The path as links to the same thing have it."""
        return quote(self.http.scope["path"]).replace(quote(SLASH), "%2F")

    def path_number(self, name: str) -> int:
        """A numeric part of the path. Raises NOT_FOUND for what can be no id."""
        text = self.path(name)
        value = int(text) if text.isascii() and text.isdigit() else 0
        if not 0 < value <= SAFE:
            raise RPCError("NOT_FOUND", "no such thing")
        return value

    def asked(self, kind: type[T]) -> T:
        """The query as `kind`, whose defaults are for what is not said; other parameters are
        ignored, and of several the last counts. Raises BAD_REQUEST `invalid_query`."""
        try:
            return msgspec.convert(self.http.query_params, kind, strict=False)
        except msgspec.ValidationError as error:
            raise RPCError("BAD_REQUEST", str(error), reason="invalid_query") from None

    @property
    def media_type(self) -> str:
        """What the body is said to be, in lower case; "" where nothing is said."""
        said = self.request.header("content-type") or ""
        return said.partition(";")[0].strip().lower()

    async def body(self) -> bytes:
        """The whole body. Raises PAYLOAD_TOO_LARGE, and UNSUPPORTED_MEDIA_TYPE for what another
        site could have a browser send with its cookies."""
        self.require_safe_media()
        return await self.whole_body()

    async def whole_body(self) -> bytes:
        """The body of a request that may come from anywhere. Raises PAYLOAD_TOO_LARGE."""
        if self._body is None:
            self._body = await self._received()
        return self._body

    async def _received(self) -> bytes:
        parts, size = [], 0
        try:
            async for part in self.http.stream():
                size += len(part)
                if size > LARGEST_BODY:
                    raise RPCError("PAYLOAD_TOO_LARGE", "the body is larger than 1 MiB")
                parts.append(part)
        except ClientDisconnect:
            raise RPCError("CLIENT_CLOSED_REQUEST") from None
        return b"".join(parts)

    def require_safe_media(self) -> None:
        is_simple = self.http.method == "POST" and self.request.header("authorization") is None
        if self.media_type not in READABLE and (self.media_type or is_simple):
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
        return decode(ANYTHING, body)
    except InputError as error:
        raise RPCError("BAD_REQUEST", error.message, reason="malformed") from None


def fitted(value: Any, kind: type[T], *, strict: bool = True) -> T:
    """A JSON value as `kind`; unless `strict` numbers may be texts of digits. Raises InputError
    naming the member that does not fit."""
    try:
        return msgspec.convert(value, kind, strict=strict)
    except msgspec.ValidationError as error:
        raise InputError(str(error)) from None


def is_key(text: str) -> bool:
    """Whether anything can be called that."""
    return 0 < len(text) <= 255 and is_plain(text)


def is_plain(text: str) -> bool:
    """Whether a database can hold that."""
    return re.fullmatch(PLAIN, text) is not None


def equal(field: str, value: Any) -> dict[str, Any]:
    """A test as `details.enrollments` and `resources.*` take it."""
    return {"field": field, "op": "=", "value": value}


def among(field: str, values: Iterable[Any]) -> dict[str, Any]:
    return {"field": field, "op": "in", "value": list(values)}


def failure_of(result: BulkResult) -> RPCError:
    """The refusal of a bulk's item, as the single call raises it."""
    return RPCError(result.code, result.message, reason=result.reason or None)  # type: ignore[arg-type]


class Answer(Struct, frozen=True):
    """What a route gives: a status, a body (None: empty), headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = {}


Handler = Callable[[Incoming], Awaitable[Answer]]


class Operation(Struct, frozen=True):
    """A handler, whose docstring says what it does, and what else is published of it: the type of
    the body it `gives` with each status (None: no body), the structs it reads query and body as,
    the procedures it `calls`, whose refusals it passes on, and its own reasons to refuse. It calls
    one mutation at most, as a key names one."""

    handler: Handler
    gives: Mapping[int, Any]
    query: type[Struct] | None = None
    body: type[Struct] | None = None
    calls: Sequence[str] = ()
    refuses: Sequence[str] = ()

    @property
    def doc(self) -> str:
        return " ".join((self.handler.__doc__ or "").split())


class Surface(Struct, frozen=True):
    """One family of URLs. `routes`: path -> method -> operation, paths as Starlette writes them;
    `prefixes`: where paths that are no route are answered by this surface too. `refusal` makes an
    answer of a refusal, its body is a `failure`. `credentials`: any one of these lets a caller in;
    without any the surface asks nobody who they are."""

    door: Door
    prefixes: Sequence[str]
    routes: Mapping[str, Mapping[str, Operation]]
    refusal: Callable[[RPCError, HTTPRequest], Response]
    answer: Callable[[Answer, HTTPRequest], Response]
    failure: type[Struct]
    reads: Sequence[str] = ("application/json",)
    writes: Sequence[str] = ("application/json",)
    credentials: Sequence[str] = ("bearer", "session")


def json_answer(answer: Answer, http: HTTPRequest) -> Response:
    body = b"" if answer.body is None else msgspec.json.encode(answer.body)
    kind = None if answer.body is None else "application/json"
    return Response(body, answer.status, answer.headers, kind)


Instant = Annotated[str, Meta(description="ISO 8601, UTC: 2024-01-15T10:30:00Z")]


def seconds(instant: str) -> Instant:
    """An instant to the second, as the older surfaces write it."""
    return f"{instant[:19]}Z"
