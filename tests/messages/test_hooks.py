"""Events go to webhooks: signed, tried again, parked, never into our own network."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from commands import free_port
from receivers import WebServer, is_signed, pass_time, sending, until, web_server
from world import NOW, Person, World, refused

from procedures.messages.addresses import Target, is_public, require_public, resolved, target_of
from procedures.messages.failures import Undelivered
from procedures.messages.hooks import Delivery, deliver

ENROLL, CREATE, LIST = "enrollment.enroll", "webhook.create", "outbox.list"
OPEN = {"courseId": "crs_open"}
WAITS = [1, 5, 30, 120, 720]


pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    async with sending(database) as running:
        yield running


@pytest.fixture
async def hook() -> AsyncIterator[WebServer]:
    async with web_server() as server:
        yield server


def deliveries(world: World) -> list[tuple[Any, ...]]:
    """Attempts, and whether each waits, was sent, or (neither) is parked."""
    return world.rows("""
        select attempts, next_at is not null, sent_at is not null from outbox
        where channel = 'webhook' order by id
    """)


async def test_an_event_is_delivered_signed(world: World, hook: WebServer, ada: Person):
    made = await ada.call(CREATE, url=hook.url)
    await world.person("usr_lou").call(ENROLL, **OPEN)
    await until(lambda: deliveries(world) == [(1, 0, 1)])
    [(line, headers, body)] = hook.requests
    assert line == "POST /hook?a=b HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert headers["host"] == hook.url.removeprefix("http://").partition("/")[0]
    assert headers["webhook-timestamp"] == str(int(world.clock().timestamp()))
    assert is_signed(made["secret"], headers, body)
    [event] = await world.person("usr_lou").items("enrollment.history", **OPEN)
    assert hook.events == [event]
    assert headers["webhook-id"] == event["id"]


async def test_a_failing_receiver_gets_six_attempts_under_one_id(
    world: World, hook: WebServer, ada: Person, lou: Person
):
    hook.statuses = [500, 300, 410, 429, 503, 400]
    made = await ada.call(CREATE, url=hook.url)
    await lou.call(ENROLL, **OPEN)
    for count, minutes in enumerate(WAITS, 1):
        await until(lambda n=count: len(hook.requests) == n and failed(world))
        pass_time(world, minutes=minutes)
    await until(lambda: deliveries(world) == [(6, 0, 0)])
    assert len({headers["webhook-id"] for _, headers, _ in hook.requests}) == 1
    assert len({headers["webhook-timestamp"] for _, headers, _ in hook.requests}) == 6
    assert all(is_signed(made["secret"], headers, body) for _, headers, body in hook.requests)
    [parked] = [m for m in await ada.items(LIST) if m["channel"] == "webhook"]
    assert (parked["recipient"], parked["template"]) == (made["id"], "enrolled")
    assert parked["lastError"] == "the receiver answered 400"


def failed(world: World) -> bool:
    """Whether the last attempt is written down as in vain."""
    waits = "select next_at from outbox where channel = 'webhook' and last_error is not null"
    next_at = world.value(waits)
    return next_at is not None and next_at[:16] > world.clock().isoformat()[:16]


async def test_a_replay_delivers_what_is_parked(
    world: World, hook: WebServer, ada: Person, lou: Person
):
    made = await ada.call(CREATE, url=hook.url)
    await lou.call(ENROLL, **OPEN)
    await until(lambda: deliveries(world) == [(1, 0, 1)])
    world.change("update outbox set sent_at = null, attempts = 6 where channel = 'webhook'")
    before = int(hook.events[0]["id"]) - 1
    answer = await ada.call("webhook.replay", id=made["id"], after=str(before))
    assert answer == {"count": 1, "nextAfter": None}
    await until(lambda: len(hook.requests) == 2)
    assert hook.events[0] == hook.events[1]
    await until(lambda: deliveries(world) == [(1, 0, 1)])


async def test_what_is_for_a_webhook_that_is_gone_is_parked(world: World, ada: Person, lou: Person):
    """It was on its way when the webhook was deleted."""
    await ada.call(CREATE, url=f"http://127.0.0.1:{free_port()}/")
    await lou.call(ENROLL, **OPEN)
    await until(lambda: failed(world))
    world.change("delete from webhook")
    pass_time(world, minutes=1)
    await until(lambda: deliveries(world) == [(2, 0, 0)])
    [parked] = [m for m in await ada.items(LIST) if m["channel"] == "webhook"]
    assert parked["lastError"] == "there is no such webhook any more"


async def test_a_redirect_is_not_followed(world: World, hook: WebServer, ada: Person, lou: Person):
    hook.statuses = [307]
    async with web_server() as elsewhere:
        hook.extra = f"location: {elsewhere.url}\r\n".encode()
        await ada.call(CREATE, url=hook.url)
        await lou.call(ENROLL, **OPEN)
        await until(lambda: failed(world))
        assert elsewhere.requests == []


async def test_a_slow_receiver_holds_up_nobody_else(world: World, hook: WebServer, ada: Person):
    async with web_server(*["stall"] * 50) as slow:
        await ada.call(CREATE, url=slow.url)
        await ada.call(CREATE, url=hook.url)
        items = [
            {"op": "create", "courseId": f"crs_{course}", "userId": f"usr_{user}"}
            for course in ("open", "maths", "logic", "past")
            for user in ("lou", "bob", "ina")
        ]
        await ada.call("enrollment.bulk", items=items)
        await until(lambda: len(hook.requests) == len(items))
        assert len(slow.requests) <= 3


async def test_many_slow_receivers_hold_up_no_other_organization(
    world: World, hook: WebServer, ada: Person
):
    bea = world.person("usr_bea", "beta")
    async with web_server(*["stall"] * 50) as slow:
        for _ in range(17):
            await ada.call(CREATE, url=slow.url)
        await bea.call(CREATE, url=hook.url)
        items = [
            {"op": "create", "courseId": "crs_open", "userId": f"usr_{user}"}
            for user in ("lou", "bob", "ina")
        ]
        await ada.call("enrollment.bulk", items=items)
        await until(lambda: len(slow.requests) >= 8)
        await bea.call("enrollment.enroll", courseId="crs_beta", userId="usr_bob")
        await until(lambda: len(hook.requests) == 1)
        assert len(slow.requests) <= 9


async def test_names_that_nobody_answers_for_hold_up_no_others(monkeypatch: pytest.MonkeyPatch):
    """As the mail server's, which is looked up in the threads of the loop."""
    end, found = threading.Event(), socket.getaddrinfo

    def slow(host: str, *about: Any, **more: Any) -> Any:
        if host == "slow.example":
            end.wait(30)
        return found("localhost", *about[:1], **more)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    target = target_of("https://slow.example/")
    waiting = [asyncio.create_task(resolved(target, public_only=True)) for _ in range(32)]
    await asyncio.sleep(0)
    try:
        async with asyncio.timeout(5):
            assert await asyncio.get_running_loop().getaddrinfo("localhost", 25)
    finally:
        end.set()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_an_answer_without_end_is_not_read_to_its_end(hook: WebServer):
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 so\r\n")
        try:
            while True:
                writer.write(b"x-a: " + b"y" * 1000 + b"\r\n")
                await writer.drain()
        except OSError:
            writer.close()

    server = await asyncio.start_server(endless, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(Undelivered, match="did not answer in HTTP"):
            await deliver(to(f"http://127.0.0.1:{port}/"), public_only=False)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 ", b"\x16\x03\x01"])
async def test_what_speaks_no_http_is_a_failure(answer: bytes):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(Undelivered, match="did not answer in HTTP"):
            await deliver(to(f"http://127.0.0.1:{port}/"), public_only=False)


async def test_who_does_not_listen_is_a_failure():
    with pytest.raises(Undelivered, match="could not be reached"):
        await deliver(to(f"http://127.0.0.1:{free_port()}/"), public_only=False)


def to(url: str) -> Delivery:
    return Delivery(url, "whsec_c2VjcmV0", "1", 1614265330, b"{}")


def test_the_signature_is_that_of_standard_webhooks():
    """The example that the specification's libraries are tested with."""
    delivery = Delivery(
        "https://receiver.example",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert delivery.signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fd00::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_our_own_network_is_not_public(address: str):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_an_address_of_the_internet_is_public(address: str):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/",
        "https://127.0.0.1/",
        "https://[::1]:8443/",
        "https://localhost/",
        "https://a.localhost/",
        "https://169.254.169.254/latest",
    ],
)
def test_production_refuses_what_looks_private(url: str):
    with pytest.raises(ValueError, match="must"):
        require_public(target_of(url))


@pytest.mark.parametrize(
    ("url", "target", "authority"),
    [
        ("https://h", Target("h", 443, True, "/"), "h"),
        ("http://h/a", Target("h", 80, False, "/a"), "h"),
        ("http://h:443?b", Target("h", 443, False, "/?b"), "h:443"),
        ("https://[::1]:8443/a?b", Target("::1", 8443, True, "/a?b"), "[::1]:8443"),
    ],
)
def test_an_address_has_a_port_and_a_path_even_where_it_names_none(
    url: str, target: Target, authority: str
):
    assert target_of(url) == target
    assert target.authority == authority


def test_production_takes_https_and_a_name():
    require_public(target_of("https://receiver.example:8443/hook"))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "localhost"])
async def test_production_looks_at_what_a_name_leads_to(host: str):
    with pytest.raises(Undelivered, match="in a private network"):
        await resolved(target_of(f"https://{host}/"), public_only=True)


async def test_a_name_one_of_whose_addresses_is_private_is_refused(
    monkeypatch: pytest.MonkeyPatch,
):
    addresses = ["8.8.8.8", "10.0.0.1"]

    def found(host: str, port: int, *more: Any, **named: Any) -> list[tuple[Any, ...]]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    target = target_of("https://receiver.example/")
    with pytest.raises(Undelivered, match="in a private network"):
        await resolved(target, public_only=True)
    assert await resolved(target, public_only=False) == addresses
    addresses.pop()
    assert await resolved(target, public_only=True) == ["8.8.8.8"]


async def test_production_does_not_deliver_into_its_own_network(database: str, hook: WebServer):
    async with sending(database) as world:
        await world.person("usr_ada").call(CREATE, url=hook.url)
    async with sending(database, environment="production") as world:
        await world.person("usr_lou").call(ENROLL, **OPEN)
        await until(lambda: failed(world))
    assert hook.requests == []


async def test_production_delivers_over_tls_only():
    with pytest.raises(Undelivered, match="the address must begin with https://"):
        await deliver(to("http://8.8.8.8/"), public_only=True)


async def test_production_registers_only_public_https(database: str, hook: WebServer):
    async with sending(database, environment="production") as world:
        ada = world.person("usr_ada")
        with refused("BAD_REQUEST", reason="invalid_input"):
            await ada.call(CREATE, url=hook.url)
        made = await ada.call(CREATE, url="https://receiver.example/hook")
        assert made["active"] is True


@pytest.mark.parametrize(
    "url",
    [
        "",
        "receiver.example",
        "ftp://receiver.example",
        "https://",
        "https://user:pass@receiver.example/",
        "https://receiver.example/#top",
        "https://receiver.example/a b",
        "https://receiver.example/\r\nx: y",
        "https://receiver.example:99999/",
        "https://recëiver.example/",
        "https://receiver.example\\@evil.example/",
    ],
)
async def test_what_is_no_plain_web_address_is_refused(ada: Person, url: str):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(CREATE, url=url)


async def test_a_host_that_does_not_exist_is_a_failure_not_a_crash(monkeypatch: pytest.MonkeyPatch):
    def missing(*more: Any, **named: Any) -> list[tuple[Any, ...]]:
        raise socket.gaierror("Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", missing)
    with pytest.raises(Undelivered, match=r"there is no host gone\.example"):
        await deliver(to("https://gone.example/"), public_only=True)


async def test_a_delivery_is_queued_with_its_event_or_not_at_all(world: World, ada: Person):
    await ada.call(CREATE, url=f"http://127.0.0.1:{free_port()}/")
    with refused("CONFLICT", reason="full"):
        await world.person("usr_lou").call(ENROLL, courseId="crs_none")
    assert deliveries(world) == []
    await world.person("usr_lou").call(ENROLL, **OPEN)
    assert len(deliveries(world)) == 1
    assert world.value("select min(next_at) from outbox") >= NOW
