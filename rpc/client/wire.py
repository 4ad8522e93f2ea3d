"""tRPC v11 as a client speaks it, without I/O: calls -> a request; its reply -> outcomes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from rpc.client.calls import Call
from rpc.errors import CODES, Code, RPCError

LONGEST_QUERY = 2000  # bytes; what is longer is posted, as proxies refuse long addresses
PRINTABLE = re.compile(r"[!-~]([ -~]*[!-~])?")
SPOKEN = ("code", "httpStatus", "path", "reason", "stack")  # members of `data` with a place


class Asked(NamedTuple):
    """One HTTP request. `can_be_repeated`: it may be sent again when nobody knows what it did."""

    method: str
    target: str  # behind the mount
    body: bytes | None
    headers: Mapping[str, str]
    can_be_repeated: bool


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """Seconds, where the server says how many."""
        text = self.headers.get("retry-after", "")
        return float(text) if text.isascii() and text.isdecimal() else None


class NoReply(RPCError):
    """The server could not be reached, or said nothing in time. Unless the request is `unsent`, it
    is not known what was done."""

    def __init__(self, code: Code, message: str, *, unsent: bool = False) -> None:
        super().__init__(code, message)
        self.unsent = unsent


class Data(Struct):
    data: Raw | UnsetType = UNSET


class Shape(Struct):
    """An error. A server that formats its own may send any JSON in the place of `data`, or none."""

    message: str
    data: Any = None

    @property
    def told(self) -> dict[str, Any]:
        return self.data if isinstance(self.data, dict) else {}


class Envelope(Struct):
    result: Data | UnsetType = UNSET
    error: Shape | UnsetType = UNSET


ENVELOPE = msgspec.json.Decoder(Envelope)
ENVELOPES = msgspec.json.Decoder(list[Envelope])


def request_of(call: Call[Any], key: str | None) -> Asked:
    """One call by itself."""
    text = None if call.given is None else msgspec.json.encode(call.given)
    return request(call.of.name, text, [call], key)


def request_of_all(calls: Sequence[Call[Any]], key: str | None) -> Asked:
    """A batch: one request. Raises ValueError where queries and mutations are mixed."""
    if len({call.of.type for call in calls}) > 1:
        raise ValueError("a batch holds queries or mutations, not both")
    inputs = {str(n): call.given for n, call in enumerate(calls) if call.given is not None}
    names = ",".join(call.of.name for call in calls)
    return request(f"{names}?batch=1", msgspec.json.encode(inputs), calls, key)


def request(path: str, text: bytes | None, calls: Sequence[Call[Any]], key: str | None) -> Asked:
    again = all(call.can_be_repeated for call in calls)
    is_mutation = calls[0].of.type == "mutation"
    joint = "&" if "?" in path else "?"
    target = path if text is None else f"{path}{joint}input={quote(text)}"
    if not is_mutation and len(target) <= LONGEST_QUERY:
        return Asked("GET", target, None, {}, again)
    keyed = {} if key is None or not is_mutation else {"idempotency-key": key}
    return Asked("POST", path, text or b"", {"content-type": "application/json", **keyed}, again)


def outcome(call: Call[Any], reply: Reply) -> Any:
    """What one call gave. Raises RPCError."""
    try:
        envelope = ENVELOPE.decode(reply.body)
    except msgspec.DecodeError:
        raise not_trpc(reply) from None
    given = opened(call, envelope, reply)
    if isinstance(given, RPCError):
        raise given
    return given


def outcomes(calls: Sequence[Call[Any]], reply: Reply) -> list[Any]:
    """What each call of a batch gave, or the RPCError it was refused with. Raises RPCError for a
    batch that was refused as a whole."""
    try:
        envelopes = ENVELOPES.decode(reply.body)
    except msgspec.DecodeError:
        return [outcome(calls[0], reply) for _ in calls]
    if len(envelopes) != len(calls):
        raise not_trpc(reply)
    return [opened(c, envelope, reply) for c, envelope in zip(calls, envelopes, strict=True)]


def opened(call: Call[Any], envelope: Envelope, reply: Reply) -> Any:
    if envelope.error is not UNSET:
        return refusal(envelope.error, reply)
    if envelope.result is UNSET:
        return not_trpc(reply)
    data = envelope.result.data
    return None if data is UNSET else read(call, data)


def read(call: Call[Any], text: bytes | str | Raw) -> Any:
    """What a procedure gave, or the RPCError that it is nothing it may give: servers that are newer
    than their clients may know other words."""
    try:
        return call.of.decoder.decode(text)
    except msgspec.DecodeError as error:
        message = f"{call.of.name} gave what this client does not understand: {error}"
        return RPCError("INTERNAL_SERVER_ERROR", message)


def refusal(shape: Shape, reply: Reply | None) -> RPCError:
    """The error that the server raised, as far as it tells; one within a stream has no reply."""
    status = 500 if reply is None else reply.status
    code = next((one for one in CODES if one == shape.told.get("code")), code_of(status))
    waits = None if reply is None or reply.retry_after is None else int(reply.retry_after)
    error = RPCError(code, shape.message, reason=shape.told.get("reason"), retry_after=waits)
    error.data = {name: value for name, value in shape.told.items() if name not in SPOKEN}
    return error


def statuses(reply: Reply) -> set[int]:
    """The HTTP statuses of the calls of a batch that were refused."""
    try:
        envelopes = ENVELOPES.decode(reply.body)
    except msgspec.DecodeError:
        return set()
    told = (envelope.error.told for envelope in envelopes if envelope.error is not UNSET)
    return {data.get("httpStatus", 0) for data in told}


def not_trpc(reply: Reply) -> RPCError:
    """What came is no answer of a procedure server: that of a proxy, or of another program."""
    text = f"status {reply.status}, and no answer of a tRPC server: is the URL right?"
    return RPCError(code_of(reply.status), text)


def code_of(status: int) -> Code:
    known = {numbers.http: code for code, numbers in reversed(CODES.items())}
    return known.get(status, "INTERNAL_SERVER_ERROR")


def is_carried(text: str) -> bool:
    """Whether a header arrives as it was sent: spaces at its ends are lost on the way."""
    return PRINTABLE.fullmatch(text) is not None
