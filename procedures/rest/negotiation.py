"""Which of the offered media types an Accept header prefers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

WEIGHT = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


class Range(NamedTuple):
    """A media type, or all of a kind, or all, and how much it is wanted."""

    name: str
    weight: float

    @property
    def precision(self) -> int:
        return 2 - self.name.count("*")

    def covers(self, media: str) -> bool:
        return self.name in (media, f"{media.partition('/')[0]}/*", "*/*")


def preferred(accept: str, offers: Sequence[str]) -> str | None:
    """The offer that is wanted most, None where none is. Of equals the one that is named most
    precisely, then the first. Without a header everything is wanted."""
    ranges = list(ranges_of(accept)) if accept.strip() else [Range("*/*", 1)]
    ranked = [(rank(offer, ranges), offer) for offer in offers]
    (weight, _), best = max(ranked, key=lambda pair: pair[0])
    return best if weight > 0 else None


def rank(media: str, ranges: Sequence[Range]) -> tuple[float, int]:
    """How much a media type is wanted, by the range that names it most precisely."""
    covering = [each for each in ranges if each.covers(media)]
    if not covering:
        return 0, 0
    closest = max(covering, key=lambda each: each.precision)
    return closest.weight, closest.precision


def ranges_of(accept: str) -> Iterator[Range]:
    """The media ranges of a header. What is not written as it should is left out."""
    for part in accept.split(","):
        name, *parameters = (each.strip().lower() for each in part.split(";"))
        words = dict(each.partition("=")[::2] for each in parameters)
        weight = words.get("q", "1")
        if WEIGHT.fullmatch(weight):
            yield Range(name, float(weight))
