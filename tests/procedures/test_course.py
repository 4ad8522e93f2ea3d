"""`course.*`: made, changed and published by staff; seen by members."""

import re

import pytest
from world import NOW, Person, World, refused

GET, LIST, UPDATE = "course.get", "course.list", "course.update"


async def test_a_new_course_is_a_draft_with_defaults(world: World):
    # S0-29, S1-04, S3-45
    course = await world.person("usr_ina").call("course.create", title="New")
    assert re.fullmatch(r"crs_[a-z0-9]{16}", course.pop("id"))
    assert course == {
        "schoolId": "sch_main",
        "code": None,
        "title": "New",
        "image": None,
        "description": "",
        "status": "draft",
        "joinPolicy": "open",
        "completionPolicy": "learner",
        "multiSection": False,
        "selfReenroll": True,
        "certificateEnabled": False,
        "capacity": None,
        "waitlist": False,
        "opensAt": None,
        "closesAt": None,
        "accessDays": None,
        "requires": [],
        "enrollmentCount": 0,
        "updatedAt": NOW,
    }


async def test_everything_that_is_said_about_a_course_is_kept(ada: Person):
    said = {
        "code": "N1",
        "image": "/n.png",
        "description": "All\nof it",
        "joinPolicy": "request",
        "completionPolicy": "staff",
        "multiSection": True,
        "selfReenroll": False,
        "certificateEnabled": True,
        "capacity": 3,
        "waitlist": True,
        "opensAt": "2026-04-01T00:00:00.000Z",
        "closesAt": "2026-05-01T00:00:00.000Z",
        "accessDays": 7,
    }
    course = await ada.call("course.create", key="crs_n", title="N", schoolId="sch_annex", **said)
    assert course == {**course, "id": "crs_n", "schoolId": "sch_annex", **said}
    assert await ada.call(GET, courseId="crs_n") == course


async def test_what_is_left_out_stays_and_null_takes_away(ada: Person):
    before = await ada.call(GET, courseId="crs_one")
    after = await ada.call(UPDATE, courseId="crs_one", title="Renamed")
    assert after == {**before, "title": "Renamed"}
    assert (await ada.call(UPDATE, courseId="crs_one", capacity=None))["capacity"] is None


async def test_a_change_moves_the_time_of_the_last_change(world: World, ada: Person):
    world.clock.advance(seconds=1)
    course = await ada.call(UPDATE, courseId="crs_open", description="More")
    assert course["updatedAt"] == "2026-03-02T09:00:01.000Z"


async def test_a_key_is_taken_once_in_an_organization(world: World, ada: Person):
    with refused("CONFLICT", reason="key_taken"):
        await ada.call("course.create", key="crs_open", title="Again")
    bea = world.person("usr_bea", "beta")
    assert (await bea.call("course.create", key="crs_open", title="Mine"))["id"] == "crs_open"


@pytest.mark.parametrize("school", ["sch_beta", "sch_nowhere"])
async def test_a_course_belongs_to_a_school_of_the_organization(ada: Person, school: str):
    with refused("NOT_FOUND") as caught:
        await ada.call("course.create", title="New", schoolId=school)
    assert caught.value.message == "no such school"


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"title": "x" * 256},
        {"title": "a\u0007b"},
        {"capacity": -1},
        {"capacity": 2**53},
        {"capacity": True},
        {"accessDays": 0},
        {"joinPolicy": "never"},
        {"status": "published"},
        {"title": None},
        {"opensAt": "9999-12-31T23:59:59-05:00"},
    ],
)
async def test_wrong_fields_are_refused(ada: Person, wrong: dict):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(UPDATE, courseId="crs_open", **wrong)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("course.create", {"title": "Mine"}),
        ("course.update", {"courseId": "crs_open", "title": "Mine"}),
        ("course.publish", {"courseId": "crs_draft"}),
        ("course.unpublish", {"courseId": "crs_open"}),
        ("course.archive", {"courseId": "crs_open"}),
    ],
)
async def test_only_staff_change_courses(world: World, path: str, given: dict):
    before = world.contents()
    for user in ("usr_lia", "usr_tom"):
        with refused("FORBIDDEN", reason="admin_required"):
            await world.person(user).call(path, **given)
    assert world.contents() == before
    assert (await world.person("usr_ina").call(path, **given))["title"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("course.publish", "published"),
        ("course.unpublish", "draft"),
        ("course.archive", "archived"),
    ],
)
async def test_each_of_three_moves_sets_the_status(ada: Person, path: str, status: str):
    # S0-29
    assert (await ada.call(path, courseId="crs_past"))["status"] == status
    assert (await ada.call(GET, courseId="crs_past"))["status"] == status


async def test_to_learners_a_draft_is_not_there(world: World):
    lia, ina = world.person("usr_lia"), world.person("usr_ina")
    answers = set()
    for key in ("crs_draft", "crs_shelf", "crs_zzzzz"):
        with refused("NOT_FOUND") as caught:
            await lia.call(GET, courseId=key)
        answers.add(caught.value.answer.text)
    assert len(answers) == 1
    assert (await ina.call(GET, courseId="crs_draft"))["status"] == "draft"


async def test_a_teacher_sees_the_own_course_unpublished(ada: Person, tom: Person):
    await ada.call("course.unpublish", courseId="crs_past")
    assert (await tom.call(GET, courseId="crs_past"))["status"] == "draft"
    with refused("NOT_FOUND"):
        await tom.call(GET, courseId="crs_draft")


async def test_members_list_what_is_published_and_staff_everything(ada: Person, lia: Person):
    everything, published = await ada.items(LIST), await lia.items(LIST)
    assert {c["status"] for c in everything} == {"draft", "published", "archived"}
    assert published == [c for c in everything if c["status"] == "published"]
    assert "crs_beta" not in [c["id"] for c in everything]


@pytest.mark.parametrize(
    ("status", "staff"),
    [(["draft"], ["crs_draft"]), (["archived", "draft"], ["crs_draft", "crs_shelf"])],
)
async def test_courses_are_filtered_by_status(
    ada: Person, lia: Person, status: list[str], staff: list[str]
):
    assert [c["id"] for c in await ada.items(LIST, status=status)] == staff
    assert await lia.items(LIST, status=status) == []
    published = await lia.items(LIST, status=["published", *status])
    assert published == await lia.items(LIST)


async def test_following_the_cursor_gives_each_course_once(ada: Person):
    whole, found, cursor = await ada.items(LIST), [], {}
    while cursor.get("cursor", "") is not None:
        page = await ada.call(LIST, limit=4, **cursor)
        found += page["items"]
        cursor = {"cursor": page["nextCursor"]}
    assert found == whole


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        ("active", 1),
        ("suspended", 1),
        ("completed", 1),
        ("invited", 0),
        ("requested", 0),
        ("waitlisted", 0),
        ("dropped", 0),
        ("expired", 0),
        ("archived", 0),
    ],
)
async def test_the_count_is_of_students_with_a_place_or_done(
    world: World, ada: Person, status: str, counted: int
):
    # S4-08
    record = await ada.call("enrollment.enroll", courseId="crs_open", userId="usr_lou")
    await ada.call("enrollment.enroll", courseId="crs_open", userId="usr_tom", role="teacher")
    done = ", progress = 100, completed_at = updated_at" if status == "completed" else ""
    world.change(
        f"update enrollment set status = '{status}'{done} where key = :id", id=record["id"]
    )
    assert (await ada.call(GET, courseId="crs_open"))["enrollmentCount"] == counted


async def test_the_overdue_are_not_counted(ada: Person):
    assert (await ada.call(GET, courseId="crs_over"))["enrollmentCount"] == 0
