"""Clients that note what they were told, by a service that dies, and what its database must then
hold: what was answered once, what was refused not at all, what was left open at most once."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from commands import PATIENCE
from held import rows
from school import BOSS, COURSES, PEOPLE
from world import token_text

LOOK_FIRST = "the database was lost while it stored: look first"


class Outcome(Enum):
    """What the caller of a call knows."""

    DONE = "answered"
    REFUSED = "refused"
    OPEN = "sent and not answered"
    UNSENT = "not sent"


class History:
    """Every person is put on every course, in turn: each call once, under a key of its own."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.failures: list[str] = []  # answers nobody should get
        self._numbers = itertools.count()

    @property
    def counts(self) -> Counter[Outcome]:
        return Counter(list(self.outcomes.values()))

    def until(self, answered: int) -> None:
        """Wait until so many calls have been answered."""
        end = time.monotonic() + 2 * PATIENCE
        while self.counts[Outcome.DONE] < answered:
            assert time.monotonic() < end, (self.counts, self.failures[:3])
            time.sleep(0.002)

    @contextmanager
    def calling(self, address: tuple[str, int], *, fresh: bool = False) -> Iterator[None]:
        """Eight clients, until the service has gone or the block ends. `fresh`: a connection for
        each call."""
        end = threading.Event()
        threads = [
            threading.Thread(target=self._call, args=(address, fresh, end)) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            end.set()
            for thread in threads:
                thread.join()

    def _call(self, address: tuple[str, int], fresh: bool, end: threading.Event) -> None:
        connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
        outcome = Outcome.DONE
        while outcome in (Outcome.DONE, Outcome.REFUSED) and not end.is_set():
            number = next(self._numbers)
            outcome = self.outcomes[f"enr_{number}"] = self._outcome(connection, number)
            if fresh:
                connection.close()
        connection.close()

    def _outcome(self, connection: http.client.HTTPConnection, number: int) -> Outcome:
        try:
            answer = enroll(connection, number)
            text = answer.read().decode()
        except ConnectionRefusedError:
            return Outcome.UNSENT
        except (OSError, http.client.HTTPException):
            return Outcome.OPEN
        if answer.status == 200:
            return Outcome.DONE
        if answer.status != 503:
            self.failures.append(f"{answer.status} {text}")
        time.sleep(0.02)
        return Outcome.OPEN if LOOK_FIRST in text else Outcome.REFUSED

    def broken_in(self, database: str) -> list[str]:
        """What there is in the database and should not be, or is not and should."""
        found, told = stored(database), self.outcomes
        wrong = [f"{key} was {told[key].value}" for key in told if not fits(told[key], found[key])]
        phantoms = [f"{key} was never asked for" for key in found.keys() - told.keys()]
        return wrong + phantoms + self.failures + torn(database)

    def done_unheard(self, database: str) -> list[str]:
        """What was carried out and not answered."""
        return [key for key in stored(database) if self.outcomes.get(key) is Outcome.OPEN]

    def __str__(self) -> str:
        return ", ".join(f"{self.counts[outcome]} {outcome.value}" for outcome in Outcome)


def enroll(connection: http.client.HTTPConnection, number: int) -> http.client.HTTPResponse:
    course, person = divmod(number, PEOPLE)
    assert course < COURSES, "everybody is on every course"
    given = {"courseId": f"crs_{course}", "userId": f"usr_{person}", "key": f"enr_{number}"}
    headers = {"authorization": f"Bearer {token_text(BOSS, 'acme')}"}
    headers["content-type"] = "application/json"
    connection.request("POST", "/rpc/enrollment.enroll", json.dumps(given), headers)
    return connection.getresponse()


def fits(outcome: Outcome, times: int) -> bool:
    """Whether a caller who knows that much may find the record so many times."""
    if outcome is Outcome.OPEN:
        return times <= 1
    return times == (outcome is Outcome.DONE)


def stored(database: str) -> Counter[str]:
    return Counter(key for (key,) in rows(database, "select key from enrollment"))


TORN = {
    "records of one person in one course": """
        select min(key) from enrollment group by org_id, slot, user_id, role having count(*) > 1
    """,
    "a record without its event": """
        select e.key from enrollment e
        left join event v on v.org_id = e.org_id and v.enrollment_id = e.id where v.id is null
    """,
    "an event without its record": """
        select v.enrollment_key from event v
        left join enrollment e on e.org_id = v.org_id and e.id = v.enrollment_id where e.id is null
    """,
    "an event without its one mail": """
        select min(v.enrollment_key) from event v
        left join outbox o on o.org_id = v.org_id and o.event_id = v.id
        group by v.org_id, v.id having count(o.id) <> 1
    """,
}


def torn(database: str) -> list[str]:
    """Transactions of which only a part is there."""
    return [f"{what}: {key}" for what, sql in TORN.items() for (key,) in rows(database, sql)]
