"""Dotted names -> procedures, frozen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from rpc.procedure import Procedure

# Segments that mean something on a client's proxy or on tRPC's own routers.
RESERVED = frozenset({"then", "call", "apply", "_def", "createCaller"})
# Clients put names into URLs as they are, and batches commas between them.
UNCALLABLE = re.compile(r"[,?#%\\\t\n\r]|[/\x00-\x20]\Z")


class Router(Mapping[str, Procedure]):
    """Every public name and its procedure. Several tables may be given; none may repeat a name.

    Raises ValueError for a name that no client could call, TypeError for what is no procedure.
    """

    def __init__(self, *tables: Mapping[str, Procedure]) -> None:
        procedures: dict[str, Procedure] = {}
        for table in tables:
            for name, procedure in table.items():
                if name in procedures:
                    raise ValueError(f"{name!r} is registered twice")
                require_procedure(name, procedure)
                procedures[name] = procedure
        check_names(procedures)
        self._procedures = MappingProxyType(procedures)
        # The mapping's own look-up, without a Python frame: it is on the way of every call.
        self.find = procedures.get

    def __getitem__(self, name: str) -> Procedure:
        return self._procedures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._procedures)

    def __len__(self) -> int:
        return len(self._procedures)


def require_procedure(name: str, value: object) -> None:
    if isinstance(value, Mapping):
        raise TypeError(f"{name!r} is a table of its own: name its procedures '{name}.…' here")
    if not isinstance(value, Procedure):
        raise TypeError(f"{name!r} is no procedure: `.query`, `.mutation` or `.subscription` is")


def check_names(names: Mapping[str, object]) -> None:
    for name in names:
        segments = name.split(".")
        if not all(segments) or UNCALLABLE.search(name):
            raise ValueError(f"{name!r} is not a procedure name")
        if taken := sorted(RESERVED.intersection(segments)):
            raise ValueError(f"{name!r} has the reserved segment {taken[0]!r}")
        for end in range(1, len(segments)):
            namespace = ".".join(segments[:end])
            if namespace in names:
                raise ValueError(f"{namespace!r} is both a procedure and the namespace of {name!r}")
