"""What a mount allows and how it speaks: limits, batching, streams, errors, transformer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from msgspec import UNSET

from rpc.call import OnCall, Source
from rpc.errors import RPCError
from rpc.procedure import ProcedureType

RequestType = ProcedureType | Literal["unknown"]


class Transformer(Protocol):
    """Turns Python values into JSON values and back; `msgspec.UNSET` stands for undefined."""

    def serialize(self, value: Any) -> Any: ...

    def deserialize(self, value: Any) -> Any:
        """Raises ValueError, with a text for the caller, for what is not its own."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """What a formatter may look at. `path` is None and `type` unknown where no call failed."""

    error: RPCError
    type: RequestType = "unknown"
    path: str | None = None
    ctx: Any = None
    source: Source | None = None  # of an input that somebody has read

    @property
    def input(self) -> Any:
        """The raw input as JSON values; UNSET if there was none or nobody has read it."""
        if self.source is None:
            return UNSET
        try:
            return self.source.raw()
        except RPCError:
            return UNSET


class FormatError(Protocol):
    """Makes the error that is sent out of the default shape: `{message, code, data}`."""

    def __call__(self, shape: dict[str, Any], failure: Failure) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Response:
    """What `response_meta` may look at. `is_eager`: a stream begins, nothing has resulted yet."""

    ctx: Any
    type: RequestType
    paths: Sequence[str] | None
    errors: Sequence[RPCError]
    count: int  # of answers: results and errors
    is_eager: bool


@dataclass(frozen=True, slots=True)
class Meta:
    """Headers to add to an answer, and the status to answer with instead of the computed one."""

    headers: Sequence[tuple[str, str]] = ()
    status: int | None = None


class ResponseMeta(Protocol):
    """Called once for each HTTP answer, failures of the whole request included."""

    def __call__(self, response: Response) -> Meta: ...


def require_positive(*given: int | None) -> None:
    """Raises ValueError for 0, with which nothing could go on: None is never, or anything."""
    if any(one is not None and one <= 0 for one in given):
        raise ValueError("times and numbers must be more than 0; None stands for no limit")


@dataclass(frozen=True, slots=True)
class SSE:
    """Subscriptions over server-sent events; times in milliseconds, None = never."""

    enabled: bool = True
    ping_ms: int | None = None
    reconnect_after_inactivity_ms: int | None = None  # told to the client
    max_duration_ms: int | None = None
    emit_and_end_immediately: bool = False

    def __post_init__(self) -> None:
        require_positive(self.ping_ms, self.max_duration_ms)
        inactivity = self.reconnect_after_inactivity_ms
        if self.ping_ms and inactivity and self.ping_ms > inactivity:
            raise ValueError("ping_ms must not exceed reconnect_after_inactivity_ms")

    @property
    def for_client(self) -> Mapping[str, int]:
        inactivity = self.reconnect_after_inactivity_ms
        return {} if inactivity is None else {"reconnectAfterInactivityMs": inactivity}


@dataclass(frozen=True, slots=True)
class JSONL:
    """Streamed batches."""

    content_type: str = "application/json"
    ping_ms: int | None = None

    def __post_init__(self) -> None:
        require_positive(self.ping_ms)


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """On a WebSocket: PING after so much quiet, cut after so much more without any message."""

    ping_ms: int = 30_000
    pong_wait_ms: int = 5_000

    def __post_init__(self) -> None:
        require_positive(self.ping_ms, self.pong_wait_ms)


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What one WebSocket may have under way, None = anything."""

    max_subscriptions: int | None = 100
    max_calls: int | None = 100  # what comes while there are as many is not read before one ends
    params_wait_ms: int | None = 10_000  # for connection params that were announced

    def __post_init__(self) -> None:
        require_positive(self.max_calls, self.params_wait_ms)


@dataclass(frozen=True, slots=True)
class FormLimits:
    """What a multipart form may hold, None = anything."""

    max_parts: int | None = 1000
    max_field_size: int | None = 2**20  # bytes of one part that is not a file


def unchanged(shape: dict[str, Any], failure: Failure) -> dict[str, Any]:
    return shape


@dataclass(frozen=True, slots=True)
class Options:
    """The limits are ours: tRPC has none by default. Everything else is tRPC's default. JSON
    without a `max_depth` may be a third as deep as Python may recurse (`sys.setrecursionlimit`)."""

    allow_batching: bool = True
    max_batch_size: int | None = 50
    max_body_size: int | None = 2**20  # bytes
    max_depth: int | None = 128  # of the brackets of a request's JSON
    allow_ill_formed_text: bool = False  # lone surrogates; as U+FFFD, bytes that are not UTF-8
    allow_method_override: bool = False
    head_status: int = 204  # what HEAD is answered with, whatever the path
    path_separator: Literal[".", "_", "~", "-"] = "."
    is_dev: bool = False  # errors carry data.stack
    transformer: Transformer | None = None
    format_error: FormatError = unchanged
    response_meta: ResponseMeta | None = None
    on_call: OnCall | None = None
    sse: SSE = field(default_factory=SSE)
    jsonl: JSONL = field(default_factory=JSONL)
    keep_alive: KeepAlive | None = None
    sockets: SocketLimits = field(default_factory=SocketLimits)
    forms: FormLimits = field(default_factory=FormLimits)
