"""Registry -> one Python module with a typed client, sync and async, made of `rpc.client`.

It imports the structs from where they are defined: parameters are those of the input structs.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any

from rpc.procedure import Procedure
from rpc.python_names import Words, class_name, method_of, module, require_names, snake, space_of
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
# What the module calls something that is none of the procedures' own.
OWN = [*FROM_CLIENT, "annotations", "Unpack", "Api", "AsyncClient", "Client", "str", "super"]
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


IsKeyed = Callable[[Procedure], bool]


def generate(router: Router, is_keyed: IsKeyed) -> str:
    """The module. `is_keyed` tells which mutations look at `Idempotency-Key`: no other is repeated
    where nobody knows what became of it. Raises ValueError for a table that cannot be written."""
    require_names(sorted(router))
    words = Words({name: [*shown(name, router[name])] for name in sorted(router)}, OWN)
    spaces = {space: [*names] for space, names in groupby(sorted(router), space_of)}
    parts = ["\n".join([HEAD, *imports(router, words)])]
    for space, names in spaces.items():
        methods = [method(name, router[name], is_keyed, words) for name in names]
        lines = [line for written in methods for line in written]
        parts.append("\n".join([f"class {class_name(space)}(Namespace[M]):", *lines]))
    return "\n\n\n".join([*parts, table(spaces)]) + "\n" + CLIENTS


def shown(name: str, procedure: Procedure) -> Iterator[Any]:
    """The annotations that stand in the module."""
    if procedure.input is not None:
        if not procedure.input.is_struct:
            raise ValueError(f"{name}: its input is no struct, so its fields make no parameters")
        yield procedure.input.annotation
    yield procedure.output.each


def table(spaces: Iterable[str]) -> str:
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


def method(name: str, procedure: Procedure, is_keyed: IsKeyed, words: Words) -> Iterator[str]:
    given = procedure.input
    arguments = [
        f'"{name}"',
        words.written(given.annotation) if given else words.of_client("nothing"),
        words.written(procedure.output.each),
        said(procedure),
    ]
    if is_keyed(procedure):
        arguments.append("keyed=True")
    head = f"    {method_of(name)} = {words.of_client(procedure.type)}("
    line = f"{head}{', '.join(arguments)})"
    if len(line) <= WIDTH:
        yield line
        return
    yield head
    for argument in arguments:
        yield from (f"        {piece}" for piece in pieces(argument))
    yield "    )"


def said(procedure: Procedure) -> str:
    reasons = f" Refused with {', '.join(procedure.errors)}." if procedure.errors else ""
    return quoted(" ".join(procedure.doc.split()) + reasons)


def quoted(text: str) -> str:
    mark = "'" if '"' in text and "'" not in text else '"'
    inner = "".join(map(escaped, text))
    return mark + (inner if mark == "'" else inner.replace('"', '\\"')) + mark


def escaped(letter: str) -> str:
    is_plain = letter.isprintable() and letter != "\\"
    return letter if is_plain else letter.encode("unicode_escape").decode()


def pieces(argument: str) -> list[str]:
    """An argument on lines of its own: a long text as several, of whole words."""
    room = WIDTH - 8 - len(",")
    mark = argument[0]
    if len(argument) <= room or mark not in "\"'":
        return [f"{argument},"]
    lines = textwrap.wrap(argument[1:-1], room - 3, break_long_words=False, break_on_hyphens=False)
    texts = [f"{mark}{line} {mark}" for line in lines[:-1]]
    return [*texts, f"{mark}{lines[-1]}{mark},"]


def imports(router: Router, words: Words) -> Iterator[str]:
    """Of what the module names, from where that is defined."""
    found = {"rpc.client": [imported_as(word, words.of_client(word)) for word in used(router)]}
    for word, kind in sorted(words.classes.items(), key=place_of):
        if word != kind.__name__ or module(kind) != "builtins":
            found.setdefault(module(kind), []).append(imported_as(kind.__name__, word))
    for place, names in sorted(found.items()):
        yield from imported(place, names)


def imported_as(name: str, word: str) -> str:
    return name if name == word else f"{name} as {word}"


def used(router: Router) -> list[str]:
    """The names of `rpc.client` that the module needs."""
    kinds = {procedure.type for procedure in router.values()}
    takes_none = any(procedure.input is None for procedure in router.values())
    spare = {"query", "mutation", "subscription"} - kinds | (set() if takes_none else {"nothing"})
    return [name for name in FROM_CLIENT if name not in spare]


def place_of(named: tuple[str, type]) -> tuple[str, str]:
    return module(named[1]), named[1].__name__.lower()


def imported(module: str, names: list[str]) -> Iterator[str]:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"from {module} import ("
    yield from (f"    {name}," for name in names)
    yield ")"
