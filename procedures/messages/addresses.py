"""Where a webhook may be delivered to: never, in production, into our own network."""

from __future__ import annotations

import asyncio
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from msgspec import Struct

from procedures.messages.failures import Undelivered

PLAIN = re.compile(r"[!-\[\]-~]+")  # visible ASCII but the backslash
# Not the threads of the loop: names that nobody answers for would keep mails from theirs.
NAMES = ThreadPoolExecutor(32, "webhook-names")


class Target(Struct, frozen=True):
    """A web address in parts."""

    host: str
    port: int
    is_tls: bool
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the `host` header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Raises ValueError for what is no plain web address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must begin with https://host or http://host")
    if "@" in parts.netloc or parts.fragment or not PLAIN.fullmatch(url):
        raise ValueError("must be a plain web address, without user, fragment or blanks")
    is_tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.hostname, parts.port or (443 if is_tls else 80), is_tls, path)


def require_public(target: Target) -> None:
    """Raise ValueError for what its text alone shows to be unfit for production."""
    if not target.is_tls:
        raise ValueError("must begin with https://")
    if target.host == "localhost" or target.host.endswith(".localhost"):
        raise ValueError("must not be in a private network")
    try:
        address = ip_address(target.host)
    except ValueError:
        return
    if not is_public(str(address)):
        raise ValueError("must not be in a private network")


def is_public(text: str) -> bool:
    """Whether an IP address belongs to a machine of the internet, in whatever notation."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if address.sixtofour or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


async def resolved(target: Target, *, public_only: bool) -> list[str]:
    """The addresses behind a host. Raises Undelivered when one of them is refused."""
    look_up = partial(socket.getaddrinfo, target.host, target.port, type=socket.SOCK_STREAM)
    try:
        found = await asyncio.get_running_loop().run_in_executor(NAMES, look_up)
    except (OSError, UnicodeError):
        raise Undelivered(f"there is no host {target.host}") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if public_only and not all(is_public(address) for address in addresses):
        raise Undelivered("the receiver is in a private network")
    return addresses
