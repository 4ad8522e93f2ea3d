"""A contract with every row of the type map, for the compiler: see tests/client/*.ts."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Required,
    TypedDict,
    TypeVar,
)

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, field

from rpc.procedure import ProcedureBuilder, errors
from rpc.router import Router

T = TypeVar("T")
Key = NewType("Key", str)


class Status(enum.Enum):
    """Where a learner stands."""

    ACTIVE = "active"
    DROPPED = "dropped"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Place:
    room: str
    floor: int = 0


class Badge(TypedDict, total=False):
    title: Required[str]
    color: str


class Point(NamedTuple):
    x: float
    y: float = 0.0


class Span(Struct, array_like=True):
    start: dt.date
    end: dt.date | None = None


class Tree(Struct):
    name: str
    children: list[Tree]


class Circle(Struct, tag="circle", tag_field="kind"):
    radius: float


class Square(Struct, tag="square", tag_field="kind"):
    side: float


class Compact(Struct, omit_defaults=True):
    size: int = 0


class Record(Struct, rename="camel"):
    """The name of a TypeScript built-in, which the file must not need for itself."""

    course_id: Key
    number: int
    ratio: float
    flag: bool
    nothing: None
    enrolled_at: Annotated[dt.datetime, Meta(description="When the learner came.")]
    day: dt.date
    time: dt.time
    lasts: dt.timedelta
    id: uuid.UUID
    price: Decimal
    blob: bytes
    anything: Any
    raw: Raw
    maybe: str | None
    defaulted: str | None = None
    left_out: str | UnsetType = UNSET
    status: Status = Status.ACTIVE
    level: Level = Level.LOW
    choice: Literal["a", 3, None] = "a"
    odd_key: str = field(default="", name="odd-key")


class Containers(Struct):
    numbers: list[int]
    unique: set[str]
    frozen: frozenset[str]
    many: tuple[float, ...]
    pair: tuple[int, str]
    none: tuple[()]
    either: list[int | None]
    by_name: dict[str, int]
    by_number: dict[int, str]
    by_status: dict[Status, int]
    by_choice: dict[Literal["x", "y"], bool]
    places: list[Place]
    badge: Badge
    point: Point
    span: Span
    tree: Tree
    shape: Circle | Square
    compact: Compact


class Page(Struct, Generic[T], rename="camel"):
    items: list[T]
    next_cursor: str | None


class ListInput(Struct, forbid_unknown_fields=True):
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=100, description="Rows of a page.")] = 20


class SearchInput(Struct):
    text: str
    cursor: str | None = None


class EnrollInput(Struct, forbid_unknown_fields=True, rename="camel"):
    course_id: Annotated[str, Meta(min_length=1, max_length=255, pattern="^[a-z]+$")]
    status: Status = Status.ACTIVE
    tags: Annotated[list[Annotated[str, Meta(max_length=9)]], Meta(max_length=3)] = field(
        default_factory=list
    )
    note: str | UnsetType = UNSET


class Address(Struct):
    street: str
    country: str = "DE"


class Person(Struct):
    name: str
    address: Address


@errors("full", "already_enrolled")
def enroll(ctx: object, given: EnrollInput) -> Record:
    """Put a learner on a course.

    The seat is taken /* at once */.
    """


@errors("already_enrolled", "full")
def re_enroll(ctx: object, given: EnrollInput) -> Record: ...


@errors("it's gone")
def unenroll(ctx: object, given: Key) -> None: ...


def list_records(ctx: object, given: ListInput) -> Page[Record]: ...


def search(ctx: object, given: SearchInput) -> Page[Record]: ...


def numbers(ctx: object) -> Page[int | None]: ...


def all_containers(ctx: object) -> Containers: ...


def logout(ctx: object) -> UnsetType: ...


def find(ctx: object, given: int | UnsetType) -> str | UnsetType: ...


def anything(ctx: object, given: Any): ...


def draw(ctx: object, given: Circle | Square) -> list[Circle | Square]: ...


def tuple_in(ctx: object, given: Span) -> Span: ...


def move(ctx: object, given: Person) -> Person: ...


def place(ctx: object, given: Place) -> bool: ...


def badge(ctx: object, given: Badge) -> Level: ...


async def on_change(ctx: object, given: ListInput) -> AsyncIterator[Record]:
    yield


async def ticks(ctx: object) -> AsyncGenerator[int, None]:
    yield


async def signals(ctx: object):
    yield


async def rows(ctx: object) -> AsyncIterable[Status]:
    yield


base: ProcedureBuilder[object] = ProcedureBuilder()
router = Router(
    {
        "enrollment.enroll": base.mutation(enroll),
        "enrollment.reEnroll": base.mutation(re_enroll),
        "enrollment.unenroll": base.mutation(unenroll),
        "enrollment.list": base.query(list_records),
        "enrollment.search": base.query(search),
        "enrollment.onChange": base.subscription(on_change),
        "deep.er.numbers": base.query(numbers),
        "deep.er.rows": base.query(rows),
        "types.containers": base.query(all_containers),
        "types.find": base.query(find),
        "types.anything": base.query(anything),
        "types.draw": base.mutation(draw),
        "types.span": base.mutation(tuple_in),
        "types.move": base.mutation(move),
        "types.place": base.mutation(place),
        "types.badge": base.mutation(badge),
        "ticks": base.subscription(ticks),
        "signals": base.subscription(signals),
        "auth.logout": base.mutation(logout),
        "with-dash.42.sl/ash": base.query(numbers),
        "function": base.query(numbers),
    }
)

record = Record(
    course_id=Key("algebra"),
    number=3,
    ratio=0.5,
    flag=True,
    nothing=None,
    enrolled_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC),
    day=dt.date(2026, 11, 1),
    time=dt.time(9),
    lasts=dt.timedelta(minutes=90),
    id=uuid.UUID(int=1),
    price=Decimal("1.50"),
    blob=b"\x00\xff",
    anything={"any": ["thing"]},
    raw=Raw(b"[1,2]"),
    maybe=None,
)
containers = Containers(
    numbers=[1],
    unique={"a"},
    frozen=frozenset({"a"}),
    many=(0.5, 1.5),
    pair=(1, "one"),
    none=(),
    either=[1, None],
    by_name={"a": 1},
    by_number={1: "a"},
    by_status={Status.ACTIVE: 1},
    by_choice={"x": True},
    places=[Place("A1")],
    badge={"title": "first"},
    point=Point(1),
    span=Span(dt.date(2026, 11, 1)),
    tree=Tree("root", [Tree("leaf", [])]),
    shape=Circle(1),
    compact=Compact(),
)
