"""How long an answer takes does not tell whether a thing is another tenant's or never was, nor
whether an account is there. (T-17, goal G5)"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Awaitable, Callable
from math import comb

import pytest
from extent import Extent
from world import World

from procedures import throttle

pytestmark = pytest.mark.engine("sqlite")
CHANCE = 0.01  # that a difference which is none is taken for one
MILLISECOND = 1e-3
Ask = Callable[[], Awaitable[object]]


async def seconds(ask: Ask) -> float:
    begun = time.perf_counter()
    await ask()
    return time.perf_counter() - begun


async def differences(one: Ask, other: Ask, pairs: int) -> list[float]:
    """By how much the one took longer, each time; which comes first is left to chance."""
    chance, found = random.Random(17), []
    for _ in range(pairs):
        if chance.random() < 0.5:
            first = await seconds(one)
            found.append(first - await seconds(other))
        else:
            second = await seconds(other)
            found.append(await seconds(one) - second)
    return found


def likelihood(found: list[float]) -> float:
    """The sign test: how likely it is that so many or more have one sign if both are as likely."""
    ones = sum(difference > 0 for difference in found)
    more = max(ones, len(found) - ones)
    tail = sum(comb(len(found), count) for count in range(more, len(found) + 1))
    return min(1.0, 2 * tail / 2 ** len(found))


def tells_nothing(found: list[float]) -> bool:
    return likelihood(found) > CHANCE or abs(statistics.median(found)) < MILLISECOND


async def measured(one: Ask, other: Ask, pairs: int) -> list[float]:
    """The differences. Where they tell something they are measured anew: what is one shows again,
    and chance, on a machine that is busy, only once in a hundred times."""
    found = await differences(one, other, pairs)
    return found if tells_nothing(found) else await differences(one, other, pairs)


PAIRS = {
    "course.get": ({"courseId": "crs_beta"}, {"courseId": "crs_zzzz"}),
    "realm.get": ({"realmId": "sec_beta"}, {"realmId": "sec_zzzz"}),
    "enrollment.get": ({"id": "enr_beta"}, {"id": "enr_zzzz"}),
    "enrollment.enroll": ({"courseId": "crs_beta"}, {"courseId": "crs_zzzz"}),
}


@pytest.mark.parametrize("name", PAIRS)
async def test_what_is_foreign_takes_as_long_as_what_never_was(
    world: World, name: str, extent: Extent
):
    ada = world.person("usr_ada")
    foreign, unknown = PAIRS[name]
    found = await measured(
        lambda: ada.post(name, json=foreign), lambda: ada.post(name, json=unknown), extent.pairs
    )
    median = statistics.median(found) * 1e6
    extent.tell(f"{name}: {median:+.1f} µs, p = {likelihood(found):.3f}")
    assert tells_nothing(found)


async def test_who_has_no_account_waits_as_long_as_who_has_a_wrong_password(
    world: World, extent: Extent, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(throttle.attempts, "failures", lambda *_: [])
    known, unknown = [
        {"email": email, "password": "wrong"} for email in ("lia@acme.example", "no@x.example")
    ]
    stranger = world.stranger()
    found = await measured(
        lambda: stranger.post("auth.login", json=known),
        lambda: stranger.post("auth.login", json=unknown),
        extent.pairs // 4,
    )
    extent.tell(f"auth.login: {statistics.median(found) * 1e6:+.1f} µs, {likelihood(found):.3f}")
    # Hashing takes fifty of them: without it a wrong address would be told by far more than this.
    assert likelihood(found) > CHANCE or abs(statistics.median(found)) < 5 * MILLISECOND


async def test_a_branch_that_takes_two_milliseconds_more_shows():
    async def quick() -> None:
        pass

    async def slow() -> None:
        time.sleep(2 * MILLISECOND)

    assert not tells_nothing(await measured(slow, quick, 60))
    assert tells_nothing(await measured(quick, quick, 60))
