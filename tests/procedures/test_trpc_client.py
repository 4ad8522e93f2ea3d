"""The service before the real, unmodified @trpc/client: tests/client/service, and its database."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import commands
import node
import pytest
from world import ROSTER

PROJECT = "service"  # in tests/client
LINKS = [
    "httpLink",
    "httpBatchLink",
    "httpBatchLink, all by POST",
    "httpBatchStreamLink",
    "wsLink",
]
STREAMS = {"httpBatchStreamLink", "wsLink"}
KEYS = {"secret_keys": "of this test"}

NOBODY = ["UNAUTHORIZED", 401, None]
NOT_MEMBER = ["FORBIDDEN", 403, "not_member"]
NOT_PUBLISHED = ["BAD_REQUEST", 400, "not_published"]
ABSENT = ["NOT_FOUND", 404, None]
REFUSED = {
    "sign in with a wrong password": NOBODY,
    "stranger enrolls": NOBODY,
    "stranger unenrolls": NOBODY,
    "unverified enrolls": NOT_MEMBER,
    "unverified unenrolls": NOT_MEMBER,
    "no member enrolls": NOT_MEMBER,
    "no member unenrolls": NOT_MEMBER,
    "of beta enrolls": NOT_MEMBER,
    "of beta unenrolls": NOT_MEMBER,
    "enroll in crs_draft": NOT_PUBLISHED,
    "enroll in crs_shelf": NOT_PUBLISHED,
    "enroll in crs_beta": NOT_MEMBER,
    "enroll in crs_nowhere": NOT_MEMBER,
    "unenroll from crs_maths": ABSENT,
    "unenroll from crs_beta": NOT_MEMBER,
    "unenroll from crs_nowhere": NOT_MEMBER,
    "claim an organization": ["BAD_REQUEST", 400, "invalid_input"],
    "enroll twice": ["CONFLICT", 409, "already_enrolled"],
    "unenroll twice": ABSENT,
    "get what is gone": ABSENT,
    "enroll in a draft": NOT_PUBLISHED,
    "who am I now": NOBODY,
    "with the old cookie": NOBODY,
}
LIA = {
    "userId": "usr_lia",
    "email": "lia@acme.example",
    "nameDisplay": "Lia",
    "orgId": "acme",
    "orgs": [{"orgId": "acme", "name": "Acme Academy", "role": "learner", "verified": True}],
}

Rows = dict[str, Counter[tuple[Any, ...]]]
TABLES = "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'"


class Story:
    """What the script has told, and what the file held before and holds after it."""

    def __init__(self, link: str, said: dict[str, Any], before: Path, after: Path) -> None:
        self.link = link
        self.said = said
        self.file = after
        self._before, self._after = contents(before), contents(after)

    def answer(self, step: str) -> Any:
        return self.said[step]["answer"]

    @property
    def refusals(self) -> dict[str, list[Any]]:
        steps = {step: told for step, told in self.said.items() if isinstance(told, dict)}
        return {step: told["refused"] for step, told in steps.items() if "refused" in told}

    def added(self, table: str) -> int:
        return (self._after[table] - self._before[table]).total()

    def removed(self, table: str) -> int:
        return (self._before[table] - self._after[table]).total()

    @property
    def changes(self) -> dict[str, tuple[int, int]]:
        """Table -> how many rows were removed and how many added, a change being both."""
        tables = {table: (self.removed(table), self.added(table)) for table in self._after}
        return {table: counts for table, counts in tables.items() if counts != (0, 0)}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return rows(self.file, sql)


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def contents(path: Path) -> Rows:
    """Every row of every table."""
    tables = rows(path, TABLES)
    return {name: Counter(rows(path, f"select * from {name}")) for (name,) in tables}


@pytest.fixture(scope="module")
def project(client_packages: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Where the compiled scripts are, and what the compiler has said."""
    into = tmp_path_factory.mktemp("compiled")
    return into, node.compiled(client_packages / PROJECT, client_packages, into)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A database file with the roster, and the cookies that the script takes."""
    path = tmp_path_factory.mktemp("loaded") / "roster.db"
    commands.output_of("load", ROSTER, "--database", path)
    people = ("usr_ada", "usr_una", "usr_nil", "usr_ben")
    return path, [
        commands.output_of("session", user, "--database", path, **KEYS).strip() for user in people
    ]


@pytest.fixture(scope="module", params=LINKS)
def story(request, project, loaded, tmp_path_factory) -> Iterator[Story]:
    """The script's story, told over one link by a service that has ended since."""
    path, cookies = loaded
    mine = Path(shutil.copy(path, tmp_path_factory.mktemp("story") / "mine.db"))
    with commands.serve(mine, **KEYS) as serving:
        script = project[0] / PROJECT / "live.js"
        lines = node.output_of(script, serving.url, request.param, *cookies).splitlines()
        status, errors = serving.stop()
    assert (status, "Traceback" in errors) == (0, False)
    return Story(request.param, dict(json.loads(line) for line in lines), path, mine)


def test_right_uses_of_the_service_compile_and_wrong_ones_do_not(project):
    into, said = project
    assert said == ""
    scripts = {path.name for path in (into / PROJECT).iterdir()}
    assert scripts == {"good.js", "wrong.js", "live.js"}


def test_every_refusal_has_the_code_and_the_reason_of_its_rule(story: Story):
    on_a_stream = {"sign in on a stream": ["BAD_REQUEST", 400, None]}
    assert story.refusals == REFUSED | (on_a_stream if story.link in STREAMS else {})


def test_who_signs_in_is_known_until_signing_out(story: Story):
    assert story.said["cookie after that"] == ""
    assert story.answer("sign in") == story.answer("who am I") == LIA
    assert story.answer("with the same cookie") == LIA
    assert story.answer("log out") == {"success": True}
    if story.link not in STREAMS:
        assert story.said["cookie after logging out"] == "rollcall="


def test_the_record_that_enrolling_returns_is_the_one_that_is_read(story: Story):
    record = story.answer("enroll")
    assert record.items() >= {"courseId": "crs_open", "userId": "usr_lia", "source": "rpc"}.items()
    assert (record["role"], record["status"], record["version"]) == ("student", "active", 1)
    assert story.answer("get") == record
    assert story.answer("list") == {"items": [record], "total": 1, "nextCursor": None}


def test_who_leaves_may_come_back_with_a_new_record(story: Story):
    first, left, second = (story.answer(s) for s in ("enroll", "unenroll", "enroll again"))
    ended = {"version": 2, "updatedAt": left["deletedAt"], "deletedAt": left["deletedAt"]}
    assert left == first | ended
    assert second["id"] != first["id"]
    assert [
        (e["enrollmentId"], e["kind"], e["reason"]) for e in story.answer("history")["items"]
    ] == [
        (first["id"], "enrolled", None),
        (first["id"], "unenrolled", "too far"),
        (second["id"], "enrolled", None),
    ]


def test_what_is_published_and_who_is_verified_counts_at_once(story: Story):
    assert story.answer("create a course")["status"] == "draft"
    assert story.answer("publish it")["status"] == "published"
    assert story.answer("enroll in it")["courseId"] == "crs_new"
    assert story.answer("verify")["verifiedAt"] is not None
    assert story.answer("the verified enrolls")["userId"] == "usr_una"


def test_calls_made_together_are_answered_each_for_itself(story: Story):
    me, record, absent, foreign, course, health = story.said["together"]
    assert me == {"answer": LIA}
    assert record == {"answer": story.answer("enroll again")}
    assert absent == {"refused": ABSENT}
    assert foreign == {"refused": NOT_MEMBER}
    assert (course["answer"]["id"], course["answer"]["enrollmentCount"]) == ("crs_open", 2)
    assert health == {"answer": {"status": "ok"}}


REQUESTS = {
    "httpLink": [["GET", status] for status in (200, 200, 200, 200, 403, 404)],
    "httpBatchLink": [["GET", 207]],
    "httpBatchLink, all by POST": [["POST", 207]],
    "httpBatchStreamLink": [["GET", 200]],
    "wsLink": [],
}


def test_a_batch_is_one_request(story: Story):
    assert sorted(story.said["requests"]) == REQUESTS[story.link]


def test_the_file_holds_the_records_that_were_promised(story: Story):
    found = story.rows("""
        select e.key, a.key, c.key, e.role, e.status, e.progress, e.source, e.deleted_at
        from enrollment e join account a on a.id = e.user_id join course c on c.id = e.course_id
        where e.deleted_at is not null or e.source = 'rpc' order by e.id
    """)
    steps = ("unenroll with progress", "unenroll", "enroll again", "enroll in it")
    promised = [story.answer(step) for step in (*steps, "the verified enrolls")]
    fields = ("id", "userId", "courseId", "role", "status", "progress", "source")
    assert found == [(*(r[f] for f in fields), r.get("deletedAt")) for r in promised]


def test_the_file_holds_an_event_for_each_change_of_a_record(story: Story):
    found = story.rows("""
        select v.enrollment_key, v.kind, v.from_status, v.to_status, a.key, v.door, v.at
        from event v join account a on a.id = v.actor_id where v.door = 'rpc' order by v.id
    """)
    made = (None, "active")
    told = [
        ("enroll", "enrolled", *made, "enrolledAt"),
        ("unenroll", "unenrolled", "active", None, "deletedAt"),
        ("enroll again", "enrolled", *made, "enrolledAt"),
        ("unenroll with progress", "unenrolled", "active", None, "deletedAt"),
        ("enroll in it", "enrolled", *made, "enrolledAt"),
        ("the verified enrolls", "enrolled", *made, "enrolledAt"),
    ]
    promised = [
        (r["id"], *change, r["userId"], "rpc", r[at])
        for r, change, at in ((story.answer(step), change, at) for step, *change, at in told)
    ]
    assert found == promised


def test_the_file_holds_one_session_which_has_ended(story: Story):
    assert story.rows("""
        select a.key, s.revoked_at is not null from session s join account a on a.id = s.user_id
        where a.key = 'usr_lia'
    """) == [("usr_lia", 1)]


def test_nothing_else_has_changed_in_the_file(story: Story):
    """Not what courses contain, what was done and handed in, nor any other record."""
    assert story.changes == {
        "attempt": (0, 2),  # a wrong password, of the e-mail and of the address it came from
        "course": (0, 1),
        "enrollment": (1, 5),  # one of before has ended, four are new
        "event": (0, 6),
        "membership": (1, 1),
        "outbox": (0, 4),  # a welcome for each new record
        "realm": (0, 2),  # the default sections of crs_open and crs_new
        "realm_term": (0, 2),
        "session": (0, 1),
        "term": (0, 2),  # the school year and its one term
    }
