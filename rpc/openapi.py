"""Registry -> OpenAPI 3.1: the same procedures for clients that are not TypeScript."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from rpc.errors import CODES
from rpc.procedure import Procedure
from rpc.router import Router

REFERENCE = "#/components/schemas/{name}"
ERROR_NAME = "RPCError"


def describe(router: Router, *, title: str, version: str, path: str = "/rpc") -> dict[str, Any]:
    """The OpenAPI document of a router's HTTP endpoint at `path`, as JSON values.

    Queries are GET with the input as JSON in `input`, mutations POST with it as the body,
    subscriptions GET with an event stream as the answer. Batches are not described.
    """
    types = [kind for _, p in sorted(router.items()) for kind in described_types(p)]
    schemas, components = msgspec.json.schema_components(types, ref_template=REFERENCE)
    schema_of = iter(schemas)
    paths = {
        f"{path}/{name}": operation(name, procedure, schema_of)
        for name, procedure in sorted(router.items())
    }
    components[ERROR_NAME] = error_schema(router)
    document = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"schemas": dict(sorted(components.items()))},
    }
    return as_json(document)


def as_json(document: dict[str, Any]) -> dict[str, Any]:
    """The same in JSON's values: defaults that stand in a schema may be tuples, for instance."""
    return dict(msgspec.json.decode(msgspec.json.encode(document)))


def described_types(procedure: Procedure) -> Iterator[Any]:
    """The types a procedure shows: of its input, if that is JSON, and of what it gives."""
    if procedure.input is not None and procedure.input.is_json:
        yield procedure.input.type
    yield procedure.output.each


def operation(name: str, procedure: Procedure, schema_of: Iterator[Any]) -> dict[str, Any]:
    first, _, more = procedure.doc.partition("\n")
    described: dict[str, Any] = {
        "operationId": name,
        "tags": [name.rpartition(".")[0] or name],
        "summary": first,
    }
    if more.strip():
        described["description"] = procedure.doc
    method = "post" if procedure.type == "mutation" else "get"
    described |= input_of(procedure, schema_of)
    described["responses"] = responses(procedure, next(schema_of))
    return {method: described}


def input_of(procedure: Procedure, schema_of: Iterator[Any]) -> dict[str, Any]:
    given = procedure.input
    if given is None:
        return {}
    if not given.is_json:
        return {"requestBody": {"required": True, "content": {given.type.media_type: {}}}}
    content = {"application/json": {"schema": next(schema_of)}}
    if procedure.type == "mutation":
        return {"requestBody": {"required": given.is_required, "content": content}}
    parameter = {"name": "input", "in": "query", "required": given.is_required, "content": content}
    return {"parameters": [parameter]}


def responses(procedure: Procedure, schema: Any) -> dict[str, Any]:
    if procedure.type == "subscription":
        success = {"description": "Events", "content": {"text/event-stream": {"schema": schema}}}
    else:
        result = {"type": "object", "properties": {"data": schema}}
        envelope = {"type": "object", "properties": {"result": result}, "required": ["result"]}
        success = {"description": "Result", "content": {"application/json": {"schema": envelope}}}
    reference = {"schema": {"$ref": REFERENCE.format(name=ERROR_NAME)}}
    reasons = ", ".join(f"`{reason}`" for reason in procedure.errors)
    text = f"Refused. Reasons: {reasons}" if reasons else "Refused"
    return {
        "200": success,
        "default": {"description": text, "content": {"application/json": reference}},
    }


def error_schema(router: Router) -> dict[str, Any]:
    reasons = sorted({reason for p in router.values() for reason in p.errors})
    data = {
        "type": "object",
        "properties": {
            "code": {"enum": sorted(CODES)},
            "httpStatus": {"type": "integer"},
            "path": {"type": "string"},
            "reason": {"type": "string", "examples": reasons[:3]},
        },
        "required": ["code", "httpStatus"],
    }
    error = {
        "type": "object",
        "properties": {
            "message": {"type": "string"},
            "code": {"type": "integer", "description": "The JSON-RPC number"},
            "data": data,
        },
        "required": ["message", "code", "data"],
    }
    return {"type": "object", "properties": {"error": error}, "required": ["error"]}
