"""Python types -> TypeScript: how each is written, named and described. It knows no procedures.

`msgspec.inspect` tells what a type is. What it calls a named type (struct, dataclass, TypedDict,
NamedTuple, enum) is declared once, under its class's name; everything else is written in place.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Iterator, Set
from enum import Flag
from inspect import cleandoc
from itertools import chain, takewhile
from typing import Any, TypeGuard, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, inspect
from msgspec.inspect import Field, Type

from rpc.annotations import may_be_unset
from rpc.typescript_text import array, block, comment, literal, property_key, union

Record = inspect.StructType | inspect.DataclassType | inspect.TypedDictType | inspect.NamedTupleType
Named = Record | inspect.EnumType
Sequence = inspect.ListType | inspect.SetType | inspect.FrozenSetType | inspect.VarTupleType

# How a scalar is written, and what TypeScript cannot say about it.
SCALARS: dict[type[Type], tuple[str, str]] = {
    inspect.AnyType: ("unknown", ""),
    inspect.RawType: ("unknown", ""),
    inspect.NoneType: ("null", ""),
    inspect.BoolType: ("boolean", ""),
    inspect.IntType: ("number", ""),
    inspect.FloatType: ("number", ""),
    inspect.StrType: ("string", ""),
    inspect.BytesType: ("string", "base64"),
    inspect.ByteArrayType: ("string", "base64"),
    inspect.MemoryViewType: ("string", "base64"),
    inspect.DateTimeType: ("string", "instant (RFC 3339)"),
    inspect.DateType: ("string", "date (YYYY-MM-DD)"),
    inspect.TimeType: ("string", "time of day (RFC 3339)"),
    inspect.TimeDeltaType: ("string", "duration (ISO 8601)"),
    inspect.UUIDType: ("string", "UUID"),
    inspect.DecimalType: ("string", "decimal number"),
}
# No member of a JSON object is named by a value of these.
NO_NAMES = (inspect.BoolType, inspect.NoneType, inspect.RawType)
LIMITS = {
    "gt": "more than",
    "ge": "at least",
    "lt": "less than",
    "le": "at most",
    "multiple_of": "a multiple of",
    "min_length": "length at least",
    "max_length": "length at most",
    "pattern": "pattern",
}


class Side:
    """The types of all inputs or of all outputs: the two differ in what may be left out.

    `types` are the named ones by class; `names` has to be filled before anything is written.
    """

    scalars = SCALARS
    unsent = "has no JSON form"
    own: Set[str] = frozenset()  # names that are TypeScript's in what it writes
    gap = "null"  # what an array that is sent has in the place of undefined

    def __init__(self, types: Iterable[Type], *, is_input: bool) -> None:
        self.types: dict[Any, Named] = {
            part.cls: part for info in types for part in walk(info) if self.is_named(part)
        }
        self.names: dict[Any, str] = {}
        self.is_input = is_input

    def is_named(self, part: Type | Field) -> TypeGuard[Named]:
        return isinstance(part, Named)

    def is_sent(self, part: Type | Field) -> bool:
        """Whether values of a type can be sent, as far as it is not for what they consist of."""
        if isinstance(part, inspect.DictType):
            return all(map(is_name, alternatives(part.key_type)))
        return not isinstance(part, inspect.CustomType | inspect.ExtType)

    def spell(self, info: Type) -> str:
        """The type as TypeScript writes it."""
        match info:
            case inspect.Metadata():
                return self.spell(info.type)
            case inspect.LiteralType():
                return union(map(literal, info.values))
            case inspect.UnionType():
                return union(map(self.spell, info.types))
            case inspect.TupleType():
                return f"[{', '.join(map(self.spell, info.item_types))}]"
            case inspect.DictType():
                return self.mapping(info)
            case _ if isinstance(info, Sequence):
                return array(self.spell(info.item_type))
            case _ if isinstance(info, Named):
                return self.names[info.cls]
        return self.scalars[type(info)][0]

    def mapping(self, info: inspect.DictType) -> str:
        key, value = bare(info.key_type), self.spell(info.value_type)
        is_number = isinstance(key, inspect.IntType | inspect.FloatType) or is_flag(key)
        if isinstance(key, inspect.LiteralType | inspect.EnumType) and not is_number:
            return f"{{ [key in {self.spell(key)}]?: {value} }}"
        # Not `Record`: a class may have that name.
        kind = "number" if is_number else "string"
        return f"{{ [key: {kind}]: {value} }}"

    def declarations(self) -> dict[str, str]:
        """Each name and the statement that exports it."""
        return {self.names[cls]: self.declaration(info) for cls, info in self.types.items()}

    def declaration(self, info: Named) -> str:
        return "\n".join([*comment(class_doc(info.cls)), *self.statement(info)])

    def statement(self, info: Named) -> Iterator[str]:
        name = self.names[info.cls]
        if isinstance(info, inspect.EnumType):
            values = (literal(member.value) for member in info.cls)
            yield f"export type {name} = {'number' if is_flag(info) else union(values)};"
        elif is_array(info):
            yield f"export type {name} = [{', '.join(self.elements(info))}];"
        else:
            yield from block(f"export interface {name} {{", self.members(info), "}")

    def members(self, info: Record) -> Iterator[str]:
        yield from (f"{property_key(name)}: {literal(value)};" for name, value in tag(info))
        optional = optional_fields(info, is_input=self.is_input)
        for field in info.fields:
            yield from comment(self.field_doc(field))
            mark = "?" if field.name in optional else ""
            yield f"{property_key(field.encode_name)}{mark}: {self.spell(field.type)};"

    def elements(self, info: Record) -> Iterator[str]:
        yield from (f"tag: {literal(value)}" for _, value in tag(info))
        optional = optional_fields(info, is_input=self.is_input)
        gaps = set() if self.is_input else unset_fields(info)
        for field in info.fields:
            mark = "?" if field.name in optional else ""
            kinds = [self.spell(field.type), *([self.gap] if field.name in gaps else [])]
            yield f"{field.name}{mark}: {union(kinds)}"

    def field_doc(self, field: Field) -> str:
        facts = [*self.notes(field.type)]
        if self.is_input and field.default not in (NODEFAULT, None):
            facts.append(f"default {self.default(field.default)}")
        sentence = f"{capitalised(', '.join(facts))}." if facts else ""
        return "\n\n".join(filter(None, [description(field.type), sentence]))

    def default(self, value: Any) -> str:
        return msgspec.json.encode(value).decode()

    def notes(self, info: Type) -> Iterator[str]:
        """What TypeScript cannot say about a type."""
        match info:
            case inspect.Metadata():
                yield from self.notes(info.type)
            case inspect.UnionType():
                yield from chain.from_iterable(map(self.notes, info.types))
            case inspect.DictType():
                yield from [*limits(info), *self.each(info.value_type)]
            case _ if isinstance(info, Sequence):
                yield from [*limits(info), *self.each(info.item_type)]
            case _:
                yield from filter(None, [self.written_form(info), *limits(info)])

    def each(self, item: Type) -> list[str]:
        facts = ", ".join(self.notes(item))
        return [f"each: {facts}"] if facts else []

    def written_form(self, info: Type) -> str:
        if isinstance(info, inspect.DateTimeType) and info.tz is False:
            return "date and time of day, without offset"
        return self.scalars.get(type(info), ("", ""))[1]


def walk(info: Type | Field, seen: set[Any] | None = None) -> Iterator[Type | Field]:
    """A type and everything in it, each named type once."""
    seen = set() if seen is None else seen
    if isinstance(info, Named):
        if info.cls in seen:
            return
        seen.add(info.cls)
    yield info
    for value in msgspec.structs.astuple(info):
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Type | Field):
                yield from walk(part, seen)


def optional_fields(info: Record, *, is_input: bool) -> set[str]:
    """The fields that may be absent from the JSON."""
    if is_array(info):
        at_the_end = takewhile(lambda field: not field.required, reversed(info.fields))
        return {field.name for field in at_the_end if is_input}
    defaulted = {field.name for field in info.fields if not field.required}
    if is_input or isinstance(info, inspect.TypedDictType):
        return defaulted
    unset = unset_fields(info)
    return unset | defaulted if omits_defaults(info) else unset


def unset_fields(info: Record) -> set[str]:
    return {name for name, hint in hints(info).items() if may_be_unset(hint)}


def hints(info: Record) -> dict[str, Any]:
    """What the fields are annotated with; in a struct that is generic, as it is in use."""
    if isinstance(info, inspect.StructType):
        return {field.name: field.type for field in msgspec.structs.fields(info.cls)}
    return get_type_hints(origin(info.cls), include_extras=True)


def is_array(info: Record) -> bool:
    return isinstance(info, inspect.NamedTupleType) or getattr(info, "array_like", False)


def omits_defaults(info: Record) -> bool:
    return isinstance(info, inspect.StructType) and origin(info.cls).__struct_config__.omit_defaults


def origin(cls: Any) -> Any:
    """A class; the class of a generic in use."""
    return get_origin(cls) or cls


def tag(info: Record) -> list[tuple[str, str | int]]:
    if not isinstance(info, inspect.StructType) or info.tag_field is None or info.tag is None:
        return []
    return [(info.tag_field, info.tag)]


def bare(info: Type) -> Type:
    return info.type if isinstance(info, inspect.Metadata) else info


def alternatives(info: Type) -> Iterator[Type]:
    """The members of a union, else the type alone, without what limits them."""
    match info:
        case inspect.Metadata():
            yield from alternatives(info.type)
        case inspect.UnionType():
            yield from chain.from_iterable(map(alternatives, info.types))
        case _:
            yield info


def is_name(key: Type) -> bool:
    if isinstance(key, inspect.LiteralType):
        return all(type(value) in (str, int) for value in key.values)
    is_scalar = type(key) in SCALARS and not isinstance(key, NO_NAMES)
    return is_scalar or isinstance(key, inspect.EnumType)


def is_flag(info: Type) -> bool:
    """Whether combinations of an enum's members are values of it too."""
    return isinstance(info, inspect.EnumType) and issubclass(info.cls, Flag)


def class_doc(cls: Any) -> str:
    """What somebody wrote: dataclasses and named tuples come with a docstring of their fields."""
    doc = origin(cls).__doc__ or ""
    return "" if doc.startswith(f"{origin(cls).__name__}(") else cleandoc(doc)


def description(info: Type) -> str:
    match info:
        case inspect.Metadata():
            own = (info.extra_json_schema or {}).get("description", "")
            return own or description(info.type)
        case inspect.UnionType():
            return next(filter(None, map(description, info.types)), "")
    return ""


def limits(info: Type) -> Iterator[str]:
    for attribute, words in LIMITS.items():
        limit = getattr(info, attribute, None)
        if limit is not None:
            yield f"{words} {limit}"


def differs(info: Named) -> bool:
    """Whether a type, or one it contains, is another thing as an input than as an output."""
    return any(
        optional_fields(part, is_input=True) != optional_fields(part, is_input=False)
        or (is_array(part) and unset_fields(part))
        for part in walk(info)
        if isinstance(part, Record)
    )


def type_name(annotation: Any) -> str:
    """The name of a class; of a generic in use, the names of its arguments and its own."""
    arguments = get_args(annotation)
    match get_origin(annotation):
        case None:
            return "Null" if annotation is types.NoneType else getattr(annotation, "__name__", "")
        case typing.Annotated:
            return type_name(arguments[0])
        case typing.Literal:
            return "Literal" + "Or".join(re.sub(r"\W", "_", str(value)) for value in arguments)
        case typing.Union | types.UnionType:
            return "Or".join(capitalised(type_name(argument)) for argument in arguments)
        case generic:
            return "".join(map(capitalised, [*map(type_name, arguments), generic.__name__]))


def capitalised(name: str) -> str:
    return name[:1].upper() + name[1:]
