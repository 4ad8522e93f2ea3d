"""`enrollment.onChange`: events as they happen, resumed by id. The outside case is K-009."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from watching import about, watching
from world import Person, World

ENROLL, UNENROLL = "enrollment.enroll", "enrollment.unenroll"
OPEN, MATHS, PAST = ({"courseId": f"crs_{name}"} for name in ("open", "maths", "past"))
PEOPLE = ["usr_lia", "usr_leo", "usr_lou", "usr_bob", "usr_tom", "usr_ina"]


async def feed(ada: Person, after: Any = 0) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    while page := (await ada.call("enrollment.changes", after=after, limit=200))["items"]:
        items += page
        after = page[-1]["id"]
    return items


async def test_an_event_is_told_with_its_own_id_as_the_feed_has_it(ada: Person, lou: Person):
    last = (await feed(ada))[-1]["id"]
    async with watching(ada) as stream:
        assert stream.answer.headers["content-type"] == "text/event-stream"
        await lou.call(ENROLL, **OPEN)
        await lou.call(UNENROLL, **OPEN, reason="moved")
        assert await stream.all_told(2) == await feed(ada, last)


async def test_a_learner_is_told_of_their_own_records(lia: Person, ada: Person, lou: Person):
    async with watching(lia) as stream:
        await lou.call(ENROLL, **OPEN)
        await ada.call(UNENROLL, **PAST, userId="usr_lia")
        assert about([await stream.told()]) == [("usr_lia", "crs_past", None)]


@pytest.mark.parametrize("role", ["teacher", "administrator"])
async def test_staff_are_told_of_their_sections(
    world: World, tom: Person, ada: Person, lia: Person, role: str
):
    world.change("update enrollment set role = :role where key = 'enr_tom'", role=role)
    """Tom teaches sec_past; sec_eve, of the same course, is not his."""
    async with watching(tom) as stream:
        await ada.call(UNENROLL, id="enr_leo")
        await lia.call(ENROLL, **OPEN)
        await lia.call(UNENROLL, **PAST)
        await tom.call(ENROLL, **OPEN)
        assert about(await stream.all_told(2)) == [
            ("usr_lia", "crs_past", None),
            ("usr_tom", "crs_open", "active"),
        ]


async def test_staff_are_told_of_who_leaves_their_section_for_another(tom: Person, ada: Person):
    async with watching(tom) as stream:
        await ada.call("enrollment.transfer", id="enr_lia", realmId="sec_eve")
        await ada.call("enrollment.update", id="enr_lia", status="suspended")
        await ada.call("enrollment.transfer", id="enr_lia", realmId="sec_past")
        left, back = await stream.all_told(2)
    assert [(one["kind"], one["realmId"]) for one in (left, back)] == [
        ("transferred", "sec_eve"),
        ("transferred", "sec_past"),
    ]


async def test_who_has_left_a_section_stays_in_the_history_its_staff_see(tom: Person, ada: Person):
    await ada.call("enrollment.transfer", id="enr_lia", realmId="sec_eve")
    await ada.call("enrollment.update", id="enr_lia", status="suspended")
    seen = await tom.items("enrollment.history", **PAST, userId="usr_lia")
    assert [one["kind"] for one in seen] == ["imported", "transferred"]


async def test_an_admin_is_told_of_everything_in_the_organization(
    world: World, ada: Person, leo: Person
):
    async with watching(ada) as stream:
        await world.person("usr_ben", "beta").call(UNENROLL, courseId="crs_beta")
        await leo.call(ENROLL, **OPEN)
        assert about([await stream.told()]) == [("usr_leo", "crs_open", "active")]


async def test_a_course_can_be_followed_alone(ada: Person, lou: Person, leo: Person):
    async with watching(ada, **MATHS) as stream:
        await lou.call(ENROLL, **OPEN)
        await leo.call(ENROLL, **MATHS)
        await lou.call(ENROLL, **MATHS)
        assert about(await stream.all_told(2)) == [
            ("usr_leo", "crs_maths", "active"),
            ("usr_lou", "crs_maths", "active"),
        ]


async def test_a_course_of_another_of_ones_organizations_can_be_followed(world: World):
    """The course says which; the token says acme."""
    world.change("""
        update course set key = 'crs_bob' where key = 'crs_same'
          and org_id = (select id from org where key = 'beta')
    """)
    bob = world.person("usr_bob", "acme")
    async with watching(bob, courseId="crs_bob") as stream:
        await bob.call(ENROLL, courseId="crs_bob")
        assert about([await stream.told()]) == [("usr_bob", "crs_bob", "active")]


async def test_what_was_refused_is_not_told(ada: Person, lou: Person):
    async with watching(ada) as stream:
        await lou.post(ENROLL, json={"courseId": "crs_none"})
        await lou.call(ENROLL, **OPEN)
        assert about([await stream.told()]) == [("usr_lou", "crs_open", "active")]


async def test_who_comes_back_goes_on_behind_the_last_event_seen(world: World, ada: Person):
    async with watching(ada) as stream:
        for user in PEOPLE[:3]:
            await world.person(user).call(ENROLL, **OPEN)
        first = await stream.all_told(2)
    await world.person(PEOPLE[3]).call(ENROLL, **OPEN)
    async with watching(ada, lastEventId=first[-1]["id"]) as stream:
        await world.person(PEOPLE[4]).call(ENROLL, **OPEN)
        rest = await stream.all_told(3)
    assert [event["userId"] for event in first + rest] == PEOPLE[:5]


@pytest.mark.parametrize("way", ["header", "query", "input", "number"])
async def test_the_last_id_is_taken_from_wherever_clients_put_it(
    world: World, ada: Person, way: str
):
    events = await feed(ada)
    last = events[-2]["id"]
    inputs: dict[str, Any] = {"input": {"lastEventId": last}, "number": {"lastEventId": int(last)}}
    headers = {"last-event-id": last} if way == "header" else {}
    extra = {"query": {"lastEventId": last}}.get(way, {})
    async with watching(ada, headers=headers, query=extra, **inputs.get(way, {})) as stream:
        assert await stream.told() == events[-1]


async def test_from_the_first_id_on_everything_is_told_that_may_be_seen(
    ada: Person, lia: Person, tom: Person
):
    events = await feed(ada)
    own = [e for e in events if e["userId"] == "usr_lia"]
    taught = [e for e in events if e["userId"] == "usr_tom" or e["realmId"] == "sec_past"]
    for who, visible in ((ada, events), (lia, own), (tom, taught)):
        async with watching(who, lastEventId="0") as stream:
            assert await stream.all_told(len(visible)) == visible
            await ada.call("enrollment.update", id="enr_lia", status="suspended")
            assert (await stream.told())["toStatus"] == "suspended"
            await ada.call("enrollment.update", id="enr_lia", status="active")


async def test_a_long_log_is_gone_through_in_parts(world: World, ada: Person, lia: Person):
    """Two thousand events of others lie before and between one's own."""
    own = [e["id"] for e in await feed(ada) if e["userId"] == "usr_lia"]
    copy = "at, enrollment_id, enrollment_key, user_id, realm_id, course_id, kind, to_status, door"
    some = f"""
        with recursive n(i) as (select 1 union all select i + 1 from n where i < 2100)
        insert into event (org_id, {copy}) select org_id, {copy} from event, n
        where enrollment_key = :key and i <= :count
    """
    world.change(some, key="enr_leo", count=2100)
    world.change(some, key="enr_done", count=1)
    async with watching(lia, lastEventId=0) as stream:
        told = await stream.all_told(len(own) + 1)
    assert [e["id"] for e in told][:-1] == own
    assert told[-1]["enrollmentId"] == "enr_done"


async def test_who_reads_while_others_write_has_no_gap_and_no_repeat(world: World, ada: Person):
    """Cut again and again, at any moment, whether the next events were told or looked up."""
    begin = (await feed(ada))[-1]["id"]
    total = 10 * len(PEOPLE)

    async def write(user: str) -> None:
        for path in [ENROLL, UNENROLL] * 5:
            await world.person(user).call(path, **OPEN)

    async def follow(count: int) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []
        while len(told) < total:
            last = told[-1]["id"] if told else begin
            async with watching(ada, lastEventId=last) as stream:
                told += await stream.all_told(min(count, total - len(told)))
        return told

    writers = [write(user) for user in PEOPLE]
    *_, few, many = await asyncio.gather(*writers, follow(7), follow(total))
    assert few == many == await feed(ada, begin)


async def test_what_another_process_commits_is_told_too(world: World, ada: Person):
    """As `world.change` does it: by another connection, behind the back of the service."""
    async with watching(ada) as stream:
        world.change("""
            insert into event (org_id, at, enrollment_id, enrollment_key, user_id, realm_id, kind,
                               to_status, door)
            select org_id, at, enrollment_id, enrollment_key, user_id, realm_id, 'elsewhere',
                   'active', 'rpc' from event where enrollment_key = 'enr_leo'
        """)
        assert (await stream.told())["kind"] == "elsewhere"


async def test_when_all_have_left_nobody_is_told_any_more(world: World, ada: Person, lou: Person):
    live = world.app.service.live
    async with watching(ada), watching(lou):
        assert len(list(live)) == 2
    async with asyncio.timeout(10):
        while list(live):
            await asyncio.sleep(0.01)
    rounds = live.round
    await lou.call(ENROLL, **MATHS)
    assert live.round == rounds
    async with watching(lou) as stream:
        await lou.call(ENROLL, **OPEN)
        assert about([await stream.told()]) == [("usr_lou", "crs_open", "active")]


async def test_a_stream_for_nobody_is_refused(world: World):
    async with watching(world.stranger()) as stream:
        assert await stream.refusal() == ("UNAUTHORIZED", None)


@pytest.mark.parametrize("course", ["crs_beta", "crs_nowhere"])
@pytest.mark.parametrize("user", ["usr_lia", "usr_ada"])
async def test_foreign_and_unknown_courses_are_forbidden_alike(
    world: World, user: str, course: str
):
    async with watching(world.person(user), courseId=course) as stream:
        assert await stream.refusal() == ("FORBIDDEN", "not_member")


async def test_who_is_not_verified_is_told_of_nothing(world: World):
    async with watching(world.person("usr_una")) as stream:
        assert await stream.refusal() == ("FORBIDDEN", "not_member")


async def test_an_id_that_was_never_given_is_refused(ada: Person):
    last = int((await feed(ada))[-1]["id"])
    async with watching(ada, lastEventId=last + 1) as stream:
        assert await stream.refusal() == ("BAD_REQUEST", "unknown_cursor")


@pytest.mark.parametrize("last", ["abc", "-1", "1.5", "9" * 16])
async def test_what_is_no_id_is_refused(ada: Person, last: str):
    async with watching(ada, lastEventId=last) as stream:
        assert await stream.refusal() == ("BAD_REQUEST", "invalid_input")
