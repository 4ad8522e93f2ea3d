"""A session that somebody else knows, made beforehand or kept too long. (T-22, goal G14)"""

from __future__ import annotations

import pytest
from world import KEYS, World, refused, serving, session_id

from procedures.sessions import COOKIE, SessionSigner
from procedures.store import callers

ME = "auth.me"
LIA = {"email": "lia@acme.example", "password": "correct horse"}


def cookie_of(answer: object) -> str:
    headers: dict[str, str] = answer.headers  # type: ignore[attr-defined]
    return headers["set-cookie"].partition(";")[0]


@pytest.mark.parametrize("planted", ["made-up", session_id("usr_lou", "acme")])
async def test_a_planted_session_is_not_the_one_a_login_makes(world: World, planted: str):
    before = f"{COOKIE}={SessionSigner(KEYS).cookie_value(planted)}"
    answer = await world.stranger(cookie=before).post("auth.login", json=LIA)
    after = cookie_of(answer)
    assert planted not in after
    assert (await world.stranger(cookie=after).call(ME))["userId"] == "usr_lia"
    held = await world.stranger(cookie=before).post(ME, json={})
    assert "usr_lia" not in held.text


async def test_two_logins_of_one_person_have_nothing_in_common(world: World):
    first, second = [
        cookie_of(await world.stranger().post("auth.login", json=LIA)) for _ in range(2)
    ]
    assert first != second
    await world.stranger(cookie=first).call("auth.logout")
    with refused("UNAUTHORIZED"):
        await world.stranger(cookie=first).call(ME)
    assert (await world.stranger(cookie=second).call(ME))["userId"] == "usr_lia"


async def test_a_session_that_has_ended_has_ended_in_every_process(database: str):
    async with serving(database) as here, serving(database) as there:
        lia = cookie_of(await here.stranger().post("auth.login", json=LIA))
        assert (await there.stranger(cookie=lia).call(ME))["userId"] == "usr_lia"
        await here.stranger(cookie=lia).call("auth.logout")
        with refused("UNAUTHORIZED"):
            await there.stranger(cookie=lia).call(ME)


async def test_without_the_end_of_the_row_a_kept_cookie_goes_on(world: World, monkeypatch):
    """The test before shows something: the cookie by itself is valid."""
    lia = cookie_of(await world.stranger().post("auth.login", json=LIA))
    monkeypatch.setattr(callers, "revoke_session", lambda *_: None)
    await world.stranger(cookie=lia).call("auth.logout")
    assert (await world.stranger(cookie=lia).call(ME))["userId"] == "usr_lia"
