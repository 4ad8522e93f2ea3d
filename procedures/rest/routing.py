"""Every surface of this package as routes of Starlette."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request as HTTPRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import procedures.rest
from procedures.records.enrollment import Door
from procedures.rest.surface import Handler, Incoming, Surface
from rpc.errors import RPCError, UnexpectedError
from rpc.request import Request

log = logging.getLogger("rollcall.rest")

Caller = Callable[..., Awaitable[Any]]
MakeCaller = Callable[[Request, Door], Caller]
Endpoint = Callable[[HTTPRequest], Awaitable[Response]]


def surfaces() -> list[Surface]:
    """The `SURFACE` of each module beside this one that has one."""
    names = sorted(module.name for module in pkgutil.iter_modules(procedures.rest.__path__))
    modules = [importlib.import_module(f"{procedures.rest.__name__}.{name}") for name in names]
    return [module.SURFACE for module in modules if hasattr(module, "SURFACE")]


SURFACES = surfaces()


def routes(make_caller: MakeCaller) -> list[Route]:
    return [
        Route(path, endpoint(surface, handlers, make_caller), methods=list(handlers))
        for surface in SURFACES
        for path, handlers in surface.routes.items()
    ]


def endpoint(
    surface: Surface, handlers: Mapping[str, Handler], make_caller: MakeCaller
) -> Endpoint:
    """Answers the requests of one path."""

    async def answer(http: HTTPRequest) -> Response:
        request = Request(http.scope)
        incoming = Incoming(http, request, make_caller(request, surface.door))
        handler = handlers["GET" if http.method == "HEAD" else http.method]
        try:
            response = surface.answer(await handler(incoming), http)
        except RPCError as error:
            response = refused(surface, error, http)
        except Exception as error:
            response = refused(surface, UnexpectedError(error), http)
        for name, value in request.response_headers:
            response.headers.append(name.decode(), value.decode("latin-1"))
        return response

    return answer


def refused(surface: Surface, error: RPCError, http: HTTPRequest) -> Response:
    if isinstance(error, UnexpectedError):
        log.error("%s %s failed", http.method, http.url.path, exc_info=error)
    response = surface.refusal(error, http)
    if error.retry_after is not None:
        response.headers["retry-after"] = str(error.retry_after)
    return response


async def no_route(http: HTTPRequest, error: Exception) -> Response:
    """No such path, or no such method there, in the words of the surface that is nearest."""
    assert isinstance(error, HTTPException)
    surface = nearest(http.url.path)
    if surface is None:
        return JSONResponse({"error": error.detail}, error.status_code, error.headers)
    refusal = RPCError("NOT_FOUND", "no such path")
    if error.status_code == 405:
        refusal = RPCError("METHOD_NOT_SUPPORTED", "this path has no such method")
    response = surface.refusal(refusal, http)
    response.headers.update(error.headers or {})
    return response


def nearest(path: str) -> Surface | None:
    """The surface with the longest prefix of a path."""
    having = [(prefix, surface) for surface in SURFACES for prefix in surface.prefixes]
    matching = [(p, s) for p, s in having if f"{path}/".startswith(p)]
    return max(matching, key=lambda pair: len(pair[0]))[1] if matching else None
