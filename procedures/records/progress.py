"""How far people are."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from procedures.records.fields import Input, Key, require_address, require_one

Percent = Annotated[int, Meta(ge=0, le=100)]


class ProgressInput(Input, frozen=True, kw_only=True):
    """A component that is done, or how much is (staff only); in the record of that id, or of that
    course and user (without `userId` the caller)."""

    id: Key | None = None
    course_id: Key | None = None
    user_id: Key | None = None
    component_id: Key | None = None
    percent: Percent | None = None

    def __post_init__(self) -> None:
        require_address(self.id, self.user_id, courseId=self.course_id)
        require_one(componentId=self.component_id, percent=self.percent)


class ResetInput(Input, frozen=True, kw_only=True):
    course_id: Key
    user_id: Key
