"""How far long work is, on standard error: a bar on a terminal, plain lines in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from procedures.telling import Progress

PACE = 5.0  # seconds until the first line, and between two


@contextmanager
def shown() -> Iterator[Progress]:
    """Shows what it is told, until the block ends."""
    if not sys.stderr.isatty():
        yield Lines(time.monotonic).tell
        return
    bars = Bars()
    try:
        yield bars.tell
    finally:
        bars.end()


class Lines:
    """A line when there is something new to tell, but nothing of what is done at once."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._last = clock()

    def tell(self, doing: str, done: int, all: int) -> None:
        if self._clock() - self._last >= PACE:
            self._last = self._clock()
            click.echo(f"{doing}: {done} of {all}", err=True)


class Bars:
    """One after the other, one for each thing that is done."""

    def __init__(self) -> None:
        self._doing = ""
        self._bar: Any = None

    def tell(self, doing: str, done: int, all: int) -> None:
        if doing != self._doing:
            self.end()
            self._doing = doing
            self._bar = click.progressbar(length=all, label=doing, file=sys.stderr)
            self._bar.render_progress()
        self._bar.length = all
        self._bar.update(done - self._bar.pos)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.render_finish()
        self._doing, self._bar = "", None
