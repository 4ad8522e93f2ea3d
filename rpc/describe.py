"""Registry -> one JSON description for tools that show procedures and call them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from rpc.functions import name_of, written
from rpc.openapi import as_json, described_types
from rpc.router import Router
from rpc.typescript import Signature, sides
from rpc.typescript_types import Side

REFERENCE = "#/definitions/{name}"


def describe(router: Router) -> dict[str, Any]:
    """All procedures in the order of their names, as JSON values.

    `procedures`: name, type, doc, middleware (each with its doc), reasons; input and output as
    JSON Schema and as TypeScript, forms and byte streams as TypeScript alone. `definitions` has the
    schemas and `types` the declarations that these name. Raises ValueError for a type that has no
    JSON form.
    """
    signatures = [Signature.of(name, router[name]) for name in sorted(router)]
    given, answered = sides(signatures)
    types = [kind for signature in signatures for kind in described_types(signature.procedure)]
    schemas, definitions = msgspec.json.schema_components(types, ref_template=REFERENCE)
    schema_of = iter(schemas)
    document = {
        "procedures": [
            described(signature, (given, answered), schema_of) for signature in signatures
        ],
        "definitions": definitions,
        "types": given.declarations() | answered.declarations(),
    }
    return as_json(document)


def described(
    signature: Signature, sides: tuple[Side, Side], schema_of: Iterator[Any]
) -> dict[str, Any]:
    procedure, given = signature.procedure, signature.procedure.input
    inputs, outputs = sides
    return {
        "name": signature.name,
        "type": procedure.type,
        "doc": procedure.doc,
        "middleware": [named(step.function) for step in procedure.middlewares],
        "reasons": [*procedure.errors],
        "input": next(schema_of) if given and given.is_json else None,
        "inputRequired": given is not None and given.is_required,
        "inputType": signature.input_text(inputs),
        "output": next(schema_of),
        "outputType": signature.output_text(outputs),
    }


def named(step: Callable[..., Any]) -> dict[str, str]:
    doc = written(step).__doc__ or ""
    return {"name": name_of(step), "doc": " ".join(doc.split())}
