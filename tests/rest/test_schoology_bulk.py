"""Schoology: many enrollments in one call, each answered for itself."""

import asyncio
from xml.etree import ElementTree

import pytest
from campus_world import quiet
from schoology_world import (
    CHESS,
    CIVICS,
    GEOGRAPHY,
    HISTORY,
    Client,
    client,
    codes,
    many,
    refusal,
    results,
    tree,
)
from world import World

MANY = "/v1/enrollments"


def new(uid: int, admin: int = 0, status: int = 1) -> dict[str, int]:
    return {"uid": uid, "admin": admin, "status": status}


def at(section: int, uid: int, admin: int = 0, status: int = 1) -> dict:
    return {"realm": "section", "section_id": section, **new(uid, admin, status)}


def in_group(group: int, uid: int, admin: int = 0, status: int = 1) -> dict:
    return {"realm": "group", "group_id": group, **new(uid, admin, status)}


WAYS = {
    "create here": lambda who, n: who.post(HISTORY, many(*[new(1003)] * n)),
    "create": lambda who, n: who.post(MANY, many(*[at(12345, 1003)] * n)),
    "import by course": lambda who, n: who.post(
        f"{MANY}/import/course/13011",
        many(*[{"course_code": "E200", "section_code": "34", "school_uid": "s1"}] * n),
    ),
    "import by school code": lambda who, n: who.post(
        f"{MANY}/import/course", many(*[{"section_school_code": "23", "school_uid": "s1"}] * n)
    ),
    "update": lambda who, n: who.put(GEOGRAPHY, many(*[{"id": 2461632, "status": 2}] * n)),
    "delete": lambda who, n: who.delete(f"{MANY}?enrollment_ids={','.join(['2461632'] * n)}"),
}


# S2-43, S2-49, S2-63, S2-73, S2-85, S2-93
@pytest.mark.parametrize("way", WAYS)
async def test_one_to_fifty_items_are_taken_and_else_nothing_is_done(
    school: World, admin: Client, way: str
):
    before = school.contents()
    for number in (0, 51):
        assert refusal(await WAYS[way](admin, number)) == 400
    assert school.contents() == before
    assert len(results(await WAYS[way](admin, 50))) == 50
    assert school.contents() != before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"enrollments": None},
        {"enrollments": []},
        {"enrollments": [new(1003)]},
        {"enrollments": {}},
        {"enrollments": {"enrollment": None}},
        {"enrollment": [at(12345, 1003)]},
        [],
    ],
)
async def test_a_body_without_items_is_refused(admin: Client, body: object):
    for path in (MANY, f"{MANY}/import/course", f"{MANY}/import/course/13011"):
        assert refusal(await admin.post(path, body)) == 400
    assert refusal(await admin.put(GEOGRAPHY, body)) == 400


async def test_a_single_item_needs_no_list(admin: Client, teacher: Client):
    assert codes(await admin.post(MANY, {"enrollments": {"enrollment": at(12345, 1003)}})) == [200]
    body = (
        '<x:any xmlns:x="urn:x"><x:enrollments><x:enrollment kind="new"><x:uid>1004</x:uid>'
        "<x:admin>0</x:admin><x:status>1</x:status></x:enrollment></x:enrollments></x:any>"
    )
    answer = await teacher.xml("POST", CIVICS, body)
    assert answer.status_code == 200
    [[_, [[_, item]]]] = tree(ElementTree.fromstring(answer.content))[1]
    assert item[0] == ("response_code", "200")


# S2-42, S2-46
async def test_items_are_done_each_for_itself(school: World, teacher: Client):
    items = [new(1003), new(48289), new(999), {"uid": "1004"}, "x", new(1003), new(1004, 1, 3)]
    answer = results(await teacher.post(CIVICS, many(*items)))
    assert [item["response_code"] for item in answer] == [200, 409, 404, 400, 400, 409, 200]
    assert list(answer[0]) == ["response_code", "id", "uid", "location"]
    assert [item.get("uid") for item in answer] == [1003, 48289, 999, "1004", None, 1003, 1004]
    assert list(answer[2]) == ["response_code", "message", "uid"]
    for item in (answer[0], answer[6]):
        shown = (await teacher.get(item["location"])).json()
        assert (shown["id"], shown["uid"]) == (item["id"], str(item["uid"]))
    roster = await teacher.roster(CIVICS)
    assert roster == {"45552": "1/1", "48289": "0/1", "1003": "0/1", "1004": "1/3"}
    assert school.value("select count(*) from outbox") == 0


async def test_the_setting_of_the_organization_has_a_bulk_tell_learners(
    school: World, admin: Client
):
    school.change("update org set settings = '{\"notifyBulk\": true}' where key = 'acme'")
    assert codes(await admin.post(HISTORY, many(new(1003)))) == [200]
    assert school.rows("select template from outbox") == [("welcome",)]


async def test_what_is_destroyed_in_the_meantime_is_told_as_gone(
    monkeypatch: pytest.MonkeyPatch, teacher: Client
):
    async def nothing(*_: object) -> dict[str, int]:
        return {}

    monkeypatch.setattr("procedures.rest.schoology_bulk.numbers_of", nothing)
    assert codes(await teacher.post(CIVICS, many(new(1003)))) == [404]


async def test_refused_items_are_told_in_xml_too(teacher: Client):
    body = "<b><enrollments><enrollment><uid>999</uid><admin>0</admin><status>1</status>"
    answer = await teacher.xml("POST", CIVICS, f"{body}</enrollment></enrollments></b>")
    assert answer.status_code == 207
    [[_, [[_, item]]]] = tree(ElementTree.fromstring(answer.content))[1]
    assert item == [("response_code", "404"), ("message", "no such user"), ("uid", "999")]


async def test_who_is_no_staff_of_a_place_changes_nothing_there(school: World, student: Client):
    before = school.contents()
    ids = await student.delete(f"{MANY}?enrollment_ids=44783136,43807916")
    assert codes(await student.post(CIVICS, many(new(1003), new(999)))) == [403, 403]
    assert codes(await student.put(CIVICS, many({"uid": 48289, "status": 2}))) == [403]
    assert codes(ids) == [403, 404]
    imports = many({"section_school_code": "23", "school_uid": "nobody"})
    assert codes(await student.post(f"{MANY}/import/course", imports)) == [403]
    assert school.contents() == before


@pytest.mark.parametrize("place", ["sections/900001", "sections/999", "groups/12345"])
async def test_a_place_that_is_not_there_takes_no_items(admin: Client, place: str):
    path = f"/v1/{place}/enrollments"
    assert refusal(await admin.post(path, many(new(1003)))) == 404
    assert refusal(await admin.put(path, many({"uid": 1003, "status": 2}))) == 404


# S2-48, S2-50, S2-51, S2-55
async def test_items_name_their_places(school: World, admin: Client):
    items = [
        at(12345, 1003, 1),
        in_group(65371, 1003, 1),
        at(65371, 1003),
        in_group(12345, 1003),
        at(900001, 1003),
        at(12345, 999),
        {**new(1003), "realm": "section", "group_id": 65371},
        {**new(1003), "realm": "course", "section_id": 12345},
        {**new(1003), "section_id": "12345"},
    ]
    answer = results(await admin.post(MANY, many(*items)))
    assert [item["response_code"] for item in answer] == [200, 200, *[404] * 4, *[400] * 3]
    assert list(answer[0])[1:] == ["location", "uid", "id", "realm", "realm_id"]
    assert answer[2] == {**answer[2], "uid": 1003, "realm": "section", "realm_id": "65371"}
    assert answer[6] == {**answer[6], "uid": 1003, "realm": "section", "group_id": 65371}
    assert await admin.roster(HISTORY) == {"1003": "1/1"}
    assert await admin.roster(CHESS) == {"1003": "1/1"}
    roles = "select role from enrollment where user_id = 1003 order by id"
    assert school.rows(roles) == [("teacher",), ("administrator",)]


# S2-52
@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?update_existing=1", {}),
        ("?update_existing=true", {}),
        ("", {"update_existing": 1}),
        ("", {"update_existing": "1"}),
        ("?update_existing=0", {"update_existing": True}),
    ],
)
async def test_with_update_existing_what_is_there_is_changed(
    school: World, admin: Client, query: str, body: dict
):
    school.change("update course set status = 'draft'")  # rules for learners
    first = results(await admin.post(MANY, many(at(12345, 1003), in_group(65371, 1003))))
    changed = many(at(12345, 1003, 1, 2), in_group(65371, 1003, 1), at(12345, 1004))
    assert codes(await admin.post(MANY, changed)) == [409, 409, 200]
    more = many(*changed["enrollments"]["enrollment"], at(12345, 48289))
    again = results(await admin.post(f"{MANY}{query}", {**body, **more}))
    assert [item["id"] for item in again[:2]] == [item["id"] for item in first]
    assert await admin.roster(HISTORY) == {"1003": "1/2", "1004": "0/1", "48289": "0/1"}
    assert await admin.roster(CHESS) == {"1003": "1/1"}


async def test_a_roster_that_is_written_again_lists_nobody_again(school: World, admin: Client):
    # S2-52
    records = quiet(school)[0]
    for status in (1, 5, 5, 2, 2, 5, 2):
        body = many(at(12345, 1003, 0, status))
        assert codes(await admin.post(f"{MANY}?update_existing=1", body)) == [200]
        assert await admin.roster(HISTORY) == {"1003": f"0/{status}"}
    assert quiet(school)[0] == records + 1


async def test_update_existing_as_an_element(admin: Client):
    await admin.post(MANY, many(at(12345, 1003)))
    item = "<realm>section</realm><section_id>12345</section_id><uid>1003</uid>"
    item = f"<enrollment>{item}<admin>1</admin><status>1</status></enrollment>"
    flag = "<update_existing>1</update_existing>"
    body = f"<body>{flag}<enrollments>{item}</enrollments></body>"
    assert (await admin.xml("POST", MANY, body)).status_code == 200
    assert await admin.roster(HISTORY) == {"1003": "1/1"}


@pytest.mark.parametrize(
    ("query", "body"),
    [("?update_existing=maybe", {}), ("", {"update_existing": 2}), ("?update_existing=", {})],
)
async def test_update_existing_is_yes_or_no(admin: Client, query: str, body: dict):
    items = {**body, **many(at(12345, 1003))}
    assert refusal(await admin.post(f"{MANY}{query}", items)) == 400


async def test_what_shows_as_written_already_stays_as_it_is(school: World, admin: Client):
    school.change("update enrollment set role = 'proctor', status = 'suspended' where id = 2461632")
    before = school.contents()
    change = {**many(at(98762, 2461632, 0, 5)), "update_existing": 1}
    assert codes(await admin.post(MANY, change)) == [200]
    written = many({"id": 2461632, "admin": 0, "status": 5}, {"uid": 2461632, "status": 5})
    assert codes(await admin.put(GEOGRAPHY, written)) == [200, 200]
    assert school.contents() == before


async def test_two_bulks_at_once_make_each_enrollment_once(school: World, admin: Client):
    people = school.rows("select user_id from membership where org_id = 1 and verified_at > ''")
    body = many(*[at(12345, uid) for (uid,) in people])
    both = await asyncio.gather(admin.post(MANY, body), admin.post(MANY, body))
    found = [code for answer in both for code in codes(answer)]
    assert sorted(found) == [200] * len(people) + [409] * len(people)
    assert len(await admin.roster(HISTORY)) == len(people)


# S2-84, S2-86..89
async def test_many_are_changed_by_id_or_uid(admin: Client):
    items = [
        {"id": "2461632", "status": "2"},
        {"uid": 23453322, "admin": 1},
        {"id": 2461632, "uid": 2461632, "status": 5},
        {"id": 2461632, "uid": 23453322, "status": 1},
        {"id": 44783136, "status": 2},
        {"id": 999, "status": 2},
        {"uid": 1003, "status": 2},
        {"uid": 999, "status": 2},
        {"status": 2},
        {"id": 2461632},
        {"id": 2461632, "status": 3},
        {"uid": 1003},
    ]
    answer = results(await admin.put(GEOGRAPHY, many(*items)))
    found = [item["response_code"] for item in answer]
    assert found == [200, 200, 200, 400, 404, 404, 404, 404, 400, 400, 400, 400]
    assert answer[0] == {"response_code": 200, "id": "2461632"}
    assert answer[1] == {"response_code": 200, "id": "23453322"}
    assert list(answer[5]) == ["response_code", "message", "id"]
    assert (answer[5]["id"], answer[6]["uid"]) == ("999", 1003)
    assert (answer[9]["id"], answer[11]["uid"]) == (2461632, 1003)
    assert await admin.roster(GEOGRAPHY) == {"2461632": "0/5", "23453322": "1/1"}


# S2-91, S2-92
async def test_many_are_ended_by_id(school: World, admin: Client):
    ids = "2461632,999,54000002,2461632,23453322"
    answer = results(await admin.delete(f"{MANY}?enrollment_ids={ids}"))
    assert [item["response_code"] for item in answer] == [200, 404, 404, 404, 200]
    assert [item["id"] for item in answer] == ids.split(",")
    assert await admin.roster(GEOGRAPHY) == {}
    assert school.value("select deleted_at from enrollment where id = 54000002") is None


@pytest.mark.parametrize("query", ["", "?enrollment_ids=", "?enrollment_ids=1,x"])
async def test_ids_are_numbers(school: World, admin: Client, query: str):
    before = school.contents()
    assert refusal(await admin.delete(f"{MANY}{query}")) == 400
    assert refusal(await admin.delete(f"{MANY}?enrollment_ids=2461632,,")) == 400
    assert refusal(await admin.delete(f"{MANY}?enrollment_ids={2**63}")) == 400
    assert school.contents() == before


async def test_a_teacher_who_leaves_in_the_middle_has_no_say_afterwards(
    school: World, teacher: Client
):
    of_others, of_the_teacher = {"uid": 48289, "status": 2}, {"uid": 45552, "admin": 0}
    items = [of_others, of_the_teacher, {**of_others, "status": 1}]
    answer = results(await teacher.put(CIVICS, many(*items)))
    assert [item["response_code"] for item in answer] == [200, 200, 403]
    assert [item.get("id") for item in answer] == ["44783136", "43807916", None]


async def test_an_admin_of_another_organization_reaches_nothing_here(school: World):
    bea = client(school, "bea", "beta")
    before = school.contents()
    assert codes(await bea.post(MANY, many(at(12345, 1007), at(900001, 1003)))) == [404, 404]
    assert codes(await bea.delete(f"{MANY}?enrollment_ids=2461632")) == [404]
    assert refusal(await bea.put(GEOGRAPHY, many({"id": 2461632, "status": 2}))) == 404
    assert school.contents() == before
