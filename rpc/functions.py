"""What a function is to whoever runs it: what it takes, whether it waits, what it is called.

The function may be anything that can be called: decorated, applied in part, an object.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from inspect import Parameter
from typing import Any

Function = Callable[..., Any]

POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)


def layers(function: Function) -> Iterator[Function]:
    """What runs when it is called, from the outside in: decorators that tell what they wrap, what
    is applied in part, an object and its `__call__`."""
    yield function
    if isinstance(function, partial):
        yield from layers(function.func)
    elif hasattr(function, "__wrapped__"):
        yield from layers(function.__wrapped__)
    elif not (inspect.isroutine(function) or inspect.isclass(function)):
        yield from layers(type(function).__call__)


def written(function: Function) -> Function:
    """What has the annotations and the docstring."""
    return next(filter(inspect.isroutine, layers(function)), function)


def name_of(function: Function) -> str:
    """What it is called; an object by its class."""
    named = function.func if isinstance(function, partial) else function
    return getattr(named, "__name__", type(named).__name__)


def parameters(function: Function) -> list[str]:
    """The names of the context and, if it takes one, the input. Raises TypeError for what cannot be
    called with just these, and for a default: nothing would ever leave the input to it."""
    given = inspect.signature(function).parameters.values()
    names = [one.name for one in given if one.kind in POSITIONAL]
    if len(names) not in (1, 2) or any(map(is_in_the_way, given)):
        raise TypeError(
            f"{name_of(function)} must take a context and at most an input, both by position and"
            " without default"
        )
    return names


def is_in_the_way(parameter: Parameter) -> bool:
    has_default = parameter.default is not Parameter.empty
    return has_default == (parameter.kind in POSITIONAL)


def waits(function: Function) -> bool:
    """Whether what it gives has to be awaited, or is an async generator."""
    return any(map(is_async, deciding(function)))


def is_generator(function: Function) -> bool:
    """Whether it yields."""
    return any(map(yields, deciding(function)))


def deciding(function: Function) -> list[Function]:
    """The outermost layer that waits or yields, if there is one. Those around it give what it
    gives."""
    return [one for one in layers(function) if is_async(one) or yields(one)][:1]


def is_async(layer: Function) -> bool:
    return inspect.iscoroutinefunction(layer) or inspect.isasyncgenfunction(layer)


def yields(layer: Function) -> bool:
    return inspect.isgeneratorfunction(layer) or inspect.isasyncgenfunction(layer)
