"""JSON in and out: how an annotation reads an input, checks an output, and what goes wrong then."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, is_typeddict

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from rpc.errors import InputError, RPCError

Text = bytes | Raw

ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder()
encode = msgspec.json.Encoder().encode


def decode(decoder: msgspec.json.Decoder[Any], text: Text) -> Any:
    """The value of a JSON text. Raises InputError for everything that is wrong with it."""
    try:
        return decoder.decode(text)
    # The last two are no MsgspecError: too many brackets, bytes that are not UTF-8.
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        if str(error).startswith("Number out of range"):
            return decode_overflowing(decoder, text)
        raise InputError(sentence(error)) from None


def decode_overflowing(decoder: msgspec.json.Decoder[Any], text: Text) -> Any:
    """The value of a JSON text with a number like 1e400: in JavaScript that is Infinity."""
    try:
        value = json.loads(bytes(text), parse_constant=refuse_constant)
        encode(value)  # refuses lone surrogates, as the decoder does
        return msgspec.convert(value, decoder.type)
    except (ValueError, RecursionError) as error:
        raise InputError(sentence(error)) from None


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def sentence(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "JSON is nested too deeply"
    if isinstance(error, UnicodeError):
        return "the text is not UTF-8"
    return str(error)


def encode_as_javascript(value: Any) -> bytes:
    """JSON of any value as JSON.stringify would write it: instants to the millisecond, members
    whose value is undefined left out. Raises TypeError for what JSON cannot hold."""
    return encode(javascript(value))


def javascript(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a datetime without a zone is no instant")
        return f"{value.astimezone(UTC).isoformat(timespec='milliseconds')[:-6]}Z"
    if isinstance(value, dict):
        return {key: javascript(item) for key, item in value.items() if item is not UNSET}
    if isinstance(value, Struct):
        return javascript(members(value))
    if is_dataclass(value):
        return javascript({one.name: getattr(value, one.name) for one in fields(value)})
    if isinstance(value, list | tuple | set | frozenset):
        return [None if item is UNSET else javascript(item) for item in value]
    if isinstance(value, Awaitable | AsyncIterable):
        return {}  # as JSON.stringify writes a promise nobody waits for
    return value


def members(value: Struct) -> dict[str, Any]:
    """A struct as the object it is sent as."""
    names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
    tag = value.__struct_config__.tag
    head = {} if tag is None else {value.__struct_config__.tag_field: tag}
    return head | {sent: getattr(value, name) for sent, name in names}


class Input:
    """How a procedure's input is read. An absent input is `undefined`, which is not null:
    for a struct it stands for `{}`, elsewhere it is UNSET where the annotation allows it."""

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation
        self.type, self.optional = without_unset(annotation)
        self.is_struct = isinstance(self.type, type) and issubclass(self.type, Struct)
        self.is_json = not (isinstance(self.type, type) and issubclass(self.type, NotJSON))
        self._decoder = msgspec.json.Decoder(self.type if self.is_json else Never)

    def decode(self, text: Text | None) -> Any:
        """Read JSON; None is an absent input. Raises InputError."""
        if text is None:
            return self.absent()
        return decode(self._decoder, text)

    def convert(self, value: Any) -> Any:
        """Read Python values, or a struct that is already right; UNSET is an absent input."""
        if value is UNSET:
            return self.absent()
        if not self.is_json:
            return self.given(value)
        try:
            return msgspec.convert(value, self.type)
        except (msgspec.ValidationError, RecursionError) as error:
            raise InputError(sentence(error)) from None

    def given(self, value: Any) -> Any:
        if not isinstance(value, self.type):
            raise InputError(f"the input must be sent as {self.type.media_type}")
        return value

    def absent(self) -> Any:
        if self.optional:
            return UNSET
        if self.is_struct:
            return decode(self._decoder, b"{}")
        raise InputError("an input is required")


class NotJSON:
    """Base of the inputs that are no JSON: forms and byte streams."""

    media_type = ""


class Never(Struct, forbid_unknown_fields=True):
    """What no JSON text is."""

    sent_otherwise: bool

    def __post_init__(self) -> None:
        raise ValueError("this procedure does not take JSON")


class Output:
    """What a procedure promises to return. Anything else is a fault of ours, not of the caller."""

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation
        self.type, self.optional = without_unset(annotation)
        self.is_stream = get_origin(self.type) in STREAMS
        self.encode = encode if is_plain(self.type) else encode_as_javascript

    def check(self, value: Any) -> Any:
        if self.type is Any or self.is_stream or (value is UNSET and self.optional):
            return value
        try:
            return msgspec.convert(value, self.type)
        except (msgspec.ValidationError, RecursionError) as error:
            raise RPCError("INTERNAL_SERVER_ERROR", "Output validation failed") from error


STREAMS = (AsyncIterator, AsyncIterable, AsyncGenerator)


def is_plain(annotation: Any) -> bool:
    """Whether msgspec writes such values as JavaScript would. Whatever hides behind an Any inside
    a struct is taken to be plain JSON values."""
    seen: dict[int, Any] = {}  # by id: not every annotation can be hashed
    waiting = [(annotation, False)]
    while waiting:
        one, in_struct = waiting.pop()
        if one is datetime or (one is Any and not in_struct) or has_members(one):
            return False
        if id(one) in seen:
            continue
        seen[id(one)] = one
        if isinstance(one, type) and issubclass(one, Struct):
            waiting += [(field.type, True) for field in msgspec.structs.fields(one)]
        waiting += [(part, in_struct) for part in parts(one) if part is not None]
    return True


def has_members(annotation: Any) -> bool:
    """Whether a class is a dataclass, a TypedDict or a NamedTuple: these are not looked into."""
    return is_dataclass(annotation) or is_typeddict(annotation) or hasattr(annotation, "_fields")


def parts(annotation: Any) -> tuple[Any, ...]:
    """What an annotation is made of: its class, its arguments, what an alias stands for."""
    named = (get_origin(annotation), getattr(annotation, "__supertype__", None))
    return *named, getattr(annotation, "__value__", None), *get_args(annotation)


def without_unset(annotation: Any) -> tuple[Any, bool]:
    """The annotation as msgspec shall see it, and whether `undefined` is one of its values."""
    if annotation is UnsetType:
        return None, True
    if annotation is Any:
        return Any, True
    if get_origin(annotation) is Annotated:
        inner, optional = without_unset(get_args(annotation)[0])
        return Annotated[(inner, *get_args(annotation)[1:])], optional
    names = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    if UnsetType not in names:
        return annotation, False
    return reduce(or_, (name for name in names if name is not UnsetType)), True
