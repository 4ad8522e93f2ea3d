"""tRPC's WebSocket messages as pure functions: what a client asks for, what is said to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec import UNSET

from rpc.answers import Answers
from rpc.errors import RPCError
from rpc.inputs import decoded, deserialized, resumed
from rpc.javascript import encode
from rpc.options import Options
from rpc.tracked import Tracked

TYPES = ("query", "mutation", "subscription")
Id = str | int | float | None
BINARY = "a binary frame"
REFUSED_BINARY = (
    "jsonEncoder received binary data. JSON uses text frames. Use a binary encoder for binary data."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One message of a client: a call, or the wish to stop a subscription."""

    id: Id
    jsonrpc: bool
    method: str
    path: str = ""
    input: Any = UNSET


def head(id: Id, jsonrpc: bool) -> bytes:
    return b'{"id":' + encode(id) + (b',"jsonrpc":"2.0"' if jsonrpc else b"")


def data_text(answers: Answers, value: Any) -> bytes:
    if answers.is_undefined(value):
        return b'"type":"data"'
    return b'"type":"data","data":' + answers.text(value)


def item_text(answers: Answers, item: Any) -> bytes:
    if not isinstance(item, Tracked):
        return data_text(answers, item)
    data = answers.text({"id": item.id, "data": item.data})
    return b'"type":"data","data":' + data + b',"id":' + encode(item.id)


def parsed(text: str, options: Options) -> list[Any]:
    """What a message holds: one wish or several. Raises RPCError."""
    if text is BINARY:
        raise RPCError("PARSE_ERROR", REFUSED_BINARY)
    message = decoded(text.encode(), options)
    return message if isinstance(message, list) else [message]


def is_call(message: Any) -> bool:
    """Whether a message of a refused batch waits for an answer of its own."""
    if not isinstance(message, dict) or message.get("method") == "subscription.stop":
        return False
    return message.get("id") is not None and is_id(message["id"])


def shown(id: Id) -> str:
    """An id as JavaScript would write it into a text."""
    return str(int(id) if isinstance(id, float) and id.is_integer() and abs(id) < 1e21 else id)


def is_id(id: Any) -> bool:
    return id is None or (isinstance(id, str | int | float) and not isinstance(id, bool))


def asked_for(message: Any, options: Options) -> Asked:
    require(isinstance(message, dict), "Not an object")
    id = message.get("id", UNSET)
    require(is_id(id), "Invalid request id")
    require(message.get("jsonrpc", "2.0") == "2.0", "Must be JSONRPC 2.0")
    method, jsonrpc = message.get("method"), "jsonrpc" in message
    if method == "subscription.stop":
        return Asked(id, jsonrpc, method)
    require(method in TYPES, "Invalid procedure type")
    params = message.get("params")
    require(isinstance(params, dict), "Not an object")
    require(isinstance(params.get("path"), str), "Invalid string")
    seen = params.get("lastEventId", UNSET)
    require(seen is UNSET or isinstance(seen, str), "Invalid string")
    input = params.get("input", UNSET)
    if options.transformer is not None:
        input = deserialized(options.transformer, input)
    if seen is not UNSET:
        input = resumed(input, seen)
    return Asked(id, jsonrpc, method, params["path"], input)


def require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise RPCError("PARSE_ERROR", otherwise)
