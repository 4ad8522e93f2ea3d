"""For every procedure and every REST route: how it can be asked about another tenant's things.

`@course` is a thing of the other tenant, or one that never was; `$course` one of the caller's own.
"""

from __future__ import annotations

from typing import Any

Inputs = list[dict[str, Any]]

# These name nothing that belongs to a tenant: they are about the caller and the active tenant.
NOTHING_NAMED = frozenset(
    {
        "auth.createToken",
        "auth.logout",
        "auth.me",
        "course.list",
        "enrollment.changes",
        "membership.list",
        "operations.outbox",
        "operations.seats",
        "org.get",
        "org.update",
        "outbox.list",
        "school.list",
        "system.health",
        "system.info",
        "webhook.create",
        "webhook.list",
    }
)
BY_COURSE: Inputs = [{"courseId": "@course"}]
BY_REALM: Inputs = [{"realmId": "@realm"}, {"realmId": "@group"}]
BY_RECORD: Inputs = [
    {"id": "@record"},
    {"courseId": "@course", "userId": "@user"},
    {"realmId": "@realm", "userId": "@user"},
    {"courseId": "$course", "userId": "@user"},
    {"realmId": "$realm", "userId": "@user"},
]
COURSE_AND_USER: Inputs = [
    {"courseId": "@course"},
    {"courseId": "@course", "userId": "@user"},
    {"courseId": "$course", "userId": "@user"},
]
PLACES: Inputs = [
    {"courseId": "@course", "userId": "@user"},
    {"realmId": "@group", "userId": "@user"},
    {"courseId": "$course", "userId": "@user"},
    {"courseId": "$course", "userId": "$user", "schoolId": "@school"},
    {"courseId": "@course", "schoolId": "@school"},
]
LEAF = {"kind": "lesson", "title": "New"}
TERM = {"title": "Next", "kind": "term", "startDate": "2026-08-01", "endDate": "2026-12-31"}


def bulk(*items: dict[str, Any]) -> Inputs:
    return [{"items": list(items)}, *({"items": [item], "atomic": True} for item in items)]


PROCEDURES: dict[str, Inputs] = {
    "auth.login": [{"email": "@email", "password": "wrong"}],
    "auth.revokeToken": [{"id": "@token"}],
    "auth.useOrg": [{"orgId": "@org"}],
    "course.archive": BY_COURSE,
    "course.content": BY_COURSE,
    "course.create": [{"title": "New", "schoolId": "@school"}],
    "course.get": BY_COURSE,
    "course.publish": BY_COURSE,
    "course.setComponents": [
        {"courseId": "@course", "components": []},
        {"courseId": "@course", "components": [{**LEAF, "id": "@component"}]},
        {"courseId": "$course", "components": [{**LEAF, "parentId": "@component"}]},
    ],
    "course.setPrerequisites": [
        {"courseId": "@course", "requires": []},
        {"courseId": "$course", "requires": ["@course"]},
    ],
    "course.unpublish": BY_COURSE,
    "course.update": [{"courseId": "@course", "title": "Other"}],
    "enrollment.access": COURSE_AND_USER,
    "enrollment.bulk": [
        *bulk(
            *({"op": "create", **place} for place in PLACES),
            *({"op": "update", **record, "endAt": None} for record in BY_RECORD),
            *({"op": "delete", **record} for record in BY_RECORD),
            *({"op": "upsert", **place} for place in PLACES),
        ),
    ],
    "enrollment.delete": [{"id": "@record"}],
    "enrollment.eligibility": COURSE_AND_USER,
    "enrollment.enroll": [*PLACES, {"courseId": "@course"}, *BY_REALM],
    "enrollment.get": BY_RECORD,
    "enrollment.history": [{"id": "@record"}, *COURSE_AND_USER],
    "enrollment.list": [
        {"courseId": "@course"},
        {"realmId": "@realm"},
        {"userId": "@user"},
        {"courseId": "@course", "realmId": "@realm", "userId": "@user"},
    ],
    "enrollment.onChange": BY_COURSE,
    "enrollment.redeemCode": [
        {"code": "@code"},
        {"code": "@code", "realmId": "@group"},
        {"code": "$code", "realmId": "@group"},
        {"code": "$code", "orgId": "@org"},
    ],
    "enrollment.transfer": [
        {"id": "@record", "realmId": "@other_realm"},
        {"id": "$record", "realmId": "@realm"},
        {"id": "@record", "realmId": "$realm"},
    ],
    "enrollment.unenroll": BY_RECORD,
    "enrollment.update": [{**record, "reason": "for once"} for record in BY_RECORD],
    "membership.add": [{"role": "learner", "userId": "@user"}],
    "membership.names": [{"userIds": ["@user"]}],
    "membership.remove": [{"userId": "@user"}],
    "membership.verify": [{"userId": "@user"}],
    "outbox.retry": [{"id": "@message"}],
    "progress.record": [
        {"id": "@record", "percent": 10},
        {"id": "@record", "componentId": "@component"},
        {"courseId": "@course", "userId": "@user", "percent": 20},
        {"courseId": "@course", "percent": 20},
        {"courseId": "$course", "userId": "@user", "percent": 20},
        {"id": "$record", "componentId": "@component"},
    ],
    "progress.reset": [
        {"courseId": "@course", "userId": "@user"},
        {"courseId": "$course", "userId": "@user"},
    ],
    "realm.create": [
        {"courseId": "@course", "title": "New"},
        {"courseId": "$course", "title": "New", "termIds": ["@term"]},
        {"kind": "group", "title": "New", "schoolId": "@school"},
    ],
    "realm.get": BY_REALM,
    "realm.list": BY_COURSE,
    "realm.rotateCode": BY_REALM,
    "realm.update": [
        {"realmId": "@realm", "title": "Other"},
        {"realmId": "$realm", "termIds": ["@term"]},
    ],
    "school.create": [{"name": "New", "parentId": "@school"}],
    "submission.create": [{"courseId": "@course", "assessment": "quiz", "body": {}}],
    "submission.list": [
        {"courseId": "@course"},
        {"courseId": "@course", "userId": "@user"},
        {"courseId": "$course", "userId": "@user"},
    ],
    "term.create": [{**TERM, "parentId": "@term"}, {**TERM, "schoolId": "@school"}],
    "term.list": [{"schoolId": "@school"}],
    "webhook.delete": [{"id": "@webhook"}],
    "webhook.replay": [{"id": "@webhook", "after": 0}],
}
# Texts of things to come: another tenant's may be called the same.
NEW_NAMES = frozenset({"key"})


def many(*items: dict[str, Any]) -> dict[str, Any]:
    return {"enrollments": {"enrollment": list(items)}}


# Method and path -> requests: the parts of the path, then query, then JSON body.
Asks = list[tuple[dict[str, str], dict[str, str], Any]]
EDUBRIDGE = "/edubridge/enrollments"
ONEROSTER = "/ims/oneroster/rostering/v1p2"
HERE = {"user": "@user", "course": "@course"}
HERE_AT = {**HERE, "school": "@school"}
ROSTERED = {"role": "student", "user": {"sourcedId": "@user"}, "class": {"sourcedId": "@realm"}}
PLACED = {"uid": "@user_number", "admin": 0, "status": 1}
BY_SCHOOL_CODES = {
    "school_uid": "@school_uid",
    "course_code": "@course_code",
    "section_code": "@section_code",
}
BY_SECTION_CODE = {"school_uid": "@school_uid", "section_school_code": "@section_school_code"}


def filters(*names: str) -> Asks:
    return [({}, {"filter": f"{name}='@{thing}'"}, None) for name, thing in map(str.split, names)]


def realm_routes(kind: str, place: str, record: str, code: str) -> dict[tuple[str, str], Asks]:
    """Schoology's routes below a section or a group."""
    root, one = f"/{kind}s/{{{kind}}}", f"/{kind}s/{{{kind}}}/enrollments/{{enrollment}}"
    at: dict[str, str] = {kind: place}
    this: Asks = [({**at, "enrollment": record}, {}, None)]
    return {
        ("GET", f"{root}/enrollments"): [(at, {}, None), (at, {"uid": "@user_number"}, None)],
        ("POST", f"{root}/enrollments"): [(at, {}, PLACED), (at, {}, many(PLACED))],
        ("PUT", f"{root}/enrollments"): [(at, {}, many({"id": record, "status": 5}))],
        ("GET", one): this,
        ("PUT", one): [(path, query, {"status": 1}) for path, query, _ in this],
        ("DELETE", one): this,
        ("POST", f"{root}/accesscode"): [(at, {}, {"access_code": code})],
        ("POST", f"/{kind}s/accesscode"): [({}, {}, {"access_code": code})],
    }


def read(root: str, thing: str, *names: str) -> dict[tuple[str, str], Asks]:
    """OneRoster's routes for one kind of resource."""
    return {
        ("GET", f"{ONEROSTER}/{root}"): [({}, {}, None), *filters(*names)],
        ("GET", f"{ONEROSTER}/{root}/{{id}}"): [({"id": thing}, {}, None)],
    }


ROUTES: dict[tuple[str, str], Asks] = {
    ("GET", "/api/enrollments"): [({}, {}, None)],
    ("POST", "/api/enrollments"): [
        ({}, {}, {"courseId": "@course_number"}),
        ({}, {}, {"courseId": "@course_number", "userId": "@user"}),
    ],
    ("PATCH", "/api/enrollments"): [
        ({}, {}, {"courseId": "@course_number", "status": "suspended"}),
        ({}, {}, {"courseId": "@course_number", "userId": "@user", "status": "suspended"}),
    ],
    ("POST", f"{EDUBRIDGE}/enroll/{{user}}/{{course}}"): [(HERE, {}, {})],
    ("POST", f"{EDUBRIDGE}/enroll/{{user}}/{{course}}/{{school}}"): [(HERE_AT, {}, {})],
    ("DELETE", f"{EDUBRIDGE}/unenroll/{{user}}/{{course}}"): [(HERE, {}, None)],
    ("DELETE", f"{EDUBRIDGE}/unenroll/{{user}}/{{course}}/{{school}}"): [(HERE_AT, {}, None)],
    ("GET", f"{EDUBRIDGE}/defaultClass/{{course}}"): [({"course": "@course"}, {}, None)],
    ("GET", f"{EDUBRIDGE}/defaultClass/{{course}}/{{school}}"): [
        ({"course": "@course", "school": "@school"}, {}, None)
    ],
    ("GET", f"{EDUBRIDGE}/user/{{user}}"): [({"user": "@user"}, {}, None)],
    ("DELETE", f"{EDUBRIDGE}/resetProgress/{{user}}/{{course}}"): [(HERE, {}, None)],
    ("POST", "/oauth2/token"): [
        ({}, {}, {"grant_type": "client_credentials", "client_id": "@client", "client_secret": "x"})
    ],
    **read(
        "enrollments",
        "@record",
        "sourcedId record",
        "user.sourcedId user",
        "class.sourcedId realm",
        "school.sourcedId school",
        "course.sourcedId course",
    ),
    ("POST", f"{ONEROSTER}/enrollments"): [({}, {}, {"enrollment": ROSTERED})],
    ("PUT", f"{ONEROSTER}/enrollments/{{id}}"): [
        ({"id": "@record"}, {}, {"enrollment": {**ROSTERED, "sourcedId": "@record"}})
    ],
    ("PATCH", f"{ONEROSTER}/enrollments/{{id}}"): [
        ({"id": "@record"}, {}, {"enrollment": {"role": "student"}})
    ],
    ("DELETE", f"{ONEROSTER}/enrollments/{{id}}"): [({"id": "@record"}, {}, None)],
    ("GET", f"{ONEROSTER}/schools/{{school}}/enrollments"): [({"school": "@school"}, {}, None)],
    ("GET", f"{ONEROSTER}/schools/{{school}}/classes/{{class}}/enrollments"): [
        ({"school": "@school", "class": "@realm"}, {}, None)
    ],
    **read("classes", "@realm", "sourcedId realm"),
    **read("courses", "@course", "sourcedId course"),
    **read("orgs", "@school", "sourcedId school"),
    **read("schools", "@school", "sourcedId school"),
    **read("academicSessions", "@term", "sourcedId term"),
    **read("terms", "@term", "sourcedId term"),
    **read("users", "@user", "sourcedId user"),
    **read("students", "@user", "sourcedId user"),
    **read("teachers", "@teacher", "sourcedId teacher"),
    **realm_routes("section", "@realm_number", "@record_number", "@door_code"),
    **realm_routes("group", "@group_number", "@group_record_number", "@code"),
    ("POST", "/enrollments"): [
        ({}, {}, many({**PLACED, "realm": "section", "section_id": "@realm_number"})),
        ({}, {}, many({**PLACED, "realm": "section", "section_id": "$realm_number"})),
    ],
    ("DELETE", "/enrollments"): [({}, {"enrollment_ids": "@record_number"}, None)],
    ("POST", "/enrollments/import/course"): [({}, {}, many(BY_SECTION_CODE))],
    ("POST", "/enrollments/import/course/{periods}"): [
        ({"periods": "@term_number"}, {}, many(BY_SCHOOL_CODES))
    ],
    ("GET", "/api/v1/enrollments"): [
        ({}, {"user_id": "@user"}, None),
        ({}, {"course_id": "@course"}, None),
    ],
    ("POST", "/api/v1/enrollments"): [({}, {}, {"user_id": "@user", "course_id": "@course"})],
    ("GET", "/api/v1/enrollments/{id}"): [({"id": "@record"}, {}, None)],
    ("PUT", "/api/v1/enrollments/{id}"): [({"id": "@record"}, {}, {"status": "active"})],
    ("DELETE", "/api/v1/enrollments/{id}"): [({"id": "@record"}, {}, None)],
}


def entry_of(surface: str, path: str) -> str:
    """What a path is listed under: with Schoology's prefix and a slash at the end it is the same
    route."""
    short = path.removeprefix("/v1") if surface == "schoology" else path
    return short.rstrip("/")
