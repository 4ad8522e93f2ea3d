"""Front ends with generated types: compiled by the real compiler, run with the real client."""

from __future__ import annotations

import asyncio
import datetime as dt
import enum
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import node
from msgspec import UNSET, Struct, UnsetType
from socket_driver import listening

from rpc import (
    Endpoint,
    FormData,
    OctetStream,
    Options,
    ProcedureBuilder,
    Router,
    generate,
    superjson,
)

FRONTS = Path(__file__).parents[1] / "client" / "fronts"
base: ProcedureBuilder[None] = ProcedureBuilder()


async def told(name: str, contract: str, app: Any, packages: Path, folder: Path) -> Any:
    """What a front end prints that talks to an endpoint at /trpc in the terms of a contract."""
    (folder / "contract.ts").write_text(contract)
    shutil.copy(FRONTS / f"{name}.ts", folder)
    shutil.copy(packages / "tsconfig.json", folder)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    made = folder / "made"
    assert await asyncio.to_thread(node.compiled, folder, packages, made) == ""
    async with listening(app) as port:
        url = f"http://127.0.0.1:{port}/trpc"
        return json.loads(await asyncio.to_thread(node.output_of, made / f"{name}.js", url))


class Note(Struct):
    title: str


def form(ctx: None, given: FormData) -> list[str]:
    return [part.name for part in given.parts]


async def octets(ctx: None, given: OctetStream) -> int:
    return len(b"".join([chunk async for chunk in given]))


def plain(ctx: None, given: Note) -> Note:
    return given


async def test_forms_and_byte_streams_are_sent_beside_json(client_packages, tmp_path):
    table = {
        "upload.form": base.mutation(form),
        "upload.octets": base.mutation(octets),
        "plain": base.query(plain),
    }
    app = Endpoint(Router(table), lambda request: None, path="/trpc")
    contract = generate(Router(table))
    assert await told("uploads", contract, app, client_packages, tmp_path) == {
        "form": ["title", "file"],
        "blob": 4,
        "bytes": 3,
        "file": 9,
        "json": {"title": "notes"},
    }


class Status(enum.Enum):
    ACTIVE = "active"


class Values(Struct, rename="camel"):
    at: dt.datetime
    maybe: dt.datetime | None
    tags: set[str]
    dates: list[frozenset[dt.datetime]]
    by_number: dict[int, str]
    by_status: dict[Status, dt.datetime]
    by_flag: dict[bool, int]
    by_name: dict[str, dt.datetime]
    by_either: dict[str | int, str]
    any: superjson.Map
    big: superjson.BigInt
    count: int
    link: superjson.URL
    pattern: superjson.RegExp
    failure: superjson.Error
    id: UUID
    day: dt.date
    gone: str | UnsetType = UNSET


NOW = dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.UTC)
VALUES = Values(
    at=NOW,
    maybe=NOW,
    tags={"a"},
    dates=[frozenset([NOW])],
    by_number={},
    by_status={Status.ACTIVE: NOW},
    by_flag={True: 1},
    by_name={"now": NOW},
    by_either={"a": "b"},
    any=superjson.Map({None: [1]}),
    big=superjson.BigInt(5),
    count=5,
    link=superjson.URL("https://rollcall.example"),
    pattern=superjson.RegExp("a", "g"),
    failure=superjson.Error("TypeError", "broken"),
    id=UUID(int=1),
    day=dt.date(2026, 11, 1),
)


def get(ctx: None) -> Values:
    return VALUES


def echo(ctx: None, given: Values) -> Values:
    return given


def none(ctx: None) -> UnsetType:
    return UNSET


async def stream(ctx: None) -> AsyncIterator[dt.datetime]:
    yield NOW


async def test_behind_superjson_the_types_are_those_of_the_values_that_arrive(
    client_packages, tmp_path
):
    table = {
        "values.get": base.query(get),
        "values.echo": base.mutation(echo),
        "values.none": base.query(none),
        "values.stream": base.query(stream),
        "values.follow": base.subscription(stream),
    }
    options = Options(transformer=superjson)
    app = Endpoint(Router(table), lambda request: None, path="/trpc", options=options)
    contract = generate(Router(table), superjson=True)
    told_ = await told("superjson", contract, app, client_packages, tmp_path)
    kinds = {
        "at": "Date",
        "maybe": "Date",
        "tags": "Set",
        "dates": "Array",
        "byNumber": "Object",
        "byStatus": "Map",
        "byFlag": "Map",
        "byName": "Object",
        "byEither": "Object",
        "any": "Map",
        "big": "BigInt",
        "count": "Number",
        "link": "URL",
        "pattern": "RegExp",
        "failure": "Error",
        "id": "String",
        "day": "String",
    }
    assert told_ == {
        "got": kinds,
        "echoed": kinds | {"byNumber": "Map"},
        "at": 0,
        "tags": ["sent"],
        "one": "one",
        "streamed": ["2026-11-01T09:30:00.000Z"],
        "followed": "2026-11-01T09:30:00.000Z",
        "none": "undefined",
        "isNone": True,
    }
