"""`rollcall copy`: from one database to another, of either engine; begun, killed, gone on with; and
never taken for whole when it is not."""

from __future__ import annotations

import random
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from commands import complaint_of, output_of, rollcall
from copies import fill
from engines import ENGINES, Engine, as_server, present, rows
from world import Person, World, build, serving

from procedures.store import rows as store_rows
from procedures.store import schema
from procedures.store.copying import CopyRefused, Sum, copy, counted
from procedures.store.opening import database_at
from procedures.store.tables import Table, tables
from procedures.telling import silent

ROOT = Path(__file__).parents[2]
WAYS = [(here, there) for here in present() for there in present()]
CROSSWAYS = [way for way in WAYS if way[0] != way[1]]
KILLS = 12
LONGEST = 0.005  # seconds until one: some steps of a copy, never all that are left
every_way = pytest.mark.parametrize("way", WAYS, ids=" to ".join)
crossways = pytest.mark.parametrize("way", CROSSWAYS, ids=" to ".join)
postgres = pytest.mark.skipif("postgres" not in present(), reason="there is no PostgreSQL here")


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Engine]]:
    made = {name: ENGINES[name](tmp_path_factory.mktemp(name)) for name in present()}
    yield made
    for engine in made.values():
        engine.close()


@pytest.fixture(scope="module")
def worlds(engines: dict[str, Engine]) -> dict[str, str]:
    """The world of the tests on each engine. To be copied, as the next ones."""
    made = {name: engine.new() for name, engine in engines.items()}
    first, *others = made.values()
    build(first)
    change(first, "update school set parent_id = id - 1 where key = 'sch_annex'")
    for other in others:
        copied((first, other))
    return made


@pytest.fixture(scope="module")
def crowds(engines: dict[str, Engine], worlds: dict[str, str]) -> dict[str, str]:
    """The same with thousands of rows more."""
    made = {name: engine.copy(worlds[name]) for name, engine in engines.items()}
    for address in made.values():
        with closing(database_at(address)) as store:
            store.transact(fill)
    return made


@pytest.fixture
def between(engines: dict[str, Engine], way) -> Iterator[Callable[..., tuple[str, str]]]:
    """A source like the given ones, which the test may change, and an empty target."""
    here, there = (engines[name] for name in way)
    made = []

    def make(originals: dict[str, str]) -> tuple[str, str]:
        made.extend([here.copy(originals[way[0]]), there.new()])
        return made[0], made[1]

    yield make
    here.drop(made[0])
    there.drop(made[1])


@pytest.fixture
def ends(between, worlds: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A small source, copied in many small steps, and an empty target."""
    monkeypatch.setattr(store_rows, "PORTION", 10)
    return between(worlds)


@pytest.fixture
def crowded(between, crowds: dict[str, str]) -> tuple[str, str]:
    """A source that takes some seconds, and an empty target."""
    return between(crowds)


def contents(address: str) -> dict[str, list[tuple[Any, ...]]]:
    with closing(database_at(address)) as store:
        return {
            table.name: sorted(rows(store, f"select * from {table.name}")) for table in tables()
        }


def change(address: str, sql: str) -> None:
    with closing(database_at(address)) as store:
        assert store.transact(lambda tx: tx.run(sql)) == 1


def copied(ends: tuple[str, str], progress=silent) -> list[Sum]:
    """A copy made in this process."""
    with closing(database_at(ends[0])) as source, closing(database_at(ends[1])) as target:
        return copy(source, target, str(ends[0]), progress)


def refused(ends: tuple[Any, Any]) -> str:
    return complaint_of("copy", "--from", ends[0], "--to", ends[1])


class Stopped(Exception):
    """What ends a copy in the middle."""


def stopped(ends: tuple[str, str], at: int) -> None:
    """Begin a copy, and stop it when so many rows are there."""

    def stop(doing: str, done: int, all: int) -> None:
        if done >= at:
            raise Stopped

    with pytest.raises(Stopped):
        copied(ends, stop)


@every_way
def test_everything_is_the_same_in_a_copy(crowded: tuple[str, str]):
    source, target = crowded
    before = contents(source)
    done = rollcall("copy", "--from", source, "--to", target)
    assert done.returncode == 0, done.stderr
    assert contents(target) == contents(source) == before
    *sums, last = done.stdout.splitlines()
    said = {name: int(count) for name, count, _ in map(str.split, sums)}
    assert said == {name: len(rows) for name, rows in before.items() if name != "copying"}
    assert last.startswith(f"copied and compared {sum(said.values())} rows")
    assert output_of("migrate", "--database", target) == "nothing to do\n"


def test_a_table_has_one_checksum_on_all_engines(engines, worlds: dict[str, str]):
    first, *others = (copied((worlds[here], engines[there].new())) for here, there in WAYS)
    assert all(each == first for each in others)
    assert len({each.checksum for each in first if each.rows}) > 10


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_a_page_costs_no_more_however_many_came_before(worlds: dict[str, str], table: Table):
    with closing(database_at(worlds["sqlite"])) as store:
        for condition in store_rows.behind(table.key):
            sql = f"select {table.columns[-1]} from {table.name} where {condition}"
            keys = dict.fromkeys((f"after_{name}" for name in table.key), 1)
            order = f"order by {', '.join(table.key)}"
            [step] = rows(store, f"explain query plan {sql} {order}", **keys)
            assert re.search(r"SEARCH.*\((org_id=\? AND .*>|org_id>|id>|rowid>|source>)", step[3])


class Copier:
    """A program that makes one copy after another, each in a process that can be killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def copy(self, ends: tuple[str, str], told: int, seconds: float) -> int:
        """The status of a copy that lives so long after it has told so often how far it is."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{' '.join(ends)} {told} {seconds}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@pytest.fixture
def copier() -> Iterator[Copier]:
    pipe = subprocess.PIPE
    command = [sys.executable, str(Path(__file__).with_name("copies.py"))]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT) as process:
        yield Copier(process)


@every_way
def test_a_copy_that_is_killed_again_and_again_goes_on_where_it_was(
    crowded: tuple[str, str], copier: Copier
):
    chance, seen = random.Random(6), [0]
    for told in (0, 0, *(chance.randrange(120) for _ in range(KILLS))):
        assert copier.copy(crowded, told, chance.uniform(1e-6, LONGEST)) == signal.SIGALRM
        seen.append(there(crowded[1]))
    assert (seen, len(set(seen)) > KILLS / 2) == (sorted(seen), True)
    assert copier.copy(crowded, sys.maxsize, 0) == 0
    assert contents(crowded[1]) == contents(crowded[0])


def there(address: str) -> int:
    """How many rows a target has, which may not even have tables."""
    with closing(database_at(address)) as store:
        return 0 if store.is_new else store.survey(counted)


@every_way
def test_a_copy_that_was_stopped_does_nothing_twice(ends: tuple[str, str]):
    stopped(ends, 60)
    told: list[tuple[str, int]] = []
    copied(ends, lambda doing, done, all: told.append((doing, done)))
    (doing, first), *_ = told
    assert (doing, 60 <= first < 70) == ("copying rows", True)
    assert contents(ends[1]) == contents(ends[0])


@crossways
def test_nobody_may_use_a_part_of_a_copy(ends: tuple[str, str], tmp_path: Path):
    source, target = ends
    stopped(ends, 60)
    unfinished = f"a copy of {source} into this database is not finished: copy it again"
    assert complaint_of("serve", "--database", target, secret_keys="k") == unfinished
    assert complaint_of("token", "usr_ada", "--database", target) == unfinished
    assert refused((target, tmp_path / "third.db")) == f"the source: {unfinished}"
    copied(ends)
    assert output_of("token", "usr_ada", "--database", target).startswith("rct_")


ACCOUNT = "update account set name_last = 'x' where key = 'usr_lia'"
ALTERED = {
    "the target has a row changed": (1, ACCOUNT, "account differs"),
    "the target lacks a row": (1, "delete from token where id = 1", "token differs"),
    "the target has a row more": (
        1,
        "insert into attempt (kind, subject, at) values ('login', 'x', 'x')",
        "attempt differs",
    ),
    "the target lacks what others refer to": (
        1,
        "delete from course where key = 'crs_past'",
        "the target refuses rows in ",
    ),
    "the source has a row changed": (0, ACCOUNT, "account differs"),
}


@crossways
@pytest.mark.parametrize(("end", "sql", "told"), ALTERED.values(), ids=ALTERED)
def test_what_was_altered_meanwhile_is_found(ends, end: int, sql: str, told: str):
    stopped(ends, 78)
    change(ends[end], sql)
    with pytest.raises(CopyRefused, match=told):
        copied(ends)
    with pytest.raises(CopyRefused, match=told):
        copied(ends)


@crossways
def test_what_the_source_is_given_meanwhile_is_not_in_the_copy(ends: tuple[str, str]):
    """One snapshot is copied, and what it is compared with is that."""
    before = contents(ends[0])
    given: list[int] = []

    def give(doing: str, done: int, all: int) -> None:
        if len(given) < 20:
            given.append(done)
            change(ends[0], f"update account set name_last = 'x{done}' where key = 'usr_lia'")
            change(
                ends[0],
                "insert into attempt (kind, subject, at) values ('login', 'x', '2026-03-02')",
            )

    copied(ends, give)
    assert len(given) == 20
    assert contents(ends[1]) == before != contents(ends[0])


@every_way
async def test_a_copy_answers_the_same_calls_in_the_same_way(ends: tuple[str, str]):
    copied(ends)
    answers = []
    for address in ends:
        async with serving(address) as world:
            answers.append([await answer async for answer in asked(world)])
    assert answers[0] == answers[1]
    assert len(answers[0]) > 20


async def asked(world: World) -> AsyncIterator[Awaitable[Any]]:
    """What two people are told, by token and by cookie, about all there is."""
    for name in ("usr_ada", "usr_lia"):
        for person in (world.person(name), world.browser(name)):
            for query in ("auth.me", "course.list", "enrollment.list", "org.get", "school.list"):
                yield answered(person, query)
            yield answered(person, "course.content", courseId="crs_open")
    yield answered(world.person("usr_ada"), "enrollment.changes")


async def answered(person: Person, query: str, **given: Any) -> tuple[int, str]:
    answer = await person.post(query, json=given)
    return answer.status_code, answer.text


@every_way
async def test_new_rows_get_ids_that_the_source_has_never_given(ends: tuple[str, str]):
    async with serving(ends[0]) as world:
        ada, lou = world.person("usr_ada"), world.person("usr_lou")
        made = await lou.call("enrollment.enroll", courseId="crs_open")
        (gone,) = world.rows("select max(id) from enrollment")[0]
        await ada.call("enrollment.delete", id=made["id"])
        most = {name: world.value(f"select max(id) from {name}") for name in ("event", "course")}
    copied(ends)
    async with serving(ends[1]) as world:
        ada, lou = world.person("usr_ada"), world.person("usr_lou")
        await ada.call("course.create", title="New")
        await lou.call("enrollment.enroll", courseId="crs_open")
        assert world.value("select max(id) from enrollment") > gone
        for name, id in most.items():
            assert world.value(f"select max(id) from {name}") > id


@crossways
def test_a_target_with_rows_is_refused_and_left_alone(ends: tuple[str, str]):
    copied(ends)
    change(ends[1], ACCOUNT)
    before = contents(ends[1])
    assert refused(ends) == "the target is not empty: it has rows in org"
    assert contents(ends[1]) == before


@crossways
def test_a_copy_goes_on_from_its_own_source_only(ends: tuple[str, str], tmp_path: Path):
    stopped(ends, 60)
    other = str(tmp_path / "other.db")
    build(other)
    complaint = f"the target has a part of {ends[0]}: copy that, or take an empty database"
    assert refused((other, ends[1])) == complaint


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Callable[[], AbstractContextManager[None]]:
    """A program that knows one step more, for as long as a block lasts."""

    @contextmanager
    def later() -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setitem(schema.STEPS, "9999", lambda: "")
            yield

    return later


def migrate(address: str) -> None:
    with closing(database_at(address)) as store:
        store.migrate()


@crossways
@pytest.mark.parametrize("end", [0, 1])
def test_a_database_of_a_newer_program_is_no_end_of_a_copy(ends: tuple[str, str], end: int, ahead):
    with ahead():
        migrate(ends[end])
    name = ("source", "target")[end]
    newer = "a newer rollcall made this database (step 9999 is unknown here)"
    assert refused(ends).startswith(f"the {name}: {newer}; install that version")


@crossways
@pytest.mark.parametrize("end", [0, 1])
def test_a_database_of_an_older_program_is_no_end_of_a_copy(ends: tuple[str, str], end: int, ahead):
    migrate(ends[end])
    with ahead():
        migrate(ends[1 - end])
        name = ("source", "target")[end]
        with pytest.raises(CopyRefused, match=f"the {name}: the schema lacks step 9999: run"):
            copied(ends)


@pytest.mark.parametrize(
    ("source", "target", "complaint"),
    [
        ("no.db", "copy.db", "there is no database no.db"),
        ("text.db", "copy.db", "cannot use the database text.db: file is not a database"),
        ("old.db", "text.db", "cannot use the database text.db: file is not a database"),
        (
            "old.db",
            "no/copy.db",
            "cannot use the database no/copy.db: unable to open database file",
        ),
        ("old.db", "./old.db", "--from and --to are the same database"),
        (
            "old.db",
            "oracle://db/x",
            "cannot use the database oracle://db/x: no file, no postgresql",
        ),
        ("old.db", "postgresql://me:secret@127.0.0.1:1/x", "cannot use the database: connection"),
        ("postgresql://me:1@host/x", "postgresql://me:2@host/x", "--from and --to are the same"),
        (
            "postgresql://host/x?password=1",
            "postgresql://host/x?password=2",
            "--from and --to are the same",
        ),
        ("empty.db", "copy.db", "the source: the schema lacks step 0001: run `rollcall migrate`"),
    ],
)
def test_what_cannot_be_copied_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, target: str, complaint: str
):
    monkeypatch.chdir(tmp_path)
    Path("text.db").write_text("no database" * 100)
    Path("empty.db").touch()
    build("old.db")
    told = refused((source, target))
    assert told.startswith(complaint)
    assert "secret" not in told
    assert {path.name for path in tmp_path.iterdir()} == {"text.db", "empty.db", "old.db"}


@postgres
def test_what_the_target_cannot_hold_is_said(engines, worlds: dict[str, str]):
    source, target = engines["sqlite"].copy(worlds["sqlite"]), engines["postgres"].new()
    change(source, "update course set title = 'a' || char(0) || 'b' where key = 'crs_past'")
    complaint = "the target refuses rows in course: PostgreSQL text fields cannot contain NUL"
    assert refused((source, target)).startswith(complaint)


@postgres
def test_who_owns_nothing_copies_the_rows_of_all_tenants(engines, worlds: dict[str, str]):
    """Row security hides none from a copy, on either side."""
    server = engines["postgres"]
    source, target = server.copy(worlds["postgres"]), server.new()
    migrate(target)
    copied((as_server(source), as_server(target)))
    assert contents(target) == contents(source)
