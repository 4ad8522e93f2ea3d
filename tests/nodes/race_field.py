"""Where races are run: an organization with twenty learners, a service, and a look at its rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import engines
from racing import Answer, Ask, Connection
from world import NOW, token_text

from procedures.credentials import new_key, token_hash
from procedures.roster.load import load, prepared
from procedures.store import callers
from procedures.store.database import Database
from procedures.store.transaction import Transaction

CONTENDERS = 20
ORG, BOSS = "race", "usr_boss"
RUNNERS = [f"usr_run{n}" for n in range(CONTENDERS)]
VERIFIED = {"verified_at": NOW}
EVERYBODY = "select m.user_id, a.key, m.org_id from membership m join account a on a.id = m.user_id"


def bearer(user: str) -> str:
    return f"Bearer {token_text(user, ORG)}"


def populate(tx: Transaction) -> None:
    """The organization, its admin, its learners, and a token for each."""
    users = [BOSS, *RUNNERS]
    roles = {BOSS: "admin"}
    document = {
        "format": "rollcall-roster-1",
        "orgs": [{"key": ORG, "name": "Race"}],
        "accounts": [{"key": user, "email": f"{user}@race.example"} for user in users],
        "memberships": [
            {"org": ORG, "user": user, "role": roles.get(user, "learner"), **VERIFIED}
            for user in users
        ],
    }
    load(tx, prepared(json.dumps(document).encode()), NOW)
    for user_id, user, org_id in tx.all(lambda *row: row, EVERYBODY):
        if user in users:
            secret = (new_key("tok"), token_hash(token_text(user, ORG)))
            callers.add_token(tx, org_id, user_id, secret, NOW)


class Field:
    """One round: a course of its own, and what may be asked and looked at."""

    def __init__(self, store: Database, boss: Connection, course: str) -> None:
        self.course = course
        self._store = store
        self._boss = boss

    async def done(self, path: str, /, user: str = BOSS, **given: Any) -> Any:
        """The data of a call that must succeed."""
        answer = await self._boss.post(Ask(path, bearer(user), given))
        assert answer.status == 200, (path, answer)
        return answer.body["result"]["data"]

    async def open_course(self, **given: Any) -> None:
        await self.done("course.create", key=self.course, title="Race", **given)
        await self.done("course.publish", courseId=self.course)

    def change(self, sql: str, **values: Any) -> None:
        self._store.transact(lambda tx: tx.run(sql, **values))

    def value(self, sql: str) -> Any:
        return self._store.look(lambda tx: tx.value(sql))

    def rows(self, columns: str, of: str = "enrollment", also: str = "") -> list[tuple[Any, ...]]:
        """Of the round's course."""
        sql = f"select {columns} from {of} x join course c on c.org_id = x.org_id"
        if of != "course":
            sql += " and c.id = x.course_id"
        return engines.rows(self._store, f"{sql} where c.key = :course {also}", course=self.course)

    def count(self, of: str = "enrollment", also: str = "") -> int:
        [(count,)] = self.rows("count(*)", of, also)
        return int(count)


class Race(NamedTuple):
    """`wins` of the calls that `prepare` makes succeed, the others fail with one of these codes
    and reasons; `check` looks at what is stored."""

    name: str
    wins: int
    losses: set[tuple[str, str | None]]
    prepare: Callable[[Field], Awaitable[list[Ask]]]
    check: Callable[[Field, list[Answer]], None]


def outcome(answer: Answer) -> str | tuple[str, str | None]:
    if answer.status == 200:
        return "won"
    data = answer.body["error"]["data"]
    return data["code"], data.get("reason")


def judge(race: Race, field: Field, answers: list[Answer]) -> Counter[Any]:
    """What became of a round's calls. Fails where more or fewer have won than may."""
    outcomes = Counter(map(outcome, answers))
    assert outcomes["won"] == race.wins, outcomes
    assert outcomes.keys() - {"won"} <= race.losses, outcomes
    race.check(field, answers)
    return outcomes
