"""`enrollment.eligibility`: all that stands against an enrollment, without trying it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from procedures import placing, rules, transitions
from procedures.addressing import course_person, named_member
from procedures.context import Member
from procedures.records.enrollment import Eligibility, EligibilityInput, Obstacle
from procedures.rules import Wish
from procedures.store import enrollments, realms, seats
from procedures.store.people import MemberRow
from procedures.store.realms import RealmRow
from rpc.errors import RPCError
from rpc.procedure import errors


@errors("admin_required", "user")
def eligibility(ctx: Member, given: EligibilityInput) -> Eligibility:
    """Whether the caller, or for staff another learner, could enroll in a course by themself now;
    if not, every reason."""
    course_person(ctx, given.user_id)
    user = named_member(ctx, given.user_id)
    reasons = [shown(obstacle) for obstacle in obstacles(ctx, user)]
    return Eligibility(not reasons, reasons)


def obstacles(ctx: Member, user: MemberRow) -> Iterator[RPCError]:
    course = ctx.named_course
    found = realms.default_section(ctx.tx, ctx.org.id, course.id, course.school_id)
    realm = found or NOT_YET
    wish = Wish(realm, course, "student", is_self=True)
    past = placing.past_of(ctx, wish, user)
    yield from rules.obstacles(wish, past, ctx.now)
    if past.live is not None and rules.accepts_invitation(wish, past):
        record = enrollments.record(ctx.tx, ctx.org.id, past.live.id, ctx.now)
        yield from transitions.time_over(record, course, ctx.now)
        return
    taken = seats.taken(ctx.tx, ctx.org.id, realm.id, ctx.now)
    # Seats that time has freed go to those who wait.
    taken += seats.waiting(ctx.tx, ctx.org.id, realm.id)
    yield from rules.no_seat(rules.first_status(wish), rules.seats_of(realm, course), taken)


# The default section a course has not got so far: made by the first who enrolls.
NOT_YET = RealmRow(
    org_id=0,
    id=0,
    key="",
    kind="section",
    course_id=None,
    is_default=1,
    join_policy=None,
    capacity=None,
    waitlist=0,
    status="active",
)


def shown(obstacle: RPCError) -> Obstacle:
    refusal = {"reason": obstacle.reason, "message": obstacle.message, **obstacle.data}
    return msgspec.convert(refusal, Obstacle)
