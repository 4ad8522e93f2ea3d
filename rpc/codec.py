"""JSON in and out: how an annotation reads an input, checks an output, and what goes wrong then."""

from __future__ import annotations

from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from rpc.errors import InputError, RPCError

Text = bytes | Raw

encode = msgspec.json.Encoder().encode


def decode(decoder: msgspec.json.Decoder[Any], text: Text) -> Any:
    """The value of a JSON text. Raises InputError for everything that is wrong with it."""
    try:
        return decoder.decode(text)
    # The last two are no MsgspecError: too many brackets, bytes that are not UTF-8.
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise InputError(sentence(error)) from None


def sentence(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "JSON is nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "the text is not UTF-8"
    return str(error)


class Input:
    """How a procedure's input is read. An absent input is `undefined`, which is not null:
    for a struct it stands for `{}`, elsewhere it is UNSET where the annotation allows it."""

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation
        self.type, self.optional = without_unset(annotation)
        self.is_struct = isinstance(self.type, type) and issubclass(self.type, Struct)
        self._decoder = msgspec.json.Decoder(self.type)

    def decode(self, text: Text | None) -> Any:
        """Read JSON; None is an absent input. Raises InputError."""
        if text is None:
            return self.absent()
        return decode(self._decoder, text)

    def convert(self, value: Any) -> Any:
        """Read Python values, or a struct that is already right; UNSET is an absent input."""
        if value is UNSET:
            return self.absent()
        try:
            return msgspec.convert(value, self.type)
        except (msgspec.ValidationError, RecursionError) as error:
            raise InputError(sentence(error)) from None

    def absent(self) -> Any:
        if self.optional:
            return UNSET
        if self.is_struct:
            return decode(self._decoder, b"{}")
        raise InputError("an input is required")


class Output:
    """What a procedure promises to return. Anything else is a fault of ours, not of the caller."""

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation
        self.type, self.optional = without_unset(annotation)

    def check(self, value: Any) -> Any:
        if value is UNSET and self.optional:
            return value
        try:
            return msgspec.convert(value, self.type)
        except (msgspec.ValidationError, RecursionError) as error:
            raise RPCError("INTERNAL_SERVER_ERROR", "Output validation failed") from error


def without_unset(annotation: Any) -> tuple[Any, bool]:
    """The annotation as msgspec shall see it, and whether `undefined` is one of its values."""
    if annotation is UnsetType:
        return None, True
    if annotation is Any:
        return Any, True
    if get_origin(annotation) is Annotated:
        inner, optional = without_unset(get_args(annotation)[0])
        return Annotated[(inner, *get_args(annotation)[1:])], optional
    members = get_args(annotation) if get_origin(annotation) in (Union, UnionType) else ()
    if UnsetType not in members:
        return annotation, False
    return reduce(or_, (m for m in members if m is not UnsetType)), True
