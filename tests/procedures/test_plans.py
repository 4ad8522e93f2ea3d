"""How SQLite carries out the statements of real calls: by an index that leads to what is meant.

Looking through all rows of a tenant, or of all tenants, is for what is about all of them, and for
tables of which an organization has few.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from statement_calls import Statements, everything, recording
from world import serving

from procedures.store.dialect import numbered
from procedures.store.schema import sqlite3
from procedures.store.sqlite import SQLiteStore
from procedures.store.sqlite_connection import connect
from procedures.store.sqlite_transaction import SQLiteTransaction

pytestmark = pytest.mark.engine("sqlite")

# As the plan says it: in the order of the table or of an index, of a whole tenant or of all.
THROUGH = re.compile(r"(?:SCAN (\w+)|SEARCH (\w+) USING .*\(org_id=\?\))(?: |$)")
# An index that has few rows by its condition.
OF_FEW = ("school_default",)
# How statements say that they are about few, though by a function that may be about all.
FEW_ARE_MEANT = re.compile(r"\bid \+ 0\b")
OF_ONE = {"me", "visible_to", "user_id", "realm_id"}  # counts by these are about few as well
FEW = {"org", "school", "s", "term", "t", "webhook"}

ALL_IS_MEANT = {
    # Pages and counts of everything that an organization has.
    "procedures.store.details.details": "a page in the order of an index",
    "procedures.store.details.count_details": "every record",
    "procedures.store.details.numbers": "of no key, nothing",
    "procedures.store.resources.found": "OneRoster's collections",
    "procedures.store.operations.messages": "the operator's page counts all messages",
    "procedures.store.courses.requirement_edges": "a circle may go through any course",
    "procedures.store.details.sections": "once for an import, which may name any of them",
    # The newest, by its end of the index.
    "procedures.store.log.latest": "the largest id",
    # What goes on beside the calls.
    "procedures.store.outbox.backlog": "the operator's metrics, of what is unsent",
    "procedures.store.outbox.hasten": "of what is unsent, what a clock has put off",
    "procedures.store.erasing.orgs": "the settings of any organization may name a person",
    "procedures.store.erasing.wipe_traces": "a person's traces may be in any text",
    "procedures.store.erasing.wipe_answers": "in any answer of a day",
}


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Statements:
    return recording(monkeypatch, SQLiteTransaction)


def statements(recorded: Statements) -> list[tuple[str, dict[str, Any]]]:
    return [each for of_one in recorded.values() for each in of_one.items()]


def plan_of(store: SQLiteStore, sql: str, values: dict[str, Any]) -> list[str]:
    shown = f"explain query plan {sql}"
    return store.look(lambda tx: tx.all(lambda *row: str(row[3]), shown, **values))


def looked_through(store: SQLiteStore, sql: str, values: dict[str, Any]) -> list[str]:
    """The steps of a plan that go through more than what is meant."""
    plan = plan_of(store, sql, values)
    parts = {step.split()[1] for step in plan if step.startswith(("MATERIALIZE", "CO-ROUTINE"))}
    return [step for step in plan if is_through(step, FEW | parts)]


def is_through(step: str, few: set[str]) -> bool:
    found = THROUGH.match(step)
    if found is None or any(f"INDEX {index} " in step for index in OF_FEW):
        return False
    return (found[1] or found[2]) not in few


async def test_no_statement_looks_through_what_it_does_not_mean(
    database: str, recorded: Statements, tmp_path: Path
):
    async with serving(database) as world:
        assert isinstance(world.store, SQLiteStore)
        await everything(world, tmp_path)
    store = SQLiteStore(Path(database))
    found = {
        name: steps
        for name, of_one in recorded.items()
        if (steps := {step for each in of_one.items() for step in looked_through(store, *each)})
    }
    of_few = [
        (sql, values)
        for sql, values in statements(recorded)
        if FEW_ARE_MEANT.search(sql) or ("count(" in sql and not OF_ONE.isdisjoint(values))
    ]
    through = [sql for sql, values in of_few if looked_through(store, sql, values)]
    store.close()
    assert {name: steps for name, steps in found.items() if name not in ALL_IS_MEANT} == {}
    assert set(ALL_IS_MEANT) - set(found) == set()
    assert of_few
    assert through == []


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
    assert bool(looked_through(store, sql, {})) is through
    store.close()


async def test_seats_are_counted_in_an_index_without_a_look_at_the_records(
    database: str, recorded: Statements
):
    async with serving(database) as world:
        assert isinstance(world.store, SQLiteStore)
        await world.person("usr_lou", "acme").call("enrollment.enroll", courseId="crs_one")
        [counting] = recorded["procedures.store.seats.taken"].items()
        [step] = plan_of(world.store, *counting)
    assert "USING COVERING INDEX enrollment_seated " in step


async def test_the_records_of_an_organization_are_counted_in_an_index_without_a_look_at_them(
    database: str, recorded: Statements
):
    async with serving(database) as world:
        assert isinstance(world.store, SQLiteStore)
        await world.person("usr_ada", "acme").call("enrollment.list", limit=1)
        [counting] = recorded["procedures.store.listing.count_records"].items()
        [step] = plan_of(world.store, *counting)
    assert "USING COVERING INDEX enrollment_present " in step


@pytest.mark.parametrize(
    ("asked", "tables"),
    [("role='student'", {"e", "r"}), ("school.sourcedId!='x'", {"e", "r", "s"})],
)
async def test_a_page_counts_records_by_more_than_them_only_where_it_asks_about_that(
    database: str, recorded: Statements, asked: str, tables: set[str]
):
    async with serving(database) as world:
        assert isinstance(world.store, SQLiteStore)
        ada, page = world.person("usr_ada"), {"limit": 1, "filter": asked}
        answer = await ada.http.get(ENROLLMENTS, params=page, headers=ada.headers)
        assert int(answer.headers["x-total-count"]) > 1
        [counting] = recorded["procedures.store.details.count_details"].items()
        plan = plan_of(world.store, *counting)
    assert {step.split()[1] for step in plan} == tables


ENROLLMENTS = "/ims/oneroster/rostering/v1p2/enrollments"
ENROLLING = re.compile(r"\s*insert into (enrollment|event|outbox) ")


async def test_what_enrolling_inserts_is_checked_without_a_table_to_look_it_up_in(
    database: str, recorded: Statements
):
    """For an `in` of three values and more SQLite makes and fills one, at each insert."""
    async with serving(database) as world:
        await world.person("usr_lou", "acme").call("enrollment.enroll", courseId="crs_one")
    inserts = [each for each in statements(recorded) if ENROLLING.match(each[0])]
    assert len(inserts) == 3
    store = SQLiteStore(Path(database))
    assert {"OpenEphemeral" in steps_of(store, *each) for each in inserts} == {False}
    assert "OpenEphemeral" in steps_of(store, "select id in (1, 2, 3) from org", {})
    store.close()


def steps_of(store: SQLiteStore, sql: str, values: dict[str, Any]) -> list[str]:
    return store.look(lambda tx: tx.all(lambda *row: str(row[1]), f"explain {sql}", **values))


class Planner:
    """A connection that tells whether a statement is planned: SQLite asks what may be done."""

    def __init__(self, path: Path) -> None:
        self._connection = connect(path, writer=True)
        self._connection.set_authorizer(self._allow)
        self._cursor = self._connection.cursor()
        self._asked = 0

    def _allow(self, *about: object) -> int:
        self._asked += 1
        return 0

    def plans(self, sql: str, values: dict[str, Any]) -> bool:
        """Whether running the statement once more plans it; what it changes is undone."""
        text, in_order = numbered(sql)
        self._connection.execute("begin")
        self._asked = 0
        with suppress(sqlite3.IntegrityError):  # it was carried out all the same
            self._cursor.execute(text, in_order(values)).fetchall()
        asked = self._asked
        self._connection.execute("rollback")
        return asked > 0

    def plans_anew(self, sql: str, values: dict[str, Any]) -> bool:
        """Whether the statement is planned again where it is given other values."""
        self.plans(sql, values)
        return self.plans(sql, {name: another(value) for name, value in values.items()})

    def close(self) -> None:
        self._connection.close()


def another(value: Any) -> Any:
    if isinstance(value, str):
        return value + "1"
    return value + 1 if isinstance(value, int) else value


async def test_no_statement_is_planned_anew_for_other_values(
    database: str, recorded: Statements, tmp_path: Path
):
    """Planning takes longer than most statements do."""
    async with serving(database) as world:
        await everything(world, tmp_path)
    planner = Planner(Path(database))
    ran = statements(recorded)
    assert len(ran) > 200
    assert [sql for sql, values in ran if planner.plans_anew(sql, values)] == []
    planner.close()


@pytest.mark.parametrize(
    ("sql", "anew"),
    [
        ("select id from course order by id limit :most", False),
        ("select id from course order by id limit 1 offset :most", False),
        ("select user_id from membership where role = :role", False),
        ("select id from enrollment where role || '' = :role", False),
        ("select id from enrollment where role = :role", True),
        ("select id from course where key like :role", True),
    ],
)
def test_a_statement_that_is_planned_anew_is_told(database: str, sql: str, anew: bool):
    planner = Planner(Path(database))
    assert planner.plans_anew(sql, {"most": 1, "role": "a"}) is anew
    planner.close()
