"""More is asked than can be answered: as much as ever is answered soon, everybody else is told at
once to come again, and nobody hangs. (T-29, goal G1)"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from commands import Serving, serve
from extent import Extent
from flood import SOON, Figures, Flood
from raw import Target, get, target
from school import build_school

from procedures import system
from procedures.servers.listening import Bounds

pytestmark = pytest.mark.engine("sqlite")
PATIENT = Bounds()
MEMORY = 150  # MiB it may take


def memory(serving: Serving) -> float:
    """How many MiB the service has."""
    status = Path(f"/proc/{serving.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@pytest.mark.parametrize("server", ["hypercorn", "uvicorn"])
def test_what_is_too_much_is_refused_soon_and_the_rest_answered(
    server: str, empty_database: str, tmp_path: Path, extent: Extent
):
    build_school(empty_database, tmp_path)
    with serve(empty_database, "--server", server, call_rate="0") as serving:
        flood, before = Flood(serving.address), memory(serving)
        flood.capacity(1)
        capacity = flood.capacity(extent.rush / 4)
        calm = Figures.of(flood.rush(capacity / 3, 3), 3)
        for times, share in ((2, 0.5), (4, 0.35)):
            told = Figures.of(flood.rush(times * capacity, extent.rush), extent.rush)
            extent.tell(
                f"{server}: {times} times {capacity:.0f}/s, {told.soon / capacity:.0%}: {told}"
            )
            assert told.unanswered == 0
            assert told.statuses.keys() <= {200, 503}
            assert told.statuses[200] > 0
            assert memory(serving) < before + MEMORY
            if extent.is_thorough and told.late_p99 < SOON / 4:
                assert told.soon > share * capacity
                assert told.refused_p99 < SOON
                assert told.p99 < SOON or times > 2
            time.sleep(extent.rush / 4)
        after = Figures.of(flood.rush(capacity / 3, 3), 3)
        extent.tell(f"{server}: before {calm}, after {after}")
        assert after.unanswered == 0
        assert after.p99 < max(SOON, 2 * calm.p99)


async def statuses(service: Target, clients: int) -> list[bytes]:
    """What so many clients hear who come at the same moment."""
    asked = (service.answer(get("system.info")) for _ in range(clients))
    return [answer[9:12] for answer in await asyncio.gather(*asked)]


@pytest.fixture
async def slow(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Target]:
    """A service that answers a hundred a second."""

    def late() -> str:
        time.sleep(0.01)
        return "1"

    monkeypatch.setattr(system, "installed_version", late)
    async with target(database, "hypercorn", PATIENT) as running:
        yield running


async def test_a_crowd_at_an_idle_service_is_answered_as_far_as_it_is_soon(slow: Target):
    few, many = await statuses(slow, 10), await statuses(slow, 400)
    assert set(few) == {b"200"}
    assert set(many) == {b"200", b"503"}
    assert set(await statuses(slow, 10)) == {b"200"}


async def test_without_the_look_outside_everybody_waits_for_everybody(slow: Target):
    slow.listener.bounds = PATIENT._replace(outside=float("inf"))
    assert set(await statuses(slow, 400)) == {b"200"}
