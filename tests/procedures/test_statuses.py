"""Model §3, the whole of it: every pair of statuses, for every actor, in both kinds of record."""

from itertools import product
from typing import get_args

import msgspec
import pytest
from status_model import ROWS, STATUSES, WHO

from procedures.records.event import EventKind
from procedures.statuses import KINDS, TEMPLATES, TRANSITIONS, kind_of, require_transition
from procedures.store.courses import CourseRow
from procedures.store.enrollments import EnrollmentRow
from rpc.errors import RPCError

ACTORS = {"L": "learner", "S": "staff", "T": "system"}
LEARNER, TEACHER = 7, 8


def row(kind: type, **values):
    """A row of the database that has these values and else whatever its columns begin with."""
    blank = {"int": 0, "str": ""}
    shape = {name: blank.get(str(hint)) for name, hint in kind.__annotations__.items()}
    return msgspec.convert({**shape, **values}, kind)


def record(status: str, **values) -> EnrollmentRow:
    return row(EnrollmentRow, status=status, user_id=LEARNER, status_by=LEARNER, **values)


def course(policy: str = "learner") -> CourseRow:
    return row(CourseRow, completion_policy=policy)


def verdict(before: EnrollmentRow, to: str, actor: str, place: CourseRow | None) -> str:
    try:
        require_transition(before, to, frozenset({ACTORS[actor]}), place)
    except RPCError as refusal:
        return f"{refusal.code} {refusal.reason}"
    return "yes"


NEVER, NOT_THEM = "BAD_REQUEST invalid_transition", "FORBIDDEN admin_required"


def test_the_model_names_every_status_once():
    assert [line[0] for line in ROWS] == list(STATUSES)


@pytest.mark.parametrize(("before", "to", "actor"), [*product(STATUSES, STATUSES, "LST")])
def test_a_record_goes_where_the_model_says_and_nowhere_else(before: str, to: str, actor: str):
    # S3-05
    who = WHO[before, to]
    expected = "yes" if actor in who else NEVER if who == "-" else NOT_THEM
    assert verdict(record(before), to, actor, course()) == expected


@pytest.mark.parametrize(("before", "to", "actor"), [*product(STATUSES, STATUSES, "LST")])
def test_in_a_group_the_same_holds_but_nothing_is_completed(before: str, to: str, actor: str):
    expected = NEVER if to == "completed" else verdict(record(before), to, actor, course())
    assert verdict(record(before), to, actor, None) == expected


@pytest.mark.parametrize(("before", "to"), [*product(("archived", "expired"), STATUSES)])
def test_what_was_completed_comes_to_no_new_life(before: str, to: str):
    # S3-06
    done = record(before, completed_at="2026-01-01T00:00:00.000Z")
    expected = "yes" if {before, to} == {"archived", "expired"} else NEVER
    assert verdict(done, to, "S", course()) == expected


@pytest.mark.parametrize(
    ("policy", "learner"), [("learner", "yes"), ("progress", NOT_THEM), ("staff", NOT_THEM)]
)
def test_who_may_say_that_a_course_is_completed_is_up_to_the_course(policy: str, learner: str):
    verdicts = [verdict(record("active"), "completed", who, course(policy)) for who in "LST"]
    assert verdicts == [learner, "yes", "yes"]


@pytest.mark.parametrize(
    ("by", "learner"), [(LEARNER, "yes"), (TEACHER, NOT_THEM), (None, NOT_THEM)]
)
def test_learners_come_back_to_what_they_left_themselves(by: int | None, learner: str):
    # S3-33
    left = msgspec.structs.replace(record("dropped"), status_by=by)
    assert verdict(left, "active", "L", course()) == learner
    assert verdict(left, "active", "S", course()) == "yes"


def test_who_is_nobody_to_a_record_moves_it_nowhere():
    for before, to in TRANSITIONS:
        with pytest.raises(RPCError) as caught:
            require_transition(record(before), to, frozenset(), course())
        assert (caught.value.code, caught.value.reason) == ("FORBIDDEN", "admin_required")


def test_a_refusal_names_the_status_the_record_has():
    with pytest.raises(RPCError) as caught:
        require_transition(record("completed"), "active", frozenset({"staff"}), course())
    assert caught.value.data == {"status": "completed"}


def test_each_transition_is_called_by_what_happened():
    named = {
        (None, "active"): "enrolled",
        (None, "invited"): "invited",
        ("invited", "active"): "accepted",
        ("requested", "active"): "approved",
        ("requested", "waitlisted"): "waitlisted",
        ("waitlisted", "active"): "promoted",
        ("suspended", "active"): "reinstated",
        ("dropped", "active"): "reactivated",
        ("active", "dropped"): "dropped",
        ("active", "active"): "updated",
    }
    assert {change: kind_of(*change) for change in named} == named


def test_everything_that_has_a_name_or_a_mail_happens():
    beginnings = [(None, status) for status in STATUSES]
    changes = {*TRANSITIONS, ("requested", "waitlisted"), *beginnings}
    assert set(KINDS) <= changes
    assert set(TEMPLATES) <= {kind_of(*change) for change in changes}


def test_clients_know_every_kind_of_event():
    moves = {kind_of(before, after) for before, after in TRANSITIONS}
    beginnings = {"enrolled", *STATUSES} - {"active"}
    assert moves | beginnings | {kind_of("active", "active")} < set(get_args(EventKind))
