"""Mails and webhook deliveries."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from procedures.records.fields import Input, Instant, Output


class MessageAddress(Input, frozen=True):
    """The message of that id."""

    id: Annotated[str, Meta(pattern="^[0-9]{1,15}$")]


class Message(Output, frozen=True):
    """A mail or a webhook delivery. Parked: neither `nextAt` nor `sentAt`."""

    id: str
    event_id: str
    channel: Literal["email", "webhook"]
    recipient: str
    template: str
    attempts: int
    next_at: Instant | None
    sent_at: Instant | None
    last_error: str | None


class MessagePage(Output, frozen=True):
    items: list[Message]
    next_cursor: str | None
