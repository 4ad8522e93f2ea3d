"""Twelve races: what twenty callers ask at one moment, and how many of them may have it."""

from __future__ import annotations

from race_field import BOSS, CONTENDERS, RUNNERS, Field, Race, bearer
from racing import Answer, Ask

ENROLL, UNENROLL, UPDATE = "enrollment.enroll", "enrollment.unenroll", "enrollment.update"
LIVE = "and x.deleted_at is null"
ACTIVE = f"{LIVE} and x.status = 'active'"
FIRST = RUNNERS[0]


def by_each(path: str, **given: object) -> list[Ask]:
    """The call, made by each runner for themselves."""
    return [Ask(path, bearer(user), given) for user in RUNNERS]


def by_one(user: str, path: str, /, key: str | None = None, **given: object) -> list[Ask]:
    """The call, made by one person again and again."""
    return [Ask(path, bearer(user), given, key)] * CONTENDERS


async def same_learner(field: Field) -> list[Ask]:
    await field.open_course()
    return by_one(FIRST, ENROLL, courseId=field.course)


def one_record(field: Field, answers: list[Answer]) -> None:
    assert [field.count(of) for of in ("enrollment", "event")] == [1, 1]


async def same_key(field: Field) -> list[Ask]:
    await field.open_course()
    return by_one(FIRST, ENROLL, key=f"k-{field.course}", courseId=field.course)


def one_answer(field: Field, answers: list[Answer]) -> None:
    one_record(field, answers)
    assert len({answer.body["result"]["data"]["id"] for answer in answers}) == 1


async def last_seats(field: Field) -> list[Ask]:
    await field.open_course(capacity=3)
    return by_each(ENROLL, courseId=field.course)


def three_seated(field: Field, answers: list[Answer]) -> None:
    assert field.count(also=ACTIVE) == 3


async def one_seat_and_a_line(field: Field) -> list[Ask]:
    await field.open_course(capacity=1, waitlist=True)
    return by_each(ENROLL, courseId=field.course)


def line_without_gap(field: Field, answers: list[Answer]) -> None:
    assert field.count(also=ACTIVE) == 1
    places = [answer.body["result"]["data"]["position"] for answer in answers]
    assert sorted(place or 0 for place in places) == [*range(CONTENDERS)]


async def one_leaves(field: Field) -> list[Ask]:
    await same_learner(field)
    await field.done(ENROLL, FIRST, courseId=field.course)
    return by_one(FIRST, UNENROLL, courseId=field.course)


def left_once(field: Field, answers: list[Answer]) -> None:
    assert field.rows("kind", "event", "order by x.id") == [("enrolled",), ("unenrolled",)]
    assert field.count(also=LIVE) == 0


async def seats_change_hands(field: Field) -> list[Ask]:
    """Half of the runners, who sit and wait, leave while the other half comes."""
    await field.open_course(capacity=3, waitlist=True)
    here, others = RUNNERS[: CONTENDERS // 2], RUNNERS[CONTENDERS // 2 :]
    for user in here:
        await field.done(ENROLL, user, courseId=field.course)
    asks = [(UNENROLL, user) for user in here] + [(ENROLL, user) for user in others]
    return [Ask(path, bearer(user), {"courseId": field.course}) for path, user in asks]


def no_seat_lost(field: Field, answers: list[Answer]) -> None:
    assert (field.count(also=ACTIVE), field.count(also=LIVE)) == (3, CONTENDERS // 2)


async def code_for_three(field: Field) -> list[Ask]:
    await field.open_course(joinPolicy="code")
    section = await field.done("realm.create", courseId=field.course, title="Code")
    about = {"realmId": section["id"], "codeMaxUses": 3}
    code = (await field.done("realm.rotateCode", **about))["accessCode"]
    field.change("delete from attempt")  # those who were too late in the rounds before
    return by_each("enrollment.redeemCode", code=code)


async def same_course(field: Field) -> list[Ask]:
    given = {"key": field.course, "title": "Race"}
    return [Ask("course.create", bearer(BOSS), given)] * CONTENDERS


def one_course(field: Field, answers: list[Answer]) -> None:
    assert field.count("course", "and x.id = c.id") == 1


async def first_comers(field: Field) -> list[Ask]:
    await field.open_course()
    return by_each(ENROLL, courseId=field.course)


def one_section(field: Field, answers: list[Answer]) -> None:
    assert (field.count("realm"), field.count(also=ACTIVE)) == (1, CONTENDERS)


async def approvals(field: Field) -> list[Ask]:
    await field.open_course(capacity=3, joinPolicy="request")
    asked = [await field.done(ENROLL, user, courseId=field.course) for user in RUNNERS]
    about = [{"id": record["id"], "status": "active"} for record in asked]
    return [Ask(UPDATE, bearer(BOSS), given) for given in about]


async def same_version(field: Field) -> list[Ask]:
    await field.open_course()
    record = await field.done(ENROLL, FIRST, courseId=field.course)
    given = {"id": record["id"], "ifVersion": record["version"]}
    notes = [{"metadata": {"note": str(n)}} for n in range(CONTENDERS)]
    return [Ask(UPDATE, bearer(BOSS), given | note) for note in notes]


def second_version(field: Field, answers: list[Answer]) -> None:
    assert field.rows("x.version") == [(2,)]


ROLE = """
    update membership set role = :role, status = 'active', verified_at = :now where user_id in (
      select id from account where key = :user or (:user is null and key like 'usr_run%'))
"""
ADMINS = """
    select count(*) from membership m join org o on o.id = m.org_id
    where o.key = 'race' and m.role = 'admin' and m.status = 'active'
"""


async def last_admin(field: Field) -> list[Ask]:
    """Everybody is an admin, but the one who usually is, and shuts themselves out."""
    field.change(ROLE, role="admin", user=None, now="2026-01-01T00:00:00.000Z")
    field.change(ROLE, role="learner", user=BOSS, now="2026-01-01T00:00:00.000Z")
    return [Ask("membership.remove", bearer(user), {"userId": user}) for user in RUNNERS]


def one_admin(field: Field, answers: list[Answer]) -> None:
    left = field.value(ADMINS)
    field.change(ROLE, role="learner", user=None, now="2026-01-01T00:00:00.000Z")
    field.change(ROLE, role="admin", user=BOSS, now="2026-01-01T00:00:00.000Z")
    assert left == 1


TWICE = {("CONFLICT", "already_enrolled")}
FULL = {("CONFLICT", "full")}
NONE: set[tuple[str, str | None]] = set()

RACES = [
    Race("one learner comes once", 1, TWICE, same_learner, one_record),
    Race("one key is answered alike", CONTENDERS, NONE, same_key, one_answer),
    Race("the last three seats", 3, FULL, last_seats, three_seated),
    Race("the line has no gap", CONTENDERS, NONE, one_seat_and_a_line, line_without_gap),
    Race("one learner leaves once", 1, {("NOT_FOUND", None)}, one_leaves, left_once),
    Race("seats change hands", CONTENDERS, NONE, seats_change_hands, no_seat_lost),
    Race("a code for three", 3, {("NOT_FOUND", None)}, code_for_three, three_seated),
    Race("one key of a course", 1, {("CONFLICT", "key_taken")}, same_course, one_course),
    Race("the first comers share a section", CONTENDERS, NONE, first_comers, one_section),
    Race("approvals for three seats", 3, FULL, approvals, three_seated),
    Race("one change of a version", 1, {("CONFLICT", "version")}, same_version, second_version),
    Race(
        "the last admin stays", CONTENDERS - 1, {("CONFLICT", "last_admin")}, last_admin, one_admin
    ),
]
