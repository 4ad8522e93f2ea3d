"""However the service, its database server or the power goes: what was answered is there once, what
was refused is not, and no transaction is there in part.

T-01, T-02, T-03 and T-08 of the threats, goals G2, G3 and G4."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from commands import Serving, serve
from extent import Extent
from held import rows
from history import History, Outcome
from killable import KillableServer
from preloaded import library
from school import build_school

from procedures.store.schema import sqlite3

READY = 2.0  # seconds until a service answers again, on a machine that has nothing else to do
STOPS = 10.0  # seconds until it has ended when it was told to


def ready(serving: Serving, begun: float) -> float:
    """How long a service that was started at that time has taken."""
    assert serving.health() == 200
    return time.monotonic() - begun


def waiting_for_processors() -> float:
    """How many times longer than alone anybody takes here at present."""
    return max(1.0, os.getloadavg()[0] / len(os.sched_getaffinity(0)))


def test_whoever_is_killed_loses_no_answer_and_is_soon_there_again(school: str, extent: Extent):
    history, taken = History(), []
    for goal in extent.goals(extent.kills):
        begun = time.monotonic()
        with serve(school) as serving:
            taken.append(ready(serving, begun))
            with history.calling(serving.address):
                history.until(goal)
                serving.process.kill()
    assert history.broken_in(school) == []
    assert statistics.median(taken) < READY * waiting_for_processors()
    extent.tell(f"{extent.kills} kills, {history}; ready after {max(taken):.1f} s at most")


def test_a_service_that_is_told_to_end_leaves_nothing_done_and_unanswered(
    school: str, extent: Extent
):
    history, taken = History(), []
    for goal in extent.goals(extent.drains):
        with serve(school) as serving, history.calling(serving.address, fresh=True):
            history.until(goal)
            told = time.monotonic()
            status, errors = serving.stop()
            taken.append(time.monotonic() - told)
            assert (status, "Traceback" in errors) == (0, False), errors
    assert history.broken_in(school) == []
    assert history.done_unheard(school) == []
    assert max(taken) < STOPS
    extent.tell(f"{extent.drains} drains, {history}; ended after {max(taken):.1f} s at most")


class Power:
    """What a disk keeps of a file when there is no power any more."""

    def __init__(self, database: str, kept: Path) -> None:
        self._files = [Path(database + suffix) for suffix in ("", "-wal")]
        self._kept = kept
        kept.mkdir()
        for file in self._files:
            if file.exists():
                shutil.copy(file, kept)

    def cut(self) -> None:
        """Lose what was not synced."""
        for file in self._files:
            file.unlink(missing_ok=True)
            if (kept := self._kept / file.name).exists():
                shutil.copy(kept, file)
        Path(f"{self._files[0]}-shm").unlink(missing_ok=True)


def power_of(database: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Power:
    """The power of all processes that are started from now on."""
    kept = folder / "kept"
    monkeypatch.setenv("LD_PRELOAD", str(library("power_cut", folder)))
    monkeypatch.setenv("POWER_CUT_PREFIX", database)
    monkeypatch.setenv("POWER_CUT_KEPT", str(kept))
    return Power(database, kept)


@pytest.mark.engine("sqlite")
def test_a_power_cut_loses_no_answer(
    school: str, extent: Extent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    power, history = power_of(school, tmp_path, monkeypatch), History()
    for goal in extent.goals(extent.cuts):
        with serve(school) as serving, history.calling(serving.address):
            history.until(goal)
            serving.process.kill()
        power.cut()
    with closing(sqlite3.connect(school)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert history.broken_in(school) == []
    extent.tell(f"{extent.cuts} power cuts, {history}")


@pytest.mark.engine("sqlite")
def test_what_is_answered_after_a_sync_has_failed_survives_a_power_cut(
    school: str, extent: Extent, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whoever only syncs again believes in bytes that the system has given up."""
    power, history = power_of(school, tmp_path, monkeypatch), History()
    faulty, fault = library("faulty_disk", tmp_path), tmp_path / "fault"
    monkeypatch.setenv("LD_PRELOAD", f"{faulty}:{os.environ['LD_PRELOAD']}")
    monkeypatch.setenv("FAULTY_PREFIX", school)
    monkeypatch.setenv("FAULTY_SAYS", str(fault))
    with serve(school) as serving, history.calling(serving.address):
        for goal in extent.goals(extent.cuts):
            history.until(goal)
            fault.write_text("sync")
            until_refused(history, serving)
            fault.unlink()
        history.until(goal + extent.answers)
        serving.process.kill()
    power.cut()
    assert history.broken_in(school) == []


CARELESS = """
import os, signal, sys
from pathlib import Path
from procedures.store.sqlite import SQLiteStore

store = SQLiteStore(Path(sys.argv[1]))
store._writer.execute(f"pragma synchronous = {sys.argv[2]}")
store.transact(lambda tx: tx.insert("attempt", kind="login", subject="answered", at="now"))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(("synchronous", "left"), [("full", 1), ("normal", 0)])
def test_a_power_cut_is_one(
    school: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synchronous: str, left: int
):
    """A store that waits for the disk less often loses what it has answered, and that is seen."""
    power = power_of(school, tmp_path, monkeypatch)
    subprocess.run([sys.executable, "-c", CARELESS, school, synchronous])
    assert rows(school, "select count(*) from attempt") == [(1,)]
    power.cut()
    assert rows(school, "select count(*) from attempt") == [(left,)]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KillableServer]:
    with closing(KillableServer(tmp_path)) as server:
        build_school(server.address, tmp_path)
        yield server


def until_refused(history: History, serving: Serving) -> None:
    """Wait until somebody has been told to come again."""
    before = history.counts[Outcome.REFUSED]
    while history.counts[Outcome.REFUSED] == before:
        assert serving.process.poll() is None
        time.sleep(0.01)


@pytest.mark.engine("postgres")
def test_a_database_server_that_is_killed_loses_no_answer_and_no_service(
    engine: object, server: KillableServer, extent: Extent
):
    history = History()
    with serve(server.address) as serving, history.calling(serving.address):
        for goal in extent.goals(extent.kills):
            history.until(goal)
            server.kill()
            until_refused(history, serving)
            server.start()
        history.until(goal + extent.answers)
        serving.process.kill()
    assert history.broken_in(server.address) == []
    extent.tell(f"{extent.kills} kills of the database server, {history}")


@pytest.mark.engine("postgres")
def test_a_database_server_that_answers_too_early_is_seen(engine: object, server: KillableServer):
    server.run("alter system set synchronous_commit = off")
    server.run("alter system set wal_writer_delay = 10000")
    server.run("select pg_reload_conf()")
    history = History()
    with serve(server.address) as serving, history.calling(serving.address):
        history.until(40)
        server.kill()
        serving.process.kill()
    server.start()
    assert [line for line in history.broken_in(server.address) if line.endswith("was answered")]
