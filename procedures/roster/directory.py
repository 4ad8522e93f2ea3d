"""What public keys stand for in the database: one query a kind and org, at the first question.

An answer is kept, so a kind is asked for only after the document's own entries of it are written.
"""

from __future__ import annotations

from typing import ClassVar, Protocol, TypeVar

from msgspec import Struct

from procedures.store.transaction import Transaction

Name = object  # a key; for what has no key of its own in an org, a tuple


class Known(Protocol):
    """A row that can be asked for, with its columns in the order of the statement."""

    sql: ClassVar[str]

    def names(self) -> tuple[Name, ...]:
        """Under which names it is found within its org."""
        ...


class Keyed(Struct, frozen=True):
    """A row that a document can refer to."""

    sql: ClassVar[str]
    noun: ClassVar[str]
    everywhere: ClassVar[bool] = False  # known to all orgs alike
    key: str
    id: int

    def names(self) -> tuple[Name, ...]:
        return (self.key,)


class Org(Keyed, frozen=True):
    sql = "select key, id from org"
    noun = "org"
    everywhere = True


class Account(Keyed, frozen=True):
    sql = "select key, id from account"
    noun = "account"
    everywhere = True


class School(Keyed, frozen=True):
    sql = "select key, id, is_default from school where org_id = :org_id"
    noun = "school"
    is_default: int

    def names(self) -> tuple[Name, ...]:
        return (self.key, None) if self.is_default else (self.key,)


class Member(Keyed, frozen=True):
    sql = """
        select a.key, a.id from membership m join account a on a.id = m.user_id
        where m.org_id = :org_id
    """
    noun = "member"


class Course(Keyed, frozen=True):
    sql = "select key, id, school_id from course where org_id = :org_id"
    noun = "course"
    school_id: int


class Component(Keyed, frozen=True):
    sql = "select key, id, course_id from component where org_id = :org_id"
    noun = "component"
    course_id: int

    def names(self) -> tuple[Name, ...]:
        return ((self.course_id, self.key),)


class Term(Keyed, frozen=True):
    sql = "select key, id from term where org_id = :org_id"
    noun = "term"


class Realm(Keyed, frozen=True):
    sql = """
        select r.key, r.id, r.course_id, coalesce(c.multi_section, 1)
        from realm r left join course c on c.org_id = r.org_id and c.id = r.course_id
        where r.org_id = :org_id
    """
    noun = "realm"
    course_id: int | None
    by_realm: int

    @property
    def slot(self) -> str:
        """What a user can hold one live record of a role in."""
        return f"r{self.id}" if self.by_realm else f"c{self.course_id}"


class Enrollment(Keyed, frozen=True):
    sql = """
        select key, id, user_id, course_id from enrollment
        where org_id = :org_id and deleted_at is null
    """
    noun = "enrollment"
    user_id: int
    course_id: int | None


class SharedCode(Struct, frozen=True):
    """A section code that several sections of a course have in one term."""

    sql: ClassVar[str] = """
        select rt.term_id, r.course_id, r.section_code
        from realm_term rt join realm r on r.org_id = rt.org_id and r.id = rt.realm_id
        where rt.org_id = :org_id and r.course_id is not null and r.section_code is not null
        group by rt.term_id, r.course_id, r.section_code
        having count(*) > 1
    """
    term_id: int
    course_id: int
    code: str

    def names(self) -> tuple[Name, ...]:
        return ((self.term_id, self.course_id, self.code),)


class Requirement(Struct, frozen=True):
    sql: ClassVar[str] = "select course_id, requires_id from prerequisite where org_id = :org_id"
    course_id: int
    requires_id: int

    def names(self) -> tuple[Name, ...]:
        return ((self.course_id, self.requires_id),)


Asked = TypeVar("Asked", bound=Known)
Referred = TypeVar("Referred", bound=Keyed)


class Directory:
    """The look-up tables of one load."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._tables: dict[tuple[type[Known], int], dict[Name, Known]] = {}

    def find(self, kind: type[Asked], org_id: int, name: Name) -> Asked | None:
        row = self._table(kind, org_id).get(name)
        return row if isinstance(row, kind) else None

    def all(self, kind: type[Asked], org_id: int) -> list[Asked]:
        return [row for row in self._table(kind, org_id).values() if isinstance(row, kind)]

    def _table(self, kind: type[Known], org_id: int) -> dict[Name, Known]:
        if (kind, org_id) not in self._tables:
            rows = self._tx.all(kind, kind.sql, org_id=org_id)
            self._tables[kind, org_id] = {name: row for row in rows for name in row.names()}
        return self._tables[kind, org_id]
