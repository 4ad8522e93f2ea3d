"""tRPC v11 over HTTP as pure functions: request parts -> calls; results -> envelopes and a status.

No I/O and no framework. What fails here fails the request as a whole: one error object without a
path, even for a batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec
from msgspec import UNSET, Raw

from rpc.codec import Input, Text, decode, encode
from rpc.errors import CODES, InputError, RPCError
from rpc.procedure import Procedure, ProcedureType
from rpc.router import Router

BOM = b"\xef\xbb\xbf"
MALFORMED_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
JSON = "application/json"
OTHER_KINDS = ("multipart/form-data", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class Options:
    """What a mount allows. The limits are ours: tRPC has none by default."""

    allow_batching: bool = True
    max_batch_size: int | None = 50
    max_body_size: int | None = 2**20  # bytes
    allow_method_override: bool = False
    path_separator: Literal[".", "_", "~", "-"] = "."


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls of one request: asked-for names and what they name, if anything."""

    paths: Sequence[str]
    procedures: Sequence[Procedure | None]
    is_batch: bool
    query: dict[str, str]

    @property
    def type(self) -> ProcedureType | Literal["unknown"]:
        return next((p.type for p in self.procedures if p is not None), "unknown")


@dataclass(frozen=True, slots=True)
class Head:
    """The parts of a request that say which calls it makes."""

    method: str
    path: bytes  # raw, behind the mount
    query: bytes
    content_type: str | None


def plan(router: Router, options: Options, head: Head) -> Plan:
    """Which calls a request makes. The order of the checks is tRPC's."""
    path = decoded_path(head.path)
    require_kind(head.content_type, head.method)
    query = parsed_query(head.query)
    is_batch = query.get("batch") == "1"
    paths = path.split(",") if is_batch else [path]
    if options.max_batch_size is not None and is_batch and len(paths) > options.max_batch_size:
        raise RPCError("BAD_REQUEST", "Batch call exceeds maximum size")
    if options.path_separator != ".":
        paths = [p.replace(options.path_separator, ".") for p in paths]
    procedures = [router.find(p) for p in paths]
    require_one_type(procedures)
    if is_batch and not options.allow_batching:
        raise RPCError("BAD_REQUEST", "Batching is not enabled on the server")
    return Plan(paths, procedures, is_batch, query)


def decoded_path(raw: bytes) -> str:
    raw = raw.removeprefix(b"/").removesuffix(b"/").removesuffix(b"/")
    try:
        if MALFORMED_ESCAPE.search(raw):
            raise ValueError
        return unquote_to_bytes(raw).decode()
    except ValueError:
        shown = raw.decode("utf-8", "replace")
        raise RPCError("BAD_REQUEST", f'Invalid URL-encoding in path "{shown}"') from None


def parsed_query(raw: bytes) -> dict[str, str]:
    """The parameters of a query string; of repeated ones the first counts."""
    if not raw:
        return {}
    if raw == b"batch=1":
        return {"batch": "1"}
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(reversed(pairs))


def require_kind(content_type: str | None, method: str) -> None:
    """Refuse what is neither JSON nor, by POST, a form or bytes. A GET needs no content type."""
    kind = media_type(content_type)
    if kind in OTHER_KINDS and method != "POST":
        raise RPCError(
            "METHOD_NOT_SUPPORTED", f"Only POST requests are supported for {kind} requests"
        )
    if kind == JSON or method == "GET":
        return
    if content_type is None:
        raise RPCError("UNSUPPORTED_MEDIA_TYPE", "Missing content-type header")
    raise RPCError("UNSUPPORTED_MEDIA_TYPE", f'Unsupported content-type "{content_type}')


def media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def require_one_type(procedures: Iterable[Procedure | None]) -> None:
    types = dict.fromkeys(p.type for p in procedures if p is not None)
    if len(types) > 1:
        raise RPCError("BAD_REQUEST", f"Cannot mix procedure types in call: {', '.join(types)}")


def require_callable(asked: Plan, index: int, method: str, options: Options) -> Procedure:
    """The procedure of one call. Raises what that call alone fails with."""
    path, procedure = asked.paths[index], asked.procedures[index]
    if procedure is None:
        raise RPCError("NOT_FOUND", f'No procedure found on path "{path}"')
    accepted = accepted_methods(procedure, options)
    if method not in accepted:
        raise WrongMethod(method, f'{procedure.type} procedure at path "{path}"', accepted)
    if asked.is_batch and procedure.type == "subscription":
        raise RPCError("BAD_REQUEST", "Cannot batch subscription calls")
    return procedure


class WrongMethod(RPCError):
    """A call by a method its type does not take; `allow` is what the header of that name says."""

    def __init__(self, method: str, what: str, accepted: tuple[str, ...]) -> None:
        super().__init__("METHOD_NOT_SUPPORTED", f"Unsupported {method}-request to {what}")
        self.allow = ", ".join(accepted)


def accepted_methods(procedure: Procedure, options: Options) -> tuple[str, ...]:
    if procedure.type == "mutation":
        return ("POST",)
    return ("GET", "POST") if options.allow_method_override else ("GET",)


class Body:
    """The JSON text that a request carries, split into a batch's inputs when first asked for."""

    def __init__(self, text: bytes, refusal: RPCError | None = None) -> None:
        self._text = text.removeprefix(BOM)
        self._refusal = refusal
        self._members: dict[str, Raw] | None = None

    def whole(self) -> Text | None:
        """The input of a single call; None is undefined. Raises what reading it fails with."""
        if self._refusal is not None:
            raise self._refusal
        return self._text or None

    def member(self, index: int) -> Text | None:
        """The input of one call of a batch; None is undefined."""
        if self._members is None:
            self._members = self._split()
        return self._members.get(str(index))

    def _split(self) -> dict[str, Raw]:
        text = self.whole()
        try:
            return {} if text is None else decode(MEMBERS, text)
        except InputError:
            decode(ANYTHING, self._text)  # what is no JSON at all is refused in the parser's words
            raise InputError(NO_OBJECT) from None


class JSONInput:
    """Where the input of one call of a request comes from."""

    __slots__ = ("_body", "_index")

    def __init__(self, body: Body, index: int | None) -> None:
        self._body = body
        self._index = index

    def read(self, input: Input) -> Any:
        return input.decode(self._text())

    def raw(self) -> Any:
        text = self._text()
        return UNSET if text is None else decode(ANYTHING, text)

    def _text(self) -> Text | None:
        return self._body.whole() if self._index is None else self._body.member(self._index)


NO_OBJECT = '"input" needs to be an object when doing a batch call'
ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
MEMBERS = msgspec.json.Decoder(dict[str, Raw])


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call ended: its envelope, ready to send, and its status."""

    envelope: bytes
    status: int
    error: RPCError | None = None


def succeeded(value: Any) -> Outcome:
    """Raises TypeError or the like for a value that JSON cannot hold."""
    if value is UNSET:
        return NOTHING
    return Outcome(b'{"result":{"data":' + encode(value) + b"}}", 200)


NOTHING = Outcome(b'{"result":{}}', 200)


def failed(error: RPCError, shape: dict[str, Any]) -> Outcome:
    """The status follows the shape, which a formatter may have changed."""
    data = shape.get("data")
    status = data.get("httpStatus") if isinstance(data, dict) else None
    return Outcome(
        b'{"error":' + encode(shape) + b"}",
        status if isinstance(status, int) else CODES[error.code].http,
        error,
    )


def combined(outcomes: Sequence[Outcome]) -> tuple[bytes, int]:
    """The body and status of a batch: the status all agree on, else 207."""
    statuses = {outcome.status for outcome in outcomes}
    body = b"[" + b",".join(outcome.envelope for outcome in outcomes) + b"]"
    return body, statuses.pop() if len(statuses) == 1 else 207
