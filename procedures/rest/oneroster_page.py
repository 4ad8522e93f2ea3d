"""What every list of OneRoster shares: paging, sorting, selection of fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from procedures.rest.oneroster_filter import Filter, Grammar, parse
from procedures.rest.surface import Answer, Incoming
from rpc.errors import RPCError

Item = dict[str, Any]
LARGEST_PAGE = 3000


class Asked(Struct, frozen=True):
    """What a query asks for."""

    filter: Filter
    sort: str
    descending: bool
    limit: int
    offset: int


def asked(incoming: Incoming, grammar: Grammar) -> Asked:
    """What the query asks for. Raises BAD_REQUEST."""
    text = incoming.query("filter")
    return Asked(
        parse(text, grammar) if text is not None else Filter([], [], frozenset()),
        grammar.fields.get(incoming.query("sort") or "", "number"),
        incoming.query("orderBy") == "desc",
        min(incoming.query_number("limit", 100, 1), LARGEST_PAGE),
        incoming.query_number("offset", 0, 0),
    )


def page(incoming: Incoming, name: str, items: list[Item], total: int, ask: Asked) -> Answer:
    body = {
        name: [chosen(incoming, item) for item in items],
        "totalCount": total,
        "pageCount": -(-total // ask.limit),
        "pageNumber": ask.offset // ask.limit + 1,
        "offset": ask.offset,
        "limit": ask.limit,
    }
    headers = {"X-Total-Count": str(total)}
    if links := ", ".join(linked(incoming, total, ask)):
        headers["Link"] = links
    return Answer(200, body, headers)


def linked(incoming: Incoming, total: int, ask: Asked) -> list[str]:
    """The links to other pages, as the header has them."""
    last = max(total - 1, 0) // ask.limit * ask.limit
    offsets = {"first": 0, "last": last}
    if ask.offset + ask.limit < total:
        offsets["next"] = ask.offset + ask.limit
    if ask.offset > 0:
        offsets["prev"] = max(ask.offset - ask.limit, 0)
    url = incoming.http.url
    return [
        f'<{url.include_query_params(limit=ask.limit, offset=offset)}>; rel="{rel}"'
        for rel, offset in offsets.items()
    ]


def chosen(incoming: Incoming, item: Item) -> Item:
    """The asked-for members of an object; all of them where an unknown one is asked for."""
    text = incoming.query("fields")
    if text is None:
        return item
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        message = "`fields` names no field"
        raise RPCError("BAD_REQUEST", message, reason="invalid_selection_field")
    if not set(names) <= item.keys():
        return item
    return {name: value for name, value in item.items() if name in names}


def require_fields(incoming: Incoming) -> None:
    """Raise BAD_REQUEST for a blank selection, also where there is nothing to select from."""
    chosen(incoming, {})


def reference(incoming: Incoming, kind: str, plural: str, key: str) -> Mapping[str, str]:
    """A link from one object to another."""
    base = str(incoming.http.base_url).rstrip("/")
    href = f"{base}/ims/oneroster/rostering/v1p2/{plural}/{key}"
    return {"href": href, "sourcedId": key, "type": kind}
