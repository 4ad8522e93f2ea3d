"""What is sent as a stream: outputs that are iterated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Shape = Callable[[Exception], dict[str, Any]]  # of an error, as the client is told of it
NOT_ITERABLE = "Subscription %s did not return an observable or a AsyncGenerator"


def is_iterable(value: Any) -> bool:
    return hasattr(value, "__aiter__")


class closed_at_end:
    """The iterator of an iterable, closed when the block ends if it can be."""

    def __init__(self, iterable: Any) -> None:
        self._iterator = aiter(iterable)

    async def __aenter__(self) -> Any:
        return self._iterator

    async def __aexit__(self, *_: object) -> None:
        if hasattr(self._iterator, "aclose"):
            await self._iterator.aclose()
