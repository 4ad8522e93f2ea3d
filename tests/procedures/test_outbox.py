"""`outbox.list`: which messages a transition leaves behind."""

import pytest
from world import NOW, Person, World, refused

from procedures.instants import later
from procedures.store import outbox
from procedures.store.outbox import Claim, Outcome

ENROLL, LIST = "enrollment.enroll", "outbox.list"
OPEN = {"courseId": "crs_open"}
OFFICE = '{"adminEmails":["office@acme.example"]}'


async def told(ada: Person) -> list[tuple[str, str]]:
    return [(m["template"], m["recipient"]) for m in await ada.items(LIST)]


async def test_enrolling_leaves_one_welcome_to_be_sent(ada: Person, lou: Person):
    await lou.call(ENROLL, **OPEN)
    [message] = await ada.items(LIST)
    event = (await lou.items("enrollment.history", **OPEN))[0]["id"]
    assert message == {
        "id": message["id"],
        "eventId": event,
        "channel": "email",
        "recipient": "lou@acme.example",
        "template": "welcome",
        "attempts": 0,
        "nextAt": NOW,
        "sentAt": None,
        "lastError": None,
    }


async def test_a_refused_enroll_leaves_none(ada: Person, lou: Person):
    with refused("CONFLICT", reason="full"):
        await lou.call(ENROLL, courseId="crs_none")
    assert await told(ada) == []


async def test_enrolling_others_tells_the_learner(ada: Person):
    await ada.call(ENROLL, **OPEN, userId="usr_lou")
    assert await told(ada) == [("welcome", "lou@acme.example")]


async def test_force_tells_nobody_unless_asked_to(ada: Person):
    await ada.call(ENROLL, **OPEN, userId="usr_lou", force=True)
    assert await told(ada) == []
    await ada.call(ENROLL, **OPEN, userId="usr_leo", force=True, notify=True)
    assert await told(ada) == [("welcome", "leo@acme.example")]


async def test_nobody_is_told_when_asked_not_to(ada: Person, lou: Person):
    await lou.call(ENROLL, **OPEN, notify=False)
    assert await told(ada) == []


async def test_an_invitation_tells_the_learner(ada: Person):
    await ada.call(ENROLL, **OPEN, userId="usr_lou", status="invited")
    assert await told(ada) == [("invited", "lou@acme.example")]


async def test_a_request_tells_the_learner_and_the_staff_of_the_section(ada: Person):
    await ada.call(ENROLL, realmId="sec_past", userId="usr_lou", status="requested")
    assert await told(ada) == [
        ("requested", "lou@acme.example"),
        ("requested", "tom@acme.example"),
    ]


async def test_a_request_where_nobody_teaches_tells_the_admins(ada: Person, lou: Person):
    await lou.call(ENROLL, courseId="crs_ask")
    assert await told(ada) == [
        ("requested", "lou@acme.example"),
        ("requested", "ada@acme.example"),
    ]


VERIFIED_ELSEWHERE = """
    insert into membership (org_id, user_id, key, role, status, verified_at)
    select o.id, a.id, a.key, 'learner', 'active', :now from org o, account a
    where o.key = 'beta' and a.key = 'usr_tom'
"""


async def test_who_is_no_verified_member_is_told_of_no_request(world: World, ada: Person):
    world.change(VERIFIED_ELSEWHERE, now=NOW)
    world.change("update membership set role = 'admin' where key = 'usr_una'")
    await ada.call("membership.remove", userId="usr_tom")
    await ada.call(ENROLL, realmId="sec_past", userId="usr_lou", status="requested")
    assert await told(ada) == [
        ("requested", "lou@acme.example"),
        ("requested", "ada@acme.example"),
    ]


async def test_the_addresses_an_organization_names_stand_for_its_admins(
    world: World, ada: Person, lou: Person
):
    world.change("update org set settings = :text where key = 'acme'", text=OFFICE)
    await lou.call(ENROLL, courseId="crs_ask")
    assert [to for _, to in await told(ada)] == ["lou@acme.example", "office@acme.example"]


@pytest.mark.parametrize("status", ["expired", "archived"])
async def test_what_begins_ended_tells_nobody(ada: Person, status: str):
    await ada.call(ENROLL, **OPEN, userId="usr_lou", status=status)
    assert await told(ada) == []


async def test_each_new_record_has_a_welcome_of_its_own(ada: Person, lou: Person):
    for _ in range(2):
        await lou.call(ENROLL, **OPEN)
        await lou.call("enrollment.unenroll", **OPEN)
    assert await told(ada) == [("welcome", "lou@acme.example")] * 2


async def test_messages_are_walked_page_by_page(ada: Person, lou: Person):
    for course in ("crs_open", "crs_maths", "crs_logic"):
        await lou.call(ENROLL, courseId=course)
    first = await ada.call(LIST, limit=2)
    rest = await ada.call(LIST, limit=2, cursor=first["nextCursor"])
    assert first["items"] + rest["items"] == await ada.items(LIST)
    assert (len(rest["items"]), rest["nextCursor"]) == (1, None)


async def test_an_organization_sees_its_own_messages(world: World, lou: Person):
    await lou.call(ENROLL, **OPEN)
    assert await told(world.person("usr_bea", "beta")) == []


@pytest.mark.parametrize("user", ["usr_lia", "usr_tom", "usr_ina"])
async def test_only_admins_see_messages(world: World, user: str):
    with refused("FORBIDDEN", reason="admin_required"):
        await world.person(user).call(LIST)


SENT = """
    insert into outbox (org_id, event_id, channel, recipient, template, dedupe, sent_at)
    select e.org_id, v.id, 'email', 'lia@acme.example', 'welcome',
           e.id || ':welcome:lia@acme.example', :now
    from enrollment e join event v on v.enrollment_id = e.id where e.key = 'enr_invited'
"""


async def test_what_a_record_has_told_somebody_is_not_told_again(
    world: World, ada: Person, lia: Person
):
    world.change(SENT, now=NOW)
    assert (await lia.call(ENROLL, courseId="crs_club"))["status"] == "active"
    [message] = await ada.items(LIST)
    assert message["sentAt"] == NOW


MANY = """
    insert into outbox (org_id, event_id, channel, recipient, template, dedupe, next_at)
    with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 5000)
    select v.org_id, v.id, :channel, 'somebody', 'welcome', v.id || ':' || n, :now
    from event v, numbers
"""


@pytest.mark.parametrize(("channel", "at_once"), [("email", 4), ("webhook", 1)])
async def test_thousands_that_are_due_all_of_a_sudden_are_claimed_in_time(
    world: World, lou: Person, channel: str, at_once: int
):
    """Before a server has counted them, and plans for so many. Of webhooks one per receiver."""
    await lou.call(ENROLL, **OPEN)
    world.change("delete from outbox")
    world.change(MANY, now=NOW, channel=channel)
    claim = Claim(channel, 4, NOW, later(NOW, seconds=45))
    claims = [await world.store.write(lambda tx: outbox.claim(tx, claim)) for _ in range(2)]
    assert [[parcel.attempts for parcel in found] for found in claims] == [[1] * at_once] * 2
    ids = {parcel.id for found in claims for parcel in found}
    kept = [tried for id, tried in world.rows("select id, attempts from outbox") if id in ids]
    assert kept == [1] * 2 * at_once


@pytest.mark.parametrize(
    ("place", "titles"),
    [
        ({"courseId": "crs_past"}, ("History", "History")),
        ({"realmId": "grp_open"}, ("Chess", None)),
    ],
)
async def test_a_mail_speaks_of_the_place_its_record_is_in(
    world: World, lou: Person, place: dict[str, str], titles: tuple[str, str | None]
):
    await lou.call(ENROLL, **place)
    claim = Claim("email", 1, NOW, later(NOW, seconds=45))
    [parcel] = await world.store.write(lambda tx: outbox.claim(tx, claim))
    facts = world.store.look(lambda tx: outbox.facts(tx, parcel))
    assert (facts.realm_title, facts.course_title) == titles


@pytest.mark.parametrize(
    ("due", "begins_anew"),
    [(None, True), ("2026-03-02T09:01:00.001Z", True), ("2026-03-02T09:01:00.000Z", False)],
)
async def test_the_one_message_is_tried_again_that_nobody_has_in_hand(
    world: World, ada: Person, lou: Person, leo: Person, due: str | None, begins_anew: bool
):
    for person in (lou, leo):
        await person.call(ENROLL, **OPEN)
    world.change("update outbox set attempts = 4, next_at = :due", due=due)
    first, second = await ada.items(LIST)
    anew = {"attempts": 0, "nextAt": NOW} if begins_anew else {}
    assert await ada.call("outbox.retry", id=second["id"]) == {**second, **anew}
    assert (await ada.items(LIST))[0] == first


@pytest.mark.parametrize(
    ("meanwhile", "sent_at"),
    [
        ("attempts = attempts", NOW),
        ("attempts = 2", None),
        ("next_at = '2026-03-02T09:05:00.000Z'", None),
    ],
)
async def test_an_outcome_is_of_the_one_message_that_is_still_in_hand(
    world: World, lou: Person, leo: Person, meanwhile: str, sent_at: str | None
):
    for person in (lou, leo):
        await person.call(ENROLL, **OPEN)
    claim = Claim("email", 2, NOW, later(NOW, seconds=45))
    first, _ = await world.store.write(lambda tx: outbox.claim(tx, claim))
    world.change(f"update outbox set {meanwhile} where id = :id", id=first.id)
    await world.store.write(lambda tx: outbox.settle(tx, first, Outcome(sent_at=NOW)))
    assert world.rows("select sent_at from outbox order by id") == [(sent_at,), (None,)]
