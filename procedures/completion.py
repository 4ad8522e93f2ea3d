"""Decisions about content and progress: pure functions of records and an instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from procedures.instants import is_past
from procedures.records.access import Refusal
from procedures.store.enrollments import EnrollmentRow


def percent(done: int, counting: int) -> int:
    """How much of a course is done, when some of it counts: 100 means all that counts."""
    return 100 * done // counting


def completes(status: str, policy: str, progress: int) -> bool:
    """Whether a record with this progress is completed without anybody saying so."""
    return progress == 100 and status == "active" and policy != "staff"


def may_work(record: EnrollmentRow, now: str) -> bool:
    """Whether components can be marked and work be submitted in a record."""
    is_on = record.begin_at <= now and not is_past(record.end_at, now)
    return record.status == "active" and is_on


def may_read(record: EnrollmentRow, now: str) -> bool:
    """Whether a record opens the content of its course."""
    return record.status == "completed" or may_work(record, now)


def deciding(records: Sequence[EnrollmentRow], now: str) -> EnrollmentRow | None:
    """Of a person's records in a course, the one that opens its content, else the first."""
    return next((r for r in records if may_read(r, now)), records[0] if records else None)


def working(records: Iterable[EnrollmentRow], now: str) -> EnrollmentRow | None:
    """Of a person's records in a course, the student's that can be worked in, else the first if it
    is completed."""
    students = [r for r in records if r.role == "student" and r.course_id is not None]
    at_work = next((r for r in students if may_work(r, now)), None)
    return at_work or next((r for r in students[:1] if r.status == "completed"), None)


def refusal(record: EnrollmentRow | None, now: str) -> Refusal | None:
    """Why the deciding record does not open the content, if it does not."""
    if record is None:
        return "not_enrolled"
    if may_read(record, now):
        return None
    return "not_begun" if record.status == "active" else "no_access"


def access_end(record: EnrollmentRow | None, now: str) -> str | None:
    """When the access that a record gives now will end; a completed one's does not."""
    return record.end_at if record is not None and may_work(record, now) else None
