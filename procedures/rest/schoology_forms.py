"""How Schoology writes things: records, numbers for status and role, bodies in JSON or XML."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.records.detail import Caller, Detail, Number, RealmDetail
from procedures.records.fields import PLAIN
from procedures.refusals import no_realm
from procedures.rest import xml
from procedures.rest.errors import message_of, row_of
from procedures.rest.negotiation import preferred
from procedures.rest.surface import Answer, Incoming, Operation, parsed
from rpc.errors import RPCError

# The statuses a number stands for; the first is what writing it means.
STATUSES = {
    1: ("active", "completed"),
    2: ("expired",),
    3: ("invited",),
    4: ("requested", "waitlisted"),
    5: ("archived", "suspended", "dropped"),
}
NUMBERS = {status: number for number, statuses in STATUSES.items() for status in statuses}
# `admin`: the roles of members and of administrators.
ROLES = {0: ("student", "proctor", "observer"), 1: ("teacher", "administrator")}
XML = ("text/xml", "application/xml")
OFFERS = ("application/json", *XML)

Admin = Literal[0, 1]
StatusNumber = Literal[1, 2, 3, 4, 5]
NumberList = Annotated[str, Meta(pattern=r"^[0-9]{1,16}(,[0-9]{1,16})*$(?!\n)")]
Code = Annotated[str, Meta(min_length=1, max_length=255, pattern=PLAIN)]


class NewEnrollment(Struct):
    uid: Number
    admin: Admin
    status: StatusNumber


class Change(Struct):
    """What shall be different; `uid`, where it is given, says of whom."""

    uid: Number | None = None
    status: StatusNumber | None = None
    admin: Admin | None = None

    def __post_init__(self) -> None:
        if self.status is None and self.admin is None:
            raise ValueError("one of `status` and `admin` is needed")


class Links(Struct):
    """Addresses: of the thing itself and, of a page, of the next one."""

    self: str
    next: str | UnsetType = UNSET


class Person(Struct):
    """Who is enrolled. Numbers and flags are texts but for `admin`."""

    id: str
    uid: str
    school_uid: str
    name_title: str
    name_title_show: Literal["0", "1"]
    name_first: str
    name_first_preferred: str
    name_middle: str
    name_middle_show: Literal["0", "1"]
    name_last: str
    name_display: str
    admin: Admin


class Enrollment(Person):
    status: Literal["1", "2", "3", "4", "5"]
    picture_url: str


class Listed(Enrollment):
    links: Links


class Created(Person):
    """A new enrollment, whose status is a number."""

    status: StatusNumber
    picture_url: str
    links: Links


class Page(Struct):
    enrollment: list[Listed]
    total: str
    links: Links


class Failure(Struct):
    response_code: int
    message: str


def role_of(admin: int, kind: str) -> str:
    return "administrator" if admin and kind == "group" else ROLES[admin][0]


def changes(given: Change | NewEnrollment, kind: str) -> dict[str, Any]:
    """What to ask of `enrollment.update`: what shows as the same already stays as it is."""
    words = role_wish(given.admin, kind)
    if given.status is not None:
        statuses = STATUSES[given.status]
        words |= {"status": statuses[0], "unlessStatus": statuses}
    return words


def role_wish(admin: int | None, kind: str) -> dict[str, Any]:
    if admin is None:
        return {}
    return {"role": role_of(admin, kind), "unlessRole": ROLES[admin]}


def other_person() -> RPCError:
    message = "`uid` is not that of the enrollment"
    return RPCError("BAD_REQUEST", message, reason="invalid_input")


def numbers_in(text: str) -> list[int]:
    return [int(each) for each in text.split(",")]


def is_sync(me: Caller, user_number: int) -> bool:
    """Whether a call keeps a roster in step, for staff; learners act for themselves."""
    return me.org_role == "admin" or me.user_number != user_number


async def place_of(incoming: Incoming) -> RealmDetail:
    """The section or group in the path. Raises NOT_FOUND."""
    kind = "section" if "section" in incoming.http.path_params else "group"
    found = await incoming.call("details.realms", {"numbers": [incoming.path_number(kind)]})
    if not found or found[0].kind != kind:
        raise no_realm()
    place: RealmDetail = found[0]
    return place


def words_of(record: Detail, picture_size: str | None = None) -> dict[str, Any]:
    """A record in Schoology's words, in their order."""
    user = record.user
    return {
        "id": str(record.number),
        "uid": str(user.number),
        "school_uid": user.school_uid,
        "name_title": user.name_title,
        "name_title_show": str(int(user.name_title_show)),
        "name_first": user.name_first,
        "name_first_preferred": user.name_first_preferred,
        "name_middle": user.name_middle,
        "name_middle_show": str(int(user.name_middle_show)),
        "name_last": user.name_last,
        "name_display": user.name_display,
        "admin": int(record.role in ROLES[1]),
        "status": str(NUMBERS[record.status]),
        "picture_url": picture(user.picture_url, picture_size),
    }


def picture(url: str | None, size: str | None) -> str:
    if url is None or size is None:
        return url or ""
    return f"{url}{'&' if '?' in url else '?'}picture_size={size}"


def enrollments_url(http: HTTPRequest, place: RealmDetail) -> str:
    return f"{http.base_url}v1/{place.kind}s/{place.number}/enrollments"


def link_of(http: HTTPRequest, record: Detail) -> Links:
    """The address that a record can be read at."""
    return Links(f"{enrollments_url(http, record.realm)}/{record.number}")


async def read(incoming: Incoming) -> dict[str, Any]:
    """The members of the body's one object, JSON or XML. Raises BAD_REQUEST `malformed`."""
    body = await incoming.body()
    value = xml.read(body) if incoming.media_type in XML else parsed(body)
    if not isinstance(value, dict):
        raise RPCError("BAD_REQUEST", "the body holds no members", reason="malformed")
    return value


def answer(given: Answer, http: HTTPRequest) -> Response:
    """In the media type that the caller prefers; a caller who wants none of ours gets JSON."""
    headers = {"Vary": "Accept", **given.headers}
    if given.body is None:
        return Response(b"", given.status, headers)
    media = preferred(accepted(http), OFFERS) or OFFERS[0]
    is_xml = media in XML
    body = xml.write(msgspec.to_builtins(given.body)) if is_xml else msgspec.json.encode(given.body)
    return Response(body, given.status, headers, media)


def accepted(http: HTTPRequest) -> str:
    return ",".join(http.headers.getlist("accept"))


def refusal(error: RPCError, http: HTTPRequest) -> Response:
    return answer(Answer(row_of(error).schoology, refused(error)), http)


def refused(error: RPCError) -> Failure:
    return Failure(row_of(error).schoology, message_of(error))


def acceptable(operation: Operation) -> Operation:
    """The operation, which does nothing whose answer the caller would not take."""

    async def handle(incoming: Incoming) -> Answer:
        if preferred(accepted(incoming.http), OFFERS) is None:
            message = f"answers are {', '.join(OFFERS)}"
            raise RPCError("BAD_REQUEST", message, reason="not_acceptable")
        return await operation.handler(incoming)

    handle.__doc__ = operation.handler.__doc__
    return replace(operation, handler=handle)
