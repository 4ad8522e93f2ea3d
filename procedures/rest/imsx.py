"""How EduBridge and OneRoster word answers and refusals."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.rest.errors import message_of, row_of
from procedures.rest.surface import Answer, json_answer
from rpc.errors import RPCError


def refusal(error: RPCError, http: HTTPRequest) -> Response:
    row = row_of(error)
    field = {
        "imsx_codeMinorFieldName": "TargetEndSystem",
        "imsx_codeMinorFieldValue": row.minor,
    }
    body: dict[str, Any] = {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": message_of(error),
        "imsx_CodeMinor": {"imsx_codeMinorField": [field]},
    }
    return json_answer(Answer(row.ims, body), http)
