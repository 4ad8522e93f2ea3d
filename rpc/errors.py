"""RPCError and the one table of tRPC v11: code -> (JSON-RPC number, HTTP status).

RPCError
├── InputError        the input was not what the procedure takes (BAD_REQUEST)
├── Leaving           the server is about to end (SERVICE_UNAVAILABLE)
└── UnexpectedError   nobody raised it on purpose: what happened is its cause, never its text
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

Code = Literal[
    "PARSE_ERROR",
    "BAD_REQUEST",
    "INTERNAL_SERVER_ERROR",
    "NOT_IMPLEMENTED",
    "BAD_GATEWAY",
    "SERVICE_UNAVAILABLE",
    "GATEWAY_TIMEOUT",
    "UNAUTHORIZED",
    "PAYMENT_REQUIRED",
    "FORBIDDEN",
    "NOT_FOUND",
    "METHOD_NOT_SUPPORTED",
    "TIMEOUT",
    "CONFLICT",
    "PRECONDITION_FAILED",
    "PAYLOAD_TOO_LARGE",
    "UNSUPPORTED_MEDIA_TYPE",
    "UNPROCESSABLE_CONTENT",
    "PRECONDITION_REQUIRED",
    "TOO_MANY_REQUESTS",
    "CLIENT_CLOSED_REQUEST",
]


class Numbers(NamedTuple):
    jsonrpc: int
    http: int


CODES: dict[Code, Numbers] = {
    "PARSE_ERROR": Numbers(-32700, 400),
    "BAD_REQUEST": Numbers(-32600, 400),
    "INTERNAL_SERVER_ERROR": Numbers(-32603, 500),
    "NOT_IMPLEMENTED": Numbers(-32603, 501),
    "BAD_GATEWAY": Numbers(-32603, 502),
    "SERVICE_UNAVAILABLE": Numbers(-32603, 503),
    "GATEWAY_TIMEOUT": Numbers(-32603, 504),
    "UNAUTHORIZED": Numbers(-32001, 401),
    "PAYMENT_REQUIRED": Numbers(-32002, 402),
    "FORBIDDEN": Numbers(-32003, 403),
    "NOT_FOUND": Numbers(-32004, 404),
    "METHOD_NOT_SUPPORTED": Numbers(-32005, 405),
    "TIMEOUT": Numbers(-32008, 408),
    "CONFLICT": Numbers(-32009, 409),
    "PRECONDITION_FAILED": Numbers(-32012, 412),
    "PAYLOAD_TOO_LARGE": Numbers(-32013, 413),
    "UNSUPPORTED_MEDIA_TYPE": Numbers(-32015, 415),
    "UNPROCESSABLE_CONTENT": Numbers(-32022, 422),
    "PRECONDITION_REQUIRED": Numbers(-32028, 428),
    "TOO_MANY_REQUESTS": Numbers(-32029, 429),
    "CLIENT_CLOSED_REQUEST": Numbers(-32099, 499),
}


class RPCError(Exception):
    """A refusal: what a procedure or a middleware raises to answer with an error.

    `message` is for people; without one it is the text of the cause (`raise … from cause`), else
    the code. `reason` is a word for programs; it and `data` are sent as members of `error.data`.
    `retry_after` is in seconds and sent as the header of that name. Raises ValueError for a
    code that tRPC has not.
    """

    def __init__(
        self,
        code: Code,
        message: str | None = None,
        *,
        reason: str | None = None,
        retry_after: int | None = None,
        **data: Any,
    ) -> None:
        if code not in CODES:
            raise ValueError(f"{code!r} is no code of tRPC")
        super().__init__(code, message)
        self.code: Code = code
        self.reason = reason
        self.retry_after = retry_after
        self.data = data
        self._message = message

    @property
    def message(self) -> str:
        if self._message is not None:
            return self._message
        return str(self.__cause__) if self.__cause__ else self.code

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class InputError(RPCError):
    """The input could not be read as what the procedure takes."""

    def __init__(self, message: str) -> None:
        super().__init__("BAD_REQUEST", message)


class Leaving(RPCError):
    """The server is about to end. Nothing was done: the call may be made again."""

    def __init__(self) -> None:
        super().__init__("SERVICE_UNAVAILABLE", "the server is stopping: try again", retry_after=1)


class UnexpectedError(RPCError):
    """A fault of ours. Its text is fixed and tells nothing."""

    def __init__(self, cause: Exception) -> None:
        super().__init__("INTERNAL_SERVER_ERROR", "internal server error")
        self.__cause__ = cause


def as_rpc_error(error: Exception) -> RPCError:
    """The error itself where somebody refused on purpose, else an UnexpectedError."""
    return error if isinstance(error, RPCError) else UnexpectedError(error)


def error_shape(error: RPCError, path: str | None = None) -> dict[str, Any]:
    """tRPC's default error shape; `path` is left out where the error belongs to no call."""
    number, status = CODES[error.code]
    data: dict[str, Any] = {"code": error.code, "httpStatus": status}
    if path is not None:
        data["path"] = path
    if error.reason is not None:
        data["reason"] = error.reason
    return {"message": error.message, "code": number, "data": data | error.data}
