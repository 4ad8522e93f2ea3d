"""Results and errors as the texts that are sent: envelopes, shapes, statuses."""

from __future__ import annotations

import logging
import traceback
from typing import Any

from msgspec import UNSET, Struct

from rpc.errors import CODES, RPCError, UnexpectedError, as_rpc_error, error_shape
from rpc.javascript import encode, javascript
from rpc.options import Failure, Options
from rpc.request import Request

log = logging.getLogger("rpc")


class Refusal(Struct):
    """How a call that failed is answered: its envelope, plain values, and its status."""

    envelope: Any
    status: int
    error: RPCError


class Answers:
    """Writes results and errors the way a mount's options say."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._transformer = options.transformer
        self.transforms = options.transformer is not None

    def text(self, value: Any) -> bytes:
        """The JSON of a value behind the transformer. Raises what JSON cannot hold."""
        return encode(self._plain(value))

    def _plain(self, value: Any) -> Any:
        if self._transformer is not None:
            value = self._transformer.serialize(value)
        return javascript(value)

    def result(self, value: Any) -> Any:
        """The envelope in plain values. Raises TypeError or the like for a value that JSON cannot
        hold."""
        return {"result": {} if self.is_undefined(value) else {"data": self._plain(value)}}

    def is_undefined(self, value: Any) -> bool:
        """Whether a value is left out: a transformer has its own way to say undefined."""
        return value is UNSET and not self.transforms

    def refusal(self, failure: Failure, request: Request) -> Refusal:
        """The answer of a failed call. The status follows the shape, which a formatter may have
        changed."""
        shape = self.shape(failure, request)
        announce(failure.error, request)
        data = shape.get("data")
        status = data.get("httpStatus") if isinstance(data, dict) else None
        return Refusal(
            {"error": self._plain(shape)},
            status if isinstance(status, int) else CODES[failure.error.code].http,
            failure.error,
        )

    def shape(self, failure: Failure, request: Request) -> dict[str, Any]:
        """The error that is sent, which JSON can hold. What nobody raised on purpose is logged."""
        error = failure.error
        if CODES[error.code].http == 500:
            log_fault(failure, request, error.__cause__ or error)
        try:
            shape = self._formatted(failure)
            self.text(shape)
        except Exception as fault:
            log_fault(failure, request, fault)
            return error_shape(UnexpectedError(fault), failure.path)
        return shape

    def _formatted(self, failure: Failure) -> dict[str, Any]:
        shape = error_shape(failure.error, failure.path)
        if self._options.is_dev:
            shape["data"]["stack"] = "".join(traceback.format_exception(failure.error))
        formatted = self._options.format_error(shape, failure)
        if not isinstance(formatted, dict):
            raise TypeError("format_error has to return the shape that is sent")
        return formatted


def log_fault(failure: Failure, request: Request, fault: BaseException) -> None:
    log.error("%s failed in request %s", failure.path, request.id, exc_info=fault)


def announce(error: RPCError, request: Request) -> None:
    """The headers of a failed call: when to come again, and what a fault was logged under."""
    headers = request.response_headers
    if error.retry_after is not None and b"retry-after" not in dict(headers):
        request.add_response_header("retry-after", str(error.retry_after))
    if CODES[error.code].http == 500 and b"x-request-id" not in dict(headers):
        request.add_response_header("x-request-id", request.id)


def failure_of(error: Exception, **about: Any) -> Failure:
    """What was raised, as a formatter sees it."""
    return Failure(as_rpc_error(error), **about)


def agreed(statuses: set[int]) -> int:
    """The status of an answer to several calls: what all agree on, else 207."""
    return statuses.pop() if len(statuses) == 1 else 207
