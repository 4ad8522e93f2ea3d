"""Random values that superjson can carry, in the form in which Python sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from msgspec import UNSET

from rpc.superjson import URL, BigInt, Entries, Error, Map, Members, RegExp

SAFE = 2**53 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SOURCES = ["(?:)", "x", r"a\/b", r"[.]\\", "ä|b"]
URLS = ["https://a.example/", "https://a.example/b%20c?d=e&f=#g", "mailto:a@b.example"]


def order_of_javascript(value: dict[str, Any]) -> dict[str, Any]:
    """An object of JavaScript has its array indexes first, in their order."""
    indexes = [key for key in value if key.isdecimal() and str(int(key)) == key and len(key) < 10]
    first = sorted(indexes, key=int)
    return {key: value[key] for key in [*first, *(key for key in value if key not in indexes)]}


def twice(value: Any) -> dict[str, Any]:
    return {"deep": {"er": value}, "one.of\\them": value, "list": [value]}


def in_itself(value: Any) -> list[Any]:
    made = [value]
    made += [{"up": made, "too": made}]
    return made


instants = st.integers(-62_135_596_800_000, 253_402_300_799_999).map(
    lambda milliseconds: EPOCH + timedelta(milliseconds=milliseconds)
)
names = st.text(st.sampled_from("ab.\\ä1 0"), max_size=4) | st.text(max_size=3)
# Not NaN and -0: the package moves NaN to the end of a Set, and JavaScript makes -0 a 0 there.
members = (
    st.none()
    | st.booleans()
    | st.integers(-SAFE, SAFE)
    | st.integers(SAFE + 1, 10**30)
    | st.builds(BigInt, st.integers())
    | st.floats(allow_nan=False).map(lambda number: number + 0.0)
    | st.text(max_size=5)
    | st.just(UNSET)
    | instants
    | st.builds(RegExp, st.sampled_from(SOURCES), st.sampled_from(["", "g", "giu"]))
    | st.builds(URL, st.sampled_from(URLS))
)
scalars = members | st.floats()
frozen = members | st.frozensets(members, max_size=2) | st.tuples(members, members)
# The package gives every Error a cause, if only undefined, and does not look for equalities in it.
causes = st.lists(scalars, max_size=2)


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, max_size=4)
    objects = st.dictionaries(names, inner, max_size=4).map(order_of_javascript)
    entries = st.lists(st.tuples(lists, inner), max_size=3)
    return (
        lists
        | objects
        | lists.map(tuple)
        | st.sets(frozen, max_size=4)
        | st.lists(lists | objects, max_size=3).map(Members)
        | st.dictionaries(frozen, inner, max_size=3).map(Map)
        | st.dictionaries(st.integers(-9, 9), inner, min_size=1, max_size=3)
        | entries.map(Entries)
        | st.builds(Error, st.sampled_from(["Error", "MyError"]), st.text(max_size=3), causes)
        | inner.map(twice)
    )


def values(*, cycles: bool) -> st.SearchStrategy[Any]:
    def around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return containers(inner) | inner.map(in_itself) if cycles else containers(inner)

    return st.recursive(scalars, around, max_leaves=12)
