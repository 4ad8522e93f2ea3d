"""The pages of docs/reference, made from the registry: a page for each namespace, one of types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

import msgspec
from msgspec import NODEFAULT, inspect
from msgspec.inspect import Field

from procedures import router
from rpc.procedure import Procedure
from rpc.typescript import Signature, sides
from rpc.typescript_types import (
    Record,
    Side,
    capitalised,
    class_doc,
    description,
    optional_fields,
    tag,
)

NOTE = "<!-- Made from the registry by `make generate`: do not edit. -->"
FIELDS = "| field | type | |\n|---|---|---|"
SIGNATURES = [Signature.of(name, procedure) for name, procedure in sorted(router.items())]
GIVEN, ANSWERED = sides(SIGNATURES)


def pages() -> Iterator[tuple[str, str]]:
    """The name of each page, and its text."""
    for space, group in groupby(SIGNATURES, lambda one: one.name.partition(".")[0]):
        yield f"{space}.md", page(f"`{space}`", (section(one) for one in group))
    yield "types.md", page("Types", types())


def page(title: str, sections: Iterable[str]) -> str:
    return "\n\n".join([f"# {title}", NOTE, *sections]) + "\n"


def section(one: Signature) -> str:
    parts = [f"## {one.name}", f"{kind_of(one.procedure)}", one.procedure.doc]
    if isinstance(one.input, inspect.StructType):
        parts += [class_doc(one.input.cls), fields(one.input, GIVEN)]
    elif one.procedure.input is not None:
        parts.append(f"Takes `{GIVEN.spell(one.input)}`.")
    parts.append(f"Gives {linked(one)}.")
    if one.procedure.errors:
        reasons = ", ".join(f"`{reason}`" for reason in one.procedure.errors)
        parts.append(f"Refused with {reasons}.")
    return "\n\n".join(filter(None, parts))


def kind_of(procedure: Procedure) -> str:
    guards = [step.function.__name__ for step in procedure.middlewares]
    return f"{procedure.type} · `{guards[-1]}`" if guards else f"{procedure.type} · anybody"


def linked(one: Signature) -> str:
    """The output; where it is a struct, with a link to its fields."""
    name = ANSWERED.spell(one.output)
    shown = f"[`{name}`](types.md#{name.lower()})" if name.isidentifier() else f"`{name}`"
    return f"{shown}, one after another" if one.streams else shown


def fields(info: Record, side: Side) -> str:
    lines = [f"| `{name}` | `{value!r}` | |" for name, value in tag(info)]
    optional = optional_fields(info, is_input=side.is_input)
    for field in info.fields:
        name = field.encode_name + ("?" if field.name in optional else "")
        spelled = side.spell(field.type).replace("|", "\\|")
        lines.append(f"| `{name}` | `{spelled}` | {said(field, side)} |")
    return "\n".join([FIELDS, *lines]) if lines else ""


def said(field: Field, side: Side) -> str:
    """What is to be known of a field: its patterns are those of texts without control characters,
    which goes without saying."""
    facts = [note for note in side.notes(field.type) if not note.startswith("pattern")]
    if side.is_input and field.default not in (NODEFAULT, None):
        facts.append(f"default `{msgspec.json.encode(field.default).decode()}`")
    facts = [fact.replace("|", "\\|") for fact in facts if "pattern" not in fact]
    sentence = f"{capitalised(', '.join(facts))}." if facts else ""
    return " ".join(filter(None, [description(field.type), sentence]))


def types() -> Iterator[str]:
    """What procedures give, and what stands inside of what they take."""
    inputs = {one.input.cls for one in SIGNATURES if isinstance(one.input, inspect.StructType)}
    inner = {cls: info for cls, info in GIVEN.types.items() if cls not in inputs}
    both = [(GIVEN, inner), (ANSWERED, ANSWERED.types)]
    named = {side.names[cls]: (side, info) for side, infos in both for cls, info in infos.items()}
    for name, (side, info) in sorted(named.items()):
        table = fields(info, side) if isinstance(info, Record) else ""
        yield "\n\n".join(filter(None, [f"## {name}", class_doc(info.cls), table]))
