"""Registry -> one Python module with a typed client, sync and async, made of `rpc.client`.

It imports the structs from where they are defined: parameters are those of the input structs.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from itertools import groupby
from types import UnionType
from typing import Any, get_args, get_origin

from rpc.procedure import Procedure
from rpc.router import Router

WIDTH = 100
FROM_CLIENT = [
    "Async",
    "AsyncBatch",
    "AsyncConnected",
    "Connected",
    "Gather",
    "M",
    "Namespace",
    "Options",
    "Sync",
    "SyncBatch",
    "async_http",
    "mutation",
    "nothing",
    "query",
    "subscription",
    "sync_http",
]
HEAD = '''"""A typed client of these procedures. Made from the registry: do not edit."""

from __future__ import annotations

from typing import Unpack
'''
CLIENTS = '''

class Client(Api[Sync], Connected):
    """Waits for each answer. Every refusal is an `rpc.RPCError`."""

    def __init__(self, url: str, **options: Unpack[Options]) -> None:
        """`url` is the mount: `https://host/rpc`."""
        super().__init__(sync_http(url, options))

    def batch(self, key: str | None = None) -> SyncBatch[Api[Gather]]:
        """`with client.batch() as batch:` makes its calls in one request at its end."""
        return SyncBatch(self._mode if key is None else self._mode.keyed(key), Api)

    def keyed(self, key: str) -> Api[Sync]:
        """The same, its mutations under this `Idempotency-Key`: asked again, not done again."""
        return Api(self._mode.keyed(key))


class AsyncClient(Api[Async], AsyncConnected):
    """Gives something to await. Every refusal is an `rpc.RPCError`."""

    def __init__(self, url: str, **options: Unpack[Options]) -> None:
        """`url` is the mount: `https://host/rpc`."""
        super().__init__(async_http(url, options))

    def batch(self, key: str | None = None) -> AsyncBatch[Api[Gather]]:
        """`async with client.batch() as batch:` makes its calls in one request at its end."""
        return AsyncBatch(self._mode if key is None else self._mode.keyed(key), Api)

    def keyed(self, key: str) -> Api[Async]:
        """The same, its mutations under this `Idempotency-Key`: asked again, not done again."""
        return Api(self._mode.keyed(key))
'''


def generate(router: Router, is_keyed: Callable[[Procedure], bool]) -> str:
    """The module. `is_keyed` tells which mutations look at `Idempotency-Key`: no other is repeated
    where nobody knows what became of it. Raises ValueError for a table that cannot be written."""
    spaces = {space: [*named] for space, named in groupby(sorted(router.items()), space_of)}
    parts = ["\n".join([HEAD, *imports(router)])]
    for space, named in spaces.items():
        lines = [line for name, one in named for line in method(name, one, is_keyed)]
        parts.append("\n".join([f"class {class_name(space)}(Namespace[M]):", *lines]))
    return "\n\n\n".join([*parts, table(spaces)]) + "\n" + CLIENTS


def space_of(named: tuple[str, Procedure]) -> str:
    space, _, _ = named[0].rpartition(".")
    if not space or "." in space:
        raise ValueError(f"{named[0]}: a client's procedures are `namespace.name`")
    return space


def class_name(space: str) -> str:
    return f"{space[0].upper()}{space[1:]}Procedures"


def table(spaces: dict[str, Any]) -> str:
    made = [f"        self.{snake(space)} = {class_name(space)}(mode)" for space in spaces]
    return "\n".join(
        [
            "class Api(Namespace[M]):",
            '    """Every procedure, by namespace."""',
            "",
            "    def __init__(self, mode: M) -> None:",
            "        super().__init__(mode)",
            *made,
        ]
    )


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda capital: f"_{capital[0]}", name).lower()


def method(name: str, procedure: Procedure, is_keyed: Callable[[Procedure], bool]) -> Iterator[str]:
    arguments = [
        f'"{name}"',
        taken(name, procedure),
        written(procedure.output.each, name),
        said(procedure),
    ]
    if is_keyed(procedure):
        arguments.append("keyed=True")
    head = f"    {snake(name.rpartition('.')[2])} = {procedure.type}("
    line = f"{head}{', '.join(arguments)})"
    if len(line) <= WIDTH:
        yield line
        return
    yield head
    for argument in arguments:
        yield from (f"        {piece}" for piece in pieces(argument))
    yield "    )"


def taken(name: str, procedure: Procedure) -> str:
    """What makes the input from a call's parameters."""
    if procedure.input is None:
        return "nothing"
    if not procedure.input.is_struct:
        raise ValueError(f"{name}: its input is no struct, so its fields make no parameters")
    return written(procedure.input.annotation, name)


def written(annotation: Any, name: str) -> str:
    """A class, or a generic in use, as it is written in Python. Raises ValueError for others."""
    arguments = [written(one, name) for one in get_args(annotation)]
    origin = get_origin(annotation) or annotation
    if not isinstance(origin, type) or origin is UnionType:
        raise ValueError(f"{name}: {annotation} is no class")
    return origin.__name__ + (f"[{', '.join(arguments)}]" if arguments else "")


def said(procedure: Procedure) -> str:
    reasons = f" Refused with {', '.join(procedure.errors)}." if procedure.errors else ""
    return quoted(" ".join(procedure.doc.split()) + reasons)


def quoted(text: str) -> str:
    mark = "'" if '"' in text and "'" not in text else '"'
    inner = text.replace("\\", "\\\\")
    return mark + (inner if mark == "'" else inner.replace('"', '\\"')) + mark


def pieces(argument: str) -> list[str]:
    """An argument on lines of its own: a long text as several."""
    room = WIDTH - 8 - len(",")
    if len(argument) <= room:
        return [f"{argument},"]
    mark = argument[0]
    lines = textwrap.wrap(argument[1:-1], room - 3)
    texts = [f"{mark}{line} {mark}" for line in lines[:-1]]
    return [*texts, f"{mark}{lines[-1]}{mark},"]


def imports(router: Router) -> Iterator[str]:
    """Of what the module names, from where that is defined."""
    classes = {c for p in router.values() for a in shown(p) for c in classes_of(a)}
    if len({c.__name__ for c in classes}) < len(classes):
        raise ValueError("two structs of these procedures have one name")
    places = sorted(classes, key=place_of)
    names = {module: [c.__name__ for c in group] for module, group in groupby(places, module_of)}
    names.pop("builtins", None)
    for module, found in sorted({**names, "rpc.client": used(router)}.items()):
        yield from imported(module, found)


def used(router: Router) -> list[str]:
    """The names of `rpc.client` that the module needs."""
    kinds = {procedure.type for procedure in router.values()}
    takes_none = any(procedure.input is None for procedure in router.values())
    spare = {"query", "mutation", "subscription"} - kinds | (set() if takes_none else {"nothing"})
    return [name for name in FROM_CLIENT if name not in spare]


def module_of(kind: type) -> str:
    return kind.__module__


def place_of(kind: type) -> tuple[str, str]:
    return kind.__module__, kind.__name__.lower()


def shown(procedure: Procedure) -> Iterator[Any]:
    if procedure.input is not None:
        yield procedure.input.annotation
    yield procedure.output.each


def classes_of(annotation: Any) -> Iterator[type]:
    for argument in get_args(annotation):
        yield from classes_of(argument)
    yield get_origin(annotation) or annotation


def imported(module: str, names: list[str]) -> Iterator[str]:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"from {module} import ("
    yield from (f"    {name}," for name in names)
    yield ")"
