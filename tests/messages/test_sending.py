"""Mails leave after the commit, are tried again, and parked in the end."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from commands import free_port
from receivers import MailServer, mail_server, pass_time, sending, texts, until
from world import NOW, Person, World, refused

from procedures.instants import instant, later
from procedures.messages import smtp, worker
from procedures.messages.texts import LETTERS
from procedures.store import outbox

ENROLL, LIST = "enrollment.enroll", "outbox.list"
OPEN = {"courseId": "crs_open"}
# The waits after the first five attempts in vain, in minutes.
WAITS = [1, 5, 30, 120, 720]


pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
async def post() -> AsyncIterator[MailServer]:
    async with mail_server() as server:
        yield server


@pytest.fixture
async def world(database: str, post: MailServer) -> AsyncIterator[World]:
    """The service with a mail server."""
    site = "https://learn.example/"
    async with sending(database, smtp_url=post.url, public_url=site) as running:
        yield running


def messages(world: World) -> list[dict[str, Any]]:
    names = ("recipient", "template", "attempts", "next_at", "sent_at", "last_error")
    rows = world.rows(f"select {', '.join(names)} from outbox order by id")
    return [dict(zip(names, row, strict=True)) for row in rows]


def message(world: World) -> dict[str, Any]:
    [only] = messages(world)
    return only


async def test_a_welcome_is_sent_at_once(world: World, post: MailServer, lou: Person):
    """S4-34"""
    await lou.call(ENROLL, **OPEN)
    await until(lambda: post.taken and message(world)["sent_at"])
    [mail], [[recipient]] = post.taken, post.recipients
    assert (recipient, mail["To"], mail["From"]) == (
        "lou@acme.example",
        "lou@acme.example",
        "rollcall@localhost",
    )
    assert mail["Subject"] == "Welcome to Open"
    for text in texts(mail):
        assert "Open at Acme Academy" in text
        assert "https://learn.example/courses/crs_open" in text
    assert message(world) == {
        "recipient": "lou@acme.example",
        "template": "welcome",
        "attempts": 1,
        "next_at": None,
        "sent_at": NOW,
        "last_error": None,
    }


CERTIFIED = "update org set settings = :settings where key = 'acme'"
SETTINGS = """
    {"adminEmails":["office@acme.example"],"certificateUrl":"https://certificates.example/{enrollment}"}
"""


async def test_a_completion_tells_the_learner_and_the_admins_once(
    world: World, post: MailServer, ada: Person, lia: Person
):
    """S4-25, S4-26, S4-35, S4-36"""
    world.change(CERTIFIED, settings=SETTINGS)
    world.change("update course set certificate_enabled = 1 where key = 'crs_past'")
    for _ in range(2):
        await lia.call("enrollment.update", courseId="crs_past", status="completed")
    await until(lambda: len(post.taken) == 2 and all(row["sent_at"] for row in messages(world)))
    by_recipient = dict(zip((to for [to] in post.recipients), post.taken, strict=True))
    plain, _ = texts(by_recipient["lia@acme.example"])
    assert "Congratulations! You have completed History" in plain
    assert "https://certificates.example/enr_lia\n" in plain
    plain, _ = texts(by_recipient["office@acme.example"])
    assert "Lia (lia@acme.example) has completed History" in plain


async def test_a_request_is_told_to_the_learner_and_to_admins_in_words_of_their_own(
    world: World, post: MailServer, lou: Person
):
    world.change("update course set join_policy = 'request' where key = 'crs_open'")
    await lou.call(ENROLL, **OPEN)
    await until(lambda: len(post.taken) == 2)
    subjects = {to: mail["Subject"] for [to], mail in zip(post.recipients, post.taken, strict=True)}
    assert subjects == {
        "lou@acme.example": "You have asked to join Open",
        "ada@acme.example": "lou@acme.example asks to join Open",
    }


async def test_nothing_is_sent_for_a_refused_call(world: World, post: MailServer, lou: Person):
    with refused("CONFLICT", reason="full"):
        await lou.call(ENROLL, courseId="crs_none")
    await lou.call(ENROLL, **OPEN)
    await until(lambda: post.taken)
    assert [mail["Subject"] for mail in post.taken] == ["Welcome to Open"]


@pytest.mark.parametrize("answer", ["450 busy", "550 no such mailbox"])
async def test_a_refused_mail_is_tried_again_under_the_same_id(
    world: World, post: MailServer, lou: Person, answer: str
):
    post.treatments = ["drop", answer]
    await lou.call(ENROLL, **OPEN)
    await until(lambda: message(world)["last_error"])
    assert message(world)["next_at"] == "2026-03-02T09:01:00.000Z"
    pass_time(world, minutes=1)
    await until(lambda: message(world)["attempts"] == 2 and answer in message(world)["last_error"])
    pass_time(world, minutes=5)
    await until(lambda: message(world)["sent_at"])
    assert message(world)["attempts"] == 3
    first, second = post.by_id()  # the mail server had taken it when it hung up
    assert first == second


async def test_a_mail_is_tried_six_times_and_then_parked(
    world: World, post: MailServer, ada: Person, lou: Person
):
    post.refused = {"lou@acme.example"}
    await lou.call(ENROLL, **OPEN)
    for count, minutes in enumerate(WAITS, 1):
        due = later(instant(world.clock()), minutes=minutes)
        await until(lambda n=count, at=due: failed(world) == (n, at))
        pass_time(world, minutes=minutes)
    await until(lambda: message(world)["next_at"] is None)
    [parked] = await ada.items(LIST)
    assert (parked["attempts"], parked["nextAt"], parked["sentAt"]) == (6, None, None)
    assert parked["lastError"] == "the mail server said: 550 no such mailbox"


SAID = "the mail server said: 550 "
WORDS = {
    "neither UTF-8 nor storable": (b"550 bo\xeete \0pleine", "bo?te pleine"),
    "UTF-8": ("550 boîte pleine".encode(), "boîte pleine"),
    "several lines": (b"550-no\r\n550-such\r\n550 mailbox", "no such mailbox"),
    "commands to a terminal": (b"550 \x1b[2Jno\x07 such\x7f mailbox", "[2Jno such mailbox"),
    "more than anybody reads": (b"550 " + b"x" * 7000, "x" * (500 - len(SAID))),
}


@pytest.mark.parametrize(("words", "kept"), WORDS.values(), ids=WORDS)
async def test_whatever_a_mail_server_says_is_noted_and_its_mail_parked_in_the_end(
    database: str, words: bytes, kept: str
):
    server = await asyncio.start_server(refusing(words), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, sending(database, smtp_url=f"smtp://127.0.0.1:{port}") as world:
        await world.person("usr_lou").call(ENROLL, **OPEN)
        await until(lambda: message(world)["last_error"])
        assert message(world)["last_error"] == SAID + kept
        assert message(world)["next_at"] == "2026-03-02T09:01:00.000Z"
        world.change("update outbox set attempts = 5")
        pass_time(world, minutes=1)
        await until(lambda: message(world)["next_at"] is None)
        assert (message(world)["attempts"], message(world)["sent_at"]) == (6, None)


async def test_an_address_that_the_mail_server_cannot_take_is_told(database: str):
    server = await asyncio.start_server(refusing(b"250 well"), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, sending(database, smtp_url=f"smtp://127.0.0.1:{port}") as world:
        world.change("update account set email = 'loü@acme.example' where key = 'usr_lou'")
        await world.person("usr_lou").call(ENROLL, **OPEN)
        await until(lambda: message(world)["last_error"])
        assert message(world)["last_error"] == "the mail server cannot take this address"


def refusing(words: bytes) -> Callable[[StreamReader, StreamWriter], Awaitable[None]]:
    """A mail server that refuses every recipient in these words."""

    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        async for line in reader:
            writer.write((words if line.startswith(b"RCPT") else b"250 well") + b"\r\n")
        writer.close()

    return talk


def failed(world: World) -> tuple[int, str]:
    """How many attempts were in vain, and when the next one is due."""
    row = message(world)
    return (row["attempts"] if row["last_error"] else 0, row["next_at"])


async def test_a_parked_mail_can_be_tried_again(
    world: World, post: MailServer, ada: Person, lou: Person
):
    post.refused = {"lou@acme.example"}
    await lou.call(ENROLL, **OPEN)
    await until(lambda: message(world)["last_error"])
    world.change("update outbox set attempts = 6, next_at = null")
    [parked] = await ada.items(LIST)
    post.refused = set()
    answer = await ada.call("outbox.retry", id=parked["id"])
    assert (answer["attempts"], answer["nextAt"]) == (0, NOW)
    await until(lambda: message(world)["sent_at"])
    with refused("CONFLICT", reason="already_sent"):
        await ada.call("outbox.retry", id=parked["id"])


async def test_a_mail_that_is_on_its_way_is_not_sent_twice_by_a_retry(
    world: World, post: MailServer, ada: Person, lou: Person
):
    post.treatments = ["stall"]
    await lou.call(ENROLL, **OPEN)
    await until(lambda: post.seen)
    [waiting] = await ada.items(LIST)
    assert await ada.call("outbox.retry", id=waiting["id"]) == waiting
    assert len(post.seen) == 1


async def test_only_admins_retry_and_only_what_is_theirs(world: World, lou: Person):
    await lou.call(ENROLL, **OPEN)
    id = str(world.value("select id from outbox"))
    with refused("FORBIDDEN", reason="admin_required"):
        await lou.call("outbox.retry", id=id)
    for other in (id, "999"):
        with refused("NOT_FOUND"):
            await world.person("usr_bea", "beta").call("outbox.retry", id=other)


POISON = """
    insert into outbox (org_id, event_id, channel, recipient, template, dedupe, next_at)
    select org_id, id, 'email', :recipient, :template, :recipient || :template,
           '2026-03-01T00:00:00.000Z'
    from event limit 1
"""


async def test_what_cannot_be_made_into_a_mail_is_parked_and_holds_up_nothing(
    database: str, post: MailServer
):
    poison = [
        ("lou@acme.example", "no_such_template"),
        ("lou@acme.example,eve@evil.example", "welcome"),
        ("lou@acme.example\r\nBcc: eve@evil.example", "welcome"),
        ("lou", "welcome"),
    ]
    async with sending(database, smtp_url=post.url) as world:
        for recipient, template in poison:
            world.change(POISON, recipient=recipient, template=template)
        learners = [world.person(f"usr_{name}") for name in ("lou", "leo", "lia")]
        await asyncio.gather(*(person.call(ENROLL, **OPEN) for person in learners))
        await until(lambda: len(post.taken) == 3)
        await until(lambda: all(row["next_at"] is None for row in messages(world)))
        parked = [row for row in messages(world) if row["sent_at"] is None]
    assert [row["attempts"] for row in parked] == [1] * len(poison)
    assert parked[0]["last_error"] == "there is no template no_such_template"
    assert all(row["last_error"].startswith("the recipient is ") for row in parked[1:])
    assert {address for to in post.recipients for address in to} == {
        f"{name}@acme.example" for name in ("lou", "leo", "lia")
    }


async def test_a_mail_is_parked_when_the_making_of_it_fails(
    world: World, lou: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(LETTERS, "welcome", lambda facts: 1 / 0)
    await lou.call(ENROLL, **OPEN)
    await until(lambda: message(world)["last_error"])
    error = "the message could not be made (ZeroDivisionError)"
    assert (message(world)["last_error"], message(world)["next_at"]) == (error, None)


async def test_an_unexpected_error_is_not_the_last_attempt(
    world: World, lou: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(smtp.Mailer, "send", lambda self, mail: 1 / 0)
    await lou.call(ENROLL, **OPEN)
    await until(lambda: message(world)["last_error"])
    error = "an unexpected error; see the log of the service"
    due = "2026-03-02T09:01:00.000Z"
    assert (message(world)["last_error"], message(world)["next_at"]) == (error, due)


async def test_a_stalling_mail_server_does_not_hang_anybody(
    database: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker, "PATIENCE", 0.2)
    async with mail_server("stall") as post, sending(database, smtp_url=post.url) as world:
        lou = world.person("usr_lou")
        await lou.call(ENROLL, **OPEN)
        await until(lambda: message(world)["last_error"])
        assert message(world)["last_error"] == "it took more than 0.2 seconds"
        pass_time(world, minutes=1)
        await until(lambda: message(world)["sent_at"])
        assert len(set(post.by_id())) == 1


async def test_a_mail_server_that_says_nothing_is_given_up(
    database: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(smtp, "PATIENCE", 0.1)
    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent, sending(database, smtp_url=f"smtp://127.0.0.1:{port}") as world:
        await world.person("usr_lou").call(ENROLL, **OPEN)
        await until(lambda: message(world)["last_error"])
        assert message(world)["last_error"] == "the mail server did not answer in time"


async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def test_without_a_mail_server_at_its_address_mail_waits(database: str):
    async with sending(database, smtp_url=f"smtp://127.0.0.1:{free_port()}") as world:
        await world.person("usr_lou").call(ENROLL, **OPEN)
        await until(lambda: message(world)["last_error"])
        row = message(world)
        assert row["last_error"] == "the mail server could not be reached, or hung up"
        assert row["next_at"] == "2026-03-02T09:01:00.000Z"


async def test_mails_share_a_connection_while_there_are_more(
    world: World, post: MailServer, ada: Person
):
    items = [
        {"op": "create", "courseId": f"crs_{course}", "userId": f"usr_{user}"}
        for course in ("open", "maths", "logic")
        for user in ("lia", "leo", "lou", "tom", "bob")
    ]
    await ada.call("enrollment.bulk", items=items, notify=True)
    await until(lambda: len(post.taken) == len(items))
    assert post.connections < len(items)
    await until(lambda: post.goodbyes == post.connections)


async def test_stopping_waits_a_while_for_what_is_on_its_way(
    database: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker, "GRACE", 10)
    async with mail_server("slow") as post:
        async with sending(database, smtp_url=post.url) as world:
            await world.person("usr_lou").call(ENROLL, **OPEN)
            await until(lambda: post.seen)
        async with sending(database) as again:
            assert message(again)["sent_at"]


async def test_stopping_gives_back_what_is_on_its_way(database: str):
    async with mail_server("stall") as post:
        async with sending(database, smtp_url=post.url) as world:
            await world.person("usr_lou").call(ENROLL, **OPEN)
            await until(lambda: post.seen)
        async with sending(database, smtp_url=post.url) as again:
            await until(lambda: message(again)["sent_at"])
        assert len(set(post.by_id())) == 1


@pytest.mark.parametrize(
    ("step", "said"), [("claim", "cannot be worked on"), ("settle", "will be sent once more")]
)
async def test_a_fault_of_the_database_loses_no_mail(
    world: World,
    post: MailServer,
    lou: Person,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    step: str,
    said: str,
):
    work, faults = getattr(outbox, step), [OSError("the disk is full")]

    def failing(*given: Any) -> Any:
        if faults:
            raise faults.pop()
        return work(*given)

    monkeypatch.setattr(outbox, step, failing)
    await lou.call(ENROLL, **OPEN)
    await until(lambda: said in caplog.text)
    pass_time(world, seconds=45)
    await until(lambda: message(world)["sent_at"])
    assert len(set(post.by_id())) == 1


async def test_who_is_killed_with_a_mail_in_hand_loses_it_to_others(
    world: World, post: MailServer, lou: Person
):
    world.change("update outbox set attempts = 1")
    post.treatments = ["450 busy"]
    await lou.call(ENROLL, **OPEN)
    await until(lambda: message(world)["last_error"])
    claimed = "update outbox set attempts = 1, last_error = null, next_at = :until"
    world.change(claimed, until="2026-03-02T09:00:45.000Z")
    pass_time(world, seconds=45)
    await until(lambda: message(world)["sent_at"])
    assert message(world)["attempts"] == 2
