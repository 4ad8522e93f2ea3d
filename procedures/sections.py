"""The default section of a course, made when first needed, in a school year and a term."""

from __future__ import annotations

from datetime import date, timedelta

from procedures.addressing import named_school
from procedures.context import Member
from procedures.credentials import new_key
from procedures.instants import local_date
from procedures.store import realms, terms
from procedures.store.courses import CourseRow
from procedures.store.realms import RealmRow


def default_section(ctx: Member, course: CourseRow, school_key: str | None) -> RealmRow:
    """The course's default section in a school (else the course's own), found or made; by EduBridge
    also one that is found is in a term that is on. Raises NOT_FOUND for an unknown school."""
    school_id = course.school_id if school_key is None else named_school(ctx, school_key)
    found = realms.default_section(ctx.tx, ctx.org.id, course.id, school_id)
    if found is not None and (ctx.door != "edubridge" or _is_in_term(ctx, found)):
        return found
    section = found or _made(ctx, course, school_id)
    terms.join_term(ctx.tx, ctx.org.id, section.id, _term(ctx, school_id))
    return section


def _is_in_term(ctx: Member, section: RealmRow) -> bool:
    return terms.is_in_term(ctx.tx, ctx.org.id, section.id, _today(ctx).isoformat())


def _today(ctx: Member) -> date:
    return local_date(ctx.now, ctx.org.time_zone)


def _made(ctx: Member, course: CourseRow, school_id: int) -> RealmRow:
    realm_id = ctx.tx.insert(
        "realm",
        org_id=ctx.org.id,
        key=new_key("sec"),
        kind="section",
        title=course.title,
        course_id=course.id,
        school_id=school_id,
        is_default=1,
    )
    return realms.realm(ctx.tx, ctx.org.id, realm_id)


def _term(ctx: Member, school_id: int) -> int:
    """The term that is on today, inside its school year; each found or made."""
    start, end = school_year(_today(ctx), ctx.org.settings.school_year_start)
    year_id = _session(ctx, school_id, "schoolYear", (start, end), None)
    return _session(ctx, school_id, "term", (start, end), year_id)


def _session(
    ctx: Member, school_id: int, kind: str, span: tuple[date, date], parent_id: int | None
) -> int:
    start, end = span
    title = f"{start.year}-{end.year}"
    found = terms.term_id(ctx.tx, ctx.org.id, school_id, kind, title)
    return found or ctx.tx.insert(
        "term",
        org_id=ctx.org.id,
        key=new_key("trm"),
        title=title,
        kind=kind,
        start_date=start.isoformat(),
        end_date=end.isoformat(),
        school_year=str(end.year),
        parent_id=parent_id,
        school_id=school_id,
    )


def school_year(today: date, begins: str) -> tuple[date, date]:
    """First and last day of the school year around a day; `begins` is like 08-01."""
    month, day = (int(part) for part in begins.split("-"))
    start = date(today.year, month, day)
    if start > today:
        start = start.replace(year=today.year - 1)
    return start, start.replace(year=start.year + 1) - timedelta(days=1)
