"""The arrays of the roster document and the kinds of text in them, as docs/roster.md shows them."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc

import msgspec
from msgspec import NODEFAULT, inspect
from msgspec.inspect import Field, Type

from procedures.roster import values
from procedures.roster.checks import GIVEN_ONCE, RULES
from procedures.roster.document import ARRAYS, Settings
from procedures.roster.values import Text, Word
from rpc.typescript_types import Side, bare, capitalised, description
from tests.reference import FIELDS

QUOTE = '"'
GIVEN = Side([], is_input=True)
# How a value that is no text is called.
NAMES: dict[type[Type], str] = {
    inspect.BoolType: "boolean",
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.DictType: "object",
}


def arrays() -> str:
    """A table of fields for each array, and one for the settings in `orgs`."""
    parts = [section(name, kind) for name, kind in ARRAYS.items()]
    return "\n\n".join([*parts, section("settings", Settings)])


def section(name: str, kind: type[msgspec.Struct]) -> str:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    rows = [row(name, field) for field in info.fields]
    return "\n\n".join([f"### {name}", "\n".join([FIELDS, *rows]), *refusals(name)])


def row(array: str, field: Field) -> str:
    mark = "" if field.required else "?"
    return f"| `{field.encode_name}{mark}` | {spelled(field.type)} | {said(array, field)} |"


def spelled(info: Type) -> str:
    match info:
        case inspect.Metadata():
            return spelled(info.type)
        case inspect.UnionType():
            [kind] = (each for each in info.types if not isinstance(each, inspect.NoneType))
            return spelled(kind)
        case inspect.ListType():
            return f"array of {spelled(info.item_type)}"
        case inspect.StructType():
            return "[object](#settings)"
        case inspect.CustomType() if issubclass(info.cls, Word):
            return " \\| ".join(f"`{word}`" for word in info.cls.words)
        case inspect.CustomType():
            return f"[{info.cls.__name__}](#texts)"
    return NAMES[type(info)]


def said(array: str, field: Field) -> str:
    facts = [*GIVEN.notes(field.type), *default(field), *once(array, field.name)]
    sentence = f"{capitalised(', '.join(facts))}." if facts else ""
    return " ".join(filter(None, [told(field.type), sentence]))


def told(info: Type) -> str:
    """What is said of a field, or of what its array holds."""
    inner = bare(info)
    return description(inner.item_type if isinstance(inner, inspect.ListType) else info)


def default(field: Field) -> Iterator[str]:
    if field.default not in (NODEFAULT, None, "") and not isinstance(field.default, Settings):
        shown = msgspec.json.encode(field.default, enc_hook=str).decode()
        yield f"default `{shown.strip(QUOTE)}`"


def once(array: str, name: str) -> Iterator[str]:
    for given in GIVEN_ONCE:
        if (given.array, given.field) == (array, name):
            within = " and ".join(f"`{other}`" for other in given.within)
            yield f"unique within {within}" if within else "unique"


def refusals(array: str) -> Iterator[str]:
    messages = [f"`{rule.field}: {rule.why}`" for rule in RULES.get(array, ())]
    if messages:
        yield f"Refused as {', '.join(messages)}."


def texts() -> str:
    """The kinds of text that are not a list of words."""
    kinds = [kind for kind in vars(values).values() if is_text(kind)]
    rows = [f"| {kind.__name__} | {cleandoc(kind.__doc__ or '')} |" for kind in kinds]
    return "\n".join(["| text | |", "|---|---|", *rows])


def is_text(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Text) and not issubclass(kind, Word)
