"""`webhook.*`: where an organization has its events sent."""

from __future__ import annotations

import base64
from typing import get_args

import pytest
from world import Person, World, refused

from procedures.records.webhook import EventKind
from procedures.statuses import TRANSITIONS, kind_of

CREATE, REPLAY, ENROLL = "webhook.create", "webhook.replay", "enrollment.enroll"
# Nobody listens there: what is sent waits for its second attempt.
URL = "http://127.0.0.1:9/hook"


def queued(world: World) -> list[tuple[str, str, int]]:
    """To which webhook, of what kind and about which event."""
    sql = """
        select recipient, template, event_id from outbox where channel = 'webhook' order by event_id
    """
    return world.rows(sql)


async def test_a_webhook_is_shown_with_its_secret_once(ada: Person):
    made = await ada.call(CREATE, url=URL, kinds=["enrolled", "completed", "enrolled"])
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert made == {
        "id": made["id"],
        "url": URL,
        "kinds": ["enrolled", "completed"],
        "active": True,
    }
    assert await ada.items("webhook.list") == [made]


async def test_a_webhook_gets_the_kinds_it_wants(world: World, ada: Person, lou: Person):
    every = await ada.call(CREATE, url=URL)
    some = await ada.call(CREATE, url=URL, kinds=["unenrolled"])
    await lou.call(ENROLL, courseId="crs_open")
    await lou.call("enrollment.unenroll", courseId="crs_open")
    wanted = [(to, kind) for to, kind, _ in queued(world)]
    assert sorted(wanted) == sorted(
        [(every["id"], "enrolled"), (every["id"], "unenrolled"), (some["id"], "unenrolled")]
    )


async def test_a_webhook_gets_the_events_of_its_organization(world: World, lou: Person):
    await world.person("usr_bea", "beta").call(CREATE, url=URL)
    await lou.call(ENROLL, courseId="crs_open")
    assert queued(world) == []


async def test_an_unknown_kind_is_refused(ada: Person):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(CREATE, url=URL, kinds=["enroled"])


async def test_a_deleted_webhook_gets_nothing_more(world: World, ada: Person, lou: Person):
    made = await ada.call(CREATE, url=URL)
    await lou.call(ENROLL, courseId="crs_open")
    assert await ada.call("webhook.delete", id=made["id"]) == {"success": True}
    await lou.call(ENROLL, courseId="crs_maths")
    assert queued(world) == []
    assert await ada.items("webhook.list") == []
    with refused("NOT_FOUND"):
        await ada.call("webhook.delete", id=made["id"])


async def test_a_replay_is_of_what_came_behind_the_event(world: World, ada: Person, lou: Person):
    for course in ("crs_open", "crs_maths", "crs_logic"):
        await lou.call(ENROLL, courseId=course)
    made = await ada.call(CREATE, url=URL)
    ids = [id for (id,) in world.rows("select id from event where kind = 'enrolled' order by id")]
    answer = await ada.call(REPLAY, id=made["id"], after=str(ids[0]))
    assert answer == {"count": 2, "nextAfter": None}
    assert [event for _, _, event in queued(world)] == ids[1:]


async def test_a_replay_goes_on_where_it_stopped(
    world: World, ada: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("procedures.webhook.AT_ONCE", 4)
    made = await ada.call(CREATE, url=URL)
    counts, after = [], 0
    while after is not None:
        answer = await ada.call(REPLAY, id=made["id"], after=after)
        counts.append(answer["count"])
        after = answer["nextAfter"]
    events = world.value("""
        select count(*) from event v join org o on o.id = v.org_id where o.key = 'acme'
    """)
    assert len(counts) > 1 and sum(counts) == events == len(queued(world))


async def test_a_replay_of_nothing_is_nothing(world: World, ada: Person):
    made = await ada.call(CREATE, url=URL, kinds=["deleted"])
    assert await ada.call(REPLAY, id=made["id"], after=0) == {"count": 0, "nextAfter": None}
    assert await ada.call(REPLAY, id=made["id"], after="999999") == {"count": 0, "nextAfter": None}
    assert queued(world) == []


@pytest.mark.parametrize("after", ["x", "", -1, 1.5, None])
async def test_a_replay_behind_no_event_is_refused(ada: Person, after: object):
    made = await ada.call(CREATE, url=URL)
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(REPLAY, id=made["id"], after=after)


@pytest.mark.parametrize("path", ["delete", "replay"])
async def test_a_webhook_of_others_does_not_exist(world: World, ada: Person, path: str):
    made = await ada.call(CREATE, url=URL)
    bea = world.person("usr_bea", "beta")
    more = {"after": 0} if path == "replay" else {}
    for id in (made["id"], "whk_none"):
        with refused("NOT_FOUND"):
            await bea.call(f"webhook.{path}", id=id, **more)
    assert await bea.items("webhook.list") == []


@pytest.mark.parametrize("user", ["usr_lia", "usr_tom", "usr_ina"])
async def test_webhooks_are_for_admins(world: World, user: str):
    asks = {"create": {"url": URL}, "list": {}, "delete": {"id": "x"}}
    asks["replay"] = {"id": "x", "after": "0"}
    for path, given in asks.items():
        with refused("FORBIDDEN", reason="admin_required"):
            await world.person(user).call(f"webhook.{path}", **given)


def test_the_kinds_are_those_that_happen(world: World):
    by_transition = {kind_of(before, after) for before, after in TRANSITIONS}
    by_beginning = {"enrolled", "invited", "requested", "waitlisted", "expired", "archived"}
    otherwise = {"imported", "updated", "transferred", "unenrolled", "deleted"}
    assert set(get_args(EventKind)) == by_transition | by_beginning | otherwise
    imported = {kind for (kind,) in world.rows("select distinct kind from event")}
    assert imported <= set(get_args(EventKind))
