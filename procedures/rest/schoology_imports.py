"""Schoology: enrollments by the codes of schools, without any number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from procedures.records.detail import SectionDetail
from procedures.rest.schoology_bulk import (
    NOTHING,
    Result,
    Said,
    Todo,
    answered,
    items_of,
    planned,
    readable,
)
from procedures.rest.schoology_forms import Admin, Code, NumberList, numbers_in, read, role_wish
from procedures.rest.surface import Answer, Incoming
from rpc.errors import RPCError


class Imported(Struct):
    """Who shall be in a section, or no longer. Without `admin` a role that is there stays."""

    school_uid: Code
    admin: Admin | None = None
    delete: bool = False


class ByCourse(Imported, kw_only=True):
    course_code: Code
    section_code: Code


class BySchoolCode(Imported, kw_only=True):
    section_school_code: Code


class ImportedByCourse(Result):
    location: str | UnsetType = UNSET
    school_uid: Said = UNSET
    course_code: Said = UNSET
    section_code: Said = UNSET


class ImportedBySchoolCode(Result):
    location: str | UnsetType = UNSET
    school_uid: Said = UNSET
    section_school_code: Said = UNSET
    course_code: str | UnsetType = UNSET
    section_code: str | UnsetType = UNSET


async def import_by_course(incoming: Incoming) -> Answer:
    """Enroll in, change or end enrollments of sections, by course code and section code; in each
    section of these codes that has one of the grading periods."""
    periods = periods_of(incoming)
    words = ["school_uid", "course_code", "section_code"]
    items = items_of(await read(incoming), ByCourse, words)
    codes = [item.course_code for item in readable(items)]
    wanted = {"courseCodes": codes, "terms": periods}
    sections: dict[tuple[str | None, ...], list[SectionDetail]] = defaultdict(list)
    for section in await incoming.call("details.sections", wanted):
        sections[section.course_code, section.section_code].append(section)
    users = await people_of(incoming, readable(items))

    def plan(item: ByCourse) -> list[Todo]:
        found = sections[item.course_code, item.section_code]
        return todos(item, found, users, words)

    return await answered(incoming, planned(items, plan), ImportedByCourse)


async def import_by_school_code(incoming: Incoming) -> Answer:
    """Enroll in, change or end enrollments of sections, by codes that each only one has."""
    words = ["school_uid", "section_school_code"]
    items = items_of(await read(incoming), BySchoolCode, words)
    codes = [item.section_school_code for item in readable(items)]
    found = await incoming.call("details.sections", {"schoolCodes": codes})
    sections = {section.section_school_code: [section] for section in found}
    users = await people_of(incoming, readable(items))

    def plan(item: BySchoolCode) -> list[Todo]:
        return todos(item, sections.get(item.section_school_code, []), users, words)

    return await answered(incoming, planned(items, plan), ImportedBySchoolCode)


def periods_of(incoming: Incoming) -> list[int]:
    """The grading periods in the path. Raises BAD_REQUEST."""
    try:
        return numbers_in(msgspec.convert(incoming.http.path_params["periods"], NumberList))
    except msgspec.ValidationError:
        message = "grading periods are numbers with commas between them"
        raise RPCError("BAD_REQUEST", message, reason="invalid_query") from None


async def people_of(incoming: Incoming, items: Sequence[Imported]) -> dict[str, str]:
    """For each `school_uid` the key of that person, NOTHING for nobody's."""
    uids = [item.school_uid for item in items]
    found = await incoming.call("details.users", {"schoolUids": uids})
    return dict.fromkeys(uids, NOTHING) | {user.school_uid: user.key for user in found}


def todos(
    item: Imported,
    sections: Sequence[SectionDetail],
    users: Mapping[str, str],
    names: Sequence[str],
) -> list[Todo]:
    """The item for each of its sections; without any it is refused, for nothing is called so."""
    words = {name: getattr(item, name) for name in names}
    user = users[item.school_uid]
    if not sections:
        return [Todo(words, op_of(item, NOTHING, user))]
    return [Todo(words, op_of(item, s.key, user), s, words | codes_of(s)) for s in sections]


def codes_of(section: SectionDetail) -> dict[str, str]:
    return {"course_code": section.course_code or "", "section_code": section.section_code or ""}


def op_of(item: Imported, section: str, user: str) -> dict[str, Any]:
    """The bulk item for a section and a person, by key."""
    at = {"realmId": section, "userId": user}
    if item.delete:
        return {"op": "delete", **at}
    return {"op": "upsert", **at, **role_wish(item.admin, "section"), "force": True}
