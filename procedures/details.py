"""What only REST surfaces ask for: records with numbers, names and places, and keys of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from procedures.context import Member, Signed
from procedures.records.detail import (
    Caller,
    CourseDetail,
    Detail,
    DetailAddress,
    DetailFilter,
    DetailPage,
    PersonDetail,
    Predicate,
    RealmDetail,
    RecordKeys,
    RecordNumber,
    SchoolAddress,
    SchoolDetail,
    SectionDetail,
    SectionsWanted,
    Wanted,
)
from procedures.records.fields import DONE, LARGEST_PAGE, Done
from procedures.refusals import no_enrollment, no_realm, no_school
from procedures.store import details as store
from procedures.store import staff
from procedures.store.details import Order, Selection, Test
from procedures.store.people import PersonRow
from procedures.store.realms import realm_id as id_of_realm

PERSON = {
    "number": "userNumber",
    "key": "user",
    "sourcedId": "userSourcedId",
    "schoolUid": "schoolUid",
    "nameTitle": "nameTitle",
    "nameTitleShow": "nameTitleShow",
    "nameFirst": "nameFirst",
    "nameFirstPreferred": "nameFirstPreferred",
    "nameMiddle": "nameMiddle",
    "nameMiddleShow": "nameMiddleShow",
    "nameLast": "nameLast",
    "pictureUrl": "picture",
}
REALM = {
    "number": "realmNumber",
    "key": "realm",
    "kind": "realmKind",
    "title": "realmTitle",
    "sectionCode": "sectionCode",
    "sectionSchoolCode": "sectionSchoolCode",
}
COURSE = {
    "number": "courseNumber",
    "key": "course",
    "title": "courseTitle",
    "image": "courseImage",
    "code": "courseCode",
}
SCHOOL = {"key": "school", "name": "schoolName"}


def signed(ctx: Signed) -> Done:
    """Somebody known calls: before a body is read."""
    return DONE


def caller(ctx: Member) -> Caller:
    """Who calls, in the active organization."""
    org = ctx.org
    notifies = org.settings.notify_bulk
    return Caller(ctx.user_key, ctx.user_id, org.key, ctx.role, org.time_zone, notifies)


def enrollments(ctx: Member, given: DetailFilter) -> DetailPage:
    """The records the caller may see, all of them counted."""
    realm_id = None if given.roster is None else visible_realm(ctx, given.roster)
    selection = selected(ctx, given, realm_id)
    order = Order(given.sort, given.descending, given.limit, given.offset, given.last)
    rows = store.details(ctx.tx, selection, order)
    is_whole = not given.offset and len(rows) < given.limit
    total = len(rows) if is_whole else store.count_details(ctx.tx, selection)
    is_staff = is_staff_of(ctx, realm_id)
    return DetailPage([shown(ctx, row, is_staff) for row in rows], total)


def enrollment(ctx: Member, given: DetailAddress) -> Detail:
    """One record the caller may see: without `roster`, or where that is not shown to the caller, an
    own one or one of a realm they are staff of. Raises NOT_FOUND."""
    where = [named(given)]
    realm_id = None if given.roster is None else seen_realm(ctx, given.roster)
    if given.roster is not None and realm_id is None:
        where.append(Predicate("realm", "=", given.roster))
    selection = selected(ctx, DetailFilter(where=tuple(where), deleted=given.deleted), realm_id)
    # A key may have been given up by tombstones: the latest record of that key is meant.
    rows = store.details(ctx.tx, selection, Order("number", True, LARGEST_PAGE, 0))
    if not rows:
        raise no_enrollment()
    living = next((row for row in rows if row["status"] != "deleted"), rows[0])
    return shown(ctx, living, is_staff_of(ctx, realm_id))


def named(given: DetailAddress) -> Predicate:
    if given.number is not None:
        return Predicate("number", "=", given.number)
    assert given.key is not None
    return Predicate("key", "=", given.key)


def selected(ctx: Member, given: DetailFilter, realm_id: int | None) -> Selection:
    """What the caller may see of what is asked for: of a roster, else of all."""
    return Selection(
        ctx.org.id,
        ctx.now,
        None if ctx.is_admin else ctx.user_id,
        realm_id,
        given.deleted,
        tests(given.where),
        tests(given.either),
    )


def tests(given: Sequence[Predicate]) -> list[Test]:
    return [Test(one.field, one.op, one.value) for one in given]


def is_staff_of(ctx: Member, realm_id: int | None) -> bool:
    """Whether the caller is staff of the roster, for admins of all."""
    if ctx.is_admin or realm_id is None:
        return ctx.is_admin
    return staff.teaches(ctx.tx, ctx.org.id, realm_id, ctx.user_id, ctx.now)


def visible_realm(ctx: Member, key: str) -> int:
    """The id of a realm whose roster the caller may see. Raises NOT_FOUND."""
    realm_id = seen_realm(ctx, key)
    if realm_id is None:
        raise no_realm()
    return realm_id


def seen_realm(ctx: Member, key: str) -> int | None:
    """The id of a realm whose roster the caller may see: staff and members of it."""
    realm_id = id_of_realm(ctx.tx, ctx.org.id, key)
    if realm_id is None or ctx.is_admin:
        return realm_id
    is_in = store.in_realm(ctx.tx, ctx.org.id, realm_id, ctx.user_id, ctx.now)
    return realm_id if is_in else None


def shown(ctx: Member, row: Mapping[str, Any], is_staff: bool) -> Detail:
    shown_person = person(row)
    if not is_staff and row["user"] != ctx.user_key:
        shown_person["schoolUid"] = ""
    return msgspec.convert(
        {
            **row,
            "primary": bool(row["primary"]),
            "metadata": msgspec.json.decode(row["metadata"]),
            "user": shown_person,
            "realm": part(row, REALM),
            "school": part(row, SCHOOL),
            "course": None if row["course"] is None else part(row, COURSE),
        },
        Detail,
    )


NAMES = (
    "nameTitle",
    "nameTitleShow",
    "nameFirst",
    "nameFirstPreferred",
    "nameMiddle",
    "nameMiddleShow",
    "nameLast",
)


def person(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = part(row, PERSON)
    for flag in ("nameTitleShow", "nameMiddleShow"):
        shown[flag] = bool(shown[flag])
    names = [row[field] for field in NAMES]
    return {**shown, "nameDisplay": PersonRow(0, "", "", *names).name_display}


def part(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {name: row[column] for name, column in names.items()}


def by(given: Wanted, number: str, key: str) -> Test:
    """The test of the field that is asked for."""
    asked = {
        number: given.numbers,
        key: given.keys,
        "userSourcedId": given.sourced_ids,
        "schoolUid": given.school_uids,
    }
    return next(Test(field, "in", values) for field, values in asked.items() if values is not None)


def courses(ctx: Member, given: Wanted) -> list[CourseDetail]:
    """Courses of the active organization, by number or key."""
    rows = store.courses(ctx.tx, ctx.org.id, by(given, "courseNumber", "course"))
    return [msgspec.convert(part(row, COURSE), CourseDetail) for row in rows]


def realms(ctx: Member, given: Wanted) -> list[RealmDetail]:
    """Sections and groups of the active organization, by number or key."""
    rows = store.places(ctx.tx, ctx.org.id, by(given, "realmNumber", "realm"))
    return [msgspec.convert(part(row, REALM), RealmDetail) for row in rows]


def school(ctx: Member, given: SchoolAddress) -> SchoolDetail:
    """The school in which `enrollment.enroll` would enroll. Raises NOT_FOUND."""
    row = store.school(ctx.tx, ctx.org.id, given.course_id, given.school_id)
    if row is None:
        raise no_school()
    return msgspec.convert(part(row, SCHOOL), SchoolDetail)


def users(ctx: Member, given: Wanted) -> list[PersonDetail]:
    """Members of the active organization, by number, account key or a name that it gave them. Also
    former ones, whose records can still be ended; procedures enroll verified ones only."""
    rows = store.people(ctx.tx, ctx.org.id, by(given, "userNumber", "user"))
    return [msgspec.convert(person(row), PersonDetail) for row in rows]


def sections(ctx: Member, given: SectionsWanted) -> list[SectionDetail]:
    """Sections of the active organization, by the codes that schools know them by."""
    wanted = Test("courseCode", "in", given.course_codes)
    if given.school_codes is not None:
        wanted = Test("sectionSchoolCode", "in", given.school_codes)
    rows = store.sections(ctx.tx, ctx.org.id, wanted, given.terms)
    names = {**REALM, "courseCode": "courseCode"}
    return [msgspec.convert(part(row, names), SectionDetail) for row in rows]


def numbers(ctx: Member, given: RecordKeys) -> list[RecordNumber]:
    """The numbers of records that a procedure has named, which may be gone by now."""
    rows = store.numbers(ctx.tx, ctx.org.id, given.keys)
    return [msgspec.convert(row, RecordNumber) for row in rows]
