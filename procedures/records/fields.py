"""What every record is made of: closed inputs, full outputs, camelCase outside."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]*$"
SAFE = 2**53 - 1  # the largest integer JavaScript holds
Key = Annotated[str, Meta(min_length=1, max_length=255, pattern=PLAIN, description="A public key.")]
Title = Annotated[str, Meta(min_length=1, max_length=255, pattern=PLAIN)]
Label = Annotated[str, Meta(max_length=255, pattern=PLAIN)]
Text = Annotated[str, Meta(max_length=20_000, pattern=PLAIN)]
Moment = Annotated[datetime, Meta(tz=True, description="An instant with Z or an offset.")]
Instant = Annotated[str, Meta(description="Instant, UTC: 2025-09-01T04:00:00.000Z")]
Count = Annotated[int, Meta(ge=0, le=SAFE)]
Limit = Annotated[int, Meta(ge=1, le=SAFE)]
LARGEST_PAGE = 200
PageLimit = Annotated[
    Limit, Meta(description="How many items at most. A larger wish is cut, as a rule to 200.")
]
Cursor = Annotated[str, Meta(max_length=1000, description="`nextCursor` of the last answer.")]
Direction = Annotated[
    Literal["forward"], Meta(description="What infinite queries of TanStack say along with it.")
]


class Input(Struct, forbid_unknown_fields=True, frozen=True, rename="camel"):
    """What a procedure takes: unknown fields are refused."""


class Output(Struct, frozen=True, rename="camel"):
    """What a procedure gives: every field is always there."""


class Page(Input, frozen=True, kw_only=True):
    """Which part of a list: at most `limit` items, from where the last answer's cursor points."""

    limit: PageLimit = 50
    cursor: Cursor | None = None
    direction: Direction = "forward"

    @property
    def size(self) -> int:
        """How many items the page holds at most: a larger wish is cut to 200."""
        return min(self.limit, LARGEST_PAGE)


class Done(Output, frozen=True):
    """It is done; there is nothing else to say."""

    success: Literal[True]


DONE = Done(success=True)


def require_one(**given: object) -> None:
    """Exactly one of these fields is there. Raises ValueError naming them."""
    if sum(value is not None for value in given.values()) != 1:
        raise ValueError(f"exactly one of `{'`, `'.join(given)}` is required")


def require_address(id: str | None, user_id: str | None, **places: object) -> None:
    """A record by its `id`, or a person's in one of these places. Raises ValueError."""
    require_one(**places, id=id)
    if id is not None and user_id is not None:
        raise ValueError(f"`userId` goes with `{'` or `'.join(places)}` only")
