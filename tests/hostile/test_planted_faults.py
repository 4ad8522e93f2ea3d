"""A test that cannot fail shows nothing: faults that take a defence away, and the test that must go
red over each. (goal G17)

In the order of SECURITY.md. The matrix of tenants, `test_overload.py` and the tests of crashes
plant theirs themselves.
"""

from __future__ import annotations

import asyncio
import inspect
import re
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx2
import pytest
import raw
from raw import target
from test_odd_requests import faults
from test_origins import FRIEND, STRANGERS
from test_strict import REQUESTS
from test_websockets import FLOODS
from world import Refused, World, serving

from procedures import app, idempotency, middleware, placing, throttle
from procedures.live import LiveEvents
from procedures.rates import Buckets
from procedures.rest import xml
from procedures.servers import hypercorn, listening
from procedures.servers.frames import Frames
from procedures.servers.listening import Body, Bounds, Connection
from procedures.sessions import SessionSigner
from procedures.store import attempts, callers
from procedures.strict import Origins
from rpc import answers, inputs
from rpc import call as calls
from rpc.errors import RPCError
from rpc.options import SocketLimits

pytestmark = pytest.mark.engine("sqlite")
TESTS = Path(__file__).parents[1]
PAPER = (TESTS.parent / "SECURITY.md").read_text("utf-8")
RED = (AssertionError, KeyError, Refused, TimeoutError, EOFError, pytest.fail.Exception)
RED += (httpx2.TimeoutException,)
PEOPLE = {"ada", "tom", "lia", "leo", "lou"}
Plant = Callable[[pytest.MonkeyPatch], None]


class Fault(NamedTuple):
    threat: str
    what: str
    probe: str
    plant: Plant
    given: Mapping[str, Any] = MappingProxyType({})  # what the probe is given beside its fixtures


def instead(place: Any, name: str, it: Any) -> Plant:
    """The fault that something else stands in that place."""
    return lambda patch: patch.setattr(place, name, it)


def always(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def any_origin(_: Origins, scope: Any) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == b"origin"), None)


def tells_all(error: Exception) -> RPCError:
    return error if isinstance(error, RPCError) else RPCError("BAD_GATEWAY", str(error))


async def upgrades(protocol: Any, event: Any) -> None:
    """What stands for hypercorn's own way: whoever would rather speak HTTP/2 does so."""
    if any(name == b"upgrade" and value == b"h2c" for name, value in event.headers):
        await protocol._send_error_response(426)


def careless(_: SessionSigner, value: str) -> str:
    return value.rpartition(".")[0]


async def at_once(_: throttle.Line, work: Callable[[], bool]) -> bool:
    return await asyncio.to_thread(work)


def both(*plants: Plant) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        for one in plants:
            one(patch)

    return plant


STILL = "hostile/test_connections.test_"
FAULTS = [
    Fault(
        "T-04",
        "keys of mutations are not looked at",
        "procedures/test_idempotency.test_what_is_asked_again_is_answered_again_and_done_once",
        instead(idempotency, "applies_to", always(False)),
    ),
    Fault(
        "T-05",
        "seats are not counted",
        "procedures/test_seats.test_the_last_seat_is_given_once",
        instead(placing.seats, "taken", always(0)),
    ),
    Fault(
        "T-18",
        "failures of an account are forgotten",
        "procedures/test_throttle.test_after_ten_wrong_passwords_the_right_one_has_to_wait",
        instead(attempts, "failures", always([])),
    ),
    Fault(
        "T-18",
        "failures of an address are borne for ever",
        "hostile/test_rates.test_an_address_that_tries_many_accounts_has_to_wait",
        instead(attempts, "failures", always([])),
    ),
    Fault(
        "T-21",
        "nobody asks where a request comes from",
        "hostile/test_forgery.test_a_procedure_that_writes_is_reached_from_the_own_site_only",
        instead(middleware, "is_cross_site", always(False)),
        {"method": "POST"},
    ),
    Fault(
        "T-22",
        "who leaves stays",
        "hostile/test_stolen_sessions.test_a_session_that_has_ended_has_ended_in_every_process",
        instead(callers, "revoke_session", always(None)),
    ),
    Fault(
        "T-22",
        "signatures are not looked at",
        "procedures/test_sessions.test_a_cookie_signed_by_a_dropped_key_is_refused",
        instead(SessionSigner, "session_id", careless),
    ),
    Fault(
        "T-23",
        "pages of every origin may call",
        "hostile/test_origins.test_pages_of_all_others_may_not",
        instead(Origins, "_allowed_origin", any_origin),
        {"origin": STRANGERS[0]},
    ),
    Fault(
        "T-24",
        "errors tell what happened inside",
        "procedures/test_system.test_a_fault_tells_nothing_about_the_inside",
        both(
            instead(answers, "as_rpc_error", tells_all), instead(calls, "as_rpc_error", tells_all)
        ),
        {"path": "enrollment.list"},
    ),
    Fault(
        "T-27",
        "nobody reads how long a body will be",
        f"{STILL}a_huge_body_is_refused_before_it_comes",
        instead(listening, "announced", always(0)),
        {"length": b"2147483648"},
    ),
    Fault(
        "T-28",
        "nobody looks at connections",
        f"{STILL}a_body_that_stops_is_cut",
        instead(Connection, "_look", always(None)),
    ),
    Fault(
        "T-28",
        "bodies may come for ever",
        f"{STILL}a_body_that_trickles_is_cut",
        instead(Body, "is_late", always(False)),
    ),
    Fault(
        "T-29",
        "any number is let in",
        f"{STILL}one_connection_too_many_is_told_to_come_back",
        instead(listening.Listener, "_is_full", always(False)),
    ),
    Fault(
        "T-30",
        "calls are not counted",
        "hostile/test_rates.test_each_call_of_a_batch_counts",
        instead(Buckets, "take", always(None)),
    ),
    Fault(
        "T-31",
        "JSON may be as deep as it likes",
        "rpc/test_strictness.test_json_may_be_nested_128_deep",
        instead(inputs, "require_depth", always(None)),
        {"brackets": "[]"},
    ),
    Fault(
        "T-33",
        "frames are not counted",
        "hostile/test_websockets.test_a_flood_of_frames_ends_its_connection_and_no_other",
        instead(Frames, "are_borne", always(True)),
        {"kind": next(iter(FLOODS))},
    ),
    Fault(
        "T-33",
        "a socket has any number of subscriptions",
        "hostile/test_websockets."
        "test_one_socket_has_so_many_subscriptions_and_room_again_when_one_stops",
        lambda patch: patch.setattr(
            app, "OPTIONS", app.dataclasses.replace(app.OPTIONS, sockets=SocketLimits(10_000))
        ),
    ),
    Fault(
        "T-34",
        "streams of an account are not counted",
        "hostile/test_rates.test_one_account_has_so_many_subscriptions_at_once",
        instead(LiveEvents, "count", always(0)),
    ),
    Fault(
        "T-35",
        "two framings are no contradiction",
        "hostile/test_strict.test_what_is_ambiguous_is_refused_and_nothing_behind_it_answered",
        instead(app, "is_ambiguous", always(False)),
        {"kind": next(iter(REQUESTS))},
    ),
    Fault(
        "T-35",
        "HTTP/2 is spoken to who asks for it",
        "hostile/test_strict.test_whoever_would_rather_speak_http_2_is_answered_in_http_1",
        instead(hypercorn, "stay", upgrades),
    ),
    Fault(
        "T-36",
        "document types are read",
        "rest/test_xml.test_a_document_type_is_refused_whatever_it_says",
        instead(xml, "refuse_document_type", always(None)),
        {"declaration": b"<!DOCTYPE body>"},
    ),
    Fault(
        "T-43",
        "any number wait for their password",
        "hostile/test_rates.test_of_many_who_sign_in_at_once_some_have_to_come_again",
        instead(throttle.Line, "tried", at_once),
    ),
]


Around = tuple[str, pytest.MonkeyPatch, AsyncExitStack]


async def fixture(name: str, around: Around) -> Any:
    """The same as the probe's own, made when the fault is planted."""
    database, patch, stack = around
    if name in ("database", "monkeypatch"):
        return database if name == "database" else patch
    if name == "service":
        return await stack.enter_async_context(target(database, "hypercorn", max_streams=1000))
    origins = (FRIEND,) if name == "friendly" else ()
    return await stack.enter_async_context(serving(database, allowed_origins=origins))


async def given(fault: Fault, names: list[str], around: Around) -> dict[str, Any]:
    """What the probe is called with. Its people live in its world."""
    made = dict(fault.given)
    if PEOPLE & {*names} or "world" in names:
        world: World = await fixture("world", around)
        made |= {"world": world} | {who: world.person(f"usr_{who}") for who in PEOPLE}
    for name in {*names} - made.keys():
        made[name] = await fixture(name, around)
    return {name: made[name] for name in names}


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{fault.threat} {fault.what}" for fault in FAULTS])
async def test_a_probe_goes_red_where_its_defence_is_missing(
    fault: Fault, database: str, monkeypatch: pytest.MonkeyPatch
):
    folder, name = fault.probe.split("/")
    module, function = name.split(".")
    monkeypatch.setattr(sys, "path", [str(TESTS / folder), *sys.path])
    probe = getattr(import_module(module), function)
    fault.plant(monkeypatch)
    monkeypatch.setattr(raw, "PATIENCE", 4.0)  # the longest of the bounds is one second
    with pytest.raises(RED):
        async with AsyncExitStack() as stack:
            names = [*inspect.signature(probe).parameters]
            called = probe(**await given(fault, names, (database, monkeypatch, stack)))
            if inspect.isawaitable(called):
                await called


async def test_a_decoder_that_lets_errors_out_is_found_by_odd_requests(database, monkeypatch):
    def raising(text: bytes, depth: int | None) -> None:
        if text.count(b"[") > 100:
            raise RecursionError

    monkeypatch.setattr(inputs, "require_depth", raising)
    async with target(database, "hypercorn", Bounds(), call_rate=0) as service:
        found, _ = await faults(service, 8, 150)
    assert {fault for _, _, fault in found} == {"status 500"}


def test_the_faults_come_in_the_order_of_the_threats_and_their_tests_are_named_there():
    threats = [fault.threat for fault in FAULTS]
    assert threats == sorted(threats)
    rows = dict(re.findall(r"^\| (T-\d\d) \|(.*)$", PAPER, re.M))
    for fault in FAULTS:
        module = fault.probe.partition("/")[2].partition(".")[0]
        assert f"{module}.py" in rows[fault.threat], fault
