"""How the engine finds events and whom they concern: by an index that leads to them, whatever the
size of the organization. (PostgreSQL plans by statistics, which small tables do not have.)"""

from pathlib import Path
from typing import Any

import pytest

from procedures.store import answers, log
from procedures.store.log import Scope
from procedures.store.sqlite import SQLiteStore

pytestmark = pytest.mark.engine("sqlite")
EVENT_IDS = "event_1 (org_id=? AND id>?)"  # the unique index on both


class Plans:
    """Takes statements as a transaction does, and keeps how they would be carried out."""

    def __init__(self, store: SQLiteStore) -> None:
        self._store = store
        self.steps: list[str] = []

    def _keep(self, sql: str, values: dict[str, Any]) -> None:
        rows = self._store.look(lambda tx: tx.all(list_of, f"explain query plan {sql}", **values))
        self.steps += [str(row[3]) for row in rows]

    def all(self, kind: Any, sql: str, /, **values: Any) -> list[Any]:
        self._keep(sql, values)
        return []

    def value(self, sql: str, /, **values: Any) -> None:
        self._keep(sql, values)

    def run(self, sql: str, /, **values: Any) -> int:
        self._keep(sql, values)
        return 0


def list_of(*row: Any) -> list[Any]:
    return [*row]


@pytest.fixture
def plans(path: Path):
    store = SQLiteStore(path)
    yield Plans(store)
    store.close()


def looked_through(plans: Plans, table: str) -> list[str]:
    """How rows of a table are found, wherever they are not looked up one by one."""
    found = [step for step in plans.steps if step.startswith(("SCAN", f"SEARCH {table}"))]
    return [step.partition("INDEX ")[2] for step in found]


def test_the_feed_begins_where_the_cursor_points(plans: Plans):
    log.changes(plans, 1, (0, 50))
    log.places(plans, 1, (0, 500))
    assert [step for step in plans.steps if step.startswith("SCAN")] == []
    assert plans.steps[0].endswith(EVENT_IDS)
    assert looked_through(plans, "event")[0].endswith(EVENT_IDS)


def test_the_last_event_is_found_without_looking_at_others(plans: Plans):
    log.latest(plans, 1)
    assert plans.steps == ["SEARCH event USING COVERING INDEX sqlite_autoindex_event_1 (org_id=?)"]


def test_those_concerned_are_found_among_staff_and_admins_only(plans: Plans):
    """Not among the thousands of students of a section."""
    log.concerned(plans, 1, 2)
    assert looked_through(plans, "enrollment") == [
        "enrollment_staff (org_id=? AND realm_id=? AND status=?)"
    ]
    assert looked_through(plans, "membership") == ["membership_role (org_id=? AND role=?)"]


@pytest.mark.parametrize(
    ("course", "way"), [(None, EVENT_IDS), (4, "event_course (org_id=? AND course_id=? AND id>?)")]
)
def test_looking_back_goes_through_the_events_of_the_scope(
    plans: Plans, course: int | None, way: str
):
    log.window(plans, Scope(1, course, 3, "2026"), 0, 1000)
    ways = looked_through(plans, "w ")
    assert len(ways) == 2
    assert [step for step in ways if not step.endswith(way)] == []


def test_keys_are_swept_by_their_age(plans: Plans):
    answers.forget(plans, "2026", 10)
    assert "idempotency_age (created_at<?)" in looked_through(plans, "idempotency")
