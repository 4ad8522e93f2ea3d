"""The context of the conformance router and what its calls remember of each other."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

from rpc.call import Call
from rpc.errors import CODES, RPCError
from rpc.request import Request, RequestInfo

# Texts by key, for procedures that tell what became of a call.
STATE: dict[str, str] = {}


@dataclass(frozen=True)
class Context:
    """`call` is there while a procedure runs."""

    user: str | None
    info: RequestInfo
    call: Call | None = None
    log: list[str] = field(default_factory=list)
    found: dict[str, Any] = field(default_factory=dict)
    reading: list[asyncio.Task[None]] = field(default_factory=list)  # of the request's inputs
    under_way: set[int] = field(default_factory=set)  # which of its calls

    @property
    def current(self) -> Call:
        assert self.call is not None
        return self.call


def create_context(request: Request) -> Context:
    params = request.info.connection_params or {}
    fail = request.header("x-fail-context") or params.get("failContext")
    if fail == "plain":
        raise ValueError("context failed")
    if fail in CODES:
        raise RPCError(fail, "context failed")
    bearer = re.fullmatch(r"Bearer (.+)", request.header("authorization") or "")
    user = bearer[1] if bearer else request.cookies.get("session") or params.get("token")
    return Context(user, request.info)


def info_of(ctx: Context) -> dict[str, Any]:
    """What the request asked for, as the contract names it."""
    info = ctx.info
    params = info.connection_params
    return {
        "isBatchCall": info.is_batch,
        "accept": info.accept,
        "type": info.type,
        "paths": list(info.paths),
        "connectionParams": None if params is None else dict(params),
    }
