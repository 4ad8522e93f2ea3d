"""Calls, one after the other, that between them run every statement there is."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tenant_entries import PROCEDURES, ROUTES, entry_of
from tenants import FOREIGN, filled
from test_tenant_matrix import LISTS, OPERATIONS, OWN_OF_BETA, rest, rpc
from world import NOW, Person, World

from procedures.__main__ import new_bearer, new_session
from procedures.background import once
from procedures.context import Service
from procedures.erasing import Erased, Erasure, require_replaceable
from procedures.sessions import SessionSigner
from procedures.settings import Settings
from procedures.store import attempts, outbox, people
from procedures.store.database import Database

# By function and by text, the statements that ran, with values of one time.
Statements = dict[str, dict[str, dict[str, Any]]]


def recording(monkeypatch: pytest.MonkeyPatch, kind: type[Any]) -> Statements:
    """What transactions of that kind run from now on."""
    found: Statements = defaultdict(dict)
    execute = kind._execute
    engine = (kind.__module__.removesuffix("_transaction"), "procedures.store.transaction")

    def recorded(self: Any, sql: str, values: dict[str, Any]) -> Any:
        cursor = execute(self, sql, values)
        name = site(sys._getframe(1), engine)
        if name.startswith("procedures."):
            found[name][sql] = values
        return cursor

    monkeypatch.setattr(kind, "_execute", recorded)
    return found


def site(frame: Any, engine: tuple[str, ...]) -> str:
    """The function outside of the engine that runs a statement."""
    while frame.f_globals["__name__"].startswith(engine):
        frame = frame.f_back
    return f"{frame.f_globals['__name__']}.{frame.f_code.co_qualname.partition('.<')[0]}"


LESSONS = [
    {"id": "unt_1", "kind": "unit", "title": "All"},
    {"id": "les_9", "kind": "lesson", "title": "Part", "parentId": "unt_1"},
    {"id": "les_10", "kind": "lesson", "title": "Rest", "parentId": "unt_1"},
]
OPEN = {"courseId": "crs_open"}
CHOIR = {"realmId": "grp_ask", "userId": "usr_lou"}
CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("usr_ada", "membership.add", {"email": "new@acme.example", "role": "learner"}),
    ("usr_ada", "membership.add", {"email": "nil@none.example", "role": "learner"}),
    ("usr_ada", "membership.remove", {"userId": "usr_una"}),
    ("usr_ada", "membership.add", {"userId": "usr_una", "role": "learner"}),
    ("usr_ada", "auth.createToken", {"label": "mine"}),
    ("usr_ada", "webhook.create", {"url": "https://hooks.example"}),
    ("usr_ada", "course.setComponents", {**OPEN, "components": LESSONS}),
    ("usr_ada", "org.update", {"settings": {"progressOnUnenroll": "resume"}}),
    ("usr_lou", "enrollment.enroll", OPEN),
    ("usr_lou", "progress.record", {**OPEN, "componentId": "les_9"}),
    ("usr_lou", "course.content", OPEN),
    ("usr_ada", "progress.reset", {**OPEN, "userId": "usr_lou"}),
    ("usr_lou", "submission.create", {**OPEN, "assessment": "quiz", "body": {}}),
    ("usr_lou", "enrollment.unenroll", OPEN),
    ("usr_lou", "enrollment.enroll", OPEN),
    ("usr_ada", "org.update", {"settings": {"progressOnUnenroll": "erase"}}),
    ("usr_lou", "enrollment.unenroll", OPEN),
    ("usr_ada", "course.setPrerequisites", {**OPEN, "requires": ["crs_done"]}),
    ("usr_lou", "enrollment.enroll", CHOIR),
    ("usr_ada", "enrollment.update", {**CHOIR, "status": "active"}),
    ("usr_tom", "enrollment.list", {"courseId": "crs_past"}),
    ("usr_tom", "enrollment.list", {"limit": 1}),
    ("usr_tom", "enrollment.history", {"id": "enr_lia"}),
    ("usr_ada", "enrollment.history", {"id": "enr_lia"}),
    ("usr_ada", "course.update", {"courseId": "crs_past", "multiSection": True, "capacity": 9}),
    ("usr_ada", "course.update", {"courseId": "crs_club", "accessDays": 9}),
    ("usr_ada", "enrollment.delete", {"id": "enr_leo"}),
]


async def everything(world: World, folder: Path) -> None:
    await all_entries(world)
    for who, name, given in CALLS:
        await world.person(who).call(name, **given)
    await told_of_a_change(world)
    lou = world.person("usr_lou")
    await lou.http.get("/v1/sections/7720001/enrollments", headers=lou.headers)
    ada = world.person("usr_ada")
    await ada.http.get("/ims/oneroster/rostering/v1p2/enrollments?limit=1", headers=ada.headers)
    await signed_in_and_out(world)
    await asked_twice(world.person("usr_ada"))
    await asked_by_a_client(world)
    settings = Settings(smtp_url="smtp://127.0.0.1:1")  # where nobody takes a mail
    service = Service(settings, world.store, SessionSigner(["k"]), world.clock)
    world.clock.advance(days=3)
    await once(service)
    commands(service, world.store, folder)


async def all_entries(world: World) -> None:
    """What is asked about tenants, by somebody of the tenant."""
    bea = world.browser("usr_bea", "beta")
    for name in LISTS:
        await bea.get(name)
    for name, given in entries():
        with suppress(httpx2.ReadTimeout):  # a subscription goes on
            await rpc(bea, name, filled(given, FOREIGN, OWN_OF_BETA))
    for surface, method, path in OPERATIONS:
        for ask in ROUTES[method, entry_of(surface, path)]:
            await rest(bea, (method, path), (ask, FOREIGN), OWN_OF_BETA)


def entries() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "webhook.replay", {"id": "@webhook", "after": "0"}
    for name, inputs in PROCEDURES.items():
        yield from ((name, given) for given in inputs)


async def told_of_a_change(world: World) -> None:
    """Staff see what happens while they look."""
    tom, params = world.person("usr_tom"), {"input": json.dumps({"courseId": "crs_past"})}
    async with tom.http.stream(
        "GET", "/rpc/enrollment.onChange", params=params, headers=tom.headers
    ) as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        lia = world.person("usr_lia")
        await lia.call("enrollment.unenroll", courseId="crs_past")
        async with asyncio.timeout(10):
            while "enr_lia" not in await anext(lines):
                pass


async def signed_in_and_out(world: World) -> None:
    stranger = world.stranger()
    given = {"email": "lia@acme.example", "password": "correct horse"}
    answer = await stranger.post("auth.login", json=given)
    lia = world.stranger(cookie=answer.headers["set-cookie"].partition(";")[0])
    world.clock.advance(days=2)
    await lia.call("auth.me")
    await lia.call("auth.logout")


async def asked_twice(person: Person) -> None:
    for _ in range(2):
        answer = await person.post(
            "course.create", json={"title": "Once"}, headers={"idempotency-key": "k"}
        )
        assert answer.status_code == 200
        path = "/edubridge/enrollments/enroll/usr_lou/crs_logic"
        headers = {**person.headers, "idempotency-key": "whole"}
        assert (await person.http.post(path, headers=headers)).status_code == 201


async def asked_by_a_client(world: World) -> None:
    made = await world.person("usr_ada").call("auth.createToken", label="its", kind="client")
    content = {"grant_type": "client_credentials"}
    answer = await world.http.post("/oauth2/token", data=content, auth=(made["id"], made["token"]))
    assert answer.status_code == 200, answer.text


def commands(service: Service, store: Database, folder: Path) -> None:
    """What operators do."""
    store.look(outbox.backlog)
    store.transact(partial(attempts.try_to_write, now=NOW))
    store.transact(lambda tx: new_session(tx, "usr_ada", "acme"))
    store.transact(lambda tx: new_bearer(tx, "usr_ada", None))
    account = store.look(lambda tx: people.account_by_key(tx, "usr_lia"))
    assert account is not None
    store.look(lambda tx: require_replaceable(tx, account))
    erased = Erased(folder / "erased")
    erased.add(account)
    store.look(erased.accounts)
    Erasure(account, "usr_gone").apply(service, store)
