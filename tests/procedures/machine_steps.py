"""What must hold between the file before a call and the file after it."""

from __future__ import annotations

from collections import Counter, namedtuple
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from invariants import SEATS
from small_world import ADMINS, BOTH, Rows, SmallWorld

from procedures import router
from rpc.errors import InputError, RPCError

# These change progress or say whom a record follows: a new version, but no transition.
WITHOUT_EVENT = {"progress.record", "progress.reset", "course.setComponents", "enrollment.delete"}
STAFF = {"teacher", "administrator"}
LIVE = {"invited", "requested", "waitlisted", "active", "suspended"}
SHAPES: dict[str, Any] = {}


class Snapshot:
    """The file at one moment."""

    def __init__(self, world: SmallWorld) -> None:
        self.now = world.now
        self.tables = world.contents()
        self.seats = {id: seats for id, *seats in world.rows(SEATS)}
        self.ids = {
            table: dict(world.rows(f"select key, id from {table}")) for table in ("account", "org")
        }
        self._shapes = shapes(world)

    @cached_property
    def records(self) -> dict[int, Any]:
        """Every record by id, tombstones too."""
        shape = self._shapes["enrollment"]
        return {row.id: row for row in map(shape._make, self.tables["enrollment"])}

    @cached_property
    def there(self) -> dict[int, Any]:
        """Every record that is not withdrawn."""
        return {id: row for id, row in self.records.items() if row.deleted_at is None}

    @cached_property
    def events(self) -> dict[int, Any]:
        shape = self._shapes["event"]
        return {row.id: row for row in map(shape._make, self.tables["event"])}

    def effective(self, row: Any) -> str:
        is_over = row.status == "active" and row.end_at is not None and row.end_at <= self.now
        return "expired" if is_over else row.status

    def is_staff(self, user_id: int, realm_id: int) -> bool:
        return any(
            (row.user_id, row.realm_id) == (user_id, realm_id)
            and row.role in STAFF
            and self.effective(row) == "active"
            for row in self.there.values()
        )

    def keys_for(self, who: tuple[str, str] | None) -> list[str]:
        """The keys of what a caller may move, the latest first; then of a few other records."""
        user = who[0] if who else ""
        me = self.ids["account"].get(user, 0)
        mine = [
            row.key
            for row in self.there.values()
            if user in ADMINS or row.user_id == me or self.is_staff(me, row.realm_id)
        ]
        others = [row.key for row in self.records.values() if row.key not in mine]
        return [*reversed(mine), *others[-3:]]

    def undone(self) -> Iterator[str]:
        """What time should have brought about and has not."""
        for row in self.there.values():
            if self.effective(row) != row.status:
                yield f"{row.key} is overdue"
        for realm, (capacity, taken, _, waiting) in self.seats.items():
            if waiting and taken < capacity:
                yield f"somebody waits for a free seat of realm {realm}"

    def waiting(self) -> dict[int, Any]:
        return {id: row for id, row in self.there.items() if row.status == "waitlisted"}


def shapes(world: SmallWorld) -> dict[str, Any]:
    """How rows of these tables are read by name."""
    if not SHAPES:
        for table in ("enrollment", "event"):
            columns = world.rows(f"select name from pragma_table_info('{table}')")
            SHAPES[table] = namedtuple(table.title(), [name for (name,) in columns])
    return SHAPES


class Step:
    """One call and what came of it; `answer` is the refusal where it was refused."""

    def __init__(self, asked: tuple[Any, ...], answer: Any, before: Snapshot, after: Snapshot):
        self.who, self.path, self.given = asked
        self.answer = answer
        self.before, self.after = before, after

    @cached_property
    def new_events(self) -> list[Any]:
        return [row for id, row in self.after.events.items() if id not in self.before.events]

    def problems(self) -> Iterator[str]:
        """Everything that should not be so."""
        if isinstance(self.answer, RPCError):
            yield from self.refusal(self.answer)
            return
        for check in (self.history, self.versions, self.powers, self.seats, self.line, self.result):
            yield from check()

    def refusal(self, refusal: RPCError) -> Iterator[str]:
        if self.before.tables != self.after.tables:
            yield f"a refused call changed {differing(self.before.tables, self.after.tables)}"
        known = {None, "not_member", *reasons_of(self.path)}
        if not isinstance(refusal, InputError) and refusal.reason not in known:
            yield f"{self.path} does not publish {refusal.reason}"
        if refusal.reason == "already_enrolled" and not self.is_in_the_way():
            yield f"{self.given} was refused, though the person is nowhere else"

    def is_in_the_way(self) -> bool:
        """I2, I15: whether the person of the named record, if any, has another live one there."""
        key, rows = self.given.get("id"), self.before.there.values()
        named = next((row for row in rows if row.key == key), None)
        return named is None or any(
            (row.user_id, row.course_id) == (named.user_id, named.course_id)
            and self.before.effective(row) in LIVE
            for row in rows
            if row.id != named.id
        )

    def history(self) -> Iterator[str]:
        """I11: the events lead from the status that was to the status that is, one for each."""
        status = {id: row.status for id, row in self.before.there.items()}
        for event in self.new_events:
            if event.from_status != status.get(event.enrollment_id):
                yield f"event {event} does not follow {status.get(event.enrollment_id)}"
            status[event.enrollment_id] = event.to_status
        told = {id: to for id, to in status.items() if to is not None}
        stored = {id: row.status for id, row in self.after.there.items()}
        if told != stored:
            yield f"the events say {told}, the records {stored}"

    def versions(self) -> Iterator[str]:
        """Each event is one version of its record, and nothing changes without one."""
        told = Counter(event.enrollment_id for event in self.new_events)
        for id, row in self.after.records.items():
            old = self.before.records.get(id)
            steps = row.version - (old.version if old else 0)
            if steps != told[id] and not (self.path in WITHOUT_EVENT and steps > told[id]):
                yield f"{row.key} has {steps} new versions and {told[id]} new events"
            if old is not None and row._replace(slot=old.slot) != old and not steps:
                yield f"{row.key} changed without a version"
            if steps and row.updated_at != self.after.now:
                yield f"{row.key} was changed at {row.updated_at}"

    def powers(self) -> Iterator[str]:
        """The caller moves what is theirs or what they are staff of, in their organizations."""
        user, _ = self.who or ("", "")
        me = self.before.ids["account"].get(user, 0)
        orgs = {"acme", "beta"} if user == BOTH else {self.who and self.who[1]}
        mine = {self.before.ids["org"].get(org) for org in orgs}
        for event in self.new_events:
            if event.org_id not in mine:
                yield f"{user} made {event}"
            if event.actor_id is None:
                continue
            is_staff = user in ADMINS or self.before.is_staff(me, event.realm_id)
            if event.actor_id != me or not (event.user_id == me or is_staff):
                yield f"{user} may not make {event}"

    def seats(self) -> Iterator[str]:
        """I9: no seat is given that is not there, unless staff insist."""
        if self.is_forced:
            return
        for realm, (capacity, taken, *_) in self.after.seats.items():
            _, taken_before, *_ = self.before.seats.get(realm, (None, 0))
            if capacity is not None and taken > max(capacity, taken_before):
                yield f"realm {realm} has {capacity} seats and {taken} people on them"

    @property
    def is_forced(self) -> bool:
        items = [self.given, *self.given.get("items", [])]
        insisted = any(item.get("force") for item in items)
        return insisted or any(e.kind == "promoted" and e.actor_id for e in self.new_events)

    def line(self) -> Iterator[str]:
        """I10: who came first goes first."""
        was, still = self.before.waiting(), self.after.waiting()
        chosen = [
            was[event.enrollment_id]
            for event in self.new_events
            if event.kind == "promoted" and not event.actor_id and event.enrollment_id in was
        ]
        for row in chosen:
            for other in still.values():
                overtaken = other.id in was and was[other.id].realm_id == other.realm_id
                is_first = (other.enrolled_at, other.id) < (row.enrolled_at, row.id)
                if overtaken and other.realm_id == row.realm_id and is_first:
                    yield f"{row.key} was promoted before {other.key}"

    def result(self) -> Iterator[str]:
        """What is answered is what is stored; counts are counts of events."""
        by_key = {row.key: row for row in self.after.records.values()}
        if self.path == "enrollment.bulk":
            yield from self.counts()
        elif self.path.startswith("enrollment.") and hasattr(self.answer, "status"):
            row = by_key[self.answer.id]
            stored = (self.after.effective(row), row.version, row.progress)
            if stored != (self.answer.status, self.answer.version, self.answer.progress):
                yield f"answered {self.answer}, stored {row}"

    def counts(self) -> Iterator[str]:
        told = [event for event in self.new_events if event.actor_id]
        created = sum(event.from_status is None for event in told)
        deleted = sum(event.to_status is None for event in told)
        changed = len(told) - created - deleted
        answer = self.answer
        if (answer.created, answer.updated, answer.deleted) != (created, changed, deleted):
            yield f"{answer} counts other than {created}, {changed}, {deleted}"
        if answer.failed != sum(not result.ok for result in answer.results):
            yield f"{answer} does not count its failures"


def differing(before: dict[str, Rows], after: dict[str, Rows]) -> list[str]:
    return [table for table in before if before[table] != after[table]]


def reasons_of(path: str) -> set[str]:
    """The reasons a procedure says it refuses with."""
    procedure = router.find(path)
    assert procedure is not None, path
    return set(procedure.errors)
