"""How work that may take long tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

# Is told what is being done, how much of it is done, and how much there is to do.
Progress = Callable[[str, int, int], None]


def silent(doing: str, done: int, all: int) -> None:
    """Progress that nobody wants to see."""
