"""A subscription that outlives its connections, without I/O: a transport does what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from rpc.client.calls import Call
from rpc.client.retrying import Retry
from rpc.client.wire import (
    Asked,
    NoReply,
    Reply,
    Shape,
    is_carried,
    outcome,
    read,
    refusal,
    request_of,
)
from rpc.errors import RPCError
from rpc.tracked import Tracked

SHAPE = msgspec.json.Decoder(Shape)
EVENT_STREAM = "text/event-stream"
# What a server says that another one, or the same one soon, may not say.
PASSING = frozenset({"BAD_GATEWAY", "SERVICE_UNAVAILABLE", "GATEWAY_TIMEOUT"})
SIGNS = ("connected", "ping")


class Event(Protocol):
    """A server-sent event."""

    @property
    def event(self) -> str: ...
    @property
    def data(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def retry(self) -> int | None: ...


def behind(asked: Asked, id: str) -> Asked:
    """The request that goes on behind an event; the address has an id that no header carries."""
    if is_carried(id):
        return asked._replace(headers={**asked.headers, "last-event-id": id})
    joint = "&" if "?" in asked.target else "?"
    return asked._replace(target=f"{asked.target}{joint}lastEventId={quote(id, safe='')}")


def shape_of(text: str) -> Shape:
    try:
        return SHAPE.decode(text)
    except msgspec.DecodeError:
        return Shape(f"an error that is none of a tRPC server: {text[:100]}")


class Following:
    """How far a subscription is, and when it is asked for again: behind the last event it saw."""

    def __init__(self, call: Call[Any], retry: Retry) -> None:
        self._call = call
        self._retry = retry
        self._asked = request_of(call, None)
        self._last_id: str | None = None
        self._come_back: float | None = None  # seconds, as the server said last
        self._setback: RPCError | None = None
        self._failures = 0
        self._is_up = False  # whether this connection has told that it is one
        self.is_over = False

    def request(self) -> Asked:
        """What to ask for on a new connection."""
        self._is_up = False
        asked = self._asked if self._last_id is None else behind(self._asked, self._last_id)
        return asked._replace(headers={"accept": EVENT_STREAM, **asked.headers})

    def items(self, event: Event) -> Iterator[Any]:
        """What an event holds. Raises what the subscription was refused with."""
        if event.retry is not None:
            self._come_back = event.retry / 1000
        self._is_up = self._is_up or event.event in SIGNS
        if event.event == "message" and event.data:
            self._failures = 0
            yield self._item(event)
        elif event.event == "return":
            self.is_over = True
        elif event.event == "serialized-error":
            self._refused(refusal(shape_of(event.data), None))

    def _item(self, event: Event) -> Any:
        data = read(self._call, event.data)
        if isinstance(data, RPCError):
            raise data
        if not self._call.of.is_tracked or not event.id:
            return data
        self._last_id = event.id
        return Tracked(event.id, data)

    def _refused(self, error: RPCError) -> None:
        if error.code not in PASSING:
            raise error
        self._setback = error

    def ended(self) -> float:
        """Seconds until one asks again, after a stream that ended without having said so. Raises
        what it was refused with, once too often."""
        if self._setback is not None:
            error, self._setback = self._setback, None
            # One that was turned away again and again has got nowhere, although it was connected.
            self._is_up = False
            return self.failed(NoReply(error.code, error.message))
        self._failures = 0
        return self._retry.base if self._come_back is None else self._come_back

    def failed(self, came: Reply | NoReply) -> float:
        """Seconds until one asks again, when there was no stream, or no more. Raises what is final:
        a connection that was up was no failure, however quiet it was."""
        self._failures = 1 if self._is_up else self._failures + 1
        pause = self._retry.pause(self._failures, self._asked, came)
        if pause is not None:
            return pause
        if isinstance(came, NoReply):
            raise came
        outcome(self._call, came)
        raise NoReply("BAD_GATEWAY", "the answer is no event stream")
