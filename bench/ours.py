"""The workloads W1 to W7 as an application of `rpc`, with the service's own store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple

from bench.data import COLUMNS, SIGNER, Echo, Id, Me, New, Org, Record, User, database, page, stored
from procedures.servers.running import collect_less
from procedures.store.sqlite import SQLiteStore
from procedures.store.transaction import Transaction
from rpc import Endpoint, ProcedureBuilder, Request, Router, RPCError
from rpc.call import Call

store = SQLiteStore(database())
PAGE = store.read(page)
LISTENING: set[asyncio.Queue[int]] = set()


class Anyone(Struct):
    request: Request
    tx: Transaction | None = None


class Signed(Anyone):
    user_id: int = 0


class Transactions:
    """One transaction for each call of a procedure that says it stores something."""

    def call(self, ctx: Anyone, call: Call, work: Callable[[Any], Any]) -> Any:
        if call.procedure.meta is None:
            return work(ctx)
        run = store.write if call.procedure.type == "mutation" else store.read
        return run(lambda tx: work(Anyone(ctx.request, tx)))

    prepare = call


def ping(ctx: Anyone) -> str:
    return "pong"


def echo(ctx: Anyone, given: Echo) -> Echo:
    return given


def list_records(ctx: Anyone) -> list[Record]:
    return PAGE


def insert(ctx: Any, given: New) -> Record:
    return stored(ctx.tx, given)


def read(ctx: Any, given: Id) -> Record:
    sql = f"select {COLUMNS} from record where id = :id"
    found: Record | None = ctx.tx.one(Record.row, sql, id=given.id)
    if found is None:
        raise RPCError("NOT_FOUND")
    return found


def login(ctx: Anyone, given: User) -> bool:
    value = SIGNER.cookie_value(str(given.user_id))
    ctx.request.add_response_header("set-cookie", f"session={value}; Path=/; HttpOnly")
    return True


async def ticks(ctx: Anyone) -> AsyncIterator[int]:
    mine: asyncio.Queue[int] = asyncio.Queue()
    LISTENING.add(mine)
    try:
        while True:
            yield await mine.get()
    finally:
        LISTENING.discard(mine)


def tick(ctx: Anyone) -> int:
    for queue in LISTENING:
        queue.put_nowait(1)
    return len(LISTENING)


def signed(ctx: Anyone) -> Signed:
    user_id = SIGNER.session_id(ctx.request.cookies.get("session", ""))
    if user_id is None:
        raise RPCError("UNAUTHORIZED")
    return Signed(*astuple(ctx), int(user_id))


def me(ctx: Any, given: Org) -> Me:
    sql = "select role from member where org_id = :org_id and user_id = :user_id"
    role = ctx.tx.value(sql, org_id=given.org_id, user_id=ctx.user_id)
    if role is None:
        raise RPCError("FORBIDDEN")
    return Me(ctx.user_id, given.org_id, role)


public = ProcedureBuilder[Anyone]()
in_store = public.meta(stored=True)
router = Router(
    {
        "ping": public.query(ping),
        "echo": public.mutation(echo),
        "list": public.query(list_records),
        "insert": in_store.mutation(insert),
        "read": in_store.query(read),
        "login": public.mutation(login),
        "tick": public.mutation(tick),
        "ticks": public.subscription(ticks),
        "me": in_store.use(signed).query(me),
    }
)
app = Endpoint(router, Anyone, units=Transactions())
collect_less()
