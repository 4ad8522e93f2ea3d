"""`rollcall serve`: it answers until it is told to stop, and leaves nothing behind."""

import signal
import socket
import time
from contextlib import ExitStack

import pytest
from commands import Watched, serve
from racing import Ask, at_once, reasons, tally
from world import token_text

from procedures.servers.processes import QUICK_END

ENROLL = "enrollment.enroll"
LOU = f"Bearer {token_text('usr_lou', 'acme')}"


@pytest.mark.parametrize(
    ("server", "sign"),
    [
        ("hypercorn", signal.SIGTERM),
        ("hypercorn", signal.SIGINT),
        ("uvicorn", signal.SIGTERM),
        ("granian", signal.SIGTERM),
    ],
)
def test_it_answers_until_it_is_told_to_stop(database, server, sign):
    pytest.importorskip(server)
    with serve(database, "--server", server) as serving:
        assert serving.line.startswith(f"rollcall serves {database} on http://127.0.0.1:")
        assert serving.health() == 200
        status, errors = serving.stop(sign)
        assert (status, "Traceback" in errors) == (0, False)


@pytest.mark.engine("postgres")
def test_it_tells_where_its_database_is_but_no_password(database: str):
    with serve(f"{database}&password=s3cret") as serving:
        assert serving.line.startswith(f"rollcall serves {database} on http://127.0.0.1:")


@pytest.mark.parametrize("server", ["hypercorn", "uvicorn"])
def test_connections_that_their_clients_have_closed_are_given_up(database, server):
    """hypercorn would keep each for five seconds: two hundred a second, and nobody else gets in."""
    pytest.importorskip(server)
    with serve(database, "--server", server, max_connections="20") as serving:
        assert serving.health() == 200
        for _ in range(100):
            assert serving.health() == 200
        assert serving.stop()[0] == 0


@pytest.mark.parametrize("server", ["hypercorn", "uvicorn", "granian"])
def test_who_comes_behind_many_idle_connections_is_answered(database, server):
    """granian lets in 128 by default, and then nobody until one of them leaves."""
    pytest.importorskip(server)
    with serve(database, "--server", server) as serving, ExitStack() as idle:
        assert serving.health() == 200
        for _ in range(200):
            idle.enter_context(socket.create_connection(serving.address))
        assert serving.health() == 200
        idle.close()
        assert serving.stop()[0] == 0


def test_it_logs_every_line_once(database):
    with serve(database) as serving:
        assert serving.health() == 200
        assert serving.stop()[1].count("Running on") == 1


def test_it_makes_the_schema_of_a_new_file(tmp_path):
    with serve(tmp_path / "new.db") as serving:
        assert serving.health() == 200
        assert serving.stop()[0] == 0


@pytest.mark.parametrize("server", ["hypercorn", "uvicorn", "granian"])
async def test_two_workers_make_one_record_of_identical_enrolls(database, server):
    pytest.importorskip(server)
    with serve(database, "--workers", "2", "--server", server) as serving:
        asks = [Ask(ENROLL, LOU, {"courseId": "crs_open"})] * 200
        answers = await at_once(serving.address, asks, 32)
        assert tally(answers) == {200: 1, 409: 199}
        assert reasons(answers) == {"already_enrolled"}


def test_workers_end_with_the_service(database):
    with serve(database, "--workers", "2") as serving:
        assert serving.health() == 200
        workers = [Watched(pid) for pid in serving.workers()]
        assert len(workers) == 2
        assert serving.stop()[0] == 0
        assert [worker.ends() for worker in workers] == [True, True]


def test_workers_end_when_the_service_is_killed(database):
    with serve(database, "--workers", "2") as serving:
        assert serving.health() == 200
        workers = [Watched(pid) for pid in serving.workers()]
        serving.stop(signal.SIGKILL)
        assert [worker.ends() for worker in workers] == [True, True]


@pytest.mark.parametrize("started", [0, 1, 2, 4])
def test_a_service_that_is_stopped_while_it_starts_leaves_no_worker(database, started):
    """`stop` reads the output to its end, which a worker that stays would keep open."""
    with serve(database, "--workers", "4") as serving:
        while len(serving.workers()) < started:
            assert serving.process.poll() is None
        assert serving.stop()[0] == 0 or not started


def test_a_killed_worker_is_replaced_while_the_other_answers(database):
    with serve(database, "--workers", "2") as serving:
        while len(serving.workers()) < 2:
            assert serving.process.poll() is None
        assert serving.health() == 200
        started = time.monotonic()
        while time.monotonic() < started + QUICK_END:
            assert serving.health() == 200
        before = serving.workers()
        lost = Watched(min(before))
        lost.send(signal.SIGKILL)
        assert lost.ends()
        replaced = set()
        while not replaced:
            assert serving.health() == 200
            replaced = serving.workers() - before
        assert max(before) in serving.workers()
        assert serving.stop()[0] == 0
