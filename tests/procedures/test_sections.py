"""Where a course-addressed enrollment lands: the default section and its terms (model 4.8)."""

import pytest
from world import Person, World, refused

ENROLL = "enrollment.enroll"
SECTIONS = """
    select r.key, r.title, r.class_type, s.key from realm r
    join course c on c.id = r.course_id join school s on s.id = r.school_id
    where c.key = 'crs_open' and r.is_default = 1
"""
TERMS = """
    select t.kind, t.title, t.school_year, t.start_date, t.end_date, p.kind from term t
    left join term p on p.id = t.parent_id join org o on o.id = t.org_id
    where o.key = 'acme' order by t.kind
"""
LINKS = "select count(*) from realm_term rt join realm r on r.id = rt.realm_id where r.key = :key"


async def test_the_first_enroll_makes_section_year_and_term(world: World, lou: Person):
    assert world.rows(SECTIONS) == world.rows(TERMS) == []
    record = await lou.call(ENROLL, courseId="crs_open")
    assert world.rows(SECTIONS) == [(record["realmId"], "Open", "scheduled", "sch_main")]
    year = ("2025-2026", "2026", "2025-08-01", "2026-07-31")
    assert world.rows(TERMS) == [("schoolYear", *year, None), ("term", *year, "schoolYear")]
    assert world.value(LINKS, key=record["realmId"]) == 1


async def test_the_second_enroll_makes_none(world: World, lou: Person, leo: Person):
    first = await lou.call(ENROLL, courseId="crs_open")
    second = await leo.call(ENROLL, courseId="crs_open")
    assert first["realmId"] == second["realmId"]
    assert (len(world.rows(SECTIONS)), len(world.rows(TERMS))) == (1, 2)


async def test_another_course_shares_the_terms(world: World, lou: Person):
    await lou.call(ENROLL, courseId="crs_open")
    await lou.call(ENROLL, courseId="crs_maths")
    assert len(world.rows(TERMS)) == 2


async def test_a_refused_enroll_makes_none(world: World, lou: Person):
    before = world.contents()
    with refused("CONFLICT", reason="full"):
        await lou.call(ENROLL, courseId="crs_none")
    assert world.contents() == before


async def test_each_school_has_a_default_section_of_its_own(world: World, lou: Person, leo: Person):
    await lou.call(ENROLL, courseId="crs_open")
    record = await leo.call(ENROLL, courseId="crs_open", schoolId="sch_annex")
    assert [school for *_, school in world.rows(SECTIONS)] == ["sch_main", "sch_annex"]
    assert world.rows(SECTIONS)[1][0] == record["realmId"]


async def test_the_key_of_the_organization_means_its_default_school(world: World, lou: Person):
    await lou.call(ENROLL, courseId="crs_open", schoolId="acme")
    assert [school for *_, school in world.rows(SECTIONS)] == ["sch_main"]


@pytest.mark.parametrize("school", ["sch_beta", "sch_nowhere", "beta"])
async def test_an_unknown_or_foreign_school_is_not_found(lou: Person, school: str):
    with refused("NOT_FOUND") as caught:
        await lou.call(ENROLL, courseId="crs_open", schoolId=school)
    assert caught.value.message == "no such school"


async def test_a_section_that_is_there_is_used(lou: Person):
    assert (await lou.call(ENROLL, courseId="crs_past"))["realmId"] == "sec_past"


@pytest.mark.parametrize(
    ("settings", "hours", "title"),
    [
        ("{}", 0, "2025-2026"),
        ('{"schoolYearStart": "03-02"}', 0, "2026-2027"),
        # 04:30 in London is still the evening before in New York.
        ('{"schoolYearStart": "03-02"}', -4.5, "2025-2026"),
        ('{"schoolYearStart": "03-03"}', 0, "2025-2026"),
    ],
)
async def test_the_school_year_is_that_of_today_in_the_zone_of_the_organization(
    world: World, lou: Person, settings: str, hours: float, title: str
):
    world.change("update org set settings = :settings where key = 'acme'", settings=settings)
    world.clock.advance(hours=hours)
    await lou.call(ENROLL, courseId="crs_open")
    assert [row[1] for row in world.rows(TERMS)] == [title, title]
