"""Schoology: the enrollments of a section or a group, page by page."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from msgspec import UNSET, Meta, Struct, UnsetType

from procedures.records.detail import Detail, RealmDetail
from procedures.records.fields import Count, Limit
from procedures.rest.schoology_forms import (
    ROLES,
    STATUSES,
    Links,
    Listed,
    NumberList,
    Page,
    enrollments_url,
    link_of,
    numbers_in,
    place_of,
    words_of,
)
from procedures.rest.surface import Answer, Incoming, among

LARGEST_PAGE = 200
TYPES = {"admin": ROLES[1], "member": ROLES[0]}

StatusList = Annotated[str, Meta(pattern=r"^[1-5](,[1-5])*$(?!\n)")]
TypeList = Annotated[str, Meta(pattern=r"^(admin|member)(,(admin|member))*$(?!\n)")]
SizeList = Annotated[str, Meta(pattern=r"^(big|reg|sm|tiny)(,(big|reg|sm|tiny))*$(?!\n)")]


class Wanted(Struct):
    """Which enrollments, the first of them and how many, at most 200. Lists have commas; of
    several picture sizes the first counts."""

    uid: NumberList | UnsetType = UNSET
    enrollment_status: StatusList | UnsetType = UNSET
    type: TypeList | UnsetType = UNSET
    picture_size: SizeList | UnsetType = UNSET
    start: Count = 0
    limit: Limit = 20


async def list_enrollments(incoming: Incoming) -> Answer:
    """The enrollments of a section or a group, for its members and staff."""
    wanted = incoming.asked(Wanted)
    wanted.limit = min(wanted.limit, LARGEST_PAGE)
    place = await place_of(incoming)
    part = {"where": selection(wanted), "limit": wanted.limit, "offset": wanted.start}
    found = await incoming.call("details.enrollments", {**part, "roster": place.key})
    links = Links(page_url(incoming, place, wanted))
    wanted.start += wanted.limit
    if wanted.start < found.total:
        links.next = page_url(incoming, place, wanted)
    items = [listed(incoming, record, wanted) for record in found.items]
    return Answer(200, Page(items, str(found.total), links))


def selection(wanted: Wanted) -> list[dict[str, Any]]:
    tests = []
    if wanted.uid is not UNSET:
        tests.append(among("userNumber", numbers_in(wanted.uid)))
    if wanted.enrollment_status is not UNSET:
        numbers = numbers_in(wanted.enrollment_status)
        tests.append(among("status", [word for number in numbers for word in STATUSES[number]]))
    if wanted.type is not UNSET:
        types = wanted.type.split(",")
        tests.append(among("role", [role for each in types for role in TYPES[each]]))
    return tests


def listed(incoming: Incoming, record: Detail, wanted: Wanted) -> Listed:
    sizes = wanted.picture_size
    size = None if sizes is UNSET else sizes.partition(",")[0]
    return Listed(**words_of(record, size), links=link_of(incoming.http, record))


def page_url(incoming: Incoming, place: RealmDetail, wanted: Wanted) -> str:
    """The address of a page: what was asked for, from `start` on."""
    members = {name: getattr(wanted, name) for name in Wanted.__struct_fields__}
    asked = {name: value for name, value in members.items() if value is not UNSET}
    return f"{enrollments_url(incoming.http, place)}?{urlencode(asked, safe=',')}"
