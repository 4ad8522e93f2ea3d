"""Plain procedures of the conformance router: basics, outputs, errors, middleware, uploads."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from msgspec import UNSET, UnsetType

from rpc.errors import RPCError, as_rpc_error
from rpc.forms import Field, FormData, OctetStream
from rpc.procedure import Procedure, ProcedureBuilder
from tests.contract.context import STATE, Context, info_of
from tests.contract.inputs import (
    Both,
    Delay,
    Keyed,
    KeyedDelay,
    MaybeNamed,
    Named,
    Note,
    Numbers,
    Size,
    Throw,
    Typed,
    integer,
    kind_of,
)

p = ProcedureBuilder[Context]()


def constant(value: Any) -> Any:
    return lambda ctx: value


def greet(ctx: Context, given: Named) -> dict[str, str]:
    return {"text": f"hello {given.name}"}


def echo(ctx: Context, given: Any) -> Any:
    return given


def kind(ctx: Context, given: Any) -> str:
    return kind_of(given)


def typed(ctx: Context, given: Typed) -> Typed:
    return given


def total(ctx: Context, given: Numbers) -> dict[str, float]:
    return {"sum": sum(given.numbers)}


def greet_maybe(ctx: Context, given: MaybeNamed | UnsetType) -> str:
    named = given is not UNSET and given.name is not UNSET
    return f"hello {given.name if named else 'anonymous'}"


def nullish(ctx: Context, given: str | UnsetType | None) -> dict[str, str]:
    return {"kind": kind_of(given)}


def large(ctx: Context, given: Size) -> str:
    return "x" * integer(given.size)


TEXT = 'é 漢字 😀 \u2028 "quoted" \\ \t \n \u0001 </script>'
DATE = datetime(2020, 1, 2, 3, 4, 5, 678_000, UTC)
NAMES = ("with-dash", "under_score", "UPPER", "42", "héllo", "sp ace", "sl/ash", "toString")
NAMES += ("constructor", "hasOwnProperty")
OUTPUTS = {
    "null": None,
    "undefined": UNSET,
    "zero": 0,
    "false": False,
    "emptyString": "",
    "emptyList": [],
    "emptyObject": {},
    "text": TEXT,
    "numbers": [0, -1, 1.5, 1e21, 1e-7, 9007199254740991, 0.1],
    "nonFinite": {"nan": float("nan"), "inf": float("inf"), "neg": float("-inf")},
    "date": DATE,
    "nested": {"a": [{"b": None}, [[], {}]], "c": {"d": {"e": True}}},
    "missingKey": {"here": 1, "gone": UNSET},
    "unserializable": {"n": object()},
}


def throw(ctx: Context, given: Throw) -> None:
    message = None if given.message is UNSET else given.message
    raise RPCError(given.code, message)  # type: ignore[arg-type]


def plain(ctx: Context) -> None:
    raise ValueError("plain failure")


def plain_empty(ctx: Context) -> None:
    raise ValueError("")


def cause(ctx: Context) -> None:
    raise RPCError("CONFLICT") from ValueError("the cause")


def cause_and_message(ctx: Context) -> None:
    raise RPCError("CONFLICT", "the message") from ValueError("the cause")


def empty_message(ctx: Context) -> None:
    raise RPCError("CONFLICT", "")


def wrong_output(ctx: Context) -> str:
    return 42  # type: ignore[return-value]


def require_user(ctx: Context) -> Context:
    if ctx.user is None:
        raise RPCError("UNAUTHORIZED")
    return ctx


def require_user_after(ctx: Context, given: Any) -> Context:
    return require_user(ctx)


def require_admin(ctx: Context) -> Context:
    if ctx.user != "admin":
        raise RPCError("FORBIDDEN", "admins only")
    return ctx


def whoami(ctx: Context) -> dict[str, str | None]:
    return {"user": ctx.user}


def secret(ctx: Context) -> dict[str, str]:
    return {"secret": f"for {ctx.user}"}


def note(ctx: Context, given: Note) -> dict[str, Any]:
    return {"by": ctx.user, "note": given.note}


def logging(name: str) -> Any:
    def middleware(ctx: Context) -> Iterator[Context]:
        ctx.log.append(f"{name}:before")
        yield ctx
        ctx.log.append(f"{name}:after")

    return middleware


def fresh_log(ctx: Context) -> Context:
    return replace(ctx, log=[])


def logged(ctx: Context) -> Any:
    ctx.log.append("resolver")
    return ctx.log


def before_input(ctx: Context) -> Context:
    return replace(ctx, found={"before": "undefined"})


def after_input(ctx: Context, given: Any) -> Context:
    # The second middleware of the contract sees the input, which is a struct here.
    return replace(ctx, found={**ctx.found, "after": kind_of(given)})


def input_order(ctx: Context, given: Named) -> dict[str, Any]:
    return ctx.found


def with_raw_input(ctx: Context) -> Context:
    return replace(ctx, found={"raw": ctx.current.source.raw()})


def raw_input(ctx: Context, given: Named) -> dict[str, Any]:
    return {**ctx.found, "parsed": given}


def both(ctx: Context, given: Both) -> Both:
    return given


def tester(ctx: Context) -> Context:
    return replace(ctx, found={"role": "tester"})


def user_and_role(ctx: Context) -> dict[str, Any]:
    return {"user": ctx.user, **ctx.found}


def blocked(ctx: Context) -> Context:
    raise RPCError("FORBIDDEN", "blocked by middleware")


def translate(ctx: Context) -> Iterator[Context]:
    try:
        yield ctx
    except Exception as error:
        failed = as_rpc_error(error)
        raise RPCError("CONFLICT", f"translated: {failed.code}: {error}") from None


def with_meta(ctx: Context) -> Context:
    return replace(ctx, found={"meta": ctx.current.procedure.meta})


def meta(ctx: Context) -> Any:
    return ctx.found["meta"]


def info(ctx: Context) -> dict[str, Any]:
    return {**info_of(ctx), "batchIndex": ctx.current.index}


async def delay(ctx: Context, given: Delay) -> dict[str, Any]:
    await asyncio.sleep(given.ms / 1000)
    return {"ms": given.ms, "tag": None if given.tag is UNSET else given.tag}


async def delayed_failure(ctx: Context, given: Delay) -> None:
    await asyncio.sleep(given.ms / 1000)
    raise RPCError("CONFLICT", "delayed failure")


async def abort_wait(ctx: Context, given: KeyedDelay) -> str:
    STATE[given.key] = "running"
    try:
        await asyncio.sleep(given.ms / 1000)
    except asyncio.CancelledError:
        STATE[given.key] = "aborted"
        raise
    STATE[given.key] = "finished"
    return "finished"


def abort_status(ctx: Context, given: Keyed) -> str:
    return STATE.get(given.key, "unknown")


def form(ctx: Context, given: FormData) -> list[dict[str, Any]]:
    return [shown(part) for part in given.parts]


def shown(part: Any) -> dict[str, Any]:
    if isinstance(part, Field):
        return {"name": part.name, "value": part.value}
    return {
        "name": part.name,
        "filename": part.filename,
        "type": part.content_type,
        "size": part.size,
        "text": part.content.read().decode("utf-8", "replace"),
    }


def form_name(ctx: Context, given: FormData) -> str:
    name = given.get("name")
    if not isinstance(name, str):
        raise RPCError("BAD_REQUEST", "a text named `name` is needed")
    return f"hello {name}"


async def octets(ctx: Context, given: OctetStream) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    async for chunk in given:
        digest.update(chunk)
        size += len(chunk)
    return {"size": size, "sha256": digest.hexdigest()}


authed = p.use(require_user)
PROCEDURES: dict[str, Procedure] = {
    "hello": p.query(constant("world")),
    "greet": p.query(greet),
    "echo": p.query(echo),
    "echoMutation": p.mutation(echo),
    "kind": p.query(kind),
    "kindMutation": p.mutation(kind),
    "typed": p.query(typed),
    "typedMutation": p.mutation(typed),
    "sum": p.mutation(total),
    "bump": p.mutation(constant("bumped")),
    "opt.greet": p.query(greet_maybe),
    "opt.mutate": p.mutation(greet_maybe),
    "opt.nullish": p.query(nullish),
    **{f"out.{name}": p.query(constant(value)) for name, value in OUTPUTS.items()},
    "out.undefinedMutation": p.mutation(constant(UNSET)),
    "out.nullMutation": p.mutation(constant(None)),
    "out.large": p.query(large),
    **{f"names.{name}": p.query(constant(name)) for name in NAMES},
    **{name: p.query(constant(name)) for name in ("a.top", "a.b.c", "a.b.e.f.g")},
    **{name: p.query(constant(name)) for name in ("lazy.hello", "lazy.inner.hello")},
    "a.b.d": p.mutation(constant("a.b.d")),
    "errors.throw": p.query(throw),
    "errors.throwMutation": p.mutation(throw),
    "errors.plain": p.query(plain),
    "errors.plainMutation": p.mutation(plain),
    "errors.plainEmpty": p.query(plain_empty),
    "errors.cause": p.query(cause),
    "errors.causeAndMessage": p.query(cause_and_message),
    "errors.emptyMessage": p.query(empty_message),
    "errors.output": p.query(wrong_output),
    "auth.whoami": p.query(whoami),
    "auth.secret": authed.query(secret),
    "auth.admin": authed.use(require_admin).query(constant("admin area")),
    "auth.note": authed.mutation(note),
    "auth.validateFirst": p.use(require_user_after).mutation(note),
    "mw.order": p.use(fresh_log)
    .use(logging("m1"))
    .use(logging("m2"))
    .use(logging("m3"))
    .query(logged),
    "mw.inputOrder": p.use(before_input).use(after_input).query(input_order),
    "mw.rawInput": p.use(with_raw_input).query(raw_input),
    "mw.multiInput": p.query(both),
    "mw.context": p.use(tester).query(user_and_role),
    "mw.blocked": p.use(blocked).query(constant("unreachable")),
    "mw.translate": p.use(translate).query(plain),
    "meta.read": p.meta(role="admin", tags=["x", "y"]).use(with_meta).query(meta),
    "meta.merged": p.meta(a=1, b={"deep": 1}).meta(b={"other": 2}).use(with_meta).query(meta),
    "meta.none": p.use(with_meta).query(meta),
    "info.get": p.query(info),
    "info.mutate": p.mutation(info),
    "delay.ms": p.query(delay),
    "delay.mutate": p.mutation(delay),
    "delay.fail": p.query(delayed_failure),
    "abort.wait": p.query(abort_wait),
    "abort.status": p.query(abort_status),
    "upload.form": p.mutation(form),
    "upload.formName": p.mutation(form_name),
    "upload.octet": p.mutation(octets),
    "status.teapot": p.query(constant("short and stout")),
    "cookie.set": p.mutation(constant("cookies set")),
}
