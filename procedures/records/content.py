"""What a course is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from procedures.records.fields import Input, Instant, Key, Output, Title

ComponentKind = Literal["unit", "lesson", "module", "resource"]
LARGEST_OUTLINE = 1000


class ComponentInput(Input, frozen=True, kw_only=True):
    """A part of a course. Without `id` it is a new one; `parentId` is the `id` of another in the
    same list; `counts` (towards progress) by default for lessons and modules."""

    kind: ComponentKind
    title: Title
    id: Key | None = None
    parent_id: Key | None = None
    counts: bool | None = None


class OutlineInput(Input, frozen=True, kw_only=True):
    """All components of a course, in order."""

    course_id: Key
    components: Annotated[list[ComponentInput], Meta(max_length=LARGEST_OUTLINE)]

    def __post_init__(self) -> None:
        ids = [component.id for component in self.components if component.id is not None]
        if len(set(ids)) < len(ids):
            raise ValueError("two components have the same `id`")
        if not {c.parent_id for c in self.components} <= {None, *ids}:
            raise ValueError("`parentId` is the `id` of no component in the list")


class Component(Output, frozen=True):
    """A part of a course, and what is inside it. `doneAt`: when the caller marked it."""

    id: str
    kind: ComponentKind
    title: str
    counts: bool
    done_at: Instant | None
    children: list[Component]


class Content(Output, frozen=True):
    """A course from the inside."""

    course_id: str
    components: list[Component]
