"""Academic sessions: school years and what they are divided into."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from procedures.records.fields import Input, Key, Output, Page, Title

TermKind = Literal["schoolYear", "semester", "term", "gradingPeriod"]
SCHOOL_YEAR = Meta(description="The year in which the school year ends: 2026")
Year = Annotated[str, Meta(min_length=4, max_length=4, pattern="^[0-9]+$"), SCHOOL_YEAR]
Day = Annotated[str, Meta(description="A day: 2025-09-01")]


class TermInput(Input, frozen=True, kw_only=True):
    """A new academic session. Both days belong to it. It lies inside its parent, which is longer
    by kind: school year, semester, term, grading period; it is of the parent's school then."""

    title: Title
    kind: TermKind
    start_date: date
    end_date: date
    school_year: Year | None = None
    parent_id: Key | None = None
    school_id: Key | None = None
    key: Key | None = None

    def __post_init__(self) -> None:
        if self.end_date < self.start_date:
            raise ValueError("`endDate` is before `startDate`")


class TermFilter(Page, frozen=True, kw_only=True):
    kind: TermKind | None = None
    school_id: Key | None = None


class Term(Output, frozen=True):
    """An academic session."""

    id: str
    kind: TermKind
    title: str
    start_date: Day
    end_date: Day
    school_year: Annotated[str, SCHOOL_YEAR] | None
    parent_id: str | None
    school_id: str


class TermPage(Output, frozen=True):
    items: list[Term]
    next_cursor: str | None
