"""`rollcall backup`: a sound copy of one instant while others write, and a way back from it.

T-14 of the threats, goal G13."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import ROLLCALL, complaint_of, environment, output_of, rollcall, serve
from extent import Extent
from retrying import UNBOUNDED, load

from procedures.__main__ import main
from procedures.store import backup
from procedures.store.backup import BackupRefused, back_up
from procedures.store.schema import sqlite3

PAGE = (Path(__file__).parents[2] / "docs" / "operation.md").read_text("utf-8")
pytestmark = pytest.mark.engine("sqlite")


def courses(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert connection.execute("pragma foreign_key_check").fetchall() == []
        return {key for (key,) in connection.execute("select key from course")}


def test_copies_made_under_load_hold_all_that_was_answered_before(
    database: str, tmp_path: Path, extent: Extent
):
    with (
        serve(Path(database), **UNBOUNDED) as serving,
        load([serving.address], keep_alive=True) as calls,
    ):
        for turn in range(extent.backups):
            while len(calls.made) < 30 * (turn + 1):
                time.sleep(0.05)
            answered = {*calls.made}
            output_of_backup(database, tmp_path / f"{turn}.db")
            assert courses(tmp_path / f"{turn}.db") >= answered
    assert calls.failures == []
    extent.tell(f"{extent.backups} backups while {len(calls.made)} calls were answered")


def output_of_backup(database: str, target: Path) -> str:
    done = rollcall("backup", target, "--database", database)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_copy_is_of_one_instant_though_others_write_between_its_parts(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(backup, "STEP", 5)
    told: list[tuple[int, int]] = []
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:

        def write(doing: str, done: int, total: int) -> None:
            told.append((done, total))
            writer.execute("update org set name = name || 'x'")

        before = writer.execute("select name from org order by id").fetchall()
        back_up(Path(database), tmp_path / "copy.db", write)
    dones, totals = zip(*told, strict=True)
    assert dones == tuple(sorted({*dones}))  # never begun anew
    assert ({*totals}, dones[-1]) == ({totals[0]}, totals[0])
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("select name from org order by id").fetchall() == before


def test_an_existing_file_is_replaced_only_by_force(database: str, tmp_path: Path):
    target = tmp_path / "copy.db"
    target.write_text("precious")
    told = complaint_of("backup", target, "--database", database)
    assert told == f"{target} exists already: --force replaces it"
    assert target.read_text() == "precious"
    assert rollcall("backup", target, "--force", "--database", database).returncode == 0
    assert "crs_open" in courses(target)


OWN = ["", "-wal", "-shm", "-journal", ".secret", ".erased"]


@pytest.mark.parametrize("force", [[], ["--force"]], ids=["plain", "forced"])
@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("suffix", OWN)
def test_no_copy_is_put_in_the_place_of_the_database_or_what_goes_with_it(
    database: str, tmp_path: Path, suffix: str, is_there: bool, force: list[str]
):
    source, target = tmp_path / "school.db", tmp_path / f"school.db{suffix}"
    shutil.copy(database, source)
    if is_there and suffix:
        target.write_bytes(b"")
    before = files(tmp_path)
    told = refused_backup(target, *force, "--database", source)
    assert told.startswith(f"{target} belongs to the database itself; ")
    assert files(tmp_path) == before
    assert courses(source) == courses(Path(database))


def refused_backup(*arguments: object) -> str:
    """What the command complains of, in this process: there it takes a tenth of the time."""
    done = CliRunner().invoke(main, ["backup", *map(str, arguments)])
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    return done.output.removeprefix("Error: ").strip()


def files(folder: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (s.st_ino, s.st_size) for path in folder.iterdir() for s in [path.lstat()]}


@pytest.mark.parametrize("name", ["linked", "soft", "sub/../school.db"])
def test_the_database_is_known_by_every_name(database: str, tmp_path: Path, name: str):
    source = tmp_path / "school.db"
    shutil.copy(database, source)
    (tmp_path / "sub").mkdir()
    (tmp_path / "linked").hardlink_to(source)
    (tmp_path / "soft").symlink_to(source)
    before = files(tmp_path)
    told = refused_backup(tmp_path / name, "--force", "--database", source)
    assert "belongs to the database itself" in told
    assert "belongs to the database itself" in refused_backup(
        source, "--force", "--database", tmp_path / name
    )
    assert files(tmp_path) == before


@pytest.mark.parametrize("force", [[], ["--force"]], ids=["plain", "forced"])
@pytest.mark.parametrize("kind", ["fifo", "socket"])
def test_what_is_no_regular_file_is_never_replaced(
    database: str, tmp_path: Path, kind: str, force: list[str]
):
    target = tmp_path / kind
    with closing(socket.socket(socket.AF_UNIX)) as bound:
        os.mkfifo(target) if kind == "fifo" else bound.bind(str(target))
        before = files(tmp_path)
        told = refused_backup(target, *force, "--database", database)
    assert told == f"{target} is no regular file: name another one"
    assert files(tmp_path) == before


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize("suffix", ["-wal", "-journal"])
def test_no_copy_is_put_beside_the_log_of_another_database(
    database: str, tmp_path: Path, suffix: str, is_there: bool
):
    """SQLite would take it for the copy's own, and read old pages into it."""
    target, log = tmp_path / "copy.db", tmp_path / f"copy.db{suffix}"
    log.write_bytes(b"of another")
    if is_there:
        target.write_text("precious")
    before = files(tmp_path)
    told = refused_backup(target, "--force", "--database", database)
    assert told == f"{log} is there, of another database: name another file"
    assert files(tmp_path) == before


@pytest.mark.parametrize("length", [248, 250, 255, 256])
def test_a_name_without_room_for_a_log_beside_it_is_refused(
    database: str, tmp_path: Path, length: int
):
    longest = tmp_path / ("c" * 247)
    assert courses(Path(database)) == courses(made_copy(database, longest))
    target = tmp_path / ("c" * length)
    told = refused_backup(target, "--database", database)
    assert told.startswith(f"cannot write {target}: File name too long; ")
    told = refused_backup(tmp_path / "copy.db", "--database", tmp_path / ("d" * length))
    assert told.startswith(f"there is no database {tmp_path}/ddd")
    assert [*tmp_path.iterdir()] == [longest]


def made_copy(database: str, target: Path) -> Path:
    output_of_backup(database, target)
    return target


def test_a_forced_copy_under_load_loses_no_later_write(database: str, tmp_path: Path):
    with (
        serve(Path(database), **UNBOUNDED) as serving,
        load([serving.address], keep_alive=True) as calls,
    ):
        while len(calls.made) < 30:
            time.sleep(0.05)
        told = refused_backup(database, "--force", "--database", database)
        assert "belongs to the database itself" in told
        while len(calls.made) < 60:
            time.sleep(0.05)
    assert calls.failures == []
    assert courses(Path(database)) >= {*calls.made}


def test_of_two_that_write_the_same_file_one_is_told(database: str, tmp_path: Path):
    target = tmp_path / "copy.db"
    with pytest.raises(BackupRefused, match=r"copy\.db exists already"):
        back_up(Path(database), target, lambda *progress: target.touch())
    assert [path.name for path in tmp_path.iterdir()] == ["copy.db"]


@pytest.mark.parametrize(
    ("source", "target", "complaint"),
    [
        ("nowhere.db", "copy.db", "there is no database {folder}/nowhere.db"),
        ("text.db", "copy.db", "cannot use the database {folder}/text.db: file is not a database"),
        (None, "no/copy.db", "cannot write {folder}/no/copy.db: "),
        ("postgresql://ada:secret@host/db", "copy", "on PostgreSQL use its own: pg_dump "),
        ("postgresql://host/db?password=secret", "copy", "on PostgreSQL use its own: pg_dump "),
    ],
)
def test_what_cannot_be_copied_is_said(database, tmp_path, source, target, complaint):
    (tmp_path / "text.db").write_text("no database" * 100)
    if source is not None and "://" not in source:
        source = tmp_path / source
    told = complaint_of("backup", tmp_path / target, "--database", source or database)
    assert told.startswith(complaint.format(folder=tmp_path))
    assert "secret" not in told
    assert [path.name for path in tmp_path.iterdir()] == ["text.db"]


def test_a_damaged_database_makes_no_copy(database: str, tmp_path: Path):
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma foreign_keys = off")
        connection.execute("delete from account where key = 'usr_lia'")
        connection.commit()
    told = rollcall("backup", tmp_path / "copy.db", "--database", database)
    assert (told.returncode, "the copy is not sound" in told.stderr) == (1, True)
    assert not [*tmp_path.iterdir()]


def test_a_copy_is_for_its_owner_alone_and_stands_by_itself(database: str, tmp_path: Path):
    target = tmp_path / "copy.db"
    said = output_of_backup(database, target)
    assert said == f"{target}: {target.stat().st_size / 2**20:.1f} MiB\n"
    assert target.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(f"file:{target}?mode=ro", uri=True)) as copy:
        assert copy.execute("pragma journal_mode").fetchone() == ("delete",)


def test_the_way_back_as_printed_leads_back_but_not_to_whom_was_erased_since(
    database: str, tmp_path: Path
):
    [commands] = re.findall(r"<!-- restore -->\n```sh\n(.*?)```", PAGE, re.DOTALL)
    assert len(commands.splitlines()) <= 5
    shutil.copy(database, tmp_path / "rollcall.db")
    output_of_backup(str(tmp_path / "rollcall.db"), tmp_path / "backup.db")
    before = courses(tmp_path / "backup.db")
    output_of("erase", "usr_lou", "--database", tmp_path / "rollcall.db")
    with serve(tmp_path / "rollcall.db", **UNBOUNDED) as serving:
        with load([serving.address], keep_alive=True) as calls:
            while len(calls.made) < 20:
                time.sleep(0.05)
        serving.process.kill()
    assert (tmp_path / "rollcall.db-wal").stat().st_size > 0
    path = f"{ROLLCALL.parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-ec", commands], cwd=tmp_path, env=environment() | {"PATH": path}, check=True
    )
    assert courses(tmp_path / "rollcall.db") == before
    assert b"lou@acme.example" in (tmp_path / "backup.db").read_bytes()
    assert b"lou@acme.example" not in (tmp_path / "rollcall.db").read_bytes()
    with serve(tmp_path / "rollcall.db") as serving:
        assert serving.health() == 200
