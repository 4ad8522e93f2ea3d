"""The pages of operators: is the process alive, should it get work, what does it count."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from procedures.observe.together import Observers
from procedures.sessions import bearer_token
from procedures.settings import Settings
from procedures.store import outbox
from procedures.store.database import Database, read_from
from rpc.errors import CODES, RPCError
from rpc.request import Request
from rpc.transport import Receive, Scope, Send, send_whole

PLAIN = "text/plain; charset=utf-8"


class Page(NamedTuple):
    status: int
    body: bytes
    kind: str = PLAIN
    retry_after: int | None = None


class Pages:
    """`is_ready` raises what is in the way."""

    def __init__(
        self, settings: Settings, store: Database, observers: Observers, is_ready: IsReady
    ) -> None:
        self._asks = settings.metrics
        self._store = store
        self._metrics = observers.metrics
        self._is_ready = is_ready
        self._pages = {"/healthz": self._alive, "/readyz": self._ready}
        if self._metrics is not None:
            self._pages["/metrics"] = self._counted

    def serves(self, scope: Scope) -> bool:
        return scope["path"] in self._pages and scope["method"] in ("GET", "HEAD")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page = await self._pages[scope["path"]](Request(scope))
        headers = [
            (b"content-type", page.kind.encode()),
            (b"content-length", str(len(page.body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        if page.retry_after is not None:
            headers.append((b"retry-after", str(page.retry_after).encode()))
        body = b"" if scope["method"] == "HEAD" else page.body
        await send_whole(send, page.status, headers, body)

    async def _alive(self, request: Request) -> Page:
        return Page(200, b"ok\n")

    async def _ready(self, request: Request) -> Page:
        try:
            await self._is_ready(request)
        except RPCError as error:
            status = CODES[error.code].http
            return Page(status, f"{error.message}\n".encode(), retry_after=error.retry_after)
        return Page(200, b"ok\n")

    async def _counted(self, request: Request) -> Page:
        if self._asks != "open" and not self._is_trusted(request):
            return Page(401, b"the token of ROLLCALL_METRICS is needed\n")
        from procedures.observe.metrics import CONTENT_TYPE

        assert self._metrics is not None
        waiting = await read_from(self._store, outbox.backlog)
        text = self._metrics.exposition(waiting, self._store.waiting)
        return Page(200, text, CONTENT_TYPE)

    def _is_trusted(self, request: Request) -> bool:
        token = bearer_token(request) or ""
        return hmac.compare_digest(token.encode(), (self._asks or "").encode())


IsReady = Callable[[Request], Awaitable[None]]
