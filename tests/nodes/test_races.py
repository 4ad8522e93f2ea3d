"""What twenty ask for at one moment is given as often as it may be: goal G6.

`make races` runs fifty rounds of each on both engines and prints what became of the calls.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

import pytest
from commands import Serving, serve
from engines import Engine
from extent import Extent
from race_field import CONTENDERS, Field, Race, judge, populate
from races import RACES
from racing import at_once, crowd

from procedures.store.database import Database
from procedures.store.opening import database_at

PROCESSES = {"sqlite": "1", "postgres": "4"}


class Track(NamedTuple):
    engine: str
    serving: Serving
    store: Database


@pytest.fixture(scope="module")
def track(engine: Engine, built_world: str) -> Iterator[Track]:
    address = engine.copy(built_world)
    with closing(database_at(address)) as store:
        store.transact(populate)
        with serve(address, "--workers", PROCESSES[engine.name], call_rate="0") as serving:
            assert serving.health() == 200
            yield Track(engine.name, serving, store)
    engine.drop(address)


@pytest.mark.parametrize("race", RACES, ids=[race.name.replace(" ", "-") for race in RACES])
async def test_as_many_win_as_may(track: Track, race: Race, extent: Extent):
    outcomes, slowest = Counter(), 0.0
    for turn in range(extent.races):
        # A connection that is silent for seconds is closed: those of the round before may be.
        async with crowd(track.serving.address, 1) as [boss]:
            field = Field(track.store, boss, f"crs_{RACES.index(race)}_{turn}")
            asks = await race.prepare(field)
        begun = time.monotonic()
        answers = await at_once(track.serving.address, asks, CONTENDERS)
        slowest = max(slowest, time.monotonic() - begun)
        outcomes += judge(race, field, answers)
    told = ", ".join(f"{what} {count}" for what, count in outcomes.items())
    extent.tell(
        f"{track.engine}: {race.name}, {extent.races} times: {told}; {slowest:.2f} s at most"
    )
