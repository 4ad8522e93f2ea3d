"""Writing entries one by one: whatever refuses a row is named by the place of its entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from procedures.circles import circle
from procedures.records.fields import SAFE
from procedures.roster.conflicts import conflict
from procedures.roster.directory import Asked, Directory, Name, Org, Referred
from procedures.roster.document import ARRAYS, Closed, Document
from procedures.roster.refusal import RosterError, Spot, quoted
from procedures.store.transaction import Duplicate, Transaction
from procedures.telling import Progress

Columns = dict[str, Any]
Row = Callable[["Here", Any], Columns]

RECORDS_THERE_WERE = "select enrollment_id from event where enrollment_id between :low and :high"
NOWHERE = Org("", 0)  # the org of what all orgs share

TABLES = {
    "orgs": "org",
    "schools": "school",
    "accounts": "account",
    "memberships": "membership",
    "courses": "course",
    "prerequisites": "prerequisite",
    "components": "component",
    "terms": "term",
    "realms": "realm",
    "enrollments": "enrollment",
    "component_done": "component_done",
    "submissions": "submission",
}


class Here:
    """One entry about to be written: its place, its org, and what it may refer to."""

    def __init__(self, loading: Loading, at: Spot, org: Org) -> None:
        self.tx = loading.tx
        self.now = loading.now
        self.at = at
        self.org = org
        self._keys = loading.keys

    def refused(self, field: str, what: str) -> RosterError:
        return self.at.refused(field, what)

    def find(self, kind: type[Asked], name: Name) -> Asked | None:
        return self._keys.find(kind, self.org.id, name)

    def all(self, kind: type[Asked]) -> list[Asked]:
        return self._keys.all(kind, self.org.id)

    def require(self, field: str, kind: type[Referred], name: Name) -> Referred:
        """The row a field refers to. RosterError when the entry's org has none of that name."""
        row = self._keys.find(kind, 0 if kind.everywhere else self.org.id, name)
        if row is None:
            key = name[-1] if isinstance(name, tuple) else name
            place = "" if kind.everywhere else f" in org {quoted(self.org.key)}"
            raise self.refused(field, f"no {kind.noun} {quoted(str(key))}{place}")
        return row

    def insert(self, table: str, columns: Columns) -> int:
        """Add a row of the entry's org; its id. RosterError when a unique index refuses it."""
        if self.org is not NOWHERE:
            columns = {"org_id": self.org.id, **columns}
        try:
            return self.tx.insert(table, **columns)
        except Duplicate as error:
            raise self.refused(*conflict(error.index, table, columns)) from None


class Added(NamedTuple):
    """An entry that has its row."""

    here: Here
    entry: Any
    id: int


class Link(NamedTuple):
    """A row that refers to another one of its table."""

    here: Here
    child: int
    parent: int


class Loading:
    """One load under way."""

    def __init__(self, tx: Transaction, roster: Document, now: str, progress: Progress) -> None:
        self.tx = tx
        self.roster = roster
        self.now = now
        self._progress = progress
        self._done, self._all = 0, sum(len(getattr(roster, array)) for array in TABLES)
        self.keys = Directory(tx)

    def keep_others_away(self) -> None:
        """From here on nobody else changes anything of the document's orgs that are there."""
        named = {getattr(entry, "org", "") for a in TABLES for entry in getattr(self.roster, a)}
        self.tx.alone([org.id for org in self.tx.all(Org, Org.sql) if org.key in named])

    def add(self, array: str, row: Row) -> list[Added]:
        """Insert the entries of an array in their order, each as `row` makes it."""
        entries = getattr(self.roster, array)
        ids = self._ids(array, entries)
        return [self._add(Spot(array, at), entry, row, ids) for at, entry in enumerate(entries)]

    def _add(self, at: Spot, entry: Closed, row: Row, ids: Sequence[int]) -> Added:
        here = self._here(at, entry)
        columns = row(here, entry)
        if ids:
            columns["id"] = ids[at.index]
        self._done += 1
        self._progress("loading entries", self._done, self._all)
        return Added(here, entry, here.insert(TABLES[at.array], columns))

    def _here(self, at: Spot, entry: Closed) -> Here:
        here = Here(self, at, NOWHERE)
        org = getattr(entry, "org", None)
        return here if org is None else Here(self, at, here.require("org", Org, org))

    def _ids(self, array: str, entries: Sequence[Any]) -> list[int]:
        """The given ids, for the others new ones; [] where entries have none."""
        if "id" not in ARRAYS[array].__struct_fields__:
            return []
        self._refuse_taken(array, entries)
        largest = max((entry.id or 0 for entry in entries), default=0)
        missing = sum(not entry.id for entry in entries)
        numbers = iter(self.tx.new_ids(TABLES[array], missing, largest))
        ids = [entry.id or next(numbers) for entry in entries]
        for at, number in enumerate(ids):
            if number > SAFE:
                raise Spot(array, at).refused("id", f"no number is left after {SAFE}")
        return ids

    def _refuse_taken(self, array: str, entries: Sequence[Any]) -> None:
        """Ids are of all orgs, though the key of a row may begin with its org. Those of records are
        taken for ever: events and sent mails outlive the record."""
        given = [entry.id for entry in entries if entry.id]
        if not given:
            return
        among = f"select id from {TABLES[array]} where id between :low and :high"
        if array == "enrollments":
            among += f" union {RECORDS_THERE_WERE}"
        taken = {*self.tx.all(int, among, low=min(given), high=max(given))}
        for at, entry in enumerate(entries):
            if entry.id in taken:
                raise Spot(array, at).refused("id", f"{entry.id} is already taken")


def references(field: str, kind: type[Referred], added: Sequence[Added]) -> list[Link]:
    """What the entries that have the field refer to by it. RosterError where that is not there."""
    named = [(row, getattr(row.entry, field)) for row in added]
    return [
        Link(row.here, row.id, row.here.require(field, kind, name).id)
        for row, name in named
        if name is not None
    ]


def link(field: str, statement: str, links: Sequence[Link]) -> None:
    """Write the references within one table, now that all its rows are there; no circles."""
    refuse_circle(field, links, {(child, parent) for _, child, parent in links})
    for here, child, parent in links:
        here.tx.run(statement, org_id=here.org.id, child=child, parent=parent)


def refuse_circle(field: str, links: Sequence[Link], edges: set[tuple[int, int]]) -> None:
    """Raise RosterError at the last of the links in a circle of these edges."""
    closed = circle(edges)
    for here, child, parent in reversed(links):
        if (child, parent) in closed:
            raise here.refused(field, "in a circle")


def plain(entry: Closed, *but: str) -> Columns:
    """The fields that are columns as they stand: all but org, id and these; booleans as 0 and 1."""
    fields = msgspec.structs.asdict(entry)
    left_out = {"org", "id", *but}
    return {name: _bare(value) for name, value in fields.items() if name not in left_out}


def _bare(value: object) -> object:
    if isinstance(value, str):
        return str(value)
    return int(value) if isinstance(value, bool) else value


def json_text(value: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
