"""`enrollment.update`, `.transfer` and `.delete`: what becomes of a record that is there."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from procedures import events, rules, transitions
from procedures.addressing import current_record, may_manage, may_see
from procedures.context import Member
from procedures.enrollment import shown
from procedures.instants import moment
from procedures.middleware import org_admin
from procedures.placing import metadata_text
from procedures.records.enrollment import (
    Enrollment,
    EnrollmentChange,
    EnrollmentKey,
    RecordAddress,
    TransferInput,
)
from procedures.records.fields import DONE, Done
from procedures.refusals import no_enrollment, staff_only
from procedures.rules import SEATED, Wish
from procedures.statuses import Actor, require_transition
from procedures.store import courses, enrollments, realms, staff
from procedures.store.courses import CourseRow
from procedures.store.enrollments import EnrollmentRow
from procedures.transitions import Cause
from rpc.errors import RPCError
from rpc.procedure import errors


@errors(
    "admin_required",
    "already_enrolled",
    "enrollment_closed",
    "full",
    "invalid_transition",
    "not_published",
    "user",
    "version",
)
def update(ctx: Member, given: EnrollmentChange) -> Enrollment:
    """Change a record: its status as the status table allows, the rest for staff."""
    row = current_record(ctx, given)
    return shown(updated(ctx, row, given))


def updated(ctx: Member, row: EnrollmentRow, given: EnrollmentChange) -> EnrollmentRow:
    """The record after the change. What is so already is no change: no version, no event."""
    if given.if_version not in (None, row.version):
        message = f"this is version {row.version} by now"
        raise RPCError("CONFLICT", message, reason="version", version=row.version)
    columns = changed_columns(row, given)
    actors = actors_for(ctx, row)
    if columns and "staff" not in actors:
        raise staff_only()
    status = row.status
    if given.status is not None and row.status not in (given.status, *given.unless_status):
        status = given.status
        require_passage(ctx, row, status, actors, columns)
    if status == row.status and not columns:
        return row
    cause = Cause(ctx.user_id, given.reason, notify=given.notify is not False)
    return transitions.move(ctx, row, status, cause, **columns)


def actors_for(ctx: Member, row: EnrollmentRow) -> frozenset[Actor]:
    """As whom the caller acts on a record."""
    actors: set[Actor] = {"learner"} if row.user_id == ctx.user_id else set()
    return frozenset(actors | {"staff"} if may_manage(ctx, row) else actors)


def require_passage(
    ctx: Member,
    row: EnrollmentRow,
    status: str,
    actors: frozenset[Actor],
    columns: dict[str, Any],
) -> None:
    """Raise unless the caller may give the record that status now."""
    course = courses.course(ctx.tx, ctx.org.id, row.course_id)
    require_transition(row, status, actors, course)
    if status == "active" and row.status in ("invited", "dropped"):
        _require_open(ctx, row, course)
    if status == "active" and ("end_at" in columns or "staff" not in actors):
        transitions.require_time(replace(row, **columns), course, ctx.now)


def _require_open(ctx: Member, row: EnrollmentRow, course: CourseRow | None) -> None:
    realm = realms.realm(ctx.tx, ctx.org.id, row.realm_id)
    wish = Wish(realm, course, row.role, is_self=False)  # type: ignore[arg-type]
    for obstacle in rules.closures(wish, ctx.now):
        raise obstacle


def changed_columns(row: EnrollmentRow, given: EnrollmentChange) -> dict[str, Any]:
    """The columns that shall be different from what they are. Raises BAD_REQUEST."""
    role = row.role if row.role in given.unless_role else given.role or row.role
    wanted: dict[str, Any] = {"role": role, "primary_flag": _primary(row, role, given.primary)}
    if given.begin_at is not None:
        wanted["begin_at"] = moment(given.begin_at)
    if given.end_at is not UNSET:
        wanted["end_at"] = moment(given.end_at)
    if given.metadata is not None:
        wanted["metadata"] = merged(row.metadata, given.metadata)
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    _require_sound(row, changed)
    return changed


def _primary(row: EnrollmentRow, role: str, wanted: bool | None) -> int:
    if wanted and role != "teacher":
        raise RPCError("BAD_REQUEST", "only teachers are `primary`", reason="invalid_input")
    return int(role == "teacher" and (bool(row.primary_flag) if wanted is None else wanted))


def _require_sound(row: EnrollmentRow, changed: dict[str, Any]) -> None:
    end_at = changed.get("end_at", row.end_at)
    if end_at is not None and end_at <= changed.get("begin_at", row.begin_at):
        raise RPCError("BAD_REQUEST", "`endAt` must be after `beginAt`", reason="invalid_input")
    if "role" in changed and row.status == "waitlisted":
        message = "only students wait for a seat"
        raise RPCError("BAD_REQUEST", message, reason="invalid_transition", status=row.status)


def merged(metadata: str, given: dict[str, Any]) -> str:
    """Metadata with some members set and, where null is given, some removed. Raises InputError."""
    members = msgspec.json.decode(metadata) | given
    return metadata_text({name: value for name, value in members.items() if value is not None})


@errors("admin_required", "already_enrolled", "full", "invalid_transition", "other_course")
def transfer(ctx: Member, given: TransferInput) -> Enrollment:
    """Move a record to another section of its course, or another group; all else stays."""
    row = enrollments.record_by_key(ctx.tx, ctx.org.id, given.id, ctx.now)
    if row is None or not may_see(ctx, row):
        raise no_enrollment()
    _require_staff_of_both(ctx, row)
    target = ctx.named_realm
    if row.realm_id == target.id:
        return shown(row)
    if row.status not in rules.LIVE:
        message = f"a record that is {row.status} stays where it is"
        raise RPCError("BAD_REQUEST", message, reason="invalid_transition", status=row.status)
    if (row.course_id, row.realm_kind) != (target.course_id, target.kind):
        raise RPCError("BAD_REQUEST", "this is not of the same course", reason="other_course")
    return shown(_moved(ctx, row))


def _require_staff_of_both(ctx: Member, row: EnrollmentRow) -> None:
    both = (row.realm_id, ctx.named_realm.id)
    if ctx.is_admin:
        return
    if not all(staff.teaches(ctx.tx, ctx.org.id, id, ctx.user_id, ctx.now) for id in both):
        raise RPCError("FORBIDDEN", "staff of both places only", reason="admin_required")


def _moved(ctx: Member, row: EnrollmentRow) -> EnrollmentRow:
    target = ctx.named_realm
    for realm_id in sorted((row.realm_id, target.id)):
        transitions.hold(ctx, realm_id)
    if row.role == "student" and row.status in SEATED:
        transitions.require_seat(ctx, target.id)
    columns: dict[str, Any] = {"realm_id": target.id}
    if row.slot.startswith("r"):
        columns["slot"] = f"r{target.id}"
        transitions.vacate(ctx, row, columns["slot"], row.role)
    enrollments.rewrite(ctx.tx, row, ctx.now, columns)
    after = enrollments.record(ctx.tx, ctx.org.id, row.id, ctx.now)
    events.note(
        ctx,
        after,
        "transferred",
        (row.status, row.status),
        actor_id=ctx.user_id,
        from_realm_id=row.realm_id,
        data={"from": row.realm_key, "to": after.realm_key},
    )
    for realm_id in (row.realm_id, target.id):
        transitions.promote(ctx, realm_id)
    return enrollments.record(ctx.tx, ctx.org.id, row.id, ctx.now)


@errors("admin_required")
def delete(ctx: Member, given: EnrollmentKey) -> Done:
    """Destroy a record with its marks, all submissions of its user in the course and the mails
    that wait; one event stays, with keys only."""
    row = current_record(ctx, RecordAddress(id=given.id))
    org_admin(ctx)
    transitions.destroy(ctx, row, by=ctx.user_id)
    return DONE
