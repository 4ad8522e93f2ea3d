"""tRPC v11 over HTTP as pure functions: from the parts of a request to the calls it makes.

No I/O and no framework. What fails here fails the request as a whole: one error object without a
path, even for a batch.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from rpc.errors import InputError, RPCError
from rpc.inputs import decoded
from rpc.options import Options, RequestType
from rpc.procedure import Procedure
from rpc.request import NOT_KNOWN_YET, RequestInfo
from rpc.router import Router

# How many plans are kept, of heads up to how many bytes.
KEPT_PLANS, LONGEST_KEPT = 1024, 1024
MALFORMED_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
JSON, FORM, OCTETS = "application/json", "multipart/form-data", "application/octet-stream"
LINES = "application/jsonl"
# As URL parsers have it: what follows a slash is no host any more.
HOST = re.compile(
    r"(?:\[[0-9A-Fa-f:.]+\]|(?:[^\x00-\x20#%/:<>?@\[\\\]^|\x7f]|%[0-9A-Fa-f]{2})+)"
    r"(?::(?P<port>[0-9]{0,9}))?(?:[/?#\\].*)?"
)


class Head(NamedTuple):
    """The parts of a request that say which calls it makes. The bytes are as they were sent."""

    method: str
    host: bytes
    path: bytes
    may_batch: bool  # it has batch=1
    may_have_body: bool  # that is sure of none before HTTP/2 whose head announces none
    content_type: bytes | None = None
    accept: bytes | None = None
    trpc_accept: bytes | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls of one request: asked-for names and what they name, if anything."""

    paths: Sequence[str]
    indexes: Sequence[int]
    keys: Sequence[str]  # under which a batch has the inputs
    procedures: Sequence[Procedure | None]
    kind: str  # the media type its input comes in
    info: RequestInfo
    is_batch: bool = False
    is_streamed: bool = False
    is_subscription: bool = False  # not in a batch, where it is refused
    may_have_body: bool = True
    is_plain: bool = False  # calls of which none is refused beforehand, answered in one JSON text


# Of a request that failed before it was known what it asks for.
UNKNOWN = Plan((), (), (), (), JSON, NOT_KNOWN_YET)


def plan(router: Router, options: Options, head: Head, start: int) -> Plan:
    """Which calls a request makes whose names start there in its path. The order of the checks is
    tRPC's."""
    if not is_host(head.host):
        raise InvalidURL
    path = decoded_path(head.path[start:])
    kind = input_kind(head)
    is_batch = head.may_batch and kind == JSON
    paths = called_paths(path, options, is_batch=is_batch)
    procedures = [router.find(p) for p in paths]
    type = "mutation" if kind != JSON else only_type(procedures)
    accept = accepted(head)
    info = RequestInfo(is_batch, accept if kind == JSON else None, type, paths)
    indexes = range(len(paths))
    keys = [str(index) for index in indexes]
    is_streamed = accept == LINES
    is_subscription = type == "subscription" and not is_batch
    about = (is_batch, is_streamed, is_subscription, head.may_have_body)
    asked = Plan(paths, indexes, keys, procedures, kind, info, *about)
    return replace(asked, is_plain=is_plain(asked, head.method, options))


def is_plain(asked: Plan, method: str, options: Options) -> bool:
    """Whether no call of a request is refused beforehand, and all are JSON that nobody changes on
    its way."""
    if asked.kind != JSON or asked.is_streamed or asked.is_subscription:
        return False
    if method == "GET" and asked.may_have_body:
        return False
    if options.transformer or options.allow_ill_formed_text or options.response_meta:
        return False
    try:
        require_allowed(asked, options)
        procedures = [require_callable(asked, i, method, options) for i in asked.indexes]
    except RPCError:
        return False
    return all(procedure.output.is_data for procedure in procedures)


class InvalidURL(RPCError):
    """The `Host` header makes no URL, so that nothing is looked into."""

    def __init__(self) -> None:
        super().__init__("BAD_REQUEST", "Invalid URL")


class Planner:
    """Plans, each made once for heads that are alike, as those of one client's calls are: in
    `kept`, under the fields of their Head."""

    def __init__(self, router: Router, options: Options, start: int) -> None:
        require_reachable(router, options.path_separator)
        self._router = router
        self._options = options
        self._start = start  # of the names, behind the mount
        self.kept: dict[tuple[Any, ...], Plan] = {}

    def plan(self, head: Head) -> Plan:
        """Which calls a request makes. Raises what fails it as a whole."""
        asked = plan(self._router, self._options, head, self._start)
        if sum(len(part) for part in head if isinstance(part, str | bytes)) <= LONGEST_KEPT:
            if len(self.kept) == KEPT_PLANS:
                del self.kept[next(iter(self.kept))]
            self.kept[head] = asked
        return asked


def require_reachable(router: Router, separator: str) -> None:
    """Raises ValueError for a name that no URL could say."""
    for name in router if separator != "." else ():
        if separator in name:
            raise ValueError(f"{name!r} has {separator!r} in it, which URLs have for a dot")


def require_allowed(asked: Plan, options: Options) -> None:
    """The last checks that fail a request as a whole."""
    if asked.is_batch and not options.allow_batching:
        raise RPCError("BAD_REQUEST", "Batching is not enabled on the server")
    if asked.is_streamed and not asked.is_batch:
        raise RPCError(
            "BAD_REQUEST", "Streaming requests must be batched (you can do a batch of 1)"
        )


def is_host(header: bytes) -> bool:
    """Whether a `Host` header makes a URL."""
    match = HOST.fullmatch(header.decode("latin-1"))
    return match is not None and int(match["port"] or 0) < 2**16


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
    return [p.replace(options.path_separator, ".") for p in paths]


def parsed_query(raw: bytes) -> Mapping[str, str]:
    """The parameters of a query string; of repeated ones the first counts."""
    if not raw:
        return {}
    if raw == b"batch=1":
        return {"batch": "1"}
    pairs = [pair.partition(b"=") for pair in raw.split(b"&")]
    return {unescaped(name): unescaped(value) for name, _, value in reversed(pairs)}


def unescaped(part: bytes) -> str:
    plain = part.replace(b"+", b" ")
    if plain.find(b"%") >= 0:  # `in` would first try whether the sign is a number
        plain = unquoted(plain)
    return plain.decode("utf-8", "replace")


def unquoted(part: bytes) -> bytes:
    """The same without its escapes, which are those of quoted-printable but for the sign: that one
    is read in C, where urllib loops in Python for the longest part of a query's way."""
    if MALFORMED_ESCAPE.search(part):
        return unquote_to_bytes(part)
    return a2b_qp(part.replace(b"=", b"%3D").replace(b"%", b"="))


def input_kind(head: Head) -> str:
    """The media type that counts. A GET needs none: browsers can open it."""
    content_type = (head.content_type or b"").decode("latin-1")
    kind = content_type.partition(";")[0].strip().lower()
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
    raise RPCError("UNSUPPORTED_MEDIA_TYPE", f'Unsupported content-type "{content_type}')


def only_type(procedures: Iterable[Procedure | None]) -> RequestType:
    types = list(dict.fromkeys(p.type for p in procedures if p is not None))
    if len(types) > 1:
        raise RPCError("BAD_REQUEST", f"Cannot mix procedure types in call: {', '.join(types)}")
    return types[0] if types else "unknown"


def accepted(head: Head) -> str | None:
    """tRPC's `accept`: the header of its own, else a list that names jsonl plainly."""
    if head.trpc_accept is not None:
        return head.trpc_accept.decode("latin-1")
    asked = [one.strip() for one in (head.accept or b"").decode("latin-1").split(",")]
    return LINES if LINES in asked else None


def connection_params(text: str, options: Options) -> Mapping[str, str] | None:
    """Those of a request, which are JSON."""
    try:
        value = decoded(text.encode(), options)
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
    """What a client has seen last. The first that is there counts; an empty one says nothing."""
    if header is None:
        header = query.get("lastEventId", query.get("Last-Event-Id"))
    return header or None


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
