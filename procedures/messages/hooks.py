"""Delivers events to webhooks as Standard Webhooks has it: one signed POST, answered with 2xx.

The connection goes to an address that was looked at before, and follows no redirect: a receiver
cannot send us into our own network. Of an answer nothing but the status is read.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import ssl
from contextlib import suppress
from functools import cache

import h11
from msgspec import Struct

from procedures.messages.addresses import Target, require_public, resolved, target_of
from procedures.messages.failures import Undelivered

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
TO_CONNECT = 5.0  # seconds, then the next address of the receiver is tried
LARGEST_HEAD = 16 * 1024  # bytes of an answer before its status is known


class Delivery(Struct, frozen=True):
    """An event for a receiver. `id` is the same at each attempt; `timestamp` in seconds."""

    url: str
    secret: str
    id: str
    timestamp: int
    body: bytes

    @property
    def signature(self) -> str:
        """`v1,` and the HMAC-SHA256 of id, timestamp and body under the secret, in base64."""
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = f"{self.id}.{self.timestamp}.".encode() + self.body
        return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


async def deliver(delivery: Delivery, *, public_only: bool) -> None:
    """Done when the receiver has answered 2xx. Raises Undelivered."""
    try:
        target = target_of(delivery.url)
        if public_only:
            require_public(target)
    except ValueError as error:
        raise Undelivered(f"the address {error}") from None
    addresses = await resolved(target, public_only=public_only)
    try:
        status = await post(target, addresses, delivery)
    except (OSError, h11.ProtocolError) as error:
        raise Undelivered(reason_of(error)) from error
    if not 200 <= status < 300:
        raise Undelivered(f"the receiver answered {status}")


async def post(target: Target, addresses: list[str], delivery: Delivery) -> int:
    """The status that is answered at the first of the IP addresses that takes connections."""
    reader, writer = await connected(target, addresses)
    try:
        exchange = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        writer.write(written(exchange, target, delivery))
        return await answered(exchange, reader)
    finally:
        writer.close()


async def connected(target: Target, addresses: list[str]) -> Streams:
    *others, last = addresses
    for address in others:
        with suppress(OSError):
            return await opened(target, address)
    return await opened(target, last)


async def opened(target: Target, address: str) -> Streams:
    context, name = (tls(), target.host) if target.is_tls else (None, None)
    async with asyncio.timeout(TO_CONNECT):
        return await asyncio.open_connection(
            address, target.port, ssl=context, server_hostname=name
        )


def written(exchange: h11.Connection, target: Target, delivery: Delivery) -> bytes:
    """The request's bytes."""
    headers = [
        ("host", target.authority),
        ("user-agent", "rollcall"),
        ("content-type", "application/json"),
        ("content-length", str(len(delivery.body))),
        ("webhook-id", delivery.id),
        ("webhook-timestamp", str(delivery.timestamp)),
        ("webhook-signature", delivery.signature),
        ("connection", "close"),
    ]
    request = h11.Request(method="POST", target=target.path, headers=headers)
    parts = (request, h11.Data(delivery.body), h11.EndOfMessage())
    return b"".join(exchange.send(part) or b"" for part in parts)


async def answered(exchange: h11.Connection, reader: asyncio.StreamReader) -> int:
    """The status of the answer, once its head is there."""
    while True:
        event = exchange.next_event()
        if isinstance(event, h11.Response):
            return event.status_code
        if event is h11.NEED_DATA:
            exchange.receive_data(await reader.read(LARGEST_HEAD))


@cache  # reading the certificates takes a while
def tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def reason_of(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "the receiver's certificate is not to be trusted"
    if isinstance(error, h11.ProtocolError):
        return "the receiver did not answer in HTTP"
    return "the receiver could not be reached"
