"""The ceiling: the workloads W1 to W7 written by hand over bare ASGI, without a dispatcher."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from msgspec import Raw

from bench.data import COLUMNS, SIGNER, Echo, Id, Me, New, Org, Record, User, database, page, stored
from procedures.servers.running import collect_less
from procedures.store.sqlite import SQLiteStore
from rpc.transport import Receive, Scope, Send, lifespan

encode = msgspec.json.Encoder().encode
store = SQLiteStore(database())
PAGE = store.read(page)
BATCH = msgspec.json.Decoder(dict[str, Raw])
JSON = (b"content-type", b"application/json")


def read(scope: Scope, given: Id) -> Record | None:
    sql = f"select {COLUMNS} from record where id = :id"
    return store.read(lambda tx: tx.one(Record.row, sql, id=given.id))


def me(scope: Scope, given: Org) -> Me:
    cookie = dict(scope["headers"])[b"cookie"].removeprefix(b"session=").decode()
    user_id = int(SIGNER.session_id(cookie) or 0)
    sql = "select role from member where org_id = :org_id and user_id = :user_id"
    value = {"org_id": given.org_id, "user_id": user_id}
    return Me(user_id, given.org_id, store.read(lambda tx: tx.value(sql, **value)))


def insert(scope: Scope, given: New) -> Any:
    return store.write(lambda tx: stored(tx, given))


Handler = tuple[Callable[[Scope, Any], Any], msgspec.json.Decoder[Any] | None]
HANDLERS: dict[str, Handler] = {
    "ping": (lambda scope, given: "pong", None),
    "echo": (lambda scope, given: given, msgspec.json.Decoder(Echo)),
    "list": (lambda scope, given: PAGE, None),
    "insert": (insert, msgspec.json.Decoder(New)),
    "read": (read, msgspec.json.Decoder(Id)),
    "login": (lambda scope, given: True, msgspec.json.Decoder(User)),
    "me": (me, msgspec.json.Decoder(Org)),
}


async def answer(scope: Scope, name: str, raw: Any) -> bytes:
    function, decoder = HANDLERS[name]
    result = function(scope, decoder.decode(raw) if decoder else None)
    if hasattr(result, "__await__"):
        result = await result
    return b'{"result":{"data":' + encode(result) + b"}}"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    raw = (await receive()).get("body", b"")
    names, query = scope["path"].removeprefix("/rpc/").split(","), scope["query_string"]
    headers, status = [JSON], 200
    if query == b"batch=1":
        inputs = BATCH.decode(raw)
        parts = [await answer(scope, n, inputs[str(i)]) for i, n in enumerate(names)]
        body = b"[" + b",".join(parts) + b"]"
    else:
        if query:
            raw = dict(parse_qsl(query.decode()))["input"]
        try:
            body = await answer(scope, names[0], raw)
        except (msgspec.MsgspecError, KeyError):
            body, status = b'{"error":{}}', 400
    if names == ["login"]:
        user = msgspec.json.decode(raw, type=User).user_id
        headers.append(
            (b"set-cookie", f"session={SIGNER.cookie_value(str(user))}; Path=/".encode())
        )
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


collect_less()
