"""Values with an id, which a subscription resumes behind, and what ends a stream with a value."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Tracked(Struct, Generic[T], frozen=True):
    """An event the client can name when it comes back: yield it from a subscription."""

    id: str
    data: T

    def __post_init__(self) -> None:
        if not self.id or any(c in self.id for c in "\r\n\0"):
            raise ValueError("a tracked id must not be empty, nor hold line breaks or NUL")


def tracked(id: str, data: T) -> Tracked[T]:
    """tRPC's name for it. Raises ValueError for an id that no stream can carry."""
    return Tracked(id, data)


class Returned(Struct, frozen=True):
    """Yielded last by an async generator: what the stream returns. Python's own cannot."""

    value: Any
