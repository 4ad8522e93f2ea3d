"""What a call costs does not depend on how much there is besides: other courses, people, tenants.

Counted are the steps of SQLite's machine, which every run repeats.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from extent import Extent
from world import NOW, Person, World

from procedures.store import outbox
from procedures.store.sqlite import SQLiteStore
from procedures.store.transaction import Transaction

pytestmark = pytest.mark.engine("sqlite")

MORE = 1.3  # times the steps that growth may cost

PEOPLE = """
    with recursive n (i) as (select :first union all select i + 1 from n where i < :last)
"""


def grow(tx: Transaction, org_id: int, first: int, last: int) -> None:
    """Add so many people and a course of theirs to an organization."""
    about = {"first": first, "last": last, "org": org_id, "now": NOW}
    tx.run(
        f"""insert into account (id, key, email, email_canonical)
        {PEOPLE} select i, 'u' || i, 'u' || i || '@x.example', 'u' || i || '@x.example' from n""",
        **about,
    )
    tx.run(
        f"""insert into membership (org_id, user_id, key, role, status, verified_at)
        {PEOPLE} select :org, i, 'm' || i, 'learner', 'active', :now from n""",
        **about,
    )
    school = tx.value("select id from school where org_id = :org limit 1", org=org_id)
    place = {"org_id": org_id, "school_id": school, "title": "Other"}
    course = tx.insert("course", key=f"c{first}", status="published", updated_at=NOW, **place)
    realm = tx.insert("realm", key=f"r{first}", kind="section", course_id=course, **place)
    tx.run(
        f"""insert into enrollment (org_id, key, user_id, realm_id, course_id, slot, role, status,
          enrolled_at, begin_at, status_at, source, updated_at)
        {PEOPLE} select :org, 'e' || i, i, {realm}, {course}, 'c' || {course}, 'student', 'active',
          :now, :now, :now, 'rpc', :now from n""",
        **about,
    )


def settle_tenants(tx: Transaction, count: int) -> None:
    """Add organizations with a few people each."""
    for number in range(count):
        org = tx.insert("org", key=f"o{number}", name="Other")
        tx.insert("school", org_id=org, key="s", name="S", is_default=1)
        first = 10_000_000 + 10 * number
        grow(tx, org, first, first + 4)


def stand_in_line(tx: Transaction, first: int, count: int) -> None:
    """Let so many wait for a section without a seat."""
    grow(tx, 1, first, first + count - 1)
    [realm] = tx.all(int, "select id from realm where key = :key", key=f"r{first}")
    tx.run("update realm set capacity = 0, waitlist = 1 where id = :id", id=realm)
    tx.run("update enrollment set status = 'waitlisted' where realm_id = :id", id=realm)


class Steps:
    """Counts what SQLite does for calls."""

    def __init__(self, store: SQLiteStore) -> None:
        self.counted = 0
        for connection in (store._writer, store._reader):
            connection.set_progress_handler(self._count, 1)

    def _count(self) -> int:
        self.counted += 1
        return 0

    async def of(self, person: Person, name: str, **given: Any) -> int:
        before = self.counted
        await person.call(name, **given)
        return self.counted - before


@pytest.fixture
async def small(world: World, extent: Extent) -> World:
    last = 1_000_000 + extent.records[0]
    world.store.transact(lambda tx: grow(tx, 1, 1_000_000, last))
    for user in ("usr_lou", "usr_ada"):
        await world.person(user).call("enrollment.enroll", courseId="crs_open")
    return world


Costs = Callable[[World], Awaitable[dict[str, int]]]


async def costs(world: World) -> dict[str, int]:
    """The steps of a teacher's list, and of the calls the benchmark measures: W4, W6, W10, W11."""
    assert isinstance(world.store, SQLiteStore)
    steps, lou, tom = Steps(world.store), world.person("usr_lou"), world.person("usr_tom")
    admin, record = world.person("usr_ada"), await lou.items("enrollment.list")
    found = {
        "a teacher's list": await steps.of(tom, "enrollment.list"),
        "a page of it, and how many there are": await steps.of(tom, "enrollment.list", limit=1),
        "a page of a course": await steps.of(admin, "enrollment.list", courseId="crs_open"),
        "a record": await steps.of(lou, "enrollment.get", id=record[0]["id"]),
        "a learner's list": await steps.of(lou, "enrollment.list"),
        "a page of that": await steps.of(lou, "enrollment.list", limit=1),
        "enroll": await steps.of(lou, "enrollment.enroll", courseId="crs_logic"),
    }
    await lou.call("enrollment.unenroll", courseId="crs_logic")
    return found


ENROLLMENTS = "/ims/oneroster/rostering/v1p2/enrollments"
PAGES = [
    ("usr_ada", f"{ENROLLMENTS}/enr_tom"),
    ("usr_ada", f"{ENROLLMENTS}?filter=sourcedId='enr_tom'"),
    ("usr_ada", f"{ENROLLMENTS}?filter=class.sourcedId='sec_past'&sort=dateLastModified"),
    ("usr_ada", f"{ENROLLMENTS}?filter=user.sourcedId='usr_lia'"),
    ("usr_ada", "/api/v1/enrollments?course_id=crs_open"),
    ("usr_ada", f"{ENROLLMENTS}?filter=class.sourcedId='sec_past'&limit=1"),
    ("usr_ada", "/v1/sections/1/enrollments"),
    ("usr_lou", ENROLLMENTS),
    ("usr_lou", f"{ENROLLMENTS}?limit=1"),
    ("usr_lou", "/ims/oneroster/rostering/v1p2/users"),
    ("usr_lou", "/ims/oneroster/rostering/v1p2/students?limit=1"),
    ("usr_lou", "/api/v1/enrollments"),
    ("usr_tom", ENROLLMENTS),
    ("usr_tom", "/ims/oneroster/rostering/v1p2/users"),
]


async def page_costs(world: World) -> dict[str, int]:
    """The steps of REST pages about few of an organization's records and people."""
    assert isinstance(world.store, SQLiteStore)
    steps, found = Steps(world.store), {}
    for user, path in PAGES:
        person, before = world.person(user), steps.counted
        answer = await person.http.get(path, headers=person.headers)
        assert answer.status_code == 200, answer.text
        found[f"{user} {path}"] = steps.counted - before
    return found


async def shelf_costs(world: World) -> dict[str, int]:
    """The steps of a learner's, a teacher's and an admin's look at what was handed in."""
    assert isinstance(world.store, SQLiteStore)
    steps, of, ada = Steps(world.store), {"courseId": "crs_open"}, world.person("usr_ada")
    found = {
        user: await steps.of(world.person(user), "submission.list", **of)
        for user in ("usr_lou", "usr_tom")
    }
    found["of one"] = await steps.of(ada, "submission.list", userId="usr_lou", **of)
    found["a page of all"] = await steps.of(ada, "submission.list", limit=1, **of)
    return found


def hand_in(tx: Transaction) -> None:
    """Let everybody who has a record hand in something for crs_open, and for each other course."""
    tx.run(
        """insert into submission (org_id, key, enrollment_id, user_id, course_id, assessment,
          submitted_at)
        select e.org_id, 's' || e.id || '_' || c.id, e.id, e.user_id, c.id, 'quiz', :now
        from enrollment e join course c on c.org_id = e.org_id
        where e.key like 'e1%' and (c.key = 'crs_open' or c.id = e.course_id)""",
        now=NOW,
    )


async def least_costs(world: World, costs: Costs = costs) -> dict[str, int]:
    """The least of three: what runs beside the calls, and what growing held up, counts too."""
    runs = [await costs(world) for _ in range(3)]
    return {name: min(run[name] for run in runs) for name in runs[0]}


def assert_flat(before: dict[str, int], after: dict[str, int]) -> None:
    assert min(before.values()) > 0
    dearer = {name: (before[name], after[name]) for name in before}
    assert {k: v for k, v in dearer.items() if v[1] > MORE * v[0]} == {}


async def test_many_times_the_records_of_others_cost_a_call_nothing(small: World, extent: Extent):
    before = await least_costs(small)
    more = extent.records[1] - extent.records[0]
    small.store.transact(lambda tx: grow(tx, 1, 3_000_000, 3_000_000 + more))
    after = await least_costs(small)
    extent.tell(f"steps of SQLite with {extent.records} records: {before}, {after}")
    assert_flat(before, after)


async def test_many_times_the_records_of_others_cost_a_page_of_few_nothing(
    small: World, extent: Extent
):
    before = await least_costs(small, page_costs)
    small.store.transact(lambda tx: grow(tx, 1, 3_000_000, 3_000_000 + extent.records[1]))
    assert_flat(before, await least_costs(small, page_costs))


async def test_what_is_gone_costs_a_page_of_all_nothing(world: World, extent: Extent):
    async def costs(world: World) -> dict[str, int]:
        assert isinstance(world.store, SQLiteStore)
        steps, ada = Steps(world.store), world.person("usr_ada")
        return {"the last": await steps.of(ada, "enrollment.list", limit=1, order="desc")}

    before = await least_costs(world, costs)
    world.store.transact(lambda tx: grow(tx, 1, 1_000_000, 1_000_000 + extent.records[0]))
    world.change("update enrollment set deleted_at = :now where key like 'e1%'", now=NOW)
    assert_flat(before, await least_costs(world, costs))


async def test_what_others_have_handed_in_costs_a_look_at_ones_own_nothing(small: World):
    of = {"courseId": "crs_open", "assessment": "quiz", "body": {}}
    for _ in range(2):
        await small.person("usr_lou").call("submission.create", **of)
    before = await least_costs(small, shelf_costs)
    small.store.transact(hand_in)
    assert_flat(before, await least_costs(small, shelf_costs))


async def test_hundreds_of_other_tenants_cost_a_call_nothing(small: World, extent: Extent):
    before = await least_costs(small)
    small.store.transact(lambda tx: settle_tenants(tx, extent.tenants))
    after = await least_costs(small)
    extent.tell(f"steps of SQLite with 1 and with {extent.tenants} tenants: {before}, {after}")
    assert_flat(before, after)


async def test_to_let_in_a_long_line_costs_each_what_a_short_one_costs(world: World):
    assert isinstance(world.store, SQLiteStore)
    steps, ada = Steps(world.store), world.person("usr_ada")

    async def each(first: int, waiting: int) -> int:
        world.store.transact(lambda tx: stand_in_line(tx, first, waiting))
        spent = await steps.of(ada, "realm.update", realmId=f"r{first}", capacity=waiting)
        assert world.value("select count(*) from event where kind = 'promoted'") >= waiting
        return spent // waiting

    assert_flat({"let in": await each(1_000_000, 100)}, {"let in": await each(2_000_000, 1000)})


WAITING = """
    insert into outbox (org_id, event_id, channel, recipient, template, dedupe, next_at)
    with recursive n (i) as (select :first union all select i + 1 from n where i < :last)
    select 1, (select min(id) from event), 'webhook', :receiver, 'enrolled', 'd' || i, :now from n
"""


async def test_what_waits_for_one_receiver_costs_the_others_nothing(world: World, extent: Extent):
    assert isinstance(world.store, SQLiteStore)
    await world.person("usr_lou").call("enrollment.enroll", courseId="crs_open")
    steps, now = Steps(world.store), world.value("select max(at) from event")

    def wait(receiver: str, first: int, last: int) -> None:
        world.change(WAITING, first=first, last=last, receiver=receiver, now=now)

    def claiming() -> dict[str, int]:
        before = steps.counted
        wanted = outbox.Claim("webhook", 1, now, now, busy=["whk_large"])
        [found] = world.store.transact(lambda tx: outbox.claim(tx, wanted))
        assert found.recipient == "whk_small"
        return {"claim": steps.counted - before}

    wait("whk_large", 1, 10)
    wait("whk_small", 1_000_001, 1_000_010)
    before = claiming()
    wait("whk_large", 11, extent.records[1])
    assert_flat(before, claiming())


async def test_the_count_sees_a_table_that_is_read_from_end_to_end(small: World, extent: Extent):
    assert isinstance(small.store, SQLiteStore)
    steps = Steps(small.store)
    small.value("select count(*) from enrollment where metadata = 'x'")
    assert steps.counted > 2 * extent.records[0]
