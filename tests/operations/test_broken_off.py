"""A mutation that breaks off at any of its statements has done nothing at all.

T-03 of the threats."""

from __future__ import annotations

from typing import Any

import pytest
from engines import engine_of
from world import World

from procedures.store.postgres_transaction import PostgresTransaction
from procedures.store.sqlite_transaction import SQLiteTransaction

TRANSACTIONS: dict[str, Any] = {"sqlite": SQLiteTransaction, "postgres": PostgresTransaction}
LESSONS = [{"id": f"les_{n}", "kind": "lesson", "title": "Part"} for n in range(2)]
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("usr_ada", "membership.add", {"email": "new@acme.example", "role": "learner"}),
    ("usr_ada", "course.setComponents", {"courseId": "crs_open", "components": LESSONS}),
    ("usr_lou", "enrollment.enroll", {"courseId": "crs_open"}),
    ("usr_lou", "progress.record", {"courseId": "crs_open", "componentId": "les_0"}),
    ("usr_lou", "submission.create", {"courseId": "crs_open", "assessment": "a", "body": {}}),
    ("usr_ada", "progress.reset", {"courseId": "crs_open", "userId": "usr_lou"}),
    ("usr_ada", "enrollment.update", {"id": "enr_lia", "status": "suspended"}),
    ("usr_ada", "enrollment.delete", {"id": "enr_lia"}),
    ("usr_lou", "enrollment.unenroll", {"courseId": "crs_open"}),
    ("usr_ada", "webhook.create", {"url": "https://hooks.example"}),
]


class Broken(Exception):
    """Nothing the product knows about."""


class Trap:
    """Lets so many statements that write go by, and breaks the next."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
        self.left: int | None = None
        for name in ("run", "insert"):
            monkeypatch.setattr(kind, name, self._guarding(getattr(kind, name)))

    def _guarding(self, statement: Any) -> Any:
        def guarded(tx: Any, *given: Any, **values: Any) -> Any:
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    raise Broken
            return statement(tx, *given, **values)

        return guarded


async def test_whatever_breaks_off_has_left_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    trap, broken = Trap(monkeypatch, TRANSACTIONS[engine_of(world.store)]), {}
    for user, name, given in CALLS:
        before, goes_by, answer = world.contents(), 0, None
        while answer is None or answer.status_code != 200:
            assert world.contents() == before
            trap.left = goes_by
            answer = await world.person(user).post(
                name, json=given, headers={"idempotency-key": name}
            )
            trap.left, goes_by = None, goes_by + 1
            assert answer.status_code in (200, 500), answer.text
        assert world.contents() != before
        broken[name] = goes_by - 1
    assert "Broken" in caplog.text
    assert broken["enrollment.enroll"] >= 4  # the key, the record, its event, the mail
    assert min(broken.values()) >= 1
