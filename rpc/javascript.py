"""JSON as JavaScript reads and writes it, where msgspec alone would not."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import AsyncIterable, Awaitable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from itertools import accumulate
from typing import Any

import msgspec
from msgspec import NODEFAULT, UNSET, Raw, Struct

from rpc.errors import InputError, RPCError

Text = bytes | Raw

ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
ENCODER = msgspec.json.Encoder()
# The last three are none of msgspec's errors: too many brackets, text that is not Unicode or not
# JSON for Python's own reader, and what a struct raises of itself.
UNREADABLE = (msgspec.MsgspecError, RecursionError, ValueError, RPCError)
OVERFLOWS = ("Number out of range", "Integer value out of range")


def decode(decoder: msgspec.json.Decoder[Any], text: Text) -> Any:
    """The value of a JSON text. Raises InputError for everything that is wrong with it."""
    try:
        return decoder.decode(text)
    except UNREADABLE as error:
        return decode_overflowing(decoder, text, error)


def decode_overflowing(decoder: msgspec.json.Decoder[Any], text: Text, error: Exception) -> Any:
    """The value of a JSON text that was refused for a number like 1e400: in JavaScript that is
    Infinity. Raises InputError for everything else."""
    if not str(error).startswith(OVERFLOWS):
        raise InputError(sentence(error)) from None
    try:
        value = loads(bytes(text).decode())
        json.dumps(value, ensure_ascii=False).encode()  # refuses lone surrogates, as decoders do
        return as_in_json(value, decoder.type)
    except UNREADABLE as error:
        raise InputError(sentence(error)) from None


def as_in_json(value: Any, type: Any) -> Any:
    """Plain values as the JSON decoder of that type would have read them: a key may be the text of
    a number. Raises what msgspec does."""
    return msgspec.convert(value, type, str_keys=True)


def decode_ill_formed(text: bytes) -> Any:
    """The value of a JSON text that may hold lone surrogates, and bytes that are not UTF-8: these
    become U+FFFD. Raises InputError."""
    try:
        return loads(text.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise InputError(sentence(error)) from None


def loads(text: str) -> Any:
    return json.loads(text, parse_int=integer, parse_constant=refuse_constant)


def integer(text: str) -> int | float:
    """An integer where Python is willing to read it."""
    try:
        return int(text)
    except ValueError:
        return math.inf if text[0] != "-" else -math.inf


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def sentence(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return TOO_DEEP
    if isinstance(error, UnicodeError):
        return "the text is not well-formed Unicode"
    return error.message if isinstance(error, RPCError) else str(error)


TOO_DEEP = "JSON is nested too deeply"
SURROGATE = re.compile(rb"\\u[dD][89A-Fa-f]")
STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
# Of Python functions that walk through a value: itself, before Python 3.12 a comprehension, and a
# third for those that are under way already.
CALLS_A_LEVEL = 3
BESIDE_BRACKETS = bytes(byte for byte in range(256) if byte not in STEPS)


def may_be_ill_formed(text: bytes) -> bool:
    """Whether a JSON text has bytes that are not UTF-8, or surrogates, be they alone or not."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return True
    return SURROGATE.search(text) is not None


def require_depth(text: bytes, most: int | None) -> None:
    """Raises InputError for JSON with more brackets open at once, be it those that Python's own
    limit leaves room for. Most texts have fewer pairs of them in all."""
    if most is None:
        most = sys.getrecursionlimit() // CALLS_A_LEVEL
    if len(text.translate(None, BESIDE_BRACKETS)) <= 2 * most:
        return
    brackets = STRING.sub(b"", text).translate(None, BESIDE_BRACKETS)
    if max(accumulate(map(STEPS.__getitem__, brackets)), default=0) > most:
        raise InputError(TOO_DEEP)


def encode(value: Any) -> bytes:
    """The JSON of plain values. Lone surrogates are escapes: UTF-8 has no bytes for them."""
    try:
        return ENCODER.encode(value)
    except UnicodeEncodeError:
        plain = finite(msgspec.to_builtins(value, str_keys=True))
        return json.dumps(plain, separators=(",", ":")).encode()


def finite(value: Any) -> Any:
    """Plain values with null for the numbers that JSON has not."""
    if isinstance(value, dict):
        return {key: finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def is_negative_zero(value: Any) -> bool:
    return type(value) is float and value == 0 and math.copysign(1, value) < 0


def javascript(value: Any) -> Any:
    """A value as JSON.stringify would write it: instants to the millisecond, members whose value is
    undefined left out. Raises TypeError for what is no instant."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, dict):
        return {key: javascript(item) for key, item in value.items() if item is not UNSET}
    if isinstance(value, Struct):
        return javascript(parts_of_struct(value))
    if is_dataclass(value):
        return javascript(parts_of_dataclass(value))
    if isinstance(value, list | tuple | set | frozenset):
        return [None if item is UNSET else javascript(item) for item in value]
    if isinstance(value, Awaitable | AsyncIterable):
        return {}  # as JSON.stringify writes a promise nobody waits for
    return value


def instant(value: datetime) -> str:
    """A Date as JSON has it: UTC, to the millisecond. Raises TypeError for what is no instant."""
    if value.utcoffset() is None:
        raise TypeError("a datetime without a zone is no instant")
    return f"{value.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"


def parts_of_dataclass(value: Any) -> dict[str, Any]:
    """The object that a dataclass is sent as."""
    parts = {one.name: getattr(value, one.name) for one in fields(value)}
    return {name: part for name, part in parts.items() if part is not UNSET}


def parts_of_struct(value: Struct) -> Any:
    """The object that a struct is sent as, or the list, by its options."""
    config = value.__struct_config__
    parts = [getattr(value, name) for name in value.__struct_fields__]
    if config.array_like:
        return parts if config.tag is None else [config.tag, *parts]
    sent: dict[str, Any] = {} if config.tag is None else {str(config.tag_field): config.tag}
    absent = defaults(value) if config.omit_defaults else [UNSET] * len(parts)
    for name, part, default in zip(value.__struct_encode_fields__, parts, absent, strict=True):
        if part is not UNSET and not is_default(part, default):
            sent[name] = part
    return sent


def defaults(value: Struct) -> list[Any]:
    given = value.__struct_defaults__
    return [NODEFAULT] * (len(value.__struct_fields__) - len(given)) + [*given]


def is_default(part: Any, default: Any) -> bool:
    """Whether msgspec's `omit_defaults` leaves it out: the very default, or an empty container."""
    made = getattr(default, "factory", None)
    return part is default or (made in (list, dict, set) and type(part) is made and not part)
