"""Who gets what is sent: a mail server and a web server that do as they are told, and a world
that sends to them."""

from __future__ import annotations

import asyncio
import base64
import email
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from world import World, serving

PATIENCE = 15.0  # seconds until what should have happened has not


async def until(condition: Callable[[], Any]) -> None:
    """Wait until it is true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)


class MailServer:
    """Takes mails, but those it is told to treat otherwise, by attempt: `450 …` or `550 …` (at
    the recipient), `drop` (takes the mail and hangs up without a word), `slow`, `stall`."""

    def __init__(self, *treatments: str) -> None:
        self.treatments = list(treatments)
        self.refused: set[str] = set()  # recipients it never takes mail for
        self.seen: list[bytes] = []  # every mail it has read to its end
        self.taken: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.connections = self.goodbyes = 0
        self.url = ""

    def by_id(self) -> list[str]:
        return [parsed(raw)["Message-ID"] for raw in self.seen]

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return answers

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.goodbyes += 1
        return "221 bye"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such mailbox"
        if self.treatments and self.treatments[0][:1].isdigit():
            return self.treatments.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.seen.append(envelope.content)
        treatment = self.treatments.pop(0) if self.treatments else ""
        await asyncio.sleep({"slow": 0.1, "stall": PATIENCE}.get(treatment, 0))
        self.recipients.append(list(envelope.rcpt_tos))
        self.taken.append(parsed(envelope.content))
        if treatment == "drop":
            server.transport.abort()
        return "250 kept"


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


@asynccontextmanager
async def mail_server(*treatments: str) -> AsyncIterator[MailServer]:
    behaviour = MailServer(*treatments)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: SMTP(behaviour, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
    )
    behaviour.url = f"smtp://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield behaviour
    finally:
        listener.close()


def texts(message: EmailMessage) -> tuple[str, str]:
    """The plain and the HTML part."""
    plain, html = message.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert isinstance(plain, EmailMessage) and isinstance(html, EmailMessage)
    return read(plain), read(html)


def read(part: EmailMessage) -> str:
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


class WebServer:
    """Answers with the given statuses in turn, then 200; `stall` never answers. It keeps what it
    is asked."""

    def __init__(self, *statuses: int | str) -> None:
        self.statuses = list(statuses)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.extra = b""  # headers of the answers
        self.url = ""

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, _, body in self.requests]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *lines = head.strip().split("\r\n")
            headers = dict(one.lower().split(": ", 1) for one in lines)
            given = dict(one.split(": ", 1) for one in lines)
            body = await reader.readexactly(int(headers["content-length"]))
            status = self.statuses.pop(0) if self.statuses else 200
            self.requests.append((line, {k.lower(): v for k, v in given.items()}, body))
            if status != "stall":
                writer.write(f"HTTP/1.1 {status} so\r\n".encode() + self.extra + b"\r\n")
                await writer.drain()
            else:
                await reader.read()
        writer.close()


@asynccontextmanager
async def web_server(*statuses: int | str) -> AsyncIterator[WebServer]:
    behaviour = WebServer(*statuses)
    server = await asyncio.start_server(behaviour.talk, "127.0.0.1", 0)
    behaviour.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook?a=b"
    try:
        yield behaviour
    finally:
        server.close()


def is_signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """Whether a receiver that goes by Standard Webhooks would believe it."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    good = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{good}"


@asynccontextmanager
async def sending(database: str, **settings: Any) -> AsyncIterator[World]:
    """The world's service with settings of its own."""
    async with serving(database, **settings) as world:
        yield world


def pass_time(world: World, **delta: float) -> None:
    """Let the world's clock go on, and have the worker look."""
    world.clock.advance(**delta)
    world.app.service.bell.ring()
