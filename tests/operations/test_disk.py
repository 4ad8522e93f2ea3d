"""A disk that is full or fails: nobody is told that something was stored which was not, reads go
on, and writes work again as soon as the disk does.

T-09 and T-10 of the threats, goal G11."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from commands import Serving, complaint_of, serve
from retrying import ADA

from procedures.store.schema import sqlite3

pytestmark = pytest.mark.engine("sqlite")
FAULTS = ["full", "write", "sync"]
SAID = {"full": "the disk is full", "write": "the disk fails", "sync": "the disk fails"}


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("gcc") is None:
        pytest.skip("there is no gcc: nothing here can make a disk fail")
    library = tmp_path_factory.mktemp("shim") / "faulty_disk.so"
    source = Path(__file__).with_name("faulty_disk.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


class Disk:
    """The disk under one database: it fails as the test says."""

    def __init__(self, order: Path) -> None:
        self._order = order

    def fail(self, fault: str) -> None:
        self._order.write_text(fault)

    def recover(self) -> None:
        self._order.unlink()


@pytest.fixture
def disk(
    shim: Path, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Disk]:
    order = tmp_path / "order"
    monkeypatch.setenv("LD_PRELOAD", str(shim))
    monkeypatch.setenv("FAULTY_PREFIX", database)
    monkeypatch.setenv("FAULTY_SAYS", str(order))
    yield Disk(order)
    order.unlink(missing_ok=True)


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(headers=ADA, trust_env=False, verify=False) as client:
        yield client


Make = Callable[[str], httpx2.Response]


def maker(serving: Serving, client: httpx2.Client) -> Make:
    def make(key: str) -> httpx2.Response:
        return client.post(f"{serving.url}/course.create", json={"key": key, "title": key})

    return make


def refused(answer: httpx2.Response, message: str) -> None:
    assert answer.status_code == 503, answer.text
    error: dict[str, Any] = answer.json()["error"]
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (error["message"], error["data"]["code"]) == (message, "SERVICE_UNAVAILABLE")


def within(seconds: float, happens: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("fault", FAULTS)
def test_writes_are_refused_and_reads_go_on_until_the_disk_is_well(
    database: str, disk: Disk, client: httpx2.Client, fault: str
):
    with serve(Path(database)) as serving:
        make = maker(serving, client)
        assert make("crs_disk0").status_code == 200
        assert serving.health() == 200
        disk.fail(fault)
        for key in ("crs_disk1", "crs_disk2"):
            refused(make(key), SAID[fault])
        refused(client.get(f"{serving.url}/system.health"), SAID[fault])
        assert client.get(f"{serving.url}/course.list").status_code == 200
        disk.recover()
        within(5, lambda: serving.health() == 200)
        assert make("crs_disk3").status_code == 200
        serving.process.kill()
    assert made(database) == {"crs_disk0", "crs_disk3"}


def made(database: str) -> set[str]:
    """The courses of these tests, in a database that nobody has closed."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        rows = connection.execute("""
            select key from course where key in ('crs_disk0', 'crs_disk1', 'crs_disk2', 'crs_disk3')
        """)
        return {key for (key,) in rows}


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_that_was_acknowledged_is_lost_when_the_process_dies_on_a_failing_disk(
    database: str, disk: Disk, client: httpx2.Client, fault: str
):
    with serve(Path(database)) as serving:
        make = maker(serving, client)
        assert make("crs_disk0").status_code == 200
        disk.fail(fault)
        refused(make("crs_disk1"), SAID[fault])
        serving.process.kill()
    disk.recover()
    assert made(database) - {"crs_disk1"} == {"crs_disk0"}


def test_health_is_bad_only_as_long_as_the_disk_is(
    database: str, disk: Disk, client: httpx2.Client
):
    """Though nobody writes: a balancer sends nobody to a node that is not well."""
    with serve(Path(database)) as serving:
        disk.fail("sync")
        refused(maker(serving, client)("crs_disk1"), SAID["sync"])
        time.sleep(1.5)
        assert serving.health() == 503
        disk.recover()
        within(5, lambda: serving.health() == 200)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_command_says_in_one_line_what_is_the_matter(database: str, disk: Disk, fault: str):
    disk.fail(fault)
    told = complaint_of("session", "usr_ada", "--database", database, secret_keys="k")
    # Without its shared memory, which has to be written, SQLite opens nothing.
    cannot_open = f"cannot use the database {database}: disk I/O error"
    assert told == (f"SERVICE_UNAVAILABLE: {SAID[fault]}" if fault == "sync" else cannot_open)


UNDONE = {
    "types": (["-o", "new.ts"], "rollcall-", "cannot write new.ts: No space left on device"),
    "types again": (["-o", "old.ts"], "rollcall-", "cannot write old.ts: No space left on device"),
    "session": (["usr_ada"], "old.db.secret", "cannot keep a key in old.db.secret: No space left"),
    "backup": (["new.db"], "rollcall-", "cannot write new.db: "),
}


@pytest.mark.parametrize("command", UNDONE)
def test_a_command_that_finds_no_room_leaves_everything_as_it_was(
    database: str, disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
):
    """What it would make is on a full disk, all else is not."""
    arguments, full, said = UNDONE[command]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FAULTY_PREFIX", str(tmp_path / full))
    shutil.copy(database, "old.db")
    Path("old.ts").write_text("old")
    disk.fail("full")
    before = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert complaint_of(command.split()[0], *arguments, database="old.db").startswith(said)
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == before
