"""What a live record holds when the sections of a course are parted or joined: its slot."""

from world import Person, World, refused

ENROLL, UPDATE = "enrollment.enroll", "course.update"
SLOTS = """
    select e.slot = 'c' || c.id, e.slot = 'r' || e.realm_id from enrollment e
    join course c on c.id = e.course_id where c.key = :course
"""


async def test_parted_sections_take_the_same_learner(ada: Person, lia: Person):
    with refused("CONFLICT", reason="already_enrolled"):
        await lia.call(ENROLL, realmId="sec_eve")
    await ada.call(UPDATE, courseId="crs_past", multiSection=True)
    assert (await lia.call(ENROLL, realmId="sec_eve"))["status"] == "active"
    with refused("CONFLICT", reason="already_enrolled"):
        await lia.call(ENROLL, realmId="sec_past")


async def test_joined_sections_are_one_place(world: World, ada: Person, lou: Person):
    await lou.call(ENROLL, realmId="sec_red")
    await ada.call(UPDATE, courseId="crs_multi", multiSection=False)
    with refused("CONFLICT", reason="already_enrolled"):
        await lou.call(ENROLL, realmId="sec_blue")
    assert world.rows(SLOTS, course="crs_multi") == [(1, 0)]


async def test_sections_are_not_joined_while_somebody_is_in_two(
    world: World, ada: Person, lou: Person
):
    for realm in ("sec_red", "sec_blue"):
        await lou.call(ENROLL, realmId=realm)
    before = world.contents()
    with refused("CONFLICT", reason="already_enrolled"):
        await ada.call(UPDATE, courseId="crs_multi", multiSection=False)
    assert world.contents() == before


async def test_a_course_that_stays_as_it_is_keeps_its_slots(world: World, ada: Person):
    before = world.rows(SLOTS, course="crs_past")
    await ada.call(UPDATE, courseId="crs_past", multiSection=False, title="History of all")
    assert world.rows(SLOTS, course="crs_past") == before
