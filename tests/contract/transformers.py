"""The contract's transformers."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from rpc import superjson


class Wrap:
    """A value v travels as {"$w": v}."""

    def serialize(self, value: Any) -> Any:
        return {"$w": value}

    def deserialize(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("wrap: not an object")
        return value.get("$w", UNSET)


class Superjson:
    """As in JavaScript: however many values the equalities make."""

    serialize = staticmethod(superjson.serialize)

    def deserialize(self, value: Any) -> Any:
        return superjson.deserialize(value, max_values=None)
