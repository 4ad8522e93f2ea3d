"""Every procedure and every route, asked about another tenant's things and about things that never
were: by each role of another tenant, and by those who are not, not yet or no longer members.

The answers are the same byte for byte but for the names in the question; nothing is written, and
nothing of the other tenant is told.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import unquote

import httpx2
import msgspec
import pytest
from engines import Engine
from tenant_entries import NEW_NAMES, NOTHING_NAMED, PROCEDURES, ROUTES, TERM, entry_of
from tenants import FOREIGN, OWN, UNKNOWN, filled, furnish, kept, unnamed, write_roster
from world import Person, World, build, serving

from procedures import middleware, router
from procedures.records.fields import Key
from procedures.rest.routing import operations
from procedures.store.opening import database_at

MEMBERS = ("usr_lia", "usr_ina", "usr_ada")  # learner, staff and admin of acme
MEMBERS += ("usr_dua",)  # staff of acme, and admin of gamma
SHUT_OUT = ("usr_una2", "usr_pia2", "usr_rem2")  # unverified, pending, removed admins of beta
CALLABLE = sorted(PROCEDURES)
LISTS = sorted(name for name in NOTHING_NAMED if router[name].type == "query")
OWN_OF_BETA = FOREIGN | {"user": "usr_bob"}
# Their inputs, one after the other, change or name what the next one asks about.
FOUND_ONCE = {"course.setComponents", "enrollment.bulk"}
OPERATIONS = sorted((surface, method, path) for surface, method, path, _ in operations())


@pytest.fixture(scope="session")
def built_tenants(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The world with more in the other tenant. To be copied, never changed."""
    address = engine.new()
    build(address, write_roster(tmp_path_factory.mktemp("tenants")))
    store = database_at(address)
    store.transact(furnish)
    store.close()
    return address


@pytest.fixture
async def tenants(engine: Engine, built_tenants: str) -> AsyncIterator[World]:
    address = engine.copy(built_tenants)
    async with serving(address) as running:
        yield running
    engine.drop(address)


def callers(world: World) -> list[tuple[str, Person]]:
    people = [(who, world.browser(who)) for who in MEMBERS]
    people += [(who, world.browser(who, "beta")) for who in SHUT_OUT]
    return [*people, ("nobody", world.stranger())]


def named(value: Any) -> set[str]:
    """The members of an input that name another tenant's thing, at any depth."""
    if isinstance(value, list):
        return set().union(*map(named, value))
    if not isinstance(value, dict):
        return set()
    here = {name for name, part in value.items() if "@" in str(part)[:2] or "['@" in str(part)}
    return here.union(*map(named, value.values()))


def keys_of(type: Any) -> set[str]:
    """The members of a type that take the key of a thing, at any depth."""
    if isinstance(type, msgspec.inspect.StructType):
        found = {field.encode_name for field in type.fields if is_key(field.type)}
        return found.union(*(keys_of(field.type) for field in type.fields))
    if isinstance(type, msgspec.inspect.UnionType):
        return set().union(*map(keys_of, type.types))
    is_list = isinstance(type, msgspec.inspect.ListType)
    return keys_of(type.item_type) if is_list else set()


def is_key(type: Any) -> bool:
    if isinstance(type, msgspec.inspect.UnionType):
        return any(map(is_key, type.types))
    if isinstance(type, msgspec.inspect.ListType):
        return is_key(type.item_type)
    return type == msgspec.inspect.type_info(Key)


def test_five_thousand_questions_are_asked():
    """Goal G5: each by eight people, about what is another tenant's and about what never was."""
    actors = len(MEMBERS) + len(SHUT_OUT) + len(["nobody"])
    asks = sum(len(inputs) * (1 + in_batches(name)) for name, inputs in PROCEDURES.items())
    asks += sum(len(ROUTES[method, entry_of(s, path)]) for s, method, path in OPERATIONS)
    assert (actors, asks * actors * 2) >= (8, 5000)


def test_every_procedure_has_an_entry():
    assert sorted({*PROCEDURES, *NOTHING_NAMED}) == sorted(router)
    assert not PROCEDURES.keys() & NOTHING_NAMED


def test_every_route_has_an_entry():
    assert {(m, entry_of(s, p)) for s, m, p in OPERATIONS} == ROUTES.keys()


@pytest.mark.parametrize("name", sorted(router))
def test_every_member_that_takes_a_key_is_tried(name: str):
    input = router[name].input
    taken = set() if input is None else keys_of(msgspec.inspect.type_info(input.type))
    assert taken - NEW_NAMES <= named(PROCEDURES.get(name, []))


@pytest.mark.parametrize(("method", "path"), sorted(ROUTES))
def test_every_part_of_a_path_is_tried(method: str, path: str):
    parts = {part[1:-1] for part in path.split("/") if part.startswith("{")}
    assert parts <= set().union(*(named(ask[0]) for ask in ROUTES[method, path]))


async def rpc(person: Person, name: str, given: Any) -> httpx2.Response:
    if router[name].type == "subscription":
        return await person.get(name, params={"input": json.dumps(given)}, timeout=5)
    return await person.post(name, json=given)


def seen(answer: httpx2.Response, things: dict[str, Any]) -> tuple[Any, ...]:
    """All that an answer shows, without the names that were asked about."""
    headers = [(k, unquote(v)) for k, v in answer.headers.multi_items() if k != "date"]
    return answer.status_code, unnamed(str(headers), things), unnamed(answer.text, things)


def require_silence(who: str, shown: tuple[Any, ...]) -> None:
    told = str(shown).lower()
    assert "canary" not in told
    assert who not in MEMBERS or "beta" not in told


@pytest.mark.parametrize("name", CALLABLE)
async def test_a_procedure_knows_nothing_of_another_tenant(tenants: World, name: str):
    before = kept(tenants)
    for who, person in callers(tenants):
        for given in PROCEDURES[name]:
            foreign, unknown = await both(person, name, given)
            assert foreign == unknown, (who, given)
            require_silence(who, foreign)
        tenants.change("delete from attempt")  # else one has to wait
        if in_batches(name):
            foreign, unknown = await both_in_batches(person, name)
            assert foreign == unknown, who
            require_silence(who, foreign)
    assert kept(tenants) == before


def in_batches(name: str) -> bool:
    return router[name].type != "subscription"


async def both_in_batches(person: Person, name: str) -> list[tuple[Any, ...]]:
    """The same of all questions at once."""
    path = ",".join([name] * len(PROCEDURES[name]))
    batches = [
        dict(enumerate(filled(PROCEDURES[name], things, OWN))) for things in (FOREIGN, UNKNOWN)
    ]
    answers = [await person.post(path, json=batch, params={"batch": "1"}) for batch in batches]
    return [seen(*about) for about in zip(answers, (FOREIGN, UNKNOWN), strict=True)]


async def both(person: Person, name: str, given: Any) -> list[tuple[Any, ...]]:
    """What is seen of what is another tenant's, and of what never was."""
    return [
        seen(await rpc(person, name, filled(given, things, OWN)), things)
        for things in (FOREIGN, UNKNOWN)
    ]


# Look-ups that find for everybody what bea finds, as if they had forgotten to ask who calls.
FORGETFUL = {
    "course.get": ("courses", "course_through", {"courseId": "@course"}),
    "realm.get": ("realms", "realm_through", {"realmId": "@group"}),
    "enrollment.get": ("enrollments", "record_through", {"id": "@record"}),
}


@pytest.mark.parametrize("name", FORGETFUL)
async def test_a_look_up_that_forgets_the_caller_shows(
    tenants: World, name: str, monkeypatch: pytest.MonkeyPatch
):
    """The matrix is not green whatever happens."""
    module, function, given = FORGETFUL[name]
    of_module = getattr(middleware, module)
    right = getattr(of_module, function)
    bea, beta = tenants.rows(
        "select a.id, o.id from account a, org o where a.key = 'usr_bea' and o.key = 'beta'"
    )[0]
    monkeypatch.setattr(of_module, function, lambda tx, user, org, key: right(tx, bea, beta, key))
    if name == "enrollment.get":
        verified_in = middleware.people.verified_in
        found = lambda tx, user, org: verified_in(tx, bea, org)  # noqa: E731
        monkeypatch.setattr(middleware.people, "verified_in", found)
    foreign, unknown = await both(tenants.browser("usr_ada"), name, given)
    assert foreign != unknown


@pytest.mark.parametrize("name", sorted({*CALLABLE} - {"auth.login", "enrollment.onChange"}))
async def test_the_procedure_knows_the_things_of_whoever_asks(tenants: World, name: str):
    """The questions above are such as find the thing for those who may see it."""
    bea = tenants.browser("usr_bea", "beta")
    found = []
    for given in PROCEDURES[name]:
        unknown, known = [
            seen(await rpc(bea, name, filled(given, things, OWN_OF_BETA)), things)
            for things in (UNKNOWN, FOREIGN)
        ]
        found.append(known != unknown)
    assert any(found) if name in FOUND_ONCE else all(found)


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_shows_nothing_of_another_tenant(tenants: World, name: str):
    for who, person in callers(tenants):
        require_silence(who, seen(await person.get(name), {}))


async def rest(
    person: Person, operation: tuple[str, str], asked: Any, own: dict[str, Any] = OWN
) -> httpx2.Response:
    (method, path), (ask, things) = operation, asked
    parts, query, body = filled(list(ask), things, own)
    content: dict[str, Any] = {} if body is None else {"json": body}
    if path == "/oauth2/token":
        content = {"data": body}
    url = path.format(**parts)
    headers = {"accept": "application/json", **person.headers}
    return await person.http.request(method, url, params=query, headers=headers, **content)


@pytest.mark.parametrize(("surface", "method", "path"), OPERATIONS)
async def test_a_route_knows_nothing_of_another_tenant(
    tenants: World, surface: str, method: str, path: str
):
    before = kept(tenants)
    for who, person in callers(tenants):
        for ask in ROUTES[method, entry_of(surface, path)]:
            foreign, unknown = [
                seen(await rest(person, (method, path), (ask, things)), things)
                for things in (FOREIGN, UNKNOWN)
            ]
            assert foreign == unknown, (who, ask)
            require_silence(who, foreign)
    assert kept(tenants) == before


@pytest.mark.parametrize(("surface", "method", "path"), [o for o in OPERATIONS if o[0] != "oauth"])
async def test_the_route_knows_the_things_of_whoever_asks(
    tenants: World, surface: str, method: str, path: str
):
    bea = tenants.browser("usr_bea", "beta")
    for ask in ROUTES[method, entry_of(surface, path)]:
        if named(list(ask)):
            unknown, known = [
                seen(await rest(bea, (method, path), (ask, things), OWN_OF_BETA), things)
                for things in (UNKNOWN, FOREIGN)
            ]
            assert known != unknown, (ask, known)


NEW = {
    "course.create": {"title": "New", "key": "crs_beta"},
    "realm.create": {"title": "New", "kind": "group", "key": "grp_beta"},
    "school.create": {"name": "New", "key": "sch_beta"},
    "term.create": {**TERM, "key": "trm_beta"},
    "enrollment.enroll": {"courseId": "crs_open", "key": "enr_beta"},
}


@pytest.mark.parametrize("name", sorted(NEW))
async def test_a_name_that_another_tenant_uses_is_free(tenants: World, name: str):
    made = await tenants.person("usr_ada").call(name, **NEW[name])
    assert made.get("id", NEW[name]["key"]) == NEW[name]["key"]
