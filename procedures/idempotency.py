"""`Idempotency-Key`: a mutation that is asked for again is answered again, not done again.

The key and the answer are committed with what the mutation does, so a crash leaves all or nothing.
A refused mutation leaves nothing: asked again, it is tried again.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from procedures.context import Anyone, Signed
from procedures.instants import later
from procedures.middleware import authed, not_member
from procedures.store import answers, people
from procedures.store.answers import NO_ORG, Keyed
from procedures.store.transaction import Transaction
from rpc.call import Call
from rpc.errors import RPCError
from rpc.javascript import encode
from rpc.procedure import Procedure
from rpc.router import Router

KEY = re.compile(r"[\x20-\x7e]{1,255}")
KEPT_HOURS = 24
AT_ONCE = 5000  # keys that one sweep drops
REPLAYED = "idempotency-replayed"
REASONS = ("idempotency_key", "idempotency_mismatch")


class Outcome(Struct, frozen=True):
    """What a keyed call is answered with, and whether that was its answer before."""

    result: Any
    is_replayed: bool


def applies_to(procedure: Procedure) -> bool:
    """Whether calls can have a key: mutations of a caller who is known."""
    return procedure.type == "mutation" and any(
        step.function is authed for step in procedure.middlewares
    )


def is_shown_once(procedure: Procedure) -> bool:
    """Whether the answer holds a secret, which is not kept."""
    return bool(procedure.meta and procedure.meta.get("shown_once"))


def keyed_router(table: Mapping[str, Procedure]) -> Router:
    """A router whose mutations say what their key may be refused with."""
    return Router({name: with_reasons(procedure) for name, procedure in table.items()})


def with_reasons(procedure: Procedure) -> Procedure:
    if not applies_to(procedure):
        return procedure
    more = (*REASONS, "shown_once") if is_shown_once(procedure) else REASONS
    return replace(procedure, errors=tuple(sorted({*procedure.errors, *more})))


async def answered(ctx: Anyone, outcome: Awaitable[Outcome]) -> Any:
    """The result of a keyed call; the answer's head says so if it is an old one."""
    done = await outcome
    request = ctx.request
    is_said = request.is_answered or REPLAYED.encode() in dict(request.response_headers)
    if done.is_replayed and not is_said:
        request.add_response_header(REPLAYED, "true")
    return done.result


def once(ctx: Anyone, call: Call, work: Callable[[Anyone], Any]) -> Outcome:
    """Do the work of a call, unless it was done under this key; inside the work's transaction.

    Raises what the work raises, UNAUTHORIZED, BAD_REQUEST for a key that is none, CONFLICT where
    the key was given to another call or the answer was a secret.
    """
    caller = authed(ctx)
    keyed = keyed_call(caller, call)
    if not answers.begin(ctx.tx, keyed, ctx.now, later(ctx.now, hours=-KEPT_HOURS)):
        return Outcome(first_answer(caller, call, keyed), is_replayed=True)
    result = work(ctx)
    if not is_shown_once(call.procedure):
        answers.keep(ctx.tx, keyed, encode(result).decode())
    return Outcome(result, is_replayed=False)


def keyed_call(caller: Signed, call: Call) -> Keyed:
    """A key belongs to the caller in the active organization, and in a batch to the call's place:
    one header names them all."""
    key = caller.idempotency_key or ""
    if not KEY.fullmatch(key):
        message = "an idempotency key has 1 to 255 printable characters"
        raise RPCError("BAD_REQUEST", message, reason="idempotency_key")
    org_id = NO_ORG if caller.org_id is None else caller.org_id
    return Keyed(org_id, caller.user_id, f"{key}/{call.index}", request_hash(call))


def request_hash(call: Call) -> str:
    """Of the procedure and what it is given, however that is written. Raises InputError."""
    given = call.source.raw()
    body = b"" if given is UNSET else msgspec.json.encode(given, order="sorted")
    return hashlib.sha256(call.path.encode() + b"\0" + body).hexdigest()


def first_answer(caller: Signed, call: Call, keyed: Keyed) -> Any:
    """What the call was answered with. Only to somebody who still belongs where it was done."""
    kept = answers.kept(caller.tx, keyed)
    if kept.request_hash != keyed.request_hash:
        message = "this idempotency key was given to another call"
        raise RPCError("CONFLICT", message, reason="idempotency_mismatch")
    if keyed.org_id and people.verified_in(caller.tx, caller.user_id, keyed.org_id) is None:
        raise not_member()
    if is_shown_once(call.procedure):
        message = "done before; what it answered was shown that once"
        raise RPCError("CONFLICT", message, reason="shown_once")
    return msgspec.json.decode(kept.response, type=call.procedure.output.type)


def sweep(tx: Transaction, now: str) -> int:
    """Forget keys that have been kept for long enough, up to 5,000 of them; how many."""
    return answers.forget(tx, later(now, hours=-KEPT_HOURS), AT_ONCE)
