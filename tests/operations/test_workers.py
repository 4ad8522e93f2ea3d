"""Processes that die: the others go on, nothing stays behind, and a stop nobody asked for is told.

T-42 of the threats."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Collection
from contextlib import closing
from pathlib import Path

import pytest
from commands import Serving, Watched, environment, serve
from extent import Extent
from retrying import UNBOUNDED, load

from procedures.servers import hypercorn
from procedures.servers.processes import LIMIT, TRIES
from procedures.servers.running import StoppedUnasked, run
from procedures.servers.sockets import listen
from procedures.store.schema import sqlite3

CUT_SHORT = {"BrokenPipeError", "ConnectionResetError", "RemoteDisconnected", "IncompleteRead"}


def staffed(serving: Serving, gone: Collection[int] = ()) -> list[Watched]:
    """The two workers, once they are there; not those that are gone, and perhaps not yet missed."""
    while len(pids := serving.workers().difference(gone)) < 2:
        assert serving.process.poll() is None
    return [Watched(pid) for pid in sorted(pids)]


def ended(process: Watched, sign: signal.Signals) -> None:
    process.send(sign)
    assert process.ends()
    process.close()


def killed(process: Watched) -> None:
    ended(process, signal.SIGKILL)


def test_workers_that_are_killed_in_turn_are_replaced_and_no_call_is_lost(
    database: str, extent: Extent
):
    with serve(database, "--workers", "2", **UNBOUNDED) as serving:
        assert serving.health() == 200
        with load([serving.address], keep_alive=True) as calls:
            gone: list[int] = []
            for turn in range(extent.kills):
                time.sleep(0.3)
                worker = staffed(serving, gone)[turn % 2]
                gone.append(worker.pid)
                killed(worker)
                killed_at, before = time.monotonic(), len(calls.made)
                while len(calls.made) == before:
                    assert time.monotonic() < killed_at + 2 * LIMIT
        assert calls.refusals.keys() <= CUT_SHORT
        # What was carried out and not answered is met again when it is asked for again.
        assert all(failure.startswith("409") for failure in calls.failures)
        assert len(calls.failures) <= extent.kills * 8
        while serving.workers().intersection(gone):  # missed later, their ends would fail the stop
            assert serving.process.poll() is None
        status, errors = serving.stop()
        assert status == 0, errors
    unanswered = len(calls.failures)
    extent.tell(
        f"{extent.kills} kills, {len(calls.made)} calls, {unanswered} met what they had done"
    )


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_workers_that_are_ended_as_soon_as_they_begin_do_not_stop_the_service(
    database: str, sign: signal.Signals
):
    """Others than those that cannot even begin: see below."""
    with serve(database, "--workers", "2") as serving:
        gone: set[int] = set()
        while len(gone) <= TRIES:
            for worker in staffed(serving, gone):
                gone.add(worker.pid)
                ended(worker, sign)
        while serving.workers() & gone:
            assert serving.process.poll() is None
        assert serving.health() == 200
        status, errors = serving.stop()
    assert (status, errors.count("has ended unasked")) == (0, len(gone))


def states(pid: int) -> set[str]:
    """Of all threads of a process: T where it is stopped."""
    found = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/stat")]
    return {text.rpartition(")")[2].split()[0] for text in found}


@pytest.mark.engine("sqlite")
def test_a_worker_that_hears_nothing_is_ended_with_the_service(database: str):
    with serve(database, "--workers", "2") as serving:
        assert serving.health() == 200
        stuck = staffed(serving)[0]
        stuck.send(signal.SIGSTOP)
        while states(stuck.pid) != {"T"}:  # until then it may still end as it is asked to
            assert Path(f"/proc/{stuck.pid}").exists()
        told = time.monotonic()
        serving.process.send_signal(signal.SIGTERM)
        assert stuck.ends()
        assert time.monotonic() - told < LIMIT + 2
        assert serving.end()[0] == 1


def test_no_worker_outlives_the_service_and_its_port_is_free_again(database: str):
    with serve(database, "--workers", "2", **UNBOUNDED) as serving:
        workers = staffed(serving)
        with load([serving.address], keep_alive=False):
            time.sleep(0.3)
            killed_at = time.monotonic()
            killed(Watched(serving.process.pid))
            host, port = serving.address
            with serve_again(database, f"{host}:{port}") as again:
                assert again.health() == 200
                assert time.monotonic() < killed_at + 2 * LIMIT
        assert [worker.ends() for worker in workers] == [True, True]


def serve_again(database: str, bind: str):
    """As one who restarts it would: with a pause, until the port is to be had."""
    host, port = bind.split(":")
    while True:
        try:
            with closing(listen(host, int(port))):
                break
        except OSError:
            time.sleep(0.05)
    return serve(database, "--bind", bind)


@pytest.mark.engine("sqlite")
def test_workers_that_cannot_start_any_more_end_the_service_with_an_error(database: str):
    with serve(database, "--workers", "2") as serving:
        assert serving.health() == 200
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("""
                insert into _sqlite_migrations (migration_set, name, applied_at)
                values ('rollcall', '9999', 'now')
            """)
        for worker in staffed(serving):
            killed(worker)
        status, errors = serving.end()
    assert (status, "a newer rollcall made this database" in errors) == (1, True)


async def test_a_server_that_ends_by_itself_is_told(monkeypatch: pytest.MonkeyPatch):
    async def ending(*_: object) -> None:
        """Serves nobody."""

    class App:
        async def __call__(self, *_: object) -> None: ...
        async def drain(self, patience: float) -> None: ...

    monkeypatch.setattr(hypercorn, "serve", ending)
    told = pytest.raises(StoppedUnasked, match="hypercorn has ended by itself")
    with closing(listen("127.0.0.1", 0)) as listener, told:
        await run(App(), listener, "hypercorn")


TUNED = """
import gc, sys
from procedures.__main__ import main
from procedures.commands import serving

async def run(*_, **__):
    print(gc.get_threshold()[0], gc.get_freeze_count() > 10_000, sys.getswitchinterval())

serving.run = run
main()
"""


def test_a_worker_leaves_the_program_to_no_collector_and_the_loop_to_no_thread(tmp_path: Path):
    serving = ("serve", "--bind", "127.0.0.1:0", "--database", str(tmp_path / "rollcall.db"))
    command = [sys.executable, "-c", TUNED, *serving]
    done = subprocess.run(command, capture_output=True, text=True, env=environment())
    assert done.stdout.splitlines()[-1] == "10000 True 0.001"
