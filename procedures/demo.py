"""For `make serve`: loads the demo roster where there is none, prints calls to paste."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from procedures.instants import instant, system_clock
from procedures.roster.load import load, prepared
from procedures.store import people
from procedures.store.sqlite import SQLiteStore

ROSTER = Path(__file__).with_name("demo.json")
LEARNER = "usr_maya"
COURSE = "crs_physics"  # published, open, and nothing in the way of the learner

CALLS = """
Every procedure, to be read and called in a browser: {url}/

Sign in as {email} (the cookie goes to var/cookies), enroll, see it, leave:

  curl -s -c var/cookies {url}/rpc/auth.login -H 'content-type: application/json' \\
    -d '{login}'
  curl -s -b var/cookies {url}/rpc/enrollment.enroll -H 'content-type: application/json' \\
    -d '{{"courseId":"{course}"}}'
  curl -s -b var/cookies '{url}/rpc/enrollment.list?input=%7B%22courseId%22%3A%22{course}%22%7D'
  curl -s -b var/cookies {url}/rpc/enrollment.unenroll -H 'content-type: application/json' \\
    -d '{{"courseId":"{course}"}}'
"""


def prepare(path: Path) -> None:
    """Make the demo database unless it is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    store = SQLiteStore(path)
    store.migrate()
    now = instant(system_clock())
    if store.read(lambda tx: people.account_by_key(tx, LEARNER)) is None:
        roster = prepared(ROSTER.read_bytes())
        print(store.transact(lambda tx: load(tx, roster, now)))
    store.close()


def calls(url: str) -> str:
    """Commands for a shell."""
    accounts = json.loads(ROSTER.read_text("utf-8"))["accounts"]
    person = next(a for a in accounts if a["key"] == LEARNER)
    login = json.dumps({"email": person["email"], "password": person["password"]})
    return CALLS.format(url=url, email=person["email"], login=login, course=COURSE)


if __name__ == "__main__":
    database, url = sys.argv[1:]
    prepare(Path(database))
    print(calls(url))
