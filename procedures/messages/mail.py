"""A letter as a mail: MIME with a plain and an HTML part. Pure.

Every text is data: no name or title can add a header, a recipient or markup.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape

from msgspec import Struct

from procedures.credentials import canonical_email
from procedures.messages.failures import Undeliverable
from procedures.messages.texts import Letter

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body>
{body}
</body></html>
"""


class Envelope(Struct, frozen=True):
    """Who writes to whom, when. `identity` is the same at each attempt to send this mail, and of
    no other mail."""

    sender: Address
    recipient: str
    identity: str
    at: datetime


def mail(letter: Letter, envelope: Envelope) -> EmailMessage:
    """The whole message. Raises Undeliverable for a recipient that is no single plain address."""
    message = EmailMessage(policy=SMTP)
    message["From"] = envelope.sender
    message["To"] = recipient(envelope.recipient)
    # What looks like an encoded word would be decoded, and its line breaks written as such.
    message["Subject"] = one_line(letter.subject).replace("=?", "= ?")
    message["Date"] = format_datetime(envelope.at)
    message["Message-ID"] = message_id(envelope)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no absence note answers this
    # Seven-bit throughout: whatever the servers on the way can carry.
    message.set_content(plain(letter), cte="quoted-printable")
    message.add_alternative(html(letter), subtype="html", cte="quoted-printable")
    return message


def recipient(address: str) -> Address:
    """The address as a header takes it: domain in ASCII, never a second one behind a comma."""
    try:
        canonical_email(address)
        local, _, domain = address.strip().rpartition("@")
        return Address(username=local, domain=domain.encode("idna").decode())
    except ValueError as error:
        raise Undeliverable(f"the recipient is {error}") from None


def message_id(envelope: Envelope) -> str:
    digest = hashlib.sha256(envelope.identity.encode()).hexdigest()[:32]
    return f"<{digest}@{envelope.sender.domain}>"


def one_line(text: str) -> str:
    """Printable characters only, each kind of white space as one blank."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def plain(letter: Letter) -> str:
    parts = [one_line(text) for text in letter.paragraphs]
    if letter.link is not None:
        label, url = letter.link
        parts.append(f"{label}:\n{one_line(url)}")
    return "\n\n".join(parts) + "\n"


def html(letter: Letter) -> str:
    parts = [f"<p>{escape(one_line(text))}</p>" for text in letter.paragraphs]
    if letter.link is not None:
        label, url = letter.link
        parts.append(f'<p><a href="{escape(one_line(url))}">{escape(label)}</a></p>')
    return PAGE.format(title=escape(one_line(letter.subject)), body="\n".join(parts))
