"""How a claimed message becomes a mail or a webhook delivery, made from what is true by now."""

from __future__ import annotations

import logging
from collections.abc import Callable
from email.message import EmailMessage
from typing import Protocol, TypeVar

import msgspec

from procedures import events
from procedures.context import Service
from procedures.messages import hooks
from procedures.messages.failures import Undeliverable
from procedures.messages.hooks import Delivery
from procedures.messages.mail import Envelope, mail
from procedures.messages.relay import Relay
from procedures.messages.smtp import Mailer
from procedures.messages.texts import Facts, letter
from procedures.store import log, outbox, webhooks
from procedures.store.database import read_from
from procedures.store.outbox import FOR_STAFF, FactsRow, Parcel
from procedures.store.transaction import Transaction

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Carrier(Protocol):
    """Delivers parcels of one channel."""

    async def deliver(self, parcel: Parcel) -> None:
        """Done when the other side has taken it. Raises Undelivered or Undeliverable."""
        ...

    async def rest(self) -> None:
        """There is nothing more to deliver for now."""
        ...


class MailCarrier:
    def __init__(self, service: Service, relay: Relay) -> None:
        self._service = service
        self._mailer = Mailer(relay)

    async def deliver(self, parcel: Parcel) -> None:
        row = await read_from(self._service.store, lambda tx: outbox.facts(tx, parcel))
        if row is None:
            raise Undeliverable("the enrollment has been deleted")
        await self._mailer.send(made(lambda: self._mail(parcel, row)))

    async def rest(self) -> None:
        await self._mailer.close()

    def _mail(self, parcel: Parcel, row: FactsRow) -> EmailMessage:
        settings = self._service.settings
        facts = Facts(row, settings.site, for_staff=parcel.payload == FOR_STAFF)
        # Row ids begin anew in another database; keys and instants do not.
        identity = f"{row.org.key} {row.enrollment_key} {row.at} {parcel.dedupe}"
        envelope = Envelope(settings.sender, parcel.recipient, identity, self._service.clock())
        return mail(letter(parcel.template, facts), envelope)


class HookCarrier:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._public_only = service.settings.environment == "production"

    async def deliver(self, parcel: Parcel) -> None:
        delivery = await read_from(self._service.store, lambda tx: self._delivery(tx, parcel))
        await hooks.deliver(delivery, public_only=self._public_only)

    async def rest(self) -> None:
        pass

    def _delivery(self, tx: Transaction, parcel: Parcel) -> Delivery:
        webhook = webhooks.webhook(tx, parcel.org_id, parcel.recipient)
        if webhook is None:
            raise Undeliverable("there is no such webhook any more")
        event = log.news(tx, parcel.org_id, parcel.event_id).row
        body = msgspec.json.encode(events.shown(event))
        timestamp = int(self._service.clock().timestamp())
        return Delivery(webhook.url, webhook.secret, str(event.id), timestamp, body)


def made(make: Callable[[], T]) -> T:
    """What cannot be made now can never be made: it must not be tried for a day."""
    try:
        return make()
    except Undeliverable:
        raise
    except Exception as error:
        logger.exception("a message could not be made")
        raise Undeliverable(f"the message could not be made ({type(error).__name__})") from error
