"""Many at once: the database decides, and a lost race is an ordinary refusal."""

from racing import Ask, at_once, reasons, tally
from world import Person, World, token_text

ENROLL, UNENROLL = "enrollment.enroll", "enrollment.unenroll"
LEARNERS = ["usr_lia", "usr_leo", "usr_lou", "usr_bob", "usr_tom", "usr_ina", "usr_ada"]
OF_COURSE = "from {} e join course c on c.id = e.course_id where c.key = :course"


def ask(user: str, path: str, course: str) -> Ask:
    return Ask(path, f"Bearer {token_text(user, 'acme')}", {"courseId": course})


def count(world: World, table: str, course: str) -> int:
    return world.value(f"select count(*) {OF_COURSE.format(table)}", course=course)


async def test_a_thousand_identical_enrolls_leave_one_record(world: World):
    asks = [ask("usr_lou", ENROLL, "crs_open")] * 1000
    answers = await at_once(world.address, asks, 64)
    while shed := [answer for answer in answers if answer.status == 503]:  # a crowd for a server
        others = [answer for answer in answers if answer.status != 503]
        answers = others + await at_once(world.address, asks[: len(shed)], 16)
    assert tally(answers) == {200: 1, 409: 999}
    assert reasons(answers) == {"already_enrolled"}
    assert count(world, "enrollment", "crs_open") == 1
    assert count(world, "event", "crs_open") == 1
    assert world.rows("select template, recipient from outbox") == [("welcome", "lou@acme.example")]


async def test_the_last_seat_is_given_once(world: World):
    asks = [ask(user, ENROLL, "crs_one") for user in LEARNERS * 3]
    answers = await at_once(world.address, asks, len(asks))
    assert tally(answers) == {200: 1, 409: len(asks) - 1}
    assert reasons(answers) <= {"full", "already_enrolled"}
    assert count(world, "enrollment", "crs_one") == 1


async def test_the_line_has_no_gap(world: World, ada: Person):
    asks = [ask(user, ENROLL, "crs_line") for user in LEARNERS]
    answers = await at_once(world.address, asks, len(asks))
    assert tally(answers) == {200: len(LEARNERS)}
    records = await ada.items("enrollment.list", courseId="crs_line")
    assert [r["position"] for r in records] == [None, *range(1, len(LEARNERS))]


async def test_first_enrolls_leave_one_section_one_year_and_one_term(world: World):
    asks = [ask(user, ENROLL, "crs_open") for user in LEARNERS]
    answers = await at_once(world.address, asks, len(asks))
    assert tally(answers) == {200: len(LEARNERS)}
    assert len({a.body["result"]["data"]["realmId"] for a in answers}) == 1
    assert count(world, "realm", "crs_open") == 1
    kinds = "select t.kind from term t join org o on o.id = t.org_id and o.key = 'acme'"
    assert sorted(world.rows(kinds)) == [("schoolYear",), ("term",)]


async def test_one_of_many_unenrolls_finds_the_record(world: World):
    asks = [ask("usr_lia", UNENROLL, "crs_past")] * 50
    answers = await at_once(world.address, asks, 50)
    assert tally(answers) == {200: 1, 404: 49}
    ended = "select count(*) from event where enrollment_key = 'enr_lia' and kind = 'unenrolled'"
    assert world.value(ended) == 1
