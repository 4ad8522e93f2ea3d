"""/v1/sections, /v1/groups and /v1/enrollments: Schoology, in JSON and XML."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct
from msgspec.structs import fields

from procedures.records.detail import Detail, RealmDetail
from procedures.rest.schoology_bulk import (
    NOTHING,
    Many,
    Results,
    done,
    keys_of_users,
)
from procedures.rest.schoology_forms import (
    NUMBERS,
    OFFERS,
    STATUSES,
    Change,
    Created,
    Enrollment,
    Failure,
    NewEnrollment,
    Page,
    acceptable,
    answer,
    changes,
    is_sync,
    link_of,
    other_person,
    place_of,
    read,
    refusal,
    role_of,
    words_of,
)
from procedures.rest.schoology_imports import (
    ByCourse,
    BySchoolCode,
    ImportedByCourse,
    ImportedBySchoolCode,
    import_by_course,
    import_by_school_code,
)
from procedures.rest.schoology_list import Wanted, list_enrollments
from procedures.rest.schoology_many import (
    Flags,
    ListedChange,
    Made,
    MadeAnywhere,
    Placed,
    Touched,
    WantedIds,
    create_many,
    create_many_here,
    creation,
    delete_many,
    update_many,
)
from procedures.rest.surface import (
    Answer,
    Handler,
    Incoming,
    Operation,
    Surface,
    failure_of,
    fitted,
)


def either(name: str, *kinds: Any) -> type[Struct]:
    """What is published of a body of one kind or another; msgspec describes no such union."""
    members = [field for kind in kinds for field in fields(kind)]
    return defstruct(name, [(f.name, f.type | UnsetType, UNSET) for f in members])


NewHere = either("NewHere", NewEnrollment, Many[NewEnrollment])
CreatedHere = either("CreatedHere", Created, Results[Made])


class AccessCode(Struct):
    access_code: Annotated[str, Meta(min_length=1, max_length=255)]


async def record_of(incoming: Incoming) -> Detail:
    """The record in the path, of the place in the path. Raises NOT_FOUND."""
    place = await place_of(incoming)
    address = {"number": incoming.path_number("enrollment"), "roster": place.key}
    record: Detail = await incoming.call("details.enrollment", address)
    return record


async def get_enrollment(incoming: Incoming) -> Answer:
    """One enrollment, of the section or group in the path."""
    return Answer(200, Enrollment(**words_of(await record_of(incoming))))


async def create_enrollment(incoming: Incoming) -> Answer:
    """Enroll a person, or where the body says `enrollments` up to fifty."""
    body = await read(incoming)
    place = await place_of(incoming)
    if "enrollments" in body:
        return await create_many_here(incoming, body, place)
    key = await enrolled(incoming, place, fitted(body, NewEnrollment, strict=False))
    record = await incoming.call("details.enrollment", {"key": key, "roster": place.key})
    words = {**words_of(record), "status": NUMBERS[record.status]}
    return Answer(200, Created(**words, links=link_of(incoming.http, record)))


async def enrolled(incoming: Incoming, place: RealmDetail, given: NewEnrollment) -> str:
    """The key of the new record. Learners enroll themselves under the ordinary rules, which say
    what status they begin with."""
    if is_sync(await incoming.me(), given.uid):
        users = await keys_of_users(incoming, [given.uid])
        [result] = await done(incoming, [creation(given, place, users[given.uid])])
        if result.record is UNSET:
            raise failure_of(result)
        return result.record.id
    wish: dict[str, Any] = {"realmId": place.key, "role": role_of(given.admin, place.kind)}
    if given.status != 1:
        wish["status"] = STATUSES[given.status][0]
    key: str = (await incoming.call("enrollment.enroll", wish)).id
    return key


def redeeming_of(kind: str) -> Handler:
    """What redeems codes of sections, or of groups."""

    async def redeem(incoming: Incoming) -> Answer:
        """Join what an access code is for, if that is what the path says."""
        given = fitted(await read(incoming), AccessCode)
        me = await incoming.me()
        wish = {"code": given.access_code, "realmKind": kind, "orgId": me.org}
        if kind in incoming.http.path_params:
            wish["realmId"] = await key_of_place(incoming, incoming.path_number(kind))
        made = await incoming.call("enrollment.redeemCode", wish)
        record = await incoming.call("details.enrollment", {"key": made.id})
        return Answer(200, Enrollment(**words_of(record)))

    return redeem


async def key_of_place(incoming: Incoming, number: int) -> str:
    """The key of a section or group, NOTHING for none: wrong codes are counted there too."""
    found = await incoming.call("details.realms", {"numbers": [number]})
    return found[0].key if found else NOTHING


async def update_enrollment(incoming: Incoming) -> Answer:
    """Change the status or the role of one enrollment."""
    given = fitted(await read(incoming), Change, strict=False)
    record, me = await record_of(incoming), await incoming.me()
    if given.uid not in (None, record.user.number):
        raise other_person()
    change = {"id": record.key, **changes(given, record.realm.kind)}
    if is_sync(me, record.user.number):
        change["notify"] = me.notify_bulk
    await incoming.call("enrollment.update", change)
    return Answer(204)


async def delete_enrollment(incoming: Incoming) -> Answer:
    """End one enrollment. It does not come back."""
    record = await record_of(incoming)
    await incoming.call("enrollment.unenroll", {"id": record.key})
    return Answer(204)


def of_places(kind: str) -> dict[str, dict[str, Operation]]:
    """The operations on a section or a group."""
    place = f"/{kind}s/{{{kind}}}"
    redeeming = Operation(
        redeeming_of(kind), {200: Enrollment}, body=AccessCode, calls=("enrollment.redeemCode",)
    )
    return {
        f"{place}/enrollments": {
            "GET": Operation(list_enrollments, {200: Page}, query=Wanted),
            "POST": Operation(
                create_enrollment,
                {200: CreatedHere, 207: Results[Made]},
                body=NewHere,
                calls=("enrollment.enroll", "enrollment.bulk"),
            ),
            "PUT": Operation(
                update_many,
                {200: Results[Touched], 207: Results[Touched]},
                body=Many[ListedChange],
                calls=("enrollment.bulk",),
            ),
        },
        f"{place}/enrollments/{{enrollment}}": {
            "GET": Operation(get_enrollment, {200: Enrollment}),
            "PUT": Operation(
                update_enrollment, {204: None}, body=Change, calls=("enrollment.update",)
            ),
            "DELETE": Operation(delete_enrollment, {204: None}, calls=("enrollment.unenroll",)),
        },
        f"{place}/accesscode": {"POST": redeeming},
        f"/{kind}s/accesscode": {"POST": redeeming},
    }


ROUTES: dict[str, dict[str, Operation]] = {
    **of_places("section"),
    **of_places("group"),
    "/enrollments": {
        "POST": Operation(
            create_many,
            {200: Results[MadeAnywhere], 207: Results[MadeAnywhere]},
            query=Flags,
            body=Many[Placed],
            calls=("enrollment.bulk",),
        ),
        "DELETE": Operation(
            delete_many,
            {200: Results[Touched], 207: Results[Touched]},
            query=WantedIds,
            calls=("enrollment.bulk",),
        ),
    },
    "/enrollments/import/course": {
        "POST": Operation(
            import_by_school_code,
            {200: Results[ImportedBySchoolCode], 207: Results[ImportedBySchoolCode]},
            body=Many[BySchoolCode],
            calls=("enrollment.bulk",),
        ),
    },
    "/enrollments/import/course/{periods}": {
        "POST": Operation(
            import_by_course,
            {200: Results[ImportedByCourse], 207: Results[ImportedByCourse]},
            body=Many[ByCourse],
            calls=("enrollment.bulk",),
        ),
    },
}

SURFACE = Surface(
    door="schoology",
    prefixes=("/v1/", "/sections/", "/groups/", "/enrollments/"),
    routes={
        f"{prefix}{path}": {method: acceptable(each) for method, each in operations.items()}
        for prefix in ("/v1", "")
        for path, operations in ROUTES.items()
    },
    refusal=refusal,
    failure=Failure,
    answer=answer,
    reads=OFFERS,
    writes=OFFERS,
)
