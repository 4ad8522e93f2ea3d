"""Schoology: one enrollment made, changed, ended, or entered by an access code."""

import pytest
from schoology_world import CHESS, CIVICS, GEOGRAPHY, HISTORY, Client, client, refusal
from world import World

TWO = 2461632  # a student of Geography
DRAFT = "/v1/sections/20001/enrollments"  # not published, no seats
ASK = "/v1/sections/20002/enrollments"  # on request
CODE = {"access_code": "VCVKF-4MJG9"}  # of History
NUMBERS = {1: "active", 2: "expired", 3: "invited", 4: "requested", 5: "archived"}


def new(uid: int, admin: int = 0, status: int = 1) -> dict[str, int]:
    return {"uid": uid, "admin": admin, "status": status}


def stored(school: World, number: str | int) -> tuple:
    """Role, status, source and version of a record."""
    sql = "select role, status, source, version from enrollment where id = :id"
    [row] = school.rows(sql, id=int(number))
    return row


# S2-32, S2-34, S2-51: numbers or texts of digits
@pytest.mark.parametrize("as_sent", [str, int])
async def test_staff_enroll_a_person(school: World, teacher: Client, as_sent: type):
    school.change("update membership set school_uid = 't2' where user_id = :uid", uid=TWO)
    body = {name: as_sent(value) for name, value in new(TWO).items()}
    answer = await teacher.post(CIVICS, {**body, "name_first": "ignored"})
    made = answer.json()
    assert answer.status_code == 200
    assert made["links"]["self"].endswith(f"{CIVICS}/{made['id']}")
    assert (made["uid"], made["admin"], made["status"]) == (str(TWO), 0, 1)
    assert made["school_uid"] == "t2"
    assert stored(school, made["id"]) == ("student", "active", "schoology", 1)


# S2-08..12
@pytest.mark.parametrize(("number", "status"), NUMBERS.items())
async def test_an_enrollment_begins_with_any_of_the_five(
    school: World, teacher: Client, number: int, status: str
):
    made = (await teacher.post(CIVICS, new(TWO, 0, number))).json()
    assert made["status"] == number
    assert stored(school, made["id"])[1] == status
    assert (await teacher.get(f"{CIVICS}/{made['id']}")).json()["status"] == str(number)


# S2-06
@pytest.mark.parametrize(
    ("path", "flag", "role"),
    [
        (CIVICS, 1, "teacher"),
        (CIVICS, 0, "student"),
        (CHESS, 1, "administrator"),
        (CHESS, 0, "student"),
    ],
)
async def test_admin_makes_a_teacher_or_in_a_group_an_administrator(
    school: World, admin: Client, path: str, flag: int, role: str
):
    made = (await admin.post(path, new(TWO, flag))).json()
    assert (made["admin"], stored(school, made["id"])[0]) == (flag, role)


async def test_staff_synchronise_past_rules_for_learners_and_without_mail(
    school: World, admin: Client
):
    for uid in (TWO, 1001):  # the second is the admin
        made = (await admin.post(DRAFT, new(uid))).json()
        assert stored(school, made["id"])[1] == "active"
    assert school.value("select count(*) from outbox") == 0


# S2-05..07: all three are required
@pytest.mark.parametrize(
    "body",
    [
        {"uid": TWO, "admin": 0},
        {"uid": TWO, "status": 1},
        {"admin": 0, "status": 1},
        {},
        [],
        None,
        new(TWO, 2),
        new(TWO, 0, 6),
        new(TWO, 0, 0),
        new(0),
        new(-1),
        new(2**63),
        {**new(TWO), "uid": "x"},
        {**new(TWO), "uid": ""},
        {**new(TWO), "admin": True},
        {**new(TWO), "status": "active"},
    ],
)
async def test_an_enrollment_that_says_too_little_is_refused(
    school: World, teacher: Client, body: object
):
    before = school.contents()
    headers = teacher.person.headers
    answer = await school.http.post(CIVICS, json=body, headers=headers)
    assert refusal(answer) == 400
    assert school.contents() == before


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", '{"uid":'),
        ("application/json", "\xff"),
        ("application/json", "<body><uid>1</uid></body>"),
        ("text/xml", '{"uid": 1}'),
        ("text/xml", "<body>"),
        ("text/xml", "<body>2461632</body>"),
        ("text/xml", "<body/>"),
        ("application/xml", "<!DOCTYPE body><body><uid>2461632</uid></body>"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(teacher: Client, media: str, body: str):
    answer = await teacher.xml("POST", CIVICS, body, **{"content-type": media, "accept": "*/*"})
    assert refusal(answer) == 400


async def test_a_body_of_another_kind_is_refused(school: World, teacher: Client):
    before = school.contents()
    for media in ("text/plain", "application/x-www-form-urlencoded", "text/html"):
        answer = await teacher.xml("POST", CIVICS, '{"uid":1}', **{"content-type": media})
        assert answer.status_code == 415
    cookie = school.browser("usr_mr").headers
    answer = await school.http.post(CIVICS, headers=cookie, content=b'{"uid":2461632}')
    assert refusal(answer) == 415
    assert school.contents() == before


@pytest.mark.parametrize("status", [1, 3, 4])
async def test_whoever_is_there_in_any_role_is_there_already(
    school: World, teacher: Client, status: int
):
    await teacher.post(CIVICS, new(TWO, 0, status))
    before = school.contents()
    assert refusal(await teacher.post(CIVICS, new(TWO))) == 409
    assert refusal(await teacher.post(CIVICS, new(TWO, 1))) == 409
    assert refusal(await teacher.post(CIVICS, new(48289, 1))) == 409
    assert school.contents() == before


async def test_nobody_unknown_is_enrolled(teacher: Client, newcomer: Client):
    # 999 is nobody, 1005 not verified, 1007 of another organization
    answers = [await teacher.post(CIVICS, new(uid)) for uid in (999, 1005, 1007)]
    assert [refusal(answer) for answer in answers] == [404, 404, 404]
    assert len({answer.text for answer in answers}) == 1
    answers = [await newcomer.post(CIVICS, new(uid)) for uid in (999, TWO)]
    assert [refusal(answer) for answer in answers] == [403, 403]
    assert answers[0].text == answers[1].text


async def test_learners_enroll_themselves_under_the_ordinary_rules(school: World, newcomer: Client):
    assert refusal(await newcomer.post(DRAFT, new(1003))) == 400
    assert refusal(await newcomer.post(HISTORY, new(1003, 1))) == 403
    assert refusal(await newcomer.post(HISTORY, new(1003, 0, 5))) == 403
    made = (await newcomer.post(HISTORY, new(1003))).json()
    assert stored(school, made["id"])[:2] == ("student", "active")
    assert school.rows("select template from outbox") == [("welcome",)]
    asked = (await newcomer.post(ASK, new(1003))).json()
    assert asked["status"] == 4
    assert (await newcomer.get(f"{ASK}/{asked['id']}")).json()["status"] == "4"


async def test_teachers_of_one_place_are_no_staff_of_another(school: World, teacher: Client):
    before = school.contents()
    assert refusal(await teacher.post(HISTORY, new(TWO))) == 403
    assert refusal(await teacher.put(f"{GEOGRAPHY}/{TWO}", {"status": 2})) == 404
    assert refusal(await teacher.delete(f"{GEOGRAPHY}/{TWO}")) == 404
    assert school.contents() == before


# S2-79, S2-80, S2-81
async def test_a_change_changes_what_it_says(school: World, admin: Client):
    path = f"{GEOGRAPHY}/{TWO}"
    answer = await admin.put(path, {"status": "2"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert stored(school, TWO) == ("student", "expired", "system", 2)
    await admin.put(path, {"admin": 1, "uid": str(TWO)})
    assert stored(school, TWO)[:2] == ("teacher", "expired")
    assert school.value("select count(*) from outbox") == 0


@pytest.mark.parametrize("wanted", ["false", "true"])
async def test_who_is_let_in_by_a_roster_is_sent_mail_where_the_organization_wants_that(
    school: World, admin: Client, wanted: str
):
    school.change("update org set settings = :said", said=f'{{"notifyBulk": {wanted}}}')
    school.change("update enrollment set status = 'requested' where id = :id", id=TWO)
    await admin.put(f"{GEOGRAPHY}/{TWO}", {"status": 1})
    assert stored(school, TWO)[:2] == ("student", "active")
    mails = school.rows("select template from outbox")
    assert mails == ([("welcome",)] if wanted == "true" else [])


@pytest.mark.parametrize("body", [{}, {"uid": TWO}, {"status": 7}, {"admin": 2}, {"name_first": 1}])
async def test_a_change_of_nothing_is_refused(school: World, admin: Client, body: dict):
    before = school.contents()
    assert refusal(await admin.put(f"{GEOGRAPHY}/{TWO}", body)) == 400
    assert school.contents() == before


async def test_the_uid_of_a_change_must_be_that_of_the_enrollment(school: World, admin: Client):
    before = school.contents()
    assert refusal(await admin.put(f"{GEOGRAPHY}/{TWO}", {"uid": 23453322, "status": 2})) == 400
    assert school.contents() == before


@pytest.mark.parametrize(
    ("status", "number"), [("suspended", 5), ("dropped", 5), ("waitlisted", 4), ("active", 1)]
)
async def test_what_shows_as_written_already_stays_as_it_is(
    school: World, admin: Client, status: str, number: int
):
    school.change(f"update enrollment set status = '{status}' where key = 'enr_two'")
    before = school.contents()
    assert (await admin.put(f"{GEOGRAPHY}/{TWO}", {"status": number})).status_code == 204
    assert school.contents() == before


async def test_a_role_that_agrees_stays(school: World, admin: Client):
    school.change("update enrollment set role = 'proctor' where key = 'enr_two'")
    assert (await admin.put(f"{GEOGRAPHY}/{TWO}", {"admin": 0})).status_code == 204
    assert stored(school, TWO)[0] == "proctor"
    assert (await admin.put(f"{GEOGRAPHY}/{TWO}", {"admin": 1})).status_code == 204
    assert stored(school, TWO)[0] == "teacher"


async def test_a_change_that_the_status_table_lacks_is_refused(admin: Client):
    for number in (3, 4):
        assert refusal(await admin.put(f"{GEOGRAPHY}/{TWO}", {"status": number})) == 400


async def test_the_invited_accept(school: World, newcomer: Client, admin: Client):
    made = (await admin.post(HISTORY, new(1003, 0, 3))).json()
    path = f"{HISTORY}/{made['id']}"
    assert refusal(await newcomer.put(path, {"status": 5})) == 400
    assert (await newcomer.put(path, {"status": 1})).status_code == 204
    assert stored(school, made["id"])[1] == "active"
    assert school.rows("select template from outbox") == [("welcome",)]


# S2-91
async def test_an_ended_enrollment_is_gone_and_another_has_another_number(
    school: World, admin: Client
):
    path = f"{GEOGRAPHY}/{TWO}"
    answer = await admin.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    for again in (admin.get(path), admin.put(path, {"status": 1}), admin.delete(path)):
        assert refusal(await again) == 404
    assert (await admin.post(GEOGRAPHY, new(TWO))).json()["id"] != str(TWO)


async def test_learners_leave_themselves(school: World, student: Client):
    assert refusal(await student.delete(f"{CIVICS}/43807916")) == 404
    assert (await student.delete(f"{CIVICS}/44783136")).status_code == 204
    assert refusal(await student.get(f"{CIVICS}/44783136")) == 404


@pytest.mark.parametrize("path", [f"{HISTORY}/{TWO}", f"{CHESS}/{TWO}", f"{GEOGRAPHY}/999"])
async def test_an_enrollment_is_in_one_place_only(school: World, admin: Client, path: str):
    before = school.contents()
    assert refusal(await admin.put(path, {"status": 2})) == 404
    assert refusal(await admin.delete(path)) == 404
    assert school.contents() == before


# S2-37, S2-39
@pytest.mark.parametrize("code", ["VCVKF-4MJG9", "vcvkf4mjg9"])
@pytest.mark.parametrize("path", ["/v1/sections/12345/accesscode", "/sections/accesscode"])
async def test_a_code_enrolls_the_caller(school: World, newcomer: Client, path: str, code: str):
    made = (await newcomer.post(path, {"access_code": code})).json()
    assert (made["uid"], made["admin"], made["status"]) == ("1003", 0, "1")
    assert "links" not in made
    assert stored(school, made["id"])[:3] == ("student", "active", "code")
    assert refusal(await newcomer.post(path, {"access_code": code})) == 409


@pytest.mark.parametrize("body", [{}, {"access_code": ""}, {"access_code": 12345}, {"code": "x"}])
async def test_a_code_is_a_text(newcomer: Client, body: dict):
    assert refusal(await newcomer.post("/v1/sections/accesscode", body)) == 400


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1/sections/accesscode", "AAAAA-AAAAA"),
        ("/v1/sections/accesscode", "BETA2-CODE9"),
        ("/v1/sections/accesscode", "CHESS-22222"),
        ("/v1/groups/accesscode", "VCVKF-4MJG9"),
        ("/v1/sections/98762/accesscode", "VCVKF-4MJG9"),
        ("/v1/sections/999999/accesscode", "VCVKF-4MJG9"),
        ("/v1/sections/900001/accesscode", "BETA2-CODE9"),
        ("/v1/groups/12345/accesscode", "VCVKF-4MJG9"),
    ],
)
async def test_a_code_of_another_place_is_an_unknown_one(school: World, path: str, code: str):
    """Also for who is a member of the other place's organization: a token is of one."""
    both = client(school, "both")
    before = school.value("select count(*) from enrollment")
    wrong = await both.post("/v1/sections/accesscode", {"access_code": "AAAAA-AAAAA"})
    answer = await both.post(path, {"access_code": code})
    assert refusal(answer) == 404
    assert answer.text == wrong.text
    assert school.value("select count(*) from enrollment") == before


@pytest.mark.parametrize("path", ["/v1/groups/accesscode", "/v1/groups/65371/accesscode"])
async def test_a_group_has_its_code_too(newcomer: Client, path: str):
    assert (await newcomer.post(path, {"access_code": "chess22222"})).status_code == 200
    assert await newcomer.roster(CHESS) == {"1003": "0/1"}


async def test_after_ten_wrong_codes_no_code_is_looked_at(school: World, newcomer: Client):
    for number in range(10):
        path = ("/v1/sections/accesscode", "/v1/sections/999999/accesscode")[number % 2]
        assert refusal(await newcomer.post(path, {"access_code": "AAAAA-AAAAA"})) == 404
    answer = await newcomer.post("/v1/sections/accesscode", CODE)
    assert refusal(answer) == 429
    assert int(answer.headers["retry-after"]) > 0
    other = await client(school, "lou").post("/v1/sections/accesscode", CODE)
    assert other.status_code == 200


async def test_nobody_writes_without_credentials(school: World):
    before = school.contents()
    for method, path in (
        ("POST", CIVICS),
        ("PUT", CIVICS),
        ("PUT", f"{CIVICS}/44783136"),
        ("DELETE", f"{CIVICS}/44783136"),
        ("POST", "/v1/sections/accesscode"),
        ("POST", "/v1/enrollments"),
        ("DELETE", "/v1/enrollments?enrollment_ids=44783136"),
        ("POST", "/v1/enrollments/import/course"),
        ("POST", "/v1/enrollments/import/course/13011"),
    ):
        assert refusal(await school.http.request(method, path, json={})) == 401
    assert school.contents() == before


async def test_another_site_writes_nothing_with_a_session(school: World):
    before = school.contents()
    headers = {**school.browser("usr_mr").headers, "origin": "https://elsewhere.example"}
    answer = await school.http.post(CIVICS, json=new(TWO), headers=headers)
    assert refusal(answer) == 403
    assert school.contents() == before
    ours = await school.http.post(CIVICS, json=new(TWO), headers=school.browser("usr_mr").headers)
    assert ours.status_code == 200
