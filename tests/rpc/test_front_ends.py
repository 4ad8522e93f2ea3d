"""Front ends with generated types: compiled by the real compiler, run with the real client."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import node
from msgspec import Struct
from socket_driver import listening

from rpc import Endpoint, FormData, OctetStream, ProcedureBuilder, Router, generate

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
