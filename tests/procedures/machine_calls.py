"""Calls as they come to a service: mostly sensible, often refused, sometimes nonsense."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from small_world import (
    ALL_COURSES,
    ALL_REALMS,
    CALLERS,
    CODES,
    COURSES,
    GROUPS,
    LESSONS,
    PEOPLE,
    SECTIONS,
    UNVERIFIED,
)

Strategy = st.SearchStrategy[Any]
Options = dict[str, Strategy]

ADMIN, TEACHER = ("usr_ada", "acme"), ("usr_tom", "acme")
LEARNER_CALLERS = [("usr_lia", "acme"), ("usr_leo", "acme"), ("usr_bob", "acme")]
# Those who have something to do call more often than strangers.
callers = st.sampled_from([*[ADMIN] * 12, *[TEACHER] * 4, *LEARNER_CALLERS * 4, *CALLERS, None])
staff = st.sampled_from([*[ADMIN] * 6, *[TEACHER] * 3, *CALLERS[-4:]])
pupils = st.sampled_from([*LEARNER_CALLERS * 3, ADMIN, TEACHER, TEACHER, None])
LEARNERS = ["usr_lia", "usr_leo", "usr_bob", "usr_tom"]
learners, people = st.sampled_from(LEARNERS), st.sampled_from([*LEARNERS * 3, *PEOPLE, "usr_zzz"])
courses = st.sampled_from([*[*COURSES] * 3, *ALL_COURSES])
realms = st.sampled_from([*[*SECTIONS, *GROUPS] * 3, *ALL_REALMS])
# The latest record is number 0, some that are gone come last; the world knows their keys.
records = st.integers(0, 24)
roles = st.sampled_from(["student", "student", "teacher", "administrator", "observer"])
statuses = st.sampled_from(
    [
        "active",
        "active",
        "dropped",
        "suspended",
        "completed",
        "expired",
        "archived",
        "invited",
        "waitlisted",
        "requested",
    ]
)
creatable = st.sampled_from(["active", "invited", "requested", "expired", "archived"])
moments = st.sampled_from(
    [
        f"2026-{day}T{hour}:00:00Z"
        for day in ("02-20", "03-02", "03-03", "03-09")
        for hour in (10, 22)
    ]
)
metadata = st.sampled_from([{}, {"a": 1}, {"a": None}, {"b": {"c": 2}}])
seats = st.sampled_from([0, 1, 1, 2, 3, None])
yes = st.booleans()


def some(options: Options, most: int = 2, **always: Strategy) -> Strategy:
    """A few of the options, and what is always there."""
    names = st.lists(st.sampled_from(sorted(options)), max_size=most, unique=True)
    return names.flatmap(
        lambda chosen: st.fixed_dictionaries({**always, **{name: options[name] for name in chosen}})
    )


def either(one: Options, other: Options) -> Strategy:
    return st.one_of(st.fixed_dictionaries(one), st.fixed_dictionaries(other))


def both(*parts: Strategy) -> Strategy:
    return st.tuples(*parts).map(lambda found: {k: v for part in found for k, v in part.items()})


places = either({"courseId": courses}, {"realmId": realms})
addresses = st.one_of(
    *[st.fixed_dictionaries({"id": records})] * 4,
    st.fixed_dictionaries({"courseId": courses}),
    st.fixed_dictionaries({"courseId": courses, "userId": people}),
    st.fixed_dictionaries({"realmId": realms, "userId": people}),
)
CREATION: Options = {
    "role": roles,
    "status": creatable,
    "beginAt": moments,
    "endAt": moments,
    "reenroll": yes,
    "force": yes,
    "primary": yes,
    "key": st.sampled_from(["enr_a", "enr_b"]),
    "metadata": metadata,
}
BYPASS = {"bypassPrerequisites": yes, "schoolId": st.sampled_from(["sch_acme", "sch_zzz"])}
CHANGE: Options = {
    "role": roles,
    "beginAt": moments,
    "endAt": st.one_of(moments, st.none()),
    "primary": yes,
    "metadata": metadata,
    "reason": st.just("so"),
    "unlessStatus": st.lists(statuses, max_size=2),
}
inviting = st.fixed_dictionaries({"status": creatable, "userId": learners, "endAt": moments})
enrolling = st.one_of(
    *[st.fixed_dictionaries({"courseId": courses})] * 2,
    places,
    both(places, inviting),
    both(places, some(CREATION | BYPASS | {"notify": yes}, userId=learners)),
    both(places, some(CREATION | {"userId": people})),
)
changing = both(
    addresses,
    st.one_of(
        st.fixed_dictionaries({"status": statuses}),
        some(CHANGE | {"status": statuses, "ifVersion": st.integers(1, 3), "notify": yes}),
    ),
)


def item(op: str, given: Strategy) -> Strategy:
    return both(st.fixed_dictionaries({"op": st.just(op)}), given)


items = st.one_of(
    item("create", both(places, some(CREATION | BYPASS, userId=learners))),
    item("upsert", both(places, some(CREATION | CHANGE | {"status": statuses}, userId=learners))),
    item("update", both(addresses, some(CHANGE, status=statuses))),
    item("delete", addresses),
)
bulks = st.fixed_dictionaries(
    {"items": st.lists(items, min_size=1, max_size=6)}, optional={"atomic": yes, "notify": yes}
)

transfers = st.fixed_dictionaries({"id": records, "realmId": realms})
leaving = st.one_of(
    *[st.tuples(st.just("enrollment.unenroll"), addresses)] * 3,
    *[st.tuples(st.just("enrollment.transfer"), transfers)] * 3,
    st.tuples(st.just("enrollment.delete"), st.fixed_dictionaries({"id": records})),
)

lessons = st.sampled_from([*LESSONS, "les_9"])
done = either({"componentId": lessons}, {"percent": st.integers(0, 100)})
own = st.sampled_from(["crs_open", "crs_next"])
learning = st.one_of(
    st.tuples(st.just("progress.record"), both(addresses, done)),
    *[
        st.tuples(
            st.just("progress.record"),
            st.fixed_dictionaries({"courseId": own, "componentId": lessons}),
        )
    ]
    * 2,
    st.tuples(
        st.just("progress.reset"), st.fixed_dictionaries({"courseId": own, "userId": learners})
    ),
    st.tuples(
        st.just("submission.create"),
        st.fixed_dictionaries(
            {"courseId": own, "assessment": st.just("quiz"), "body": st.just({})}
        ),
    ),
    st.tuples(
        st.just("enrollment.redeemCode"), st.fixed_dictionaries({"code": st.sampled_from(CODES)})
    ),
)

COURSE: Options = {
    "capacity": seats,
    "waitlist": yes,
    "multiSection": yes,
    "selfReenroll": yes,
    "joinPolicy": st.sampled_from(["open", "request", "code", "invite"]),
    "completionPolicy": st.sampled_from(["learner", "progress", "staff"]),
    "accessDays": st.sampled_from([None, 1, 2]),
    "closesAt": st.one_of(st.none(), moments),
}
REALM: Options = {
    "capacity": seats,
    "waitlist": yes,
    "status": st.sampled_from(["active", "active", "archived"]),
    "joinPolicy": st.sampled_from(["open", "request", "code", "invite"]),
}
outlines = st.sets(lessons).map(
    lambda ids: [{"id": id, "kind": "lesson", "title": id} for id in sorted(ids)]
)
course_states = st.sampled_from(["course.publish", "course.publish", "course.unpublish"])
memberships = st.sampled_from(["membership.verify", "membership.verify", "membership.remove"])
managing = st.one_of(
    st.tuples(st.just("course.update"), some(COURSE, courseId=courses)),
    st.tuples(st.just("realm.update"), some(REALM, realmId=realms)),
    st.tuples(course_states, st.fixed_dictionaries({"courseId": courses})),
    st.tuples(
        st.just("course.setComponents"),
        st.fixed_dictionaries({"courseId": own, "components": outlines}),
    ),
    st.tuples(
        st.just("course.setPrerequisites"),
        st.fixed_dictionaries(
            {"courseId": courses, "requires": st.lists(st.sampled_from([*COURSES]), max_size=2)}
        ),
    ),
    st.tuples(
        st.just("org.update"),
        st.fixed_dictionaries(
            {
                "settings": st.fixed_dictionaries(
                    {"progressOnUnenroll": st.sampled_from(["keep", "resume", "erase"])}
                )
            }
        ),
    ),
    st.tuples(
        memberships,
        st.fixed_dictionaries({"userId": st.sampled_from(["usr_lia", "usr_tom", UNVERIFIED])}),
    ),
)
