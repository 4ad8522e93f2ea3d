"""What a caller may see is looked at for every event, and what ends a session ends its streams."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from watching import about, watching
from world import Person, World

from procedures import feed
from procedures.feed import Watch
from procedures.store import commits, log

ENROLL, UNENROLL = "enrollment.enroll", "enrollment.unenroll"
OPEN, PAST = {"courseId": "crs_open"}, {"courseId": "crs_past"}
STAFF = """
    update enrollment set {} where key = :key
      and org_id = (select id from org where key = 'acme')
"""


async def test_a_revoked_session_is_told_of_nothing_more(world: World, ada: Person):
    lou = world.browser("usr_lou")
    async with watching(lou) as stream, watching(lou, **OPEN) as other:
        await lou.call(ENROLL, **OPEN)
        for one in (stream, other):
            assert about([await one.told()]) == [("usr_lou", "crs_open", "active")]
        await lou.call("auth.logout")
        await ada.call(UNENROLL, **OPEN, userId="usr_lou")
        for one in (stream, other):
            assert await one.refusal() == ("UNAUTHORIZED", None)


async def test_a_revoked_token_is_told_of_nothing_more(world: World, ada: Person, lou: Person):
    made = await lou.call("auth.createToken", label="stream")
    other = world.stranger(authorization=f"Bearer {made['token']}")
    async with watching(other) as stream, watching(lou) as still:
        await lou.call("auth.revokeToken", id=made["id"])
        await lou.call(ENROLL, **OPEN)
        assert await stream.refusal() == ("UNAUTHORIZED", None)
        assert about([await still.told()]) == [("usr_lou", "crs_open", "active")]


async def test_a_token_that_runs_out_is_told_of_nothing_more(world: World, lou: Person):
    made = await lou.call("auth.createToken", label="stream", ttl=60)
    other = world.stranger(authorization=f"Bearer {made['token']}")
    async with watching(other) as stream:
        world.clock.advance(seconds=60)
        await lou.call(ENROLL, **OPEN)
        assert await stream.refusal() == ("UNAUTHORIZED", None)


async def test_who_is_removed_is_told_of_nothing_more(ada: Person, lia: Person):
    async with watching(lia) as stream:
        await ada.call("membership.remove", userId="usr_lia")
        await ada.call("enrollment.delete", id="enr_lia")
        assert await stream.refusal() == ("FORBIDDEN", "not_member")


async def test_another_active_organization_ends_the_stream_of_the_first(world: World):
    """Else it would go on telling of the one, or begin to tell of the other."""
    bob = world.browser("usr_bob")
    async with watching(bob) as stream:
        await bob.call("auth.useOrg", orgId="beta")
        await world.person("usr_bob").call(ENROLL, **OPEN)
        assert await stream.refusal() == ("FORBIDDEN", "not_member")


async def test_who_teaches_no_more_is_told_of_the_own_records_only(ada: Person, tom: Person):
    async with watching(tom) as stream:
        await ada.call("enrollment.update", id="enr_tom", status="suspended")
        await ada.call("enrollment.update", id="enr_lia", status="suspended")
        await tom.call(ENROLL, **OPEN)
        assert about(await stream.all_told(2)) == [
            ("usr_tom", "crs_past", "suspended"),
            ("usr_tom", "crs_open", "active"),
        ]


async def test_whose_time_as_a_teacher_runs_out_is_told_no_more(world: World, ada: Person):
    """No event says so: the clock does."""
    world.change(STAFF.format("end_at = '2026-03-02T09:00:01.000Z'"), key="enr_tom")
    tom = world.person("usr_tom")
    async with watching(tom) as stream:
        await ada.call("enrollment.update", id="enr_lia", status="suspended")
        assert about([await stream.told()]) == [("usr_lia", "crs_past", "suspended")]
        world.clock.advance(seconds=1)
        await ada.call("enrollment.update", id="enr_lia", status="active")
        await tom.call(ENROLL, **OPEN)
        assert about([await stream.told()]) == [("usr_tom", "crs_open", "active")]


async def test_who_begins_to_teach_is_told_from_then_on(ada: Person, leo: Person, lia: Person):
    async with watching(leo) as stream:
        await lia.call(UNENROLL, **PAST)
        await leo.call(ENROLL, **OPEN)
        assert about([await stream.told()]) == [("usr_leo", "crs_open", "active")]
        await ada.call(ENROLL, realmId="sec_past", userId="usr_leo", role="teacher")
        assert (await stream.told())["userId"] == "usr_leo"
        await ada.call(ENROLL, realmId="sec_past", userId="usr_lia")
        assert about([await stream.told()]) == [("usr_lia", "crs_past", "active")]


async def test_who_becomes_an_admin_is_told_of_everything(world: World, leo: Person, lou: Person):
    async with watching(lou) as stream:
        set_role(world, "admin")
        await leo.call(ENROLL, **OPEN)
        assert about([await stream.told()]) == [("usr_leo", "crs_open", "active")]


async def test_who_is_no_admin_any_more_is_told_of_the_own_records_only(
    world: World, leo: Person, lou: Person
):
    set_role(world, "admin")
    async with watching(lou) as stream:
        await leo.call(ENROLL, **OPEN)
        assert (await stream.told())["userId"] == "usr_leo"
        set_role(world, "learner")
        await leo.call(UNENROLL, **OPEN)
        await lou.call(ENROLL, **OPEN)
        assert (await stream.told())["userId"] == "usr_lou"


def set_role(world: World, role: str) -> None:
    """Of Lou in acme, as another process would."""
    world.change(
        """
        update membership set role = :role
        where org_id = (select id from org where key = 'acme')
          and user_id = (select id from account where key = 'usr_lou')
        """,
        role=role,
    )


async def test_streams_of_several_organizations_are_looked_at_together(
    world: World, ada: Person, monkeypatch: pytest.MonkeyPatch
):
    """One look for all of them, again and again; Bob's token is of another than his course."""
    monkeypatch.setattr(feed, "LOOK_AGAIN", 0.01)
    bob, bea, ben = (world.person(f"usr_{n}", "beta") for n in ("bob", "bea", "ben"))
    world.change("""
        update course set key = 'crs_bob' where key = 'crs_same'
          and org_id = (select id from org where key = 'beta')
    """)
    through_acme = watching(world.person("usr_bob", "acme"), courseId="crs_bob")
    async with watching(ada) as at_acme, watching(bea) as at_beta, through_acme as at_course:
        for _ in range(5):
            await asyncio.sleep(0.05)
            await ada.call(ENROLL, **OPEN, userId="usr_lou")
            await ada.call(UNENROLL, **OPEN, userId="usr_lou")
        await ben.call(UNENROLL, courseId="crs_beta")
        await bob.call(ENROLL, courseId="crs_bob")
        assert len(await at_acme.all_told(10)) == 10
        assert about([await at_course.told()]) == [("usr_bob", "crs_bob", "active")]
        assert about(await at_beta.all_told(2)) == [
            ("usr_ben", "crs_beta", None),
            ("usr_bob", "crs_bob", "active"),
        ]


async def test_a_silent_stream_is_looked_at_too(
    world: World, lou: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(feed, "LOOK_AGAIN", 0.05)
    monkeypatch.setattr(commits, "POLL", 60)  # what is told by now is not found once more
    browser = world.browser("usr_lou")
    made = await lou.call("auth.createToken", label="stream", ttl=60)
    other = world.stranger(authorization=f"Bearer {made['token']}")
    async with watching(browser) as stream, watching(other) as ending, watching(lou) as still:
        await lou.call(ENROLL, **OPEN)
        for one in (stream, ending, still):
            assert about([await one.told()]) == [("usr_lou", "crs_open", "active")]
        world.clock.advance(seconds=60)
        assert await ending.refusal() == ("UNAUTHORIZED", None)
        await browser.call("auth.logout")
        assert await stream.refusal() == ("UNAUTHORIZED", None)
        await lou.call(UNENROLL, **OPEN)
        assert about([await still.told()]) == [("usr_lou", "crs_open", None)]


async def test_who_has_looked_just_now_looks_in_the_own_organization(
    world: World, ada: Person, tom: Person, monkeypatch: pytest.MonkeyPatch
):
    """Though somebody of another one, whose rights are looked up first, shares the read."""
    watches: list[feed.Watch] = []
    monkeypatch.setattr(feed, "Watch", lambda *about: watches.append(Watch(*about)) or watches[-1])
    await ada.call("enrollment.update", id="enr_lia", status="suspended")
    acme, last = world.rows("select org_id, id from event order by id desc limit 1")[0]
    news = world.store.transact(lambda tx: log.news(tx, acme, last))
    async with watching(tom), watching(world.person("usr_bob", "beta")):
        of_tom, of_bob = watches
        await of_tom._read(lambda _: None)
        of_tom._round, of_bob._round = of_tom._live.round, feed.STALE
        looks = of_bob._read(lambda _: None), of_tom._read(partial(of_tom._sees, news))
        assert (await asyncio.gather(*looks))[1] is True
