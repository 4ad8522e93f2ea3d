"""POST /oauth2/token: a client's id and secret for a bearer token (RFC 6749, section 4.4)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.rest.surface import Answer, Incoming, Surface, json_answer
from rpc.errors import CODES, RPCError

WORDS = {"UNAUTHORIZED": "invalid_client", "BAD_REQUEST": "invalid_request"}


async def token(incoming: Incoming) -> Answer:
    form = await fields(incoming)
    if form.get("grant_type") != "client_credentials":
        raise RPCError("BAD_REQUEST", "only client_credentials", reason="unsupported_grant_type")
    id, secret = credentials(incoming, form)
    made = await incoming.call("auth.clientToken", {"id": id, "secret": secret})
    body = {
        "access_token": made.token,
        "token_type": "Bearer",
        "expires_in": made.expires_in,
    }
    return Answer(200, body, {"Cache-Control": "no-store"})


async def fields(incoming: Incoming) -> dict[str, str]:
    """The form's fields. Nothing here acts on a cookie, so a form may come from anywhere."""
    if incoming.media_type != "application/x-www-form-urlencoded":
        raise RPCError("UNSUPPORTED_MEDIA_TYPE", "send application/x-www-form-urlencoded")
    body = await incoming.whole_body()
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20))
    except (UnicodeDecodeError, ValueError):
        raise RPCError("BAD_REQUEST", "the form cannot be read") from None


def credentials(incoming: Incoming, form: dict[str, str]) -> tuple[str, str]:
    """Id and secret: of the Authorization header, else of the form. Raises UNAUTHORIZED."""
    header = incoming.request.header("authorization")
    if header is None:
        return form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, text = header.partition(" ")
    try:
        id, colon, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        id, colon, secret = "", "", ""
    if scheme.lower() != "basic" or not colon:
        raise RPCError("UNAUTHORIZED", "the client is not known")
    return unquote_plus(id), unquote_plus(secret)


def refusal(error: RPCError, http: HTTPRequest) -> Response:
    status = CODES[error.code].http
    is_grant = error.reason == "unsupported_grant_type"
    word = error.reason if is_grant else WORDS.get(error.code, "invalid_request")
    body = {"error": "server_error" if status >= 500 else word}
    headers = {"WWW-Authenticate": "Basic"} if status == 401 else {}
    return json_answer(Answer(status, body, headers), http)


SURFACE = Surface(
    door="oneroster",
    prefixes=("/oauth2/",),
    routes={"/oauth2/token": {"POST": token}},
    refusal=refusal,
    answer=json_answer,
)
