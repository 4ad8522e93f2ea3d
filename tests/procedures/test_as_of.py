"""`enrollment.list` with `asOf`: the roster as it was, from the event log."""

from world import Person, World, refused

ENROLL, LIST, UPDATE = "enrollment.enroll", "enrollment.list", "enrollment.update"
PAST = {"courseId": "crs_past"}
BEGINNING = [("enr_tom", "active"), ("enr_lia", "active"), ("enr_leo", "active")]


def moment(world: World) -> str:
    """This instant; the next call comes a minute later."""
    at = world.clock().isoformat()
    world.clock.advance(minutes=1)
    return at


async def roster(person: Person, **given) -> list[tuple[str, str]]:
    return [(r["id"], r["status"]) for r in await person.items(LIST, **given)]


async def test_yesterday_s_roster_is_there_after_today_s_changes(world: World, ada: Person):
    yesterday = moment(world)
    await world.person("usr_lia").call(UPDATE, id="enr_lia", status="dropped")
    await ada.call("enrollment.unenroll", id="enr_leo")
    made = await ada.call(ENROLL, **PAST, userId="usr_lou")
    assert await roster(ada, **PAST, asOf=yesterday) == BEGINNING
    now = [("enr_tom", "active"), ("enr_lia", "dropped"), (made["id"], "active")]
    assert await roster(ada, **PAST) == await roster(ada, **PAST, asOf=moment(world)) == now


async def test_before_there_was_anything_nothing_was_there(ada: Person):
    assert await roster(ada, asOf="2020-01-01T00:00:00Z") == []


async def test_a_roster_has_been_there_since_its_own_dates(ada: Person):
    assert await roster(ada, **PAST, asOf="2025-09-01T12:00:00Z") == [
        ("enr_tom", "active"),
        ("enr_leo", "active"),
    ]


async def test_a_status_is_that_of_the_instant(world: World, ada: Person):
    instants = []
    for status in ("suspended", "active", "dropped"):
        await ada.call(UPDATE, id="enr_lia", status=status)
        instants.append((moment(world), status))
    for at, status in instants:
        [(_, then)] = await roster(ada, **PAST, userId="usr_lia", asOf=at)
        assert then == status
        assert await roster(ada, userId="usr_lia", status=[status], **PAST, asOf=at) != []
    assert await roster(ada, userId="usr_lia", status=["active"], **PAST) == []


async def test_a_record_was_overdue_from_its_end_on_swept_or_not(ada: Person):
    record = {"courseId": "crs_over"}
    for _ in range(2):
        assert await roster(ada, **record, asOf="2026-03-01T07:59:59Z") == [("enr_over", "active")]
        assert await roster(ada, **record, asOf="2026-03-01T08:00:00Z") == [("enr_over", "expired")]
        await ada.call(UPDATE, id="enr_over", metadata={"swept": True})


async def test_a_record_is_listed_where_it_was(world: World, ada: Person):
    before = moment(world)
    await ada.call("enrollment.transfer", id="enr_lia", realmId="sec_eve")
    here, there = {"realmId": "sec_past"}, {"realmId": "sec_eve"}
    lia, leo, tom = BEGINNING[1], BEGINNING[2], BEGINNING[0]
    assert await roster(ada, **here, asOf=before) == [tom, lia]
    assert await roster(ada, **there, asOf=before) == [leo]
    assert (await roster(ada, **here), await roster(ada, **there)) == ([tom], [lia, leo])
    [record] = await ada.items(LIST, **PAST, userId="usr_lia", asOf=before)
    assert record["realmId"] == "sec_past"


async def test_who_waited_had_the_place_in_line_of_then(world: World, ada: Person):
    line = {"courseId": "crs_line"}
    for user in ("usr_lou", "usr_leo", "usr_lia"):
        await ada.call(ENROLL, **line, userId=user)
        world.clock.advance(minutes=1)
    full = moment(world)
    await ada.call("course.update", **line, capacity=3)
    then = [(r["userId"], r["position"]) for r in await ada.items(LIST, **line, asOf=full)]
    assert then == [("usr_lou", None), ("usr_leo", 1), ("usr_lia", 2)]
    assert [r["position"] for r in await ada.items(LIST, **line)] == [None, None, None]


async def test_what_was_destroyed_was_never_there(world: World, ada: Person):
    before = moment(world)
    await ada.call("enrollment.delete", id="enr_lia")
    assert await roster(ada, **PAST, asOf=before) == [BEGINNING[0], BEGINNING[2]]


async def test_the_past_is_seen_by_whom_the_present_is(world: World, tom: Person, lia: Person):
    before = moment(world)
    await lia.call("enrollment.unenroll", id="enr_lia")
    assert await roster(tom, **PAST, asOf=before) == BEGINNING[:2]
    assert await roster(lia, **PAST, asOf=before) == [BEGINNING[1]]
    assert await roster(world.person("usr_lou"), **PAST, asOf=before) == []
    assert await roster(world.person("usr_bea", "beta"), asOf=before) == [("enr_beta", "active")]


async def test_the_past_comes_in_pages_and_orders_too(ada: Person):
    at = {"asOf": "2026-01-01T00:00:00Z", "sort": "status", "order": "desc"}
    everything = await ada.call(LIST, **at)
    found, cursor = [], {}
    while cursor is not None:
        page = await ada.call(LIST, **at, limit=2, **cursor)
        assert page["total"] == everything["total"]
        found += page["items"]
        cursor = page["nextCursor"] and {"cursor": page["nextCursor"]}
    assert found == everything["items"]
    statuses = [r["status"] for r in found]
    assert statuses == sorted(statuses, reverse=True)


async def test_an_instant_names_its_offset(ada: Person):
    for at in ("2026-01-01", "2026-01-01T00:00:00", "yesterday"):
        with refused("BAD_REQUEST", reason="invalid_input"):
            await ada.call(LIST, asOf=at)
