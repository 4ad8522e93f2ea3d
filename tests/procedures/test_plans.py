"""How SQLite carries out the statements of real calls: by an index that leads to what is meant.

Looking through all rows of a tenant, or of all tenants, is for what is about all of them, and for
tables of which an organization has few.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from statement_calls import everything
from world import serving

from procedures.store.sqlite import SQLiteStore

pytestmark = pytest.mark.engine("sqlite")

STATEMENT = re.compile(r"\s*(select|insert|update|delete|with)\b", re.IGNORECASE)
# As the plan says it: in the order of the table or of an index, of a whole tenant or of all.
THROUGH = re.compile(r"(?:SCAN (\w+)|SEARCH (\w+) USING .*\(org_id=\?\))(?: |$)")
# An index that has few rows by its condition.
OF_FEW = ("membership_admin", "school_default")
FEW = {"org", "school", "s", "term", "t", "webhook"}

ALL_IS_MEANT = {
    # Pages and counts of everything that an organization has.
    "procedures.store.details._found": "every member",
    "procedures.store.details.details": "a page in the order of an index",
    "procedures.store.details.count_details": "every record",
    "procedures.store.details.numbers": "of no key, nothing",
    "procedures.store.resources.found": "OneRoster's collections",
    "procedures.store.operations.messages": "the operator's page counts all messages",
    "procedures.store.courses.requirement_edges": "a circle may go through any course",
    "procedures.store.details.sections": "once for an import, which may name any of them",
    # The newest, by its end of the index.
    "procedures.store.log.latest": "the largest id",
    "procedures.store.webhooks.drop_webhook": "a webhook is seldom removed",
    # What goes on beside the calls.
    "procedures.store.outbox.backlog": "the operator's metrics, of what is unsent",
    "procedures.store.outbox.hasten": "of what is unsent, what a clock has put off",
    "procedures.store.erasing.wipe_traces": "a person's traces may be in any text",
}

ENGINE = ("procedures.store.sqlite", "procedures.store.transaction")


class Recorded:
    """What each function runs, with the values of one time."""

    def __init__(self, store: SQLiteStore) -> None:
        self._connections = (store._writer, store._reader)
        self._statements: dict[str, set[str]] = defaultdict(set)
        for connection in self._connections:
            connection.set_trace_callback(self._take)

    def _take(self, sql: str) -> None:
        frame: Any = sys._getframe(1)
        while frame.f_globals["__name__"].startswith(ENGINE):
            frame = frame.f_back
        if STATEMENT.match(sql):
            name = frame.f_code.co_qualname.partition(".<")[0]
            self._statements[f"{frame.f_globals['__name__']}.{name}"].add(sql)

    def end(self) -> dict[str, set[str]]:
        """Statements by function."""
        for connection in self._connections:
            connection.set_trace_callback(None)
        return {k: v for k, v in self._statements.items() if k.startswith("procedures.")}


def plan_of(store: SQLiteStore, sql: str) -> list[str]:
    return store.look(lambda tx: tx.all(lambda *row: str(row[3]), f"explain query plan {sql}"))


def looked_through(store: SQLiteStore, sql: str) -> list[str]:
    """The steps of a plan that go through more than what is meant."""
    plan = plan_of(store, sql)
    parts = {step.split()[1] for step in plan if step.startswith(("MATERIALIZE", "CO-ROUTINE"))}
    return [step for step in plan if is_through(step, FEW | parts)]


def is_through(step: str, few: set[str]) -> bool:
    found = THROUGH.match(step)
    if found is None or any(f"INDEX {index} " in step for index in OF_FEW):
        return False
    return (found[1] or found[2]) not in few


async def test_no_statement_looks_through_what_it_does_not_mean(database: str, tmp_path: Path):
    async with serving(database) as world:
        assert isinstance(world.store, SQLiteStore)
        recorded = Recorded(world.store)
        await everything(world, tmp_path)
        found = {
            name: steps
            for name, statements in recorded.end().items()
            if (steps := {step for sql in statements for step in looked_through(world.store, sql)})
        }
    assert {name: steps for name, steps in found.items() if name not in ALL_IS_MEANT} == {}
    assert set(ALL_IS_MEANT) - set(found) == set()


@pytest.mark.parametrize(
    ("sql", "through"),
    [
        ("select id from course where key = 'k'", True),
        ("select id from course where org_id = 1 and title = 't'", True),
        ("select id from course where org_id = 1 and key = 'k'", False),
        ("select count(*) from enrollment where org_id = 1", True),
        ("delete from submission where org_id = 1 and score = 1", True),
        ("delete from submission where org_id = 1 and enrollment_id = 1", False),
    ],
)
def test_a_statement_that_looks_through_a_table_is_told(database: str, sql: str, through: bool):
    store = SQLiteStore(Path(database))
    assert bool(looked_through(store, sql)) is through
    store.close()


async def test_seats_are_counted_in_an_index_without_a_look_at_the_records(database: str):
    async with serving(database) as world:
        assert isinstance(world.store, SQLiteStore)
        recorded = Recorded(world.store)
        await world.person("usr_lou", "acme").call("enrollment.enroll", courseId="crs_one")
        [counting] = recorded.end()["procedures.store.enrollments.seats_taken"]
        [step] = plan_of(world.store, counting)
    assert "USING COVERING INDEX enrollment_seated " in step
