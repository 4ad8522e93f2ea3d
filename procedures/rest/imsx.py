"""How EduBridge and OneRoster word answers and refusals."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.rest.errors import message_of, row_of
from procedures.rest.surface import Answer, json_answer
from rpc.errors import RPCError


class MinorField(Struct):
    imsx_codeMinorFieldName: str
    imsx_codeMinorFieldValue: str


class Minor(Struct):
    imsx_codeMinorField: list[MinorField]


class Failure(Struct):
    imsx_codeMajor: Literal["failure"]
    imsx_severity: Literal["error"]
    imsx_description: str
    imsx_CodeMinor: Minor


def refusal(error: RPCError, http: HTTPRequest) -> Response:
    row = row_of(error)
    minor = Minor([MinorField("TargetEndSystem", row.minor)])
    body = Failure("failure", "error", message_of(error), minor)
    return json_answer(Answer(row.ims, body), http)
