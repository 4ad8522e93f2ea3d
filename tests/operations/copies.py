"""A database that takes a while to copy, and a program that copies databases and can be killed."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import closing

from procedures.store import rows
from procedures.store.copying import copy
from procedures.store.opening import database_at
from procedures.store.transaction import Transaction

PEOPLE = 1500
NUMBERS = f"with recursive n (i) as (select 1 union all select i + 1 from n where i < {PEOPLE})"
# A record says which one was before it: here the one with the next id, so none can come in order.
CROWD = f"""
insert into account (id, key, email, email_canonical)
{NUMBERS} select 1000 + i, 'crowd_' || i, i || '@crowd.example', i || '@crowd.example' from n;
insert into membership (org_id, user_id, key, role, status)
{NUMBERS} select 2 - i % 2, 1000 + i, 'crowd_' || i, 'learner', 'active' from n;
insert into enrollment (org_id, id, key, user_id, realm_id, course_id, slot, role, status,
                        enrolled_at, begin_at, status_at, source, updated_at)
{NUMBERS} select r.org_id, 1000 + i, 'crowd_' || i, 1000 + i, r.id, r.course_id, 'c', 'student',
    'dropped', '', '', '', 'v1', '' from n join realm r on r.id = (
      select min(id) from realm where org_id = 2 - i % 2 and course_id is not null);
update enrollment set previous_id = id + 2 where id between 1001 and {PEOPLE + 998};
insert into "event" (org_id, id, at, enrollment_id, enrollment_key, user_id, realm_id, kind, door)
select org_id, id, 'é' || id, id, key, user_id, realm_id, 'enrolled', 'v1' from enrollment
where id > 1000;
"""


def fill(tx: Transaction) -> None:
    """Thousands of rows more."""
    for statement in CROWD.split(";\n"):
        if statement.strip():
            tx.run(statement)


class Mortal:
    """Progress that is killed some time, in seconds, after it was told so often."""

    def __init__(self, told: int, seconds: float) -> None:
        self._left = told
        self._seconds = seconds

    def __call__(self, doing: str, done: int, all: int) -> None:
        if not self._left:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)
        self._left -= 1


def main() -> None:
    """Copy for each line of two addresses and how long to live, in a process of its own: its status
    goes out when it has ended."""
    rows.PORTION = 10
    for line in sys.stdin:
        origin, place, told, seconds = line.split()
        if not (child := os.fork()):
            mortal = Mortal(int(told), float(seconds))
            mortal("opening", 0, 0)
            with closing(database_at(origin)) as source, closing(database_at(place)) as target:
                copy(source, target, origin, mortal)
            os._exit(0)
        print(os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    main()
