"""Where an organization wants to be told of events."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from procedures.records.event import EventKind, Position
from procedures.records.fields import Input, Key, Output


class WebhookInput(Input, frozen=True, kw_only=True):
    """Where to, and which kinds of event; without `kinds` all of them."""

    url: Annotated[str, Meta(min_length=1, max_length=2000)]
    kinds: Annotated[tuple[EventKind, ...], Meta(max_length=100)] = ()


class WebhookAddress(Input, frozen=True):
    """The webhook of that id."""

    id: Key


class ReplayInput(Input, frozen=True, kw_only=True):
    """Which webhook, and behind which event, as for `enrollment.changes`."""

    id: Key
    after: Position


class Webhook(Output, frozen=True):
    """A receiver of events. No kinds: all of them."""

    id: str
    url: str
    kinds: list[EventKind]
    active: bool


class NewWebhook(Webhook, frozen=True):
    """A webhook with what its deliveries are signed with: `whsec_` and base64, shown this once."""

    secret: str


class WebhookPage(Output, frozen=True):
    items: list[Webhook]
    next_cursor: str | None


class Replayed(Output, frozen=True):
    """How many events are on their way; where to go on, null when there are no more."""

    count: int
    next_after: str | None
