"""Assembly: settings and a store become one ASGI app."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from msgspec.structs import replace

from procedures import idempotency, router, surface_router
from procedures.background import background
from procedures.console.pages import ConsolePages
from procedures.context import Anyone, Service
from procedures.drain import Gate
from procedures.idempotency import Asked
from procedures.instants import Clock, instant, system_clock
from procedures.observe.pages import Pages
from procedures.observe.together import observers
from procedures.rates import Buckets, Limits, RateToken
from procedures.records.enrollment import Door
from procedures.rest.routing import application, by_other_method
from procedures.sessions import SessionSigner
from procedures.settings import Settings
from procedures.store.database import Database, Store
from procedures.strict import Origins, behind, is_ambiguous, refuse
from rpc.asgi import Endpoint
from rpc.call import Call, create_caller
from rpc.errors import InputError
from rpc.options import SSE, Failure, KeepAlive, Options
from rpc.procedure import Procedure
from rpc.request import Request
from rpc.transport import App as ASGI
from rpc.transport import Receive, Scope, Send
from rpc.websocket import WebSocketEndpoint


class Transactions:
    """Every `def` part of a call runs in one transaction: a mutation's may write, and writes once
    what is asked for again under the same key. `asked`: the REST request that all calls are for.

    The mutations of one batch run in its order. Where they run is the store's choice: on this
    loop, or in threads.
    """

    def __init__(self, store: Store, asked: Asked | None = None) -> None:
        self._store = store
        self._asked = asked

    def call(self, ctx: Anyone, call: Call, work: Callable[[Any], Any]) -> Any:
        procedure, ctx = call.procedure, ctx.counted()
        if procedure.type != "mutation":
            return self._store.read(lambda tx: work(ctx.within(tx)))
        is_keyed = ctx.idempotency_key is not None and idempotency.applies_to(procedure)
        once = work
        if is_keyed:
            once = partial(idempotency.once, call=call, work=work, asked=self._asked)
        how: dict[str, Any] = {"order": ctx.request, "long": is_long(procedure)}
        outcome = self._store.write(lambda tx: once(ctx.within(tx)), **how)
        return idempotency.answered(ctx, outcome) if is_keyed else outcome

    def prepare(self, ctx: Anyone, call: Call, work: Callable[[Any], Any]) -> Any:
        ctx = ctx.counted()
        return self._store.read(lambda tx: work(ctx.within(tx)).within(None))


def is_long(procedure: Procedure) -> bool:
    """Whether a mutation takes so long that others shall be answered meanwhile."""
    return bool(procedure.meta and procedure.meta.get("long"))


def with_reason(shape: dict[str, Any], failure: Failure) -> dict[str, Any]:
    """Every refusal of ours has a reason; that of an unreadable input is always the same."""
    if isinstance(failure.error, InputError):
        shape["data"]["reason"] = "invalid_input"
    return shape


OPTIONS = Options(
    allow_method_override=True,
    head_status=200,  # what probes expect
    format_error=with_reason,
    sse=SSE(ping_ms=15_000, reconnect_after_inactivity_ms=45_000),
    keep_alive=KeepAlive(),
)


class App:
    """The procedures at /rpc, everything else behind Starlette's router."""

    def __init__(self, settings: Settings, store: Database, clock: Clock = system_clock) -> None:
        self.service = Service(
            settings,
            store,
            SessionSigner(settings.secret_keys),
            clock,
            limits=Limits(Buckets(settings.call_rate, settings.call_burst)),
        )
        self._origins = Origins(settings.allowed_origins)
        self._store = store
        self._gate = Gate()
        self._units = Transactions(store)
        observed = observers(settings)
        store.watch, self._on_call = observed.metrics, observed.on_call
        self._pages = Pages(settings, store, observed, self._require_ready)
        self._console = ConsolePages(settings, store)
        options = dataclasses.replace(OPTIONS, on_call=observed.on_call)
        about: dict[str, Any] = {"units": self._units, "options": options}
        self._rpc = Endpoint(router, self.context, **about)
        self._websocket = WebSocketEndpoint(router, self.context, **about)
        self._rest = application(self.caller, self._lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._rest(scope, receive, send)
            return
        if self.service.settings.proxies:
            scope = behind(self.service.settings.proxies, scope)
        if scope["type"] == "websocket":
            await self._gate.through(self._answer, scope, receive, send)
        elif is_ambiguous(scope):
            await refuse(receive, send)
        else:
            await self._gate.through(self._answer_page, scope, receive, send)

    def _answer_page(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self._origins.through(self._answer, scope, receive, send)

    async def drain(self, patience: float) -> None:
        """Refuse what comes from now on, end the streams so that their clients come back, and wait
        so many seconds for the calls under way."""
        self._gate.close()
        self._rpc.pace.end_streams()
        leaving = asyncio.create_task(self._websocket.leave())
        await self._gate.emptied(patience)
        leaving.cancel()

    def _answer(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self._rpc.serves(scope):
            method = scope["method"]
            calls = method in ("GET", "POST", "HEAD")
            app: ASGI = self._rpc if calls else by_other_method(method)
        else:
            others = (self._websocket, self._pages, self._console)
            app = next((other for other in others if other.serves(scope)), self._rest)
        return app(scope, receive, send)

    def context(self, request: Request) -> Anyone:
        """What the calls of one request start from."""
        self._gate.require_open()
        now = instant(self.service.clock())
        return Anyone(self.service, request, "rpc", now, None, RateToken())

    def caller(
        self, request: Request, door: Door, asked: Asked | None = None
    ) -> Callable[..., Awaitable[Any]]:
        """What a REST route calls procedures with, for one request."""
        ctx = replace(self.context(request), door=door)
        units = Transactions(self._store, asked)
        return create_caller(surface_router, ctx, units, self._on_call)

    async def _require_ready(self, request: Request) -> None:
        await create_caller(router, self.context(request), self._units)("system.health")

    @asynccontextmanager
    async def _lifespan(self, app: object) -> AsyncIterator[None]:
        async with background(self.service):
            yield
        self._store.close()
