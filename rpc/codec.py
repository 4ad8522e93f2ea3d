"""How an annotation reads an input and checks an output, streamed ones item by item."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator
from dataclasses import is_dataclass
from datetime import datetime
from functools import reduce
from operator import countOf, or_
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import msgspec
from msgspec import UNSET, Meta, Struct

from rpc.annotations import alternatives, may_be_unset, without_unset
from rpc.errors import InputError, RPCError
from rpc.javascript import (
    UNREADABLE,
    Text,
    as_in_json,
    decode,
    decode_overflowing,
    is_negative_zero,
    sentence,
)
from rpc.tracked import Returned, Tracked

# What is raised for values that do not fit: the last by a struct that looks at itself.
MISFITS = (msgspec.ValidationError, RecursionError, UnicodeEncodeError, RPCError)


class Input:
    """How a procedure's input is read. An absent input is `undefined`, which is not null:
    for a struct it stands for `{}`, elsewhere it is UNSET where the annotation allows it."""

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation
        self.type, self.optional = without_unset(annotation)
        self.is_struct = is_struct(self.type)
        self.is_required = not self.optional and is_required(self.type)
        self.is_json = not (isinstance(self.type, type) and issubclass(self.type, NotJSON))
        self._decoder: Any = msgspec.json.Decoder(self.type) if self.is_json else Never(self.type)

    def decode(self, text: Text | None) -> Any:
        """Read JSON; None is an absent input. Raises InputError."""
        if text is None:
            return self.absent()
        try:
            return self._decoder.decode(text)
        except UNREADABLE as error:
            return decode_overflowing(self._decoder, text, error)

    def convert(self, value: Any) -> Any:
        """Read Python values, or a struct that is already right; UNSET is an absent input."""
        if value is UNSET:
            return self.absent()
        if not self.is_json:
            return self.given(value)
        try:
            return value if self.type is Any else fitted(defined(value), self.type)
        except MISFITS as error:
            raise InputError(sentence(error)) from None

    def given(self, value: Any) -> Any:
        return value if isinstance(value, self.type) else self._decoder.decode(value)

    def absent(self) -> Any:
        if self.optional:
            return UNSET
        if is_made_of_fields(self.type):
            return decode(self._decoder, b"{}")
        raise InputError("an input is required")


def defined(value: Any) -> Any:
    """A value without members that are undefined: for a typed input they are not there."""
    if isinstance(value, dict):
        return type(value)({k: defined(v) for k, v in value.items() if v is not UNSET})
    return [defined(item) for item in value] if type(value) is list else value


def fitted(value: Any, type: Any) -> Any:
    """Plain values in that type. Where an int is wanted -0 is 0; there is no other in Python."""
    try:
        return as_in_json(value, type)
    except msgspec.ValidationError:
        return as_in_json(without_negative_zeros(value), type)


def without_negative_zeros(value: Any) -> Any:
    if isinstance(value, dict):
        return type(value)({k: without_negative_zeros(v) for k, v in value.items()})
    if type(value) is list:
        return [without_negative_zeros(item) for item in value]
    return 0 if is_negative_zero(value) else value


class NotJSON:
    """Base of the inputs that are no JSON: forms and byte streams."""

    media_type = ""


class Never:
    """Decodes nothing: the input is no JSON."""

    def __init__(self, kind: type[NotJSON]) -> None:
        self.media_type = kind.media_type

    def decode(self, value: object) -> None:
        raise InputError(f"the input must be sent as {self.media_type}")


class Output:
    """What a procedure promises to return. Anything else is a fault of ours, not of the caller."""

    def __init__(self, annotation: Any) -> None:
        self.annotation = annotation
        self.type, self.optional = without_unset(annotation)
        is_stream = get_origin(self.type) in STREAMS
        self.each = get_args(self.type)[0] if is_stream else self.type  # of a stream, each item
        self.item = Item(self.each) if is_stream else None
        self._member = member_of(self.type)
        made_of = [*walked(annotation)]
        require_instants(made_of)
        # Whether every value is sent as msgspec writes it.
        self.is_data = not is_stream and not self.optional and is_plain(made_of)

    def check(self, value: Any) -> Any:
        """The value, or its items as they come, in the promised type. Raises RPCError."""
        # What msgspec would say of these too: it looks into no struct that is one already.
        of = self._member
        if of and type(value) is list and countOf(map(type, value), of) == len(value):
            return value
        if type(value) is self.type or self.type is Any or (value is UNSET and self.optional):
            return value
        if self.item is not None:
            return self.item.checked(value)
        try:
            return msgspec.convert(value, self.type)
        except MISFITS as error:
            raise RPCError("INTERNAL_SERVER_ERROR", INVALID) from error


def member_of(annotation: Any) -> type[Struct] | None:
    """The class of the members, of a list of structs."""
    members = get_args(annotation) if get_origin(annotation) is list else ()
    return members[0] if members and is_struct(members[0]) else None


def is_struct(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Struct)


def is_made_of_fields(annotation: Any) -> bool:
    """Whether it is a struct, or a generic one of something: `Page[int]`."""
    return is_struct(get_origin(annotation) or annotation)


def is_required(annotation: Any) -> bool:
    """Whether an input must be there: not for a struct whose fields all have defaults."""
    if not is_made_of_fields(annotation):
        return True
    return any(field.required for field in msgspec.structs.fields(annotation))


INVALID = "Output validation failed"
STREAMS = (AsyncIterator, AsyncIterable, AsyncGenerator)


class Item:
    """What a stream promises to yield."""

    def __init__(self, annotation: Any) -> None:
        self._plain = Output(annotation)
        self._data = Output(data_of(annotation))

    def checked(self, value: Any) -> Any:
        """An iterable that fails at the first item that was not promised."""
        if not hasattr(value, "__aiter__"):
            raise RPCError("INTERNAL_SERVER_ERROR", INVALID)
        return value if self._plain.type is Any else Checked(value, self)

    def check(self, item: Any) -> Any:
        if isinstance(item, Returned):
            return item
        if isinstance(item, Tracked):
            return Tracked(item.id, self._data.check(item.data))
        return self._plain.check(item)


def data_of(annotation: Any) -> Any:
    """What tracked items hold: what is said of them, else what is said of all."""
    tracked = [one for one in alternatives(annotation) if (get_origin(one) or one) is Tracked]
    if not tracked:
        return annotation
    return Any if Tracked in tracked else reduce(or_, (get_args(one)[0] for one in tracked))


class Checked:
    """The items of an iterable, each checked when it comes."""

    def __init__(self, iterable: AsyncIterable[Any], item: Item) -> None:
        self._iterator = aiter(iterable)
        self._item = item

    def __aiter__(self) -> Checked:
        return self

    async def __anext__(self) -> Any:
        return self._item.check(await anext(self._iterator))

    async def aclose(self) -> None:
        if hasattr(self._iterator, "aclose"):
            await self._iterator.aclose()


def is_plain(made_of: list[tuple[Any, bool]]) -> bool:
    """Whether msgspec writes such values as JavaScript would. Whatever hides behind an Any inside
    a struct is taken to be plain JSON values."""
    return not any(
        one is datetime or (one is Any and not in_struct) or has_members(one) or has_gaps(one)
        for one, in_struct in made_of
    )


def require_instants(made_of: list[tuple[Any, bool]]) -> None:
    """Raises TypeError for an output that could never be sent."""
    if any(isinstance(one, Meta) and one.tz is False for one, _ in made_of):
        raise TypeError("a datetime without offset is no instant to be sent: declare a str")


def walked(annotation: Any) -> Iterator[tuple[Any, bool]]:
    """An annotation and all that it is made of, and whether that is inside a struct."""
    seen: dict[tuple[int, bool], Any] = {}  # by id: not every annotation can be hashed
    waiting = [(annotation, False)]
    while waiting:
        one, in_struct = waiting.pop()
        yield one, in_struct
        if (id(one), in_struct) in seen:
            continue
        seen[id(one), in_struct] = one
        if is_struct(one):
            waiting += [(field.type, True) for field in msgspec.structs.fields(one)]
        elif has_members(one):
            hints = get_type_hints(one, include_extras=True).values()
            waiting += [(hint, in_struct) for hint in hints]
        waiting += [(part, in_struct) for part in parts(one) if part is not None]


def has_members(annotation: Any) -> bool:
    """Whether a class is a dataclass, a TypedDict or a NamedTuple: msgspec alone writes none."""
    return is_dataclass(annotation) or is_typeddict(annotation) or hasattr(annotation, "_fields")


def has_gaps(annotation: Any) -> bool:
    """Whether it is a struct sent as an array whose elements may be undefined."""
    if not is_struct(annotation) or not annotation.__struct_config__.array_like:
        return False
    return any(may_be_unset(field.type) for field in msgspec.structs.fields(annotation))


def parts(annotation: Any) -> tuple[Any, ...]:
    """What an annotation is made of: its class, its arguments, what an alias stands for."""
    named = (get_origin(annotation), getattr(annotation, "__supertype__", None))
    return *named, getattr(annotation, "__value__", None), *get_args(annotation)
