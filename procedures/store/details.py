"""Records joined with all that REST surfaces show: person, place, school and course."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from procedures.store.enrollments import EFFECTIVE, FEW_BY_ID, FEW_BY_UPDATE
from procedures.store.staff import OWN_OR_TAUGHT
from procedures.store.transaction import Transaction

STATUS = f"case when e.deleted_at is not null then 'deleted' else {EFFECTIVE} end"
COLUMNS = {
    "number": "e.id",
    "key": "e.key",
    "status": STATUS,
    "role": "e.role || ''",  # see `enrollments.slot_records`
    "primary": "e.primary_flag",
    "progress": "e.progress",
    "enrolledAt": "e.enrolled_at",
    "beginAt": "e.begin_at",
    "endAt": "e.end_at",
    "completedAt": "e.completed_at",
    "updatedAt": "e.updated_at",
    "metadata": "e.metadata",
    "userNumber": "a.id",
    "user": "a.key",
    "userSourcedId": "m.key",
    "schoolUid": "m.school_uid",
    "nameTitle": "a.name_title",
    "nameTitleShow": "a.name_title_show",
    "nameFirst": "a.name_first",
    "nameFirstPreferred": "a.name_first_preferred",
    "nameMiddle": "a.name_middle",
    "nameMiddleShow": "a.name_middle_show",
    "nameLast": "a.name_last",
    "picture": "a.picture_url",
    "realmNumber": "r.id",
    "realm": "r.key",
    "realmKind": "r.kind",
    "realmTitle": "r.title",
    "sectionCode": "r.section_code",
    "sectionSchoolCode": "r.section_school_code",
    "school": "s.key",
    "schoolName": "s.name",
    "courseNumber": "c.id",
    "course": "c.key",
    "courseTitle": "c.title",
    "courseImage": "c.image",
    "courseCode": "c.code",
}
RECORDS = "from enrollment e"
# Each record has one row in each, but not all have a course.
JOINS = {
    "m": "join membership m on m.org_id = e.org_id and m.user_id = e.user_id",
    "a": "join account a on a.id = e.user_id",
    "r": "join realm r on r.org_id = e.org_id and r.id = e.realm_id",
    "s": "join school s on s.org_id = r.org_id and s.id = r.school_id",
    "c": "left join course c on c.org_id = e.org_id and c.id = e.course_id",
}
JOINED = re.compile(rf"\b([{''.join(JOINS)}])\.")
# The same where few records can be meant.
COLUMNS_OF_FEW = COLUMNS | {"number": FEW_BY_ID, "updatedAt": FEW_BY_UPDATE}
FEW = {"key", "user", "userNumber", "userSourcedId", "realm", "realmNumber", "course"}


Fields = dict[str, Any]


class Test(Struct, frozen=True):
    """A column's name in COLUMNS, an operator and what it is compared with."""

    field: str
    op: str
    value: Any


class Selection(Struct, frozen=True):
    """Which records of a tenant: `me` None sees all; `realm_id`: that roster, whoever looks."""

    org_id: int
    now: str
    me: int | None
    realm_id: int | None
    deleted: bool
    where: Sequence[Test]
    either: Sequence[Test]


class Order(Struct, frozen=True):
    """Which part, by which column, or where `last` is given by whether that is one of these, which
    come last. So does what is nothing."""

    sort: str
    descending: bool
    limit: int
    offset: int
    last: Sequence[str] = ()


def fields_of(names: Iterable[str]) -> Callable[..., Fields]:
    """What makes a row to fields of these names."""
    return lambda *row: dict(zip(names, row, strict=True))


def details(tx: Transaction, selection: Selection, order: Order) -> list[Fields]:
    """The selected records, each as the values of COLUMNS."""
    condition, values = compiled(selection)
    columns = COLUMNS_OF_FEW if is_of_few(selection) else COLUMNS
    in_order, found_in = ordering(columns, order, values), tables_of(selection, order.sort)
    # First which, then what is told of these: not of all that come before them.
    return tx.all(
        fields_of(COLUMNS),
        f"""
        select {", ".join(COLUMNS.values())} {joined(JOINS)}
        where e.org_id = :org_id and e.id in (
          select e.id {found_in} where {condition} {in_order} limit :limit offset :offset)
        {in_order}
        """,
        limit=order.limit,
        offset=order.offset,
        **values,
    )


def is_of_few(selection: Selection) -> bool:
    """Whether the records can be few of a tenant's."""
    is_part = selection.realm_id is not None or selection.me is not None
    return is_part or any(one.field in FEW and one.op in ("=", "in") for one in selection.where)


def ordering(columns: Mapping[str, str], order: Order, values: dict[str, Any]) -> str:
    """The order of rows; what it compares with is added to `values`."""
    column = columns[order.sort]
    if order.last:
        column = f"case when {test(column, among(order.last), values)} then 1 else 0 end"
    # The engines have different places for what is nothing.
    way, nothing = ("desc", "first") if order.descending else ("asc", "last")
    return f"order by {column} {way} nulls {nothing}, {columns['number']} {way}"


def count_details(tx: Transaction, selection: Selection) -> int:
    condition, values = compiled(selection)
    sql = f"select count(*) {tables_of(selection)} where {condition}"
    count: int = tx.value(sql, **values)
    return count


def tables_of(selection: Selection, *more: str) -> str:
    """The tables that a selection asks about, and these columns more."""
    fields = [*more, *(each.field for each in (*selection.where, *selection.either))]
    return joined(JOINED.findall(" ".join(COLUMNS[field] for field in fields)))


def joined(tables: Collection[str]) -> str:
    """The records, with what is told of each in these tables."""
    wanted = {*tables, "r"} if "s" in tables else {*tables}
    return " ".join([RECORDS, *(JOINS[table] for table in JOINS if table in wanted)])


def compiled(selection: Selection) -> tuple[str, dict[str, Any]]:
    """The condition of a selection and its parameters."""
    values: dict[str, Any] = {"org_id": selection.org_id, "now": selection.now}
    parts = ["e.org_id = :org_id"]
    if not selection.deleted:
        parts.append("e.deleted_at is null")
    if selection.realm_id is not None:
        parts.append("e.realm_id = :realm_id")
        values["realm_id"] = selection.realm_id
    elif selection.me is not None:
        parts.append(OWN_OR_TAUGHT)
        values["me"] = selection.me
    parts += [tested(each, values, deleted=selection.deleted) for each in selection.where]
    if selection.either:
        parts.append(
            f"({' or '.join(test(COLUMNS[t.field], t, values) for t in selection.either)})"
        )
    return " and ".join(parts), values


def tested(one: Test, values: dict[str, Any], *, deleted: bool) -> str:
    """The SQL of one test of a record."""
    if one.field == "key" and one.op in ("=", "in") and deleted:
        return EVER_OF_KEY.format(test("k.key", one, values))
    return test(COLUMNS[one.field], one, values)


# Of keys there are two indexes, one of them for tombstones.
EVER_OF_KEY = """e.id in (
    select k.id from enrollment k where k.org_id = :org_id and {0} and k.deleted_at is null
    union all
    select k.id from enrollment k where k.org_id = :org_id and {0} and k.deleted_at is not null)"""


def test(column: str, one: Test, values: dict[str, Any]) -> str:
    """The SQL of one test of a column; its values are added to `values`."""
    if one.op == "in":
        names = [bound(each, values) for each in one.value]
        return f"{column} in ({', '.join(names)})" if names else "1 = 0"
    if one.op in SPANS:
        first, last = (bound(each, values) for each in one.value)
        return SPANS[one.op].format(column=column, first=first, last=last)
    if one.op == "~":
        wanted = SPECIAL.sub(ESCAPED, str(one.value)).translate(LOWER)
        return f"lower(cast({column} as text)) like {bound(f'%{wanted}%', values)} escape '\\'"
    return f"{column} {OPERATORS.get(one.op, one.op)} {bound(one.value, values)}"


# Both engines fold A to Z only.
LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
SPECIAL, ESCAPED = re.compile(r"[\\%_]"), r"\\\g<0>"  # in patterns
# Nothing is different from everything that is.
OPERATORS = {"!=": "is distinct from"}
SPANS = {
    "between": "{column} between {first} and {last}",
    "outside": "({column} is null or {column} not between {first} and {last})",
}


def bound(value: Any, values: dict[str, Any]) -> str:
    name = f"p{len(values)}"
    values[name] = value
    return f":{name}"


def in_realm(tx: Transaction, org_id: int, realm_id: int, user_id: int, now: str) -> bool:
    """Whether the user is in the realm, in any role: active or done with it."""
    return tx.exists(
        """
        select 1 from enrollment
        where org_id = :org_id and realm_id = :realm_id and user_id = :user_id
          and deleted_at is null and (status in ('completed', 'suspended')
          or status = 'active' and (end_at is null or end_at > :now)) limit 1
        """,
        org_id=org_id,
        realm_id=realm_id,
        user_id=user_id,
        now=now,
    )


def school(tx: Transaction, org_id: int, course: str, school: str | None) -> Fields | None:
    """The school of that key, the organization's key meaning its default one, else the course's."""
    return tx.one(
        fields_of(SCHOOLS),
        f"""
        select {", ".join(SCHOOLS.values())} from school s
        join org o on o.id = s.org_id join course c on c.org_id = s.org_id
        where s.org_id = :org_id and c.key = :course and (s.key = :school
          or :school = o.key and s.is_default = 1 or :school is null and s.id = c.school_id)
        order by s.key = :school desc limit 1
        """,
        org_id=org_id,
        course=course,
        school=school,
    )


class Source(Struct, frozen=True):
    """Where things of a tenant come from, and what is told of each."""

    columns: dict[str, str]
    sql: str


def told(*tables: str) -> dict[str, str]:
    """The columns of these tables."""
    return {name: sql for name, sql in COLUMNS.items() if sql.startswith(tables)}


SCHOOLS, PLACES = told("s."), told("r.")
SECTIONS = {**PLACES, "courseCode": COLUMNS["courseCode"]}
PEOPLE = Source(
    told("a.", "m."),
    "from membership m join account a on a.id = m.user_id where m.org_id = :org_id",
)


def people(tx: Transaction, org_id: int, wanted: Test) -> list[Fields]:
    """Members that pass the test, former ones too."""
    # Of who has no school uid, the index of these does not know.
    of_school = wanted.field == "schoolUid"
    source = replace(PEOPLE, sql=f"{PEOPLE.sql} and m.school_uid <> ''") if of_school else PEOPLE
    return _found(tx, org_id, source, wanted)


def places(tx: Transaction, org_id: int, wanted: Test) -> list[Fields]:
    """Sections and groups that pass the test."""
    return _found(tx, org_id, Source(PLACES, "from realm r where r.org_id = :org_id"), wanted)


def courses(tx: Transaction, org_id: int, wanted: Test) -> list[Fields]:
    """Courses that pass the test, by number."""
    source = Source(told("c."), "from course c where c.org_id = :org_id")
    return _found(tx, org_id, source, wanted)


def _found(tx: Transaction, org_id: int, source: Source, wanted: Test) -> list[Fields]:
    values: dict[str, Any] = {"org_id": org_id}
    columns = source.columns
    condition = test(columns[wanted.field], wanted, values)
    return tx.all(
        fields_of(columns),
        f"select {', '.join(columns.values())} {source.sql} and {condition} order by 1",
        **values,
    )


def sections(
    tx: Transaction, org_id: int, wanted: Test, term_ids: Sequence[int] | None
) -> list[Fields]:
    """Sections that pass the test and, where terms are given, have one of these."""
    values: dict[str, Any] = {"org_id": org_id}
    condition = test(SECTIONS[wanted.field], wanted, values)
    if term_ids is not None:
        condition += f" and exists ({IN_TERMS} and {test('rt.term_id', among(term_ids), values)})"
    return tx.all(
        fields_of(SECTIONS),
        f"""
        select {", ".join(SECTIONS.values())} from realm r
        join course c on c.org_id = r.org_id and c.id = r.course_id
        where r.org_id = :org_id and {condition} order by r.id
        """,
        **values,
    )


IN_TERMS = "select 1 from realm_term rt where rt.org_id = r.org_id and rt.realm_id = r.id"


def among(values: Sequence[Any]) -> Test:
    """The test of whatever column to be one of these."""
    return Test("", "in", values)


def numbers(tx: Transaction, org_id: int, keys: Sequence[str]) -> list[Fields]:
    """Of each key the latest record that has or had it, with its number."""
    values: dict[str, Any] = {"org_id": org_id}
    condition = tested(Test("key", "in", keys), values, deleted=True)
    return tx.all(
        lambda key, number: {"key": key, "number": number},
        f"""
        select e.key, max(e.id) from enrollment e
        where e.org_id = :org_id and {condition} group by e.key
        """,
        **values,
    )
