"""What every list of OneRoster shares: paging, sorting, selection of fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypedDict
from urllib.parse import quote

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct

from procedures.records.fields import SAFE, Count
from procedures.rest.oneroster_filter import Filter, Grammar, parse
from procedures.rest.surface import Answer, Handler, Incoming, Operation
from rpc.errors import RPCError

ROOT = "/ims/oneroster/rostering/v1p2"
LARGEST_PAGE = 3000
LONGEST_LINKS = 4000  # characters, where more than one link is told

Item = dict[str, Any]
Fields = Annotated[str, Meta(description="Members with commas between; without: all of them.")]


class Selection(Struct):
    """What to show of an object."""

    fields: Fields | UnsetType = UNSET


class ListQuery(Selection, rename="camel"):
    """Which objects, in which order. At most 3000 are on a page."""

    filter: Annotated[str, Meta(description="`path op 'value'` joined by AND or OR")] | None = None
    sort: str = ""
    order_by: Annotated[str, Meta(description="asc or desc")] = "asc"
    limit: Annotated[int, Meta(ge=1, le=SAFE)] = 100
    offset: Count = 0


class Reference(TypedDict):
    """A link from one object to another."""

    href: str
    sourcedId: str
    type: str


class Asked(Struct, frozen=True):
    """What a query asks for."""

    filter: Filter
    sort: str
    descending: bool
    limit: int
    offset: int
    last: Sequence[str]
    fields: set[str]

    @property
    def order(self) -> Item:
        """Order and page, as procedures take them."""
        names = ("sort", "descending", "limit", "offset", "last")
        return {name: getattr(self, name) for name in names}


def asked(incoming: Incoming, grammar: Grammar) -> Asked:
    """What the query asks for. Raises BAD_REQUEST."""
    given = incoming.asked(ListQuery)
    fields = names_in(given.fields)
    sort = grammar.fields.get(given.sort, "number")
    return Asked(
        parse(given.filter, grammar) if given.filter is not None else Filter([], [], frozenset()),
        sort,
        given.order_by == "desc",
        min(given.limit, LARGEST_PAGE),
        given.offset,
        grammar.statuses.get("tobedeleted", ()) if sort == "status" else (),
        fields,
    )


def names_in(fields: str | UnsetType) -> set[str]:
    """The members that are asked for, none for all of them. Raises BAD_REQUEST."""
    names = set() if fields is UNSET else {name.strip() for name in fields.split(",")}
    if "" in names:
        message = "`fields` names no field"
        raise RPCError("BAD_REQUEST", message, reason="invalid_selection_field")
    return names


def page(incoming: Incoming, name: str, items: list[Any], total: int, ask: Asked) -> Answer:
    body = {
        name: [chosen(item, ask.fields) for item in items],
        "totalCount": total,
        "pageCount": -(-total // ask.limit),
        "pageNumber": ask.offset // ask.limit + 1,
        "offset": ask.offset,
        "limit": ask.limit,
    }
    links = ", ".join(linked(incoming, total, ask))
    return Answer(200, body, {"X-Total-Count": str(total), "Link": links})


def page_of(name: str, item: Any) -> type[Struct]:
    """The type of a page of items."""
    counts = ("totalCount", "pageCount", "pageNumber", "offset", "limit")
    return defstruct(f"Page_{name}", [(name, list[item]), *((count, int) for count in counts)])


def listing(handler: Handler, page: type[Struct]) -> Operation:
    refuses = ("invalid_filter_field", "invalid_selection_field")
    return Operation(handler, {200: page}, query=ListQuery, refuses=refuses)


def reading(handler: Handler, one: type[Struct]) -> Operation:
    return Operation(handler, {200: one}, query=Selection, refuses=("invalid_selection_field",))


def linked(incoming: Incoming, total: int, ask: Asked) -> list[str]:
    """The links to other pages, as the header has them, the one that is needed most in front. Each
    repeats the filter: of a long one there are as many as clients and proxies take in a head."""
    last = max(total - 1, 0) // ask.limit * ask.limit
    offsets = {"first": 0, "last": last}
    if ask.offset > 0:
        offsets = {"prev": min(max(ask.offset - ask.limit, 0), last), **offsets}
    if ask.offset + ask.limit < total:
        offsets = {"next": ask.offset + ask.limit, **offsets}
    links = [f'<{at_offset(incoming, ask, at)}>; rel="{rel}"' for rel, at in offsets.items()]
    fitting = LONGEST_LINKS // max(map(len, links))
    return links[: max(fitting, 1)]


def at_offset(incoming: Incoming, ask: Asked, offset: int) -> str:
    plain = incoming.http.url.replace(path=incoming.own_path)
    return str(plain.include_query_params(limit=ask.limit, offset=offset))


def selected(incoming: Incoming, item: Any) -> Item:
    """What the query asks for of the one object that is told."""
    return chosen(item, names_in(incoming.asked(Selection).fields))


def chosen(item: Any, names: set[str]) -> Item:
    """The members of these names; all of them where there is none, or an unknown one."""
    kept = names if names and names <= item.keys() else item.keys()
    return {name: value for name, value in item.items() if name in kept}


def reference(incoming: Incoming, kind: str, plural: str, key: str) -> Reference:
    base = str(incoming.http.base_url).rstrip("/")
    href = f"{base}{ROOT}/{plural}/{quote(key, safe='')}"
    return {"href": href, "sourcedId": key, "type": kind}
