"""`submission.*`: what learners hand in, and who sees it."""

import re

import pytest
from world import NOW, Person, World, refused

from procedures.store import submissions

CREATE, LIST = "submission.create", "submission.list"
PAST = {"courseId": "crs_past"}
WORK = {"assessment": "quiz-1", "body": {"answer": 42, "notes": ["é", None, 1.5]}}


async def test_an_active_learner_hands_in_work(leo: Person):
    # S3-03
    work = await leo.call(CREATE, **PAST, **WORK)
    assert re.fullmatch(r"sub_[a-z0-9]{16}", work["id"])
    assert work == {
        "id": work["id"],
        "enrollmentId": "enr_leo",
        "courseId": "crs_past",
        "userId": "usr_leo",
        **WORK,
        "score": None,
        "submittedAt": NOW,
    }
    assert await leo.items(LIST, **PAST) == [work]


async def test_work_may_be_handed_in_again(leo: Person):
    first = await leo.call(CREATE, **PAST, **WORK)
    second = await leo.call(CREATE, **PAST, **WORK)
    assert await leo.items(LIST, **PAST) == [first, second]


async def test_handing_in_changes_no_record(world: World, leo: Person):
    before = world.contents()
    await leo.call(CREATE, **PAST, **WORK)
    after = world.contents()
    assert after.pop("submission") != before.pop("submission")
    assert after == before


@pytest.mark.parametrize(
    "status",
    ["invited", "requested", "waitlisted", "suspended", "expired", "archived", "dropped"],
)
async def test_no_other_status_hands_in(world: World, leo: Person, status: str):
    world.change("update enrollment set status = :to where key = 'enr_leo'", to=status)
    with refused("FORBIDDEN", reason="no_access"):
        await leo.call(CREATE, **PAST, **WORK)


async def test_who_has_completed_reads_but_hands_in_no_more(lia: Person):
    await lia.call("progress.record", **PAST, componentId="les_2")
    assert await lia.call("course.content", **PAST)
    assert [work["assessment"] for work in await lia.items(LIST, **PAST)] == ["quiz"]
    with refused("FORBIDDEN", reason="no_access"):
        await lia.call(CREATE, **PAST, **WORK)


@pytest.mark.parametrize("user", ["usr_ada", "usr_ina", "usr_tom", "usr_lou"])
async def test_who_is_no_student_hands_in_nothing(world: World, user: str):
    before = world.contents()
    with refused("FORBIDDEN", reason="no_access"):
        await world.person(user).call(CREATE, **PAST, **WORK)
    assert world.contents() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"assessment": ""},
        {"assessment": "x" * 256},
        {"body": "text"},
        {"body": None},
        {"score": 10},
        {"userId": "usr_lia"},
    ],
)
async def test_wrong_work_is_refused(leo: Person, wrong: dict):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await leo.call(CREATE, **{**PAST, **WORK, **wrong})


async def users_of(person: Person, **given) -> list[str]:
    return [work["userId"] for work in await person.items(LIST, **PAST, **given)]


async def test_each_sees_own_work_and_staff_that_of_their_learners(
    ada: Person, tom: Person, lia: Person, leo: Person, lou: Person
):
    await leo.call(CREATE, **PAST, **WORK)
    assert await users_of(ada) == ["usr_lia", "usr_leo"]
    assert await users_of(tom) == ["usr_lia"]  # leo is in another section
    assert await users_of(lia) == ["usr_lia"]
    assert await users_of(leo) == ["usr_leo"]
    assert await users_of(lou) == []


async def test_staff_look_at_one_learner(ada: Person, tom: Person, leo: Person):
    await leo.call(CREATE, **PAST, **WORK)
    assert await users_of(ada, userId="usr_leo") == ["usr_leo"]
    assert await users_of(tom, userId="usr_lia") == ["usr_lia"]
    assert await users_of(tom, userId="usr_leo") == []
    assert await users_of(leo, userId="usr_leo") == ["usr_leo"]


async def test_learners_look_at_nobody_else(lia: Person):
    for user in ("usr_leo", "usr_zzz"):
        with refused("FORBIDDEN", reason="admin_required"):
            await lia.call(LIST, **PAST, userId=user)


@pytest.mark.parametrize("setting", ["keep", "erase"])
async def test_withdrawing_keeps_work_unless_the_organization_erases(
    world: World, ada: Person, lia: Person, setting: str
):
    # S0-22
    world.change(
        "update org set settings = :text where key = 'acme'",
        text=f'{{"progressOnUnenroll": "{setting}"}}',
    )
    await lia.call("enrollment.unenroll", **PAST)
    assert await users_of(ada) == (["usr_lia"] if setting == "keep" else [])


async def test_deleting_a_record_takes_the_work_of_the_learner_in_the_course(
    ada: Person, leo: Person
):
    # S3-41
    await leo.call(CREATE, **PAST, **WORK)
    await ada.call("enrollment.delete", id="enr_lia")
    assert await users_of(ada) == ["usr_leo"]


async def test_work_is_listed_page_by_page(ada: Person, leo: Person):
    for _ in range(4):
        await leo.call(CREATE, **PAST, **WORK)
    whole, found, cursor = await ada.items(LIST, **PAST), [], {}
    while cursor.get("cursor", "") is not None:
        page = await ada.call(LIST, **PAST, limit=2, **cursor)
        found += page["items"]
        cursor = {"cursor": page["nextCursor"]}
    assert found == whole
    assert len(whole) == 5


async def test_a_page_of_large_work_is_shorter_and_the_next_goes_on(
    leo: Person, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(submissions, "LARGEST_ANSWER", 8000)
    sizes = [10] * 10 + [900] * 9
    made = [
        await leo.call(CREATE, **PAST, assessment=str(number), body={"text": "x" * size})
        for number, size in enumerate(sizes)
    ]
    pages, cursor = [], None
    while not pages or cursor:
        page = await leo.call(LIST, **PAST, limit=18, cursor=cursor)
        pages.append(page["items"])
        cursor = page["nextCursor"]
    assert [len(page) for page in pages] == [18, 1]
    monkeypatch.setattr(submissions, "LARGEST_ANSWER", 2000)
    page = await leo.call(LIST, **PAST, limit=18)
    rest = await leo.items(LIST, **PAST, cursor=page["nextCursor"])
    assert (len(page["items"]), page["items"] + rest) == (15, made)
    assert [work for page in pages for work in page] == made


@pytest.mark.parametrize("key", ["crs_beta", "crs_zzzz"])
async def test_work_for_foreign_courses_is_out_of_reach(ada: Person, key: str):
    with refused("NOT_FOUND"):
        await ada.call(CREATE, courseId=key, **WORK)
    with refused("NOT_FOUND"):
        await ada.call(LIST, courseId=key)


async def test_another_organizations_people_see_no_work(world: World, ada: Person):
    bea = world.person("usr_bea", "beta")
    with refused("NOT_FOUND"):
        await bea.call(LIST, **PAST)
    with refused("NOT_FOUND", reason="user"):
        await ada.call(LIST, **PAST, userId="usr_ben")
