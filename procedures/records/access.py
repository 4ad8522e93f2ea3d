"""Who reaches the content of a course."""

from __future__ import annotations

from typing import Literal

from procedures.records.enrollment import Status
from procedures.records.fields import Input, Instant, Key, Output

Refusal = Literal["not_member", "not_enrolled", "not_begun", "no_access"]


class CoursePerson(Input, frozen=True, kw_only=True):
    """A person in a course; without `userId` the caller."""

    course_id: Key
    user_id: Key | None = None


class Access(Output, frozen=True):
    """Whether a person reaches a course's content. `status` of the record that decides, null where
    there is none: staff need none. `until`: when access ends; null if not allowed or without end.
    `no_access`: the status gives none."""

    allowed: bool
    reason: Refusal | None
    status: Status | None
    until: Instant | None
