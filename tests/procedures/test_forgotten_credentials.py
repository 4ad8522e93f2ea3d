"""Tokens and sessions that let nobody in any more are forgotten; all others stay."""

from __future__ import annotations

import pytest
from world import World, refused, session_id

from procedures import upkeep
from procedures.background import once
from procedures.instants import instant
from procedures.sessions import MAX_AGE_DAYS, MAX_IDLE_DAYS

TOKENS = "select label from token where label <> '' order by label"
SESSIONS = "select count(*) from session where id = :id"
LIA = session_id("usr_lia", "acme")


async def sweep(world: World, days: float) -> int:
    """What the periodic work forgets so many days from now."""
    world.clock.advance(days=days)
    return await upkeep.forget_credentials(world.app.service)


def used(world: World) -> None:
    """Lia's session is in use now."""
    now = instant(world.clock())
    world.change("update session set seen_at = :now where id = :id", now=now, id=LIA)


async def test_a_token_is_forgotten_a_day_after_it_expired(world: World):
    ada = world.person("usr_ada")
    for label, ttl in {"an hour": 3600, "two hours": 7200, "for ever": None}.items():
        await ada.call("auth.createToken", label=label, ttl=ttl)
    assert await sweep(world, 1) == 0
    assert await sweep(world, 1 / 24) == 1
    assert world.rows(TOKENS) == [("for ever",), ("two hours",)]
    assert (await ada.call("auth.me"))["userId"] == "usr_ada"


async def test_what_a_client_was_given_is_forgotten_and_the_client_stays(world: World):
    made = await world.person("usr_ada").call("auth.createToken", label="sync", kind="client")
    asked = {"grant_type": "client_credentials"}
    for _ in range(3):
        given = await world.http.post("/oauth2/token", data=asked, auth=(made["id"], made["token"]))
        assert given.status_code == 200
    world.clock.advance(days=2)
    await once(world.app.service)
    assert world.rows("select key from token where label = 'sync'") == [(made["id"],)]


async def test_a_session_is_forgotten_a_day_after_it_was_idle_for_too_long(world: World):
    others = world.value("select count(*) from session") - 1
    world.clock.advance(days=MAX_IDLE_DAYS)
    used(world)
    assert await sweep(world, 0.99) == 0
    assert await sweep(world, 0.01) == others
    assert world.value(SESSIONS, id=LIA) == 1
    assert (await world.browser("usr_lia").call("auth.me"))["userId"] == "usr_lia"


@pytest.mark.parametrize("days", [0, MAX_AGE_DAYS])
async def test_a_session_that_was_left_or_is_too_old_is_forgotten_once_it_is_idle(
    world: World, days: int
):
    world.clock.advance(days=days)
    used(world)
    lia = world.browser("usr_lia")
    if not days:
        await lia.call("auth.logout")
    with refused("UNAUTHORIZED"):
        await lia.call("auth.me")
    await sweep(world, MAX_IDLE_DAYS + 0.99)
    assert world.value(SESSIONS, id=LIA) == 1
    await sweep(world, 0.01)
    assert world.value(SESSIONS, id=LIA) == 0


async def test_what_is_many_is_forgotten_in_portions(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(upkeep, "AT_ONCE", 2)
    for number in range(5):
        await world.person("usr_ada").call("auth.createToken", label=f"{number}", ttl=1)
    portions: list[int] = []
    forget = upkeep.callers.forget_tokens

    def counted(*about: object) -> int:
        portions.append(forget(*about))  # type: ignore[arg-type]
        return portions[-1]

    monkeypatch.setattr(upkeep.callers, "forget_tokens", counted)
    assert await sweep(world, 2) == 5
    assert portions == [2, 2, 1]
