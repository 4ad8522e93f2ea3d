"""How a document is refused: array, index and field, then what is wrong."""

from __future__ import annotations

import json

SHOWN = 100  # characters of a foreign text repeated in a message


class RosterError(Exception):
    """Why a document cannot be loaded, as `enrollments[3].realm: no realm "sec_x" in org "org_y"`.

    Without a place (not JSON at all) the message is only what is wrong.
    """

    def __init__(self, place: str, what: str) -> None:
        super().__init__(f"{place}: {what}" if place else what)


class Spot:
    """The place of one entry in the document."""

    def __init__(self, array: str, index: int) -> None:
        self.array = array
        self.index = index

    def __str__(self) -> str:
        return f"{self.array}[{self.index}]"

    def refused(self, field: str, what: str) -> RosterError:
        return RosterError(step(str(self), field), what)


def step(place: str, field: str) -> str:
    """The place of a field: names that are no identifiers are quoted."""
    name = field if field.isidentifier() else quoted(field)
    return f"{place}.{name}" if place else name


def quoted(text: str) -> str:
    """A text as a message may repeat it: short, and with nothing a terminal would obey."""
    shown = text if len(text) <= SHOWN else text[:SHOWN] + "…"
    return json.dumps(shown, ensure_ascii=not shown.isprintable())
