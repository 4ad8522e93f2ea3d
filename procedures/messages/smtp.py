"""Hands mails to the mail server, over connections that are kept while there is more to send."""

from __future__ import annotations

from contextlib import suppress
from email.message import EmailMessage

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from procedures.messages.failures import Undelivered
from procedures.messages.relay import Relay

PATIENCE = 15.0  # seconds for each step of the conversation


class Mailer:
    """Each mail in flight has a connection of its own."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._idle: list[SMTP] = []
        self._hostname: str | None = None  # how this machine greets; finding it out takes a while

    async def send(self, message: EmailMessage) -> None:
        """Done when the server has taken the responsibility. Raises Undelivered."""
        try:
            await self._send(message)
        except (SMTPException, OSError) as error:
            raise Undelivered(reason_of(error)) from error

    async def close(self) -> None:
        """End the conversations; the next mail begins a new one."""
        while self._idle:
            client = self._idle.pop()
            with suppress(SMTPException, OSError):
                await client.quit(timeout=1)
            client.close()

    async def _send(self, message: EmailMessage) -> None:
        client = await self._connection()
        try:
            [sender], [recipient] = message["From"].addresses, message["To"].addresses
            await client.send_message(
                message, sender=sender.addr_spec, recipients=[recipient.addr_spec]
            )
        except BaseException:
            client.close()  # who knows what the server has heard
            raise
        self._idle.append(client)

    async def _connection(self) -> SMTP:
        while self._idle:
            client = self._idle.pop()
            with suppress(SMTPException, OSError):
                await client.noop()
                return client
            client.close()
        return await self._connected()

    async def _connected(self) -> SMTP:
        relay = self._relay
        client = SMTP(
            hostname=relay.host,
            port=relay.port,
            username=relay.username,
            password=relay.password,
            use_tls=relay.security == "tls",
            start_tls={"starttls": True, "offered": None}.get(relay.security, False),
            validate_certs=relay.security != "offered",
            local_hostname=self._hostname,
            timeout=PATIENCE,
        )
        try:
            await client.connect()
        except BaseException:
            client.close()
            raise
        self._hostname = client.local_hostname
        return client


def reason_of(error: Exception) -> str:
    """What went wrong, without telling tenants where the mail server is."""
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException):
        return f"the mail server said: {error.code} {error.message}"
    if isinstance(error, SMTPNotSupported):
        return "the mail server cannot take this address"
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    return "the mail server could not be reached, or hung up"
