"""What the settings say about mail."""

import pytest

from procedures.messages.relay import Relay
from procedures.settings import Settings, SettingsError, read_settings

HOST = "mail.example"


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mail.example", Relay(HOST, 25, "offered", None, None)),
        ("smtp://mail.example:2525/", Relay(HOST, 2525, "offered", None, None)),
        ("smtp://me:p%40ss@mail.example", Relay(HOST, 587, "starttls", "me", "p@ss")),
        ("smtps://me:pass@mail.example", Relay(HOST, 465, "tls", "me", "pass")),
        ("smtp://127.0.0.1:1025", Relay("127.0.0.1", 1025, "none", None, None)),
        ("smtp://[::1]", Relay("::1", 25, "none", None, None)),
        ("smtp://localhost", Relay("localhost", 25, "none", None, None)),
    ],
)
def test_a_mail_server_is_a_url(url: str, relay: Relay):
    assert Settings(smtp_url=url).relay == relay


@pytest.mark.parametrize(
    "url", ["mail.example:25", "http://mail.example", "smtp://", "smtp://:s3cret@:x", "smtp://h/p"]
)
def test_what_is_no_such_url_is_refused_without_telling_it(url: str):
    with pytest.raises(SettingsError, match=r"^ROLLCALL_SMTP_URL must be like") as caught:
        read_settings({"ROLLCALL_SMTP_URL": url})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("text", ["a@b.example", "Rollcall <a@b.example>", '"R, c" <a@b.example>'])
def test_a_sender_is_one_address(text: str):
    assert Settings(mail_from=text).sender.addr_spec == "a@b.example"


@pytest.mark.parametrize(
    "text",
    [
        *("", "rollcall", "a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "ä@b.c"),
        *("<", '"', "a@", "@b.c", ".:", " .)", "a@[ "),
    ],
)
def test_any_other_sender_is_refused(text: str):
    with pytest.raises(SettingsError, match="ROLLCALL_MAIL_FROM must be one address"):
        _ = Settings(mail_from=text).sender


def test_links_begin_with_the_public_url():
    assert Settings(public_url="https://learn.example/app/").site == "https://learn.example/app"


@pytest.mark.parametrize(
    "url", ["learn.example", "ftp://learn.example", "https://h/?a", "https://h/#a", "https://"]
)
def test_any_other_public_url_is_refused(url: str):
    with pytest.raises(SettingsError, match="ROLLCALL_PUBLIC_URL must be like"):
        _ = Settings(public_url=url).site


def test_mail_settings_matter_only_where_mail_is_sent():
    assert read_settings({"ROLLCALL_MAIL_FROM": "x"}).relay is None
    with pytest.raises(SettingsError):
        read_settings({"ROLLCALL_MAIL_FROM": "x", "ROLLCALL_SMTP_URL": "smtp://mail.example"})
