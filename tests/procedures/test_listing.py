"""`enrollment.list`: visibility, filters, order and paging."""

import base64
from itertools import product

import pytest
from world import NOW, Person, World, refused

from procedures import router

ENROLL, LIST = "enrollment.enroll", "enrollment.list"
LIAS = ["lia", "invited", "done", "left", "held", "once", "over"]
OF_LIA = [f"enr_{name}" for name in LIAS]
ALL = ["enr_tom", "enr_lia", "enr_leo", *OF_LIA[1:]]
SORTS = {
    "id": lambda r: ALL.index(r["id"]),
    "enrolledAt": lambda r: (r["enrolledAt"], ALL.index(r["id"])),
    "updatedAt": lambda r: (r["updatedAt"], ALL.index(r["id"])),
    "role": lambda r: (r["role"], ALL.index(r["id"])),
    "status": lambda r: (r["status"], ALL.index(r["id"])),
}


async def ids(person: Person, **given) -> list[str]:
    return [record["id"] for record in await person.items(LIST, **given)]


async def walked(person: Person, **given) -> list[dict]:
    """Every record, by following the cursors."""
    page = await person.call(LIST, **given)
    found = page["items"]
    while page["nextCursor"] is not None:
        page = await person.call(LIST, **given, cursor=page["nextCursor"])
        assert page["items"], "a page was announced"
        found += page["items"]
    return found


async def test_an_admin_sees_everything_of_the_organization(ada: Person):
    # S3-15
    assert await ids(ada) == ALL


async def test_a_learner_sees_the_own_records(lia: Person, lou: Person):
    # S3-15, S4-01
    assert await ids(lia) == OF_LIA
    assert await ids(lou) == []


async def test_a_teacher_sees_the_own_section_too(tom: Person):
    assert await ids(tom) == ["enr_tom", "enr_lia"]


@pytest.mark.parametrize(
    "end",
    ["status = 'suspended'", f"end_at = '{NOW}'", f"deleted_at = '{NOW}'", "role = 'proctor'"],
)
async def test_who_teaches_no_more_sees_the_section_no_more(world: World, tom: Person, end: str):
    world.change(f"update enrollment set {end} where key = 'enr_tom'")
    assert "enr_lia" not in await ids(tom)


async def test_another_organization_is_not_seen(world: World):
    assert await ids(world.person("usr_bea", "beta")) == ["enr_beta"]


async def test_a_list_reads_the_active_organization_only(world: World):
    here, there = world.person("usr_bob", "acme"), world.person("usr_bob", "beta")
    record = await there.call(ENROLL, courseId="crs_beta")
    assert (await ids(here), await ids(there)) == ([], [record["id"]])


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"userId": "usr_leo"}, ["leo"]),
        ({"courseId": "crs_past"}, ["tom", "lia", "leo"]),
        ({"realmId": "sec_past"}, ["tom", "lia"]),
        ({"courseId": "crs_past", "userId": "usr_lia"}, ["lia"]),
        ({"courseId": "crs_past", "userId": "usr_nobody"}, []),
        ({"role": ["teacher"]}, ["tom"]),
        ({"role": ["teacher", "proctor"]}, ["tom"]),
        ({"role": ["student"], "courseId": "crs_past"}, ["lia", "leo"]),
        ({"status": ["completed"]}, ["done"]),
        ({"status": ["suspended", "dropped"]}, ["left", "held", "once"]),
        ({"status": ["active"]}, ["tom", "lia", "leo"]),
        ({"status": ["expired"]}, ["over"]),
        ({"updatedAfter": "2026-03-02T08:59:59.999Z"}, [id.removeprefix("enr_") for id in ALL]),
        ({"updatedAfter": "2026-03-02T10:00:00+01:00"}, []),
        ({"courseId": "crs_beta"}, []),
        ({"userId": "usr_ben"}, []),
        ({"courseId": "crs_past%"}, []),
    ],
)
async def test_filters_all_hold(ada: Person, given: dict, names: list[str]):
    # S2-14..16, S3-16..18
    page = await ada.call(LIST, **given)
    assert [r["id"] for r in page["items"]] == [f"enr_{name}" for name in names]
    assert page["total"] == len(names)


async def test_a_filter_does_not_widen_what_is_seen(lia: Person):
    assert await ids(lia, userId="usr_leo") == []
    assert await ids(lia, courseId="crs_past") == ["enr_lia"]


async def test_what_changed_since_is_found(world: World, lou: Person, ada: Person):
    world.clock.advance(milliseconds=1)
    record = await lou.call(ENROLL, courseId="crs_open")
    assert await ids(ada, updatedAfter=NOW) == [record["id"]]


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("sort", [*SORTS])
async def test_following_the_cursor_gives_each_record_once_in_order(
    ada: Person, sort: str, order: str, limit: int
):
    # S2-19, S3-14
    found = await walked(ada, sort=sort, order=order, limit=limit)
    assert sorted(r["id"] for r in found) == sorted(ALL)
    assert found == sorted(found, key=SORTS[sort], reverse=order == "desc")


async def test_what_is_added_meanwhile_does_not_shift_the_pages(ada: Person, lou: Person):
    newest = {"sort": "enrolledAt", "order": "desc", "limit": 4}
    first = await ada.call(LIST, **newest)
    await lou.call(ENROLL, courseId="crs_open")
    second = await ada.call(LIST, **newest, cursor=first["nextCursor"])
    seen = [r["id"] for r in first["items"] + second["items"]]
    whole = [r["id"] for r in await ada.items(LIST, sort="enrolledAt", order="desc")]
    assert seen == whole[1:9]


async def test_the_total_is_of_all_pages(ada: Person):
    page = await ada.call(LIST, limit=2)
    assert (len(page["items"]), page["total"]) == (2, len(ALL))
    rest = await ada.call(LIST, limit=2, cursor=page["nextCursor"])
    assert rest["total"] == len(ALL)


async def test_a_page_begins_at_a_cursor_or_at_an_offset(ada: Person):
    page = await ada.call(LIST, limit=2)
    with refused("BAD_REQUEST", reason="invalid_input") as caught:
        await ada.call(LIST, cursor=page["nextCursor"], offset=0)
    assert "exclude each other" in caught.value.answer.text


@pytest.mark.parametrize("offset", [0, 3, len(ALL) - 1, len(ALL), 2**53 - 1])
async def test_an_offset_skips_so_many(ada: Person, offset: int):
    page = await ada.call(LIST, offset=offset, limit=2)
    assert [r["id"] for r in page["items"]] == ALL[offset : offset + 2]
    assert page["total"] == len(ALL)


@pytest.mark.parametrize(
    "given",
    [
        {"limit": 0},
        {"limit": -1},
        {"limit": "x"},
        {"offset": -1},
        {"offset": 2**53},
        {"sort": "name"},
        {"order": "up"},
        {"status": ["gone"]},
        {"role": ["janitor"]},
        {"updatedAfter": "yesterday"},
        {"updatedAfter": "0001-01-01T00:00:00+05:00"},
        {"limit": None},
    ],
)
async def test_a_wrong_filter_is_refused(ada: Person, given: dict):
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(LIST, **given)


def cursor_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


FORGED = ["[1]", "[1,2,3]", '{"a":1}', "[" * 600, "x", '["id","asc",1,1,1]', '["id","asc","1",1]']
NO_PLACES = ["null,1", "1,1.5", f"{10**30},1", f"1,{10**30}", f"{-(10**30)},1", "-1,1"]
NO_PLACES += ['"\\ud800",1', '"\\u0000",1', '"a",1']
FORGED += [f'["id","asc",{text}]' for text in NO_PLACES]


@pytest.mark.parametrize("cursor", ["", "€", "====", "a", *map(cursor_of, FORGED)])
async def test_a_cursor_that_is_none_of_ours_is_refused(ada: Person, cursor: str):
    with refused("BAD_REQUEST", reason="invalid_input") as caught:
        await ada.call(LIST, cursor=cursor)
    assert "cursor" in caught.value.message


@pytest.mark.parametrize("sort", [*SORTS])
@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_a_cursor_goes_on_in_its_own_order_only(ada: Person, sort: str, order: str):
    cursor = (await ada.call(LIST, limit=2, sort=sort, order=order))["nextCursor"]
    for given in product([*SORTS], ["asc", "desc"]):
        asked = {"sort": given[0], "order": given[1], "cursor": cursor}
        if given == (sort, order):
            assert len((await ada.call(LIST, **asked))["items"]) == len(ALL) - 2
        else:
            with refused("BAD_REQUEST", reason="invalid_input"):
                await ada.call(LIST, **asked)


@pytest.mark.parametrize("path", ["enrollment.history", "course.list", "membership.list"])
@pytest.mark.parametrize("text", ["[1]", '"1"', "1.5", str(10**30), str(-(10**30)), "x"])
async def test_a_forged_cursor_by_id_is_refused(ada: Person, path: str, text: str):
    given = {"id": "enr_lia"} if path == "enrollment.history" else {}
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(path, **given, cursor=cursor_of(text))


async def test_without_an_active_organization_nothing_is_listed(world: World, lia: Person):
    world.change("update session set org_id = null")
    with refused("FORBIDDEN", reason="not_member"):
        await world.browser("usr_lia").call(LIST)
    assert await ids(lia) == OF_LIA


LISTS = [name for name in router if name.endswith((".list", ".history"))]


@pytest.mark.parametrize("path", LISTS)
async def test_lists_are_walked_forward_as_infinite_queries_say(ada: Person, path: str):
    given = {"enrollment.history": {"id": "enr_lia"}, "submission.list": {"courseId": "crs_past"}}
    asked = {"limit": 1, **given.get(path, {})}
    assert await ada.call(path, **asked, direction="forward") == await ada.call(path, **asked)
    with refused("BAD_REQUEST", reason="invalid_input"):
        await ada.call(path, **asked, direction="backward")


async def test_a_larger_wish_than_a_page_holds_is_cut_to_it(ada: Person):
    assert await ada.call(LIST, limit=10**6) == await ada.call(LIST, limit=200)
