"""What the mails say, and that no text in them can do more than be read."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import default
from html import escape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from receivers import parsed, texts

from procedures.messages.failures import Undeliverable
from procedures.messages.mail import Envelope, mail
from procedures.messages.texts import LETTERS, Facts, letter
from procedures.store.outbox import FactsRow
from procedures.store.people import OrgRow, PersonRow

SITE = "https://learn.example"
CERTIFICATES = '{"certificateUrl":"https://certificates.example/{enrollment}"}'
ROW = FactsRow(
    at="2026-03-02T09:00:00.000Z",
    enrollment_key="enr_1",
    end_at=None,
    realm_key="sec_1",
    realm_title="Section one",
    course_key="crs_1",
    course_title="Physics",
    certificate_enabled=1,
    org=OrgRow(1, "acme", "Acme Academy", "America/New_York", CERTIFICATES),
    person=PersonRow(1, "usr_lou", "lou@acme.example", "", 0, "Lou", "", "", 0, "Learner"),
)
ENVELOPE = Envelope(
    Address("Rollcall", "rollcall", "learn.example"),
    "lou@acme.example",
    "acme enr_1 welcome",
    datetime(2026, 3, 2, 9, tzinfo=UTC),
)


def sent(template: str, *, for_staff: bool = False, **changes: Any) -> EmailMessage:
    """The mail as it is read at the other end."""
    facts = Facts(replace(ROW, **changes), SITE, for_staff=for_staff)
    return parsed(bytes(mail(letter(template, facts), ENVELOPE)))


SUBJECTS = {
    "welcome": "Welcome to Physics",
    "promoted": "A place in Physics is yours",
    "waitlisted": "You are on the waiting list of Physics",
    "invited": "You are invited to Physics",
    "requested": "You have asked to join Physics",
    "completed": "You have completed Physics",
    "completed_admin": "Lou Learner has completed Physics",
}


def test_every_template_is_known_here():
    assert set(SUBJECTS) == set(LETTERS)


@pytest.mark.parametrize("template", SUBJECTS)
def test_a_mail_names_its_course_and_organization_in_both_parts(template: str):
    message = sent(template)
    assert message["Subject"] == SUBJECTS[template]
    for text in texts(message):
        assert "Physics" in text and "Acme Academy" in text


def test_a_template_that_does_not_exist_makes_no_mail():
    with pytest.raises(Undeliverable, match="no template"):
        sent("goodbye")


@pytest.mark.parametrize("template", ["welcome", "promoted", "invited"])
def test_who_is_let_in_gets_a_link(template: str):
    """S4-34"""
    plain, html = texts(sent(template))
    assert f"{SITE}/courses/crs_1\n" in plain
    assert f'href="{SITE}/courses/crs_1"' in html


def test_the_link_of_a_group_leads_to_the_group():
    plain, _ = texts(sent("welcome", course_key=None, course_title=None, realm_key="grp/1 ?"))
    assert f"{SITE}/groups/grp%2F1%20%3F\n" in plain
    assert "Section one" in plain


def test_a_completion_has_the_link_of_the_certificate():
    """S4-35"""
    plain, html = texts(sent("completed"))
    assert "https://certificates.example/enr_1\n" in plain
    assert 'href="https://certificates.example/enr_1"' in html


@pytest.mark.parametrize(
    "without", [{"certificate_enabled": 0}, {"org": OrgRow(1, "acme", "Acme Academy", "UTC", "{}")}]
)
def test_a_completion_has_no_link_where_certificates_are_off(without: dict[str, Any]):
    """S4-35"""
    plain, html = texts(sent("completed", **without))
    assert "Congratulations" in plain
    assert "http" not in plain and "href" not in html


def test_admins_read_who_has_completed_what():
    """S4-26, S4-36"""
    plain, _ = texts(sent("completed_admin"))
    assert "Lou Learner (lou@acme.example) has completed Physics" in plain


def test_staff_read_who_asks():
    message = sent("requested", for_staff=True)
    assert message["Subject"] == "Lou Learner asks to join Physics"


@pytest.mark.parametrize(
    ("end_at", "day"),
    [
        ("2026-06-01T03:00:00.000Z", "2026-05-31"),
        ("2026-06-01T04:00:00.000Z", "2026-05-31"),  # midnight
        ("2026-06-01T04:00:00.001Z", "2026-06-01"),
    ],
)
def test_access_ends_on_its_last_day_in_the_organization(end_at: str, day: str):
    """C32: the last day of a roster belongs to the access, which ends when it is over."""
    plain, _ = texts(sent("welcome", end_at=end_at))
    assert f"Your access ends on {day}." in plain


def test_who_has_no_name_is_greeted_without_one():
    nameless = replace(ROW.person, name_first="", name_last="")
    plain, _ = texts(sent("welcome", person=nameless))
    assert plain.startswith("Hello,\n")
    asking = sent("requested", person=nameless, for_staff=True)
    assert asking["Subject"] == "lou@acme.example asks to join Physics"


def test_the_headers_are_those_of_a_notice():
    message = sent("welcome")
    assert message["From"] == "Rollcall <rollcall@learn.example>"
    assert message["Date"].datetime == ENVELOPE.at
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@learn.example>")


def test_the_message_id_is_that_of_the_identity():
    made = letter("welcome", Facts(ROW, SITE))
    later = replace(ENVELOPE, at=datetime(2026, 3, 3, tzinfo=UTC))
    other = replace(ENVELOPE, identity="beta enr_1 welcome")
    ids = [mail(made, envelope)["Message-ID"] for envelope in (ENVELOPE, later, other)]
    assert ids[0] == ids[1] != ids[2]


HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version"}
HEADERS |= {"Content-Type"}
HOSTILE = [
    "Physics\r\nBcc: eve@evil.example",
    "Physics\nBcc: eve@evil.example\n\nhello",
    "Physics\r\n\r\n<script>alert(1)</script>",
    "Physics\x0bBcc: eve@evil.example",
    "Physics\x85Bcc: eve@evil.example",
    "Physics\u2028Bcc: eve@evil.example",
    "=?utf-8?q?Physics=0D=0ABcc:_eve@evil.example?=",
    "=\x00?utf-8?b?UGh5c2ljcw0KQmNjOiBldmVAZXZpbC5leGFtcGxl?=",
    "\u202ephysics",
    "x" * 2000,
    "Физика ä 物理",
    "\r\n.\r\nQUIT",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_title_or_name_adds_a_header_a_recipient_or_markup(text: str):
    require_harmless(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_no_text_at_all_does(text: str):
    require_harmless(text)


TAGS = texts(sent("requested", for_staff=True))[1].count("<")


def require_harmless(text: str) -> None:
    person = replace(ROW.person, name_first=text)
    raw = bytes(mail(letter("requested", Facts(attacked(text, person), SITE, True)), ENVELOPE))
    message = message_from_bytes(raw, policy=default)
    assert set(message.keys()) == HEADERS and len(message.keys()) == len(HEADERS)
    assert [a.addr_spec for a in message["To"].addresses] == ["lou@acme.example"]
    assert raw.isascii()
    assert isinstance(message, EmailMessage)
    _, html = texts(message)
    shown = "".join(c for c in " ".join(text.split()) if c.isprintable())
    assert escape(shown) in html
    assert html.count("<") == html.count(">") == TAGS


def attacked(text: str, person: PersonRow) -> FactsRow:
    org = replace(ROW.org, name=text)
    return replace(ROW, course_title=text, realm_title=text, org=org, person=person)


@pytest.mark.parametrize(
    ("address", "spelled"),
    [
        ("lou@acme.example", "lou@acme.example"),
        (" lou@acme.example ", "lou@acme.example"),
        ("lou@bücher.example", "lou@xn--bcher-kva.example"),
        ("lou+tag@acme.example", "lou+tag@acme.example"),
    ],
)
def test_a_plain_address_is_taken(address: str, spelled: str):
    made = letter("welcome", Facts(ROW, SITE))
    message = mail(made, replace(ENVELOPE, recipient=address))
    assert [a.addr_spec for a in message["To"].addresses] == [spelled]


@pytest.mark.parametrize(
    "address",
    [
        "lou@acme.example, eve@evil.example",
        "lou@acme.example\r\nBcc: eve@evil.example",
        "Lou <lou@acme.example>",
        "lou@acme.example;eve@evil.example",
        "lou",
        "",
        "@acme.example",
    ],
)
def test_any_other_is_refused_for_good(address: str):
    made = letter("welcome", Facts(ROW, SITE))
    with pytest.raises(Undeliverable):
        mail(made, replace(ENVELOPE, recipient=address))
