"""The rows of the records themselves: enrollments with their events, marks and submissions."""

from __future__ import annotations

from procedures.credentials import new_key
from procedures.roster import directory, document
from procedures.roster.writing import Columns, Here, Loading, json_text, link, plain, references

PREVIOUS = "update enrollment set previous_id = :parent where org_id = :org_id and id = :child"

# History, feed and `asOf` begin with the loaded status, as of the instant it came about.
IMPORTED = """
    insert into event (org_id, at, enrollment_id, enrollment_key, user_id, realm_id, course_id,
                       kind, to_status, actor_id, door)
    select org_id, status_at, id, key, user_id, realm_id, course_id,
           'imported', status, status_by, source
    from enrollment where org_id = :org_id and id = :id
"""


def write_records(loading: Loading) -> None:
    """Write what the catalog's people and realms have to do with each other. Raises RosterError."""
    enrollments = loading.add("enrollments", enrollment)
    link("previous", PREVIOUS, references("previous", directory.Enrollment, enrollments))
    for here, _, number in enrollments:
        here.tx.run(IMPORTED, org_id=here.org.id, id=number)
    loading.add("component_done", component_done)
    loading.add("submissions", submission)


def enrollment(here: Here, entry: document.Enrollment) -> Columns:
    realm = here.require("realm", directory.Realm, entry.realm)
    if realm.course_id is None and entry.progress:
        raise here.refused("progress", "a group record has none")
    here.tx.claim("realm", org_id=here.org.id, id=realm.id)  # who counts its seats counts anew
    return {
        **plain(entry, "user", "realm", "previous"),
        "key": str(entry.key or new_key("enr")),
        "user_id": here.require("user", directory.Member, entry.user).id,
        "realm_id": realm.id,
        "course_id": realm.course_id,
        "slot": realm.slot,
        "begin_at": str(entry.begin_at or entry.enrolled_at),
        "status_at": str(entry.status_at or entry.completed_at or entry.enrolled_at),
        "status_by": status_by(here, entry.status_by),
        "metadata": json_text(entry.metadata),
        "updated_at": here.now,
    }


def status_by(here: Here, user: str | None) -> int | None:
    return None if user is None else here.require("status_by", directory.Member, user).id


def component_done(here: Here, entry: document.ComponentDone) -> Columns:
    record = record_of(here, entry.enrollment)
    component = here.require("component", directory.Component, (record.course_id, entry.component))
    return {"enrollment_id": record.id, "component_id": component.id, "done_at": str(entry.done_at)}


def submission(here: Here, entry: document.Submission) -> Columns:
    record = record_of(here, entry.enrollment)
    if record.course_id is None:
        raise here.refused("enrollment", "a group record has no submissions")
    return {
        **plain(entry, "enrollment"),
        "key": str(entry.key or new_key("sub")),
        "enrollment_id": record.id,
        "user_id": record.user_id,
        "course_id": record.course_id,
        "body": json_text(entry.body),
    }


def record_of(here: Here, key: str) -> directory.Enrollment:
    return here.require("enrollment", directory.Enrollment, key)
