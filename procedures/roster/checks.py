"""What the document alone can tell: values given twice, contradictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from procedures.credentials import canonical_email
from procedures.roster.document import Document, Enrollment, Prerequisite, Realm, Term
from procedures.roster.refusal import Spot, quoted
from procedures.roster.values import Email

MAY_BE_COMPLETED = ("completed", "archived", "expired")


class Once(NamedTuple):
    """A field whose value is given once in an array, or once among entries that share others."""

    array: str
    field: str
    within: tuple[str, ...] = ()


GIVEN_ONCE = (
    Once("orgs", "key"),
    Once("orgs", "id"),
    Once("schools", "key", ("org",)),
    Once("schools", "id"),
    Once("accounts", "key"),
    Once("accounts", "id"),
    Once("accounts", "email"),
    Once("memberships", "user", ("org",)),
    Once("memberships", "key", ("org",)),
    Once("memberships", "school_uid", ("org",)),
    Once("courses", "key", ("org",)),
    Once("courses", "id"),
    Once("prerequisites", "requires", ("org", "course")),
    Once("components", "key", ("org", "course")),
    Once("terms", "key", ("org",)),
    Once("terms", "id"),
    Once("realms", "key", ("org",)),
    Once("realms", "id"),
    Once("realms", "section_school_code", ("org",)),
    Once("realms", "access_code"),
    Once("enrollments", "key", ("org",)),
    Once("enrollments", "id"),
    Once("component_done", "component", ("org", "enrollment")),
    Once("submissions", "key", ("org",)),
)


class Rule(NamedTuple):
    """A field, when it is wrong in an entry of the right shape, and why."""

    field: str
    broken: Callable[[Any], bool]
    why: str


def section_without_course(realm: Realm) -> bool:
    return realm.kind == "section" and realm.course is None


def group_with_course(realm: Realm) -> bool:
    return realm.kind == "group" and realm.course is not None


def requires_itself(prerequisite: Prerequisite) -> bool:
    return prerequisite.requires == prerequisite.course


def is_backwards(term: Term) -> bool:
    return term.end_date < term.start_date


def completed_without_instant(record: Enrollment) -> bool:
    return record.status == "completed" and record.completed_at is None


def completed_below_100(record: Enrollment) -> bool:
    return record.status == "completed" and record.progress < 100


def instant_without_completion(record: Enrollment) -> bool:
    return record.completed_at is not None and record.status not in MAY_BE_COMPLETED


def ends_before_it_begins(record: Enrollment) -> bool:
    return record.end_at is not None and record.end_at <= (record.begin_at or record.enrolled_at)


def primary_but_no_teacher(record: Enrollment) -> bool:
    return record.primary_flag and record.role != "teacher"


RULES = {
    "prerequisites": (Rule("requires", requires_itself, "a course cannot require itself"),),
    "terms": (Rule("end_date", is_backwards, "before start_date"),),
    "realms": (
        Rule("course", section_without_course, "a section needs a course"),
        Rule("course", group_with_course, "a group has no course"),
    ),
    "enrollments": (
        Rule("completed_at", completed_without_instant, "a completed record needs it"),
        Rule("progress", completed_below_100, "a completed record has 100"),
        Rule(
            "completed_at",
            instant_without_completion,
            f"only for a record that is {', '.join(MAY_BE_COMPLETED)}",
        ),
        Rule("end_at", ends_before_it_begins, "not after begin_at"),
        Rule("primary_flag", primary_but_no_teacher, "only a teacher can be primary"),
    ),
}


def check(document: Document) -> None:
    """Raise RosterError for what is wrong whatever the database holds."""
    for array, rules in RULES.items():
        for index, entry in enumerate(getattr(document, array)):
            _check_entry(Spot(array, index), entry, rules)
    for once in GIVEN_ONCE:
        _refuse_repetition(once, getattr(document, once.array))


def _check_entry(at: Spot, entry: object, rules: Iterable[Rule]) -> None:
    for rule in rules:
        if rule.broken(entry):
            raise at.refused(rule.field, rule.why)


def _refuse_repetition(once: Once, entries: Iterable[object]) -> None:
    seen: dict[tuple[object, ...], Spot] = {}
    for index, entry in enumerate(entries):
        at, value = Spot(once.array, index), getattr(entry, once.field)
        if value in (None, ""):
            continue
        first = seen.setdefault((*(getattr(entry, n) for n in once.within), _folded(value)), at)
        if first is not at:
            shown = quoted(str(value))
            raise at.refused(once.field, f"{shown} is given twice, first in {first}.{once.field}")


def _folded(value: object) -> object:
    return canonical_email(value) if isinstance(value, Email) else value
