"""Session cookies and bearer tokens: what a request carries, and how a cookie is signed."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from itsdangerous import BadSignature, Signer
from itsdangerous.signer import SigningAlgorithm

from rpc.request import Request

COOKIE = "rollcall"
HOST_COOKIE = "__Host-rollcall"  # over TLS: browsers refuse it from subdomains and plain HTTP
MAX_AGE_DAYS = 30
MAX_IDLE_DAYS = 7
PURPOSE = b"rollcall.session"  # a key that signs sessions signs nothing else


class SHA256(SigningAlgorithm):
    """HMAC with SHA-256 that has taken its keys in: that is a third of the work on a cookie."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keyed = {key: hmac.new(key, digestmod="sha256") for key in keys}

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        mac = self._keyed[key].copy()
        mac.update(value)
        return mac.digest()


class SessionSigner:
    """Signs session ids. The last key signs, every key verifies, so that keys can be rotated."""

    def __init__(self, keys: Sequence[str]) -> None:
        # As key_derivation="hmac" would derive them, for every cookie anew.
        derived = [hmac.digest(key.encode(), PURPOSE, "sha256") for key in keys]
        self._signer = Signer(derived, key_derivation="none", algorithm=SHA256(derived))

    def cookie_value(self, session_id: str) -> str:
        return self._signer.sign(session_id).decode()

    def session_id(self, value: str) -> str | None:
        """The id in a cookie, or None for a cookie we did not sign."""
        try:
            return self._signer.unsign(value).decode()
        except (BadSignature, UnicodeError):
            return None


def cookie_name(request: Request) -> str:
    return HOST_COOKIE if request.is_secure else COOKIE


def set_cookie(request: Request, value: str) -> None:
    """Give the browser its session; an empty value takes it away. A call that is run again may say
    so again: it is sent once."""
    age = MAX_AGE_DAYS * 86_400 if value else 0
    secure = "; Secure" if request.is_secure else ""
    name = cookie_name(request)
    text = f"{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}"
    if (b"set-cookie", text.encode()) not in request.response_headers:
        request.add_response_header("set-cookie", text)


def bearer_token(request: Request) -> str | None:
    """The token of the one Authorization header; "" where there is one of any other form."""
    lines = request.headers("authorization")
    if not lines:
        return None
    scheme, _, token = lines[0].partition(" ")
    is_bearer = scheme.lower() == "bearer" and len(lines) == 1 and " " not in token
    return token if is_bearer else ""


def is_cross_site(request: Request) -> bool:
    """Whether a browser says that another site made this request. Servers send neither header."""
    site = request.header("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.header("origin")
    # Not urlsplit, which raises for what no browser sends.
    return origin is not None and origin.partition("://")[2] != request.header("host")
