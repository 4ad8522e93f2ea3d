"""OneRoster enrollments: reading them with filters, pages and selections."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from campus_world import ONEROSTER, Caller, browser, caller
from test_edubridge import ANNEX, refusal
from world import World

MANY = f"{ONEROSTER}/enrollments"
ACTIVE = ["enr_uu0001", "enr_mn0456", "enr_rs3456", "enr_tch001", "enr_done01", "enr_held01"]
ACTIVE += ["enr_over01", "enr_red001", "enr_blu001"]


def keys(page: dict[str, Any]) -> list[str]:
    [name] = page.keys() - {"totalCount", "pageCount", "pageNumber", "offset", "limit"}
    return [item["sourcedId"] for item in page[name]]


async def found(who: Caller, **query: str) -> list[str]:
    return keys(await who.told(f"{MANY}?{httpx2.QueryParams(query)}"))


def links(answer: httpx2.Response) -> dict[str, str]:
    """The addresses of the Link header by what they are, from the path on."""
    pairs = re.findall(r'<http://[^/]+([^>]*)>; rel="(\w+)"', answer.headers["link"])
    return {rel: url for url, rel in pairs}


async def test_an_enrollment_names_person_class_and_school(campus: World, lrn2: Caller):
    """S1-22: dates of the organization, the last day whole; the exact status in the metadata."""
    host, port = campus.address
    base = f"http://{host}:{port}{ONEROSTER}"
    assert await lrn2.told(f"{MANY}/enr_rs3456") == {
        "enrollment": {
            "sourcedId": "enr_rs3456",
            "status": "active",
            "dateLastModified": "2026-03-02T09:00:00.000Z",
            "metadata": {"source": "it's SIS", "status": "active", "progress": 80},
            "role": "student",
            "primary": "false",
            "beginDate": "2025-09-01",
            "endDate": "2026-06-29",
            "user": {"href": f"{base}/users/SIS-2", "sourcedId": "SIS-2", "type": "user"},
            "class": {"href": f"{base}/classes/sec_abc", "sourcedId": "sec_abc", "type": "class"},
            "school": {"href": f"{base}/orgs/sch_main", "sourcedId": "sch_main", "type": "org"},
        }
    }


async def test_links_lead_to_what_they_name(campus: World, adm: Caller):
    """Also where a name has letters that no address has, and a slash; groups are no classes."""
    records = (await adm.told(MANY))["enrollments"]
    for record in records:
        for member, kind in (("user", "user"), ("class", "class"), ("school", "org")):
            path = record[member]["href"].partition(":")[2].partition("/ims")[2]
            thing = (await adm.told(f"/ims{path}"))[kind]
            assert thing["sourcedId"] == record[member]["sourcedId"]
    assert "sch/annex 校" in [record["school"]["sourcedId"] for record in records]


async def test_a_primary_teacher_says_so(tch: Caller):
    record = (await tch.told(f"{MANY}/enr_tch001"))["enrollment"]
    assert (record["role"], record["primary"]) == ("teacher", "true")


@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_page_says_how_much_there_is(adm: Caller, slash: str):
    page = await adm.told(f"{MANY}{slash}")
    assert keys(page) == ACTIVE
    counts = {name: page[name] for name in page if name != "enrollments"}
    assert counts == {
        "totalCount": 9,
        "pageCount": 1,
        "pageNumber": 1,
        "offset": 0,
        "limit": 100,
    }


async def test_pages_are_linked(adm: Caller):
    answer = await adm.get(f"{MANY}?limit=3&offset=3&filter=role='student'")
    assert (answer.headers["x-total-count"], answer.json()["pageNumber"]) == ("8", 2)
    assert keys(answer.json()) == ACTIVE[4:7]
    where = quote("role='student'", safe="")
    assert links(answer) == {
        rel: f"{MANY}?filter={where}&limit=3&offset={offset}"
        for rel, offset in {"first": 0, "last": 6, "next": 6, "prev": 0}.items()
    }
    last = await adm.get(links(answer)["last"])
    assert links(last).keys() == {"first", "last", "prev"}
    first = links(await adm.get(f"{MANY}?limit=7&offset=1&filter=role='student'"))
    assert (first.keys(), first["prev"][-9:]) == ({"first", "last", "prev"}, "&offset=0")
    behind = await adm.get(f"{MANY}?limit=4&offset=1000&filter=role='student'")
    assert keys((await adm.get(links(behind)["prev"])).json()) == ACTIVE[5:9]


@pytest.mark.parametrize(
    ("terms", "told"), [(10, {"next", "first", "last"}), (30, {"next"}), (100, {"next"})]
)
async def test_of_a_long_filter_the_next_page_is_linked_at_least(
    adm: Caller, terms: int, told: set[str]
):
    """Node's `fetch` takes 16 KiB of headers."""
    either = " OR ".join(["role='student'", *[f"role='{'x' * 60}'"] * (terms - 1)])
    answer = await adm.get(f"{MANY}?limit=3&filter={either}")
    assert links(answer).keys() == told
    assert keys((await adm.get(links(answer)["next"])).json()) == ACTIVE[4:7]


async def test_an_empty_page_has_a_first_and_a_last(adm: Caller):
    answer = await adm.get(f"{MANY}?filter=role='proctor'")
    assert answer.json()["pageCount"] == 0
    assert {rel: url.partition("offset=")[2][0] for rel, url in links(answer).items()} == {
        "first": "0",
        "last": "0",
    }


@pytest.mark.parametrize(
    ("query", "limit"), [("limit=3000", 3000), ("limit=90000", 3000), ("limit=1", 1)]
)
async def test_a_limit_beyond_the_largest_is_cut(adm: Caller, query: str, limit: int):
    assert (await adm.told(f"{MANY}?{query}"))["limit"] == limit


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "offset=-1", "limit=9007199254740992"])
async def test_a_limit_that_is_no_number_is_400(adm: Caller, nobody: Caller, query: str):
    refusal(await adm.get(f"{MANY}?{query}"), 400, "invaliddata")
    refusal(await nobody.get(f"{MANY}?{query}"), 401, "unauthorisedrequest")


@pytest.mark.parametrize(
    ("filter", "keys"),
    [
        ("user.sourcedId='SIS-2'", ["enr_rs3456", "enr_done01"]),
        ("class.sourcedId='sec_abc' AND role='student'", ["enr_mn0456", "enr_rs3456"]),
        ("role='teacher' OR class.sourcedId='sec_42'", ["enr_uu0001", "enr_tch001"]),
        ("school.sourcedId='sch/annex 校'", ["enr_red001"]),
        ("course.sourcedId='crs_multi1'", ["enr_red001", "enr_blu001"]),
        ("sourcedId~'MN0'", ["enr_mn0456"]),
        ("sourcedId~'_'", ACTIVE),
        ("sourcedId~'%'", []),
        ("primary='true'", ["enr_tch001"]),
        ("primary~'true'", ["enr_tch001"]),
        ("beginDate='2025-09-01'", ["enr_mn0456", "enr_rs3456"]),
        *((f"beginDate<'2025-{day}'", ["enr_uu0001", "enr_tch001"]) for day in ("08-21", "09-01")),
        ("endDate='2026-06-29'", ["enr_rs3456"]),
        ("endDate<='2026-06-29'", ["enr_rs3456", "enr_over01"]),
        ("endDate!='2026-06-29'", [key for key in ACTIVE if key != "enr_rs3456"]),
        ("course.sourcedId!='crs_abc123' AND beginDate>='2025-09-08'", ACTIVE[7:]),
        ("user.sourcedId='o''brien'", []),
        ("user.sourcedId='usr_out001'", []),
    ],
)
async def test_filters(adm: Caller, filter: str, keys: list[str]):
    """Days are those of the organization; what has no value is different from every value."""
    assert await found(adm, filter=filter) == keys


async def test_a_filter_may_be_written_plainly_or_percent_encoded(campus: World, adm: Caller):
    """S1-25, S1-26."""
    host, port = campus.address
    for text in ("user.sourcedId%3D%27SIS-2%27", "user.sourcedId='SIS-2'"):
        url = httpx2.URL(f"http://{host}:{port}{MANY}", query=f"filter={text}".encode())
        answer = await campus.http.get(url, headers=adm.headers)
        assert keys(answer.json()) == ["enr_rs3456", "enr_done01"]


async def test_what_is_gone_shows_only_where_it_is_asked_for(campus: World, adm: Caller):
    campus.clock.advance(seconds=1)
    await adm.delete(f"{MANY}/enr_mn0456")
    assert "enr_mn0456" not in await found(adm)
    assert await found(adm, filter="status='tobedeleted'") == ["enr_mn0456", "enr_left01"]
    assert await found(adm, filter="status!='tobedeleted'") == await found(adm)
    since = "dateLastModified>'2026-03-02T09:00:00Z'"
    assert await found(adm, filter=since) == ["enr_mn0456"]
    record = (await adm.told(f"{MANY}/enr_mn0456"))["enrollment"]
    assert (record["status"], record["metadata"]["status"]) == ("tobedeleted", "deleted")


@pytest.mark.parametrize(
    "filter", ["name='x'", "role=student", "status='deleted'", "role='a' AND role='b' OR role='c'"]
)
async def test_a_filter_that_means_nothing_is_400(adm: Caller, filter: str):
    answer = await adm.get(f"{MANY}?{httpx2.QueryParams(filter=filter)}")
    refusal(answer, 400, "invalid_filter_field")


async def test_thousands_of_terms_are_refused(adm: Caller):
    filter = " AND ".join(["role='student'"] * 2000)
    answer = await adm.get(f"{MANY}?{httpx2.QueryParams(filter=filter)}")
    refusal(answer, 400, "invalid_filter_field")


async def test_sorting(adm: Caller):
    by_begin = ["enr_uu0001", "enr_tch001", "enr_mn0456", "enr_rs3456"]
    assert (await found(adm, sort="beginDate"))[:4] == by_begin
    assert (await found(adm, sort="beginDate", orderBy="desc"))[-4:] == by_begin[::-1]
    assert await found(adm, sort="nothing") == ACTIVE


@pytest.mark.parametrize(("way", "is_first"), [("asc", False), ("desc", True)])
async def test_what_has_no_end_ends_last(adm: Caller, way: str, is_first: bool):
    """On either engine; backwards it is first."""
    ending = ["enr_over01", "enr_rs3456"]
    endless = [key for key in ACTIVE if key not in ending]
    there = endless[::-1] + ending[::-1] if is_first else ending + endless
    assert await found(adm, sort="endDate", orderBy=way) == there


@pytest.mark.parametrize("way", ["asc", "desc"])
async def test_a_status_is_sorted_by_as_it_is_shown(adm: Caller, way: str):
    """Whatever is behind the two that there are: those who share one are in the usual order."""
    await adm.delete(f"{MANY}/enr_mn0456")
    gone = ["enr_mn0456", "enr_left01"]
    there = [key for key in ACTIVE if key not in gone] + gone
    seen = {"filter": "dateLastModified>'2000-01-01'", "sort": "status", "orderBy": way}
    assert await found(adm, **seen) == (there if way == "asc" else there[::-1])


async def test_fields_select_members(adm: Caller):
    page = await adm.told(f"{MANY}?fields=sourcedId,%20role&limit=1")
    assert page["enrollments"] == [{"sourcedId": "enr_uu0001", "role": "student"}]
    one = await adm.told(f"{MANY}/enr_mn0456?fields=status")
    assert one == {"enrollment": {"status": "active"}}
    all_of_it = await adm.told(f"{MANY}/enr_mn0456?fields=status,nothing")
    assert all_of_it == await adm.told(f"{MANY}/enr_mn0456")


@pytest.mark.parametrize("path", ["", "/enr_mn0456"])
@pytest.mark.parametrize("fields", ["", "role,,status", ","])
async def test_a_blank_selection_is_400(adm: Caller, path: str, fields: str):
    answer = await adm.get(f"{MANY}{path}?filter=role='proctor'&fields={fields}")
    refusal(answer, 400, "invalid_selection_field")


async def test_learners_see_their_own_and_teachers_their_classes(lrn1: Caller, tch: Caller):
    assert await found(lrn1) == ["enr_mn0456", "enr_held01", "enr_over01"]
    assert await found(tch) == ["enr_mn0456", "enr_rs3456", "enr_tch001"]


@pytest.mark.parametrize(
    "key", ["enr_rs3456", "enr_beta01", "enr_nothing", "%01", "enr_inv001", "enr_chess1"]
)
async def test_what_one_may_not_see_is_not_there(lrn1: Caller, key: str):
    refusal(await lrn1.get(f"{MANY}/{key}"), 404, "unknownobject")


async def test_who_is_only_invited_is_not_in_the_roster(adm: Caller):
    refusal(await adm.get(f"{MANY}/enr_inv001"), 404, "unknownobject")
    assert "enr_inv001" not in await found(adm, filter="status='active'")


async def test_the_roster_of_a_school_and_of_a_class(adm: Caller):
    of_school = await adm.told(f"{ONEROSTER}/schools/{ANNEX}/enrollments")
    assert keys(of_school) == ["enr_red001"]
    of_class = f"{ONEROSTER}/schools/sch_main/classes/sec_abc/enrollments"
    assert keys(await adm.told(of_class)) == ["enr_mn0456", "enr_rs3456", "enr_tch001"]
    assert keys(await adm.told(f"{of_class}?filter=role='teacher'")) == ["enr_tch001"]
    other = await adm.told(f"{ONEROSTER}/schools/sch_main/classes/sec_red/enrollments")
    assert keys(other) == []


async def test_a_page_of_a_school_with_a_strange_name_is_linked(adm: Caller):
    path = f"{ONEROSTER}/schools/{ANNEX}/enrollments?limit=1"
    answer = await adm.get(path)
    assert links(answer)["first"] == f"{path}&offset=0"
    assert keys((await adm.get(links(answer)["first"])).json()) == ["enr_red001"]


@pytest.mark.parametrize(
    "path",
    [
        "schools/sch_nowhere/enrollments",
        "schools/sch_beta/enrollments",
        "schools/sch_main/classes/sec_nowhere/enrollments",
        "schools/sch_main/classes/sec_beta/enrollments",
    ],
)
async def test_the_roster_of_what_is_not_there_is_404(adm: Caller, path: str):
    refusal(await adm.get(f"{ONEROSTER}/{path}"), 404, "unknownobject")


async def test_another_tenant_sees_its_own(campus: World):
    assert await found(caller(campus, "usr_adm900", "beta")) == ["enr_beta01"]


async def test_a_session_lets_in_too(campus: World):
    assert await found(browser(campus, "usr_lrn003")) == ["enr_red001", "enr_blu001"]
