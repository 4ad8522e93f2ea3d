"""OneRoster's other resources: what each looks like, who sees what, and how it is filtered."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from campus_world import ONEROSTER, Caller, caller
from test_edubridge import ANNEX, refusal
from test_oneroster import keys
from world import World

SINGULARS = {
    "classes": "class",
    "courses": "course",
    "orgs": "org",
    "schools": "org",
    "academicSessions": "academicSession",
    "terms": "academicSession",
    "users": "user",
    "students": "user",
    "teachers": "user",
}


def link(kind: str, plural: str, key: str) -> dict[str, str]:
    return {"href": f"{ONEROSTER}/{plural}/{key}", "sourcedId": key, "type": kind}


async def one(who: Caller, path: str) -> Any:
    """The one object of an answer, its links from the path on."""
    [body] = (await who.told(f"{ONEROSTER}/{path}")).values()
    return from_path_on(body)


def from_path_on(value: Any) -> Any:
    if isinstance(value, list):
        return [from_path_on(each) for each in value]
    if isinstance(value, dict):
        return {name: from_path_on(each) for name, each in value.items()}
    is_link = isinstance(value, str) and value.startswith("http://")
    return f"/ims{value.partition('/ims')[2]}" if is_link else value


async def test_a_class_names_course_school_and_terms(adm: Caller):
    assert await one(adm, "classes/sec_abc") == {
        "sourcedId": "sec_abc",
        "status": "active",
        "title": "Alphabet",
        "classCode": "1",
        "classType": "scheduled",
        "course": link("course", "courses", "crs_abc123"),
        "school": link("org", "orgs", "sch_main"),
        "terms": [
            link("academicSession", "academicSessions", "trm_year"),
            link("academicSession", "academicSessions", "trm_fall"),
        ],
    }
    assert (await one(adm, "classes/sec_42"))["terms"] == []
    assert (await one(adm, "classes/sec_old"))["status"] == "tobedeleted"


async def test_a_course(adm: Caller):
    assert await one(adm, "courses/crs_abc123") == {
        "sourcedId": "crs_abc123",
        "status": "active",
        "dateLastModified": "2026-03-02T09:00:00.000Z",
        "metadata": {"status": "published"},
        "title": "Alphabet",
        "courseCode": "ABC",
        "org": link("org", "orgs", "sch_main"),
    }
    assert (await one(adm, "courses/crs_shelf1"))["status"] == "tobedeleted"


@pytest.mark.parametrize("name", ["orgs", "schools"])
async def test_a_school_and_what_is_above_it(adm: Caller, name: str):
    assert await one(adm, f"{name}/sch_main") == {
        "sourcedId": "sch_main",
        "status": "active",
        "name": "Main School",
        "type": "school",
        "parent": link("org", "orgs", "sch_district"),
    }


async def test_a_district_is_no_school(adm: Caller):
    assert (await one(adm, "orgs/sch_district"))["parent"] is None
    refusal(await adm.get(f"{ONEROSTER}/schools/sch_district"), 404, "unknownobject")


@pytest.mark.parametrize("name", ["academicSessions", "terms"])
async def test_an_academic_session(adm: Caller, name: str):
    assert await one(adm, f"{name}/trm_fall") == {
        "sourcedId": "trm_fall",
        "status": "active",
        "title": "Fall",
        "type": "term",
        "startDate": "2025-08-01",
        "endDate": "2025-12-31",
        "schoolYear": "2026",
        "parent": link("academicSession", "academicSessions", "trm_year"),
    }


async def test_a_school_year_is_no_term(adm: Caller):
    refusal(await adm.get(f"{ONEROSTER}/terms/trm_year"), 404, "unknownobject")


@pytest.mark.parametrize("name", ["users", "students"])
async def test_a_person_goes_by_the_name_the_roster_has(adm: Caller, name: str):
    assert await one(adm, f"{name}/usr_lrn001") == {
        "sourcedId": "usr_lrn001",
        "status": "active",
        "enabledUser": "true",
        "givenName": "Lena",
        "middleName": "M.",
        "familyName": "One",
        "preferredFirstName": "Leni",
        "email": "lena@acme.example",
        "identifier": "s1",
        "role": "student",
    }
    assert (await one(adm, f"{name}/SIS-2"))["familyName"] == "O'Two"
    refusal(await adm.get(f"{ONEROSTER}/{name}/usr_lrn002"), 404, "unknownobject")


async def test_a_member_not_yet_verified_is_not_enabled(adm: Caller):
    pending = await one(adm, "users/usr_pnd001")
    assert (pending["status"], pending["enabledUser"]) == ("active", "false")
    await adm.call("membership.remove", userId="usr_lrn003")
    removed = await one(adm, "users/usr_lrn003")
    assert (removed["status"], removed["enabledUser"]) == ("tobedeleted", "false")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("terms", ["trm_fall"]),
        ("academicSessions", ["trm_year", "trm_fall"]),
        ("orgs", ["sch_district", "sch_main", "sch/annex 校"]),
        ("schools", ["sch_main", "sch/annex 校"]),
        ("teachers", ["usr_tch001"]),
    ],
)
@pytest.mark.parametrize("slash", ["", "/"])
async def test_lists_have_what_belongs_to_them(
    adm: Caller, name: str, found: list[str], slash: str
):
    page = await adm.told(f"{ONEROSTER}/{name}{slash}")
    assert (keys(page), page["totalCount"]) == (found, len(found))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("classes?filter=course.sourcedId='crs_multi1'", ["sec_red", "sec_blue"]),
        ("classes?filter=school.sourcedId='sch/annex 校'", ["sec_red"]),
        ("classes?filter=status='tobedeleted'", ["sec_old"]),
        ("classes?filter=classCode='1'", ["sec_abc"]),
        ("classes?filter=classCode='1' OR title~'last year'", ["sec_abc", "sec_old"]),
        ("classes?filter=title~'last year'", ["sec_old"]),
        ("courses?filter=status='tobedeleted'", ["crs_shelf1"]),
        ("courses?filter=courseCode='ABC' AND org.sourcedId='sch_main'", ["crs_abc123"]),
        ("courses?filter=dateLastModified>'2026-03-02'&limit=1&offset=1", ["crs_js15"]),
        ("academicSessions?filter=endDate>'2026-01-01'", ["trm_year"]),
        ("academicSessions?filter=startDate>='2025-08-01T00:00:00Z'", ["trm_year", "trm_fall"]),
        ("terms?filter=endDate<='2025-12-31T12:00:00Z'", ["trm_fall"]),
        ("terms?filter=endDate<'2025-12-31T12:00:00Z'", []),
        ("terms?filter=endDate~'2025-12'", ["trm_fall"]),
        ("users?filter=email='luis@acme.example'", ["SIS-2"]),
        ("users?filter=familyName='O''Two'", ["SIS-2"]),
        ("users?filter=givenName='Lena' OR givenName='Luis'", ["usr_lrn001", "SIS-2"]),
        ("users?filter=givenName~'É'", ["usr_lrn003"]),
        ("students?filter=identifier!='s1'&limit=2", ["SIS-2", "usr_lrn003"]),
        ("students?sort=givenName&limit=2", ["usr_lrn001", "SIS-2"]),
        ("students?sort=sourcedId&limit=1", ["SIS-2"]),
        ("students?sort=nothing&limit=1", ["usr_lrn001"]),
        ("courses?sort=courseCode&limit=2", ["crs_abc123", "crs_prog10"]),
        ("courses?sort=courseCode&orderBy=desc&limit=1", ["crs_over1"]),
        ("courses?sort=status&limit=1", ["crs_prog10"]),
        ("courses?sort=status&orderBy=desc&limit=2", ["crs_shelf1", "crs_over1"]),
        ("courses?sort=status&offset=14", ["crs_shelf1"]),
        ("teachers?filter=sourcedId='usr_lrn001'", []),
    ],
)
async def test_lists_are_filtered_and_sorted(adm: Caller, path: str, found: list[str]):
    assert keys(await adm.told(f"{ONEROSTER}/{path}")) == found


@pytest.mark.parametrize("name", SINGULARS)
async def test_fields_select_members(adm: Caller, name: str):
    page = await adm.told(f"{ONEROSTER}/{name}?fields=sourcedId&limit=1")
    [item] = page[name]
    assert item.keys() == {"sourcedId"}
    path = f"{ONEROSTER}/{name}/{httpx2.URL(path='/' + item['sourcedId']).raw_path.decode()[1:]}"
    assert await adm.told(f"{path}?fields=sourcedId") == {SINGULARS[name]: item}


@pytest.mark.parametrize("name", SINGULARS)
async def test_refusals(adm: Caller, nobody: Caller, name: str):
    path = f"{ONEROSTER}/{name}"
    refusal(await adm.get(f"{path}?filter=nothing='1'"), 400, "invalid_filter_field")
    refusal(await adm.get(f"{path}?fields="), 400, "invalid_selection_field")
    refusal(await adm.get(f"{path}?limit=0"), 400, "invaliddata")
    refusal(await adm.get(f"{path}/nothing"), 404, "unknownobject")
    refusal(await nobody.get(path), 401, "unauthorisedrequest")
    refusal(await adm.post(path, {}), 405, "invaliddata")


async def test_learners_see_what_is_open_and_themselves(lrn1: Caller):
    assert "crs_draft1" not in keys(await lrn1.told(f"{ONEROSTER}/courses"))
    assert "sec_draft" not in keys(await lrn1.told(f"{ONEROSTER}/classes"))
    assert keys(await lrn1.told(f"{ONEROSTER}/users")) == ["usr_lrn001"]
    for path in ("courses/crs_draft1", "classes/sec_draft", "users/SIS-2"):
        refusal(await lrn1.get(f"{ONEROSTER}/{path}"), 404, "unknownobject")


async def test_teachers_see_the_people_of_their_classes(tch: Caller):
    found = keys(await tch.told(f"{ONEROSTER}/users"))
    assert found == ["usr_tch001", "usr_lrn001", "SIS-2"]
    assert "crs_draft1" in keys(await tch.told(f"{ONEROSTER}/courses"))


async def test_nothing_of_another_tenant_is_there(campus: World):
    bert = caller(campus, "usr_adm900", "beta")
    own = {"sec_beta", "crs_beta01", "sch_beta", "trm_beta", "usr_out001", "usr_adm900"}
    for name in SINGULARS:
        assert set(keys(await bert.told(f"{ONEROSTER}/{name}"))) <= own
    refusal(await bert.get(f"{ONEROSTER}/orgs/{ANNEX}"), 404, "unknownobject")
