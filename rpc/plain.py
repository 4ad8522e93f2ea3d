"""The calls of a plain request: none is refused beforehand, and all are answered in one JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rpc.call import Call, Source, start
from rpc.calls import Refused
from rpc.inputs import Body, Member
from rpc.javascript import encode
from rpc.mount import Mount
from rpc.request import Request
from rpc.wire import Plan

Begun = tuple[Sequence[Source], Any, list[Any] | None]


def begin(mount: Mount, asked: Plan, request: Request, body: Body) -> Begun:
    """The inputs; the context; and of each call its result, an awaitable of that, or what it was
    refused with. None has begun where the context has to be waited for."""
    sources = [Member(body, key) for key in asked.keys] if asked.is_batch else (body,)
    try:
        ctx = mount.create_context(request)
    except Exception as error:
        return sources, None, [Refused(error)] * len(sources)
    if hasattr(ctx, "__await__"):
        return sources, ctx, None
    paths, procedures = asked.paths, asked.procedures
    units, on_call = mount.units, mount.options.on_call
    begun: list[Any] = [*sources]
    for index in asked.indexes:
        call = Call(paths[index], procedures[index], sources[index], index)  # type: ignore[arg-type]
        try:
            begun[index] = start(call, ctx, units, on_call)
        except Exception as error:
            begun[index] = Refused(error)
    return sources, ctx, begun


def written(ended: list[Any], asked: Plan) -> bytes | None:
    """The answer to calls that are over and well; None where one waits or was refused, as JSON has
    neither, and where it cannot hold a result."""
    try:
        if asked.is_batch:
            return encode([{"result": {"data": value}} for value in ended])
        return encode({"result": {"data": ended[0]}})
    except Exception:
        return None
