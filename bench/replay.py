"""The floor of W10 over bare ASGI: the statements of real enrolls once more, in commits that calls
share. Of the service nothing is left but to read what is asked and to write what is answered."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections import deque
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from bench.data import SECRET, database
from bench.instructions import COUNTED, WARM_UP, requests
from bench.workloads import ENROLL
from procedures.app import App
from procedures.records.enrollment import EnrollInput, Enrollment
from procedures.servers.running import collect_less
from procedures.settings import Settings
from procedures.store.backup import back_up
from procedures.store.sqlite import SQLiteStore
from procedures.store.sqlite_transaction import SQLiteTransaction
from procedures.telling import silent
from rpc.transport import Receive, Scope, Send, lifespan, send_whole

Statement = tuple[str, tuple[Any, ...]]

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(EnrollInput).decode
store = SQLiteStore(database())
enrolls: deque[tuple[list[Statement], Enrollment]] = deque()


async def made(path: Path, token: str) -> None:
    """Make enrolls in a copy of the database, and note the statements and the answer of each."""
    copy = SQLiteStore(path)
    run, noted = copy._writing.execute, list[Any]()

    def noting(*statement: Any) -> Any:
        noted.append(statement)
        return run(*statement)

    copy._writing.execute = noting
    settings = Settings(secret_keys=(SECRET,), call_rate=0)
    about = {"transport": httpx2.ASGITransport(App(settings, copy)), "base_url": "http://copy"}
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    async with httpx2.AsyncClient(**about, headers=headers) as http:
        for target, body in requests(ENROLL, WARM_UP + COUNTED):
            noted.clear()
            answer = await http.post(f"/rpc/{target}", content=body)
            statements = [statement for statement in noted if len(statement) == 2]
            record = answer.json()["result"]["data"]
            enrolls.append((statements, msgspec.convert(record, Enrollment)))
    copy.close()


def again(tx: SQLiteTransaction, statements: list[Statement]) -> None:
    for statement in statements:
        tx.execute(*statement).fetchall()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await ready()
        await lifespan(receive, send)
    elif scope["method"] == "GET":
        await send_whole(send, 200, [(b"content-length", b"0")])
    else:
        decode((await receive())["body"])
        statements, record = enrolls.popleft()
        await store.write(lambda tx: again(tx, statements))
        body = b'{"result":{"data":' + encode(record) + b"}}"
        head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send_whole(send, 200, head, body)


async def ready() -> None:
    command = [sys.executable, "-m", "procedures", "token", "usr_admin", "--database"]
    token = subprocess.check_output([*command, str(database())], text=True).strip()
    with tempfile.TemporaryDirectory() as folder:
        back_up(database(), copy := Path(folder) / "copy.db", silent)
        await made(copy, token)


collect_less()
