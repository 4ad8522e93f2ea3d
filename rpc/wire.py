"""tRPC v11 over HTTP as pure functions: from the parts of a request to the calls it makes.

No I/O and no framework. What fails here fails the request as a whole: one error object without a
path, even for a batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec
from msgspec import UNSET, Raw, ValidationError

from rpc.call import Source
from rpc.codec import ANYTHING, Input, Text, decode
from rpc.errors import InputError, RPCError
from rpc.options import Options, RequestType, Transformer
from rpc.procedure import Procedure
from rpc.request import RequestInfo
from rpc.router import Router

BOM = b"\xef\xbb\xbf"
MALFORMED_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
JSON, FORM, OCTETS = "application/json", "multipart/form-data", "application/octet-stream"
LINES = "application/jsonl"


@dataclass(frozen=True, slots=True)
class Head:
    """The parts of a request that say which calls it makes."""

    method: str
    path: bytes  # raw, behind the mount
    query: bytes
    content_type: str | None = None
    accept: str | None = None
    trpc_accept: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls of one request: asked-for names and what they name, if anything."""

    paths: Sequence[str]
    procedures: Sequence[Procedure | None]
    kind: str  # the media type its input comes in
    query: Mapping[str, str]
    info: RequestInfo

    @property
    def is_batch(self) -> bool:
        return self.info.is_batch

    @property
    def is_streamed(self) -> bool:
        return self.info.accept == LINES


def plan(router: Router, options: Options, head: Head) -> Plan:
    """Which calls a request makes. The order of the checks is tRPC's."""
    path = decoded_path(head.path)
    kind = input_kind(head)
    query = parsed_query(head.query)
    is_batch = query.get("batch") == "1" and kind == JSON
    paths = called_paths(path, options, is_batch=is_batch)
    procedures = [router.find(p) for p in paths]
    type = "mutation" if kind != JSON else only_type(procedures)
    params = connection_params(query) if kind == JSON else None
    info = RequestInfo(is_batch, accepted(head), type, paths, params)
    return Plan(paths, procedures, kind, query, info)


def require_allowed(asked: Plan, options: Options) -> None:
    """The last checks that fail a request as a whole."""
    if asked.is_batch and not options.allow_batching:
        raise RPCError("BAD_REQUEST", "Batching is not enabled on the server")
    if asked.is_streamed and not asked.is_batch:
        raise RPCError(
            "BAD_REQUEST", "Streaming requests must be batched (you can do a batch of 1)"
        )


def decoded_path(raw: bytes) -> str:
    if b"/." in raw or b"/%2" in raw:
        raw = without_dot_segments(raw)
    raw = raw.removeprefix(b"/").removesuffix(b"/").removesuffix(b"/")
    try:
        if MALFORMED_ESCAPE.search(raw):
            raise ValueError
        return unquote_to_bytes(raw).decode()
    except ValueError:
        shown = raw.decode("utf-8", "replace")
        raise RPCError("BAD_REQUEST", f'Invalid URL-encoding in path "{shown}"') from None


def without_dot_segments(raw: bytes) -> bytes:
    """A path as URL parsers resolve it, but never above the mount."""
    kept: list[bytes] = []
    segments = raw.split(b"/")
    for segment in segments:
        dots = segment.replace(b"%2e", b".").replace(b"%2E", b".")
        if dots == b"..":
            del kept[max(1, len(kept) - 1) :]
        elif dots != b".":
            kept.append(segment)
    return b"/".join([*kept, b""] if dots in (b".", b"..") else kept)


def called_paths(path: str, options: Options, *, is_batch: bool) -> list[str]:
    """The names in a path. The limit is counted before anything is looked up."""
    paths = path.split(",") if is_batch else [path]
    if options.max_batch_size is not None and len(paths) > options.max_batch_size:
        raise RPCError("BAD_REQUEST", "Batch call exceeds maximum size")
    if options.path_separator == ".":
        return paths
    return [p.replace(options.path_separator, ".") for p in paths]


def parsed_query(raw: bytes) -> Mapping[str, str]:
    """The parameters of a query string; of repeated ones the first counts."""
    if not raw:
        return {}
    if raw == b"batch=1":
        return {"batch": "1"}
    pairs = parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)
    return dict(reversed(pairs))


def input_kind(head: Head) -> str:
    """The media type that counts. A GET needs none: browsers can open it."""
    kind = (head.content_type or "").partition(";")[0].strip().lower()
    if kind in (FORM, OCTETS):
        if head.method == "POST":
            return kind
        raise RPCError(
            "METHOD_NOT_SUPPORTED", f"Only POST requests are supported for {kind} requests"
        )
    if kind == JSON or head.method == "GET":
        return JSON
    if head.content_type is None:
        raise RPCError("UNSUPPORTED_MEDIA_TYPE", "Missing content-type header")
    raise RPCError("UNSUPPORTED_MEDIA_TYPE", f'Unsupported content-type "{head.content_type}')


def only_type(procedures: Iterable[Procedure | None]) -> RequestType:
    types = list(dict.fromkeys(p.type for p in procedures if p is not None))
    if len(types) > 1:
        raise RPCError("BAD_REQUEST", f"Cannot mix procedure types in call: {', '.join(types)}")
    return types[0] if types else "unknown"


def accepted(head: Head) -> str | None:
    """tRPC's `accept`: the header of its own, else a list that names jsonl plainly."""
    if head.trpc_accept is not None:
        return head.trpc_accept
    asked = [one.strip() for one in (head.accept or "").split(",")]
    return LINES if LINES in asked else None


def connection_params(query: Mapping[str, str]) -> Mapping[str, str] | None:
    text = query.get("connectionParams")
    if text is None:
        return None
    try:
        value = decode(ANYTHING, text.encode())
    except InputError:
        raise RPCError("PARSE_ERROR", "Not JSON-parsable query params") from None
    return params_of(value)


def params_of(value: Any) -> Mapping[str, str] | None:
    """Connection params as they may be: null, or an object of texts. Raises PARSE_ERROR."""
    if value is None:
        return None
    if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
        return value
    raise RPCError("PARSE_ERROR", "Invalid connection params shape")


def last_event_id(query: Mapping[str, str], header: str | None) -> str | None:
    return header or query.get("lastEventId") or query.get("Last-Event-Id") or None


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
        if text is None:
            return {}
        try:
            return MEMBERS.decode(text)
        except ValidationError:
            raise InputError(NO_OBJECT) from None
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            decode(ANYTHING, text)
            raise


NO_OBJECT = '"input" needs to be an object when doing a batch call'
MEMBERS = msgspec.json.Decoder(dict[str, Raw])


class JSONInput:
    """Where the input of one call of a request comes from."""

    def __init__(self, body: Body, index: int | None) -> None:
        self._body = body
        self._index = index
        self.taken = False

    def read(self, input: Input) -> Any:
        return input.decode(self._text())

    def raw(self) -> Any:
        text = self._text()
        return UNSET if text is None else decode(ANYTHING, text)

    def _text(self) -> Text | None:
        self.taken = True
        return self._body.whole() if self._index is None else self._body.member(self._index)


class TransformedBody:
    """The inputs of a request behind a transformer. An absent one does not pass through it; one
    it refuses fails every call that reads its own."""

    def __init__(self, body: Body, transformer: Transformer, count: int) -> None:
        self._body = body
        self._transformer = transformer
        self._count = count
        self._values: list[Any] | None = None

    def value(self, index: int | None) -> Any:
        """The value of one call's input, UNSET if it is absent."""
        if index is None:
            return self._deserialized(self._body.whole())
        if self._values is None:
            texts = [self._body.member(i) for i in range(self._count)]
            self._values = [self._deserialized(text) for text in texts]
        return self._values[index]

    def _deserialized(self, text: Text | None) -> Any:
        return UNSET if text is None else deserialized(self._transformer, decode(ANYTHING, text))


class TransformedInput:
    """Where the input of one call comes from when there is a transformer."""

    def __init__(self, body: TransformedBody, index: int | None) -> None:
        self._body = body
        self._index = index
        self.taken = False

    def read(self, input: Input) -> Any:
        value = self.raw()
        return input.convert(value if input.type is Any else without_undefined(value))

    def raw(self) -> Any:
        self.taken = True
        return self._body.value(self._index)


def without_undefined(value: Any) -> Any:
    """A value without members that are undefined: for a typed input they are not there."""
    if isinstance(value, dict):
        kept = {k: without_undefined(v) for k, v in value.items() if v is not UNSET}
        return type(value)(kept)
    return [without_undefined(item) for item in value] if type(value) is list else value


class ResumedInput:
    """The input of a subscription that goes on behind an event the client has seen."""

    def __init__(self, source: Source, last_event_id: str) -> None:
        self._source = source
        self._last_event_id = last_event_id

    @property
    def taken(self) -> bool:
        return self._source.taken

    def read(self, input: Input) -> Any:
        return input.convert(self.raw())

    def raw(self) -> Any:
        return resumed(self._source.raw(), self._last_event_id)


def resumed(raw: Any, last_event_id: str) -> Any:
    """A raw input with `lastEventId` put in, where it is an object or nothing."""
    if isinstance(raw, dict):
        return raw | {"lastEventId": last_event_id}
    return {"lastEventId": last_event_id} if raw is UNSET or raw is None else raw


def deserialized(transformer: Transformer, value: Any) -> Any:
    try:
        return transformer.deserialize(value)
    except ValueError as error:
        raise InputError(str(error)) from error
