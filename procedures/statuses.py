"""Which status may follow which, and who may bring it about: model §3 as one table."""

from __future__ import annotations

from typing import Literal

from procedures.refusals import staff_only
from procedures.store.courses import CourseRow
from procedures.store.enrollments import EnrollmentRow
from rpc.errors import RPCError

Actor = Literal["learner", "staff", "system"]

STAFF: frozenset[Actor] = frozenset({"staff"})
EITHER: frozenset[Actor] = frozenset({"learner", "staff"})
TIMED: frozenset[Actor] = frozenset({"staff", "system"})
ANYONE: frozenset[Actor] = frozenset({"learner", "staff", "system"})

TRANSITIONS: dict[tuple[str, str], frozenset[Actor]] = {
    ("invited", "active"): EITHER,
    ("requested", "active"): STAFF,
    ("waitlisted", "active"): TIMED,
    ("active", "completed"): ANYONE,
    ("active", "suspended"): STAFF,
    ("active", "dropped"): EITHER,
    ("active", "expired"): TIMED,
    ("active", "archived"): STAFF,
    ("suspended", "active"): STAFF,
    ("suspended", "completed"): STAFF,
    ("suspended", "dropped"): STAFF,
    ("suspended", "archived"): STAFF,
    ("suspended", "expired"): STAFF,
    ("dropped", "active"): EITHER,
    ("expired", "active"): STAFF,
    ("expired", "archived"): STAFF,
    ("archived", "active"): STAFF,
    ("archived", "expired"): STAFF,
    ("archived", "dropped"): STAFF,
    ("completed", "archived"): STAFF,
    ("completed", "expired"): STAFF,
}

# What a transition is called in the event log; the others are called like their target.
KINDS: dict[tuple[str | None, str], str] = {
    (None, "active"): "enrolled",
    ("invited", "active"): "accepted",
    ("requested", "active"): "approved",
    ("waitlisted", "active"): "promoted",
    ("suspended", "active"): "reinstated",
    ("dropped", "active"): "reactivated",
    ("expired", "active"): "reactivated",
    ("archived", "active"): "reactivated",
}

# Which mail tells the learner.
TEMPLATES = {
    "enrolled": "welcome",
    "invited": "invited",
    "requested": "requested",
    "accepted": "welcome",
    "approved": "welcome",
    "promoted": "promoted",
    "waitlisted": "waitlisted",
    "completed": "completed",
}


def kind_of(before: str | None, after: str) -> str:
    """What a transition is called; `before` is None of a new record."""
    if before == after:
        return "updated"
    return KINDS.get((before, after), after)


def require_transition(
    record: EnrollmentRow, to: str, actors: frozenset[Actor], course: CourseRow | None
) -> None:
    """Raise BAD_REQUEST `invalid_transition` for what nobody may do to this record, FORBIDDEN
    `admin_required` for what others may. Going where the record is already is no transition."""
    allowed = TRANSITIONS.get((record.status, to))
    unfinished = to in ("active", "dropped") and record.completed_at is not None
    if allowed is None or unfinished or (to == "completed" and course is None):
        message = f"{record.status} does not become {to}"
        raise RPCError("BAD_REQUEST", message, reason="invalid_transition", status=record.status)
    if not _learner_may(record, to, course):
        allowed -= {"learner"}
    if not actors & allowed:
        raise staff_only()


def _learner_may(record: EnrollmentRow, to: str, course: CourseRow | None) -> bool:
    """Completing: where the course leaves it to learners. Coming back: to who left by choice."""
    if to == "completed":
        return course is not None and course.completion_policy == "learner"
    if record.status == "dropped":
        return record.status_by == record.user_id
    return True
