"""What the generated file says; test_typescript_compiles.py has it read by the compiler."""

from __future__ import annotations

import datetime as dt
import re
import sys
import typing
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, IntFlag, StrEnum
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, TypeVar
from uuid import UUID

import pytest
from every_type import router as every_type
from msgspec import UNSET, Meta, Raw, Struct, UnsetType, defstruct

from rpc import superjson
from rpc.codec import Input, Output
from rpc.forms import FormData, OctetStream
from rpc.javascript import encode
from rpc.procedure import Procedure, ProcedureBuilder, errors
from rpc.router import Router
from rpc.typescript import generate

T = TypeVar("T")
base: ProcedureBuilder[object] = ProcedureBuilder()


def returns(annotation: Any, reasons: tuple[str, ...] = ()) -> Procedure:
    def function(ctx: object): ...

    function.__annotations__["return"] = annotation
    return base.query(errors(*reasons)(function))


def takes(annotation: Any) -> Procedure:
    def function(ctx: object, given: Any) -> None: ...

    function.__annotations__["given"] = annotation
    return base.mutation(function)


def published(**procedures: Procedure) -> str:
    return generate(Router(procedures))


def test_the_order_of_registration_does_not_matter():
    table = dict(every_type)
    assert generate(Router(dict(reversed(table.items())))) == generate(every_type)


def test_the_header_changes_with_the_contract_only():
    def contract(**procedures: Procedure) -> str:
        return re.match(r"// .* Contract ([0-9a-f]{16})\.\n", published(**procedures))[1]

    assert contract(a=returns(int)) == contract(a=returns(float))
    assert contract(a=returns(int)) != contract(a=returns(str))


def test_only_what_is_used_is_imported():
    text = published(a=returns(int))
    assert "TRPCQueryProcedure" in text
    assert "TRPCMutationProcedure" not in text
    assert text.count("import") == 1
    assert "TRPCMutationProcedure" in published(a=takes(int))


class Twin(Struct):
    name: str


def other_twin() -> type[Struct]:
    class Twin(Struct):
        title: str

    return Twin


def test_two_classes_of_one_name_are_refused():
    assert published(a=returns(Twin), b=returns(list[Twin])).count("interface Twin ") == 1
    with pytest.raises(ValueError, match=r"test_typescript\.Twin and .*other_twin.*\.Twin"):
        published(a=returns(Twin), b=returns(other_twin()))


class AppRouter(Struct):
    name: str


class Query(Struct):
    name: str


def test_only_names_the_file_needs_itself_are_refused():
    assert "interface Query " in published(a=returns(Query))
    with pytest.raises(ValueError, match=r"test_typescript\.AppRouter"):
        published(a=returns(AppRouter))


class Box(Struct, Generic[T]):
    content: T


class TwinBox(Struct):
    name: str


def test_a_generic_is_published_once_for_each_use():
    text = published(a=returns(Box[Twin]), b=returns(list[Box[int]]), c=returns(Box[Twin] | None))
    assert "interface TwinBox {\n  content: Twin;\n}" in text
    assert "interface IntBox {\n  content: number;\n}" in text
    with pytest.raises(ValueError, match=r"Box\[.*Twin\] and .*\.TwinBox would both be TwinBox"):
        published(a=returns(Box[Twin]), b=returns(TwinBox))


@pytest.mark.parametrize(
    ("annotation", "name"),
    [
        (Box[Annotated[int, Meta(ge=1)]], "IntBox"),
        (Box[Twin | None], "TwinOrNullBox"),
        (Box[Box[dict[str, list[Twin]]]], "StrTwinListDictBoxBox"),
        (Box[tuple[int, ...]], "IntTupleBox"),
        (Box[Literal[1, "a-b"]], "Literal1Ora_bBox"),
        (Box, "Box"),
    ],
)
def test_a_generic_is_named_by_what_fills_it(annotation, name):
    assert f"a: $Query<undefined, {name}>;" in published(a=returns(annotation))


class Address(Struct):
    street: str
    country: str = "DE"


class AddressInput(Struct):
    street: str


def test_a_struct_with_defaults_has_a_second_form_where_it_goes_both_ways():
    assert "country: string" in published(a=returns(Address))
    assert "interface Address {\n" in published(a=takes(Address))
    text = published(a=returns(Address), b=takes(list[Address]))
    assert "interface Address {\n  street: string;\n  country: string;\n}" in text
    assert 'street: string;\n  /** Default "DE". */\n  country?: string;\n}' in text
    assert "b: $Mutation<AddressInput[], null>;" in text


def test_a_struct_without_defaults_has_one_form():
    assert published(a=returns(Twin), b=takes(Twin)).count("interface ") == 1


def test_the_name_of_a_second_form_may_not_be_taken():
    with pytest.raises(ValueError, match=r"Address and .*AddressInput would both be AddressInput"):
        published(a=returns(Address), b=takes(Address), c=returns(AddressInput))


class Absent(Struct):
    must: str | UnsetType
    may: str | UnsetType = UNSET


class Short(Struct, omit_defaults=True, kw_only=True):
    sometimes: int = 0
    unset: int | UnsetType
    always: int


class Patch(Struct, Generic[T]):
    must: T
    may: T | UnsetType = UNSET
    note: Annotated[str | UnsetType, Meta(description="Why.")] = UNSET
    more: Annotated[Any, Meta(description="Whatever.")] = None


def test_an_output_lacks_what_a_generic_in_use_leaves_out():
    text = published(a=returns(Patch[int]), b=returns(Patch[str | UnsetType]))
    assert "IntPatch {\n  must: number;\n  may?: number;" in text
    assert "StrOrUnsetTypePatch {\n  must?: string;\n  may?: string;" in text
    assert text.count("note?: string;") == text.count("more: unknown;") == 2


# msgspec reads a `type X = …` on the Pythons that can write it.
@pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no `type` statement")
def test_an_alias_says_what_it_stands_for():
    maybe = typing.TypeAliasType("maybe", str | UnsetType)
    patch = defstruct("Patch", [("text", maybe, UNSET), ("or_null", maybe | None, UNSET)])
    text = published(a=returns(patch), b=takes(maybe), c=returns(maybe))
    assert "Patch {\n  text?: string;\n  or_null?: string | null;\n}" in text
    assert "b: $Mutation<string | undefined, null>;" in text
    assert "c: $Query<undefined, string | undefined>;" in text


def test_an_output_lacks_only_what_the_encoder_leaves_out():
    assert "must?: string;\n  may?: string;" in published(a=returns(Absent))
    assert "must: string;\n  may?: string;" in published(a=takes(Absent))
    text = published(a=returns(Short))
    assert "sometimes?: number;\n  unset?: number;\n  always: number;" in text


class Late(Struct, array_like=True, kw_only=True, tag="late"):
    early: int = 0
    required: int
    last: int = 0


def test_elements_are_optional_at_the_end_of_an_input_only():
    elements = "tag: 'late', early: number, required: number, last"
    assert f"Late = [{elements}: number];" in published(a=returns(Late))
    assert f"Late = [{elements}?: number];" in published(a=takes(Late))


class Gaps(Struct, array_like=True):
    first: str | UnsetType
    last: int | UnsetType = UNSET


def test_an_element_that_is_undefined_is_null_in_an_output_and_undefined_behind_superjson():
    table = {"a": returns(Gaps), "b": takes(Gaps)}
    text = published(**table)
    assert "Gaps = [first: string | null, last: number | null];" in text
    assert "GapsInput = [first: string, last?: number];" in text
    behind = generate(Router(table), superjson=True)
    assert "Gaps = [first: string | undefined, last: number | undefined];" in behind


class AllDefaults(Struct):
    limit: int = 20


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (AllDefaults, "AllDefaults | undefined"),
        (AllDefaults | None, "AllDefaults | null"),
        (Twin, "Twin"),
        (int | UnsetType, "number | undefined"),
        (Annotated[int, Meta(ge=1)] | None | UnsetType, "number | null | undefined"),
        (UnsetType, "undefined"),
        (Any, "unknown"),
        (list[Any | None], "unknown[]"),
        (int | float | None, "number | null"),
        (dict[str, list[int | None]], "{ [key: string]: (number | null)[] }"),
    ],
)
def test_an_input_may_be_left_out_where_the_procedure_says_so(annotation, text):
    assert f"a: $Mutation<{text}, null>;" in published(a=takes(annotation))


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (FormData, "FormData"),
        (OctetStream, "Blob | Uint8Array"),
        (FormData | UnsetType, "FormData | undefined"),
    ],
)
def test_an_input_that_is_no_json_is_what_the_client_takes_for_it(annotation, text):
    assert f"a: $Mutation<{text}, null>;" in published(a=takes(annotation), b=takes(int))


class Blob(Struct):
    name: str


def test_a_class_may_be_called_like_an_input_that_is_not_there():
    assert "interface Blob " in published(a=returns(Blob), b=takes(FormData))
    with pytest.raises(ValueError, match=r"Blob: Blob has another meaning"):
        published(a=returns(Blob), b=takes(OctetStream))


LOCAL = Annotated[dt.datetime, Meta(tz=False)]


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Word(StrEnum):
    YES = "yes"


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (dt.datetime, "Date"),
        (dt.date, "string"),
        (UUID, "string"),
        (bytes, "string"),
        (int, "number"),
        (set[dt.datetime | None], "Set<Date | null>"),
        (list[frozenset[int]], "Set<number>[]"),
        (tuple[dt.datetime, ...], "Date[]"),
        (dict[str, dt.datetime], "{ [key: string]: Date }"),
        (dict[Word, int], "{ [key in Word]?: number }"),
        (dict[Literal["a", "b"], int], "{ [key in 'a' | 'b']?: number }"),
        (dict[int, str], "Map<number, string> | { [key: string]: undefined }"),
        (dict[Level, str], "Map<Level, string> | { [key: string]: undefined }"),
        (dict[bool, str], "Map<boolean, string> | { [key: string]: undefined }"),
        (dict[UUID, str], "Map<string, string> | { [key: string]: undefined }"),
        (dict[str | int, str], "Map<string | number, string> | { [key: string]: string }"),
        (dict[Literal[1, "a"], int], "Map<1 | 'a', number> | { [key: string]: number }"),
        (dict[Any, int], "Map<unknown, number> | { [key: string]: number }"),
        (superjson.BigInt, "bigint"),
        (superjson.URL | None, "URL | null"),
        (list[superjson.RegExp], "RegExp[]"),
        (superjson.Error, "Error"),
        (superjson.Map, "Map<unknown, unknown>"),
        (superjson.Entries, "Map<unknown, unknown>"),
        (superjson.Members, "Set<unknown>"),
    ],
)
def test_behind_superjson_a_type_is_that_of_the_value_it_makes(annotation, text):
    contract = generate(Router({"a": returns(annotation), "b": takes(annotation)}), superjson=True)
    assert f"a: $Query<undefined, {text}>;" in contract
    assert f"b: $Mutation<{text}, null>;" in contract


def test_the_router_says_whether_there_is_a_transformer():
    table = Router({"a": returns(int)})
    assert "transformer: true }" in generate(table, superjson=True)
    assert "transformer: false }" in generate(table)


class Defaulted(Struct):
    at: dt.datetime = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    big: superjson.BigInt = superjson.BigInt(5)
    link: superjson.URL = superjson.URL("https://a.example")


def test_behind_superjson_defaults_are_told_too():
    contract = generate(Router({"a": takes(Defaulted)}), superjson=True)
    assert '/** Default "2026-11-01T00:00:00Z". */\n  at?: Date;' in contract
    assert "/** Default 5. */\n  big?: bigint;" in contract
    assert '/** Default "https://a.example". */\n  link?: URL;' in contract


def test_behind_superjson_a_time_without_offset_is_taken_as_a_text():
    table = Router({"a": takes(LOCAL)})
    assert "a: $Mutation<string, null>;" in generate(table, superjson=True)


def test_behind_superjson_keys_that_have_parts_are_given_but_not_taken():
    keyed = dict[tuple[int, int], str]
    text = "Map<[number, number], string> | { [key: string]: undefined }"
    assert f"<undefined, {text}>" in generate(Router({"a": returns(keyed)}), superjson=True)
    with pytest.raises(ValueError, match=r"course: DictType.* cannot be sent by superjson"):
        generate(Router({"course": takes(keyed)}), superjson=True)


@pytest.mark.parametrize("annotation", [Raw, complex])
def test_what_superjson_cannot_send_is_refused_by_the_procedures_name(annotation):
    with pytest.raises(ValueError, match=r"course: .* cannot be sent by superjson"):
        generate(Router({"course": returns(annotation)}), superjson=True)


@pytest.mark.parametrize(
    "annotation", [superjson.BigInt, superjson.URL, superjson.Map, list[superjson.Members]]
)
def test_the_values_of_superjson_have_no_type_without_it(annotation):
    with pytest.raises(ValueError, match=r"course: .* has no JSON form"):
        published(course=returns(annotation))


class Date(Struct):
    year: int


def test_a_class_may_be_called_like_a_value_of_superjson_without_it():
    assert "interface Date " in published(a=returns(Date))
    with pytest.raises(ValueError, match="Date: Date has another meaning"):
        generate(Router({"a": returns(Date)}), superjson=True)


class Described(Struct):
    """What a reader sees.

    Twice */ over.
    """

    id: UUID
    at: dt.datetime
    price: Annotated[Decimal, Meta(description="What it costs.")]
    blob: bytes
    text: str
    short: Annotated[str, Meta(min_length=1, max_length=9, pattern="^[a-z/*]*/$")]
    days: Annotated[list[dt.date], Meta(max_length=3)]
    scores: dict[str, Annotated[float, Meta(gt=0, lt=1)]]
    step: Annotated[int, Meta(multiple_of=5)]


def test_formats_limits_and_descriptions_are_doc_comments():
    text = published(a=returns(Described))
    assert "/**\n * What a reader sees.\n *\n * Twice *\\/ over.\n */\nexport interface" in text
    assert "/** UUID. */\n  id: string;" in text
    assert "/** Instant (RFC 3339). */\n  at: string;" in text
    assert "* What it costs.\n   *\n   * Decimal number.\n   */\n  price: string;" in text
    assert "/** Base64. */\n  blob: string;\n  text: string;" in text
    assert "/** Length at least 1, length at most 9, pattern ^[a-z/*]*\\/$. */\n  short" in text
    assert "/** Length at most 3, each: date (YYYY-MM-DD). */\n  days: string[];" in text
    assert "/** Each: more than 0, less than 1. */\n  scores" in text
    assert "/** A multiple of 5. */\n  step" in text


class Local(Struct):
    at: Annotated[dt.datetime, Meta(tz=False)] | None


def test_only_an_input_may_be_a_time_without_offset():
    text = published(a=takes(Local))
    assert "/** Date and time of day, without offset. */\n  at: string | null;" in text


@dataclass
class Plain:
    x: int


class Tuple(NamedTuple):
    x: int


def test_docstrings_nobody_wrote_are_not_published():
    assert Plain.__doc__ and Tuple.__doc__
    assert "/**" not in published(a=returns(Plain), b=returns(Tuple))


def test_procedures_with_the_same_reasons_share_one_shape():
    text = published(
        a=returns(int, ("full", "gone")), b=returns(str, ("gone", "full")), c=returns(int)
    )
    (alias,) = re.findall(r"type (\$Errors_\w+) = \$Errors<'full' \| 'gone'>;", text)
    assert f"a: $Query<undefined, number, {alias}>;" in text
    assert f"b: $Query<undefined, string, {alias}>;" in text
    assert "c: $Query<undefined, number>;" in text
    assert "export type ErrorReason =\n  | 'full'\n  | 'gone';" in text


def test_without_reasons_nothing_is_said_of_them():
    assert "eason" not in published(a=returns(int))


class Nested(Struct):
    deep: list[complex]


@pytest.mark.parametrize(
    ("annotation", "says"),
    [(complex, "complex"), (Nested, "complex"), (Twin | Query, "multiple Struct")],
)
def test_a_type_that_has_no_json_is_refused_by_the_procedures_name(annotation, says):
    with pytest.raises(ValueError, match=f"course: .*{says}"):
        published(course=returns(annotation))


class Frozen(Struct, frozen=True):
    x: int


Truth = NewType("Truth", bool)


@pytest.mark.parametrize(
    "key",
    [
        bool,
        None,
        int | None,
        Truth,
        Annotated[bool | None, Meta(description="d")],
        Literal["a", None],
        tuple[int, int],
        tuple[int, ...],
        frozenset[int],
        Frozen,
        Tuple,
    ],
    ids=str,
)
def test_a_dict_whose_keys_cannot_name_members_is_refused_wherever_it_stands(key):
    for procedure in (returns(dict[key, int]), returns(list[dict[key, int] | None])):
        with pytest.raises(ValueError, match=r"course: DictType.* has no JSON form"):
            published(course=procedure)
    with pytest.raises(ValueError, match=r"course: DictType.* has no JSON form"):
        published(course=takes(dict[key, int]))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (str, "a"),
        (int, 1),
        (float, 1.5),
        (int | float, 1.5),
        (str | int, "a"),
        (Annotated[int, Meta(ge=1)], 1),
        (Any, "a"),
        (bytes, b"a"),
        (Level, Level.LOW),
        (Word, Word.YES),
        (Literal["a", 1], 1),
        (UUID, UUID(int=1)),
        (Decimal, Decimal("1.5")),
        (dt.datetime, dt.datetime(2026, 11, 1, tzinfo=dt.UTC)),
        (dt.date, dt.date(2026, 11, 1)),
        (dt.time, dt.time(9)),
        (dt.timedelta, dt.timedelta(1)),
    ],
    ids=str,
)
def test_a_dict_of_every_other_key_is_published_and_comes_through(key, value):
    kind = dict[key, int]
    assert "a: $Query<undefined, { [key" in published(a=returns(kind), b=takes(kind))
    sent = encode(Output(kind).check({value: 1}))
    assert Input(kind).decode(sent) == {value: 1}


class Right(IntFlag):
    READ = 1
    WRITE = 2


def test_flags_are_numbers_as_their_combinations_are():
    text = published(a=returns(Right), b=takes(dict[Right, int]))
    assert "export type Right = number;" in text
    assert "b: $Mutation<{ [key: number]: number }, null>;" in text
    assert Input(Right).decode(encode(Right.READ | Right.WRITE)) == 3
    assert "export type Level = 1 | 2;" in published(a=returns(Level))


def subscription(annotation: Any) -> Procedure:
    def function(ctx: object): ...

    function.__annotations__["return"] = annotation
    return base.subscription(function)


def test_a_subscription_says_what_it_streams():
    text = published(a=subscription(AsyncIterator[Twin]), b=subscription(Any))
    assert "a: $Subscription<undefined, AsyncIterable<Twin>>;" in text
    assert "b: $Subscription<undefined, AsyncIterable<unknown>>;" in text
    with pytest.raises(ValueError, match="changes: a subscription must be annotated"):
        published(changes=subscription(Twin))
