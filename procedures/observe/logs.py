"""Log lines: for people, or as JSON with one line for each call."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Literal

import msgspec

from procedures.context import Anyone
from rpc.call import Call
from rpc.errors import as_rpc_error
from rpc.watching import Ended

Format = Literal["text", "json"]

calls = logging.getLogger("rollcall.calls")


def set_up(format: Format) -> None:
    """Write everything that is logged to standard error."""
    [handler] = logging.getLogger().handlers
    if format == "json":
        handler.setFormatter(JSONLines())


class JSONLines(logging.Formatter):
    """A line of JSON for each record, with what `extra={"fields": …}` adds."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


def log_call(call: Call, ctx: Anyone) -> Ended:
    """Write a line when the call has ended. It names nobody but by key, and nothing that was said
    but the code of a refusal."""
    begun = perf_counter()

    def ended(error: Exception | None) -> None:
        code = "OK" if error is None else as_rpc_error(error).code
        request = ctx.request
        fields: dict[str, Any] = {
            "request": request.id,
            "procedure": call.path,
            "index": call.index,
            "door": ctx.door,
            "code": code,
            "ms": round(1000 * (perf_counter() - begun), 2),
            "user": request.caller,
        }
        calls.info("%s %s", call.path, code, extra={"fields": fields})

    return ended
