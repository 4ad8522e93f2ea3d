"""What a context is made from: the request's head, what it asks for, and headers of the answer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rpc.options import RequestType

# Control characters but for the tab, and what Latin-1 has not.
UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """tRPC's `info`: what a request asks for, known before any call of it runs."""

    is_batch: bool = False
    accept: str | None = None
    type: RequestType = "unknown"
    paths: Sequence[str] = ()
    connection_params: Mapping[str, str] | None = None


NOT_KNOWN_YET = RequestInfo()


class Request:
    """One HTTP request. `response_headers` are added to its answer. `scope` is ASGI's, with what
    middleware around the app has put there, as `scope["session"]`."""

    info = NOT_KNOWN_YET
    is_answered = False
    _cookies: dict[str, str] | None = None
    caller: str | None = None  # who calls, as far as somebody has found out

    def __init__(self, scope: MutableMapping[str, Any]) -> None:
        self.scope = scope
        # The first header of each name, as it was sent.
        self.first: Mapping[bytes, bytes] = dict(reversed(scope["headers"]))
        self.response_headers: list[tuple[bytes, bytes]] = []

    @property
    def method(self) -> str:
        return str(self.scope.get("method", "WEBSOCKET"))

    def header(self, name: str) -> str | None:
        """The first header of that name (lower case)."""
        value = self.first.get(name.encode())
        return None if value is None else value.decode("latin-1")

    def announces(self, size: int) -> bool:
        """Whether the head says for certain that the body has so many bytes: before HTTP/2."""
        is_certain = self.scope["http_version"] < "2" and b"transfer-encoding" not in self.first
        return is_certain and self.first.get(b"content-length") == str(size).encode()

    def headers(self, name: str) -> list[str]:
        """Every header of that name (lower case)."""
        wanted = name.encode()
        return [v.decode("latin-1") for k, v in self.scope["headers"] if k == wanted]

    @property
    def cookies(self) -> dict[str, str]:
        """Of several of one name the first, which is that of the longest path. One that is no
        cookie by the book spoils no other: browsers send what any script has set."""
        if self._cookies is None:  # by hand: cached_property takes a lock before Python 3.12
            self._cookies = parsed_cookies(";".join(self.headers("cookie")))
        return self._cookies

    @cached_property
    def id(self) -> str:
        """The caller's `x-request-id` where it is a plain word, else a new one."""
        given = self.header("x-request-id") or ""
        return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)

    @property
    def is_secure(self) -> bool:
        return bool(self.scope.get("scheme") in ("https", "wss"))

    @property
    def client(self) -> str:
        """The address of the peer."""
        client = self.scope.get("client")
        return client[0] if client else ""

    def add_response_header(self, name: str, value: str) -> None:
        """Send a header with the answer. Raises ValueError for what no head can hold, RuntimeError
        once the answer has begun, as a stream's has when its calls run."""
        if self.is_answered:
            raise RuntimeError(f"too late for the header {name}: the answer has begun")
        self.response_headers.append(header_line(name, value))


def header_line(name: str, value: str) -> tuple[bytes, bytes]:
    """A header as it is sent. Raises ValueError for a value that would split the head, or that
    servers close the connection at."""
    if UNSENDABLE.search(value):
        raise ValueError(f"a header value must not contain control characters: {name}")
    return name.lower().encode(), value.encode("latin-1")


def parsed_cookies(header: str) -> dict[str, str]:
    cookies: dict[str, str] = {}
    for pair in header.split(";"):
        name, is_pair, value = pair.partition("=")
        if is_pair:
            value = value.strip()
            is_quoted = len(value) > 1 and value[0] == value[-1] == '"'
            cookies.setdefault(name.strip(), value[1:-1] if is_quoted else value)
    return cookies
