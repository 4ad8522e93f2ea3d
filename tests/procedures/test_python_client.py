"""The generated Python client against the service on a socket: same names, structs and errors."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
import pytest
from python_callers import Caller, bearer, mount
from world import KEYS, World, session_id

from procedures import idempotency, router
from procedures.client import Client
from procedures.records.enrollment import BulkCreate, BulkUpdate, Enrollment, EnrollmentPage
from procedures.records.event import Event
from procedures.sessions import COOKIE, SessionSigner
from rpc import InputError, RPCError
from rpc.client import Result
from rpc.python import snake

pytestmark = pytest.mark.engine("sqlite")  # what is asked of the store is proven elsewhere
KINDS = ["sync", "async"]


@pytest.fixture(params=KINDS)
async def lou(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Caller]:
    """A learner without any record, and a client of each kind."""
    caller = Caller(request.param, mount(world), **bearer("usr_lou"))
    yield caller
    await caller.close()


@pytest.fixture(params=KINDS)
async def ada(world: World, request: pytest.FixtureRequest) -> AsyncIterator[Caller]:
    """An admin, and a client of each kind."""
    caller = Caller(request.param, mount(world), **bearer("usr_ada"))
    yield caller
    await caller.close()


def methods(client: Any) -> dict[str, Any]:
    """What the client can call, by the procedure's name."""
    spaces = [vars(type(space)) for space in vars(client).values()]
    return {m.of.name: m for space in spaces for m in space.values() if hasattr(m, "of")}


async def test_the_client_has_every_procedure_under_its_name_and_no_other():
    with Client("http://127.0.0.1:1/rpc") as client:
        found = methods(client)
        assert {name: m.of.type for name, m in found.items()} == {
            name: procedure.type for name, procedure in router.items()
        }
        for name in found:
            space, _, last = name.partition(".")
            assert getattr(getattr(client, snake(space)), snake(last)).__name__ == name


SAMPLES = {
    date: date.today(),
    str: "2026-01-01",
    int: 1,
    bool: True,
    dict: {},
    list: [],
    tuple: (),
    datetime: datetime.now(UTC),
}


def sample(kind: Any) -> Any:
    """Something that may stand where a type is asked for."""
    if hasattr(kind, "__metadata__") or get_origin(kind) in (Union, UnionType):
        return sample(get_args(kind)[0])
    return get_args(kind)[0] if get_origin(kind) is Literal else SAMPLES[get_origin(kind) or kind]


def required(procedure: Any) -> dict[str, Any]:
    if procedure.input is None:
        return {}
    fields = msgspec.structs.fields(procedure.input.annotation)
    return {f.name: sample(f.type) for f in fields if f.required}


REFUSALS = {"BAD_REQUEST", "CONFLICT", "FORBIDDEN", "NOT_FOUND", "UNAUTHORIZED"}


@pytest.mark.parametrize("name", sorted(set(router) - {"enrollment.onChange"}))
async def test_every_procedure_answers_the_client(world: World, name: str):
    """With what its output says, or a refusal of its own: none is that nobody knows the name."""
    space, _, last = name.partition(".")
    caller = Caller("async", mount(world), **bearer("usr_ada"))
    call = getattr(getattr(caller.client, snake(space)), snake(last))
    try:
        given = await call(**required(router[name]))
    except RPCError as refused:
        assert refused.code in REFUSALS, refused
        assert not refused.message.startswith("No procedure"), refused
    else:
        assert type(given) is router[name].output.type
    await caller.close()


async def test_parameters_and_results_are_the_structs_of_the_server(lou: Caller):
    made = await lou.do(lambda c: c.enrollment.enroll(course_id="crs_open"))
    assert type(made) is Enrollment
    assert (made.course_id, made.user_id, made.status) == ("crs_open", "usr_lou", "active")
    page = await lou.do(lambda c: c.enrollment.list(status=["active"], limit=5))
    assert page == EnrollmentPage([made], 1, None)
    with pytest.raises(TypeError, match="course"):
        await lou.do(lambda c: c.enrollment.enroll(course="crs_open"))


async def test_instants_and_fields_that_may_be_cleared_go_as_they_are_meant(ada: Caller):
    until = datetime(2027, 1, 1, tzinfo=UTC)
    made = await ada.do(
        lambda c: c.enrollment.enroll(course_id="crs_open", user_id="usr_leo", end_at=until)
    )
    assert made.end_at == "2027-01-01T00:00:00.000Z"
    kept = await ada.do(lambda c: c.enrollment.update(id=made.id, reason="left as it is"))
    assert kept.end_at == made.end_at
    cleared = await ada.do(lambda c: c.enrollment.update(id=made.id, end_at=None))
    assert cleared.end_at is None


async def test_structs_inside_an_input_are_given_as_structs(ada: Caller):
    items = [
        BulkCreate(course_id="crs_open", user_id="usr_leo"),
        BulkUpdate(course_id="crs_open", user_id="usr_leo", status="suspended"),
        BulkCreate(course_id="crs_open", user_id="usr_leo"),
    ]
    answer = await ada.do(lambda c: c.enrollment.bulk(items=items))
    assert [result.ok for result in answer.results] == [True, True, False]
    assert answer.results[2].reason == "already_enrolled"


async def test_refusals_are_the_errors_that_the_server_raised(lou: Caller):
    async def refusal(ask: Any) -> tuple[str, str | None]:
        with pytest.raises(RPCError) as caught:
            await lou.do(ask)
        return caught.value.code, caught.value.reason

    await lou.do(lambda c: c.enrollment.enroll(course_id="crs_open"))
    again = await refusal(lambda c: c.enrollment.enroll(course_id="crs_open"))
    assert again == ("CONFLICT", "already_enrolled")
    absent = await refusal(lambda c: c.course.get(course_id="crs_nowhere"))
    assert absent == ("NOT_FOUND", None)
    closed = await refusal(lambda c: c.webhook.list())
    assert closed == ("FORBIDDEN", "admin_required")
    wrong = await refusal(lambda c: c.enrollment.list(limit=-1))
    assert wrong == ("BAD_REQUEST", "invalid_input")


async def test_what_the_input_struct_refuses_is_not_sent(lou: Caller):
    with pytest.raises(InputError, match="exactly one of"):
        await lou.do(lambda c: c.enrollment.enroll())


async def test_a_client_without_credentials_is_told_to_sign_in(world: World):
    caller = Caller("async", mount(world))
    with pytest.raises(RPCError) as caught:
        await caller.client.auth.me()
    assert caught.value.code == "UNAUTHORIZED"
    assert (await caller.client.system.health()).status == "ok"
    await caller.close()


def cookie_of(user: str) -> str:
    return f"{COOKIE}={SessionSigner([KEYS[-1]]).cookie_value(session_id(user, 'acme'))}"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_session_cookie_is_as_good_as_a_token(world: World, kind: str):
    caller = Caller(kind, mount(world), cookie=cookie_of("usr_lou"))
    assert (await caller.do(lambda c: c.auth.me())).user_id == "usr_lou"
    made = await caller.do(lambda c: c.enrollment.enroll(course_id="crs_open"))
    assert made.status == "active"
    await caller.close()


@pytest.mark.parametrize("before", [None, "usr_lou"])
@pytest.mark.parametrize("kind", KINDS)
async def test_who_signs_in_stays_so_until_signing_out(world: World, kind: str, before: str | None):
    caller = Caller(kind, mount(world), **({"cookie": cookie_of(before)} if before else {}))
    credentials = {"email": "lia@acme.example", "password": "correct horse"}
    await caller.do(lambda c: c.auth.login(**credentials))
    assert (await caller.do(lambda c: c.auth.me())).user_id == "usr_lia"
    await caller.do(lambda c: c.auth.logout())
    with pytest.raises(RPCError, match="UNAUTHORIZED"):
        await caller.do(lambda c: c.auth.me())
    await caller.close()


async def test_a_batch_keeps_its_order_and_each_call_its_own_refusal(world: World, lou: Caller):
    def ask(batch: Any) -> list[Result[Any]]:
        enroll = batch.enrollment.enroll
        names = ["crs_maths", "crs_none", "crs_open"]
        results = [enroll(course_id=name) for name in names]
        with pytest.raises(RPCError, match="has not been sent"):
            _ = results[0].value
        return results

    first, second, third = await lou.batch(ask)
    assert (first.value.course_id, third.value.course_id) == ("crs_maths", "crs_open")
    assert (first.error, second.error.reason) == (None, "full")
    with pytest.raises(RPCError, match="CONFLICT"):
        _ = second.value
    count = "select count(*) from enrollment e join account a on a.id = e.user_id"
    assert world.value(f"{count} where a.key = 'usr_lou'") == 2


async def test_queries_are_a_batch_too_with_and_without_input(lou: Caller):
    me, course = await lou.batch(lambda b: (b.auth.me(), b.course.get(course_id="crs_open")))
    assert (me.value.user_id, course.value.title) == ("usr_lou", "Open")


async def test_a_batch_mixes_no_queries_with_mutations(lou: Caller):
    with pytest.raises(ValueError, match="queries or mutations, not both"):
        await lou.batch(lambda b: (b.auth.me(), b.enrollment.enroll(course_id="crs_open")))
    with pytest.raises(TypeError, match="no batch can hold it"):
        await lou.batch(lambda b: b.enrollment.on_change())


async def test_a_block_that_raises_makes_no_call_and_an_empty_one_none(world: World, lou: Caller):
    def ask(batch: Any) -> None:
        batch.enrollment.enroll(course_id="crs_open")
        raise KeyError("on the way")

    with pytest.raises(KeyError):
        await lou.batch(ask)
    assert await lou.batch(lambda _: None) is None
    assert world.value("select count(*) from event where kind = 'enrolled'") == 0


async def test_a_batch_that_is_too_long_is_refused_as_a_whole(lou: Caller):
    with pytest.raises(RPCError, match="maximum size"):
        await lou.batch(lambda b: [b.auth.me() for _ in range(51)])


async def test_a_key_of_ones_own_makes_asking_again_safe(world: World, lou: Caller):
    def enroll(client: Any) -> Any:
        return client.keyed("import 17, line 3").enrollment.enroll(course_id="crs_open")

    assert await lou.do(enroll) == await lou.do(enroll)
    with pytest.raises(RPCError, match="CONFLICT") as caught:
        await lou.do(lambda c: c.keyed("import 17, line 3").auth.logout())
    assert caught.value.reason == "idempotency_mismatch"
    one = await lou.batch(lambda b: b.course.archive(course_id="crs_open"), key="import 18")
    assert one.error.code == "FORBIDDEN"


async def test_a_query_that_is_too_long_for_an_address_is_posted(ada: Caller):
    cursor = "x" * 990
    with pytest.raises(RPCError) as caught:
        await ada.do(
            lambda c: c.enrollment.list(
                user_id="y" * 255, course_id="z" * 255, realm_id="ö" * 255, cursor=cursor
            )
        )
    assert caught.value.code in ("BAD_REQUEST", "NOT_FOUND")


async def test_a_subscription_gives_events_with_their_ids(world: World, lou: Caller):
    me = Caller("async", mount(world), **bearer("usr_lou"))
    events = me.client.enrollment.on_change(last_event_id="0")
    await lou.do(lambda c: c.enrollment.enroll(course_id="crs_open"))
    first = await anext(events)
    assert (type(first.data), first.data.kind, first.data.user_id) == (Event, "enrolled", "usr_lou")
    await lou.do(lambda c: c.enrollment.unenroll(course_id="crs_open"))
    second = await anext(events)
    assert (second.data.kind, int(second.id) > int(first.id)) == ("unenrolled", True)
    await events.aclose()
    await me.close()


async def test_a_subscription_that_is_refused_raises(lou: Caller):
    def ask(client: Any) -> Any:
        events = client.enrollment.on_change(course_id="crs_nowhere")
        return next(events) if lou.is_sync else anext(events)

    with pytest.raises(RPCError, match="FORBIDDEN") as caught:
        await lou.do(ask)
    assert caught.value.reason == "not_member"


def test_help_shows_parameters_without_what_limits_them():
    shown = inspect.signature(Client("http://x").enrollment.unenroll)
    assert [*shown.parameters] == ["id", "course_id", "realm_id", "user_id", "reason"]
    assert ("str" in str(shown), "Meta" in str(shown)) == (True, False)


def test_mutations_that_look_at_idempotency_keys_are_known():
    keyed = {name for name, method in methods(Client("http://x")).items() if method.of.is_keyed}
    assert keyed == {name for name, one in router.items() if idempotency.applies_to(one)}
    assert "auth.login" not in keyed


SERVERS = [
    "starlette",
    "hypercorn",
    "uvicorn",
    "granian",
    "psycopg",
    "prometheus_client",
    "opentelemetry",
]
NAMING = "import sys, procedures.client; print(*{m.partition('.')[0] for m in sys.modules})"


def test_the_client_needs_nothing_that_only_a_server_needs():
    done = subprocess.run([sys.executable, "-c", NAMING], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    imported = set(done.stdout.split())
    assert imported & {*SERVERS, "opentelemetry", "sqlite_utils", "click"} == set()
    assert {"httpx2", "msgspec"} <= imported


def test_without_its_one_package_the_client_says_what_to_install():
    hidden = f"import sys; sys.modules['httpx2'] = None; {NAMING}"
    done = subprocess.run([sys.executable, "-c", hidden], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("pip install 'rollcall[client]'")
