"""The invariants of model §2, asked of the file; each query finds what breaks one."""

from __future__ import annotations

LIVE = "('invited', 'requested', 'waitlisted', 'active', 'suspended')"
SEATED = "('invited', 'active', 'suspended')"
STATUSES = f"{LIVE[:-1]}, 'completed', 'expired', 'archived', 'dropped')"
SITS = f"(e.role = 'student' and e.status in {SEATED})"
OVERDUE = "(e.status = 'active' and e.end_at <= :now)"

# Seats by realm: capacity (null: any number), taken now, taken as stored, how many wait.
SEATS = f"""
    select r.id, case when r.capacity is null and r.is_default then c.capacity else r.capacity end,
           count(*) filter (where {SITS} and {OVERDUE} is not true), count(*) filter (where {SITS}),
           count(*) filter (where e.status = 'waitlisted')
    from realm r
    left join course c on c.org_id = r.org_id and c.id = r.course_id
    left join enrollment e on e.realm_id = r.id and e.deleted_at is null
    group by r.id
"""

INVARIANTS = {
    "I1 a record, its person, place and course are of one organization": """
        select e.id from enrollment e
        left join membership m on (m.org_id, m.user_id) = (e.org_id, e.user_id)
        left join realm r on (r.org_id, r.id) = (e.org_id, e.realm_id)
        left join course c on (c.org_id, c.id) = (e.org_id, e.course_id)
        where m.user_id is null or r.id is null or r.course_id is not e.course_id
           or (c.id is null) <> (e.course_id is null)
    """,
    "I2 a person has one live record in a slot and role": f"""
        select group_concat(id) from enrollment e where deleted_at is null and status in {LIVE}
        group by org_id, slot, user_id, role having count(*) > 1
    """,
    "I2 the slot is the course, or the section or group where these are apart": """
        select e.id from enrollment e left join course c on c.id = e.course_id
        where e.slot <> iif(c.id is null or c.multi_section, 'r' || e.realm_id, 'c' || c.id)
    """,
    "I3 who completed has a date and 100 percent": """
        select id from enrollment
        where status = 'completed' and (completed_at is null or progress <> 100)
    """,
    "I4 what was completed is never active again": """
        select id from enrollment
        where completed_at is not null and status not in ('completed', 'archived', 'expired')
    """,
    "I5 progress is a whole number of percent": """
        select id from enrollment
        where progress not between 0 and 100 or progress <> cast(progress as int)
    """,
    "I6 an end comes after its beginning": "select id from enrollment where end_at <= begin_at",
    "I7 statuses and roles are from their lists": f"""
        select id from enrollment where status not in {STATUSES}
           or role not in ('student', 'teacher', 'administrator', 'proctor', 'observer')
           or (primary_flag and role <> 'teacher')
    """,
    "I10 somebody waits only while the place is full": f"""
        with seats (id, capacity, taken, stored, waiting) as ({SEATS})
        select id from seats where waiting and (capacity is null or stored < capacity)
    """,
    "I10 only students wait": """
        select id from enrollment where status = 'waitlisted' and role <> 'student'
    """,
    "I11 a message is of an event and is one of its kind": """
        select o.id from outbox o left join event v on (v.org_id, v.id) = (o.org_id, o.event_id)
        where v.id is null
        union all select min(id) from outbox group by org_id, dedupe having count(*) > 1
    """,
    "I12 a course has one default section in a school, a school one year and term": """
        select min(id) from realm where is_default group by course_id, school_id having count(*) > 1
        union all select min(id) from term group by school_id, kind, title having count(*) > 1
    """,
    "I13 what is required is of the same organization and no circle": """
        with recursive way (first, last) as (
          select course_id, requires_id from prerequisite
          union
          select way.first, p.requires_id from way join prerequisite p on p.course_id = way.last)
        select first from way where first = last
        union all
        select p.course_id from prerequisite p join course a on a.id = p.course_id
        join course b on b.id = p.requires_id where a.org_id <> b.org_id
    """,
    "I14 in a group there is no course and no progress": """
        select e.id from enrollment e join realm r on r.id = e.realm_id
        where (r.kind = 'group') <> (e.course_id is null)
           or (r.kind = 'group' and (e.progress > 0 or e.slot <> 'r' || r.id))
    """,
    "marks and work are of records that are there": """
        select d.enrollment_id from component_done d
        left join enrollment e on e.id = d.enrollment_id
        left join component k on k.id = d.component_id and k.course_id = e.course_id
        where k.id is null
        union all select s.id from submission s left join enrollment e on e.id = s.enrollment_id
        where e.id is null or (s.user_id, s.course_id) <> (e.user_id, e.course_id)
    """,
    "a record follows an older one of the same person": """
        select e.id from enrollment e join enrollment p on p.id = e.previous_id
        where p.id >= e.id or p.user_id <> e.user_id
    """,
}

# I8 and I15: what every read must show of a record that is not withdrawn.
READABLE = f"""
    select o.key, e.key, iif({OVERDUE}, 'expired', e.status), e.version from enrollment e
    join org o on o.id = e.org_id where e.deleted_at is null order by e.id
"""
