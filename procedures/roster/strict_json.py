"""The bytes of a document to a plain tree, refusing at its place what JSON leaves open."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any

from procedures.records.fields import SAFE
from procedures.roster.refusal import RosterError, step

DEPTH = 40
SURROGATE = re.compile("[\ud800-\udfff]")


class Odd:
    """Stands in the tree where a value was that cannot be taken."""

    def __init__(self, what: str) -> None:
        self.what = what


def tree(document: bytes) -> object:
    """The JSON value, without duplicate names, unsafe numbers or lone surrogates. RosterError."""
    value = _parsed(document)
    _refuse_odd("", value, 0)
    return value


def _parsed(document: bytes) -> object:
    try:
        return json.loads(
            document.decode(),
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_decimal,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise RosterError("", f"not UTF-8: {error.reason} at byte {error.start}") from None
    except RecursionError:
        raise RosterError("", "nested too deeply") from None
    except ValueError as error:
        raise RosterError("", f"not JSON: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        times = Counter(name for name, _ in pairs)
        result |= {name: Odd("given twice") for name, n in times.items() if n > 1}
    return result


def _integer(digits: str) -> int | Odd:
    if len(digits) > len(str(-SAFE)) or abs(int(digits)) > SAFE:
        return Odd("an integer beyond 2^53-1")
    return int(digits)


def _decimal(digits: str) -> float | Odd:
    value = float(digits)
    return value if math.isfinite(value) else Odd("a number out of range")


def _constant(name: str) -> Odd:
    return Odd(f"{name} is not JSON")


def _refuse_odd(place: str, value: object, depth: int) -> None:
    if isinstance(value, Odd):
        raise RosterError(place, value.what)
    if depth > DEPTH:
        raise RosterError(place, "nested too deeply")
    if isinstance(value, str):
        _refuse_surrogate(place, value)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _refuse_odd(f"{place}[{index}]", part, depth + 1)
    elif isinstance(value, dict):
        for name, part in value.items():
            _refuse_surrogate(place, name)
            _refuse_odd(step(place, name), part, depth + 1)


def _refuse_surrogate(place: str, text: str) -> None:
    if SURROGATE.search(text):
        raise RosterError(place, "half a character (a lone surrogate)")
