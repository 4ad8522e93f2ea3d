"""The description of a registry for tools: the same facts as in the generated types."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta, Struct

from rpc import FormData, ProcedureBuilder, Router, errors
from rpc.describe import describe


class Given(Struct, frozen=True):
    """What is asked."""

    name: Annotated[str, Meta(min_length=1)]
    tags: tuple[str, ...] = ()


class Page(Struct, frozen=True):
    limit: int = 50


class Answer(Struct, frozen=True):
    text: str


def known(ctx: object) -> object:
    """Somebody who is
    known."""
    return ctx


@errors("rude")
def greet(ctx: object, given: Given) -> Answer:
    """Say hello."""
    return Answer(given.name)


def nothing(ctx: object) -> None: ...


def listed(ctx: object, given: Page) -> None: ...


async def follow(ctx: object) -> AsyncIterator[int]:
    yield 1


def upload(ctx: object, given: FormData) -> int:
    return 1


public = ProcedureBuilder[object]()


def described(**procedures: Any) -> dict[str, Any]:
    return describe(Router(procedures))


def test_a_procedure_is_told_with_all_that_is_around_it():
    told = described(greet=public.use(known).mutation(greet))
    [procedure] = told["procedures"]
    assert procedure == {
        "name": "greet",
        "type": "mutation",
        "doc": "Say hello.",
        "middleware": [{"name": "known", "doc": "Somebody who is known."}],
        "reasons": ["rude"],
        "input": {"$ref": "#/definitions/Given"},
        "inputRequired": True,
        "inputType": "Given",
        "output": {"$ref": "#/definitions/Answer"},
        "outputType": "Answer",
    }
    assert told["definitions"]["Given"]["required"] == ["name"]
    assert told["types"]["Answer"] == "export interface Answer {\n  text: string;\n}"


class Known:
    def __call__(self, ctx: object) -> object:
        """Who is
        known."""
        return ctx


def test_a_middleware_that_is_an_object_has_the_name_of_its_class():
    told = described(greet=public.use(partial(known)).use(Known()).mutation(greet))
    assert told["procedures"][0]["middleware"] == [
        {"name": "known", "doc": "Somebody who is known."},
        {"name": "Known", "doc": "Who is known."},
    ]


def test_what_takes_no_input_has_no_schema_of_one():
    [procedure] = described(nothing=public.query(nothing))["procedures"]
    assert (procedure["input"], procedure["inputRequired"]) == (None, False)


def test_an_input_whose_fields_all_have_defaults_is_not_required():
    [procedure] = described(listed=public.query(listed))["procedures"]
    assert procedure["input"] == {"$ref": "#/definitions/Page"}
    assert procedure["inputRequired"] is False


def test_of_an_input_that_is_no_json_the_type_is_told_without_a_schema():
    told = described(greet=public.mutation(greet), upload=public.mutation(upload))
    json, form = told["procedures"]
    assert json["input"] == {"$ref": "#/definitions/Given"}
    assert (form["input"], form["inputRequired"], form["inputType"]) == (None, True, "FormData")
    assert form["output"] == {"type": "integer"}


def strange(ctx: object, given: Given) -> complex: ...


def test_a_type_that_has_no_json_is_refused():
    with pytest.raises(ValueError, match=r"strange: .*complex.* has no JSON form"):
        described(strange=public.query(strange))


def test_of_a_stream_the_schema_is_that_of_an_item():
    [procedure] = described(follow=public.subscription(follow))["procedures"]
    assert procedure["output"] == {"type": "integer"}
    assert procedure["outputType"] == "AsyncIterable<number>"


def test_it_is_json_in_the_order_of_the_names():
    told = described(b=public.query(nothing), a=public.mutation(greet))
    assert [each["name"] for each in told["procedures"]] == ["a", "b"]
    assert msgspec.json.decode(msgspec.json.encode(told)) == told
    assert told["definitions"]["Given"]["properties"]["tags"]["default"] == []
