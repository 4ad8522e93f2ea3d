"""Why a message was not delivered. The texts are for the admins of the message's organization."""

from __future__ import annotations

LONGEST = 500  # characters of a text


class Undelivered(Exception):
    """It did not work this time."""


class Undeliverable(Exception):
    """It will never work: the message is parked at once."""


def noted(text: str) -> str:
    """A text as it can be kept and shown: one line of printable characters, not too long. It may
    have the words of another server in it, which can be any bytes."""
    words = text.encode("utf-8", "replace").decode().split()
    return "".join(c for c in " ".join(words) if c.isprintable())[:LONGEST]
