"""Passwords and events go to whom they are meant for, or nowhere."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from commands import require
from receivers import MailServer, WebServer

from procedures.messages import hooks
from procedures.messages.failures import Undelivered
from procedures.messages.hooks import Delivery, deliver
from procedures.messages.relay import Relay, Security
from procedures.messages.smtp import Mailer

HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost, signed by nobody but itself, and its key in one file."""
    require("openssl")
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    command += " -addext subjectAltName=DNS:localhost -keyout - -out -"
    made = subprocess.run(command.split(), capture_output=True, check=True, timeout=30)
    path.write_bytes(made.stdout)
    return path


@pytest.fixture
def context(certificate: Path) -> ssl.SSLContext:
    """What a server shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def notice() -> EmailMessage:
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"], message["To"] = Address("", "a", "b.example"), Address("", "c", "d.example")
    message.set_content("hello")
    return message


class Logins:
    """Takes one password, and remembers who came."""

    def __init__(self) -> None:
        self.seen: list[tuple[bytes, bytes]] = []

    def __call__(self, server: object, session: object, *given: object) -> AuthResult:
        login = given[-1]
        assert isinstance(login, LoginPassword)
        self.seen.append((login.login, login.password))
        return AuthResult(success=login.password == b"s3cret", handled=False)


@asynccontextmanager
async def mail_server(
    behaviour: MailServer, logins: Logins, context: ssl.SSLContext | None
) -> AsyncIterator[int]:
    """One that offers encryption if it has a certificate to show, and logging in only inside."""
    loop = asyncio.get_running_loop()

    def talk() -> SMTP:
        return SMTP(behaviour, tls_context=context, authenticator=logins, loop=loop)

    listener = await loop.create_server(talk, HERE, 0)
    async with listener:
        yield listener.sockets[0].getsockname()[1]


async def send(port: int, security: Security, password: str | None = None) -> None:
    mailer = Mailer(Relay(HERE, port, security, password and "me", password))
    try:
        await mailer.send(notice())
    finally:
        await mailer.close()


async def test_a_password_is_not_sent_in_clear():
    behaviour, logins = MailServer(), Logins()
    async with mail_server(behaviour, logins, None) as port:
        with pytest.raises(Undelivered):
            await send(port, "starttls", "s3cret")
    assert (logins.seen, behaviour.taken) == ([], [])


async def test_a_password_is_not_sent_to_just_anybody(context: ssl.SSLContext):
    behaviour, logins = MailServer(), Logins()
    async with mail_server(behaviour, logins, context) as port:
        with pytest.raises(Undelivered):
            await send(port, "starttls", "s3cret")
    assert (logins.seen, behaviour.taken) == ([], [])


async def test_a_password_is_sent_to_whom_it_is_for(
    context: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    behaviour, logins = MailServer(), Logins()
    async with mail_server(behaviour, logins, context) as port:
        mailer = Mailer(Relay("localhost", port, "starttls", "me", "s3cret"))
        await mailer.send(notice())
        await mailer.close()
    assert logins.seen == [(b"me", b"s3cret")]
    assert len(behaviour.taken) == 1


async def test_a_wrong_password_is_told_without_the_password(
    context: ssl.SSLContext, certificate: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with mail_server(MailServer(), Logins(), context) as port:
        mailer = Mailer(Relay("localhost", port, "starttls", "me", "wr0ng"))
        with pytest.raises(Undelivered, match="535") as caught:
            await mailer.send(notice())
    assert "wr0ng" not in str(caught.value)


async def test_offered_encryption_is_taken_from_anybody(context: ssl.SSLContext):
    behaviour = MailServer()
    async with mail_server(behaviour, Logins(), context) as port:
        await send(port, "offered")
    assert len(behaviour.taken) == 1


async def test_where_none_is_offered_mail_without_password_goes_in_clear():
    behaviour = MailServer()
    async with mail_server(behaviour, Logins(), None) as port:
        await send(port, "offered")
    assert len(behaviour.taken) == 1


@asynccontextmanager
async def secure_receiver(context: ssl.SSLContext) -> AsyncIterator[WebServer]:
    behaviour = WebServer()
    server = await asyncio.start_server(behaviour.talk, HERE, 0, ssl=context)
    behaviour.url = f"https://localhost:{server.sockets[0].getsockname()[1]}/"
    async with server:
        yield behaviour


def to(url: str) -> Delivery:
    return Delivery(url, "whsec_c2VjcmV0", "1", 1614265330, b"{}")


async def test_a_receiver_that_nobody_vouches_for_gets_nothing(context: ssl.SSLContext):
    async with secure_receiver(context) as receiver:
        with pytest.raises(Undelivered, match="certificate is not to be trusted"):
            await deliver(to(receiver.url), public_only=False)
    assert receiver.requests == []


@pytest.mark.parametrize(("host", "is_known"), [("localhost", True), ("127.0.0.1", False)])
async def test_a_receiver_is_known_by_its_name(
    context: ssl.SSLContext,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    is_known: bool,
):
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(hooks, "tls", lambda: trusting)
    async with secure_receiver(context) as receiver:
        url = receiver.url.replace("localhost", host)
        if is_known:
            await deliver(to(url), public_only=False)
        else:
            with pytest.raises(Undelivered, match="certificate is not to be trusted"):
                await deliver(to(url), public_only=False)
    assert len(receiver.requests) == int(is_known)
