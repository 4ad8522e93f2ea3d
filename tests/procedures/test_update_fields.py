"""`enrollment.update`, all but the status: role, dates, metadata, versions; completion."""

import pytest
from world import NOW, Person, World, refused

from procedures import placing

ENROLL, UPDATE = "enrollment.enroll", "enrollment.update"
LIA, TOM = {"id": "enr_lia"}, {"id": "enr_tom"}
SOON, LATER = "2026-03-10T00:00:00.000Z", "2026-04-10T00:00:00.000Z"


def changes(world: World, id: str) -> list[tuple[str, str, str]]:
    """What the events of a record say but the one that its roster came with."""
    return world.rows(
        "select kind, to_status, data from event where enrollment_key = :id and kind <> 'imported'",
        id=id,
    )


async def test_staff_change_what_is_said_with_one_version_and_one_event(world: World, tom: Person):
    before = await tom.call("enrollment.get", **LIA)
    said = {"beginAt": SOON, "endAt": LATER, "metadata": {"goal": 5}}
    after = await tom.call(UPDATE, **LIA, **said)
    assert after == {**before, **said, "version": 2, "updatedAt": NOW}
    told = ("updated", "active", '{"changed":["beginAt","endAt","metadata"]}')
    assert changes(world, "enr_lia") == [told]


async def test_status_and_fields_change_in_one_event(world: World, tom: Person):
    after = await tom.call(UPDATE, **LIA, status="suspended", metadata={"by": "office"})
    assert (after["status"], after["version"]) == ("suspended", 2)
    assert changes(world, "enr_lia") == [("suspended", "suspended", '{"changed":["metadata"]}')]


@pytest.mark.parametrize(
    "given",
    [
        {"role": "observer"},
        {"beginAt": SOON},
        {"endAt": LATER},
        {"metadata": {"x": 1}},
        {"role": "teacher", "status": "dropped"},
    ],
)
async def test_learners_change_nothing_but_their_status(world: World, lia: Person, given: dict):
    before = world.contents()
    with refused("FORBIDDEN", reason="admin_required"):
        await lia.call(UPDATE, **LIA, **given)
    assert world.contents() == before


async def test_what_is_said_already_is_no_change(world: World, lia: Person, tom: Person):
    same = await lia.call("enrollment.get", **LIA)
    said = {name: same[name] for name in ("role", "beginAt", "endAt", "metadata")}
    before = world.contents()
    for person in (lia, tom):
        assert await person.call(UPDATE, **LIA, **said, primary=False) == same
    assert world.contents() == before


async def test_metadata_is_merged_and_null_removes(tom: Person):
    # S1-22
    await tom.call(UPDATE, **LIA, metadata={"a": 1, "b": {"c": 2}})
    after = await tom.call(UPDATE, **LIA, metadata={"a": None, "b": {"d": 3}, "e": [4]})
    assert after["metadata"] == {"b": {"d": 3}, "e": [4]}


async def test_metadata_does_not_grow_without_end(tom: Person, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(placing, "LARGEST_METADATA", 30)
    await tom.call(UPDATE, **LIA, metadata={"a": "x" * 22})
    for given in ({"b": 1}, {"a": "x" * 23}):
        with refused("BAD_REQUEST", reason="invalid_input"):
            await tom.call(UPDATE, **LIA, metadata=given)
    assert (await tom.call(UPDATE, **LIA, metadata={"a": None, "b": 1}))["metadata"] == {"b": 1}
    with refused("BAD_REQUEST", reason="invalid_input"):
        await tom.call("enrollment.enroll", courseId="crs_open", metadata={"a": "x" * 23})


async def test_a_stale_version_is_a_conflict_and_changes_nothing(world: World, tom: Person):
    after = await tom.call(UPDATE, **LIA, metadata={"a": 1}, ifVersion=1)
    assert after["version"] == 2
    before = world.contents()
    with refused("CONFLICT", reason="version") as caught:
        await tom.call(UPDATE, **LIA, status="suspended", ifVersion=1)
    assert caught.value.data["version"] == 2
    assert world.contents() == before
    assert (await tom.call(UPDATE, **LIA, status="suspended", ifVersion=2))["version"] == 3


async def test_only_teachers_are_primary(world: World, ada: Person, tom: Person):
    is_primary = "select primary_flag from enrollment where key = :id"
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(UPDATE, **LIA, primary=True)
    await ada.call(UPDATE, **TOM, primary=True)
    assert changes(world, "enr_tom") == [("updated", "active", '{"changed":["primary"]}')]
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(UPDATE, **TOM, primary=True, role="observer")
    assert world.value(is_primary, id="enr_tom") == 1
    await ada.call(UPDATE, **TOM, role="observer")
    assert world.value(is_primary, id="enr_tom") == 0


async def test_a_student_becomes_a_primary_teacher_at_once(world: World, ada: Person):
    after = await ada.call(UPDATE, **LIA, role="teacher", primary=True)
    assert after["role"] == "teacher"
    assert world.value("select primary_flag from enrollment where key = 'enr_lia'") == 1


@pytest.mark.parametrize(
    "given",
    [
        {"beginAt": LATER, "endAt": SOON},
        {"beginAt": SOON, "endAt": SOON},
        {"endAt": "2025-01-01T00:00:00Z"},
        {"endAt": "0001-01-01T00:00:00Z"},
    ],
)
async def test_an_end_comes_after_its_beginning(world: World, tom: Person, given: dict):
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_input"):
        await tom.call(UPDATE, **LIA, **given)
    assert world.contents() == before


async def test_a_beginning_behind_the_end_that_is_there_is_refused(tom: Person):
    await tom.call(UPDATE, **LIA, endAt=SOON)
    with refused("BAD_REQUEST", reason="invalid_input"):
        await tom.call(UPDATE, **LIA, beginAt=LATER)
    assert (await tom.call(UPDATE, **LIA, beginAt=LATER, endAt=None))["endAt"] is None


@pytest.mark.parametrize("said", [{}, {"status": "expired"}])
async def test_an_end_that_is_over_ends_the_record(tom: Person, said: dict[str, str]):
    after = await tom.call(UPDATE, **LIA, **said, endAt="2026-03-01T00:00:00Z")
    assert after["status"] == "expired"
    archived = await tom.call(UPDATE, **LIA, status="archived")
    assert archived["endAt"] == after["endAt"] == "2026-03-01T00:00:00.000Z"
    with refused("BAD_REQUEST", reason="enrollment_closed"):
        await tom.call(UPDATE, id="enr_lia", status="active", endAt="2026-03-01T12:00:00Z")


async def test_two_roles_in_one_place_do_not_become_one(lia: Person, ada: Person):
    await ada.call(ENROLL, realmId="sec_past", userId="usr_lia", role="observer")
    with refused("CONFLICT", reason="already_enrolled"):
        await ada.call(UPDATE, **LIA, role="observer")


async def test_completing_sets_progress_and_date_and_tells_learner_and_admins(
    world: World, lia: Person
):
    # S4-19, S4-21..26, S4-35, S4-36
    world.change("""update org set settings = '{"adminEmails":["a@acme.example","b@acme.example"]}'
                    where key = 'acme'""")
    done = await lia.call(UPDATE, courseId="crs_past", status="completed")
    assert (done["status"], done["progress"], done["completedAt"]) == ("completed", 100, NOW)
    mails = world.rows("select template, recipient from outbox order by id")
    assert mails == [
        ("completed", "lia@acme.example"),
        ("completed_admin", "a@acme.example"),
        ("completed_admin", "b@acme.example"),
    ]


async def test_without_addresses_every_admin_hears_of_a_completion(world: World, lia: Person):
    # S4-26
    await lia.call(UPDATE, **LIA, status="completed")
    told = world.rows("select recipient from outbox where template = 'completed_admin'")
    assert told == [("ada@acme.example",)]


async def test_completing_twice_changes_nothing_and_sends_nothing(world: World, lia: Person):
    await lia.call(UPDATE, **LIA, status="completed")
    before = world.contents()
    world.clock.advance(days=1)
    again = await lia.call(UPDATE, **LIA, status="completed")
    assert (again["completedAt"], world.contents()) == (NOW, before)


async def test_the_date_of_a_completion_stays_whatever_follows(world: World, tom: Person):
    # S4-28
    await tom.call(UPDATE, **LIA, status="completed")
    world.clock.advance(days=1)
    for status in ("archived", "expired", "archived"):
        record = await tom.call(UPDATE, **LIA, status=status)
        assert (record["status"], record["completedAt"], record["progress"]) == (status, NOW, 100)
        for alive in ("active", "dropped"):
            with refused("BAD_REQUEST", reason="invalid_transition"):
                await tom.call(UPDATE, **LIA, status=alive)


@pytest.mark.parametrize("policy", ["progress", "staff"])
async def test_where_staff_or_progress_decide_a_learner_does_not_complete(
    world: World, lia: Person, tom: Person, policy: str
):
    # S3-37
    world.change("update course set completion_policy = :policy", policy=policy)
    with refused("FORBIDDEN", reason="admin_required"):
        await lia.call(UPDATE, **LIA, status="completed")
    assert (await tom.call(UPDATE, **LIA, status="completed"))["progress"] == 100


async def test_a_group_is_never_completed(world: World, ada: Person, lou: Person):
    record = await lou.call(ENROLL, realmId="grp_open")
    for person in (lou, ada):
        with refused("BAD_REQUEST", reason="invalid_transition"):
            await person.call(UPDATE, id=record["id"], status="completed")
    assert (await ada.call(UPDATE, id=record["id"], status="archived"))["progress"] == 0


async def test_a_new_record_follows_a_completed_one_which_stays(lia: Person, ada: Person):
    # S3-06
    for person in (lia, ada):
        with refused("BAD_REQUEST", reason="invalid_transition"):
            await person.call(UPDATE, id="enr_done", status="active")
    done = await lia.call("enrollment.get", id="enr_done")
    again = await lia.call(ENROLL, courseId="crs_done", reenroll=True)
    assert (again["previousId"], again["progress"]) == ("enr_done", 0)
    assert await lia.call("enrollment.get", id="enr_done") == done
