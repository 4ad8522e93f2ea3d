"""Every surface of this package, behind one router."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request as HTTPRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

import procedures.rest
from procedures.idempotency import Asked
from procedures.records.enrollment import Door
from procedures.rest.repeating import CallerFor, answer_once
from procedures.rest.surface import SLASH, Answer, Incoming, Operation, Surface
from rpc.errors import Code, RPCError, UnexpectedError, as_rpc_error, error_shape
from rpc.request import Request
from rpc.transport import raw_path

log = logging.getLogger("rollcall.rest")

Caller = Callable[..., Awaitable[Any]]
MakeCaller = Callable[[Request, Door, Asked | None], Caller]
Endpoint = Callable[[HTTPRequest], Awaitable[Response]]
SENT_SLASH = re.compile(b"%2f", re.IGNORECASE)


def surfaces() -> dict[str, Surface]:
    """The `SURFACE` of each module beside this one that has one, by the module's name."""
    names = sorted(module.name for module in pkgutil.iter_modules(procedures.rest.__path__))
    modules = {
        name: importlib.import_module(f"{procedures.rest.__name__}.{name}") for name in names
    }
    return {name: m.SURFACE for name, m in modules.items() if hasattr(m, "SURFACE")}


def operations() -> Iterator[tuple[str, str, str, Operation]]:
    """Surface, method, path and operation of every route."""
    for name, surface in surfaces().items():
        for path, table in surface.routes.items():
            yield from ((name, method, path, operation) for method, operation in table.items())


def application(make_caller: MakeCaller, lifespan: Lifespan[Starlette]) -> Starlette:
    """Every surface as one ASGI application."""
    found = list(surfaces().values())
    routes = [
        Route(path, endpoint(surface, operations, make_caller), methods=list(operations))
        for surface in found
        for path, operations in surface.routes.items()
    ]
    elsewhere = partial(no_route, found)
    handlers = dict.fromkeys(NO_ROUTE, elsewhere)
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        middleware=[Middleware(WholeParts)],
        exception_handlers=handlers,
    )
    app.router.redirect_slashes = False
    return app


class WholeParts:
    """Keeps a slash that was sent as %2F from parting the path: keys have slashes, too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and SENT_SLASH.search(raw := raw_path(scope)):
            scope = {**scope, "path": unquote(SENT_SLASH.sub(SLASH.encode(), raw))}
        await self._app(scope, receive, send)


def endpoint(
    surface: Surface, operations: Mapping[str, Operation], make_caller: MakeCaller
) -> Endpoint:
    """Answers the requests of one path."""

    async def answer(http: HTTPRequest) -> Response:
        request = Request(http.scope)
        operation = operations["GET" if http.method == "HEAD" else http.method]
        try:
            caller_for = partial(make_caller, request, surface.door)
            incoming = Incoming(http, request, caller_for(None))
            given = await answered(surface, operation, incoming, caller_for)
            response = surface.answer(given, http)
        except Exception as error:
            response = refused(surface, as_rpc_error(error), http)
        for name, value in request.response_headers:
            response.headers.append(name.decode(), value.decode("latin-1"))
        return response

    return answer


async def answered(
    surface: Surface, operation: Operation, incoming: Incoming, caller_for: CallerFor
) -> Answer:
    if not surface.credentials:
        return await operation.handler(incoming)
    await incoming.call("details.signed")
    return await answer_once(operation, incoming, caller_for)


def refused(surface: Surface, error: RPCError, http: HTTPRequest) -> Response:
    if isinstance(error, UnexpectedError):
        log.error("%s %s failed", http.method, http.url.path, exc_info=error)
    response = surface.refusal(error, http)
    if response.status_code == 401:
        response.headers.setdefault("www-authenticate", "Bearer")
    if error.retry_after is not None:
        response.headers["retry-after"] = str(error.retry_after)
    return response


NO_ROUTE: dict[int, tuple[Code, str]] = {
    404: ("NOT_FOUND", "no such path"),
    405: ("METHOD_NOT_SUPPORTED", "this path has no such method"),
}


async def no_route(
    surfaces: Sequence[Surface], http: HTTPRequest, error: HTTPException
) -> Response:
    """No such path, or no such method there, in the words of the surface that is nearest."""
    code, message = NO_ROUTE[error.status_code]
    surface = nearest(surfaces, http.url.path)
    if surface is None:  # in the words of /rpc
        shape = error_shape(RPCError(code, error.detail))
        return JSONResponse({"error": shape}, error.status_code, error.headers)
    response = surface.refusal(RPCError(code, message), http)
    response.headers.update(error.headers or {})
    return response


def nearest(surfaces: Sequence[Surface], path: str) -> Surface | None:
    """The surface with the longest prefix of a path."""
    having = [(prefix, surface) for surface in surfaces for prefix in surface.prefixes]
    matching = [(p, s) for p, s in having if f"{path}/".startswith(p)]
    return max(matching, key=lambda pair: len(pair[0]))[1] if matching else None


ALLOWED = {"Allow": "GET, HEAD, OPTIONS, POST"}


def by_other_method(method: str) -> Response:
    """What any path below /rpc answers to methods that no call is made by."""
    if method == "OPTIONS":
        return Response(status_code=204, headers=ALLOWED)
    refusal = RPCError("METHOD_NOT_SUPPORTED", f"Unsupported {method}-request")
    return JSONResponse({"error": error_shape(refusal)}, 405, ALLOWED)
