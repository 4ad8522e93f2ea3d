"""`rollcall backup`: a sound copy of one instant while others write, and a way back from it.

T-14 of the threats, goal G13."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from commands import ROLLCALL, complaint_of, environment, output_of, rollcall, serve
from extent import Extent
from retrying import load

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
    with serve(Path(database)) as serving, load([serving.address], keep_alive=True) as calls:
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
    with serve(tmp_path / "rollcall.db") as serving:
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
