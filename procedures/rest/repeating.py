"""`Idempotency-Key`: a request that comes again is answered again, whatever has become meanwhile of
what it is about."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from procedures.idempotency import Asked, tell_replayed
from procedures.rest.surface import Answer, Incoming, Operation
from rpc.errors import RPCError

CallerFor = Callable[[Asked], Callable[..., Awaitable[Any]]]


async def answer_once(operation: Operation, incoming: Incoming, caller_for: CallerFor) -> Answer:
    """What the handler gives, which under a key it has given to the same request before."""
    if incoming.http.method in ("GET", "HEAD") or not incoming.request.headers("idempotency-key"):
        return await operation.handler(incoming)
    asked = Asked(await hash_of(incoming), only_answer(operation))
    incoming.call = caller_for(asked)
    return await first_answer(incoming, asked) or await new_answer(operation, incoming, asked)


async def hash_of(incoming: Incoming) -> str:
    """The same for requests that say the same: method, path, query and body."""
    scope = incoming.http.scope
    head = [scope["method"], scope["path"], scope["query_string"]]
    return hashlib.sha256(msgspec.json.encode(head) + await incoming.whole_body()).hexdigest()


def only_answer(operation: Operation) -> str:
    """The answer, where it is known before anything is done: without a body."""
    return stored(Answer(204)) if operation.gives == {204: None} else ""


def stored(answer: Answer) -> str:
    return msgspec.json.encode(answer).decode()


async def first_answer(incoming: Incoming, asked: Asked) -> Answer | None:
    """What the same request was answered before."""
    kept = await incoming.call("answers.kept", {"request": asked.request})
    if not kept.answer:
        return None
    tell_replayed(incoming.request)
    return msgspec.json.decode(kept.answer, type=Answer)


async def new_answer(operation: Operation, incoming: Incoming, asked: Asked) -> Answer:
    try:
        answer = await operation.handler(incoming)
    except RPCError:
        # The same one, at the same moment, may have taken away what this one is about.
        if (first := await first_answer(incoming, asked)) is None:
            raise
        return first
    given = {"request": asked.request, "answer": stored(answer)}
    kept = await incoming.call("answers.keep", given)
    return msgspec.json.decode(kept.answer, type=Answer) if kept.answer else answer
