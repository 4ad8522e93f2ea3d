"""tRPC v11 for Python: an unmodified @trpc/client can talk to it. The public names."""

from rpc.asgi import Endpoint
from rpc.call import Call, OnCall, Units, create_caller
from rpc.errors import InputError, RPCError
from rpc.forms import Field, File, FormData, OctetStream
from rpc.options import (
    JSONL,
    SSE,
    Failure,
    FormLimits,
    KeepAlive,
    Meta,
    Options,
    Response,
    SocketLimits,
)
from rpc.procedure import Procedure, ProcedureBuilder, errors
from rpc.request import Request, RequestInfo
from rpc.router import Router
from rpc.tracked import Returned, Tracked, tracked
from rpc.typescript import generate
from rpc.websocket import WebSocketEndpoint

__all__ = [
    "JSONL",
    "SSE",
    "Call",
    "Endpoint",
    "Failure",
    "Field",
    "File",
    "FormData",
    "FormLimits",
    "InputError",
    "KeepAlive",
    "Meta",
    "OctetStream",
    "OnCall",
    "Options",
    "Procedure",
    "ProcedureBuilder",
    "RPCError",
    "Request",
    "RequestInfo",
    "Response",
    "Returned",
    "Router",
    "SocketLimits",
    "Tracked",
    "Units",
    "WebSocketEndpoint",
    "create_caller",
    "errors",
    "generate",
    "tracked",
]
