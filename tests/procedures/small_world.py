"""A small world for the state machine: two organizations, few people, few seats, so that calls
chosen at random meet each other. Procedures are called inside the process."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from world import KEYS, NOW, Clock, add_credentials, token_text

from procedures import router
from procedures.app import Transactions
from procedures.background import once
from procedures.context import Anyone, Service
from procedures.instants import instant
from procedures.rates import RateToken
from procedures.roster.load import load, prepared
from procedures.sessions import SessionSigner
from procedures.settings import Settings
from procedures.store.sqlite import SQLiteStore
from rpc.call import create_caller
from rpc.errors import RPCError
from rpc.request import Request

LONG_AGO = "2025-08-01T08:00:00Z"
ADMINS = {"usr_ada": "acme", "usr_bea": "beta"}
LEARNERS = {"usr_tom": "acme", "usr_lia": "acme", "usr_leo": "acme", "usr_ben": "beta"}
BOTH = "usr_bob"  # a learner of both
UNVERIFIED = "usr_una"
PEOPLE = [*ADMINS, *LEARNERS, BOTH, UNVERIFIED]
# Who calls: a person in an organization, or nobody (None).
CALLERS = [*ADMINS.items(), *LEARNERS.items(), (BOTH, "acme"), (BOTH, "beta"), (UNVERIFIED, "acme")]

COURSES: dict[str, dict[str, Any]] = {
    "crs_open": {},
    "crs_line": {"capacity": 1, "waitlist": True},
    "crs_days": {"capacity": 2, "join_policy": "request", "waitlist": True, "access_days": 2},
    "crs_many": {"multi_section": True, "self_reenroll": False},
    "crs_next": {"completion_policy": "progress"},
}
SECTIONS: dict[str, dict[str, Any]] = {
    "sec_open": {"course": "crs_open", "is_default": True, "access_code": "CCCCC-22222"},
    "sec_more": {"course": "crs_open", "capacity": 1, "waitlist": True},
    "sec_line": {"course": "crs_line", "is_default": True},
    "sec_days": {"course": "crs_days", "is_default": True},
    "sec_red": {"course": "crs_many", "capacity": 1, "waitlist": True},
    "sec_blue": {"course": "crs_many", "capacity": 1},
}
CODE = {"access_code": "GGGGG-22222", "code_max_uses": 2, "capacity": 1, "waitlist": True}
GROUPS: dict[str, dict[str, Any]] = {
    "grp_open": {"join_policy": "open", **CODE},
    "grp_ask": {"join_policy": "request", "capacity": 1},
}
# Who is where to begin with; the order is that of coming.
RECORDS = """
    tom sec_open teacher       active       lia sec_open student       active
    leo sec_more student       suspended    tom sec_red  teacher       active
    leo sec_red  student       active       bob sec_red  student       waitlisted
    tom sec_line teacher       active       lia sec_line student       active
    leo sec_line student       waitlisted   bob sec_open student       active
    tom sec_more administrator active       bob sec_line student       waitlisted
    bob sec_days student       active       leo sec_days student       requested
    lia sec_days student       invited      lia grp_open student       active
    bob grp_open student       waitlisted   leo grp_open student       dropped
    tom grp_ask  administrator active       lia sec_blue student       expired
"""
ENDS = dict.fromkeys(
    ["bob sec_days", "lia grp_open", "lia sec_line", "bob sec_open", "leo sec_red"],
    "2026-03-02T10:00:00Z",
)
THERE = {"crs_open": {}, "crs_beta": {"capacity": 1, "waitlist": True}}
CODES = ["CCCCC-22222", "GGGGG-22222", "ZZZZZ-22222"]
LESSONS = ["les_1", "les_2"]
ALL_COURSES = [*COURSES, "crs_beta", "crs_zzz"]
ALL_REALMS = [*SECTIONS, *GROUPS, "sec_beta", "sec_zzz"]


def roster() -> bytes:
    here, there = {"org": "acme"}, {"org": "beta"}
    published = {"status": "published"}
    member = {"role": "learner", "verified_at": LONG_AGO}
    members = [{"org": org, "user": user, **member} for user, org in LEARNERS.items()]
    members += [{"org": org, "user": BOTH, **member} for org in ("acme", "beta")]
    members += [{"org": o, "user": u, **member, "role": "admin"} for u, o in ADMINS.items()]
    members += [{**here, "user": UNVERIFIED, "role": "learner"}]
    sections = {key: {**here, "kind": "section", **said} for key, said in SECTIONS.items()}
    sections["sec_beta"] = {**there, "kind": "section", "course": "crs_beta", "is_default": True}
    realms = sections | {key: {**here, "kind": "group", **said} for key, said in GROUPS.items()}
    document = {
        "format": "rollcall-roster-1",
        "orgs": [{"key": org, "name": org} for org in ("acme", "beta")],
        "schools": [
            {"org": org, "key": f"sch_{org}", "name": org, "is_default": True}
            for org in ("acme", "beta")
        ],
        "accounts": [{"key": user, "email": f"{user}@all.example"} for user in PEOPLE],
        "memberships": members,
        "courses": [
            {**home, "key": key, "title": key, **published, **said}
            for home, courses in ((here, COURSES), (there, THERE))
            for key, said in courses.items()
        ],
        "prerequisites": [{**here, "course": "crs_next", "requires": "crs_open"}],
        "components": [
            {**here, "course": course, "key": key, "kind": "lesson", "title": key}
            for course in ("crs_open", "crs_next")
            for key in LESSONS
        ],
        "realms": [{"key": key, "title": key, **said} for key, said in realms.items()],
        "enrollments": [*enrollments()],
    }
    return json.dumps(document).encode()


def enrollments() -> Iterator[dict[str, Any]]:
    words = RECORDS.split()
    for number, (user, realm, role, status) in enumerate(batched(words)):
        yield {
            "org": "acme",
            "key": f"enr_{user}_{realm}",
            "user": f"usr_{user}",
            "realm": realm,
            "role": role,
            "status": status,
            "status_by": f"usr_{user}",
            "enrolled_at": f"2026-02-01T{number:02}:00:00Z",
            "end_at": ENDS.get(f"{user} {realm}"),
        }


def batched(words: list[str]) -> Iterator[list[str]]:
    return (words[start : start + 4] for start in range(0, len(words), 4))


def build_small_world(path: Path) -> None:
    store = SQLiteStore(path)
    store.migrate()
    store.transact(lambda tx: load(tx, prepared(roster()), NOW))
    store.transact(add_credentials)
    store.close()


class HastyStore(SQLiteStore):
    """It does not wait for the disk: no power is cut in these tests."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._writer.execute("pragma synchronous = off")


TABLES = [
    "account",
    "component",
    "component_done",
    "course",
    "enrollment",
    "event",
    "membership",
    "org",
    "outbox",
    "prerequisite",
    "realm",
    "realm_term",
    "school",
    "submission",
    "term",
    "webhook",
]
Rows = list[tuple[Any, ...]]


class SmallWorld:
    """The service on a copy of the file, with a clock of its own."""

    def __init__(self, original: Path) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="rollcall-machine-"))
        shutil.copy(original, self.home / "world.db")
        self.loop = asyncio.new_event_loop()
        self.store = HastyStore(self.home / "world.db")
        self.clock = Clock()
        signer = SessionSigner(KEYS)
        self.service = Service(Settings(secret_keys=KEYS), self.store, signer, self.clock)

    @property
    def now(self) -> str:
        return instant(self.clock())

    def call(self, who: tuple[str, str] | None, path: str, given: dict[str, Any]) -> Any:
        """What the procedure returns. Raises RPCError."""
        headers = []
        if who is not None:
            headers = [(b"authorization", f"Bearer {token_text(*who)}".encode())]
        request = Request({"headers": headers})
        ctx = Anyone(self.service, request, "rpc", self.now, None, RateToken())
        call = create_caller(router, ctx, Transactions(self.store))
        return self.loop.run_until_complete(call(path, given))

    def attempt(self, who: tuple[str, str] | None, path: str, given: dict[str, Any]) -> Any:
        """What the procedure returns, or its refusal. Raises whatever is a fault of ours."""
        try:
            return self.call(who, path, given)
        except RPCError as refusal:
            if refusal.code == "INTERNAL_SERVER_ERROR":
                raise refusal.__cause__ or refusal from refusal
            return refusal

    def tick(self) -> None:
        self.loop.run_until_complete(once(self.service))

    def rows(self, sql: str) -> Rows:
        values = {"now": self.now}
        return self.store.read(lambda tx: tx.all(lambda *row: row, sql, **values))

    def contents(self) -> dict[str, Rows]:
        """Every row that a call can change."""
        return self.store.read(
            lambda tx: {
                table: tx.all(lambda *row: row, f"select * from {table}") for table in TABLES
            }
        )

    def close(self) -> None:
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.store.close()
        self.loop.close()
        shutil.rmtree(self.home)
