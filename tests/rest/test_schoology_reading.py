"""Schoology: rosters and single enrollments, who sees them, and in which format."""

from xml.etree import ElementTree

import httpx2
import pytest
from schoology_world import CHESS, CIVICS, GEOGRAPHY, HISTORY, Client, refusal, tree
from world import World

FIELDS = [
    *("id", "uid", "school_uid", "name_title", "name_title_show", "name_first"),
    *("name_first_preferred", "name_middle", "name_middle_show", "name_last", "name_display"),
    *("admin", "status", "picture_url"),
]
EVERY_STATUS = {
    "active": "1",
    "completed": "1",
    "expired": "2",
    "invited": "3",
    "requested": "4",
    "waitlisted": "4",
    "archived": "5",
    "suspended": "5",
    "dropped": "5",
}


def uids(answer: httpx2.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["uid"] for item in answer.json()["enrollment"]]


# S2-06, S2-21: names as they are shown
async def test_a_person_is_shown_with_all_names(school: World, admin: Client):
    school.change(
        "update enrollment set user_id = (select id from account where key = 'usr_dr')"
        " where key = 'enr_james'"
    )
    shown = (await admin.get(f"{CIVICS}/44783136")).json()
    assert list(shown) == FIELDS
    assert shown == {
        **shown,
        "name_title": "Dr.",
        "name_title_show": "1",
        "name_first_preferred": "Beth",
        "name_middle_show": "1",
        "name_display": "Dr. Beth Q. O'Hara & Sons",
        "picture_url": "",
    }
    as_xml = ElementTree.fromstring((await admin.xml("GET", f"{CIVICS}/44783136")).content)
    assert tree(as_xml) == ("result", [(name, str(value)) for name, value in shown.items()])


# S2-07..12
@pytest.mark.parametrize(("status", "number"), EVERY_STATUS.items())
async def test_every_status_has_its_number(school: World, admin: Client, status: str, number: str):
    extra = ", progress = 100, completed_at = enrolled_at" if status == "completed" else ""
    school.change(f"update enrollment set status = '{status}' {extra} where key = 'enr_two'")
    assert (await admin.get(f"{GEOGRAPHY}/2461632")).json()["status"] == number
    listed = await admin.get(f"{GEOGRAPHY}?enrollment_status={number}&uid=2461632")
    assert uids(listed) == ["2461632"]
    others = ",".join({"1", "2", "3", "4", "5"} - {number})
    assert uids(await admin.get(f"{GEOGRAPHY}?enrollment_status={others}&uid=2461632")) == []


@pytest.mark.parametrize(("number", "status"), [(2**53 - 1, 200), (2**53, 404), (10**15, 404)])
async def test_a_number_in_a_path_is_as_large_as_an_id_can_be(
    school: World, admin: Client, number: int, status: int
):
    school.change(
        """
        insert into realm (org_id, id, key, kind, title, school_id)
        select org_id, :number, 'grp_far', 'group', 'Far', id from school where key = 'sch_main'
        """,
        number=2**53 - 1,
    )
    assert (await admin.get(f"/v1/groups/{number}/enrollments")).status_code == status


# S2-09: time alone makes it so
async def test_an_overdue_enrollment_shows_as_expired(school: World, admin: Client):
    school.change("update enrollment set end_at = '2026-03-01T00:00:00.000Z' where key = 'enr_two'")
    assert (await admin.get(f"{GEOGRAPHY}/2461632")).json()["status"] == "2"
    assert uids(await admin.get(f"{GEOGRAPHY}?enrollment_status=2")) == ["2461632"]


# S2-06
@pytest.mark.parametrize(
    ("role", "admin_flag"),
    [("student", 0), ("teacher", 1), ("administrator", 1), ("proctor", 0), ("observer", 0)],
)
async def test_every_role_is_of_admins_or_members(
    school: World, admin: Client, role: str, admin_flag: int
):
    school.change("update enrollment set role = :role where key = 'enr_two'", role=role)
    assert (await admin.get(f"{GEOGRAPHY}/2461632")).json()["admin"] == admin_flag
    kind = ("member", "admin")[admin_flag]
    assert "2461632" in uids(await admin.get(f"{GEOGRAPHY}?type={kind}"))


# S2-14, S2-15, S2-16, S2-18
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("uid=48289", ["48289"]),
        ("uid=48289,45552", ["45552", "48289"]),
        ("uid=48289,48289", ["48289"]),
        ("uid=999", []),
        (f"uid={2**53 - 1}", []),
        ("type=admin", ["45552"]),
        ("type=member", ["48289"]),
        ("type=member,admin", ["45552", "48289"]),
        ("enrollment_status=1,5", ["45552", "48289"]),
        ("enrollment_status=2", []),
        ("type=member&uid=45552", []),
        ("something=else", ["45552", "48289"]),
        ("", ["45552", "48289"]),
    ],
)
async def test_parameters_narrow_the_list(teacher: Client, query: str, found: list[str]):
    answer = await teacher.get(f"{CIVICS}?{query}")
    assert uids(answer) == found
    assert answer.json()["total"] == str(len(found))


@pytest.mark.parametrize(
    "query",
    [
        "uid=abc",
        "uid=",
        "uid=1,",
        "uid=1,,2",
        "uid=-1",
        f"uid={2**63}",
        "uid=%D9%A1",
        "uid=1%0A",
        "enrollment_status=9",
        "enrollment_status=",
        "enrollment_status=active",
        "type=x",
        "type=admin%0A",
        "type=admin,",
        "picture_size=x",
        "start=-1",
        "start=x",
        f"start={2**63}",
        "limit=0",
        "limit=x",
        "limit=1.5",
    ],
)
async def test_a_parameter_that_says_nothing_is_refused(teacher: Client, query: str):
    assert refusal(await teacher.get(f"{CIVICS}?{query}")) == 400


# S2-17
@pytest.mark.parametrize("size", ["big", "reg", "sm", "tiny"])
async def test_the_picture_size_changes_the_address_of_the_picture_only(
    teacher: Client, admin: Client, size: str
):
    plain = (await teacher.get(CIVICS)).json()["enrollment"]
    sized = (await teacher.get(f"{CIVICS}?picture_size={size},big")).json()["enrollment"]
    assert [one["picture_url"] for one in sized] == [
        f"http://images.example/avatar1.png?picture_size={size}",
        f"http://images.example/default_user.gif?v=2&picture_size={size}",
    ]
    for one, other in zip(plain, sized, strict=True):
        assert one == {**other, "picture_url": one["picture_url"]}
    without = (await admin.get(f"{GEOGRAPHY}?picture_size={size}")).json()["enrollment"]
    assert {one["picture_url"] for one in without} == {""}


# S2-13, S2-19, S2-23
async def test_pages_are_walked_by_their_links(school: World, teacher: Client):
    found, path = [], f"{CIVICS}?type=admin,member&limit=1"
    while path:
        page = (await teacher.get(path)).json()
        found += [item["uid"] for item in page["enrollment"]]
        assert page["total"] == "2"
        path = page["links"].get("next", "")
    assert found == ["45552", "48289"]
    assert page["links"]["self"].endswith(f"{CIVICS}?type=admin,member&start=1&limit=1")


async def test_a_page_is_cut_to_200_and_may_be_past_the_end(school: World, teacher: Client):
    page = (await teacher.get(f"{CIVICS}?limit=1000&start=7")).json()
    host = str(school.http.base_url).rstrip("/")
    links = {"self": f"{host}{CIVICS}?start=7&limit=200"}
    assert page == {"enrollment": [], "total": "2", "links": links}


async def test_addresses_are_those_the_request_came_to(teacher: Client):
    page = (await teacher.get(CIVICS, host="rollcall.example")).json()
    assert page["links"]["self"] == f"http://rollcall.example{CIVICS}?start=0&limit=20"
    first = page["enrollment"][0]["links"]["self"]
    assert first == f"http://rollcall.example{CIVICS}/43807916"


# S2-28
async def test_paths_are_there_with_and_without_their_prefix(admin: Client):
    for path in (CIVICS, f"{CIVICS}/44783136", CHESS):
        with_prefix, without = await admin.get(path), await admin.get(path.removeprefix("/v1"))
        assert (with_prefix.status_code, with_prefix.json()) == (200, without.json())


async def test_members_see_the_roster_without_the_school_uids_of_others(
    school: World, student: Client, teacher: Client
):
    school.change("update membership set school_uid = 't1' where role = 'instructor'")
    theirs = (await student.get(CIVICS)).json()["enrollment"]
    assert [item["school_uid"] for item in theirs] == ["", "s1"]
    assert (await student.get(f"{CIVICS}/43807916")).json()["school_uid"] == ""
    ours = (await teacher.get(CIVICS)).json()["enrollment"]
    assert [item["school_uid"] for item in ours] == ["t1", "s1"]


# S2-03
@pytest.mark.parametrize(
    "path",
    [
        "/v1/sections/900001/enrollments",
        "/v1/sections/999999/enrollments",
        "/v1/groups/3719526/enrollments",
        "/v1/sections/65371/enrollments",
        f"/v1/sections/{2**64}/enrollments",
        "/v1/sections/civics/enrollments",
        "/v1/sections/0/enrollments",
        "/v1/courses/3719526/enrollments",
        f"{CIVICS}/2461632",
        f"{CIVICS}/54000002",
        f"{CIVICS}/999",
        f"{CIVICS}/{2**64}",
        f"{CIVICS}/x",
        f"{CIVICS}/1/2",
        "/v1/nowhere",
        "/sections/3719526/nowhere",
    ],
)
async def test_what_is_not_there_is_not_found(admin: Client, path: str):
    assert refusal(await admin.get(path)) == 404
    answer = await admin.xml("GET", path)
    assert [name for name, _ in tree(ElementTree.fromstring(answer.content))[1]] == [
        "response_code",
        "message",
    ]


async def test_a_foreign_place_is_as_unknown_as_one_that_is_not_there(
    admin: Client, newcomer: Client
):
    texts = set()
    for person in (admin, newcomer):
        for path in ("/v1/sections/900001/enrollments", "/v1/sections/999999/enrollments"):
            texts.add((await person.get(path)).text)
    texts.add((await newcomer.get(CIVICS)).text)
    assert len(texts) == 1


async def test_who_is_not_in_a_place_sees_own_enrollments_there_only(
    school: World, newcomer: Client
):
    school.change(
        "update enrollment set status = 'invited', user_id = 1003 where key = 'enr_james'"
    )
    assert refusal(await newcomer.get(CIVICS)) == 404
    assert (await newcomer.get(f"{CIVICS}/44783136")).json()["status"] == "3"
    assert refusal(await newcomer.get(f"{CIVICS}/43807916")) == 404
    assert refusal(await newcomer.get(f"{HISTORY}/44783136")) == 404


async def test_nobody_reads_without_credentials(school: World):
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}):
        answer = await school.http.get(CIVICS, headers=headers)
        assert refusal(answer) == 401


async def test_a_session_reads_too(school: World):
    headers = school.browser("usr_mr").headers
    assert uids(await school.http.get(CIVICS, headers=headers)) == ["45552", "48289"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("text/xml", "text/xml; charset=utf-8"),
        ("application/xml", "application/xml"),
        ("application/json;q=0.1, application/xml", "application/xml"),
    ],
)
async def test_the_accept_header_decides_the_format(teacher: Client, accept: str, media: str):
    answer = await teacher.get(f"{CIVICS}/44783136", accept=accept)
    assert (answer.headers["content-type"], answer.headers["vary"]) == (media, "Accept")
    assert answer.content.startswith(b"<?xml" if "xml" in media else b"{")


async def test_what_nobody_would_take_is_not_done(school: World, teacher: Client):
    before = school.contents()
    body = {"uid": 2461632, "admin": 0, "status": 1}
    assert refusal(await teacher.post(CIVICS, body, accept="text/html")) == 406
    refused = await teacher.get(CIVICS, accept="image/*;q=0.5")
    assert (refusal(refused), refused.headers["content-type"]) == (406, "application/json")
    assert school.contents() == before


async def test_a_head_has_no_body_and_a_wrong_method_is_told_the_right_ones(teacher: Client):
    head = await teacher.send("HEAD", CIVICS)
    assert (head.status_code, head.content) == (200, b"")
    answer = await teacher.send("PATCH", CIVICS, {})
    assert refusal(answer) == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST", "PUT"}
