"""What annotations say of `undefined`, as Python writes them. It knows no procedures."""

from __future__ import annotations

from functools import reduce
from itertools import chain
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from msgspec import UnsetType


def meant(annotation: Any) -> Any:
    """What a name made by `type X = …` stands for; any other annotation itself."""
    alias = get_origin(annotation) or annotation
    if not hasattr(alias, "__value__"):
        return annotation
    arguments = get_args(annotation)
    return meant(alias.__value__[arguments] if arguments else alias.__value__)


def alternatives(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, those of its members too, else the annotation alone."""
    told = meant(annotation)
    if get_origin(told) not in (Union, UnionType):
        return (annotation,)
    return tuple(chain.from_iterable(map(alternatives, get_args(told))))


def without_unset(annotation: Any) -> tuple[Any, bool]:
    """The annotation as msgspec shall see it, and whether `undefined` is one of its values."""
    annotation = meant(annotation)
    if annotation is UnsetType:
        return None, True
    if annotation is Any:
        return Any, True
    if get_origin(annotation) is Annotated:
        inner, optional = without_unset(get_args(annotation)[0])
        return Annotated[(inner, *get_args(annotation)[1:])], optional
    names = alternatives(annotation)
    if UnsetType not in names:
        return annotation, False
    return reduce(or_, (name for name in names if name is not UnsetType)), True


def may_be_unset(annotation: Any) -> bool:
    """Whether it says that a member may be left out."""
    told = meant(annotation)
    if get_origin(told) is Annotated:
        return may_be_unset(get_args(told)[0])
    return UnsetType in alternatives(told)
