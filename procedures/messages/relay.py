"""Where mail is handed over, who writes it, and where its links lead: what three settings say."""

from __future__ import annotations

from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal
from urllib.parse import unquote, urlsplit

from msgspec import Struct

Security = Literal["tls", "starttls", "offered", "none"]
LIKE = "must be like smtp://user:password@host:587"
HERE = ("localhost", "127.0.0.1", "::1")


class Relay(Struct, frozen=True):
    """The mail server. `starttls`: encrypted, or not at all; `offered`: encrypted where it can be,
    whoever it is, as nothing kept an eavesdropper from taking the offer away."""

    host: str
    port: int
    security: Security
    username: str | None
    password: str | None


def relay_of(url: str) -> Relay:
    """smtp://[user:password@]host[:port], or smtps:// for TLS from the first byte.

    Passwords go over encrypted connections only, but on this machine. Raises ValueError, which
    does not tell the password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(LIKE) from None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise ValueError(LIKE)
    security: Security = "starttls" if parts.username else "offered"
    if parts.scheme == "smtps":
        security = "tls"
    elif parts.hostname in HERE:
        security = "none"
    usual = {"tls": 465, "starttls": 587}.get(security, 25)
    login = [None if part is None else unquote(part) for part in (parts.username, parts.password)]
    return Relay(parts.hostname, port or usual, security, *login)


def sender_of(text: str) -> Address:
    """One address, with or without a name: `Rollcall <rollcall@learn.example>`."""
    message = EmailMessage(policy=SMTP)
    sender = Address()
    with suppress(Exception):  # the parser fails in any way at what is no address
        message["From"] = text
        [sender] = message["From"].addresses
    if not sender.domain or not sender.addr_spec.isascii():
        raise ValueError("must be one address")
    return sender


def site_of(url: str) -> str:
    """A web address without a slash at the end. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be like https://learn.example")
    return url.rstrip("/")
