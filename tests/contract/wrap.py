"""The contract's transformer: a value v travels as {"$w": v}."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET


class Wrap:
    def serialize(self, value: Any) -> Any:
        return {"$w": value}

    def deserialize(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("wrap: not an object")
        return value.get("$w", UNSET)
