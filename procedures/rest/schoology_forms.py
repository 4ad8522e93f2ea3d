"""How Schoology writes things: records, numbers for status and role, bodies in JSON or XML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from starlette.requests import Request as HTTPRequest
from starlette.responses import Response

from procedures.records.detail import Caller, Detail, Number, RealmDetail
from procedures.rest import xml
from procedures.rest.errors import message_of, row_of
from procedures.rest.negotiation import preferred
from procedures.rest.surface import Answer, Handler, Incoming, number, parsed, to_json
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
Code = Annotated[str, Meta(min_length=1, max_length=255)]


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


def listed_numbers(text: str, what: str) -> list[int]:
    """Numbers with commas between them. Raises BAD_REQUEST `invalid_query`."""
    numbers = [number(part) for part in text.split(",")]
    if None in numbers:
        message = f"{what} must be numbers with commas between them"
        raise RPCError("BAD_REQUEST", message, reason="invalid_query")
    return [each for each in numbers if each is not None]


def is_sync(me: Caller, user_number: int) -> bool:
    """Whether a call keeps a roster in step, for staff; learners act for themselves."""
    return me.org_role == "admin" or me.user_number != user_number


async def place_of(incoming: Incoming) -> RealmDetail:
    """The section or group in the path. Raises NOT_FOUND."""
    kind = "section" if "section" in incoming.http.path_params else "group"
    found = await incoming.call("details.realms", {"numbers": [incoming.path_number(kind)]})
    if not found or found[0].kind != kind:
        raise RPCError("NOT_FOUND", "no such section or group")
    place: RealmDetail = found[0]
    return place


def shown(record: Detail, picture_size: str | None = None) -> dict[str, Any]:
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


def linked(http: HTTPRequest, record: Detail, picture_size: str | None = None) -> dict[str, Any]:
    """A record with the address it can be read at."""
    self = f"{enrollments_url(http, record.realm)}/{record.number}"
    return {**shown(record, picture_size), "links": {"self": self}}


async def read(incoming: Incoming) -> dict[str, Any]:
    """The members of the body's one object, JSON or XML. Raises BAD_REQUEST `malformed`."""
    body = await incoming.body()
    value = xml.read(body) if incoming.media_type in XML else parsed(body)
    if not isinstance(value, dict):
        raise RPCError("BAD_REQUEST", "the body holds no members", reason="malformed")
    return value


def answer(answer: Answer, http: HTTPRequest) -> Response:
    """In the media type that the caller prefers; a caller who wants none of ours gets JSON."""
    headers = {"Vary": "Accept", **answer.headers}
    if answer.body is None:
        return Response(b"", answer.status, headers)
    media = preferred(accepted(http), OFFERS) or OFFERS[0]
    body = xml.write(answer.body) if media in XML else to_json(answer.body)
    return Response(body, answer.status, headers, media)


def accepted(http: HTTPRequest) -> str:
    return ",".join(http.headers.getlist("accept"))


def refusal(error: RPCError, http: HTTPRequest) -> Response:
    return answer(Answer(row_of(error).schoology, refused(error)), http)


def refused(error: RPCError) -> dict[str, Any]:
    return {"response_code": row_of(error).schoology, "message": message_of(error)}


def acceptable(handlers: Mapping[str, Handler]) -> dict[str, Handler]:
    """The handlers, none of which does anything whose answer the caller would not take."""
    return {method: checked(handler) for method, handler in handlers.items()}


def checked(handler: Handler) -> Handler:
    async def handle(incoming: Incoming) -> Answer:
        if preferred(accepted(incoming.http), OFFERS) is None:
            message = f"answers are {', '.join(OFFERS)}"
            raise RPCError("BAD_REQUEST", message, reason="not_acceptable")
        return await handler(incoming)

    return handle
