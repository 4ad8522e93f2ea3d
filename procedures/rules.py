"""Decisions about enrollments: pure functions of rows and an instant, without clock or chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct

from procedures.instants import is_past
from procedures.records.enrollment import Role, Status
from procedures.store.courses import CourseRow, MissingRow
from procedures.store.enrollments import SlotRow
from procedures.store.realms import RealmRow
from rpc.errors import RPCError

LIVE: frozenset[str] = frozenset({"invited", "requested", "waitlisted", "active", "suspended"})
SEATED: frozenset[str] = frozenset({"invited", "active", "suspended"})


class Wish(Struct, frozen=True):
    """Who shall be enrolled where, and which checks the caller may and does set aside."""

    realm: RealmRow
    course: CourseRow | None
    role: Role
    is_self: bool
    status: Status | None = None
    reenroll: bool = False
    bypass_prerequisites: bool = False
    force: bool = False

    @property
    def is_joining(self) -> bool:
        """Whether somebody comes in by themself; who does so in another role is staff."""
        return self.is_self and self.role == "student"

    @property
    def join_policy(self) -> str:
        if self.realm.join_policy is not None:
            return self.realm.join_policy
        return self.course.join_policy if self.course else "invite"


class Past(Struct, frozen=True):
    """What a user's records say at an instant: those of the slot, latest first, and unproven
    prerequisites. `live` holds the slot, what is overdue no longer does."""

    records: Sequence[SlotRow]
    missing: Sequence[MissingRow]
    live: SlotRow | None
    overdue: SlotRow | None
    ended: Sequence[SlotRow]


def past_at(now: str, records: Sequence[SlotRow], missing: Sequence[MissingRow]) -> Past:
    """What these records, the latest first, say at an instant."""
    kept = [record for record in records if record.deleted_at is None]
    live = [record for record in kept if is_live(record, now)]
    overdue = [record for record in kept if is_overdue(record, now)]
    ended = [record for record in kept if record not in live]
    return Past(records, missing, live[0] if live else None, overdue[0] if overdue else None, ended)


def is_overdue(record: SlotRow, now: str) -> bool:
    return record.status == "active" and is_past(record.end_at, now)


def is_live(record: SlotRow, now: str) -> bool:
    return record.deleted_at is None and record.status in LIVE and not is_overdue(record, now)


def accepts_invitation(wish: Wish, past: Past) -> bool:
    return wish.is_self and past.live is not None and past.live.status == "invited"


def obstacles(wish: Wish, past: Past, now: str) -> Iterator[RPCError]:
    """Everything that stands against an enrollment but the seat, in the order of model §4.1."""
    yield from _unpublished(wish)
    if accepts_invitation(wish, past):
        yield from _closed(wish, now)
        return
    yield from _already_there(wish, past)
    yield from _unproven(wish, past)
    yield from _closed(wish, now)
    yield from _not_open(wish)


def closures(wish: Wish, now: str) -> Iterator[RPCError]:
    """What keeps everybody out for now: also those who come back or accept an invitation."""
    yield from _unpublished(wish)
    yield from _closed(wish, now)


def _unpublished(wish: Wish) -> Iterator[RPCError]:
    if wish.role != "student" or wish.force:
        return
    if wish.course is not None and wish.course.status != "published":
        yield RPCError("BAD_REQUEST", "this course is not published", reason="not_published")
    elif wish.realm.status != "active":
        yield RPCError("BAD_REQUEST", "this section is archived", reason="not_published")


def _already_there(wish: Wish, past: Past) -> Iterator[RPCError]:
    live, ended = past.live, past.ended
    if live is not None:
        yield RPCError(
            "CONFLICT",
            "already enrolled in this course",
            reason="already_enrolled",
            status=live.status,
            enrollmentId=live.key,
        )
    completed = next((r for r in ended if r.completed_at), None)
    if completed is not None and not wish.reenroll:
        yield RPCError(
            "CONFLICT",
            "already completed this course",
            reason="already_completed",
            status=completed.status,
            enrollmentId=completed.key,
        )
    if wish.is_joining and ended and wish.course is not None and not wish.course.self_reenroll:
        yield RPCError("FORBIDDEN", "ask staff to enroll you again", reason="reenroll_not_allowed")


def _unproven(wish: Wish, past: Past) -> Iterator[RPCError]:
    if past.missing and not (wish.force or wish.bypass_prerequisites):
        yield RPCError(
            "BAD_REQUEST",
            "prerequisites are not met",
            reason="prerequisites_not_met",
            missingPrerequisites=[missing_prerequisite(row) for row in past.missing],
        )


def missing_prerequisite(row: MissingRow) -> dict[str, str]:
    status = "in_progress" if row.in_progress else "not_started"
    return {"id": row.key, "title": row.title, "status": status}


def _closed(wish: Wish, now: str) -> Iterator[RPCError]:
    course = wish.course
    if course is None or wish.force:
        return
    too_early = course.opens_at is not None and now < course.opens_at
    too_late = course.closes_at is not None and now >= course.closes_at
    if too_early or too_late:
        yield RPCError("BAD_REQUEST", "enrollment is closed now", reason="enrollment_closed")


def _not_open(wish: Wish) -> Iterator[RPCError]:
    if not wish.is_joining or wish.force:
        return
    if wish.join_policy == "code":
        yield RPCError("FORBIDDEN", "an access code is needed", reason="code_required")
    elif wish.join_policy == "invite":
        yield RPCError("FORBIDDEN", "only the invited may join", reason="invite_only")


def first_status(wish: Wish) -> Status:
    """The status a new record asks for, before seats are counted."""
    if wish.status is not None:
        return wish.status
    must_ask = wish.is_joining and not wish.force and wish.join_policy == "request"
    return "requested" if must_ask else "active"


class Seats(Struct, frozen=True):
    """How many students a realm takes (None: any number), and whether others may wait."""

    capacity: int | None
    waitlist: bool

    def left(self, taken: int) -> int | None:
        return None if self.capacity is None else max(self.capacity - taken, 0)

    def are_left(self, taken: int) -> bool:
        return self.left(taken) != 0


def seats_of(realm: RealmRow, course: CourseRow | None) -> Seats:
    """A realm's own seats; a default section without has its course's."""
    if realm.capacity is None and realm.is_default and course is not None:
        return Seats(course.capacity, bool(course.waitlist or realm.waitlist))
    return Seats(realm.capacity, bool(realm.waitlist))


def seated_status(status: Status, seats: Seats, taken: int) -> Status:
    """The status once seats are counted: as asked, or waiting. Raises CONFLICT `full`."""
    for refusal in no_seat(status, seats, taken):
        raise refusal
    return status if status not in SEATED or seats.are_left(taken) else "waitlisted"


def no_seat(status: Status, seats: Seats, taken: int) -> Iterator[RPCError]:
    """The seat as an obstacle: there is none, and no line to wait in."""
    may_wait = seats.waitlist and status == "active"
    if status in SEATED and not seats.are_left(taken) and not may_wait:
        yield RPCError("CONFLICT", "no seat is left", reason="full")
