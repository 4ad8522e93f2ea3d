"""`submission.*`: what learners hand in for assessments."""

from __future__ import annotations

import msgspec

from procedures import completion
from procedures.access import course_records
from procedures.addressing import course_person
from procedures.context import Member
from procedures.credentials import new_key
from procedures.cursors import after_id, page_of
from procedures.records.submission import (
    Submission,
    SubmissionFilter,
    SubmissionInput,
    SubmissionPage,
)
from procedures.refusals import no_access
from procedures.store import submissions
from procedures.store.submissions import Shelf, SubmissionRow
from rpc.procedure import errors


@errors("no_access")
def create(ctx: Member, given: SubmissionInput) -> Submission:
    """Hand in work for an assessment of a course the caller is learning in."""
    row = completion.working(course_records(ctx, ctx.user_id), ctx.now)
    if row is None or row.status != "active":
        raise no_access()
    id = ctx.tx.insert(
        "submission",
        org_id=ctx.org.id,
        key=new_key("sub"),
        enrollment_id=row.id,
        user_id=row.user_id,
        course_id=row.course_id,
        assessment=given.assessment,
        body=msgspec.json.encode(given.body).decode(),
        submitted_at=ctx.now,
    )
    return shown(submissions.submission(ctx.tx, ctx.org.id, id))


@errors("admin_required", "user")
def list_submissions(ctx: Member, given: SubmissionFilter) -> SubmissionPage:
    """What was handed in for a course, oldest first: one's own, and by learners one is staff of. Of
    much work a page has less than its limit."""
    user = None if given.user_id is None else course_person(ctx, given.user_id).user_id
    shelf = Shelf(ctx.named_course, user, None if ctx.is_admin else ctx.user_id, ctx.now)
    page = (after_id(given.cursor), given.size + 1)
    rows, are_all = submissions.submissions(ctx.tx, shelf, page)
    items, cursor = page_of(rows, given.size if are_all else len(rows) - 1, lambda row: row.id)
    return SubmissionPage([shown(row) for row in items], cursor)


def shown(row: SubmissionRow) -> Submission:
    return Submission(
        row.key,
        row.enrollment_key,
        row.course_key,
        row.user_key,
        row.assessment,
        msgspec.json.decode(row.body),
        row.score,
        row.submitted_at,
    )
