"""The kinds of value a document holds, each able to read itself.

`read` raises ValueError with what is wrong, in words for the operator.
"""

from __future__ import annotations

import re
import zoneinfo
from datetime import date
from functools import cache
from typing import Annotated, Any, ClassVar, Self, get_args, get_origin

from msgspec import Meta

from procedures.credentials import canonical_email
from procedures.instants import instant, parse
from procedures.records import content, course, enrollment, membership, org, realm, term
from procedures.records.fields import SAFE
from procedures.roster.refusal import quoted

# What XML cannot carry, and the carriage return it would change.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
CODE_GROUP = 5  # an access code is written in groups of so many characters

Id = Annotated[int, Meta(ge=1, le=SAFE, description="Else the next free number.")]
Whole = Annotated[int, Meta(ge=0)]
Percent = Annotated[int, Meta(ge=0, le=100)]
# A millennium: more would carry an instant past what four digits of a year can write.
Days = Annotated[int, Meta(ge=0, le=365_000)]
SomeDays = Annotated[int, Meta(ge=1, le=365_000)]
Json = dict[str, Any]


class Text(str):
    """Any text without control characters other than tab and newline."""

    __slots__ = ()

    @classmethod
    def read(cls, value: object) -> Self:
        if not isinstance(value, str):
            raise ValueError("a text is needed")
        if CONTROL.search(value):
            raise ValueError("control characters are not allowed")
        return cls(cls.checked(value))

    @classmethod
    def checked(cls, value: str) -> str:
        """The value as it is kept."""
        return value


class Filled(Text):
    """A text that is not empty."""

    @classmethod
    def checked(cls, value: str) -> str:
        if not value:
            raise ValueError("an empty text")
        return value


class Key(Filled):
    """A public id of 1 to 255 characters."""

    @classmethod
    def checked(cls, value: str) -> str:
        if len(value) > 255:
            raise ValueError("longer than 255 characters")
        return super().checked(value)


class Email(Text):
    """One plain e-mail address; whose it is does not depend on capitals."""

    @classmethod
    def checked(cls, value: str) -> str:
        canonical_email(value)
        return value.strip()


class Instant(Text):
    """An instant with an offset or Z; kept as `2025-09-01T04:00:00.000Z`."""

    @classmethod
    def checked(cls, value: str) -> str:
        try:
            moment = parse(value)
        except (ValueError, OverflowError):
            raise ValueError(f"{quoted(value)} is no instant with an offset or Z") from None
        # Instants are compared as text, and earlier years have fewer digits.
        if moment.year < 1000:
            raise ValueError("before the year 1000")
        return instant(moment)


class Day(Text):
    """A date, as `2025-09-01`."""

    @classmethod
    def checked(cls, value: str) -> str:
        if not is_date(value):
            raise ValueError(f"{quoted(value)} is no date like 2025-09-01")
        return value


class MonthDay(Text):
    """A day that every year has, as `08-01`."""

    @classmethod
    def checked(cls, value: str) -> str:
        if not is_date(f"2001-{value}"):
            raise ValueError(f"{quoted(value)} is no day of every year like 08-01")
        return value


class TimeZone(Text):
    """A name of the IANA's list, as `Europe/Berlin`."""

    @classmethod
    def checked(cls, value: str) -> str:
        if value not in time_zones():
            raise ValueError(f"no time zone {quoted(value)}")
        return value


class AccessCode(Text):
    """A code, compared without case or hyphen; kept in capitals, in groups of five."""

    @classmethod
    def checked(cls, value: str) -> str:
        bare = value.replace("-", "").upper()
        if not bare:
            raise ValueError("an empty code")
        return "-".join(bare[at : at + CODE_GROUP] for at in range(0, len(bare), CODE_GROUP))


class Word(Text):
    """A text out of a list."""

    words: ClassVar[tuple[str, ...]]

    @classmethod
    def checked(cls, value: str) -> str:
        if value not in cls.words:
            raise ValueError(f"{quoted(value)} is not one of {', '.join(cls.words)}")
        return value


def words_in(kind: Any) -> tuple[str, ...]:
    """Those of a Literal, whatever is said of it besides."""
    return words_in(get_args(kind)[0]) if get_origin(kind) is Annotated else get_args(kind)


class AfterUnenroll(Word):
    words = words_in(org.AfterUnenroll)


class SchoolType(Word):
    words = words_in(org.SchoolType)


class MemberRole(Word):
    words = words_in(membership.OrgRole)


class MemberStatus(Word):
    words = words_in(membership.MemberStatus)


class CourseStatus(Word):
    words = words_in(course.CourseStatus)


class JoinPolicy(Word):
    words = words_in(course.JoinPolicy)


class CompletionPolicy(Word):
    words = words_in(course.CompletionPolicy)


class ComponentKind(Word):
    words = words_in(content.ComponentKind)


class TermKind(Word):
    words = words_in(term.TermKind)


class RealmKind(Word):
    words = words_in(enrollment.RealmKind)


class ClassType(Word):
    words = words_in(realm.ClassType)


class RealmStatus(Word):
    words = words_in(realm.RealmStatus)


class Role(Word):
    words = words_in(enrollment.Role)


class Status(Word):
    words = words_in(enrollment.Status)


class Source(Word):
    words = words_in(enrollment.Door)


def is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@cache
def time_zones() -> set[str]:
    """What other machines and browsers know by the same name, and mean the same."""
    return zoneinfo.available_timezones() - {"localtime", "Factory"}
