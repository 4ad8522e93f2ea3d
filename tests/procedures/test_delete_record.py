"""`enrollment.delete` (model 4.3): what is destroyed with a record, and what is not."""

from world import NOW, Person, World, refused

DELETE, ENROLL, GET = "enrollment.delete", "enrollment.enroll", "enrollment.get"
UNENROLL, LIA = "enrollment.unenroll", {"id": "enr_lia"}
WORK = """
    select a.key, c.key, s.assessment from submission s
    join account a on a.id = s.user_id join course c on c.id = s.course_id order by s.id
"""


def hand_in(world: World, record: str, assessment: str) -> None:
    world.change(
        """
        insert into submission (org_id, key, enrollment_id, user_id, course_id, assessment,
                                submitted_at)
        select org_id, 'sub_' || :assessment, id, user_id, course_id, :assessment, enrolled_at
        from enrollment where key = :record
        """,
        record=record,
        assessment=assessment,
    )


async def test_a_deleted_record_is_gone_without_a_tombstone(world: World, ada: Person):
    # S3-39
    assert await ada.call(DELETE, **LIA) == {"success": True}
    for path in (GET, DELETE, UNENROLL):
        with refused("NOT_FOUND"):
            await ada.call(path, **LIA)
    assert world.rows("select id from enrollment where key = 'enr_lia'") == []


async def test_all_work_of_the_learner_in_the_course_goes_also_from_older_records(
    world: World, ada: Person, lia: Person
):
    # S3-41
    await lia.call(UNENROLL, courseId="crs_past")
    again = await lia.call(ENROLL, courseId="crs_past")
    hand_in(world, again["id"], "essay")
    hand_in(world, "enr_leo", "of another")
    hand_in(world, "enr_done", "elsewhere")
    await ada.call(DELETE, id=again["id"])
    assert world.rows(WORK) == [
        ("usr_leo", "crs_past", "of another"),
        ("usr_lia", "crs_done", "elsewhere"),
    ]


async def test_the_marks_of_the_record_go_and_no_others(world: World, ada: Person):
    await ada.call("progress.record", id="enr_leo", componentId="les_1")
    assert world.value("select count(*) from component_done") == 2
    await ada.call(DELETE, **LIA)
    left = "select e.key from component_done d join enrollment e on e.id = d.enrollment_id"
    assert world.rows(left) == [("enr_leo",)]


async def test_unsent_mails_are_taken_back_and_sent_ones_stay(world: World, ada: Person):
    made = [
        await ada.call(ENROLL, courseId="crs_open", userId=f"usr_{user}")
        for user in ("bob", "lou", "leo")
    ]
    record = made[1]
    await ada.call("enrollment.update", id=record["id"], status="completed")
    world.change("update outbox set sent_at = :now where template = 'completed'", now=NOW)
    await ada.call(DELETE, id=record["id"])
    assert world.rows("select template, recipient from outbox order by id") == [
        ("welcome", "bob@both.example"),
        ("welcome", "leo@acme.example"),
        ("completed", "lou@acme.example"),
    ]


async def test_webhooks_are_told_of_every_event_to_the_last(world: World, ada: Person):
    await ada.call("webhook.create", url="http://127.0.0.1:9/events")
    record = await ada.call(ENROLL, courseId="crs_open", userId="usr_lou")
    await ada.call(DELETE, id=record["id"])
    told = """
        select e.kind from outbox o join event e on e.id = o.event_id
        where o.channel = 'webhook' order by o.id
    """
    assert world.rows(told) == [("enrolled",), ("deleted",)]


async def test_one_event_stays_and_names_no_one(world: World, ada: Person):
    await ada.call(DELETE, **LIA)
    told = """
        select e.kind, e.from_status, e.to_status, a.key, e.enrollment_key, e.data from event e
        join account a on a.id = e.actor_id where e.kind <> 'imported'
    """
    assert world.rows(told) == [("deleted", "active", None, "usr_ada", "enr_lia", "{}")]


async def test_the_record_that_followed_follows_none(world: World, ada: Person, lia: Person):
    again = await lia.call(ENROLL, courseId="crs_left")
    assert again["previousId"] == "enr_left"
    world.clock.advance(hours=1)
    await ada.call(DELETE, id="enr_left")
    after = await lia.call(GET, id=again["id"])
    seen = {"previousId": None, "version": 2, "updatedAt": "2026-03-02T10:00:00.000Z"}
    assert after == {**again, **seen}


async def test_the_seat_goes_to_the_first_in_line(ada: Person):
    record = await ada.call(ENROLL, courseId="crs_line", userId="usr_lou")
    waiting = await ada.call(ENROLL, courseId="crs_line", userId="usr_leo")
    await ada.call(DELETE, id=record["id"])
    assert (await ada.call(GET, id=waiting["id"]))["status"] == "active"


async def test_nothing_of_a_destroyed_record_becomes_the_next_one_s(world: World, ada: Person):
    """Neither its history nor that it had its welcome: its id is not given again."""
    first = await ada.call(ENROLL, courseId="crs_open", userId="usr_lou")
    world.change("update outbox set sent_at = :now", now=NOW)
    await ada.call(DELETE, id=first["id"])
    second = await ada.call(ENROLL, courseId="crs_open", userId="usr_lou")
    assert [e["kind"] for e in await ada.items("enrollment.history", id=second["id"])] == [
        "enrolled"
    ]
    welcomes = world.rows("select sent_at is null from outbox where template = 'welcome'")
    assert welcomes == [(0,), (1,)]


async def test_a_learner_does_not_delete_the_own_record(world: World, lia: Person, tom: Person):
    # S3-40
    before = world.contents()
    for person in (lia, tom):
        with refused("FORBIDDEN", reason="admin_required"):
            await person.call(DELETE, **LIA)
    assert world.contents() == before


async def test_for_others_it_is_not_there(world: World, lou: Person):
    # S0-26
    before = world.contents()
    for person in (lou, world.person("usr_ina"), world.person("usr_bea", "beta")):
        with refused("NOT_FOUND"):
            await person.call(DELETE, **LIA)
    with refused("UNAUTHORIZED"):
        await world.stranger().call(DELETE, **LIA)
    assert world.contents() == before


async def test_a_withdrawn_record_is_not_deleted(ada: Person):
    await ada.call(UNENROLL, **LIA)
    with refused("NOT_FOUND"):
        await ada.call(DELETE, **LIA)
