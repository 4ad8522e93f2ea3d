"""Requests that a page of another site makes its visitor send: every kind of content, with all that
browsers say of where a request comes from, by every method, to procedures and REST routes.
(T-21, goal G14)"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from world import Person, World

from procedures import middleware
from procedures.rest.routing import operations

JSON = ["application/json", "application/json; charset=utf-8", "Application/JSON"]
OTHER = [
    *("application/jsonx", "text/plain", "text/plain; application/json", "text/html", "x"),
    *("application/x-www-form-urlencoded", "multipart/form-data", "application/octet-stream"),
    *("multipart/form-data; boundary=b", None),
]
ORIGINS = {"none": None, "own": "http://school.example", "foreign": "https://evil.example"}
ORIGINS |= {"hidden": "null", "garbled": "http://["}
SITES = [None, "same-origin", "same-site", "cross-site", "none"]
SURFACES = sorted({(method, path) for _, method, path, _ in operations() if method != "GET"})
FORM = b'--b\r\ncontent-disposition: form-data; name="name"\r\n\r\n%s\r\n--b--\r\n'
SHUT = {403, 405, 415}


def is_forged(origin: str, site: str | None) -> bool:
    """Whether what a browser says betrays another site; what it says of the site goes first."""
    is_told = origin in ("foreign", "hidden", "garbled")
    return is_told if site is None else site in ("same-site", "cross-site")


def said(origin: str, site: str | None, kind: str | None) -> dict[str, str]:
    told = {"origin": ORIGINS[origin], "sec-fetch-site": site, "content-type": kind}
    return {"host": "school.example"} | {k: v for k, v in told.items() if v is not None}


CELLS = sorted(product(ORIGINS, SITES), key=lambda cell: is_forged(*cell))  # those come last
Cell = tuple[str, str | None, str | None]


def content(cell: Cell) -> bytes:
    """Something that says who has written it."""
    origin, site, kind = cell
    name = b"forged" if is_forged(origin, site) else b"own"
    return FORM % name if "boundary" in (kind or "") else b'{"name":"%s"}' % name


async def ask(person: Person, method: str, path: str, cell: Cell) -> int:
    about: dict[str, Any] = {"headers": person.headers | said(*cell)}
    if method != "GET":
        about["content"] = content(cell)
    return (await person.http.request(method, path, **about)).status_code


async def statuses(person: Person, method: str, path: str) -> dict[Cell, int]:
    cells = [(*cell, kind) for cell, kind in product(CELLS, [*JSON, *OTHER])]
    return {cell: await ask(person, method, path, cell) for cell in cells}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_a_procedure_that_writes_is_reached_from_the_own_site_only(world: World, method: str):
    found = await statuses(world.browser("usr_ada"), method, "/rpc/org.update")
    for (origin, site, kind), status in found.items():
        reached = method == "POST" and not is_forged(origin, site)
        allowed = {200} if reached and kind in JSON else SHUT | {400} if reached else SHUT
        assert status in allowed, (origin, site, kind)
    name = world.value("select name from org where key = 'acme'")
    assert name == ("own" if method == "POST" else "Acme Academy")


async def test_a_procedure_that_reads_is_reached_and_writes_nothing(world: World):
    before = world.contents()
    found = await statuses(world.browser("usr_ada"), "GET", "/rpc/org.get")
    assert {status for (_, _, kind), status in found.items() if kind in JSON} == {200}
    assert set(found.values()) == {200, 405}  # no query takes a form
    assert world.contents() == before


@pytest.mark.parametrize(("method", "path"), [s for s in SURFACES if "oauth2" not in s[1]])
async def test_a_route_that_writes_is_shut_for_other_sites(world: World, method: str, path: str):
    before = world.contents()
    path = path.replace("{", "").replace("}", "")
    ada = world.browser("usr_ada")
    for (origin, site), kind in product(CELLS, ["application/json", None]):
        status = await ask(ada, method, path, (origin, site, kind))
        if is_forged(origin, site):
            assert status in SHUT, (origin, site, kind)
        elif kind == "application/json":
            assert status not in SHUT, (origin, site, kind)
    assert world.contents() == before


async def test_without_the_look_at_the_site_forged_requests_are_obeyed(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(middleware, "is_cross_site", lambda request: False)
    found = await statuses(world.browser("usr_ada"), "POST", "/rpc/org.update")
    assert found["foreign", "cross-site", "application/json"] == 200
    assert world.value("select name from org where key = 'acme'") == "forged"
