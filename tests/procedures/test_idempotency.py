"""`Idempotency-Key`: what is asked for again is answered again and done once.

The outside case is K-004; domain.md calls it the idempotency key on writes.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2
import pytest
from world import Person, World

from procedures import idempotency, router
from procedures.background import once
from procedures.instants import instant
from rpc.request import Request

ENROLL, UNENROLL, BULK = "enrollment.enroll", "enrollment.unenroll", "enrollment.bulk"
OPEN = {"courseId": "crs_open"}
KEY = {"idempotency-key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
REPLAYED = "idempotency-replayed"

Answer = tuple[int, str | None, bytes]


async def ask(who: Person, path: str, given: Any, **headers: str) -> Answer:
    """Status, mark and body of the answer to a keyed call."""
    return seen(await who.post(path, json=given, headers=KEY | headers))


def seen(answer: httpx2.Response) -> Answer:
    return answer.status_code, answer.headers.get(REPLAYED), answer.content


def reason_of(answer: httpx2.Response) -> tuple[str, str | None]:
    data = answer.json()["error"]["data"]
    return data["code"], data.get("reason")


async def refusal(who: Person, path: str, given: Any, **headers: str) -> tuple[str, str | None]:
    return reason_of(await who.post(path, json=given, headers=KEY | headers))


def records(world: World, user: str = "usr_lou") -> int:
    sql = "select count(*) from enrollment e join account a on a.id = e.user_id where a.key = :user"
    return world.value(sql, user=user)


async def test_what_is_asked_again_is_answered_again_and_done_once(world: World, lou: Person):
    first = await ask(lou, ENROLL, OPEN)
    before = world.contents()
    again = await ask(lou, ENROLL, OPEN)
    assert (first[:2], again[:2]) == ((200, None), (200, "true"))
    assert again[2] == first[2]
    assert (records(world), world.contents()) == (1, before)


async def test_without_a_key_the_same_is_tried_again(lou: Person):
    await lou.call(ENROLL, **OPEN)
    assert reason_of(await lou.post(ENROLL, json=OPEN)) == ("CONFLICT", "already_enrolled")


async def test_the_first_answer_is_given_though_the_world_has_changed(world: World, lou: Person):
    first = await ask(lou, ENROLL, OPEN)
    await lou.call(UNENROLL, **OPEN)
    assert await ask(lou, ENROLL, OPEN) == (200, "true", first[2])
    assert world.value("select count(*) from event where kind = 'enrolled'") == 1


async def test_what_is_gone_can_be_asked_to_go_again(ada: Person):
    """The record that a call was about is not looked for before its first answer is."""
    first = await ask(ada, "enrollment.delete", {"id": "enr_leo"})
    assert await ask(ada, "enrollment.delete", {"id": "enr_leo"}) == (200, "true", first[2])
    other = {"idempotency-key": "other"}
    assert await refusal(ada, "enrollment.delete", {"id": "enr_leo"}, **other) == (
        "NOT_FOUND",
        None,
    )


async def test_the_same_call_may_be_written_otherwise(lou: Person):
    given = OPEN | {"notify": False}
    first = await ask(lou, ENROLL, given)
    text = '{ "notify":false,\n"courseId": "crs_\\u006fpen" }'
    headers = KEY | {"content-type": "application/json"}
    assert seen(await lou.post(ENROLL, content=text, headers=headers)) == (200, "true", first[2])


@pytest.mark.parametrize(
    ("path", "given"),
    [
        (ENROLL, {"courseId": "crs_maths"}),
        (ENROLL, OPEN | {"notify": False}),
        (UNENROLL, OPEN),
    ],
)
async def test_another_call_under_the_key_is_a_conflict(
    world: World, lou: Person, path: str, given: dict[str, Any]
):
    await ask(lou, ENROLL, OPEN)
    before = world.contents()
    assert await refusal(lou, path, given) == ("CONFLICT", "idempotency_mismatch")
    assert world.contents() == before


async def test_a_refused_call_leaves_nothing_under_its_key(world: World, lou: Person):
    """So the cause can be removed and the call be made again; even another call may be."""
    assert await refusal(lou, ENROLL, {"courseId": "crs_one", "userId": "usr_leo"}) == (
        "FORBIDDEN",
        "admin_required",
    )
    assert world.value("select count(*) from idempotency") == 0
    assert (await ask(lou, ENROLL, OPEN))[:2] == (200, None)


@pytest.mark.parametrize("key", ["", "k" * 256, "caf\u00e9", "a\tb"])
async def test_a_key_that_is_none_is_refused_and_nothing_is_done(
    world: World, lou: Person, key: str
):
    headers = lou.headers | {"idempotency-key": key}
    raw = [(k.encode(), v.encode("latin-1")) for k, v in headers.items()]
    answer = await world.http.post(f"/rpc/{ENROLL}", json=OPEN, headers=raw)
    assert reason_of(answer) == ("BAD_REQUEST", "idempotency_key")
    assert records(world) == 0


@pytest.mark.parametrize("key", ["k", "k" * 255, '"quoted", as the draft has it', "a/0"])
async def test_every_printable_key_is_taken(lou: Person, key: str):
    answers = [await ask(lou, ENROLL, OPEN, **{"idempotency-key": key}) for _ in range(2)]
    assert [answer[:2] for answer in answers] == [(200, None), (200, "true")]


async def test_who_is_unknown_is_told_so_before_the_key_is_read(world: World):
    stranger = world.stranger()
    assert await refusal(stranger, ENROLL, OPEN) == ("UNAUTHORIZED", None)
    bad = {"idempotency-key": "k" * 256}
    assert await refusal(stranger, ENROLL, OPEN, **bad) == ("UNAUTHORIZED", None)


async def test_an_unreadable_input_is_refused_as_without_a_key(world: World, lou: Person):
    for text in ("{", '{"course":1}', '{"courseId":1e999}'):
        headers = {"content-type": "application/json"}
        plain = await lou.post(ENROLL, content=text, headers=headers)
        keyed = await lou.post(ENROLL, content=text, headers=headers | KEY)
        assert keyed.content == plain.content
        assert reason_of(keyed) == ("BAD_REQUEST", "invalid_input")
    assert world.value("select count(*) from idempotency") == 0


async def test_a_key_is_its_callers_own(world: World, lou: Person, leo: Person):
    answers = [await ask(who, ENROLL, OPEN) for who in (lou, leo)]
    assert [answer[:2] for answer in answers] == [(200, None), (200, None)]
    assert answers[0][2] != answers[1][2]


async def test_a_key_belongs_to_the_active_organization(world: World):
    """`crs_same` is a course of each: the same call means another thing."""
    answers = [
        await ask(world.person("usr_bob", org), ENROLL, {"courseId": "crs_same"})
        for org in ("acme", "beta")
    ]
    assert [answer[:2] for answer in answers] == [(200, None), (200, None)]
    orgs = world.rows("select o.key from idempotency i join org o on o.id = i.org_id order by 1")
    assert orgs == [("acme",), ("beta",)]


async def test_a_session_without_an_organization_has_keys_too(world: World):
    world.change("update session set org_id = null where id = 'session_usr_lou_acme'")
    lou = world.browser("usr_lou")
    first = await ask(lou, ENROLL, OPEN)
    assert await ask(lou, ENROLL, OPEN) == (200, "true", first[2])
    assert world.rows("select org_id from idempotency") == [(0,)]


async def test_who_was_removed_is_not_answered_again(world: World, ada: Person, lou: Person):
    await ask(lou, ENROLL, OPEN)
    await ada.call("membership.remove", userId="usr_lou")
    assert await refusal(lou, ENROLL, OPEN) == ("FORBIDDEN", "not_member")


@pytest.mark.parametrize("active", ["acme", None])
@pytest.mark.parametrize(
    ("path", "given"),
    [
        (ENROLL, {"courseId": "crs_beta"}),
        (UNENROLL, {"id": "enr_bob"}),
        (BULK, {"items": [{"op": "delete", "id": key} for key in ("enr_none", "enr_bob")]}),
    ],
)
async def test_nor_is_who_was_removed_from_another_organization_than_the_active_one(
    world: World, path: str, given: Any, active: str | None
):
    if active is None:
        world.change("update session set org_id = null where id = 'session_usr_bob_acme'")
    bea, bob = world.person("usr_bea", "beta"), world.browser("usr_bob")
    if path == BULK:
        world.change(
            "update membership set role = 'admin' where user_id ="
            " (select id from account where key = 'usr_bob')"
        )
    if path != ENROLL:
        await bea.call(ENROLL, courseId="crs_beta", userId="usr_bob", key="enr_bob")
    first = await ask(bob, path, given)
    assert await ask(bob, path, given) == (200, "true", first[2])
    await bea.call("membership.remove", userId="usr_bob")
    assert await refusal(bob, path, given) == ("FORBIDDEN", "not_member")
    assert (await bob.call("auth.me"))["userId"] == "usr_bob"


async def test_whose_session_has_ended_is_not_answered_again(world: World):
    lou = world.browser("usr_lou")
    await ask(lou, ENROLL, OPEN)
    await lou.call("auth.logout")
    assert await refusal(lou, ENROLL, OPEN) == ("UNAUTHORIZED", None)


async def test_a_key_is_kept_for_a_day(world: World, lou: Person):
    first = await ask(lou, ENROLL, OPEN)
    world.clock.advance(hours=24, seconds=-1)
    assert (await ask(lou, ENROLL, OPEN))[1:] == ("true", first[2])
    world.clock.advance(seconds=1)
    assert await refusal(lou, ENROLL, OPEN) == ("CONFLICT", "already_enrolled")
    await ask(lou, UNENROLL, OPEN)
    assert (await ask(lou, UNENROLL, OPEN))[1] == "true"


async def test_old_keys_are_swept_young_ones_stay(world: World, lou: Person):
    await ask(lou, ENROLL, OPEN)
    world.clock.advance(hours=23)
    await ask(lou, UNENROLL, OPEN, **{"idempotency-key": "later"})
    world.clock.advance(hours=1)
    now = instant(world.clock())
    assert world.store.transact(lambda tx: idempotency.sweep(tx, now)) == 1
    assert world.rows("select idem_key from idempotency") == [("later/0",)]


async def test_the_periodic_work_sweeps(world: World, lou: Person):
    await ask(lou, ENROLL, OPEN)
    world.clock.advance(hours=24)
    await once(world.app.service)
    assert world.value("select count(*) from idempotency") == 0


async def test_of_many_at_once_one_is_done_and_all_get_its_answer(world: World, lou: Person):
    answers = await asyncio.gather(*(ask(lou, ENROLL, OPEN) for _ in range(20)))
    assert len({body for _, _, body in answers}) == 1
    marks = [mark for status, mark, _ in answers if status == 200]
    assert (len(marks), marks.count(None), records(world)) == (20, 1, 1)


async def test_queries_do_not_look_at_the_key(world: World, lou: Person):
    for _ in range(2):
        answer = await lou.get("enrollment.list", headers=KEY)
        assert (answer.status_code, answer.headers.get(REPLAYED)) == (200, None)
    assert world.value("select count(*) from idempotency") == 0


async def test_signing_in_does_not_look_at_the_key(world: World):
    """Nobody is known yet whose key it could be."""
    given = {"email": "lia@acme.example", "password": "correct horse"}
    for _ in range(2):
        answer = await world.stranger().post("auth.login", json=given, headers=KEY)
        assert (answer.status_code, answer.headers.get(REPLAYED)) == (200, None)
        assert "set-cookie" in answer.headers


async def test_a_websocket_has_no_key_for_its_many_calls(world: World):
    lines = [(b"idempotency-key", b"one"), (b"idempotency-key", b"two")]

    def key_of(**scope: str) -> str | None:
        return world.app.context(Request({"headers": lines, **scope})).idempotency_key

    assert key_of(method="POST") == "one, two"
    assert key_of(type="websocket") is None


SECRETS = [
    ("auth.createToken", {"label": "ci"}, "token"),
    ("webhook.create", {"url": "https://hooks.example/in"}, "secret"),
]


@pytest.mark.parametrize(("path", "given", "field"), SECRETS)
async def test_a_secret_is_made_once_and_kept_nowhere(
    world: World, ada: Person, path: str, given: dict[str, Any], field: str
):
    made = (await ada.post(path, json=given, headers=KEY)).json()["result"]["data"]
    before = world.contents()
    assert await refusal(ada, path, given) == ("CONFLICT", "shown_once")
    assert world.contents() == before
    assert made[field]
    assert world.rows("select response from idempotency") == [("",)]


def guarded() -> list[str]:
    return [name for name, one in router.items() if idempotency.applies_to(one)]


def test_every_mutation_of_a_known_caller_can_have_a_key():
    """They are `def`, so all of each happens in the transaction that keeps its answer."""
    assert len(guarded()) > 25
    mutations = {name for name, one in router.items() if one.type == "mutation"}
    assert mutations - set(guarded()) == {"auth.login"}
    assert [name for name in guarded() if any(s.waits for s in router[name].segments)] == []
    for name in guarded():
        assert {"idempotency_key", "idempotency_mismatch"} <= set(router[name].errors)


def test_every_answer_with_a_secret_is_shown_once():
    """A new procedure of that kind has to say so in the table."""
    secret = {"token", "secret", "password"}
    holding = {n for n in guarded() if secret & set(router[n].output.type.__struct_fields__)}
    assert holding == {n for n in guarded() if idempotency.is_shown_once(router[n])}
    assert holding == {path for path, _, _ in SECRETS}
