"""Pure decisions about progress, access and circles, for every record there can be."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from procedures.circles import circle
from procedures.completion import (
    access_end,
    completes,
    deciding,
    may_read,
    may_work,
    percent,
    refusal,
    working,
)
from procedures.store.enrollments import EnrollmentRow

STATUSES = ["invited", "requested", "waitlisted", "active", "suspended"]
STATUSES += ["completed", "expired", "archived", "dropped"]
POLICIES = ["learner", "progress", "staff"]
INSTANTS = st.sampled_from([f"2026-03-0{day}T00:00:00.000Z" for day in range(1, 8)])
NODES = st.integers(0, 6)
EDGES = st.sets(st.tuples(NODES, NODES), max_size=14)
COUNTS = st.integers(1, 3000)

BLANK = EnrollmentRow(
    **dict.fromkeys(EnrollmentRow.__struct_fields__)
    | {"course_id": 1, "role": "student", "status": "active"}
)
RECORDS = st.builds(
    lambda **columns: replace(BLANK, **columns),
    status=st.sampled_from(STATUSES),
    role=st.sampled_from(["student", "teacher", "observer"]),
    course_id=st.sampled_from([1, 1, 1, None]),
    begin_at=INSTANTS,
    end_at=INSTANTS | st.none(),
)


@given(COUNTS.flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_hundred_percent_is_all_and_nothing_is_none(part: tuple[int, int]):
    done, counting = part
    progress = percent(done, counting)
    assert 0 <= progress <= 100
    assert (progress == 100) == (done == counting)
    assert progress * counting <= 100 * done < (progress + 1) * counting


@given(COUNTS.flatmap(lambda n: st.tuples(st.integers(1, n), st.just(n))))
def test_one_more_done_is_never_less_progress_and_one_more_to_do_never_more(part: tuple[int, int]):
    done, counting = part
    assert percent(done - 1, counting) <= percent(done, counting)
    assert percent(done, counting + 1) <= percent(done, counting)


@given(
    st.sampled_from(STATUSES),
    st.sampled_from(["learner", "progress", "staff"]),
    st.integers(0, 100),
)
def test_only_the_active_are_completed_at_a_hundred_unless_staff_decide(
    status: str, policy: str, progress: int
):
    by_itself = policy in ("learner", "progress")
    assert completes(status, policy, progress) == (
        status == "active" and by_itself and progress == 100
    )


@given(RECORDS, INSTANTS)
def test_access_is_reading_or_a_reason_why_not(record: EnrollmentRow, now: str):
    assert may_read(record, now) or not may_work(record, now)
    assert (refusal(record, now) is None) == may_read(record, now)
    assert may_read(record, now) <= (record.status in ("active", "completed"))
    end = access_end(record, now)
    assert end is None or (may_work(record, now) and now < end)


@given(st.lists(RECORDS, max_size=5), INSTANTS)
def test_the_deciding_record_opens_the_content_if_any_does(records: list, now: str):
    found = deciding(records, now)
    assert (found is None) == (not records)
    assert any(may_read(r, now) for r in records) == (refusal(found, now) is None)


@given(st.lists(RECORDS, max_size=5), INSTANTS)
def test_progress_is_made_in_a_students_record_that_is_open_or_completed(records: list, now: str):
    found = working(records, now)
    open_ones = [r for r in records if r.role == "student" and r.course_id and may_work(r, now)]
    if open_ones:
        assert found is open_ones[0]
    elif found is not None:
        assert (found.role, found.status) == ("student", "completed")


def reachable(edges: set[tuple[int, int]], start: int) -> set[int]:
    """Everything behind `start`, by going on until nothing is new."""
    seen: set[int] = set()
    new = {end for begin, end in edges if begin == start}
    while new:
        seen |= new
        new = {end for begin, end in edges if begin in new} - seen
    return seen


@given(EDGES)
def test_a_circle_is_found_if_there_is_one(edges: set[tuple[int, int]]):
    has_circle = any(node in reachable(edges, node) for node, _ in edges)
    assert bool(circle(edges)) == has_circle


@given(EDGES)
def test_a_found_circle_leads_from_each_of_its_nodes_back_to_it(edges: set[tuple[int, int]]):
    found = circle(edges)
    assert found <= edges
    assert sorted(start for start, _ in found) == sorted(end for _, end in found)
    assert all(start in reachable(found, start) for start, _ in found)
