"""Registry -> one TypeScript file that exports `AppRouter`, for `createTRPCClient<AppRouter>`.

The file imports types of `@trpc/server` and nothing else. Everything private in it begins with `$`,
which no Python name can.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast, get_args, get_origin

from msgspec import UnsetType, inspect
from msgspec.inspect import Type

from rpc.codec import STREAMS
from rpc.procedure import Procedure
from rpc.router import Router
from rpc.typescript_superjson import SuperjsonSide
from rpc.typescript_text import block, comment, property_key, quoted, union
from rpc.typescript_types import Side, differs, type_name, walk

BUILT_IN = "any bigint boolean never null number object string symbol undefined unknown void"
RESERVED = {
    *BUILT_IN.split(),
    "AppRouter",
    "AsyncIterable",
    "ErrorReason",
    "TRPCBuiltRouter",
    "TRPCDefaultErrorShape",
    "TRPCMutationProcedure",
    "TRPCQueryProcedure",
    "TRPCSubscriptionProcedure",
}

# Inputs that are no JSON, as the client takes them.
BODIES = {
    "multipart/form-data": ["FormData"],
    "application/octet-stream": ["Blob", "Uint8Array"],
}

ROOT = "type $Root = { ctx: object; meta: object; errorShape: %s; transformer: %s };"
KIND = """type $%s<I, O, E = TRPCDefaultErrorShape> =
  TRPC%sProcedure<{ meta: object; input: I; output: O; errorShape: E }>;"""

Tree = dict[str, "Tree | list[str]"]


def generate(router: Router, *, superjson: bool = False) -> str:
    """The text of the file: sorted, LF, always the same for the same router.

    With `superjson`, of a mount with that transformer: a datetime is a Date, a set a Set, a dict
    whose keys are no texts a Map, and the classes of `rpc.superjson` are what they stand for. An
    int is a number there too, although superjson sends one beyond 2**53 as a bigint: let those be
    annotated `BigInt`.

    A class is published under its own name. One that is both an input and an output, and whose
    defaults make the two differ, is published twice: as an input it is called `…Input`.

    Raises ValueError where two classes would have one name, and for a type that cannot be sent.
    """
    signatures = [Signature.of(name, router[name]) for name in sorted(router)]
    given, answered = sides(signatures, SuperjsonSide if superjson else Side)
    tree: Tree = {}
    for signature in signatures:
        plant(tree, signature.name.split("."), signature.lines(given, answered))
    declarations = given.declarations() | answered.declarations()
    parts = [
        *(declarations[name] for name in sorted(declarations)),
        *aliases(router, "true" if superjson else "false"),
        "\n".join(block("type $Procedures = {", branches(tree), "};")),
        "export type AppRouter = TRPCBuiltRouter<$Root, $Procedures>;\n",
    ]
    return headed("\n\n".join(parts), router)


@dataclass(frozen=True, slots=True)
class Signature:
    """A procedure and its types as msgspec tells them; an input that is no JSON has none."""

    name: str
    procedure: Procedure
    input: Type
    output: Type
    streams: bool

    @classmethod
    def of(cls, name: str, procedure: Procedure) -> Signature:
        try:
            output, streams = streamed(procedure)
            given = procedure.input
            kind = given.type if given and given.is_json else None
            infos = inspect.multi_type_info([kind, output])
        except TypeError as error:
            raise ValueError(f"{name}: {error}") from error
        return cls(name, procedure, infos[0], infos[1], streams)

    def lines(self, given: Side, answered: Side) -> list[str]:
        types = [self.input_text(given), self.output_text(answered)]
        if self.procedure.errors:
            types.append(errors_alias(self.procedure.errors))
        key = property_key(self.name.split(".")[-1])
        kind = self.procedure.type.capitalize()
        return [*comment(self.procedure.doc), f"{key}: ${kind}<{', '.join(types)}>;"]

    def input_text(self, side: Side) -> str:
        declared = self.procedure.input
        if declared is None or declared.annotation is UnsetType:
            return "undefined"
        text = union(self.body) if self.body else side.spell(self.input)
        return or_undefined(text, is_optional=not declared.is_required)

    @property
    def body(self) -> list[str]:
        """What the client takes for an input that is no JSON."""
        declared = self.procedure.input
        return [] if declared is None or declared.is_json else BODIES[declared.type.media_type]

    def output_text(self, side: Side) -> str:
        declared = self.procedure.output
        if declared.annotation is UnsetType:
            return "undefined"
        text = side.spell(self.output)
        if self.streams:
            return f"AsyncIterable<{text}>"
        return or_undefined(text, is_optional=declared.optional)


def streamed(procedure: Procedure) -> tuple[Any, bool]:
    """The type of the answer, or of a stream's items, and whether it is a stream."""
    annotation = procedure.output.type
    if get_origin(annotation) in STREAMS:
        return get_args(annotation)[0], True
    if procedure.type != "subscription" or annotation is Any:
        return annotation, procedure.type == "subscription"
    raise TypeError("a subscription must be annotated with an AsyncIterator of its items")


def or_undefined(text: str, *, is_optional: bool) -> str:
    return f"{text} | undefined" if is_optional and text != "unknown" else text


def sides(signatures: Sequence[Signature], of: type[Side] = Side) -> tuple[Side, Side]:
    """The types of all inputs and of all outputs, named. Raises ValueError for a type that cannot
    be sent, and for a name that cannot be given."""
    given = of((signature.input for signature in signatures), is_input=True)
    answered = of((signature.output for signature in signatures), is_input=False)
    for signature in signatures:
        require_sent(signature.name, signature.input, given)
        require_sent(signature.name, signature.output, answered)
    bodies = chain.from_iterable(signature.body for signature in signatures)
    name_types(given, answered, RESERVED.union(of.own, bodies))
    return given, answered


def require_sent(name: str, info: Type, side: Side) -> None:
    for part in walk(info):
        if not side.is_sent(part):
            raise ValueError(f"{name}: {part} {side.unsent}")


def name_types(given: Side, answered: Side, reserved: Set[str]) -> None:
    answered.names = {cls: type_name(cls) for cls in answered.types}
    both_ways = {
        cls for cls, info in given.types.items() if cls in answered.types and differs(info)
    }
    given.names = {
        cls: type_name(cls) + ("Input" if cls in both_ways else "") for cls in given.types
    }
    owners: dict[str, Any] = {}
    for cls, name in [*given.names.items(), *answered.names.items()]:
        if name in reserved:
            raise ValueError(f"{qualified(cls)}: {name} has another meaning in the generated file")
        if owners.setdefault(name, cls) != cls:
            raise ValueError(f"{qualified(owners[name])} and {qualified(cls)} would both be {name}")


def qualified(cls: Any) -> str:
    return f"{cls.__module__}.{cls.__qualname__}" if isinstance(cls, type) else str(cls)


def plant(tree: Tree, segments: list[str], lines: list[str]) -> None:
    *namespaces, leaf = segments
    for namespace in namespaces:
        tree = cast(Tree, tree.setdefault(namespace, {}))
    tree[leaf] = lines


def branches(tree: Tree) -> Iterator[str]:
    for segment, branch in sorted(tree.items()):
        if isinstance(branch, list):
            yield from branch
        else:
            yield from block(f"{property_key(segment)}: {{", branches(branch), "};")


def aliases(router: Router, transformer: str) -> Iterator[str]:
    """The private types, and the exported union of all reasons."""
    sets = sorted({procedure.errors for procedure in router.values() if procedure.errors})
    reasons = sorted({reason for reasons in sets for reason in reasons})
    if reasons:
        yield "export type ErrorReason =" + "".join(f"\n  | {quoted(r)}" for r in reasons) + ";"
        yield "\n".join(error_shapes(sets))
    shape = "$Errors<ErrorReason>" if reasons else "TRPCDefaultErrorShape"
    yield "\n".join([ROOT % (shape, transformer), *(KIND % (kind, kind) for kind in kinds(router))])


def error_shapes(sets: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield "type $Errors<R> = TRPCDefaultErrorShape & { data: { reason?: R } };"
    for reasons in sets:
        yield f"type {errors_alias(reasons)} = $Errors<{union(map(quoted, reasons))}>;"


def errors_alias(reasons: tuple[str, ...]) -> str:
    # Named by its content: a number would change with every procedure that is put before it.
    return f"$Errors_{digest(repr(reasons))[:8]}"


def kinds(router: Router) -> list[str]:
    return sorted({procedure.type.capitalize() for procedure in router.values()})


def headed(body: str, router: Router) -> str:
    names = ["TRPCBuiltRouter", "TRPCDefaultErrorShape"]
    names += [f"TRPC{kind}Procedure" for kind in kinds(router)]
    lines = [
        f"// Generated from the router. Do not edit. Contract {digest(body)[:16]}.",
        *block("import type {", (f"{name}," for name in names), "} from '@trpc/server';"),
    ]
    return "\n".join(lines) + f"\n\n{body}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
