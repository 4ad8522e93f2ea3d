"""Mails and webhook deliveries."""

from __future__ import annotations

from typing import Literal

from procedures.records.fields import Instant, Output


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
