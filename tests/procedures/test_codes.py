"""Access codes: made by the system, redeemed by members, worth nothing to anybody else."""

import re

import pytest
from racing import Ask, at_once, tally
from world import NOW, Person, World, refused, token_text

from procedures import throttle

REDEEM, ROTATE, UPDATE = "enrollment.redeemCode", "realm.rotateCode", "realm.update"
TEN_MINUTES = 600
WRONG = "AAAAA-AAAAA"


async def new_code(staff: Person, realm: str, **given) -> str:
    return (await staff.call(ROTATE, realmId=realm, **given))["accessCode"]


# S2-39
async def test_a_code_is_two_groups_of_five_without_look_alikes(ada: Person):
    codes = {await new_code(ada, "sec_red") for _ in range(20)}
    assert len(codes) == 20
    five = "[ABCDEFGHIJKMNPQRSTUVWXYZ2-9]{5}"
    assert all(re.fullmatch(f"{five}-{five}", code) for code in codes)


# S2-37, S2-40: the record of the caller, a student (admin 0) and active (status 1)
async def test_a_code_makes_the_caller_an_active_student(world: World, ada: Person, lou: Person):
    code = await new_code(ada, "sec_red")
    record = await lou.call(REDEEM, code=code)
    about = {"userId": "usr_lou", "realmId": "sec_red", "role": "student", "status": "active"}
    assert record == {**record, **about, "source": "code", "enrolledAt": NOW}
    [event] = await lou.items("enrollment.history", id=record["id"])
    assert (event["kind"], event["door"], event["actorId"]) == ("enrolled", "code", "usr_lou")
    assert world.rows("select template, recipient from outbox") == [("welcome", "lou@acme.example")]
    assert (await ada.call("realm.get", realmId="sec_red"))["codeUses"] == 1


async def test_a_code_is_compared_without_case_and_hyphen(world: World, ada: Person):
    code = await new_code(ada, "sec_red")
    forms = {"usr_lou": code.lower(), "usr_leo": code.replace("-", ""), "usr_lia": "-".join(code)}
    for user, form in forms.items():
        assert (await world.person(user).call(REDEEM, code=form))["realmId"] == "sec_red"


async def test_a_loaded_code_of_any_letters_is_redeemed(world: World, lou: Person):
    world.change("update realm set access_code = 'BETA2-CODE9' where key = 'sec_red'")
    assert (await lou.call(REDEEM, code="beta2code9", realmId="sec_red"))["status"] == "active"


@pytest.mark.parametrize("realm", ["sec_club", "grp_code", "grp_closed", "grp_ask"])
async def test_a_code_takes_the_place_of_the_join_policy(ada: Person, lou: Person, realm: str):
    record = await lou.call(REDEEM, code=await new_code(ada, realm))
    assert (record["realmId"], record["status"]) == (realm, "active")


async def test_a_course_joined_by_code_lets_in_by_code_alone(ada: Person, lou: Person):
    with refused("FORBIDDEN", reason="code_required"):
        await lou.call("enrollment.enroll", courseId="crs_code")
    section = await ada.call("realm.create", courseId="crs_code", title="By code")
    assert (await lou.call(REDEEM, code=await new_code(ada, section["id"])))["status"] == "active"


async def test_a_code_of_the_own_section_makes_a_teacher_a_student_too(tom: Person):
    record = await tom.call(REDEEM, code=await new_code(tom, "sec_past"))
    assert record["role"] == "student"
    records = await tom.items("enrollment.list", realmId="sec_past", userId="usr_tom")
    assert sorted(r["role"] for r in records) == ["student", "teacher"]


async def test_a_code_accepts_the_invitation_that_waits(ada: Person, lia: Person):
    record = await lia.call(REDEEM, code=await new_code(ada, "sec_club"))
    assert (record["id"], record["status"]) == ("enr_invited", "active")


async def test_who_is_there_already_is_a_conflict_and_no_use(ada: Person, lou: Person):
    code = await new_code(ada, "sec_red")
    record = await lou.call(REDEEM, code=code)
    with refused("CONFLICT", reason="already_enrolled") as caught:
        await lou.call(REDEEM, code=code)
    assert caught.value.data["enrollmentId"] == record["id"]
    assert (await ada.call("realm.get", realmId="sec_red"))["codeUses"] == 1


@pytest.mark.parametrize(
    ("course", "code", "reason"),
    [
        ("crs_draft", "BAD_REQUEST", "not_published"),
        ("crs_proof", "BAD_REQUEST", "prerequisites_not_met"),
        ("crs_soon", "BAD_REQUEST", "enrollment_closed"),
        ("crs_late", "BAD_REQUEST", "enrollment_closed"),
        ("crs_done", "CONFLICT", "already_completed"),
        ("crs_once", "FORBIDDEN", "reenroll_not_allowed"),
    ],
)
async def test_a_code_sets_no_other_rule_aside(ada: Person, lia: Person, course, code, reason):
    section = await ada.call("realm.create", courseId=course, title="By code")
    text = await new_code(ada, section["id"])
    with refused(code, reason=reason):
        await lia.call(REDEEM, code=text)
    assert (await ada.call("realm.get", realmId=section["id"]))["codeUses"] == 0


async def test_a_code_makes_no_seat(ada: Person, lou: Person, leo: Person):
    await ada.call(UPDATE, realmId="sec_red", capacity=0)
    code = await new_code(ada, "sec_red")
    with refused("CONFLICT", reason="full"):
        await lou.call(REDEEM, code=code)
    await ada.call(UPDATE, realmId="sec_red", waitlist=True)
    assert (await leo.call(REDEEM, code=code))["status"] == "waitlisted"


async def test_what_is_no_good_code_is_not_found_all_alike(world: World, ada: Person, lou: Person):
    """Unknown, expired, used up, of another section, of another organization, ended, replaced."""
    await new_code(ada, "sec_red", codeExpiresAt=NOW)
    await new_code(ada, "sec_blue", codeMaxUses=0)
    former = await new_code(ada, "sec_eve")
    await new_code(ada, "sec_eve")
    ended = await new_code(ada, "sec_held")
    await ada.call(UPDATE, realmId="sec_held", accessCode=None)
    foreign = await new_code(world.person("usr_bea", "beta"), "sec_beta")
    held = dict(world.rows("select key, access_code from realm where access_code is not null"))
    asks = [{"code": code} for code in (WRONG, "---", held["sec_red"], held["sec_blue"])]
    asks += [{"code": code} for code in (former, ended, foreign)]
    asks += [{"code": held["sec_eve"], "realmId": id} for id in ("sec_red", "sec_beta")]
    answers = [await lou.post(REDEEM, json=given) for given in asks]
    assert {(answer.status_code, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert (await lou.call(REDEEM, code=held["sec_eve"], realmId="sec_eve"))["status"] == "active"


async def test_a_code_lets_into_any_of_the_own_organizations(world: World):
    code = await new_code(world.person("usr_bea", "beta"), "sec_beta")
    record = await world.person("usr_bob", "acme").call(REDEEM, code=code)
    assert record["realmId"] == "sec_beta"


@pytest.mark.parametrize("user", ["usr_pia", "usr_una"])
async def test_who_is_not_verified_has_no_use_of_a_code(world: World, ada: Person, user: str):
    code = await new_code(ada, "sec_red")
    with refused("NOT_FOUND"):
        await world.person(user).call(REDEEM, code=code)


async def test_a_code_ends_with_its_time(world: World, ada: Person, lou: Person, leo: Person):
    code = await new_code(ada, "sec_red", codeExpiresAt="2026-03-02T09:01:00Z")
    world.clock.advance(seconds=59.999)
    assert (await lou.call(REDEEM, code=code))["status"] == "active"
    world.clock.advance(seconds=0.001)
    with refused("NOT_FOUND"):
        await leo.call(REDEEM, code=code)
    await ada.call(UPDATE, realmId="sec_red", codeExpiresAt=None)
    assert (await leo.call(REDEEM, code=code))["status"] == "active"


async def test_a_new_code_has_terms_and_a_count_of_its_own(ada: Person, lou: Person):
    await lou.call(REDEEM, code=await new_code(ada, "sec_red", codeMaxUses=1))
    realm = await ada.call(ROTATE, realmId="sec_red", codeExpiresAt="2026-04-01T00:00:00Z")
    assert (realm["codeExpiresAt"], realm["codeMaxUses"], realm["codeUses"]) == (
        "2026-04-01T00:00:00.000Z",
        None,
        0,
    )


# D-009
async def test_the_last_use_is_given_once(world: World, ada: Person):
    code = await new_code(ada, "sec_red", codeMaxUses=1)
    users = ["usr_lia", "usr_leo", "usr_lou", "usr_bob", "usr_tom", "usr_ina"]
    asks = [Ask(REDEEM, f"Bearer {token_text(user, 'acme')}", {"code": code}) for user in users]
    assert tally(await at_once(world.address, asks, len(asks))) == {200: 1, 404: len(users) - 1}
    uses = [(await ada.call("realm.get", realmId=id))["codeUses"] for id in ("sec_red", "sec_blue")]
    assert uses == [1, 0]


@pytest.mark.parametrize("wrong", [{}, {"code": ""}, {"code": 4}, {"code": "a\u0000b"}])
async def test_a_code_is_a_text(world: World, lou: Person, wrong: dict):
    before = world.contents()
    with refused("BAD_REQUEST", reason="invalid_input"):
        await lou.call(REDEEM, **wrong)
    assert world.contents() == before


async def fail(person: Person, times: int) -> None:
    for _ in range(times):
        with refused("NOT_FOUND"):
            await person.call(REDEEM, code=WRONG)


# K-011
async def test_after_ten_failures_the_right_code_has_to_wait(
    world: World, ada: Person, lou: Person, leo: Person
):
    code = await new_code(ada, "sec_red")
    await fail(lou, 1)
    world.clock.advance(seconds=60)
    await fail(lou, 9)
    with refused("TOO_MANY_REQUESTS", reason="too_many_failures") as caught:
        await lou.call(REDEEM, code=code)
    assert caught.value.answer.headers["retry-after"] == str(TEN_MINUTES - 60)
    assert (await leo.call(REDEEM, code=code))["status"] == "active"
    world.clock.advance(seconds=TEN_MINUTES - 60)
    assert (await lou.call(REDEEM, code=code))["status"] == "active"


async def test_nine_failures_are_borne(ada: Person, lou: Person):
    code = await new_code(ada, "sec_red")
    await fail(lou, 9)
    assert (await lou.call(REDEEM, code=code))["status"] == "active"


async def test_accounts_that_fail_from_one_address_keep_it_waiting(
    world: World, ada: Person, lou: Person, leo: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(throttle, "ADDRESS_LIMIT", 12)
    code = await new_code(ada, "sec_red")
    await fail(lou, 6)
    await fail(leo, 5)
    lia, tom = world.person("usr_lia"), world.person("usr_tom")
    assert (await lia.call(REDEEM, code=code))["status"] == "active"
    await fail(leo, 1)
    with refused("TOO_MANY_REQUESTS", reason="too_many_failures"):
        await tom.call(REDEEM, code=code)
    world.clock.advance(seconds=TEN_MINUTES)
    assert (await tom.call(REDEEM, code=code))["status"] == "active"


async def test_other_refusals_are_no_failures(ada: Person, lou: Person):
    code = await new_code(ada, "sec_red")
    await lou.call(REDEEM, code=code)
    for _ in range(11):
        with refused("CONFLICT", reason="already_enrolled"):
            await lou.call(REDEEM, code=code)


async def test_failures_count_within_one_batch(world: World, lou: Person):
    path = ",".join([REDEEM] * 12)
    body = {str(index): {"code": WRONG} for index in range(12)}
    answer = await lou.post(f"{path}?batch=1", json=body)
    codes = [part["error"]["data"]["code"] for part in answer.json()]
    assert codes == ["NOT_FOUND"] * 10 + ["TOO_MANY_REQUESTS"] * 2


async def test_what_counts_no_more_is_forgotten(world: World, lou: Person, leo: Person):
    await fail(lou, 3)
    world.clock.advance(seconds=TEN_MINUTES)
    await fail(leo, 1)
    await fail(leo, 1)
    assert world.value("select count(*) from attempt") == 4  # of the account, of the address
    assert "usr_leo" not in str(world.rows("select * from attempt"))
