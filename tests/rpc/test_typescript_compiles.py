"""The generated file before the real TypeScript compiler, with the real client's types."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from every_type import containers, record
from every_type import router as every_type
from msgspec import defstruct

from rpc.javascript import encode
from rpc.procedure import Procedure, ProcedureBuilder, errors
from rpc.router import Router
from rpc.typescript import generate

CLIENT = Path(__file__).parents[1] / "client"
base: ProcedureBuilder[object] = ProcedureBuilder()


def compiled(directory: Path, packages: Path, contract: str) -> str:
    """What the compiler says about a contract and the files beside it: nothing, if all is well."""
    (directory / "contract.ts").write_text(contract)
    (directory / "node_modules").symlink_to(packages / "node_modules")
    shutil.copy(CLIENT / "tsconfig.json", directory)
    tsc = directory / "node_modules" / ".bin" / "tsc"
    done = subprocess.run([tsc, "-p", directory], capture_output=True, text=True, timeout=60)
    assert bool(done.returncode) == bool(done.stdout), done.stderr
    return done.stdout


def test_the_client_sees_every_type_as_it_is_on_the_wire(client_packages, tmp_path):
    for name in ("good.ts", "wrong.ts"):
        shutil.copy(client_packages / name, tmp_path)
    assert compiled(tmp_path, client_packages, generate(every_type)) == ""


def test_what_the_encoder_writes_is_of_the_published_type(client_packages, tmp_path):
    (tmp_path / "samples.ts").write_text(
        "import type { Containers, Record } from './contract';\n"
        f"export const record: Record = {encode(record).decode()};\n"
        f"export const containers: Containers = {encode(containers).decode()};\n"
    )
    assert compiled(tmp_path, client_packages, generate(every_type)) == ""


def test_tanstack_query_takes_the_router(tanstack_packages, tmp_path):
    for name in ("good.ts", "wrong.ts"):
        shutil.copy(tanstack_packages / name, tmp_path)
    assert compiled(tmp_path, tanstack_packages, generate(every_type)) == ""


def test_the_compiler_refuses_a_use_that_the_contract_does_not_allow(client_packages, tmp_path):
    shutil.copy(client_packages / "good.ts", tmp_path)
    contract = generate(every_type).replace("nextCursor: string | null", "nextCursor: number")
    assert "good.ts" in compiled(tmp_path, client_packages, contract)


def test_a_router_without_procedures_compiles(client_packages, tmp_path):
    assert compiled(tmp_path, client_packages, generate(Router({}))) == ""


def test_a_thousand_procedures_compile_within_a_minute(client_packages, tmp_path):
    calls = "".join(
        f"export const n{n}: Promise<number | undefined> = client.space{n % 50}.find{n}"
        ".query({ key: 'a' }).then((found) => found[0]?.count);\n"
        for n in range(0, 1000, 5)
    )
    (tmp_path / "use.ts").write_text(
        "import { createTRPCClient, httpLink } from '@trpc/client';\n"
        "import type { AppRouter } from './contract';\n"
        "const client = createTRPCClient<AppRouter>({ links: [httpLink({ url: '/' })] });\n" + calls
    )
    contract = generate(Router({f"space{n % 50}.find{n}": numbered(n) for n in range(1000)}))
    assert compiled(tmp_path, client_packages, contract) == ""


def numbered(n: int) -> Procedure:
    @errors("full", f"refused_{n % 7}")
    def function(ctx: object, given: Any): ...

    found = defstruct(f"Found{n}", [("key", str), ("count", int), ("note", str | None)])
    function.__annotations__ = {
        "given": defstruct(f"Find{n}", [("key", str), ("limit", int, 20)]),
        "return": list[found],
    }
    return base.query(function)


def test_lock_files_name_no_registry():
    for lock in (CLIENT / "package-lock.json", CLIENT / "tanstack" / "package-lock.json"):
        assert "http" not in lock.read_text()
