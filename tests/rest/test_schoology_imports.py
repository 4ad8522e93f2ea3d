"""Schoology: enrollments by course, section and school codes."""

import pytest
from schoology_world import Client, client, codes, many, refusal, results
from world import World

BY_COURSE = "/v1/enrollments/import/course"
BY_CODE = "/v1/enrollments/import/course"
E34, E35, E36 = (f"/v1/sections/2003{n}/enrollments" for n in (4, 5, 6))
MUSIC, MATHS = (f"/v1/sections/{n}/enrollments" for n in (20023, 20344))


def of(section: str, uid: str, **more: object) -> dict[str, object]:
    return {"course_code": "E200", "section_code": section, "school_uid": uid, **more}


def by(code: str, uid: str, **more: object) -> dict[str, object]:
    return {"section_school_code": code, "school_uid": uid, **more}


# S2-58
async def test_a_second_import_changes_what_the_first_made(admin: Client):
    path = f"{BY_COURSE}/13011"
    first = results(await admin.post(path, many(of("34", "s1", admin=1), of("34", "s2", admin=0))))
    assert await admin.roster(E34) == {"48289": "1/1", "1002": "0/1"}
    again = results(await admin.post(path, many(of("34", "s1", admin=0), of("34", "s2", admin=1))))
    assert [item["location"] for item in again] == [item["location"] for item in first]
    assert await admin.roster(E34) == {"48289": "0/1", "1002": "1/1"}


# S2-65
async def test_without_admin_a_new_one_is_a_member_and_a_role_that_is_there_stays(
    school: World, admin: Client
):
    path = f"{BY_COURSE}/13011"
    await admin.post(path, many(of("34", "s1"), of("34", "s2", admin=1)))
    of_james = "where user_id = 48289 and realm_id = 20034"
    school.change(f"update enrollment set role = 'observer' {of_james}")
    assert codes(await admin.post(path, many(of("34", "s1"), of("34", "s2")))) == [200, 200]
    assert await admin.roster(E34) == {"48289": "0/1", "1002": "1/1"}
    assert codes(await admin.post(path, many(of("34", "s1", admin="0")))) == [200]
    assert school.rows(f"select role from enrollment {of_james}") == [("observer",)]


# S2-60, S2-61
@pytest.mark.parametrize(
    ("periods", "places"),
    [
        ("13011", [E34]),
        ("435", [E35]),
        ("13011,435", [E34, E35]),
        ("435,999,13011", [E34, E35]),
        (",".join(["13011", *map(str, range(900000, 900050))]), [E34]),
        (str(2**53 - 1), []),
        ("999", []),
        ("900", []),
    ],
)
async def test_an_item_is_for_each_section_of_its_codes_in_these_periods(
    admin: Client, periods: str, places: list[str]
):
    answer = results(await admin.post(f"{BY_COURSE}/{periods}", many(of("34", "s1"))))
    found = [item["location"] for item in answer if "location" in item]
    assert [place for place in places if any(place in each for each in found)] == places
    assert [item["response_code"] for item in answer] == ([200] * len(places) or [404])
    for place in (E34, E35):
        assert await admin.roster(place) == ({"48289": "0/1"} if place in places else {})


async def test_a_section_of_several_of_the_periods_is_one_section(admin: Client):
    assert codes(await admin.post(f"{BY_COURSE}/13011,435", many(of("36", "s1")))) == [200]
    assert await admin.roster(E36) == {"48289": "0/1"}


async def test_items_of_several_sections_are_answered_in_order(admin: Client):
    items = many(of("34", "s1"), of("99", "s1"), of("34", "s2", delete=1))
    answer = results(await admin.post(f"{BY_COURSE}/13011,435", items))
    assert [item["response_code"] for item in answer] == [200, 200, 404, 404, 404]
    assert [item["section_code"] for item in answer] == ["34", "34", "99", "34", "34"]


@pytest.mark.parametrize("periods", ["x", "13011,", ",", "13011,x", "-1", "%20", str(2**63)])
async def test_grading_periods_are_numbers(school: World, admin: Client, periods: str):
    before = school.contents()
    answer = await admin.post(f"{BY_COURSE}/{periods}", many(of("34", "s1")))
    assert refusal(answer) == 400
    assert school.contents() == before


# S2-59, S2-62: codes are of sections, and of this organization
@pytest.mark.parametrize(
    "item",
    [
        of("99", "s1"),
        {**of("34", "s1"), "course_code": "CC106"},
        of("34", "nobody"),
        {**of("SC101", "s1"), "course_code": "CC106"},
    ],
)
async def test_codes_that_nothing_has_fail_alone(admin: Client, item: dict):
    answer = results(await admin.post(f"{BY_COURSE}/13011", many(item, of("34", "s2"))))
    assert [one["response_code"] for one in answer] == [404, 200]
    assert answer[0] == {"response_code": 404, "message": answer[0]["message"], **item}
    assert await admin.roster(E34) == {"1002": "0/1"}


@pytest.mark.parametrize(
    "item",
    [
        {"school_uid": "s1"},
        {"course_code": "E200", "section_code": "34"},
        {**of("34", "s1"), "section_code": ""},
        of("34", ""),
        of("34", "s" * 256),
        *({**of("34", "s1"), "section_code": code} for code in (34, [34], True)),
        of("34", "s1", admin=2),
        of("34", "s1", delete="yes"),
        of("34", "s1", delete=""),
        None,
        [],
    ],
)
async def test_an_item_that_says_too_little_fails_alone(admin: Client, item: object):
    answer = results(await admin.post(f"{BY_COURSE}/13011", many(item, of("34", "s2"))))
    assert [one["response_code"] for one in answer] == [400, 200]
    said = item.items() if isinstance(item, dict) else ()
    echoed = {n: v for n, v in said if n in of("", "") and type(v) in (str, int)}
    assert {n: v for n, v in answer[0].items() if n not in ("response_code", "message")} == echoed


# S2-66, S2-74
@pytest.mark.parametrize("yes", [1, "1", True, "true"], ids=repr)
async def test_delete_ends_an_enrollment(admin: Client, yes: object):
    items = many(by("344", "test456", delete=yes), by("344", "test456", delete=yes))
    answer = results(await admin.post(BY_CODE, items))
    assert [item["response_code"] for item in answer] == [200, 404]
    assert answer[0]["location"].endswith(f"{MATHS}/54000001")
    assert await admin.roster(MATHS) == {}
    assert refusal(await admin.get(f"{MATHS}/54000001")) == 404


async def test_a_former_member_is_taken_out_of_a_section_and_put_into_none(admin: Client):
    path = f"{BY_COURSE}/13011"
    await admin.post(path, many(of("34", "s1"), of("34", "s2")))
    await admin.post("/rpc/membership.remove", {"userId": "usr_james"})
    items = many(of("34", "s1", delete=1), of("36", "s1"), of("34", "s1"))
    assert codes(await admin.post(path, items)) == [200, 404, 404]
    assert await admin.roster(E34) == {"1002": "0/1"}


@pytest.mark.parametrize("no", [0, "0", False, "false"], ids=repr)
async def test_delete_may_say_no(admin: Client, no: object):
    assert codes(await admin.post(BY_CODE, many(by("344", "test456", delete=no)))) == [200]
    assert await admin.roster(MATHS) == {"70456": "0/1"}


async def test_an_item_meets_what_the_one_before_it_made(admin: Client):
    items = many(by("23", "s1", admin=1), by("23", "s1", admin=0), by("23", "s1", delete=1))
    answer = results(await admin.post(BY_CODE, items))
    assert [item["response_code"] for item in answer] == [200, 200, 200]
    assert len({item["location"] for item in answer}) == 1
    assert await admin.roster(MUSIC) == {}


# S2-71, S2-72, S2-77: the same code of another organization is another section
async def test_a_school_code_is_of_one_section(school: World, admin: Client):
    [done] = results(await admin.post(BY_CODE, many(by("23", "test1234"))))
    assert list(done)[1:] == [
        "location",
        "school_uid",
        "section_school_code",
        "course_code",
        "section_code",
    ]
    assert await admin.roster(MUSIC) == {"71234": "0/1"}
    bea = client(school, "bea", "beta")
    [done] = results(await bea.post(BY_CODE, many(by("23", "test1234"))))
    assert "/v1/sections/900001/enrollments/" in done["location"]
    assert await admin.roster(MUSIC) == {"71234": "0/1"}


async def test_imports_go_past_the_rules_for_learners(school: World, admin: Client):
    school.change("update course set status = 'draft'")
    assert codes(await admin.post(BY_CODE, many(by("23", "s1")))) == [200]
    assert codes(await admin.post(f"{BY_COURSE}/13011", many(of("34", "s1")))) == [200]


async def test_codes_that_there_are_not_are_told_as_empty(school: World, admin: Client):
    school.change("update course set code = null")
    [done] = results(await admin.post(BY_CODE, many(by("344", "s1"))))
    assert (done["course_code"], done["section_code"]) == ("", "")


async def test_school_codes_that_nothing_has_fail_alone(admin: Client):
    items = many(
        by("nope", "s1"), by("23", "nobody"), {"school_uid": "s1"}, by("", "s1"), by("23", "s1")
    )
    answer = results(await admin.post(BY_CODE, items))
    assert [item["response_code"] for item in answer] == [404, 404, 400, 400, 200]
    assert answer[0] == {"response_code": 404, "message": answer[0]["message"], **by("nope", "s1")}
    assert await admin.roster(MUSIC) == {"48289": "0/1"}


async def test_an_import_does_not_undo_what_staff_decided(school: World, admin: Client):
    school.change("update enrollment set status = 'suspended' where id = 54000001")
    assert codes(await admin.post(BY_CODE, many(by("344", "test456")))) == [200]
    assert await admin.roster(MATHS) == {"70456": "0/5"}
