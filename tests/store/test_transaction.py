"""What a call may do in its transaction, and how the engine's refusals are told."""

import pytest
from engines import REFUSED_BY_ENGINE, UNWRITABLE
from probe import add, words

from procedures.store.database import Database
from procedures.store.schema import sqlite3
from procedures.store.sqlite import SQLiteStore
from procedures.store.transaction import Duplicate, Transaction

NOW = "2026-03-02T09:00:00.000Z"


def org(tx: Transaction, key: str) -> int:
    return tx.insert("org", key=key, name=key)


def test_a_duplicate_names_the_index_of_the_schema(store: Database):
    store.transact(lambda tx: org(tx, "acme"))
    with pytest.raises(Duplicate) as caught:
        store.transact(lambda tx: org(tx, "acme"))
    assert caught.value.index == "org_key"


def live_record(tx: Transaction, **changed: object) -> int:
    """A record in an organization with one of everything."""
    columns = {
        "org_id": 1,
        "key": "enr",
        "user_id": 1,
        "realm_id": 1,
        "course_id": 1,
        "slot": "c1",
        "role": "student",
        "status": "active",
        "enrolled_at": NOW,
        "begin_at": NOW,
        "status_at": NOW,
        "updated_at": NOW,
        "source": "rpc",
    }
    return tx.insert("enrollment", **{**columns, **changed})


def one_of_everything(tx: Transaction) -> None:
    org(tx, "acme")
    tx.insert("account", key="usr", email="a@b.example", email_canonical="a@b.example")
    tx.insert("membership", org_id=1, user_id=1, key="usr", role="learner", status="active")
    tx.insert("school", org_id=1, key="sch", name="S", is_default=1)
    tx.insert("course", org_id=1, key="crs", school_id=1, title="C", updated_at=NOW)
    realm = {"org_id": 1, "kind": "section", "title": "R", "course_id": 1, "school_id": 1}
    tx.insert("realm", key="sec", is_default=1, **realm)
    live_record(tx)


@pytest.mark.parametrize(
    ("changed", "index"),
    [
        ({"key": "other"}, "enrollment_live"),
        ({"key": "other", "status": "invited"}, "enrollment_live"),
        ({"slot": "r1"}, "enrollment_key"),
    ],
)
def test_a_second_live_record_is_refused_by_name(store: Database, changed: dict, index: str):
    store.transact(one_of_everything)
    with pytest.raises(Duplicate) as caught:
        store.transact(lambda tx: live_record(tx, **changed))
    assert caught.value.index == index


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "other", "status": "dropped"},
        {"key": "other", "role": "teacher"},
        {"key": "enr", "slot": "r1", "deleted_at": NOW},
    ],
)
def test_an_ended_another_or_a_buried_record_is_not(store: Database, changed: dict):
    store.transact(one_of_everything)
    assert store.transact(lambda tx: live_record(tx, **changed)) == 2


def test_an_update_into_a_duplicate_is_told_the_same_way(store: Database):
    store.transact(one_of_everything)
    store.transact(lambda tx: live_record(tx, key="other", status="dropped"))
    with pytest.raises(Duplicate) as caught:
        store.transact(lambda tx: tx.run("update enrollment set status = 'active'"))
    assert caught.value.index == "enrollment_live"


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "completed"},
        {"status": "active", "completed_at": NOW},
        {"status": "gone"},
        {"progress": 101},
        {"end_at": NOW},
        {"primary_flag": 1},
        {"course_id": None},
        {"realm_id": 2},
        {"user_id": 2},
        {"org_id": 2},
    ],
)
def test_what_the_model_forbids_is_refused_by_the_database(store: Database, changed: dict):
    store.transact(one_of_everything)
    with pytest.raises(REFUSED_BY_ENGINE):
        store.transact(lambda tx: live_record(tx, **{"key": "other", "slot": "r9", **changed}))


def test_a_savepoint_is_undone_alone(store: Database):
    def work(tx: Transaction) -> None:
        add("before")(tx)
        with pytest.raises(LookupError), tx.savepoint():
            add("inside")(tx)
            raise LookupError
        with tx.savepoint():
            add("kept")(tx)

    store.transact(work)
    assert words(store) == ["before", "kept"]


def test_savepoints_nest(store: Database):
    def work(tx: Transaction) -> None:
        with tx.savepoint():
            add("outer")(tx)
            with pytest.raises(LookupError), tx.savepoint():
                add("inner")(tx)
                raise LookupError

    store.transact(work)
    assert words(store) == ["outer"]


def test_a_read_sees_one_moment(store: Database, other: Database):
    def work(tx: Transaction) -> tuple[int, int]:
        before = tx.value("select count(*) from probe")
        other.transact(add("meanwhile"))
        return before, tx.value("select count(*) from probe")

    assert store.look(work) == (0, 0)
    assert words(store) == ["meanwhile"]


def test_a_read_cannot_write(store: Database):
    with pytest.raises(UNWRITABLE, match=r"read-?only"):
        store.look(add("one"))
    assert words(store) == []


def test_a_read_that_fails_leaves_the_reader_usable(store: Database):
    with pytest.raises(LookupError):
        store.look(lambda tx: tx.all(refuse_row, "select 1"))
    assert words(store) == []


def refuse_row(value: int) -> None:
    raise LookupError


def test_rows_come_as_what_was_asked_for(store: Database):
    store.transact(add("one"))
    sql = "select id, word from probe where word = :word"
    assert store.look(lambda tx: tx.one(dict_of, sql, word="one")) == {"id": 1, "word": "one"}
    assert store.look(lambda tx: tx.one(dict_of, sql, word="two")) is None
    assert store.look(lambda tx: tx.all(dict_of, sql, word="two")) == []
    assert store.look(lambda tx: tx.value(sql, word="two")) is None


def dict_of(id: int, word: str) -> dict:
    return {"id": id, "word": word}


def test_run_tells_how_many_rows_it_changed(store: Database):
    store.transact(lambda tx: [add(word)(tx) for word in "abc"])
    assert store.transact(lambda tx: tx.run("update probe set word = word || '!'")) == 3
    assert store.transact(lambda tx: tx.run("delete from probe where word = 'z'")) == 0


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("is_undone", [False, True])
def test_behind_a_read_that_failed_each_read_is_one_snapshot(
    store: SQLiteStore, other: Database, is_undone: bool
):
    """Also where the engine itself ended the transaction, as it may when the disk fails."""

    def fail(tx: Transaction) -> None:
        count(tx)
        if is_undone:
            store._reader.rollback()
        raise sqlite3.OperationalError("disk I/O error")

    def count_twice(tx: Transaction) -> tuple[int, int]:
        before = count(tx)
        other.transact(add("meanwhile"))
        return before, count(tx)

    def count(tx: Transaction) -> int:
        return tx.value("select count(*) from probe")

    with pytest.raises(sqlite3.OperationalError):
        store.read(fail)
    assert store.read(count_twice) == (0, 0)
    assert store.read(count) == 1
