"""Several processes on one server: what may be given once is given once, whoever is asked."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from commands import serve
from pg import once, session
from probe import words
from racing import Ask, at_once, reasons, tally
from world import token_text

from procedures.store import postgres
from procedures.store.postgres import PostgresStore
from procedures.store.transaction import Transaction

pytestmark = pytest.mark.engine("postgres")

ENROLL = "enrollment.enroll"
LEARNERS = ["usr_lia", "usr_leo", "usr_lou", "usr_bob", "usr_tom", "usr_ina", "usr_ada"]
COUNT = "select count(*) from {} e join course c on c.id = e.course_id where c.key = %s"
# As it was before the round. `session` runs as the owner, from whom rows are hidden too.
FORGET = """
    set rollcall.org = '*';
    delete from outbox;
    delete from event e using course c
    where c.id = e.course_id and c.key in ('crs_one', 'crs_open');
    delete from enrollment e using course c
    where c.id = e.course_id and c.key in ('crs_one', 'crs_open')
"""


def ask(user: str, course: str) -> Ask:
    return Ask(ENROLL, f"Bearer {token_text(user, 'acme')}", {"courseId": course})


async def test_the_last_seat_and_the_only_record_are_given_once_by_three_processes(database: str):
    last_seat = [ask(user, "crs_one") for user in LEARNERS * 3]
    same = [ask("usr_lou", "crs_open")] * 21
    with serve(database, "--workers", "3") as service, session(database) as owner:
        for _ in range(8):
            owner.execute(FORGET.encode())
            seats = await at_once(service.address, last_seat, 21)
            assert tally(seats) == {200: 1, 409: 20}
            assert reasons(seats) <= {"full", "already_enrolled"}
            records = await at_once(service.address, same, 21)
            assert (tally(records), reasons(records)) == ({200: 1, 409: 20}, {"already_enrolled"})
            for table in ("enrollment", "event"):
                for course in ("crs_one", "crs_open"):
                    count = owner.execute(COUNT.format(table).encode(), [course]).fetchone()
                    assert count == (1,), (table, course)


async def test_a_claim_alone_keeps_the_last_seat(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
):
    """It does not hang on the engine's detection of conflicts, which had its faults before."""
    monkeypatch.setattr(
        postgres, "WRITE", postgres.WRITE.replace("serializable", "repeatable read")
    )
    org_id = store.transact(lambda tx: tx.insert("org", key="o", name="O"))
    school = {"org_id": org_id, "id": 7}
    store.transact(lambda tx: tx.insert("school", key="s", name="S", **school))
    meeting = threading.Barrier(2)

    def take(word: str) -> Callable[[Transaction], bool]:
        meet = once(meeting.wait)

        def work(tx: Transaction) -> bool:
            tx.value("select 1")
            meet()  # both look at the same moment
            tx.claim("school", **school)
            is_free = tx.value("select count(*) from probe") == 0
            if is_free:
                tx.insert("probe", word=word)
            return is_free

        return work

    assert sorted(await asyncio.gather(store.write(take("a")), store.write(take("b")))) == [0, 1]
    assert (len(words(store)), store.counts["serialization"]) == (1, 1)
