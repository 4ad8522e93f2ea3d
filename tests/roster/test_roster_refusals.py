"""What is refused, with which words, and that nothing of it is written."""

import pytest
from roster_documents import COURSE, RECORD, SCHOOL, SECTION, SINCE, TERM, document, put, refusal

GONE = object()


TAKEN = [
    ("orgs", {"key": "org_a", "name": "A"}, 'orgs[0].key: "org_a" is already taken'),
    ("orgs", {"key": "org_x", "name": "A", "id": 1}, "orgs[0].id: 1 is already taken"),
    ("schools", {"key": "sch_a", "name": "A"}, 'schools[0].key: "sch_a" is already taken'),
    ("schools", SCHOOL | {"is_default": True}, "schools[0].is_default: the org has"),
    ("accounts", {"key": "usr_1", "email": "q@q.example"}, 'accounts[0].key: "usr_1" is already'),
    ("accounts", {"key": "q", "email": "ONE@school.example"}, 'accounts[0].email: "ONE@school.ex'),
    ("accounts", {"key": "q", "email": "q@q.example", "id": 70}, "accounts[0].id: 70 is already"),
    (
        "memberships",
        {"user": "usr_1", "role": "admin", "key": "k"},
        "memberships[0].user: is a member",
    ),
    (
        "memberships",
        {"user": "usr_b", "role": "admin", "key": "usr_1"},
        'memberships[0].key: "usr_1" is already taken',
    ),
    (
        "memberships",
        {"user": "usr_b", "role": "admin", "school_uid": "s1"},
        'memberships[0].school_uid: "s1" is already taken',
    ),
    ("courses", {"key": "crs_1", "title": "One"}, 'courses[0].key: "crs_1" is already taken'),
    ("courses", COURSE | {"id": 11}, "courses[0].id: 11 is already taken"),
    (
        "prerequisites",
        {"course": "crs_2", "requires": "crs_1"},
        "prerequisites[0].requires: is required already",
    ),
    (
        "prerequisites",
        {"course": "crs_1", "requires": "crs_2"},
        "prerequisites[0].requires: in a circle",
    ),
    (
        "components",
        {"course": "crs_1", "key": "l1", "kind": "lesson", "title": "L"},
        'components[0].key: "l1" is already taken',
    ),
    ("terms", TERM | {"key": "t1"}, 'terms[0].key: "t1" is already taken'),
    ("terms", TERM | {"title": "First"}, "terms[0].title: the school has a term"),
    ("realms", SECTION | {"key": "sec_1"}, 'realms[0].key: "sec_1" is already taken'),
    (
        "realms",
        SECTION | {"section_school_code": "ssc1"},
        'realms[0].section_school_code: "ssc1" is already taken',
    ),
    (
        "realms",
        SECTION | {"access_code": "abcde23456"},
        'realms[0].access_code: "ABCDE-23456" is already taken',
    ),
    (
        "realms",
        SECTION | {"course": "crs_1", "is_default": True},
        "realms[0].is_default: the course has a default section",
    ),
    (
        "realms",
        SECTION | {"section_code": "A", "terms": ["t1"]},
        'realms[0].section_code: another section of the course has "A"',
    ),
    ("enrollments", RECORD | {"key": "enr_1"}, 'enrollments[0].key: "enr_1" is already'),
    ("enrollments", RECORD | {"id": 500}, "enrollments[0].id: 500 is already taken"),
    (
        "enrollments",
        RECORD | {"user": "usr_1", "status": "invited"},
        "enrollments[0].user: has a live record in this role and slot already",
    ),
    (
        "component_done",
        {"enrollment": "enr_1", "component": "l1", "done_at": SINCE},
        "component_done[0].component: is done already",
    ),
]


@pytest.mark.parametrize(("array", "entry", "message"), TAKEN)
def test_a_second_document_is_refused_for_what_is_taken(store, roster, array, entry, message):
    put(store, roster)
    org = {} if array in ("orgs", "accounts") else {"org": "org_a"}
    assert refusal(store, document(**{array: [org | entry]})).startswith(message)


def test_the_key_of_a_submission_is_taken_once(store, roster):
    roster["submissions"][0]["key"] = "essay"
    put(store, roster)
    again = document(submissions=roster["submissions"])
    assert refusal(store, again) == 'submissions[0].key: "essay" is already taken'


def test_an_id_is_taken_for_every_organization(store, roster):
    put(store, roster)
    other = {
        "orgs": [{"key": "org_z", "name": "Z"}],
        "courses": [{"org": "org_z", "key": "crs_z", "title": "Z", "id": 11}],
    }
    assert refusal(store, document(**other)) == "courses[0].id: 11 is already taken"
    other["courses"][0]["id"] = 12_000
    put(store, document(**other))


WRONG_FIELDS = [
    # wrong types, values outside their list, missing and unknown fields
    ("orgs", 0, {"name": GONE}, "orgs[0].name: missing"),
    ("orgs", 0, {"name": None}, "orgs[0].name: missing"),
    ("orgs", 0, {"colour": None}, "orgs[0].colour: unknown field"),
    ("orgs", 0, {"a\u001b": 1}, 'orgs[0]."a\\u001b": unknown field'),
    ("orgs", 0, {"name": 1}, "orgs[0].name: a text is needed"),
    ("orgs", 0, {"name": "a\u0000b"}, "orgs[0].name: control characters"),
    ("orgs", 0, {"name": "a\rb"}, "orgs[0].name: control characters"),
    ("orgs", 0, {"name": "a\ud800"}, "orgs[0].name: half a character"),
    ("orgs", 0, {"key": ""}, "orgs[0].key: an empty text"),
    ("orgs", 0, {"key": "k" * 256}, "orgs[0].key: longer than 255"),
    ("orgs", 0, {"time_zone": "Mars/Olympus"}, 'orgs[0].time_zone: no time zone "Mars/Olympus"'),
    ("orgs", 0, {"time_zone": "../etc/passwd"}, "orgs[0].time_zone: no time zone"),
    ("orgs", 0, {"settings": []}, "orgs[0].settings: expected `object`"),
    ("orgs", 0, {"settings": {"colour": 1}}, "orgs[0].settings.colour: unknown field"),
    ("orgs", 0, {"settings": {"notifyBulk": 1}}, "orgs[0].settings.notifyBulk: expected `bool"),
    (
        "orgs",
        0,
        {"settings": {"progressOnUnenroll": "lose"}},
        'orgs[0].settings.progressOnUnenroll: "lose" is not one of keep, resume, erase',
    ),
    (
        "orgs",
        0,
        {"settings": {"adminEmails": ["a@b.example", "a"]}},
        "orgs[0].settings.adminEmails[1]: not an e-mail address",
    ),
    (
        "orgs",
        0,
        {"settings": {"schoolYearStart": "02-29"}},
        'orgs[0].settings.schoolYearStart: "02-29" is no day of every year',
    ),
    ("orgs", 0, {"id": 0}, "orgs[0].id: expected `int` >= 1"),
    ("orgs", 0, {"id": 2**53}, "orgs[0].id: an integer beyond 2^53-1"),
    ("orgs", 0, {"id": 10**400}, "orgs[0].id: an integer beyond 2^53-1"),
    ("orgs", 0, {"id": True}, "orgs[0].id: expected `int | null`, got `bool`"),
    ("orgs", 0, {"id": 1.0}, "orgs[0].id: expected `int | null`, got `float`"),
    ("orgs", 0, {"id": 2**53 - 1}, "orgs[1].id: no number is left"),
    ("schools", 0, {"type": "kiosk"}, 'schools[0].type: "kiosk" is not one of department'),
    ("accounts", 0, {"email": "one"}, "accounts[0].email: not an e-mail address"),
    ("accounts", 0, {"email": "a@b.example\u0000"}, "accounts[0].email: control characters"),
    ("accounts", 0, {"password": ""}, "accounts[0].password: an empty text"),
    ("memberships", 0, {"role": "owner"}, 'memberships[0].role: "owner" is not one of admin'),
    ("memberships", 0, {"status": 1}, "memberships[0].status: a text is needed"),
    ("courses", 0, {"title": GONE}, "courses[0].title: missing"),
    ("courses", 0, {"status": "open"}, 'courses[0].status: "open" is not one of draft'),
    ("courses", 0, {"join_policy": "x"}, 'courses[0].join_policy: "x" is not one of open'),
    ("courses", 0, {"completion_policy": "x"}, 'courses[0].completion_policy: "x" is not'),
    ("courses", 0, {"capacity": -1}, "courses[0].capacity: expected `int` >= 0"),
    ("courses", 0, {"access_days": 0}, "courses[0].access_days: expected `int` >= 1"),
    ("courses", 0, {"opens_at": "2025-09-01T04:00:00"}, "courses[0].opens_at: "),
    ("courses", 0, {"waitlist": "yes"}, "courses[0].waitlist: expected `bool`"),
    ("components", 0, {"kind": "page"}, 'components[0].kind: "page" is not one of unit'),
    ("terms", 0, {"kind": "week"}, 'terms[0].kind: "week" is not one of schoolYear'),
    ("terms", 0, {"start_date": "2025-02-30"}, 'terms[0].start_date: "2025-02-30" is no date'),
    ("terms", 0, {"end_date": "20250901"}, 'terms[0].end_date: "20250901" is no date'),
    ("realms", 0, {"kind": "room"}, 'realms[0].kind: "room" is not one of section, group'),
    ("realms", 0, {"class_type": "x"}, 'realms[0].class_type: "x" is not one of scheduled'),
    ("realms", 0, {"access_code": "--"}, "realms[0].access_code: an empty code"),
    ("realms", 0, {"terms": "t1"}, "realms[0].terms: expected `array`"),
    ("enrollments", 0, {"status": "asleep"}, 'enrollments[0].status: "asleep" is not one of'),
    ("enrollments", 0, {"role": "guest"}, 'enrollments[0].role: "guest" is not one of student'),
    ("enrollments", 0, {"source": "fax"}, 'enrollments[0].source: "fax" is not one of rpc'),
    ("enrollments", 0, {"metadata": []}, "enrollments[0].metadata: expected `object`"),
    ("enrollments", 0, {"metadata": {"n": 1e999}}, "enrollments[0].metadata.n: Infinity is not"),
    ("enrollments", 0, {"enrolled_at": "2025-02-30T00:00:00Z"}, "enrollments[0].enrolled_at: "),
    ("enrollments", 0, {"enrolled_at": "0001-01-01T00:00:00+14:00"}, "enrollments[0].enrolled_at"),
    ("enrollments", 0, {"enrolled_at": "0999-01-01T00:00:00Z"}, "enrollments[0].enrolled_at: bef"),
    ("submissions", 0, {"score": "7"}, "submissions[0].score: expected `float | null`"),
    ("submissions", 0, {"score": float("nan")}, "submissions[0].score: NaN is not JSON"),
    # unknown references and references across orgs
    ("schools", 0, {"org": "org_x"}, 'schools[0].org: no org "org_x"'),
    ("schools", 1, {"parent": "x"}, 'schools[1].parent: no school "x" in org "org_a"'),
    ("memberships", 0, {"user": "usr_x"}, 'memberships[0].user: no account "usr_x"'),
    ("courses", 0, {"school": "x"}, 'courses[0].school: no school "x" in org "org_a"'),
    ("courses", 3, {"school": "sch_a"}, 'courses[3].school: no school "sch_a" in org "org_b"'),
    ("prerequisites", 0, {"course": "crs_b"}, 'prerequisites[0].course: no course "crs_b" in org'),
    ("prerequisites", 0, {"requires": "crs_b"}, 'prerequisites[0].requires: no course "crs_b"'),
    ("components", 0, {"course": "crs_b"}, 'components[0].course: no course "crs_b" in org'),
    ("components", 0, {"parent": "l2"}, 'components[0].parent: no component "l2" in org "org_a"'),
    ("terms", 0, {"parent": "x"}, 'terms[0].parent: no term "x" in org "org_a"'),
    ("terms", 0, {"school": "x"}, 'terms[0].school: no school "x" in org "org_a"'),
    ("realms", 0, {"course": "crs_b"}, 'realms[0].course: no course "crs_b" in org "org_a"'),
    ("realms", 4, {"terms": ["t1"]}, 'realms[4].terms: no term "t1" in org "org_b"'),
    ("enrollments", 0, {"realm": "sec_x"}, 'enrollments[0].realm: no realm "sec_x" in org "org_a"'),
    ("enrollments", 0, {"realm": "sec_b"}, 'enrollments[0].realm: no realm "sec_b" in org "org_a"'),
    ("enrollments", 0, {"user": "usr_b"}, 'enrollments[0].user: no member "usr_b" in org "org_a"'),
    ("enrollments", 0, {"status_by": "usr_b"}, 'enrollments[0].status_by: no member "usr_b" in'),
    ("enrollments", 0, {"previous": "x"}, 'enrollments[0].previous: no enrollment "x" in org'),
    ("component_done", 0, {"enrollment": "x"}, 'component_done[0].enrollment: no enrollment "x"'),
    ("component_done", 0, {"component": "l2"}, 'component_done[0].component: no component "l2"'),
    ("submissions", 0, {"enrollment": "x"}, 'submissions[0].enrollment: no enrollment "x" in org'),
    ("submissions", 0, {"enrollment": "enr_grp"}, "submissions[0].enrollment: a group record has"),
    # values given twice
    ("orgs", 1, {"key": "org_a"}, 'orgs[1].key: "org_a" is given twice, first in orgs[0].key'),
    (
        "accounts",
        1,
        {"email": "ONE@School.Example"},
        'accounts[1].email: "ONE@School.Example" is g',
    ),
    ("accounts", 1, {"id": 70}, 'accounts[1].id: "70" is given twice, first in accounts[0].id'),
    ("memberships", 1, {"school_uid": "s1"}, 'memberships[1].school_uid: "s1" is given twice'),
    ("memberships", 1, {"key": "usr_1"}, 'memberships[1].key: "usr_1" is already taken'),
    ("courses", 1, {"key": "crs_1"}, 'courses[1].key: "crs_1" is given twice'),
    ("realms", 1, {"section_school_code": "ssc1"}, 'realms[1].section_school_code: "ssc1" is giv'),
    ("realms", 4, {"access_code": "abcde-23456"}, 'realms[4].access_code: "ABCDE-23456" is given'),
    ("realms", 2, {"terms": ["t1", "t1"]}, "realms[2].terms: a term twice"),
    ("enrollments", 1, {"key": "enr_1"}, 'enrollments[1].key: "enr_1" is given twice'),
    # what contradicts itself
    ("realms", 0, {"course": GONE}, "realms[0].course: a section needs a course"),
    ("realms", 3, {"course": "crs_1"}, "realms[3].course: a group has no course"),
    ("prerequisites", 0, {"requires": "crs_2"}, "prerequisites[0].requires: a course cannot"),
    ("schools", 0, {"parent": "sch_a"}, "schools[0].parent: in a circle"),
    ("schools", 0, {"parent": "sch_annex"}, "schools[1].parent: in a circle"),
    ("components", 1, {"parent": "l1"}, "components[1].parent: in a circle"),
    ("terms", 1, {"parent": "t1"}, "terms[1].parent: in a circle"),
    ("enrollments", 1, {"previous": "enr_1"}, "enrollments[1].previous: in a circle"),
    ("enrollments", 0, {"progress": 101}, "enrollments[0].progress: expected `int` <= 100"),
    ("enrollments", 0, {"progress": -1}, "enrollments[0].progress: expected `int` >= 0"),
    ("enrollments", 0, {"progress": 40.5}, "enrollments[0].progress: expected `int`, got `float`"),
    ("enrollments", 1, {"completed_at": GONE}, "enrollments[1].completed_at: a completed record"),
    ("enrollments", 1, {"progress": 99}, "enrollments[1].progress: a completed record has 100"),
    ("enrollments", 0, {"completed_at": SINCE}, "enrollments[0].completed_at: only for a record"),
    ("terms", 0, {"end_date": "2025-08-31"}, "terms[0].end_date: before start_date"),
    ("enrollments", 0, {"end_at": SINCE}, "enrollments[0].end_at: not after begin_at"),
    (
        "enrollments",
        0,
        {"begin_at": "2025-09-02T00:00:00Z", "end_at": "2025-09-02T00:00:00Z"},
        "enrollments[0].end_at: not after begin_at",
    ),
    ("enrollments", 0, {"primary_flag": True}, "enrollments[0].primary_flag: only a teacher"),
    ("enrollments", 3, {"progress": 1}, "enrollments[3].progress: a group record has none"),
    (
        "enrollments",
        1,
        {"status": "active", "completed_at": GONE},
        "enrollments[1].user: has a liv",
    ),
]


@pytest.mark.parametrize(("array", "index", "fields", "message"), WRONG_FIELDS)
def test_a_wrong_field_refuses_the_whole_document(store, roster, array, index, fields, message):
    entry = roster[array][index]
    for name, value in fields.items():
        entry[name] = value
        if value is GONE:
            del entry[name]
    assert refusal(store, roster).startswith(message)


WRONG_ENTRIES = [
    (
        "memberships",
        {"org": "org_a", "user": "usr_1", "role": "admin"},
        'memberships[3].user: "usr_1" is given twice',
    ),
    (
        "prerequisites",
        {"org": "org_a", "course": "crs_1", "requires": "crs_2"},
        "prerequisites[1].requires: in a circle",
    ),
    ("schools", SCHOOL | {"is_default": True}, "schools[2].is_default: the org has"),
    ("terms", TERM | {"title": "First"}, "terms[2].title: the school has a term"),
    (
        "realms",
        SECTION | {"course": "crs_1", "is_default": True},
        "realms[5].is_default: the course has a default section",
    ),
    (
        "realms",
        SECTION | {"section_code": "A", "terms": ["t1"]},
        'realms[5].section_code: another section of the course has "A"',
    ),
    ("enrollments", "enr", "enrollments[4]: an object is needed"),
    ("enrollments", None, "enrollments[4]: an object is needed"),
]


@pytest.mark.parametrize(("array", "entry", "message"), WRONG_ENTRIES)
def test_a_wrong_entry_refuses_the_whole_document(store, roster, array, entry, message):
    roster[array].append(entry)
    assert refusal(store, roster).startswith(message)
