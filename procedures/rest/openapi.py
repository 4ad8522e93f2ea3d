"""The OpenAPI 3.1 document of everything that is served: procedures and surfaces."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from starlette.requests import Request as HTTPRequest

import procedures.rest
from procedures import idempotency, router, surface_router
from procedures.rest.errors import ROWS
from procedures.rest.routing import surfaces
from procedures.rest.surface import Operation, Surface
from procedures.sessions import COOKIE
from rpc import openapi
from rpc.codec import is_required
from rpc.errors import RPCError

Schema = dict[str, Any]

SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "Of `auth.createToken`, `rollcall token` or `POST /oauth2/token`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": f"Of `auth.login`; over TLS it is called `__Host-{COOKIE}`.",
    },
}
KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "What the same caller asks for under the same key is done once, and for "
    f"{idempotency.KEPT_HOURS} hours answered as the first time.",
    "schema": {"type": "string", "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
}
BODY = ("invalid_input", "malformed", "payload_too_large", "unsupported_media_type")
ALWAYS = ("unauthorized", "internal_server_error", "service_unavailable")
# A request of nobody, to ask surfaces how they would refuse it.
NOBODY = HTTPRequest({"type": "http", "headers": []})


def describe(version: str) -> Schema:
    """The document, as JSON values."""
    document = openapi.describe(router, title="Rollcall", version=version)
    for name, procedure in router.items():
        for operation in document["paths"][f"/rpc/{name}"].values():
            if procedure.middlewares:
                operation["security"] = security(SCHEMES)
            if idempotency.applies_to(procedure):
                operation["parameters"] = [KEY]
    document["tags"] = []
    for name, surface in surfaces().items():
        add_surface(document, name, surface)
    document["components"]["securitySchemes"] = SCHEMES
    return document


def add_surface(document: Schema, name: str, surface: Surface) -> None:
    described = Described(name, surface)
    document["tags"].append({"name": name, "description": about(name)})
    document["components"]["schemas"] |= described.components
    document["paths"] |= {
        path: {method.lower(): described.operation(path, method, o) for method, o in table.items()}
        for path, table in surface.routes.items()
    }


def about(name: str) -> str:
    """What the surface of that name says of itself."""
    doc = sys.modules[f"{procedures.rest.__name__}.{name}"].__doc__ or ""
    return " ".join(doc.split())


def security(credentials: Any) -> list[Schema]:
    """Any one of these will do."""
    return [{scheme: []} for scheme in credentials]


class Described:
    """A surface, and the schemas of all that it takes and gives."""

    def __init__(self, name: str, surface: Surface) -> None:
        self.name = name
        self.surface = surface
        types = list(types_of(surface))
        template = openapi.REFERENCE.format(name=f"{name}.{{name}}")
        schemas, components = msgspec.json.schema_components(types, ref_template=template)
        self.schemas = dict(zip(types, schemas, strict=True))
        self.components = {f"{name}.{each}": schema for each, schema in components.items()}

    def operation(self, path: str, method: str, operation: Operation) -> Schema:
        described: Schema = {
            "operationId": f"{method.lower()} {path}",
            "tags": [self.name],
            "summary": operation.doc,
            "security": security(self.surface.credentials),
            "parameters": [
                *path_parameters(path),
                *query_parameters(operation),
                *key_parameters(operation),
            ],
            "responses": self.answers(operation) | self.refusals(path, operation),
        }
        if operation.body is not None:
            described["requestBody"] = {
                "required": is_required(operation.body),
                "content": self.content(self.surface.reads, operation.body),
            }
        return described

    def content(self, media: Any, kind: Any) -> Schema:
        return {name: {"schema": self.schemas[kind]} for name in media}

    def answers(self, operation: Operation) -> Schema:
        return {str(status): self.answer(kind) for status, kind in operation.gives.items()}

    def answer(self, kind: Any) -> Schema:
        if kind is None:
            return {"description": "Done"}
        return {"description": "Result", "content": self.content(self.surface.writes, kind)}

    def refusals(self, path: str, operation: Operation) -> Schema:
        """For each status of a refusal its reasons."""
        reasons: dict[str, list[str]] = {}
        for reason in sorted(set(reasons_of(self.surface, path, operation))):
            reasons.setdefault(str(status_of(self.surface, reason)), []).append(f"`{reason}`")
        content = self.content(self.surface.writes, self.surface.failure)
        return {
            status: {"description": f"Refused: {', '.join(words)}", "content": content}
            for status, words in sorted(reasons.items())
        }


def types_of(surface: Surface) -> Iterator[Any]:
    """The types of every body a surface reads or writes, None for no body."""
    yield surface.failure
    for operations in surface.routes.values():
        for operation in operations.values():
            yield from (operation.body, *operation.gives.values())


def path_parameters(path: str) -> list[Schema]:
    schema = {"type": "string", "minLength": 1}
    return [
        {"name": name, "in": "path", "required": True, "schema": schema}
        for name in re.findall(r"{(\w+)}", path)
    ]


def query_parameters(operation: Operation) -> list[Schema]:
    if operation.query is None:
        return []
    document = msgspec.json.schema(operation.query)
    members: Mapping[str, Schema] = document["$defs"][operation.query.__name__]["properties"]
    return [{"name": name, "in": "query", "schema": schema} for name, schema in members.items()]


def key_parameters(operation: Operation) -> list[Schema]:
    """The head that names a request, where what it calls looks at it."""
    is_keyed = any(idempotency.applies_to(surface_router[call]) for call in operation.calls)
    return [KEY] if is_keyed else []


def reasons_of(surface: Surface, path: str, operation: Operation) -> Iterator[str]:
    """What an operation may refuse with."""
    yield from ALWAYS
    yield from operation.refuses
    if operation.query is not None:
        yield "invalid_query"
    if operation.body is not None:
        yield from BODY
    if operation.calls or "{" in path:
        yield "not_found"
    if len(surface.writes) > 1:
        yield "not_acceptable"
    who = ["details.caller"] if surface.credentials else []
    for call in (*who, *operation.calls):
        yield from (reason for reason in surface_router[call].errors if reason != "invalid_input")


def status_of(surface: Surface, reason: str) -> int:
    """The status that a surface gives to a refusal for this reason."""
    refusal = RPCError(ROWS[reason].code, reason, reason=reason)
    return surface.refusal(refusal, NOBODY).status_code
