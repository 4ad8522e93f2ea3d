"""What learners hand in."""

from __future__ import annotations

from typing import Any

from procedures.records.fields import Input, Instant, Key, Output, Page, Title


class SubmissionInput(Input, frozen=True, kw_only=True):
    """Work for an assessment, whatever that is called and asks for."""

    course_id: Key
    assessment: Title
    body: dict[str, Any]


class SubmissionFilter(Page, frozen=True, kw_only=True):
    """Without `userId` everything the caller may see: staff see what their learners handed in."""

    course_id: Key
    user_id: Key | None = None


class Submission(Output, frozen=True):
    """Work as it was handed in."""

    id: str
    enrollment_id: str
    course_id: str
    user_id: str
    assessment: str
    body: dict[str, Any]
    score: float | None
    submitted_at: Instant


class SubmissionPage(Output, frozen=True):
    items: list[Submission]
    next_cursor: str | None
