"""Databases that older versions have made are led to the present one, whatever happens on the way.

T-13 of the threats, goal G12. The fixture is made up: no version has been released yet."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from ages import BETWEEN, PAST, PRESENT, steps
from click.testing import CliRunner, Result
from commands import complaint_of
from engines import Engine, contents
from extent import Extent
from held import rows
from world import ROSTER

from procedures.__main__ import main
from procedures.store import schema
from procedures.store.opening import database_at
from procedures.store.schema import WrongSchema, sqlite3
from procedures.store.transaction import Transaction

OLDER = Path(__file__).with_name("older")
ROOT = Path(__file__).parents[2]
KILLS = 50
PEOPLE = 2500  # with four rows each


@pytest.fixture
def age(monkeypatch: pytest.MonkeyPatch):
    """Go to another age of the program."""
    return lambda files: monkeypatch.setattr(schema, "STEPS", steps(files))


def fill(tx: Transaction) -> None:
    tx.insert("org", key="acme")
    for n in range(1, PEOPLE + 1):
        tx.insert("account", key=f"usr_{n}", name=f"Person {n}")
        tx.insert("seat", org_id=1, user_id=n, status="active")
        tx.insert("note", org_id=1, seat_id=n, text=f"of seat {n}")
        tx.insert("note", org_id=1, seat_id=n, text="another")


@pytest.fixture
def old_file(tmp_path: Path, age) -> str:
    """A file of a past version with ten thousand rows."""
    path = str(tmp_path / "old.db")
    age(PAST)
    with closing(database_at(path)) as store:
        assert store.migrate() == ["0001"]
        store.transact(fill)
    return path


def tables_of(path: str) -> dict[str, list[tuple]]:
    """The schema of a file, whatever statements it was made by."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("""
            select name from sqlite_schema where type = 'table' and name not like '\\_%' escape '\\'
              and name not like 'sqlite%'
        """).fetchall()
        return {name: described(connection, name) for (name,) in names}


def described(connection: sqlite3.Connection, table: str) -> list[tuple]:
    """Columns, indexes, foreign keys, and the checks that no pragma tells of."""
    found = []
    for pragma in ("table_xinfo", "index_list", "foreign_key_list"):
        found += sorted(connection.execute(f"pragma {pragma}({table})").fetchall())
    [(sql,)] = connection.execute("select sql from sqlite_schema where name = ?", [table])
    return [*found, tuple(sorted(re.findall(r"check \(.*\)", sql)))]


@pytest.mark.engine("sqlite")
def test_an_older_file_becomes_what_a_new_one_is(old_file: str, tmp_path: Path, age):
    age(PRESENT)
    fresh = str(tmp_path / "fresh.db")
    for path, taken in ((fresh, ["0001", "0002", "0003"]), (old_file, ["0002", "0003"])):
        with closing(database_at(path)) as store:
            assert store.migrate() == taken
            store.require_current()
    assert tables_of(old_file) == tables_of(fresh)


def test_a_step_keeps_every_row(empty_database: str, age):
    age(PAST)
    with closing(database_at(empty_database)) as store:
        store.migrate()
        store.transact(fill)
        before = contents(store)
    age(BETWEEN)
    with closing(database_at(empty_database)) as store:
        assert (store.migrate(), store.migrate()) == (["0002"], [])
        after = contents(store)
    assert [(*row, "") for row in before["account"]] == after["account"]
    assert (before["seat"], before["note"]) == (after["seat"], after["note"])
    assert len(after["note"]) == 2 * PEOPLE


def test_who_lacks_a_step_is_told_so(empty_database: str, age):
    age(PAST)
    with closing(database_at(empty_database)) as store:
        store.migrate()
        age(BETWEEN)
        with pytest.raises(WrongSchema, match="lacks step 0002: run `rollcall migrate` first"):
            store.require_current()
        age(PAST)
        store.require_current()


@pytest.mark.engine("sqlite")
def test_a_step_that_breaks_a_foreign_key_changes_nothing(old_file: str, age, monkeypatch):
    age(PRESENT)
    monkeypatch.setitem(schema.STEPS, "0004", lambda: "delete from seat where id = 7;")
    before = tables_of(old_file)
    with closing(database_at(old_file)) as store:
        with pytest.raises(sqlite3.IntegrityError, match="the steps break foreign keys"):
            store.migrate()
        store.transact(lambda tx: tx.run("insert into org (key) values ('beta')"))
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY constraint failed"):
            store.transact(lambda tx: tx.run("delete from seat where id = 7"))
    assert tables_of(old_file) == before


class Migrator:
    """A program that migrates one file after another, each in a process that can be killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def begin(self, path: str) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{path}\n")
        self._process.stdin.flush()
        return self._number()

    def end(self) -> int:
        return self._number()

    def _number(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@contextmanager
def migrator(age: str) -> Iterator[Migrator]:
    pipe = subprocess.PIPE
    command = [sys.executable, str(Path(__file__).with_name("ages.py")), age]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        yield Migrator(process)


def time_to_migrate(program: Migrator, address: str) -> float:
    program.begin(address)
    begun = time.monotonic()
    assert program.end() == 0
    return time.monotonic() - begun


def kill(child: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


@pytest.mark.engine("sqlite")
def test_whoever_is_killed_while_migrating_leaves_the_old_schema_or_the_new(
    old_file: str, tmp_path: Path, extent: Extent
):
    old, spent = tables_of(old_file), shutil.copy(old_file, tmp_path / "spent.db")
    with migrator("present") as program:
        whole, chance = time_to_migrate(program, str(spent)), random.Random(6)
        new = tables_of(str(spent))
        killed = 0
        for turn in range(KILLS):
            path = str(shutil.copy(old_file, tmp_path / f"{turn}.db"))
            child = program.begin(path)
            time.sleep(chance.uniform(0, whole))
            kill(child)
            killed += program.end() == signal.SIGKILL
            assert tables_of(path) in (old, new)
            assert counted(path) == ROWS
    assert killed > KILLS / 4
    extent.tell(f"{killed} of {KILLS} migrations of {sum(ROWS)} rows were killed on the way")


@pytest.mark.engine("postgres")
def test_whoever_is_killed_while_migrating_a_server_leaves_all_steps_or_none(
    empty_database: str, engine: Engine, age, extent: Extent
):
    age(PAST)
    with closing(database_at(empty_database)) as store:
        store.migrate()
        store.transact(fill)
    killed, found, chance = 0, set(), random.Random(6)
    with migrator("between") as program:
        whole = time_to_migrate(program, engine.copy(empty_database))
        for _ in range(extent.migrations):
            address = engine.copy(empty_database)
            child = program.begin(address)
            time.sleep(chance.uniform(0, whole))
            kill(child)
            killed += program.end() == signal.SIGKILL
            found.add(state_of(address))
            engine.drop(address)
    assert found <= {("0001", 0, *ROWS), ("0001 0002", 1, *ROWS)}
    assert killed > extent.migrations / 4
    extent.tell(f"{killed} of {extent.migrations} migrations on a server were killed on the way")


ROWS = (PEOPLE, PEOPLE, 2 * PEOPLE)


def state_of(address: str) -> tuple[Any, ...]:
    """Steps and columns of a database on a server, and what is in it."""
    steps = "(select string_agg(name, ' ' order by name) from schema_step)"
    added = """(select count(*) from information_schema.columns
                where table_name = 'account' and column_name = 'name_first')"""
    counts = ", ".join(f"(select count(*) from {name})" for name in ("account", "seat", "note"))
    [state] = rows(address, f"select {steps}, {added}, {counts}")
    return state


def counted(path: str) -> tuple[int, int, int]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert connection.execute("pragma foreign_key_check").fetchall() == []
        names = ("account", "seat", "note")
        return tuple(connection.execute(f"select count(*) from {n}").fetchone()[0] for n in names)


@pytest.mark.parametrize("command", ["serve", "migrate", "tick"])
def test_a_database_of_a_newer_program_is_refused_in_one_line(
    empty_database: str, age, monkeypatch: pytest.MonkeyPatch, command: str
):
    monkeypatch.setattr(schema, "STEPS", schema.STEPS | {"9999": lambda: ""})
    with closing(database_at(empty_database)) as store:
        store.migrate()
    complaint = complaint_of(command, "--database", empty_database, secret_keys="k")
    newer = "a newer rollcall made this database (step 9999 is unknown here)"
    assert complaint.startswith(f"{newer}; install that version")


PERSON = "usr_lia"
USES: dict[str, list[str]] = {
    "token": [PERSON],
    "session": [PERSON],
    "load": [str(ROSTER)],
    "tick": [],
    "erase": [PERSON],
}


@pytest.mark.parametrize("command", USES)
def test_a_database_of_an_older_program_is_led_on_by_migrate_alone(
    database: str, monkeypatch: pytest.MonkeyPatch, command: str
):
    def asked(command: str, *arguments: str) -> Result:
        return CliRunner().invoke(main, [command, *arguments, "--database", database])

    monkeypatch.setenv("ROLLCALL_SECRET_KEYS", "k")
    monkeypatch.setitem(schema.STEPS, "0002", lambda: "")
    before = everything(database)
    done = asked(command, *USES[command])
    lacking = "Error: the schema lacks step 0002: run `rollcall migrate` first\n"
    assert (done.exit_code, done.output) == (1, lacking)
    assert everything(database) == before
    assert asked("migrate").output == "applied 0002\n"
    assert asked("token", PERSON).exit_code == 0


def everything(database: str) -> dict[str, list[tuple[Any, ...]]]:
    with closing(database_at(database)) as store:
        return contents(store)


FOREIGN = {
    "a table": "create table bookmark (url text)",
    "a table that is called like ours": "create table course (id integer primary key)",
    "steps of its own": """
        create table _sqlite_migrations (id integer, migration_set text, name text);
        insert into _sqlite_migrations values (1, 'bookmarks', '0001')
    """,
}
EACH = {**USES, "migrate": [], "serve": [], "backup": ["copy.db"]}
ON_FOREIGN = [*product(EACH, ["a table"]), *product(["token", "load"], [*FOREIGN][1:])]


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(("command", "holds"), ON_FOREIGN)
def test_a_file_of_another_program_is_refused_and_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, holds: str
):
    monkeypatch.chdir(tmp_path)
    path = foreign(tmp_path, FOREIGN[holds])
    before = path.read_bytes()
    told = complaint_of(command, *EACH[command], "--database", path)
    said = f"cannot use the database {path}: it is another program's"
    assert told == f"{said}; name another file, or a new one"
    assert [*tmp_path.iterdir()] == [path]
    assert path.read_bytes() == before


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("end", [0, 1])
def test_a_file_of_another_program_is_no_end_of_a_copy(database: str, tmp_path: Path, end: int):
    path = foreign(tmp_path, FOREIGN["a table"])
    before = path.read_bytes()
    ends = [database, str(tmp_path / "copy.db")]
    ends[end] = str(path)
    told = complaint_of("copy", "--from", ends[0], "--to", ends[1])
    assert told.startswith(f"cannot use the database {path}: it is another program's")
    assert [*tmp_path.iterdir()] == [path]
    assert path.read_bytes() == before


def foreign(folder: Path, script: str) -> Path:
    path = folder / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path


def test_each_released_version_has_left_its_schema_here():
    """Whoever releases copies schema.sql to older/<version>.sql: the next one starts from there."""
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = set(re.findall(r"^## (\d+\.\d+\.\d+)", changes, re.MULTILINE))
    kept = {path.stem for path in OLDER.glob("*.*.*.sql")}
    assert kept == released
