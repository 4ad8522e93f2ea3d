"""How much one account and one address may ask for. (T-18, T-30, T-34, T-43)"""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest
from world import Person, World, refused, serving

from procedures import credentials, throttle
from procedures.rates import SUBJECTS, Buckets, network_of
from procedures.strict import behind
from rpc.errors import RPCError

HEALTH = "auth.me"


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(buckets: Buckets, subject: str, times: int) -> int:
    """How many of so many calls go through."""
    through = 0
    for _ in range(times):
        try:
            buckets.take(subject)
        except RPCError as error:
            assert (error.code, error.reason) == ("TOO_MANY_REQUESTS", "too_many_calls")
            assert error.retry_after == 1
        else:
            through += 1
    return through


def test_so_many_come_at_once_and_then_so_many_a_second():
    clock = Clock()
    buckets = Buckets(2, 5, clock)
    assert taken(buckets, "a", 9) == 5
    clock.now = 1.5
    assert taken(buckets, "a", 9) == 3
    clock.now = 1000
    assert taken(buckets, "a", 9) == 5


def test_others_are_not_slowed():
    buckets = Buckets(1, 2, Clock())
    assert taken(buckets, "a", 9) == 2
    assert taken(buckets, "b", 1) == 1


def test_without_a_rate_any_number_comes():
    assert taken(Buckets(0, 1, Clock()), "a", 10_000) == 10_000


def test_a_crowd_takes_a_bounded_place_from_who_has_called_least_lately():
    buckets = Buckets(1, 3, Clock())
    for subject in ("early", *range(SUBJECTS - 1), "early", "late"):
        buckets.take(subject)
    assert len(buckets._levels) == SUBJECTS
    assert (buckets.level("early"), buckets.level(0)) == (1, 3)


async def test_each_call_of_a_batch_counts(database: str):
    async with serving(database, call_rate=1, call_burst=60) as world:
        lia = world.person("usr_lia")
        paths = ",".join([HEALTH] * 50)
        first = await lia.get(paths, params={"batch": "1"})
        second = await lia.get(paths, params={"batch": "1"})
        assert (first.status_code, second.status_code) == (200, 207)
        statuses = [one.get("error", {}).get("data", {}).get("code") for one in second.json()]
        assert 10 <= statuses.count(None) <= 15
        assert {*statuses} == {None, "TOO_MANY_REQUESTS"}
        with refused("TOO_MANY_REQUESTS", reason="too_many_calls") as caught:
            await lia.call(HEALTH)
        assert int(caught.value.answer.headers["retry-after"]) >= 1
        assert (await world.person("usr_leo").call(HEALTH))["userId"] == "usr_leo"


async def test_a_second_session_of_the_account_brings_no_more_calls(database: str):
    async with serving(database, call_rate=1, call_burst=3) as world:
        for _ in range(3):
            await world.person("usr_lia").call(HEALTH)
        with refused("TOO_MANY_REQUESTS", reason="too_many_calls"):
            await world.browser("usr_lia").call(HEALTH)


async def keyed(who: Person, key: str, title: str) -> int:
    """The status of a call under a key."""
    head = {"idempotency-key": key}
    return (await who.post("course.create", json={"title": title}, headers=head)).status_code


@pytest.mark.parametrize(
    ("key", "title", "status"),
    [("new {}", "A", 200), ("k", "A", 200), ("k", "B {}", 409), ("", "A", 400)],
)
async def test_calls_under_a_key_count_too(database: str, key: str, title: str, status: int):
    """Whether they are done, answered again, or refused for their key; each once."""
    async with serving(database, call_rate=1) as world:
        ada = world.person("usr_ada")
        await keyed(ada, "k", "A")
        world.app.service.limits.calls = Buckets(1, 4)
        statuses = [await keyed(ada, key.format(n), title.format(n)) for n in range(6)]
        assert statuses == [status] * 4 + [429] * 2


async def test_as_set_by_default_sixty_who_race_are_all_answered(world: World):
    lia = world.person("usr_lia")
    answers = await asyncio.gather(*(lia.get(HEALTH) for _ in range(60)))
    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("key", [{}, {"idempotency-key": "k"}])
async def test_wrong_credentials_are_counted_for_their_address_and_shut_out_nobody(
    world: World, key: dict[str, str]
):
    world.app.service.limits.failures = Buckets(1, 3)
    stranger = world.stranger(authorization="Bearer nonsense", **key)
    statuses = [(await stranger.post("auth.logout", json={})).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    assert (await world.person("usr_lia").call(HEALTH))["userId"] == "usr_lia"


WRONG = {"password": "wrong"}


async def test_an_address_that_tries_many_accounts_has_to_wait(world: World, monkeypatch):
    with monkeypatch.context() as cheaper:
        cheaper.setitem(credentials.SCRYPT, "n", 2)  # as a hundred hashes take ten seconds
        for number in range(100):
            guess = WRONG | {"email": f"u{number % 50}@x.example"}
            with refused("UNAUTHORIZED"):
                await world.stranger().call("auth.login", **guess)
    with refused("TOO_MANY_REQUESTS", reason="too_many_failures") as caught:
        await world.stranger().call("auth.login", email="lia@acme.example", **WRONG)
    assert int(caught.value.answer.headers["retry-after"]) == 600
    world.clock.advance(minutes=10, seconds=1)
    good = {"email": "lia@acme.example", "password": "correct horse"}
    assert (await world.stranger().call("auth.login", **good))["userId"] == "usr_lia"


@pytest.mark.parametrize(
    ("other", "waits"), [("2001:db8:0:1::ffff", True), ("2001:db8:0:2::1", False)]
)
async def test_who_has_a_network_of_addresses_is_one(
    database: str, monkeypatch: pytest.MonkeyPatch, other: str, waits: bool
):
    monkeypatch.setattr(throttle, "ADDRESS_LIMIT", 3)
    async with serving(database, proxies=1) as world:
        for number in range(3):
            stranger = world.stranger(**{"x-forwarded-for": f"2001:db8:0:1::{number}"})
            with refused("UNAUTHORIZED"):
                await stranger.call("auth.login", email=f"u{number}@x.example", **WRONG)
        stranger = world.stranger(**{"x-forwarded-for": other})
        answer = await stranger.post("auth.login", json=WRONG | {"email": "u9@x.example"})
        assert answer.status_code == (429 if waits else 401)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("9.9.9.9", "9.9.9.9"),
        ("::ffff:9.9.9.9", "9.9.9.9"),
        ("2001:db8::9", "2001:db8::/64"),
        ("not:one", "not:one"),
        ("", ""),
    ],
)
def test_failures_are_counted_for_a_network(address: str, network: str):
    assert network_of(address) == network


async def test_of_many_who_sign_in_at_once_some_have_to_come_again(world: World, monkeypatch):
    """The others are tried two at a time, and who is there already waits for none of them."""
    monkeypatch.setattr(throttle, "LINE", 10)
    guesses = [WRONG | {"email": f"u{number}@x.example"} for number in range(40)]
    asks = [world.stranger().post("auth.login", json=guess) for guess in guesses]
    flood = asyncio.gather(*asks)
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert (await world.person("usr_lia").call(HEALTH))["userId"] == "usr_lia"
    answers = await flood
    assert {answer.status_code for answer in answers} == {401, 429}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.headers["retry-after"] for answer in refused} == {"1"}


async def test_one_account_has_so_many_subscriptions_at_once(database: str):
    async with serving(database, max_streams=2) as world, AsyncExitStack() as stack:
        ada, streams = world.person("usr_ada"), []
        for _ in range(2):
            stream = world.http.stream("GET", "/rpc/enrollment.onChange", headers=ada.headers)
            streams.append((await stack.enter_async_context(stream)).aiter_text())
            assert "connected" in await anext(streams[-1])
        async with asyncio.timeout(10):
            while len([*world.app.service.live]) < 2:
                await asyncio.sleep(0.01)
        assert "too_many_streams" in (await ada.get("enrollment.onChange")).text
        leo = world.http.stream(
            "GET", "/rpc/enrollment.onChange", headers=world.person("usr_leo").headers
        )
        streams.append((await stack.enter_async_context(leo)).aiter_text())
        assert "serialized-error" not in await anext(streams[-1])


async def first_events(stack: AsyncExitStack, who: Person) -> str:
    """How a stream begins: until it is refused, or silent for a while."""
    stream = who.http.stream("GET", "/rpc/enrollment.onChange", headers=who.headers)
    answer, said = await stack.enter_async_context(stream), ""
    with suppress(TimeoutError):
        async with asyncio.timeout(1):
            async for text in answer.aiter_text():
                said += text
    return said


async def test_of_subscriptions_that_begin_at_once_no_more_are_followed(database: str):
    async with serving(database, max_streams=2) as world, AsyncExitStack() as stack:
        ada = world.person("usr_ada")
        said = await asyncio.gather(*(first_events(stack, ada) for _ in range(12)))
        assert ["too_many_streams" in each for each in said].count(True) == 10


@pytest.mark.parametrize(
    ("proxies", "told", "client"),
    [
        (0, [b"9.9.9.9"], "1.1.1.1"),
        (1, [b"9.9.9.9"], "9.9.9.9"),
        (1, [b"6.6.6.6, 9.9.9.9"], "9.9.9.9"),
        (2, [b"6.6.6.6, 9.9.9.9", b"2.2.2.2"], "9.9.9.9"),
        (2, [b"9.9.9.9"], "1.1.1.1"),
        (1, [], "1.1.1.1"),
        (1, [b"9.9.9.9:4711"], "9.9.9.9"),
        (1, [b"[2001:db8::1]:4711"], "2001:db8::1"),
        (1, [b"2001:db8::1"], "2001:db8::1"),
    ],
)
def test_of_forwarded_addresses_only_those_of_our_own_proxies_count(
    proxies: int, told: list[bytes], client: str
):
    headers = [(b"x-forwarded-for", line) for line in told]
    scope = {"headers": headers, "client": ("1.1.1.1", 80), "scheme": "http"}
    found = behind(proxies, scope) if proxies else scope
    assert found["client"][0] == client
