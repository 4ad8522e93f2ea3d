"""The service as a state machine: random calls by everybody, the invariants after each of them.

`make machine` runs 2,000 sequences with new randomness each time; the other tests come with a
smaller choice of them, always the same.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import machine_calls as calls
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from invariants import INVARIANTS, READABLE
from machine_steps import Snapshot, Step
from small_world import ADMINS, SmallWorld, build_small_world

from procedures.records.enrollment import Obstacle
from rpc.errors import RPCError

IS_THOROUGH = settings.get_current_profile_name() == "thorough"
SEQUENCES = 2000 if IS_THOROUGH else 120
CALLS = 30  # in a sequence, at most


@cache
def original() -> Path:
    path = Path(mkdtemp(prefix="rollcall-machine-")) / "world.db"
    build_small_world(path)
    return path


class Machine(RuleBasedStateMachine):
    """Anybody calls anything, and time goes by."""

    def __init__(self) -> None:
        super().__init__()
        self.world = SmallWorld(original())
        self.now = Snapshot(self.world)

    def teardown(self) -> None:
        self.world.close()

    @rule(who=calls.callers, given=calls.enrolling)
    def enroll(self, who: Any, given: dict[str, Any]) -> None:
        self.call(who, "enrollment.enroll", given)

    @rule(who=calls.callers, given=calls.changing)
    def update(self, who: Any, given: dict[str, Any]) -> None:
        self.call(who, "enrollment.update", given)

    @rule(who=calls.callers, call=calls.leaving)
    def leave(self, who: Any, call: tuple[str, dict[str, Any]]) -> None:
        self.call(who, *call)

    @rule(who=calls.staff, given=calls.bulks)
    def bulk(self, who: Any, given: dict[str, Any]) -> None:
        self.call(who, "enrollment.bulk", given)

    @rule(who=calls.pupils, call=calls.learning)
    def learn(self, who: Any, call: tuple[str, dict[str, Any]]) -> None:
        self.call(who, *call)

    @rule(who=st.sampled_from([calls.ADMIN, calls.ADMIN, calls.TEACHER]), call=calls.managing)
    def manage(self, who: Any, call: tuple[str, dict[str, Any]]) -> None:
        self.call(who, *call)

    @rule(hours=st.sampled_from([2, 12, 30, 80]), is_swept=st.sampled_from([False, False, True]))
    def wait(self, hours: int, is_swept: bool) -> None:
        self.world.clock.advance(hours=hours)
        self.now = Snapshot(self.world)
        self.require_invariants()
        if is_swept:
            self.tick()

    def tick(self) -> None:
        before = self.now
        self.world.tick()
        self.now = Snapshot(self.world)
        step = Step((None, "tick", {}), None, before, self.now)
        assert [*step.history(), *step.versions(), *step.line(), *self.now.undone()] == []
        self.require_invariants()

    def call(self, who: Any, path: str, given: dict[str, Any]) -> None:
        before, given = self.now, self.resolved(who, given)
        foreseen = self.foreseen(who, path, given)
        answer = self.world.attempt(who, path, given)
        assert foreseen in (None, verdict(answer))
        self.now = Snapshot(self.world)
        assert [*Step((who, path, given), answer, before, self.now).problems()] == []
        if not isinstance(answer, RPCError):  # what changes nothing breaks nothing
            self.require_invariants()

    def foreseen(self, who: Any, path: str, given: dict[str, Any]) -> str | None:
        """What `enrollment.eligibility` says about who enrolls in a course by themself."""
        if path != "enrollment.enroll" or [*given] != ["courseId"]:
            return None
        answer = self.world.attempt(who, "enrollment.eligibility", given)
        is_no = not isinstance(answer, RPCError) and answer.reasons
        return verdict(answer.reasons[0] if is_no else answer)

    def resolved(self, who: Any, given: dict[str, Any]) -> dict[str, Any]:
        """The same with the keys of records instead of their numbers."""
        if "items" in given:
            return {**given, "items": [self.resolved(who, item) for item in given["items"]]}
        if "id" not in given:
            return given
        keys = [*self.now.keys_for(who), "enr_zzz"]
        return {**given, "id": keys[given["id"] % len(keys)]}

    def require_invariants(self) -> None:
        broken = {name: rows for name, sql in INVARIANTS.items() if (rows := self.world.rows(sql))}
        assert broken == {}
        self.require_reads()

    def require_reads(self) -> None:
        """I8, I15: reads show no withdrawn record, and an overdue one as expired."""
        readable = self.world.rows(READABLE)
        for user, org in ADMINS.items():
            page = self.world.call((user, org), "enrollment.list", {"limit": 200})
            listed = [(org, record.id, record.status, record.version) for record in page.items]
            assert listed == [row for row in readable if row[0] == org]


def verdict(answer: Any) -> str:
    """The reason of a refusal or an obstacle, else yes."""
    is_refused = isinstance(answer, RPCError | Obstacle)
    return f"no: {answer.reason}" if is_refused else "yes"


TestMachine: Any = Machine.TestCase
TestMachine.settings = settings(
    max_examples=SEQUENCES,
    stateful_step_count=CALLS,
    deadline=None,
    derandomize=not IS_THOROUGH,
    suppress_health_check=[*HealthCheck],
)
