"""`Idempotency-Key`: a mutation that is asked for again is answered again, not done again.

The key and the answer are committed with what the mutation does, so a crash leaves all or nothing.
A refused mutation leaves nothing: asked again, it is tried again.

A REST request looks about before and after its one mutation, and finds other things the second
time. So it is known by all that it says, and its whole answer is kept too once that is known.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from procedures.context import Anyone, Signed
from procedures.instants import later
from procedures.middleware import authed
from procedures.records.detail import KeptAnswer, KeyedRequest
from procedures.records.enrollment import BulkAnswer
from procedures.refusals import not_member
from procedures.store import answers, courses, people, realms
from procedures.store.answers import NO_ORG, Kept, Keyed
from procedures.store.transaction import Transaction
from rpc.call import Call
from rpc.errors import RPCError
from rpc.javascript import encode
from rpc.procedure import Procedure
from rpc.request import Request
from rpc.router import Router

KEY = re.compile(r"[\x20-\x7e]{1,255}")
KEPT_HOURS = 24
AT_ONCE = 5000  # keys that one sweep drops
WHOLE = "answer"  # the part of a key that the answer to a whole REST request has
REPLAYED = "idempotency-replayed"
REASONS = ("idempotency_key", "idempotency_mismatch")


class Asked(Struct, frozen=True):
    """A REST request under a key: the hash of all that it says, and its answer, where that can be
    but one."""

    request: str
    answer: str = ""


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
    if done.is_replayed:
        tell_replayed(ctx.request)
    return done.result


def tell_replayed(request: Request) -> None:
    """Say once in the answer's head that it is an old one, unless the head has gone out."""
    if not (request.is_answered or REPLAYED.encode() in dict(request.response_headers)):
        request.add_response_header(REPLAYED, "true")


def once(
    ctx: Anyone, call: Call, work: Callable[[Anyone], Any], asked: Asked | None = None
) -> Outcome:
    """Do the work of a call, unless it was done under this key; inside the work's transaction.
    `asked`: the REST request that it is all the work of.

    Raises what the work raises, UNAUTHORIZED, BAD_REQUEST for a key that is none, CONFLICT where
    the key was given to another call or the answer was a secret.
    """
    caller = authed(ctx)
    keyed = keyed_part(caller, str(call.index), request_hash(call, asked))
    if not answers.begin(ctx.tx, keyed, ctx.now, kept_since(ctx.now)):
        return Outcome(first_answer(caller, call, keyed), is_replayed=True)
    result = work(ctx)
    if not is_shown_once(call.procedure):
        answers.keep(ctx.tx, keyed, encode(result).decode())
    if asked is not None:
        whole = keyed_part(caller, WHOLE, asked.request)
        answers.begin(ctx.tx, whole, ctx.now, kept_since(ctx.now))
        answers.keep(ctx.tx, whole, asked.answer)
    return Outcome(result, is_replayed=False)


def kept_since(now: str) -> str:
    return later(now, hours=-KEPT_HOURS)


def keyed_part(caller: Signed, part: str, request_hash: str) -> Keyed:
    """A key belongs to the caller in the active organization, and in a batch to the call's place:
    one header names them all."""
    key = caller.idempotency_key or ""
    if not KEY.fullmatch(key):
        message = "an idempotency key has 1 to 255 printable characters"
        raise RPCError("BAD_REQUEST", message, reason="idempotency_key")
    org_id = NO_ORG if caller.org_id is None else caller.org_id
    return Keyed(org_id, caller.user_id, f"{key}/{part}", request_hash)


def request_hash(call: Call, asked: Asked | None) -> str:
    """Of the procedure and what it is given, however that is written, or the REST request in which
    it is called. Raises InputError."""
    given = call.source.raw() if asked is None else asked.request
    body = b"" if given is UNSET else msgspec.json.encode(given, order="sorted")
    return hashlib.sha256(call.path.encode() + b"\0" + body).hexdigest()


def first_answer(caller: Signed, call: Call, keyed: Keyed) -> Any:
    """What the call was answered with. Only to somebody who still belongs where it was done: in the
    active organization, and in those of the realms and courses that are named."""
    kept = found(caller, keyed)
    if kept is None:
        raise LookupError("nothing is kept under this key")
    if is_shown_once(call.procedure):
        message = "done before; what it answered was shown that once"
        raise RPCError("CONFLICT", message, reason="shown_once")
    answer = msgspec.json.decode(kept.response, type=call.procedure.output.type)
    given = None if call.procedure.input is None else call.source.read(call.procedure.input)
    if not all(is_reached(caller, named) for named in (given, *told_of(answer))):
        raise not_member()
    return answer


def told_of(answer: Any) -> Iterable[Any]:
    """What may name a realm or course in an answer; of a bulk, a record of each realm."""
    if isinstance(answer, BulkAnswer):
        records = [result.record for result in answer.results if result.record]
        return {record.realm_id: record for record in records}.values()
    return (answer,)


def is_reached(caller: Signed, named: Any) -> bool:
    """Whether the caller belongs where the realm or course is that an input or an answer names,
    which need not be the active organization."""
    if key := getattr(named, "realm_id", None):
        return realms.realm_through(caller.tx, caller.user_id, caller.org_id, key) is not None
    if key := getattr(named, "course_id", None):
        return courses.course_through(caller.tx, caller.user_id, caller.org_id, key) is not None
    return True


def found(caller: Signed, keyed: Keyed) -> Kept | None:
    """What is kept under a key. Raises CONFLICT where that is of another call, FORBIDDEN for
    somebody who belongs no more where it was done."""
    kept = answers.kept(caller.tx, keyed, kept_since(caller.now))
    if kept is None:
        return None
    if kept.request_hash != keyed.request_hash:
        message = "this idempotency key was given to another call"
        raise RPCError("CONFLICT", message, reason="idempotency_mismatch")
    if keyed.org_id and people.verified_in(caller.tx, caller.user_id, keyed.org_id) is None:
        raise not_member()
    return kept


def kept_answer(ctx: Signed, given: KeyedRequest) -> KeptAnswer:
    """What a REST request was answered under its key, as far as that is known."""
    kept = found(ctx, keyed_part(ctx, WHOLE, given.request))
    return KeptAnswer("" if kept is None else kept.response)


def keep_answer(ctx: Signed, given: KeyedRequest) -> KeptAnswer:
    """Keep what a REST request that did something is answered, unless it was answered before."""
    answers.keep(ctx.tx, keyed_part(ctx, WHOLE, given.request), given.answer)
    return kept_answer(ctx, given)


def sweep(tx: Transaction, now: str) -> int:
    """Forget keys that have been kept for long enough, up to 5,000 of them; how many."""
    return answers.forget(tx, kept_since(now), AT_ONCE)
