"""Schoology: odd values in every place are refused, without a fault and without a write."""

from urllib.parse import quote

import pytest
from schoology_world import CIVICS, Client, many
from world import World

ODD = {
    "quote": "'",
    "sql": "' or '1'='1",
    "percent": "%",
    "underscore": "_",
    "up": "../../etc/passwd",
    "nul": "a\x00b",
    "line break": "1\n",
    "emoji": "\N{GRADUATION CAP}",
    "right to left": "\u202e",
    "digits of another script": "\u0661\u0662",
    "blank": " ",
    "minus": "-1",
    "fraction": "1.5",
    "64 bits": str(2**63),
    "too large": "9" * 400,
    "long": "x" * 5000,
    "word": "null",
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
async def test_an_odd_value_in_a_path_or_a_query_is_refused(
    school: World, admin: Client, value: str
):
    odd, change = quote(value, safe=""), {"status": 2}
    items = many({"course_code": "E200", "section_code": "34", "school_uid": "s1"})
    before = school.contents()
    for method, path, body in (
        ("GET", f"/v1/sections/{odd}/enrollments", None),
        ("POST", f"/v1/groups/{odd}/enrollments", {"uid": 1003, "admin": 0, "status": 1}),
        ("POST", f"/v1/sections/{odd}/accesscode", {"access_code": "VCVKF-4MJG9"}),
        ("GET", f"{CIVICS}/{odd}", None),
        ("PUT", f"{CIVICS}/{odd}", change),
        ("DELETE", f"{CIVICS}/{odd}", None),
        ("GET", f"{CIVICS}?uid={odd}", None),
        ("GET", f"{CIVICS}?start={odd}", None),
        ("GET", f"{CIVICS}?enrollment_status={odd}", None),
        ("DELETE", f"/v1/enrollments?enrollment_ids={odd}", None),
        ("POST", f"/v1/enrollments/import/course/{odd}", items),
        ("POST", f"/v1/enrollments?update_existing={odd}", many({"uid": 1003})),
    ):
        answer = await admin.send(method, path, body)
        assert answer.status_code in (400, 404, 207), f"{method} {path}: {answer.text}"
    assert school.contents() == before


@pytest.mark.parametrize("value", [*ODD.values(), [], {}, None, True, 1.5, 2**70], ids=repr)
async def test_an_odd_value_in_a_body_is_refused(school: World, admin: Client, value: object):
    whole = {"uid": 1003, "admin": 0, "status": 1, "realm": "section", "section_id": 12345}
    by_course = {"course_code": "E200", "section_code": "34", "school_uid": "s1"}
    before = school.contents()
    for name in whole:
        answer = await admin.post("/v1/enrollments", many({**whole, name: value}))
        assert answer.status_code == 207, f"{name}: {answer.text}"
    for name in by_course:
        item = many({**by_course, name: value})
        answer = await admin.post("/v1/enrollments/import/course/13011", item)
        assert answer.status_code == 207, f"{name}: {answer.text}"
        xml = await admin.post("/v1/enrollments/import/course/13011", item, accept="text/xml")
        assert (xml.status_code, xml.content[:5]) == (207, b"<?xml")
    assert school.contents() == before


async def test_a_body_is_at_most_a_mebibyte(school: World, teacher: Client):
    before = school.contents()
    body = {"uid": 2461632, "admin": 0, "status": 1, "more": "x" * 2**20}
    assert (await teacher.post(CIVICS, body)).status_code == 413
    text = f"<body><uid>2461632</uid><more>{'x' * 2**20}</more></body>"
    assert (await teacher.xml("POST", CIVICS, text)).status_code == 413
    assert school.contents() == before
