"""What procedures, and the classes that they name, are called in a generated Python module."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Set
from itertools import chain
from keyword import iskeyword
from types import NoneType, UnionType
from typing import Annotated, Any, get_args, get_origin
from unicodedata import normalize

OF_CLIENTS = ("batch", "close", "keyed")  # what a client does itself
IN_NAMESPACES = ("mutation", "nothing", "query", "subscription")  # of `rpc.client`
WRITTEN = {...: "...", None: "None", NoneType: "None"}  # between brackets


def snake(name: str) -> str:
    """As Python writes it, and as Python reads it: letters that are one to it become one."""
    split = re.sub(r"(?<=[a-z0-9])[A-Z]", lambda capital: f"_{capital[0]}", name)
    return normalize("NFKC", split.lower())


def class_name(space: str) -> str:
    return normalize("NFKC", f"{space[0].upper()}{space[1:]}Procedures")


def space_of(name: str) -> str:
    space, _, _ = name.rpartition(".")
    if not space or "." in space:
        raise ValueError(f"{name}: a client's procedures are `namespace.name`")
    return space


def method_of(name: str) -> str:
    return snake(name.rpartition(".")[2])


def require_names(names: Iterable[str]) -> None:
    """Raises ValueError for procedures that cannot be attributes, or not beside one another."""
    owners: dict[tuple[str, ...], str] = {}
    for name in names:
        space = space_of(name)
        for word in (snake(space), method_of(name)):
            if not is_name(word) or word.startswith("_"):
                raise ValueError(f"{name}: `{word}` cannot be the name of an attribute")
        if snake(space) in OF_CLIENTS:
            raise ValueError(f"{name}: `{snake(space)}` is what a client does itself")
        for place, owner in places(name, space):
            if owners.setdefault(place, owner) != owner:
                raise ValueError(f"{name}: `{'.'.join(place)}` is {owners[place]} already")


def places(name: str, space: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a procedure takes up in the module, and for whom: itself, or its namespace."""
    yield (snake(space),), space
    yield (class_name(space),), space
    yield (snake(space), method_of(name)), name


class Words:
    """The words of a module for classes: their names, with `_` in front where something else of
    the module, or in a namespace, is called so. Raises ValueError for what cannot be named."""

    def __init__(self, named: Mapping[str, Iterable[Any]], own: Iterable[str]) -> None:
        self._methods = frozenset(map(method_of, named))
        self._taken = self._methods | {*own} | {class_name(space_of(name)) for name in named}
        self._lent = {f"_{word}" for word in IN_NAMESPACES if word in self._methods}
        self.classes: dict[str, type] = {}
        for name, shown in named.items():
            for kind in chain.from_iterable(map(classes_of, shown)):
                self._add(name, kind)

    def _add(self, name: str, kind: Any) -> None:
        if not isinstance(kind, type):
            raise ValueError(f"{name}: {kind} is no class")
        word = self.of(kind)
        if word in self._lent or self.classes.setdefault(word, kind) is not kind:
            raise ValueError(f"{name}: two structs of these procedures have one name: {word}")
        if not is_importable(kind):
            raise ValueError(f"{name}: {kind.__qualname__} cannot be imported from {module(kind)}")

    def of(self, kind: type) -> str:
        taken = self._methods if kind.__module__ == "builtins" else self._taken
        return apart(kind.__name__, taken)

    def of_client(self, word: str) -> str:
        """What a class or a function of `rpc.client` is called in a namespace."""
        return apart(word, self._methods)

    def written(self, annotation: Any) -> str:
        """A class, or a generic in use, as it is written in Python."""
        if annotation in (None, NoneType):
            return self.of(NoneType)
        arguments = [WRITTEN.get(one) or self.written(one) for one in get_args(annotation)]
        if annotation == tuple[()]:
            arguments = ["()"]
        word = self.of(get_origin(annotation) or annotation)
        return word + (f"[{', '.join(arguments)}]" if arguments else "")


def apart(name: str, taken: Set[str]) -> str:
    return f"_{name}" if name in taken else name


def classes_of(annotation: Any) -> Iterator[Any]:
    """The classes that are written for an annotation, and what is none."""
    origin = NoneType if annotation is None else get_origin(annotation) or annotation
    if origin in (Annotated, UnionType) or not isinstance(origin, type):
        yield annotation
        return
    yield origin
    for argument in get_args(annotation):
        if argument not in WRITTEN:
            yield from classes_of(argument)


def is_name(word: str) -> bool:
    return word.isidentifier() and not iskeyword(word)


def module(kind: type) -> str:
    return "types" if kind is NoneType else kind.__module__


def is_importable(kind: type) -> bool:
    """Whether other programs find the class under its name."""
    name, place = kind.__name__, module(kind)
    # In a class's body two underscores in front would make another name of it.
    can_be_said = all(map(is_name, [name, *place.split(".")])) and not name.startswith("__")
    is_there = getattr(sys.modules.get(place), name, None) is kind
    return can_be_said and is_there and place != "__main__"
