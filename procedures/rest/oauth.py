"""/oauth2/token: a client's id and secret for a bearer token (RFC 6749, section 4.4)."""

from __future__ import annotations

import base64
from typing import Literal
from urllib.parse import parse_qsl, unquote_plus

from msgspec import Struct
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.rest.surface import (
    Answer,
    Incoming,
    Operation,
    Surface,
    fitted,
    json_answer,
)
from rpc.errors import CODES, RPCError

FORM = "application/x-www-form-urlencoded"
Word = Literal["invalid_request", "invalid_client", "unsupported_grant_type", "server_error"]


class Wish(Struct):
    """Id and secret may also stand in an Authorization header of the Basic scheme."""

    grant_type: str
    client_id: str = ""
    client_secret: str = ""


class Token(Struct):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int


class Failure(Struct):
    error: Word


async def token(incoming: Incoming) -> Answer:
    """A bearer token for a client's id and secret."""
    wish = fitted(await form(incoming), Wish)
    if wish.grant_type != "client_credentials":
        raise RPCError("BAD_REQUEST", "only client_credentials", reason="unsupported_grant_type")
    id, secret = credentials(incoming, wish)
    made = await incoming.call("auth.clientToken", {"id": id, "secret": secret})
    body = Token(made.token, "Bearer", made.expires_in)
    return Answer(200, body, {"Cache-Control": "no-store", "Pragma": "no-cache"})


async def form(incoming: Incoming) -> dict[str, str]:
    """The form's fields. Nothing here acts on a cookie, so a form may come from anywhere."""
    if incoming.media_type != FORM:
        raise RPCError("UNSUPPORTED_MEDIA_TYPE", f"send {FORM}")
    return fields(await incoming.whole_body())


def fields(body: bytes) -> dict[str, str]:
    """The fields of a form, none of them twice. Raises BAD_REQUEST."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise RPCError("BAD_REQUEST", "the form cannot be read") from None
    if len(dict(pairs)) < len(pairs):
        raise RPCError("BAD_REQUEST", "a field is there twice")
    return dict(pairs)


def credentials(incoming: Incoming, wish: Wish) -> tuple[str, str]:
    """Id and secret: of the Authorization header, else of the form."""
    header = incoming.request.header("authorization")
    return (wish.client_id, wish.client_secret) if header is None else basic(header)


def basic(header: str) -> tuple[str, str]:
    """Id and secret of a header of the Basic scheme; "" where it is none."""
    scheme, _, text = header.partition(" ")
    try:
        id, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return (unquote_plus(id), unquote_plus(secret)) if scheme.lower() == "basic" else ("", "")


def refusal(error: RPCError, http: HTTPRequest) -> Response:
    status = CODES[error.code].http
    headers = {"WWW-Authenticate": 'Basic realm="rollcall"'} if status == 401 else {}
    return json_answer(Answer(status, Failure(word_for(error)), headers), http)


def word_for(error: RPCError) -> Word:
    if error.reason == "unsupported_grant_type":
        return "unsupported_grant_type"
    if CODES[error.code].http >= 500:
        return "server_error"
    return "invalid_client" if error.code == "UNAUTHORIZED" else "invalid_request"


SURFACE = Surface(
    door="oneroster",
    prefixes=("/oauth2/",),
    routes={
        "/oauth2/token": {
            "POST": Operation(token, {200: Token}, body=Wish, calls=("auth.clientToken",))
        }
    },
    refusal=refusal,
    failure=Failure,
    answer=json_answer,
    reads=(FORM,),
    credentials=(),
)
