"""How results are sent: the envelope's bytes, undefined and null, instants, what JSON lacks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, TypedDict, TypeVar
from uuid import UUID

import pytest
from asgi_driver import ask, get, post
from msgspec import UNSET, Meta, Struct, UnsetType

from rpc import Endpoint, ProcedureBuilder, Router

GOLDEN = [
    ("hello", b'{"result":{"data":"world"}}'),
    ("out.undefined", b'{"result":{}}'),
    ("out.null", b'{"result":{"data":null}}'),
    ("out.zero", b'{"result":{"data":0}}'),
    ("out.false", b'{"result":{"data":false}}'),
    ("out.emptyString", b'{"result":{"data":""}}'),
    ("out.emptyList", b'{"result":{"data":[]}}'),
    ("out.emptyObject", b'{"result":{"data":{}}}'),
    ("out.nonFinite", b'{"result":{"data":{"nan":null,"inf":null,"neg":null}}}'),
    ("out.date", b'{"result":{"data":"2020-01-02T03:04:05.678Z"}}'),
    ("out.nested", b'{"result":{"data":{"a":[{"b":null},[[],{}]],"c":{"d":{"e":true}}}}}'),
    ("out.missingKey", b'{"result":{"data":{"here":1}}}'),
]


@pytest.mark.parametrize(("path", "body"), GOLDEN)
async def test_a_result_is_sent_as_these_bytes(path: str, body: bytes) -> None:
    answer = await get(f"/trpc/{path}")
    assert (answer.status, answer.body) == (200, body)
    assert answer.header("content-type") == "application/json"
    assert answer.header("vary") == "trpc-accept, accept"
    assert answer.header("content-length") == str(len(body))


async def test_a_mutation_tells_undefined_from_null_too() -> None:
    assert (await post("/trpc/out.undefinedMutation")).body == b'{"result":{}}'
    assert (await post("/trpc/out.nullMutation")).body == b'{"result":{"data":null}}'


async def test_numbers_and_text_arrive_as_they_were() -> None:
    numbers = (await get("/trpc/out.numbers")).json["result"]["data"]
    assert numbers == [0, -1, 1.5, 1e21, 1e-7, 9007199254740991, 0.1]
    text = (await get("/trpc/out.text")).json["result"]["data"]
    assert text == 'é 漢字 😀 \u2028 "quoted" \\ \t \n \u0001 </script>'


async def test_a_large_result_is_sent_whole() -> None:
    answer = await get('/trpc/out.large?input={"size":3000000}')
    assert answer.body == b'{"result":{"data":"' + b"x" * 3_000_000 + b'"}}'


async def test_a_result_that_json_cannot_hold_is_a_fault_of_the_whole_answer() -> None:
    for target in ("/trpc/out.unserializable", "/trpc/hello,out.unserializable?batch=1"):
        answer = await get(target)
        assert answer.status == 500
        assert answer.header("content-type") == "application/json"
        assert answer.error["data"] == {"code": "INTERNAL_SERVER_ERROR", "httpStatus": 500}


T = TypeVar("T")
At = NewType("At", datetime)


class Color(Enum):
    RED = "red"


class Inner(Struct, tag="inner", tag_field="kind"):
    at: datetime
    gone: int | UnsetType = UNSET


class Tree(Struct):
    at: datetime
    children: list[Tree] = []


class Outer(Struct, rename="camel"):
    first_item: Inner
    items: list[Inner]
    by_key: dict[str, datetime]
    anything: Any = None


@dataclass
class Point:
    x: int
    at: datetime


class Moment(TypedDict):
    at: datetime


class Pair(NamedTuple):
    name: str
    at: datetime


class Anchor(Struct):
    point: Point


class Page(Struct, Generic[T]):
    items: list[T]
    at: datetime


class Cell(Struct, array_like=True):
    x: int
    at: datetime | None = None


class Tagged(Cell, tag="cell"):
    pass


class Gaps(Struct, array_like=True):
    x: int
    y: int | UnsetType = UNSET
    z: int = 3


class GapsPair(NamedTuple):
    x: int
    y: int | UnsetType = UNSET


class Sparse(Struct, omit_defaults=True):
    at: datetime | None = None
    n: int = 1
    of: list[int] = []


Notes = NewType("Notes", list[Any])


class Noted(Struct):
    notes: Notes


TOKYO = timezone(timedelta(hours=9))
AT = datetime(2026, 3, 2, 9, 0, 0, 123_456, UTC)
TEXT = "2026-03-02T09:00:00.123Z"
INNER = {"kind": "inner", "at": TEXT}
VALUES: list[tuple[Any, Any, Any]] = [
    (datetime, AT, TEXT),
    (Any, AT, TEXT),
    (datetime, AT.astimezone(TOKYO), TEXT),
    (datetime, AT.replace(microsecond=0), "2026-03-02T09:00:00.000Z"),
    (datetime, AT.replace(microsecond=999_999), "2026-03-02T09:00:00.999Z"),
    (datetime | None, None, None),
    (datetime | None, AT, TEXT),
    (list[datetime], [AT], [TEXT]),
    (dict[str, datetime], {"a": AT}, {"a": TEXT}),
    (Annotated[datetime, Meta(tz=True)], AT, TEXT),
    (Inner, Inner(AT), INNER),
    (Any, Inner(AT), INNER),
    (Any, [{"a": (AT, UNSET)}], [{"a": [TEXT, None]}]),
    (
        Outer,
        Outer(Inner(AT), [Inner(AT)], {"k": AT}),
        {"firstItem": INNER, "items": [INNER], "byKey": {"k": TEXT}, "anything": None},
    ),
    (Any, {"a": UNSET, "b": {"c": UNSET}}, {"b": {}}),
    (Any, float("nan"), None),
    (Color, Color.RED, "red"),
    (UUID, UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Decimal, Decimal("1.50"), "1.50"),
    (bytes, b"abc", "YWJj"),
    (int | UnsetType, 1, 1),
    (Point, Point(1, AT), {"x": 1, "at": TEXT}),
    (Any, Point(1, AT), {"x": 1, "at": TEXT}),
    (list[Point], [Point(1, AT)], [{"x": 1, "at": TEXT}]),
    (Moment, {"at": AT}, {"at": TEXT}),
    (Pair, Pair("a", AT), ["a", TEXT]),
    (Anchor, Anchor(Point(1, AT)), {"point": {"x": 1, "at": TEXT}}),
    (Color | None, Color.RED, "red"),
    (Page[int], Page([1], AT), {"items": [1], "at": TEXT}),
    (Page[datetime] | None, Page([AT], AT), {"items": [TEXT], "at": TEXT}),
    (At, AT, TEXT),
    (Tree, Tree(AT, [Tree(AT)]), {"at": TEXT, "children": [{"at": TEXT, "children": []}]}),
    (list[At], [AT], [TEXT]),
    (Cell, Cell(1, AT), [1, TEXT]),
    (Any, Cell(1), [1, None]),
    (dict[str, Cell | datetime], {"a": Cell(1), "b": AT}, {"a": [1, None], "b": TEXT}),
    (Tagged, Tagged(1, AT), ["cell", 1, TEXT]),
    (Gaps, Gaps(1), [1, None, 3]),
    (list[Gaps], [Gaps(1, 2), Gaps(1)], [[1, 2, 3], [1, None, 3]]),
    (GapsPair, GapsPair(1), [1, None]),
    (tuple[Notes, Noted], ([AT], Noted([])), [[TEXT], {"notes": []}]),
    (tuple[Noted, Notes], (Noted([]), [AT]), [{"notes": []}, [TEXT]]),
    (Sparse, Sparse(), {}),
    (Sparse, Sparse(AT, 2, [3]), {"at": TEXT, "n": 2, "of": [3]}),
]


def serving(annotation: Any, value: Any) -> Endpoint:
    def procedure(ctx: None) -> Any:
        return value

    procedure.__annotations__["return"] = annotation
    router = Router({"it": ProcedureBuilder[None]().query(procedure)})
    return Endpoint(router, lambda request: None)


@pytest.mark.parametrize(("annotation", "value", "sent"), VALUES, ids=str)
async def test_a_declared_output_is_sent_as_javascript_writes_it(
    annotation: Any, value: Any, sent: Any
) -> None:
    answer = await get("/rpc/it", app=serving(annotation, value))
    assert answer.json == {"result": {"data": sent}}


async def test_an_output_may_be_undefined_where_its_annotation_says_so() -> None:
    assert (await get("/rpc/it", app=serving(int | UnsetType, UNSET))).body == b'{"result":{}}'
    assert (await get("/rpc/it", app=serving(UnsetType, UNSET))).body == b'{"result":{}}'
    assert (await get("/rpc/it", app=serving(int, UNSET))).status == 500


Local = Annotated[datetime, Meta(tz=False)]


class Lesson(Struct):
    starts: list[Local | None]


@dataclass
class Lessons:
    each: dict[str, Lesson]


class Plan(TypedDict):
    at: Local


OUTPUTS = [
    Local,
    Local | None,
    list[Local],
    Lesson,
    Page[Local],
    Lessons,
    Plan,
    AsyncIterator[Plan],
]


@pytest.mark.parametrize("annotation", OUTPUTS, ids=str)
def test_an_output_without_offset_is_refused_when_the_procedure_is_made(annotation: Any) -> None:
    with pytest.raises(TypeError, match="a datetime without offset is no instant to be sent"):
        serving(annotation, None)


async def test_an_input_may_be_without_offset() -> None:
    def shown(ctx: None, given: Lesson) -> str:
        return str(given.starts[0])

    app = Endpoint(Router({"it": ProcedureBuilder[None]().query(shown)}), lambda request: None)
    answer = await get('/rpc/it?input={"starts":["2026-03-02T09:00:00"]}', app=app)
    assert answer.json["result"]["data"] == "2026-03-02 09:00:00"


CIRCLE: list[Any] = []
CIRCLE.append(CIRCLE)
IMPOSSIBLE = [object(), AT.replace(tzinfo=None), {"a": datetime(1, 1, 1)}, 1j, CIRCLE]


@pytest.mark.parametrize("value", IMPOSSIBLE, ids=lambda value: type(value).__name__)
async def test_what_json_has_no_way_to_say_is_a_fault_without_its_text(value: Any) -> None:
    answer = await get("/rpc/it", app=serving(Any, value))
    assert (answer.status, answer.error["message"]) == (500, "internal server error")


SURROGATES = [
    ("\ud800", rb'"\ud800"'),
    ({"\udfff": ["é", float("nan"), 1.5, float("-inf")]}, rb'{"\udfff":["\u00e9",null,1.5,null]}'),
    (
        {1: "\ud800", UUID(int=0): (True,)},
        rb'{"1":"\ud800","%s":[true]}' % str(UUID(int=0)).encode(),
    ),
]


@pytest.mark.parametrize(("value", "text"), SURROGATES, ids=repr)
async def test_lone_surrogates_go_out_as_escapes(value: Any, text: bytes) -> None:
    answer = await get("/rpc/it", app=serving(Any, value))
    assert answer.body == b'{"result":{"data":' + text + b"}}"


@pytest.mark.parametrize("annotation", [str, Any])
async def test_they_leave_the_other_answers_of_a_batch_as_they_are(annotation: Any) -> None:
    alone = await get("/rpc/nope?batch=1", app=serving(annotation, "\ud800"))
    both = await get("/rpc/it,nope?batch=1", app=serving(annotation, "\ud800"))
    assert both.body.startswith(rb'[{"result":{"data":"\ud800"}},')
    assert (both.status, both.json[1:]) == (207, alone.json)


INNER, OUTER = Inner(AT), Outer(Inner(AT), [], {})
MISMATCHES: list[tuple[Any, Any]] = [
    (str, 42),
    (int, "42"),
    (int, True),
    (None, 1),
    (int, []),
    (int | UnsetType, "1"),
    (list[int], [1, "2"]),
    (Inner, Outer),
    (list[Inner], [INNER, OUTER]),
    (list[Inner], [INNER, 1]),
    (list[Inner], (INNER, None)),
    (list[Inner], {"a": INNER}),
    (dict[str, int], {"a": None}),
    (Literal["a"], "\ud800"),
]


@pytest.mark.parametrize(("annotation", "value"), MISMATCHES, ids=str)
async def test_an_output_that_is_not_what_was_declared_is_a_fault(
    annotation: Any, value: Any
) -> None:
    answer = await get("/rpc/it", app=serving(annotation, value))
    assert answer.status == 500
    assert answer.error["message"] == "Output validation failed"
    assert answer.error["data"]["path"] == "it"


async def test_the_head_of_every_answer_but_heads_names_vary() -> None:
    for target in ("/trpc/hello", "/trpc/nope", "/trpc/%zz", "/trpc/sub.empty"):
        assert (await get(target)).header("vary") == "trpc-accept, accept"
    assert (await ask("HEAD", "/trpc/hello")).header("vary") is None
