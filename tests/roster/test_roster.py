"""What a loaded document leaves in the database."""

import copy
import json
from pathlib import Path

import pytest
from engines import rows
from roster_documents import NOW, RECORD, ROSTER, SECTION, SINCE, TERM, document, put, refusal

import procedures
from procedures.credentials import password_matches
from procedures.roster.load import load, prepared
from procedures.roster.strict_json import DEPTH
from procedures.store.opening import database_at

DEMO = Path(procedures.__file__).with_name("demo.json")


def test_the_demo_loads_and_its_counts_are_one_line(store):
    told = put(store, DEMO.read_bytes())
    assert told == (
        "loaded orgs 2, schools 3, accounts 12, memberships 13, courses 11, prerequisites 1, "
        "components 9, terms 3, realms 10, enrollments 16, component_done 7, submissions 1"
    )
    assert rows(store, "select count(*) from enrollment") == [(16,)]
    assert rows(store, "select count(*) from event") == [(16,)]
    assert rows(store, "select count(*) from outbox") == [(0,)]


def test_progress_in_the_demo_agrees_with_its_marks(store):
    put(store, DEMO.read_bytes())
    computed = """
        select e.key, e.progress,
          100 * (select count(*) from component_done d where d.enrollment_id = e.id)
              / (select count(*) from component c where c.course_id = e.course_id and c.counts = 1)
        from enrollment e where e.role = 'student'
          and exists (select 1 from component c where c.course_id = e.course_id)
    """
    assert all(progress == share for _, progress, share in rows(store, computed))


def test_an_empty_document_loads_nothing(store):
    assert "enrollments 0," in put(store, document())
    assert rows(store, "select count(*) from org") == [(0,)]


def test_the_order_of_entries_does_not_matter(store, roster):
    backwards = {name: given[::-1] for name, given in roster.items() if name != "format"}
    put(store, document(**backwards))
    query = """
        select e.key, p.key, r.key, s.key
        from enrollment e join realm r on r.id = e.realm_id join school s on s.id = r.school_id
             left join enrollment p on p.id = e.previous_id
        where e.key in ('enr_0', 'enr_1', 'enr_grp') order by e.key
    """
    assert rows(store, query) == [
        ("enr_0", None, "sec_1", "sch_a"),
        ("enr_1", "enr_0", "sec_1", "sch_a"),
        ("enr_grp", None, "grp", "sch_a"),
    ]


def test_fields_left_out_or_null_get_their_defaults(store, roster):
    roster["courses"][0].update(description=None, status=None)
    roster["orgs"][0].update(time_zone=None, settings={"notifyBulk": None, "adminEmails": []})
    roster["realms"][1].update(terms=None, is_default=None, join_policy=None, code_uses=None)
    put(store, roster)
    assert rows(store, "select time_zone, settings from org where key = 'org_a'") == [
        ("UTC", '{"adminEmails":[]}')
    ]
    assert rows(store, "select * from course where key = 'crs_1'") == [
        (
            *(1, 11, "crs_1", 1, None, "One", None, "", "draft", "open", "learner"),
            *(0, 1, 0, None, 0, None, None, None, NOW),
        )
    ]
    realms = "select key, join_policy, class_type, code_uses, status from realm order by id limit 4"
    assert rows(store, realms)[1:4:2] == [
        ("sec_2", None, "scheduled", 0, "active"),
        ("grp", "invite", "scheduled", 0, "active"),
    ]
    assert rows(store, "select key, position, counts from component order by id") == [
        ("l1", 1, 1),
        ("u", 2, 0),
        ("l2", 3, 1),
    ]


def test_a_membership_has_the_accounts_key_unless_it_has_its_own(store, roster):
    roster["memberships"][1]["key"] = "sourced-2"
    put(store, roster)
    found = rows(store, "select user_id, key, status, verified_at from membership order by key")
    assert found == [
        (71, "sourced-2", "active", None),
        (70, "usr_1", "active", None),
        (72, "usr_b", "active", None),
    ]


def test_a_password_is_hashed_and_none_means_no_login(store, roster):
    roster["accounts"][0]["password"] = "paper lantern"
    put(store, roster)
    hashes = [value for (value,) in rows(store, "select password_hash from account order by id")]
    assert password_matches("paper lantern", hashes[0])
    assert hashes[1:] == [None, None]


def test_nobody_waits_for_passwords_to_be_hashed(store, roster, monkeypatch):
    """It takes long, and while a transaction lasts others cannot write to a file."""
    roster["accounts"][0]["password"] = "paper lantern"
    hashed = prepared(json.dumps(roster).encode())
    monkeypatch.delattr("procedures.credentials._scrypt")
    assert "accounts 3," in store.transact(lambda tx: load(tx, hashed, NOW))


def test_emails_keep_their_spelling_and_are_unique_in_their_canonical_form(store, roster):
    roster["accounts"][0]["email"] = " One@School.example "
    put(store, roster)
    query = "select email, email_canonical from account where id = 70"
    assert rows(store, query) == [("One@School.example", "one@school.example")]


def test_a_school_is_the_given_one_else_the_courses_else_the_default(store, roster):
    put(store, roster)
    query = "select r.key, s.key from realm r join school s on s.id = r.school_id order by r.id"
    assert rows(store, query)[:4] == [
        ("sec_1", "sch_a"),
        ("sec_2", "sch_annex"),
        ("sec_3", "sch_a"),
        ("grp", "sch_a"),
    ]


def test_an_org_without_default_school_gets_one_with_its_name(store, roster):
    roster["schools"].append({"org": "org_b", "key": "sch_b", "name": "Annex"})
    put(store, roster)
    query = "select s.name from school s join org o on o.id = s.org_id where o.key = 'org_b'"
    assert rows(store, query + " and s.is_default = 1") == [("B",)]


def test_references_within_a_table_may_point_anywhere_in_the_document(store, roster):
    put(store, roster)
    tree = "select a.key, b.key from {0} a join {0} b on b.id = a.{1}"
    assert rows(store, tree.format("school", "parent_id")) == [("sch_annex", "sch_a")]
    assert rows(store, tree.format("component", "parent_id")) == [("l1", "u")]
    assert rows(store, tree.format("term", "parent_id")) == [("t1", "year")]
    assert rows(store, tree.format("enrollment", "previous_id")) == [("enr_1", "enr_0")]


def test_entries_without_id_are_numbered_after_the_largest_given(store, roster):
    put(store, roster)
    assert rows(store, "select key, id from account order by id") == [
        ("usr_1", 70),
        ("usr_2", 71),
        ("usr_b", 72),
    ]
    more = [{"key": "x", "email": "x@b.example"}, {"key": "y", "email": "y@b.example", "id": 3}]
    put(store, document(accounts=more))
    assert rows(store, "select id from account order by id") == [(3,), (70,), (71,), (72,), (73,)]


def test_a_record_never_gets_the_id_of_a_destroyed_one(store, roster):
    """Its history and its mails are found by that id."""
    put(store, roster)
    [(last,)] = rows(store, "select max(id) from enrollment")
    store.transact(lambda tx: tx.run("delete from enrollment where id = :last", last=last))
    new = RECORD | {"key": "enr_9", "realm": "sec_3"}
    asked_for = document(enrollments=[new | {"id": last}])
    assert refusal(store, asked_for) == f"enrollments[0].id: {last} is already taken"
    put(store, document(enrollments=[new]))
    assert rows(store, "select id from enrollment where key = 'enr_9'") == [(last + 1,)]


def test_a_record_derives_course_slot_and_instants(store, roster):
    roster["enrollments"][3]["begin_at"] = "2025-09-02T08:00:00Z"
    put(store, roster)
    query = """
        select course_id, slot, begin_at, completed_at, status_at, status_by, source, metadata,
               version, updated_at
        from enrollment order by id
    """
    completed, again, dropped, group = rows(store, query)
    first = "2025-10-01T08:00:00.000Z"
    assert completed == (
        *(11, "c11", SINCE, first, first, 71, "oneroster", '{"grade":[1,{"a":null}]}', 1, NOW),
    )
    assert again[1:7] == ("c11", SINCE, None, SINCE, None, "system")
    assert dropped[:5] == (13, "r3", SINCE, None, "2025-11-01T00:00:00.000Z")
    assert group[:3] == (None, "r4", "2025-09-02T08:00:00.000Z")


def test_each_record_gets_one_event_with_its_status(store, roster):
    put(store, roster)
    query = """
        select v.at, v.enrollment_key, v.realm_id, v.course_id, v.kind, v.from_status,
               v.to_status, v.actor_id, v.door, v.reason, v.data
        from event v join enrollment e on e.id = v.enrollment_id and e.org_id = v.org_id
          and e.key = v.enrollment_key and e.user_id = v.user_id
        order by v.id
    """
    events = rows(store, query)
    assert len(events) == 4
    assert events[0] == (
        *(SINCE, "enr_1", 1, 11, "imported", None, "active", None, "system", None, "{}"),
    )
    assert events[1] == (
        *("2025-10-01T08:00:00.000Z", "enr_0", 1, 11, "imported", None),
        *("completed", 71, "oneroster", None, "{}"),
    )


def test_marks_and_submissions_follow_their_record(store, roster):
    keyed = {"key": "essay_1", "assessment": "essay", "submitted_at": SINCE}
    roster["submissions"].append({"org": "org_a", "enrollment": "enr_1"} | keyed)
    put(store, roster)
    query = "select user_id, course_id, body, score, substr(key, 1, 6) from submission order by id"
    first, second = rows(store, query)
    assert first[:4] == (70, 11, '{"answer":"a\\r\\nb"}', 7.0)
    assert first[4].startswith("sub_")
    assert second == (70, 11, "{}", None, "essay_")
    done = "select e.key, c.key, done_at from component_done d join enrollment e"
    done += " on e.id = d.enrollment_id join component c on c.id = d.component_id"
    assert rows(store, done) == [("enr_1", "l1", SINCE)]


def test_access_codes_are_kept_in_capitals_and_groups_of_five(store, roster):
    roster["realms"][0]["access_code"] = "abcdE234-56"
    put(store, roster)
    found = rows(store, "select access_code from realm where key = 'sec_1'")
    assert found == [("ABCDE-23456",)]


def test_a_group_is_joined_by_invitation_unless_it_says_otherwise(store, roster):
    group = {"org": "org_a", "key": "band", "kind": "group", "title": "Band"}
    roster["realms"].append(group | {"join_policy": "open"})
    put(store, roster)
    found = rows(store, "select key, join_policy from realm where kind = 'group' order by id")
    assert found == [("grp", "invite"), ("band", "open")]


def test_keys_are_of_one_org_and_those_of_components_of_one_course(store, roster):
    """Here another org has all that org_a has."""
    for array, entries in roster.items():
        if array not in ("format", "orgs", "accounts"):
            entries += [copied(entry) for entry in entries if entry["org"] == "org_a"]
    roster["orgs"].append({"key": "org_c", "name": "C"})
    mine = {"org": "org_a"}
    roster["components"].append(roster["components"][0] | {"course": "crs_2", "parent": None})
    roster["prerequisites"].append(mine | {"course": "crs_3", "requires": "crs_1"})
    roster["component_done"].append(roster["component_done"][0] | {"enrollment": "enr_0"})
    told = put(store, roster)
    assert "prerequisites 3, components 7, terms 4, realms 9, enrollments 8" in told
    assert "component_done 3, submissions 2" in told


def copied(entry):
    unlike = ("id", "access_code")
    return {name: value for name, value in entry.items() if name not in unlike} | {"org": "org_c"}


@pytest.mark.parametrize("status", ["completed", "archived", "expired"])
def test_a_record_that_was_completed_may_have_ended_since(store, roster, status):
    done = {"status": status, "progress": 100, "completed_at": SINCE}
    roster["enrollments"].append(RECORD | done)
    assert "enrollments 5," in put(store, roster)


def test_what_is_just_within_the_bounds_is_taken(store, roster):
    deep = []
    for _ in range(DEPTH - 4):
        deep = [deep]
    roster["accounts"].append({"key": "k" * 255, "email": "k@b.example"})
    metadata = {"least": -(2**53) + 1, "deep": deep}
    roster["enrollments"][3].update(enrolled_at="1000-01-01T00:00:00Z", metadata=metadata)
    assert "accounts 4," in put(store, roster)


def test_a_term_may_last_one_day(store, roster):
    roster["terms"].append(TERM | {"end_date": TERM["start_date"]})
    assert "terms 3," in put(store, roster)


def test_an_overdue_active_record_is_legal(store, roster):
    roster["enrollments"][0]["end_at"] = "2025-09-02T00:00:00Z"
    put(store, roster)
    ended = rows(store, "select end_at from enrollment where key = 'enr_1' and status = 'active'")
    assert ended == [("2025-09-02T00:00:00.000Z",)]


def test_a_second_document_may_refer_to_what_is_there(store, roster):
    put(store, roster)
    schools = [{"org": "org_a", "key": "sch_c", "name": "C", "parent": "sch_annex"}]
    memberships = [{"org": "org_a", "user": "usr_b", "role": "instructor"}]
    realms = [SECTION | {"school": "sch_c", "terms": ["t1"]}]
    enrollments = [RECORD | {"key": "enr_9", "user": "usr_b", "previous": "enr_0"}]
    done = [{"org": "org_a", "enrollment": "enr_9", "component": "l1", "done_at": SINCE}]
    put(
        store,
        document(
            schools=schools,
            memberships=memberships,
            prerequisites=[{"org": "org_a", "course": "crs_3", "requires": "crs_2"}],
            realms=realms,
            enrollments=enrollments,
            component_done=done,
        ),
    )
    found = rows(store, "select id, slot, user_id, previous_id from enrollment where key = 'enr_9'")
    assert found == [(504, "c11", 72, 500)]


def test_a_section_code_may_return_in_another_term_or_without_one(store, roster):
    section = SECTION | {"section_code": "A"}
    roster["realms"] += [section, section | {"key": "sec_other", "terms": ["year"]}]
    assert "realms 7," in put(store, roster)


def test_a_user_may_hold_records_in_two_roles_and_two_sections(store, roster):
    roster["realms"].append(SECTION)
    record = RECORD | {"user": "usr_1"}
    roster["enrollments"] += [
        record | {"role": "observer"},
        record | {"realm": "sec_3"},
        record | {"realm": "sec_new"},
    ]
    assert "enrollments 7," in put(store, roster)


class Looking:
    """A transaction that counts its look-ups."""

    def __init__(self, tx):
        self.insert, self.run, self.claim = tx.insert, tx.run, tx.claim
        self.alone, self.new_ids = tx.alone, tx.new_ids
        self._tx = tx
        self.looks = 0

    def all(self, kind, sql, /, **values):
        self.looks += 1
        return self._tx.all(kind, sql, **values)

    def value(self, sql, /, **values):
        self.looks += 1
        return self._tx.value(sql, **values)


def crowd(learners):
    """The small roster with so many learners more, each with a record."""
    roster = copy.deepcopy(ROSTER)
    keys = [f"usr_x{n}" for n in range(learners)]
    roster["accounts"] += [{"key": key, "email": f"{key}@school.example"} for key in keys]
    roster["memberships"] += [{"org": "org_a", "user": key, "role": "learner"} for key in keys]
    roster["enrollments"] += [RECORD | {"user": key} for key in keys]
    return json.dumps(roster).encode()


def looks(engine, learners):
    address = engine.new()
    store = database_at(address)
    store.migrate()
    counting = store.transact(lambda tx: loaded(Looking(tx), crowd(learners)))
    assert rows(store, "select count(*) from event") == [(learners + 4,)]
    store.close()
    engine.drop(address)
    return counting.looks


def loaded(tx, given):
    load(tx, prepared(given), NOW)
    return tx


def test_looking_up_does_not_grow_with_the_document(engine):
    assert looks(engine, 1) == looks(engine, 2000) < 40
