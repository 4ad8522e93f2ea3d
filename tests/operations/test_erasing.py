"""`rollcall erase`: no byte is left that tells who somebody was, and nothing that happened is lost.

T-25 of the threats, goal G16."""

from __future__ import annotations

import json
import random
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from commands import complaint_of, rollcall, serve
from engines import Engine, contents
from held import rows
from killable import KillableServer
from retrying import UNBOUNDED, load
from world import Person, World, build, serving

from procedures.__main__ import main, new_bearer
from procedures.roster.load import load as load_roster
from procedures.roster.load import prepared
from procedures.store import erasing
from procedures.store.erasing import rewrite, wipe_account
from procedures.store.opening import database_at
from procedures.store.schema import sqlite3
from procedures.store.sqlite import SQLiteStore
from procedures.store.transaction import Transaction

NAME = "Xanthippe"  # in all that tells who she is
KEY, EMAIL = "usr_xanthippe", "xanthippe@both.example"
SINCE = "2025-08-01T08:00:00Z"
# Capitals make no other address. Of gamma she is no member.
WRITTEN = EMAIL.upper()
ROSTER = {
    "format": "rollcall-roster-1",
    "orgs": [{"key": "gamma", "name": "Gamma", "settings": {"adminEmails": [WRITTEN]}}],
    "accounts": [{"key": KEY, "email": EMAIL, "name_first": NAME, "password": "a long password"}],
    "schools": [{"org": "gamma", "key": "sch_gamma", "name": "Gamma", "is_default": True}],
    "memberships": [
        *(
            {"org": org, "user": KEY, "role": "learner", "verified_at": SINCE, "school_uid": NAME}
            for org in ("acme", "beta")
        ),
        {"org": "gamma", "user": "usr_ada", "role": "learner", "verified_at": SINCE},
    ],
}


@pytest.fixture
async def known(database: str) -> str:
    """A database in which she has left traces wherever one can."""
    await make_known(database)
    return database


async def make_known(database: str) -> None:
    with closing(database_at(database)) as store:
        store.transact(lambda tx: load_roster(tx, prepared(json.dumps(ROSTER).encode()), SINCE))
        token = store.transact(lambda tx: new_bearer(tx, KEY, "acme"))
        abroad = store.transact(lambda tx: new_bearer(tx, "usr_ada", "gamma"))
    async with serving(database) as world:
        await leave_traces(world, token)
        await answered_elsewhere(world.stranger(authorization=f"Bearer {abroad}"))


async def leave_traces(world: World, token: str) -> None:
    her, ada = world.stranger(authorization=f"Bearer {token}"), world.person("usr_ada")
    for course in ("crs_open", "crs_maths", "crs_logic"):
        keyed = {"idempotency-key": f"{NAME} {course}"}
        await her.post("enrollment.enroll", json={"courseId": course}, headers=keyed)
    await her.call(
        "submission.create", courseId="crs_open", assessment="essay", body={"text": f"by {NAME}"}
    )
    await her.call("enrollment.unenroll", courseId="crs_maths", reason=f"{NAME} is ill")
    told = {"settings": {"adminEmails": [WRITTEN, "ada@acme.example"]}}
    await ada.post("org.update", json=told, headers={"idempotency-key": "told"})
    await ada.call("enrollment.update", id="enr_lia", status="completed")
    keyed = {"idempotency-key": f"verify {EMAIL}"}
    await ada.post("membership.verify", json={"userId": KEY}, headers=keyed)
    await named_in_an_answer(world, ada)
    await world.stranger().call("auth.login", email=EMAIL, password="a long password")


async def named_in_an_answer(world: World, ada: Person) -> None:
    """Nothing in it but her name and numbers says whom it is about."""
    uid = world.value("select id from account where key = :key", key=KEY)
    group = world.value("select id from realm where key = 'grp_open'")
    path = f"/v1/groups/{group}/enrollments"
    headers, body = ada.headers | {"idempotency-key": "1"}, {"uid": uid, "admin": 0, "status": 1}
    answer = await world.http.post(path, json=body, headers=headers)
    assert NAME in answer.json()["name_display"]
    await world.http.delete(f"{path}/{answer.json()['id']}", headers=ada.headers)


async def answered_elsewhere(ada: Person) -> None:
    """Kept in the organization that is active, where she never was."""
    given = {"courseId": "crs_logic", "userId": KEY, "endAt": "2030-01-01T00:00:00Z"}
    answer = await ada.post("enrollment.update", json=given, headers={"idempotency-key": "2"})
    assert answer.json()["result"]["data"]["userId"] == KEY


def erase(database: str, *arguments: Any, folder: Path) -> str:
    """What the command prints, in this process: there it takes a tenth of the time."""
    done = asked(*arguments, "--list", folder / "list.erased", "--database", database)
    assert done.exit_code == 0, done.output
    return done.output


def asked(*arguments: Any) -> Result:
    return CliRunner().invoke(main, ["erase", *map(str, arguments)])


def complaint(*arguments: Any) -> str:
    done = asked(*arguments)
    assert done.exit_code == 1
    return done.output.removeprefix("Error: ").strip()


def is_named(path: Path) -> bool:
    return NAME.lower().encode() in path.read_bytes().lower()


def is_named_in(database: str) -> bool:
    with closing(database_at(database)) as store:
        return NAME.lower() in repr(contents(store)).lower()


EVENTS = "select id, kind, enrollment_key from event order by id"


def test_whoever_is_erased_is_named_nowhere_and_what_happened_stays(known: str, tmp_path: Path):
    before = rows(known, EVENTS)
    assert is_named_in(known)
    assert erase(known, KEY, folder=tmp_path).startswith(f"erased {KEY} with 2 records; ")
    assert not is_named_in(known)
    after = rows(known, EVENTS)
    assert after[: len(before)] == before
    assert [kind for _, kind, _ in after[len(before) :]] == ["deleted", "deleted"]


@pytest.mark.engine("sqlite")
def test_no_byte_of_hers_is_left_in_the_file_its_log_a_backup_or_the_list(
    known: str, tmp_path: Path
):
    assert is_named(Path(known))
    with serve(known, **UNBOUNDED) as serving:
        with load([serving.address], clients=2, keep_alive=True) as calls:
            while len(calls.made) < 20:
                time.sleep(0.01)
            erase(known, KEY, folder=tmp_path)
        assert rollcall("backup", tmp_path / "backup.db", "--database", known).returncode == 0
        kept = [*Path(known).parent.glob(f"{Path(known).name}*"), *tmp_path.glob("[bl]*")]
        assert {path.suffix for path in kept} >= {".db", ".db-wal", ".erased"}
        assert [path.name for path in kept if is_named(path)] == []
        assert calls.failures == []


@pytest.mark.engine("postgres")
async def test_no_byte_of_hers_is_left_in_the_tables_of_a_server(engine: Engine, tmp_path: Path):
    with closing(KillableServer(tmp_path)) as server:
        build(server.address)
        await make_known(server.address)
        assert holds_her(server)
        erase(server.address, KEY, folder=tmp_path)
        server.run("vacuum (full, analyze)", database="killed")
        assert not holds_her(server)


def holds_her(server: KillableServer) -> bool:
    return any(NAME.lower().encode() in found.lower() for found in server.tables())


@pytest.mark.engine("sqlite")
def test_what_pages_held_before_they_were_rearranged_goes_too(tmp_path: Path):
    path, chance = tmp_path / "churned.db", random.Random(1)
    words = [f"{NAME}{chance.getrandbits(80):x}" for _ in range(3000)]
    with closing(SQLiteStore(path)) as store:
        store.migrate()
        for end in range(20, len(words) + 1, 20):
            store.transact(partial(add, words=words[end - 20 : end]))
            store.transact(partial(grow, words=chance.sample(words[:end], 20)))
        for id in range(1, len(words), 100):
            store.transact(partial(wipe, ids=range(id, id + 100)))
        assert not is_named_in(str(path))
    assert is_named(path)
    rewrite(path)
    assert not is_named(path)


def add(tx: Transaction, words: list[str]) -> None:
    for word in words:
        tx.insert("account", key=word, email=word, email_canonical=word)


def grow(tx: Transaction, words: list[str]) -> None:
    for word in words:
        tx.run("update account set name_last = :long where key = :key", key=word, long=word * 9)


def wipe(tx: Transaction, ids: range) -> None:
    for id in ids:
        wipe_account(tx, id, f"usr_{id}")


def test_her_sessions_and_tokens_are_worthless(known: str, tmp_path: Path):
    assert rows(known, HERS) != [(0, 0)]
    erase(known, KEY, folder=tmp_path)
    assert rows(known, HERS) == [(0, 0)]


HERS = """
    select (select count(*) from token where user_id = a.id),
           (select count(*) from session where user_id = a.id)
    from account a order by a.id desc limit 1
"""


def test_after_an_older_backup_was_restored_the_listed_are_erased_again(
    known: str, engine: Engine, tmp_path: Path
):
    older = engine.copy(known)
    erase(known, KEY, folder=tmp_path)
    assert is_named_in(older)
    assert erase(older, "--again", folder=tmp_path) == "erased 1 accounts with 2 records\n"
    assert not is_named_in(older)
    assert erase(older, "--again", folder=tmp_path) == "erased 0 accounts with 0 records\n"
    engine.drop(older)


SPOILT = {
    "no number": b"x y",
    "no digest": b"12",
    "the half of a line": b"12 0f0f",
    "no UTF-8": b"\xff\xfe",
    "a number beyond all ids": b"9" * 19 + b" " + b"0" * 64,
    "a number too long to be one": b"9" * 5000 + b" " + b"0" * 64,
}


@pytest.mark.parametrize("line", SPOILT.values(), ids=SPOILT)
def test_a_line_that_names_nobody_is_told_of_when_all_others_are_erased(
    known: str, engine: Engine, tmp_path: Path, line: bytes
):
    older, path = engine.copy(known), tmp_path / "list.erased"
    erase(known, KEY, folder=tmp_path)
    path.write_bytes(b"\n".join([b"", line, path.read_bytes()]))
    done = asked("--again", "--list", path, "--database", older)
    said = f"{path} has lines that name nobody: 2; mend or remove them, then erase again"
    assert done.output == f"erased 1 accounts with 2 records\nError: {said}\n"
    assert (done.exit_code, is_named_in(older)) == (1, False)
    engine.drop(older)


@pytest.mark.parametrize("before", [b"", b"\n", b"12 0f0f", b"\r\n \n"])
def test_whoever_is_noted_has_a_line_of_her_own(
    known: str, engine: Engine, tmp_path: Path, before: bytes
):
    """Also behind one that a full disk has left without its end."""
    older, path = engine.copy(known), tmp_path / "list.erased"
    path.write_bytes(before)
    erase(known, KEY, folder=tmp_path)
    assert path.read_bytes().startswith(before)
    assert "erased 1 accounts" in asked("--again", "--list", path, "--database", older).output
    assert not is_named_in(older)
    engine.drop(older)


def test_what_was_broken_off_is_done_again(
    known: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Here after every organization, before the account."""
    monkeypatch.setattr(erasing, "wipe_account", broken_off)
    done = asked(KEY, "--list", tmp_path / "list.erased", "--database", known)
    assert isinstance(done.exception, BrokenOff)
    assert is_named_in(known)
    monkeypatch.undo()
    assert erase(known, "--again", folder=tmp_path) == "erased 1 accounts with 0 records\n"
    assert not is_named_in(known)


@pytest.mark.engine("sqlite")
def test_bytes_that_somebody_still_reads_are_told_of(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(erasing, "LOCK_WAIT", 0.01)
    with closing(sqlite3.connect(database)) as reader:
        reader.execute("begin")
        reader.execute("select * from account").fetchall()
        told = complaint("usr_lia", "--list", tmp_path / "list.erased", "--database", database)
    said = f"the log of {database} cannot be emptied: somebody reads"
    assert told.endswith(f"Error: {said}; old bytes stay in it until `rollcall erase --again`")
    assert erase(database, "--again", folder=tmp_path).startswith("erased ")


class BrokenOff(Exception):
    """Nothing the product knows about."""


def broken_off(*_: Any) -> None:
    raise BrokenOff


def test_whoever_got_her_id_after_a_restore_is_left_alone(
    known: str, built_world: str, engine: Engine, tmp_path: Path
):
    """The backup was of a time before her."""
    before_her = engine.copy(built_world)
    with closing(database_at(before_her)) as store:
        store.transact(lambda tx: add(tx, ["somebody else"]))
    ids = "select id from account order by id desc limit 1"
    assert rows(before_her, ids) == rows(known, ids)
    erase(known, KEY, folder=tmp_path)
    assert erase(before_her, "--again", folder=tmp_path).startswith("erased 0 accounts")
    assert rows(before_her, "select email from account order by id desc limit 1") == [
        ("somebody else",)
    ]
    engine.drop(before_her)


def test_a_person_who_is_not_there_and_the_last_admin_are_refused(database: str, tmp_path: Path):
    listed = ("--list", tmp_path / "list.erased", "--database", database)
    assert complaint_of("erase", "usr_nobody", *listed).startswith("no account usr_nobody; ")
    assert complaint("usr_ada", *listed) == "usr_ada is the last admin of acme: name another first"
    assert complaint(*listed) == complaint("usr_lia", "--again", *listed)
    assert complaint(*listed) == "name an account, or --again and none"
    assert complaint("--again", *listed).startswith("there is no list ")
    assert not (tmp_path / "list.erased").exists()
    nowhere = ("--list", tmp_path / "no" / "list", "--database", database)
    assert complaint("usr_lia", *nowhere).startswith(f"cannot write {tmp_path}/no/list: ")
    assert rows(database, "select count(*) from account where key = 'usr_lia'") == [(1,)]
