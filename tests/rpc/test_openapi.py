"""The OpenAPI document of a router: valid, and what it says of each kind of procedure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct
from openapi_spec_validator import validate

from procedures import router as service
from rpc.forms import FormData
from rpc.openapi import describe
from rpc.procedure import ProcedureBuilder, errors
from rpc.router import Router

public: ProcedureBuilder[None] = ProcedureBuilder()


class Ask(Struct, forbid_unknown_fields=True):
    name: str


class Page(Struct, forbid_unknown_fields=True):
    limit: int = 50
    kinds: tuple[str, ...] = ()


class Told(Struct):
    text: str


@errors("too_late")
def tell(ctx: None, given: Ask) -> Told:
    """Tell it.

    At some length.
    """
    return Told(given.name)


def listed(ctx: None, given: Page) -> list[Told]:
    return []


def upload(ctx: None, given: FormData) -> None: ...


async def follow(ctx: None) -> AsyncIterator[Told]:
    yield Told("x")


def document(**procedures: Any) -> Any:
    made = describe(Router(procedures), title="Test", version="1")
    validate(made)
    return made


def test_the_document_of_the_service_is_valid_and_names_every_procedure():
    made = describe(service, title="Rollcall", version="1")
    validate(made)
    assert list(made["paths"]) == [f"/rpc/{name}" for name in sorted(service)]


def test_a_mutation_is_a_post_with_its_input_as_body():
    post = document(tell=public.mutation(tell))["paths"]["/rpc/tell"]["post"]
    assert post["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ask"}}},
    }
    assert (post["summary"], post["description"]) == ("Tell it.", "Tell it.\n\nAt some length.")


def test_a_query_is_a_get_whose_input_may_be_left_out_when_every_field_has_a_default():
    paths = document(tell=public.query(tell), listed=public.query(listed))["paths"]
    assert paths["/rpc/tell"]["get"]["parameters"][0]["required"] is True
    assert paths["/rpc/listed"]["get"]["parameters"][0]["required"] is False


def test_the_result_stands_in_its_envelope_and_refusals_name_their_reasons():
    answers = document(tell=public.query(tell))["paths"]["/rpc/tell"]["get"]["responses"]
    envelope = answers["200"]["content"]["application/json"]["schema"]
    data = envelope["properties"]["result"]["properties"]["data"]
    assert data == {"$ref": "#/components/schemas/Told"}
    assert answers["default"]["description"] == "Refused. Reasons: `too_late`"


def test_a_subscription_answers_with_an_event_stream_of_its_items():
    answers = document(follow=public.subscription(follow))["paths"]["/rpc/follow"]["get"]
    schema = answers["responses"]["200"]["content"]["text/event-stream"]["schema"]
    assert schema == {"$ref": "#/components/schemas/Told"}


def test_a_form_is_a_multipart_body():
    post = document(upload=public.mutation(upload))["paths"]["/rpc/upload"]["post"]
    assert list(post["requestBody"]["content"]) == ["multipart/form-data"]
