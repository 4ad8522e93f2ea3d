"""What the peers of the benchmark answer from: 100,000 records and 10,000 memberships."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

from procedures.instants import instant, system_clock
from procedures.sessions import SessionSigner
from procedures.store.schema import sqlite3
from procedures.store.sqlite import SQLiteStore
from procedures.store.transaction import Transaction

SECRET = "bench-secret-bench-secret-bench-secret"
SIGNER = SessionSigner([SECRET])  # HMAC-SHA256, as cookie-signature on Node has it
COLUMNS = "id,user_id,course_id,org_id,role,status,progress,active,created_at,updated_at"
ROLES = ("student", "teacher", "assistant")
THEN = "2026-01-02T03:04:05.678Z"

Role = Literal["student", "teacher", "assistant"]
Key = Annotated[str, Meta(min_length=1, max_length=64)]


class Echo(Struct, frozen=True):
    user_id: Key
    course_id: Key
    role: Role
    tags: Annotated[list[Annotated[str, Meta(max_length=32)]], Meta(max_length=16)]
    progress: Annotated[float, Meta(ge=0, le=1)]
    active: bool


class New(Struct, frozen=True):
    user_id: int
    course_id: int
    org_id: int
    role: Role


class Record(Struct, frozen=True):
    id: int
    user_id: int
    course_id: int
    org_id: int
    role: str
    status: str
    progress: float
    active: bool
    created_at: str
    updated_at: str

    @classmethod
    def row(cls, *columns: object) -> Record:
        return cls(*columns[:7], bool(columns[7]), *columns[8:])  # type: ignore[arg-type]


class Id(Struct, frozen=True):
    id: int


class Org(Struct, frozen=True):
    org_id: int


class User(Struct, frozen=True):
    user_id: int


class Me(Struct, frozen=True):
    user_id: int
    org_id: int
    role: str


def stored(tx: Transaction, given: New) -> Record:
    now = instant(system_clock())
    row = (given.user_id, given.course_id, given.org_id, given.role, "active", 0.0, True, now, now)
    id = tx.insert("record", **dict(zip(COLUMNS.split(",")[1:], row, strict=True)))
    return Record(id, *row)


def page(tx: Transaction) -> list[Record]:
    return tx.all(Record.row, f"select {COLUMNS} from record order by id limit 100")


def stored_record(i: int) -> tuple[int | float | str, ...]:
    """The columns of the record with that id."""
    about = (1 + i // 20, 1 + i % 20, 1 + i % 50, ROLES[i % 3])
    return (i, *about, "active", i % 101 / 100, i % 2, THEN, THEN)


def seed(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        store.migrate()  # it opens no file of another program
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("begin")
    connection.execute(
        """
        create table record (
          id integer primary key, user_id integer not null, course_id integer not null,
          org_id integer not null, role text not null, status text not null,
          progress real not null, active integer not null, created_at text not null,
          updated_at text not null, unique (user_id, course_id))
        """
    )
    connection.execute(
        "create table member (org_id integer not null, user_id integer not null,"
        " role text not null, primary key (org_id, user_id)) without rowid"
    )
    rows = (stored_record(number) for number in range(1, 100_001))
    connection.executemany(f"insert into record values ({', '.join('?' * 10)})", rows)
    members = ((o, u, ROLES[u % 3]) for o in range(1, 51) for u in range(1, 201))
    connection.executemany("insert into member values (?, ?, ?)", members)
    connection.execute("commit")
    connection.close()


def database() -> Path:
    return Path(os.environ["BENCH_DB"])


def roster(learners: int, courses: int) -> bytes:
    """A roster document for the workloads of the service itself."""
    verified = {"org": "org", "verified_at": "2025-08-01T08:00:00Z"}
    people = [f"usr_{i}" for i in range(learners)]
    document = {
        "format": "rollcall-roster-1",
        "orgs": [{"key": "org", "name": "Organization"}],
        "schools": [{"org": "org", "key": "sch", "name": "School", "is_default": True}],
        "accounts": [
            {"key": key, "email": f"{key}@bench.example"} for key in ["usr_admin", *people]
        ],
        "memberships": [
            {"user": "usr_admin", "role": "admin", **verified},
            *({"user": key, "role": "learner", **verified} for key in people),
        ],
        "courses": [
            {"org": "org", "key": f"crs_{i}", "title": f"Course {i}", "status": "published"}
            for i in range(courses)
        ],
    }
    return json.dumps(document).encode()


def prepare(folder: Path) -> None:
    """Put there what every peer starts from: the database, and a roster for the service."""
    seed(folder / "seed.db")
    (folder / "roster.json").write_bytes(roster(5000, 400))
