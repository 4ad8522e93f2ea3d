"""`enrollment.bulk`: items in order, each alone or all together, and counts that are true."""

import os
import threading

import pytest
from world import Person, World, refused

BULK, LIST = "enrollment.bulk", "enrollment.list"
OPEN = {"courseId": "crs_open"}


def create(user: str, **more) -> dict:
    return {"op": "create", **OPEN, "userId": user, **more}


def upsert(user: str, **more) -> dict:
    return {**create(user, **more), "op": "upsert"}


async def done(person: Person, *items: dict, **more) -> dict:
    return await person.call(BULK, items=[*items], **more)


def said(answer: dict) -> list:
    """For each item the status of its record, or why it was refused."""
    assert [r["index"] for r in answer["results"]] == [*range(len(answer["results"]))]
    return [
        r["record"]["status"] if r["ok"] else (r["code"], r.get("reason"))
        for r in answer["results"]
    ]


def counted(answer: dict) -> tuple[int, int, int, int]:
    return tuple(answer[word] for word in ("created", "updated", "deleted", "failed"))


def committed(world: World) -> tuple[int, int, int]:
    """How many records the event log says were made, changed and ended since the roster."""
    return world.rows("""
        select count(*) filter (where from_status is null and kind <> 'imported'),
               count(*) filter (where from_status is not null and to_status is not null),
               count(*) filter (where to_status is null)
        from event
    """)[0]


async def test_each_item_is_done_and_counted(world: World, ada: Person):
    # S2-42, S2-48, S2-66
    answer = await done(
        ada,
        create("usr_lou"),
        upsert("usr_leo", role="observer"),
        {"op": "update", "id": "enr_lia", "status": "suspended"},
        {"op": "update", "courseId": "crs_left", "userId": "usr_lia", "status": "active"},
        {"op": "delete", "id": "enr_leo"},
        {"op": "delete", "courseId": "crs_done", "userId": "usr_lia"},
    )
    assert said(answer) == ["active", "active", "suspended", "active", "active", "completed"]
    assert counted(answer) == (2, 2, 2, 0)
    assert committed(world) == (2, 2, 2)
    assert answer["results"][4]["record"]["deletedAt"] is not None


@pytest.mark.parametrize("active", ["acme", "beta"])
async def test_items_reach_every_organization_of_the_caller(world: World, active: str):
    world.change("""
        update membership set role = 'admin'
        where user_id = (select id from account where key = 'usr_bob')
    """)
    answer = await done(
        world.person("usr_bob", active),
        create("usr_lou"),
        create("usr_ben", courseId="crs_beta"),
        {"op": "delete", "id": "enr_none"},
        {"op": "update", "id": "enr_beta", "status": "suspended"},
        {"op": "delete", "id": "enr_none"},
        {"op": "delete", "id": "enr_lia"},
    )
    absent = ("NOT_FOUND", None)
    there = ("CONFLICT", "already_enrolled")
    assert said(answer) == ["active", there, absent, "suspended", absent, "active"]


async def test_a_refused_item_stops_no_other_and_leaves_nothing(world: World, ada: Person):
    # S2-88
    answer = await done(
        ada,
        create("usr_lou"),
        create("usr_nobody"),
        {"op": "update", "id": "enr_done", "status": "active"},
        create("usr_lou", courseId="crs_none"),
        {"op": "delete", "id": "enr_zzz"},
        create("usr_leo", endAt="2020-01-01T00:00:00Z"),
        create("usr_leo", endAt="9999-01-01T00:00:00Z"),
        create("usr_bob"),
    )
    assert said(answer) == [
        "active",
        ("NOT_FOUND", "user"),
        ("BAD_REQUEST", "invalid_transition"),
        ("CONFLICT", "full"),
        ("NOT_FOUND", None),
        ("BAD_REQUEST", "invalid_input"),
        ("BAD_REQUEST", "invalid_input"),
        "active",
    ]
    assert counted(answer) == (2, 0, 0, 6)
    assert committed(world) == (2, 0, 0)
    # The refused item for crs_none has not left its default section either.
    assert world.rows("select key from realm where title = 'No seats'") == []
    assert [r["userId"] for r in await ada.items(LIST, **OPEN)] == ["usr_lou", "usr_bob"]


async def test_items_are_done_in_their_order(ada: Person):
    answer = await done(
        ada,
        create("usr_lou", courseId="crs_one"),
        {"op": "delete", "courseId": "crs_one", "userId": "usr_lou"},
        create("usr_leo", courseId="crs_one"),
        create("usr_lou", courseId="crs_one"),
    )
    assert said(answer) == ["active", "active", "active", ("CONFLICT", "full")]
    assert counted(answer) == (2, 0, 1, 1)


async def test_a_repeat_meets_the_record_of_the_first(world: World, ada: Person):
    answer = await done(
        ada, create("usr_lou"), create("usr_lou"), upsert("usr_lou", role="teacher")
    )
    assert said(answer) == ["active", ("CONFLICT", "already_enrolled"), "active"]
    first, _, third = answer["results"]
    assert (third["record"]["id"], third["record"]["role"]) == (first["record"]["id"], "teacher")
    assert (counted(answer), committed(world)) == ((1, 1, 0, 1), (1, 1, 0))


async def test_create_is_refused_for_whoever_is_there_in_any_role(ada: Person):
    # S2-52
    answer = await done(
        ada,
        create("usr_tom", courseId="crs_past"),
        create("usr_lia", courseId="crs_past", role="teacher"),
        create("usr_lia", courseId="crs_done"),
        create("usr_lia", courseId="crs_done", reenroll=True),
    )
    twice = ("CONFLICT", "already_enrolled")
    assert said(answer) == [twice, twice, ("CONFLICT", "already_completed"), "active"]


async def test_an_upsert_changes_what_is_there_and_makes_what_is_not(world: World, ada: Person):
    # S2-52, S2-58
    answer = await done(
        ada,
        upsert("usr_lia", courseId="crs_past", role="teacher", primary=True),
        upsert("usr_lou", courseId="crs_past", status="invited"),
    )
    changed, made = (r["record"] for r in answer["results"])
    assert (changed["id"], changed["role"], changed["progress"]) == ("enr_lia", "teacher", 50)
    assert (made["userId"], made["status"], made["role"]) == ("usr_lou", "invited", "student")
    assert (counted(answer), committed(world)) == ((1, 1, 0, 0), (1, 1, 0))


@pytest.mark.parametrize("roles", [("teacher", "student"), ("student", "teacher")])
@pytest.mark.parametrize("agreeing", [{}, {"unlessRole": ["teacher", "administrator"]}])
async def test_an_upsert_finds_of_several_records_the_one_in_its_role(
    ada: Person, roles: tuple[str, str], agreeing: dict
):
    teaching = {"role": "administrator" if agreeing else "teacher", **agreeing}
    both = {role: {**OPEN, "userId": "usr_lou", "role": role} for role in roles}
    ids = {
        role: (await ada.call("enrollment.enroll", **given))["id"] for role, given in both.items()
    }
    answer = await done(
        ada,
        upsert("usr_lou", role="student", status="suspended"),
        upsert("usr_lou", **teaching, status="suspended"),
    )
    assert [r["record"]["id"] for r in answer["results"]] == [ids["student"], ids["teacher"]]
    assert [r["record"]["role"] for r in answer["results"]] == ["student", "teacher"]


async def test_an_upsert_that_finds_all_as_it_shall_be_counts_nowhere(world: World, ada: Person):
    before = world.contents()
    answer = await done(
        ada,
        upsert("usr_lia", courseId="crs_past", role="student", status="active"),
        {"op": "update", "id": "enr_held", "status": "suspended"},
    )
    assert (said(answer), counted(answer)) == (["active", "suspended"], (0, 0, 0, 0))
    assert world.contents() == before


async def test_an_upsert_replaces_the_metadata_and_an_update_merges_it(ada: Person):
    await done(ada, create("usr_lou", metadata={"a": 1, "b": 2}))
    merged = await done(ada, {"op": "update", **OPEN, "userId": "usr_lou", "metadata": {"b": 3}})
    assert merged["results"][0]["record"]["metadata"] == {"a": 1, "b": 3}
    replaced = await done(ada, upsert("usr_lou", metadata={"c": 4}))
    assert replaced["results"][0]["record"]["metadata"] == {"c": 4}


async def test_an_upsert_finds_a_record_by_its_key(ada: Person):
    answer = await done(
        ada,
        upsert("usr_lou", key="enr_mine"),
        upsert("usr_lou", key="enr_mine", status="suspended"),
        upsert("usr_leo", key="enr_mine"),
        upsert("usr_lou", courseId="crs_past", key="enr_mine"),
    )
    taken = ("CONFLICT", "key_taken")
    assert said(answer) == ["active", "suspended", taken, taken]
    assert [r["record"]["id"] for r in answer["results"][:2]] == ["enr_mine", "enr_mine"]


async def test_an_upsert_with_a_key_changes_no_record_of_another(world: World, ada: Person):
    await done(ada, create("usr_lou", key="enr_mine"))
    before = world.contents()
    answer = await done(ada, upsert("usr_lou", key="enr_other", metadata={"a": 1}))
    assert said(answer) == [("CONFLICT", "already_enrolled")]
    assert world.contents() == before
    second = await done(ada, upsert("usr_lou", key="enr_other", role="teacher"))
    assert counted(second) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        *(("archived", "archived"), ("expired", "expired"), ("dropped", "dropped")),
        *(("archived", "expired"), ("expired", "archived"), ("archived", "dropped")),
    ],
)
async def test_an_upsert_of_how_a_record_ended_finds_it(
    world: World, ada: Person, first: str, then: str
):
    # S2-52
    made = await done(ada, create("usr_lou"), upsert("usr_lou", status=first))
    answer = await done(ada, *[upsert("usr_lou", status=then)] * 3)
    assert said(answer) == [then] * 3
    assert counted(answer) == (0, int(first != then), 0, 0)
    assert {r["record"]["id"] for r in (*made["results"], *answer["results"])} == {
        made["results"][0]["record"]["id"]
    }


@pytest.mark.parametrize(
    "again",
    [
        {"status": "active"},
        {},
        {"status": "expired", "key": "enr_other"},
    ],
)
async def test_an_upsert_of_anything_else_makes_a_new_record(ada: Person, again: dict):
    made = await done(ada, upsert("usr_lou", status="archived"), upsert("usr_lou", **again))
    assert counted(made) == (2, 0, 0, 0)


async def test_a_new_record_says_how_it_ended_once_where_the_last_one_cannot(ada: Person):
    ended = [upsert("usr_lou", status="dropped"), *[upsert("usr_lou", status="expired")] * 2]
    answer = await done(ada, create("usr_lou"), *ended)
    assert said(answer) == ["active", "dropped", "expired", "expired"]
    assert counted(answer) == (2, 1, 0, 0)


async def test_a_completed_record_that_shall_be_followed_is_followed_once(ada: Person):
    item = upsert("usr_lia", courseId="crs_done", status="archived", reenroll=True)
    answer = await done(ada, item, item)
    assert (said(answer), counted(answer)) == (["archived"] * 2, (1, 0, 0, 0))


@pytest.mark.parametrize("status", ["suspended", "completed", "dropped", "waitlisted"])
async def test_no_record_begins_as_what_it_becomes(ada: Person, status: str):
    answer = await done(ada, upsert("usr_lou", status=status))
    assert said(answer) == [("BAD_REQUEST", "invalid_transition")]


async def test_atomic_undoes_everything_and_says_so_for_each(world: World, ada: Person):
    before = world.contents()
    answer = await done(
        ada,
        create("usr_lou"),
        {"op": "update", "id": "enr_lia", "status": "dropped"},
        create("usr_nobody"),
        create("usr_leo"),
        atomic=True,
    )
    undone = ("CONFLICT", "rolled_back")
    assert said(answer) == [undone, undone, ("NOT_FOUND", "user"), undone]
    assert counted(answer) == (0, 0, 0, 4)
    assert world.contents() == before


async def test_atomic_keeps_everything_when_nothing_is_refused(world: World, ada: Person):
    answer = await done(ada, create("usr_lou"), create("usr_leo"), atomic=True)
    assert (counted(answer), committed(world)) == ((2, 0, 0, 0), (2, 0, 0))


async def test_500_items_are_done_and_501_are_refused(world: World, ada: Person):
    item = {"op": "delete", "id": "enr_zzz"}
    assert counted(await done(ada, *[item] * 500)) == (0, 0, 0, 500)
    before = world.contents()
    with refused("BAD_REQUEST", reason="too_many_items"):
        await done(ada, create("usr_lou"), *[item] * 500)
    assert world.contents() == before


async def test_who_shares_the_core_with_a_bulk_gets_it_every_few_items(
    ada: Person, monkeypatch: pytest.MonkeyPatch
):
    yielding: list[threading.Thread] = []
    give_way = os.sched_yield

    def noted() -> None:
        yielding.append(threading.current_thread())
        give_way()

    monkeypatch.setattr(os, "sched_yield", noted)
    await done(ada, *[{"op": "delete", "id": "enr_zzz"}] * 9)
    assert len(yielding) == 3
    assert threading.main_thread() not in yielding


async def test_no_items_are_done_without_a_word(ada: Person):
    zero = {"created": 0, "updated": 0, "deleted": 0, "failed": 0}
    assert await done(ada) == {"results": [], **zero}


@pytest.mark.parametrize(
    "item",
    [
        {"op": "swap"},
        {"userId": "usr_lou"},
        {"op": "create", "userId": "usr_lou"},
        {"op": "create", **OPEN, "realmId": "sec_red"},
        {"op": "create", **OPEN, "role": "janitor"},
        {"op": "create", **OPEN, "colour": "red"},
        {"op": "update", "status": "active"},
        {"op": "delete", "id": "enr_lia", "userId": "usr_lia"},
        {"op": "upsert", "id": "enr_lia"},
        {"op": "upsert", "userId": "usr_lou"},
        {"op": "upsert", **OPEN, "realmId": "sec_red"},
        "enr_lia",
    ],
)
async def test_a_malformed_item_refuses_the_call(world: World, ada: Person, item):
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_input"):
        await done(ada, create("usr_lou"), item)
    assert world.contents() == before


async def test_without_credentials_nothing_is_done(world: World):
    with refused("UNAUTHORIZED"):
        await done(world.stranger(), create("usr_lou"))


@pytest.mark.parametrize("user", ["usr_lou", "usr_ina", "usr_leo"])
async def test_who_is_no_staff_is_refused_item_by_item(world: World, user: str):
    before = world.contents()
    answer = await done(
        world.person(user),
        create(user),
        upsert(user),
        create("usr_nobody"),
        {"op": "update", "courseId": "crs_past", "userId": "usr_lia", "status": "dropped"},
        {"op": "update", "id": "enr_lia", "status": "dropped"},
        {"op": "delete", "id": "enr_lia"},
    )
    no, absent = ("FORBIDDEN", "admin_required"), ("NOT_FOUND", None)
    assert said(answer) == [no, no, no, no, absent, absent]
    assert world.contents() == before


async def test_one_is_no_staff_of_the_own_record(world: World, lia: Person):
    items = [{"op": op, "id": "enr_lia"} for op in ("update", "delete")]
    answer = await done(lia, *items)
    assert said(answer) == [("FORBIDDEN", "admin_required")] * 2


async def test_a_teacher_does_what_is_of_the_own_section(tom: Person):
    answer = await done(
        tom,
        create("usr_lou", courseId="crs_past"),
        {"op": "create", "realmId": "sec_eve", "userId": "usr_lou"},
        create("usr_lou"),
        {"op": "update", "id": "enr_lia", "status": "suspended"},
        {"op": "update", "id": "enr_leo", "status": "suspended"},
    )
    no = ("FORBIDDEN", "admin_required")
    assert said(answer) == ["active", no, no, "suspended", ("NOT_FOUND", None)]


async def test_only_admins_set_prerequisites_aside_in_a_bulk_too(ada: Person, tom: Person):
    # S4-11
    await ada.call("enrollment.enroll", courseId="crs_proof", userId="usr_tom", role="teacher")
    bypass = create("usr_lou", courseId="crs_proof", bypassPrerequisites=True)
    without = create("usr_lou", courseId="crs_proof")
    assert said(await done(tom, bypass)) == [("FORBIDDEN", "admin_required")]
    assert said(await done(ada, without)) == [("BAD_REQUEST", "prerequisites_not_met")]
    assert said(await done(ada, bypass)) == ["active"]


async def test_what_is_foreign_is_not_there(world: World, ada: Person):
    # S0-26
    before = world.contents()
    answer = await done(
        ada,
        create("usr_ben", courseId="crs_beta"),
        {"op": "create", "realmId": "sec_beta", "userId": "usr_ben"},
        {"op": "create", "realmId": "sec_zzz", "userId": "usr_ben"},
        {"op": "update", "id": "enr_beta", "status": "dropped"},
        {"op": "delete", "id": "enr_beta"},
        create("usr_ben"),
    )
    absent = ("NOT_FOUND", None)
    assert said(answer) == [
        ("FORBIDDEN", "not_member"),
        absent,
        absent,
        absent,
        absent,
        ("NOT_FOUND", "user"),
    ]
    assert world.contents() == before


ITEMS = (create("usr_lou"), {"op": "update", "id": "enr_invited", "status": "active"})
BOTH = {"lou@acme.example", "lia@acme.example"}


@pytest.mark.parametrize(
    ("org", "call", "items", "told"),
    [
        ({}, {}, {}, set()),
        ({}, {"notify": True}, {}, BOTH),
        ({"notifyBulk": True}, {}, {}, BOTH),
        ({"notifyBulk": True}, {"notify": False}, {}, set()),
        ({}, {}, {"notify": True}, BOTH),
        ({}, {"notify": True}, {"notify": False}, set()),
    ],
    ids=["nobody", "the call", "the organization", "but not this call", "items", "but not these"],
)
async def test_a_bulk_tells_whom_the_item_the_call_or_the_organization_wants_told(
    world: World, ada: Person, org: dict, call: dict, items: dict, told: set
):
    if org:
        world.change("""update org set settings = '{"notifyBulk":true}' where key = 'acme'""")
    answer = await done(ada, *[item | items for item in ITEMS], **call)
    assert said(answer) == ["active", "active"]
    assert {recipient for (recipient,) in world.rows("select recipient from outbox")} == told


async def test_to_create_is_to_change_nothing_that_has_ended(ada: Person):
    lia = {"op": "create", "userId": "usr_lia"}
    over = {**lia, "realmId": "sec_over", "status": "expired"}
    left = {**lia, "realmId": "sec_left", "key": "enr_left"}
    answer = await done(ada, over, left)
    assert said(answer) == ["expired", ("CONFLICT", "key_taken")]
    assert answer["results"][0]["record"]["previousId"] == "enr_over"
