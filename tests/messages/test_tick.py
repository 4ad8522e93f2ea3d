"""`rollcall tick`, and the same work beside the calls of a serving process."""

from __future__ import annotations

import asyncio

import pytest
from commands import complaint_of, rollcall
from receivers import mail_server, sending, until
from world import World, serving

from procedures import background, upkeep

ENROLL = "enrollment.enroll"
NOW = "2026-03-02T09:00:00Z"
EVENTS = "select to_status from event where enrollment_key = :key order by id"


async def tick(database: str, *arguments: str, **settings: str) -> str:
    """What the command says it has done."""
    done = await asyncio.to_thread(rollcall, "tick", *arguments, "--database", database, **settings)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


async def test_an_overdue_record_ends_with_one_event(world: World, database: str):
    before = world.rows(EVENTS, key="enr_over")
    said = await tick(database, "--now", NOW)
    assert said == "records: 1 expired; messages: 0 sent, 0 waiting, 0 parked"
    assert world.rows(EVENTS, key="enr_over") == [*before, ("expired",)]
    [event] = world.rows("select door, actor_id, at from event where kind = 'expired'")
    assert event[:2] == ("system", None) and event[2].startswith("2026-03-02T09:00:0")
    assert (await tick(database, "--now", NOW)).startswith("records: 0 expired")
    assert len(world.rows(EVENTS, key="enr_over")) == len(before) + 1


async def test_a_record_whose_time_has_not_come_stays(world: World, database: str):
    said = await tick(database, "--now", "2026-02-28T00:00:00Z")
    assert said.startswith("records: 0 expired")
    assert world.value("select status from enrollment where key = 'enr_over'") == "active"


WAITING = """
    insert into enrollment (org_id, key, user_id, realm_id, course_id, slot, role, status,
                            enrolled_at, begin_at, status_at, source, updated_at)
    select e.org_id, 'enr_waits', m.user_id, e.realm_id, e.course_id, e.slot, e.role, 'waitlisted',
           :at, :at, :at, 'rpc', :at
    from enrollment e join account a on a.key = 'usr_lou'
    join membership m on m.org_id = e.org_id and m.user_id = a.id where e.key = 'enr_over'
"""


async def test_a_seat_that_time_frees_is_given_on_and_told(world: World, database: str):
    world.change(WAITING, at="2026-02-01T00:00:00.000Z")
    async with mail_server() as post:
        said = await tick(database, "--now", NOW, smtp_url=post.url)
    assert said == "records: 1 expired; messages: 1 sent, 0 waiting, 0 parked"
    assert world.value("select status from enrollment where key = 'enr_waits'") == "active"
    assert post.recipients == [["lou@acme.example"]]
    assert post.taken[0]["Subject"] == "A place in Overdue is yours"


async def test_due_mail_is_sent_and_that_is_told(database: str):
    async with serving(database) as world:
        for user in ("lou", "leo", "lia"):
            await world.person(f"usr_{user}").call(ENROLL, courseId="crs_open")
        async with mail_server("450 later") as post:
            settings = {"smtp_url": post.url}
            first = await tick(database, "--now", NOW, **settings)
            again = await tick(database, "--now", NOW, **settings)
            later = await tick(database, "--now", "2026-03-02T09:02:00Z", **settings)
    assert first.endswith("2 sent, 1 waiting, 0 parked")
    assert again.endswith("0 sent, 0 waiting, 0 parked")
    assert later.endswith("1 sent, 0 waiting, 0 parked")
    assert len(post.taken) == 3


async def test_a_sent_mail_is_forgotten_after_thirty_days_and_one_that_waits_is_kept(
    database: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(upkeep, "AT_ONCE", 2)
    async with serving(database) as world:
        for user in ("lou", "leo", "lia", "ina"):
            await world.person(f"usr_{user}").call(ENROLL, courseId="crs_open")
        async with mail_server("450 later") as post:
            await tick(database, "--now", NOW, smtp_url=post.url)
        await tick(database, "--now", "2026-04-01T08:59:59Z")
        assert world.value("select count(*) from outbox") == 4
        world.clock.advance(days=30, minutes=1)
        assert await upkeep.forget_messages(world.app.service) == 3
        assert world.rows("select sent_at from outbox") == [(None,)]


async def test_after_the_clock_was_set_back_a_mail_does_not_wait_for_the_former_time(database: str):
    async with serving(database) as world:
        await world.person("usr_lou").call(ENROLL, courseId="crs_open")
        async with mail_server("450 later") as post:
            waiting = await tick(database, "--now", NOW, smtp_url=post.url)
            earlier = await tick(database, "--now", "2026-03-01T22:00:00Z", smtp_url=post.url)
            back = await tick(database, "--now", "2026-03-01T09:00:00Z", smtp_url=post.url)
    assert waiting.endswith("0 sent, 1 waiting, 0 parked")
    assert earlier.endswith("0 sent, 0 waiting, 0 parked")  # some wait so long anyway
    assert back.endswith("1 sent, 0 waiting, 0 parked")


async def test_without_a_mail_server_mail_waits_and_that_is_said(database: str):
    async with serving(database) as world:
        await world.person("usr_lou").call(ENROLL, courseId="crs_open")
        done = await asyncio.to_thread(rollcall, "tick", "--database", database)
        assert done.stdout.endswith("0 sent, 0 waiting, 0 parked\n")
        assert done.stderr == "no ROLLCALL_SMTP_URL: mail waits in the outbox\n"
        assert world.rows("select attempts, sent_at from outbox") == [(0, None)]


@pytest.mark.parametrize("now", ["soon", "2026-03-02", "2026-03-02T09:00:00"])
def test_another_time_than_an_instant_is_refused(database: str, now: str):
    complaint = complaint_of("tick", "--now", now, "--database", database)
    assert complaint == f"--now takes an instant like 2025-09-01T04:00:00Z, not '{now}'"


async def test_a_serving_process_ends_overdue_records_by_itself(
    database: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(background, "ROUND", 0.01)
    async with serving(database) as world:
        status = "select status from enrollment where key = 'enr_over'"
        await until(lambda: world.value(status) == "expired")
        assert world.value("select count(*) from event where kind = 'expired'") == 1


UNCHANGEABLE = """
    create trigger unchangeable before update on enrollment when old.key = 'enr_over'
    begin select raise(abort, 'no'); end
"""


@pytest.mark.engine("sqlite")  # it writes triggers in its own way
async def test_one_record_that_cannot_be_ended_does_not_keep_the_others(
    world: World, database: str
):
    world.change("update enrollment set end_at = '2026-03-01T09:00:00.000Z' where key = 'enr_lia'")
    world.change(UNCHANGEABLE)
    assert (await tick(database, "--now", NOW)).startswith("records: 1 expired")
    assert world.rows("select key from enrollment where status = 'expired'") == [("enr_lia",)]


async def test_what_two_workers_find_is_sent_once(database: str):
    async with serving(database) as world:
        courses = ("open", "maths", "logic", "past", "month")
        for user in ("lou", "bob", "ina"):
            for course in courses:
                await world.person(f"usr_{user}").call(ENROLL, courseId=f"crs_{course}")
    async with mail_server() as post:
        async with (
            sending(database, smtp_url=post.url) as one,
            sending(database, smtp_url=post.url),
        ):
            await until(lambda: one.value("select count(sent_at) from outbox") == 15)
        assert len(post.taken) == len(set(post.by_id())) == 15
