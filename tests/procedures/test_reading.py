"""`enrollment.get` and `enrollment.history`: who sees what (model 4.10)."""

import pytest
from world import NOW, Person, World, refused

ENROLL, GET, HISTORY = "enrollment.enroll", "enrollment.get", "enrollment.history"
PAST = {"courseId": "crs_past"}


@pytest.mark.parametrize("user", ["usr_lia", "usr_tom", "usr_ada"])
async def test_the_learner_the_teacher_and_the_admin_see_a_record(world: World, user: str):
    # S2-29, S3-23
    record = await world.person(user).call(GET, id="enr_lia")
    assert (record["userId"], record["courseId"], record["progress"]) == ("usr_lia", "crs_past", 50)


@pytest.mark.parametrize("user", ["usr_lou", "usr_leo", "usr_ina"])
async def test_for_everybody_else_it_is_not_there(world: World, user: str):
    with refused("NOT_FOUND"):
        await world.person(user).call(GET, id="enr_lia")


async def test_a_teacher_sees_the_own_section_only(tom: Person):
    with refused("NOT_FOUND"):
        await tom.call(GET, id="enr_leo")


async def test_a_teacher_who_was_withdrawn_sees_it_no_more(tom: Person, ada: Person):
    await ada.call("enrollment.unenroll", id="enr_tom")
    with refused("NOT_FOUND"):
        await tom.call(GET, id="enr_lia")


async def test_a_record_is_found_by_its_course(lia: Person):
    assert (await lia.call(GET, **PAST))["id"] == "enr_lia"


async def test_by_course_the_live_record_goes_before_the_latest(world: World, lia: Person):
    again = await lia.call(ENROLL, courseId="crs_left")
    assert (await lia.call(GET, courseId="crs_left"))["id"] == again["id"]
    world.change("update enrollment set status = 'dropped' where key = :id", id=again["id"])
    world.change("""
        update enrollment set status = 'active' where key = 'enr_left'
    """)
    assert (await lia.call(GET, courseId="crs_left"))["id"] == "enr_left"
    world.change("update enrollment set status = 'dropped' where key = 'enr_left'")
    assert (await lia.call(GET, courseId="crs_left"))["id"] == again["id"]


async def test_staff_find_a_record_by_course_and_person(tom: Person, ada: Person):
    for person in (tom, ada):
        assert (await person.call(GET, **PAST, userId="usr_lia"))["id"] == "enr_lia"


async def test_of_several_sections_staff_mean_the_record_in_their_own(
    ada: Person, tom: Person, lou: Person
):
    await ada.call(ENROLL, realmId="sec_red", userId="usr_tom", role="teacher")
    red = await lou.call(ENROLL, realmId="sec_red")
    blue = await lou.call(ENROLL, realmId="sec_blue")
    both = {"courseId": "crs_multi", "userId": "usr_lou"}
    assert (await tom.call(GET, **both))["id"] == red["id"]
    assert (await ada.call(GET, **both))["id"] == blue["id"]
    assert (await tom.call("enrollment.update", **both, status="suspended"))["id"] == red["id"]
    assert (await tom.call("enrollment.unenroll", **both))["id"] == red["id"]
    with refused("NOT_FOUND"):
        await tom.call(GET, **both)


async def test_a_learner_names_nobody_else(lou: Person):
    bodies = set()
    for user in ("usr_lia", "usr_nobody", "usr_ben"):
        with refused("FORBIDDEN", reason="admin_required") as caught:
            await lou.call(GET, **PAST, userId=user)
        bodies.add(caught.value.answer.text)
    assert len(bodies) == 1


async def test_who_never_enrolled_has_no_record(lou: Person):
    with refused("NOT_FOUND"):
        await lou.call(GET, **PAST)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {**PAST, "id": "enr_lia"},
        {"id": "enr_lia", "userId": "usr_lia"},
        {"id": ""},
        {"id": None},
    ],
)
async def test_one_address_is_given(lia: Person, given: dict):
    for procedure in (GET, HISTORY):
        with refused("BAD_REQUEST", reason="invalid_input"):
            await lia.call(procedure, **given)


async def test_a_query_answers_by_get_as_by_post(lia: Person):
    by_get = await lia.get(GET, params={"input": '{"id":"enr_lia"}'})
    by_post = await lia.post(GET, json={"id": "enr_lia"})
    assert by_get.status_code == 200
    assert by_get.content == by_post.content


async def test_a_mutation_by_get_does_nothing(world: World, lou: Person):
    before = world.contents()
    answer = await lou.get(ENROLL, params={"input": '{"courseId":"crs_open"}'})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert world.contents() == before


async def test_history_tells_every_step_in_order(world: World, lou: Person, ada: Person):
    first = await lou.call(ENROLL, courseId="crs_line")
    second = await world.person("usr_leo").call(ENROLL, courseId="crs_line")
    world.clock.advance(hours=1)
    await ada.call("enrollment.unenroll", id=first["id"], reason="fees")
    steps = await ada.items(HISTORY, id=second["id"])
    assert [(s["kind"], s["fromStatus"], s["toStatus"]) for s in steps] == [
        ("waitlisted", None, "waitlisted"),
        ("promoted", "waitlisted", "active"),
    ]
    assert [(s["actorId"], s["door"], s["at"]) for s in steps] == [
        ("usr_leo", "rpc", NOW),
        (None, "system", "2026-03-02T10:00:00.000Z"),
    ]
    [_, ended] = await ada.items(HISTORY, courseId="crs_line", userId="usr_lou")
    assert (ended["kind"], ended["toStatus"], ended["reason"]) == ("unenrolled", None, "fees")
    assert (ended["enrollmentId"], ended["userId"], ended["actorId"]) == (
        first["id"],
        "usr_lou",
        "usr_ada",
    )


async def test_history_begins_with_what_was_loaded(lia: Person):
    [step] = await lia.items(HISTORY, id="enr_done")
    assert (step["kind"], step["toStatus"], step["at"]) == (
        "imported",
        "completed",
        "2025-12-01T08:00:00.000Z",
    )


async def test_by_course_history_spans_the_records_of_a_person(lia: Person):
    again = await lia.call(ENROLL, courseId="crs_left")
    await lia.call("enrollment.unenroll", courseId="crs_left")
    steps = await lia.items(HISTORY, courseId="crs_left")
    assert [(s["enrollmentId"], s["kind"]) for s in steps] == [
        ("enr_left", "imported"),
        (again["id"], "enrolled"),
        (again["id"], "unenrolled"),
    ]


@pytest.mark.parametrize("user", ["usr_lia", "usr_tom", "usr_ada"])
async def test_history_of_a_record_outlasts_it(world: World, ada: Person, user: str):
    await ada.call("enrollment.unenroll", id="enr_lia", reason="fees")
    [*_, last] = await world.person(user).items(HISTORY, id="enr_lia")
    assert (last["kind"], last["actorId"], last["reason"]) == ("unenrolled", "usr_ada", "fees")
    with refused("NOT_FOUND"):
        await world.person(user).call(GET, id="enr_lia")


@pytest.mark.parametrize(
    ("user", "org"),
    [("usr_lou", "acme"), ("usr_leo", "acme"), ("usr_ina", "acme"), ("usr_ben", "beta")],
)
async def test_nor_is_the_history_of_a_record_that_is_gone_there_for_everybody_else(
    world: World, ada: Person, user: str, org: str
):
    await ada.call("enrollment.unenroll", id="enr_lia")
    for id in ("enr_lia", "enr_none"):
        with refused("NOT_FOUND"):
            await world.person(user, org).call(HISTORY, id=id)


async def test_history_is_of_the_record_that_has_the_key_now(ada: Person):
    await ada.call("enrollment.unenroll", id="enr_lia")
    again = {"courseId": "crs_open", "userId": "usr_lou", "key": "enr_lia"}
    await ada.call(ENROLL, **again)
    assert [step["kind"] for step in await ada.items(HISTORY, id="enr_lia")] == ["enrolled"]
    await ada.call("enrollment.unenroll", id="enr_lia")
    kinds = [step["kind"] for step in await ada.items(HISTORY, id="enr_lia")]
    assert kinds == ["enrolled", "unenrolled"]


async def test_history_is_walked_page_by_page(lia: Person):
    await lia.call(ENROLL, courseId="crs_left")
    whole = await lia.items(HISTORY, courseId="crs_left")
    first = await lia.call(HISTORY, courseId="crs_left", limit=1)
    second = await lia.call(HISTORY, courseId="crs_left", limit=1, cursor=first["nextCursor"])
    assert first["items"] + second["items"] == whole
    assert second["nextCursor"] is None


async def test_the_history_of_one_record_is_walked_page_by_page(lia: Person, tom: Person):
    for status in ("suspended", "active"):
        await tom.call("enrollment.update", id="enr_lia", status=status)
    first = await lia.call(HISTORY, id="enr_lia", limit=2)
    rest = await lia.call(HISTORY, id="enr_lia", limit=2, cursor=first["nextCursor"])
    assert first["items"] + rest["items"] == await lia.items(HISTORY, id="enr_lia")
    assert ([event["kind"] for event in rest["items"]], rest["nextCursor"]) == (
        ["reinstated"],
        None,
    )


async def test_the_teacher_and_the_admin_see_the_history_of_a_learner(tom: Person, ada: Person):
    for person in (tom, ada):
        assert len(await person.items(HISTORY, id="enr_lia")) == 1
        assert len(await person.items(HISTORY, **PAST, userId="usr_lia")) == 1


async def test_the_history_of_others_is_not_there(lou: Person, tom: Person):
    for person, id in ((lou, "enr_lia"), (tom, "enr_leo")):
        with refused("NOT_FOUND"):
            await person.call(HISTORY, id=id)
    with refused("FORBIDDEN", reason="admin_required"):
        await lou.call(HISTORY, **PAST, userId="usr_lia")


async def test_a_teacher_sees_of_a_course_what_happened_in_the_own_section(tom: Person):
    assert await tom.items(HISTORY, **PAST, userId="usr_leo") == []
