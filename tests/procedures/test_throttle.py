"""Wrong passwords are borne ten times in ten minutes, whether or not there is an account."""

import asyncio
from pathlib import Path

import pytest
from world import World, refused, serving

LOGIN = "auth.login"
LIA = {"email": "lia@acme.example", "password": "correct horse"}
WRONG = LIA | {"password": "wrong"}
TEN_MINUTES = 600


async def fail(world: World, given: dict, times: int) -> None:
    for _ in range(times):
        with refused("UNAUTHORIZED"):
            await world.stranger().call(LOGIN, **given)


async def test_after_ten_wrong_passwords_the_right_one_has_to_wait(world: World):
    await fail(world, WRONG, 1)
    world.clock.advance(seconds=60.5)
    await fail(world, WRONG, 9)
    with refused("TOO_MANY_REQUESTS", reason="too_many_failures") as caught:
        await world.stranger().call(LOGIN, **LIA)
    assert caught.value.answer.headers["retry-after"] == str(TEN_MINUTES - 60)
    assert "set-cookie" not in caught.value.answer.headers
    world.clock.advance(seconds=TEN_MINUTES - 60.5)
    assert (await world.stranger().call(LOGIN, **LIA))["userId"] == "usr_lia"


async def test_nine_wrong_passwords_are_borne(world: World):
    await fail(world, WRONG, 9)
    assert (await world.stranger().call(LOGIN, **LIA))["userId"] == "usr_lia"


@pytest.mark.parametrize(("back", "waits"), [({"minutes": 2}, True), ({"days": 1}, False)])
async def test_a_clock_that_is_set_back_makes_nobody_wait_for_that_too(
    world: World, back: dict[str, int], waits: bool
):
    await fail(world, WRONG, 10)
    world.clock.advance(**{unit: -number for unit, number in back.items()})
    answer = await world.stranger().post(LOGIN, json=LIA)
    assert answer.status_code == (429 if waits else 200)
    assert int(answer.headers.get("retry-after", 0)) <= TEN_MINUTES + 120


@pytest.mark.parametrize("email", ["nobody@acme.example", "leo@acme.example", "no address", ""])
async def test_who_has_no_account_or_password_has_to_wait_alike(world: World, email: str):
    given = {"email": email, "password": "wrong"}
    await fail(world, given, 10)
    answer = await world.stranger().post(LOGIN, json=given)
    await fail(world, WRONG, 10)
    known = await world.stranger().post(LOGIN, json=WRONG)
    assert (answer.status_code, answer.content) == (429, known.content)


async def test_the_address_counts_in_any_case(world: World):
    await fail(world, WRONG, 5)
    await fail(world, WRONG | {"email": " LIA@Acme.Example "}, 5)
    with refused("TOO_MANY_REQUESTS", reason="too_many_failures"):
        await world.stranger().call(LOGIN, **LIA)


async def test_one_who_fails_keeps_nobody_else_out(world: World):
    await fail(world, WRONG, 10)
    bob = {"email": "bob@both.example", "password": "battery staple"}
    assert (await world.stranger().call(LOGIN, **bob))["userId"] == "usr_bob"


async def test_of_many_tried_at_one_moment_ten_are_told(world: World):
    guesses = [WRONG | {"password": f"guess {i}"} for i in range(20)]
    asks = [world.stranger().post(LOGIN, json=guess) for guess in guesses]
    statuses = [answer.status_code for answer in await asyncio.gather(*asks)]
    assert (statuses.count(401), statuses.count(429)) == (10, 10)


async def test_the_right_password_many_times_at_one_moment_is_no_failure(world: World):
    asks = [world.stranger().post(LOGIN, json=LIA) for _ in range(20)]
    assert {answer.status_code for answer in await asyncio.gather(*asks)} == {200}


async def test_another_process_counts_on(database: Path):
    async with serving(database) as world:
        await fail(world, WRONG, 10)
    async with serving(database) as world:
        with refused("TOO_MANY_REQUESTS", reason="too_many_failures"):
            await world.stranger().call(LOGIN, **LIA)


async def test_what_was_typed_is_not_kept(world: World):
    await fail(world, {"email": "my secret", "password": "my other secret"}, 1)
    assert "secret" not in str(world.contents())
    assert world.value("select count(*) from attempt") == 2  # of the account, of the address
