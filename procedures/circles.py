"""Circles among things that point at each other. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def circle(edges: Iterable[tuple[T, T]]) -> set[tuple[T, T]]:
    """The edges of one circle among these, or none."""
    graph: dict[T, set[T]] = {}
    for start, end in edges:
        graph.setdefault(start, set()).add(end)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return {(start, end) for end, start in pairwise(error.args[1])}
    return set()
