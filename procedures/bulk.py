"""`enrollment.bulk`: many changes in one call, each alone or all together."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from procedures.addressing import named_member, staffed_record
from procedures.context import Member, Signed
from procedures.enrollment import located, placed, shown, unenroll
from procedures.middleware import org_admin, org_member, realm_staff
from procedures.records.enrollment import (
    BulkAnswer,
    BulkCreate,
    BulkDelete,
    BulkInput,
    BulkItem,
    BulkResult,
    BulkUpdate,
    BulkUpsert,
    EnrollInput,
    Enrollment,
    EnrollmentChange,
)
from procedures.refusals import key_taken
from procedures.rules import LIVE
from procedures.statuses import TRANSITIONS
from procedures.store import enrollments
from procedures.store.enrollments import EnrollmentRow
from procedures.store.people import MemberRow
from procedures.updating import updated
from rpc.errors import InputError, RPCError
from rpc.procedure import errors

LARGEST_BULK = 500
TURN = 4  # items until the event loop gets the core, where it has to share one with the bulk
# What an item may be refused with; anything else is no fault of the item.
REFUSALS = {"BAD_REQUEST", "FORBIDDEN", "NOT_FOUND", "CONFLICT"}
ENDED = ("expired", "archived", "dropped")
CREATABLE = ("active", "invited", "requested", "expired", "archived")


class Undone(Exception):
    """An item of an atomic bulk was refused."""


@errors("too_many_items")
def bulk(ctx: Signed, given: BulkInput) -> BulkAnswer:
    """Change many records in order; what is refused says so in its result and stops nothing, or,
    where `atomic`, undoes everything."""
    if len(given.items) > LARGEST_BULK:
        message = f"at most {LARGEST_BULK} items"
        raise RPCError("BAD_REQUEST", message, reason="too_many_items")
    done: list[tuple[str, BulkResult]] = []
    try:
        with ctx.tx.savepoint():
            done.extend(attempt(ctx, index, item, given) for index, item in enumerate(given.items))
            if given.atomic and not all(result.ok for _, result in done):
                raise Undone
    except Undone:
        done = [("failed", undone(result)) for _, result in done]
    return BulkAnswer([result for _, result in done], **counts(how for how, _ in done))


def counts(how: Iterable[str]) -> dict[str, int]:
    numbers = Counter(how)
    return {word: numbers[word] for word in ("created", "updated", "deleted", "failed")}


def attempt(ctx: Signed, index: int, item: BulkItem, given: BulkInput) -> tuple[str, BulkResult]:
    """Do one item; what it raises undoes it alone."""
    if index % TURN == 0:
        os.sched_yield()  # by itself the kernel takes it from a thread after milliseconds only
    try:
        with ctx.tx.savepoint():
            how, record = perform(ctx, item, given.notify)
    except RPCError as error:
        if error.code not in REFUSALS:
            raise
        return "failed", refusal(index, error)
    return how, BulkResult(index, True, record=record)


def refusal(index: int, error: RPCError) -> BulkResult:
    reason = "invalid_input" if isinstance(error, InputError) else error.reason
    return BulkResult(index, False, error.code, reason or UNSET, error.message)


def undone(result: BulkResult) -> BulkResult:
    """The result of an item when all of its bulk is undone: its own refusal, or that of others."""
    if not result.ok:
        return result
    error = RPCError("CONFLICT", "another item was refused", reason="rolled_back")
    return refusal(result.index, error)


def perform(ctx: Signed, item: BulkItem, notify: bool | None) -> tuple[str, Enrollment]:
    """Do one item, as staff of the place it is about. Raises what the single call would."""
    ctx.tx.leave()  # the one before may have been of another organization
    at = org_member(ctx, item)
    tells = at.org.settings.notify_bulk if notify is None else notify
    if isinstance(item, BulkDelete):
        staffed_record(at, item)
        return "deleted", unenroll(at, item)
    if isinstance(item, BulkUpdate):
        tells = tells if item.notify is None else item.notify
        return change(at, staffed_record(at, item), replace(item, notify=tells))
    return put(at, item, tells)


def change(ctx: Member, row: EnrollmentRow, given: EnrollmentChange) -> tuple[str, Enrollment]:
    after = updated(ctx, row, given)
    return "unchanged" if after.version == row.version else "updated", shown(after)


def put(ctx: Member, item: BulkCreate | BulkUpsert, notify: bool) -> tuple[str, Enrollment]:
    at = located(ctx, item.school_id)
    require_staff(at, item)
    user = named_member(at, item.user_id)
    row = present(at, user, item)
    if isinstance(item, BulkCreate):
        if row is not None:
            raise already_there(row)
        tells = notify if item.notify is None else item.notify
        return "created", placed(at, replace(item, notify=tells), user)
    if row is not None:
        return change(at, row, change_of(row, item, notify))
    made = placed(at, creation_of(item, notify), user)
    if item.key not in (None, made.id):  # what was accepted is the person's invitation
        message = "already enrolled under another key"
        raise RPCError("CONFLICT", message, reason="already_enrolled")
    return "created", made


def require_staff(ctx: Member, item: BulkCreate | BulkUpsert) -> None:
    realm_staff(ctx)
    if isinstance(item, BulkCreate) and item.bypass_prerequisites:
        org_admin(ctx)


def present(ctx: Member, user: MemberRow, item: BulkCreate | BulkUpsert) -> EnrollmentRow | None:
    """The record an item is about: that of its key; without a key the person's in the place, best
    in the role that is meant: a live one, or unless it shall be followed by another, a completed
    one."""
    if isinstance(item, BulkUpsert) and item.key is not None:
        keyed = enrollments.record_by_key(ctx.tx, ctx.org.id, item.key, ctx.now)
        own = (ctx.named_realm.id, user.user_id)
        if keyed is not None and (keyed.realm_id, keyed.user_id) != own:
            raise key_taken()
        return keyed
    rows = enrollments.place_records(ctx.tx, ctx.org.id, ctx.named_realm.id, user.user_id, ctx.now)
    counted = LIVE if item.reenroll else LIVE | {"completed"}
    there = [row for row in rows if row.status in counted]
    meant = (item.role, *(item.unless_role if isinstance(item, BulkUpsert) else ()))
    found = next((row for row in there if row.role in meant), there[0] if there else None)
    return found or ended_so(rows, item)


def ended_so(rows: Sequence[EnrollmentRow], item: BulkCreate | BulkUpsert) -> EnrollmentRow | None:
    """The latest record, over as an upsert says or as it may come to be: no other is made to say
    so again."""
    if isinstance(item, BulkCreate) or not rows:
        return None
    over = rows[0].status
    is_so = over in (item.status, *item.unless_status) or (over, item.status) in TRANSITIONS
    return rows[0] if is_so and over in ENDED and item.status in ENDED else None


def already_there(row: EnrollmentRow) -> RPCError:
    is_done = row.status == "completed"
    return RPCError(
        "CONFLICT",
        "already completed here" if is_done else "already enrolled here",
        reason="already_completed" if is_done else "already_enrolled",
        status=row.status,
        enrollmentId=row.key,
    )


def change_of(row: EnrollmentRow, item: BulkUpsert, notify: bool) -> EnrollmentChange:
    """What an upsert changes of a record; its metadata takes the place of what is there."""
    metadata = item.metadata
    if metadata is not None:
        metadata = dict.fromkeys(msgspec.json.decode(row.metadata)) | metadata
    return EnrollmentChange(
        id=row.key,
        status=item.status,
        unless_status=item.unless_status,
        role=item.role,
        unless_role=item.unless_role,
        begin_at=item.begin_at,
        end_at=item.end_at,
        primary=item.primary,
        metadata=metadata,
        reason=item.reason,
        notify=notify,
    )


def creation_of(item: BulkUpsert, notify: bool) -> EnrollInput:
    if item.status is not None and item.status not in CREATABLE:
        message = f"no record begins as {item.status}"
        raise RPCError("BAD_REQUEST", message, reason="invalid_transition")
    shared: dict[str, Any] = {
        name: getattr(item, name)
        for name in ("course_id", "realm_id", "user_id", "key", "status", "begin_at", "metadata")
    }
    return EnrollInput(
        **shared,
        role=item.role or "student",
        end_at=None if item.end_at is UNSET else item.end_at,
        primary=bool(item.primary),
        reenroll=item.reenroll,
        force=item.force,
        notify=notify,
    )
