"""Why a message was not delivered. The texts are for the admins of the message's organization."""

from __future__ import annotations


class Undelivered(Exception):
    """It did not work this time."""


class Undeliverable(Exception):
    """It will never work: the message is parked at once."""
