"""What holds for every surface, whatever it translates."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, get_args

import msgspec
import pytest
from campus_world import ONEROSTER, Caller, browser, quiet
from starlette.requests import Request as HTTPRequest
from world import World

import procedures
from procedures import router, surface_router
from procedures.records.enrollment import Door
from procedures.rest.errors import ROWS
from procedures.rest.routing import operations, surfaces
from procedures.rest.surface import Answer, Incoming, Operation, Surface
from rpc.errors import CODES, RPCError
from rpc.request import Request

# No surface knows which database there is.
pytestmark = pytest.mark.engine("sqlite")
SURFACES = surfaces()
PACKAGE = Path(procedures.__file__).parent
LARGE = b" " * (2**20 + 1)


class Route(NamedTuple):
    """An operation, and an address of it: what is in braces stands for nothing that is there."""

    surface: Surface
    method: str
    path: str
    operation: Operation

    def body(self, content: bytes) -> Any:
        """A refusal's body as the surface words refusals."""
        return msgspec.json.decode(content, type=self.surface.failure)


ROUTES = {
    f"{method} {path}": Route(SURFACES[name], method, re.sub(r"{\w+}", "1", path), operation)
    for name, method, path, operation in operations()
}
GUARDED = {name: route for name, route in ROUTES.items() if route.surface.credentials}
WITH_BODY = {name: route for name, route in GUARDED.items() if route.operation.body}
PATHS = {
    "v1": ("/api/v1/enrollments", "/api/v1/nothing"),
    "api": ("/api/enrollments", "/api/nothing"),
    "edubridge": ("/edubridge/enrollments/user/x", "/edubridge"),
    "oauth": ("/oauth2/token", "/oauth2/authorize"),
    "oneroster": (f"{ONEROSTER}/enrollments", "/ims/oneroster"),
    "oneroster_resources": (f"{ONEROSTER}/users", f"{ONEROSTER}/demographics"),
    "schoology": ("/v1/enrollments", "/groups/1/members"),
}


def routes(some: dict[str, Route]) -> Any:
    return pytest.mark.parametrize("route", some.values(), ids=some.keys())


@pytest.mark.parametrize("name", SURFACES)
async def test_an_unknown_path_is_404_in_the_words_of_its_surface(nobody: Caller, name: str):
    _, unknown = PATHS[name]
    answer = await nobody.get(unknown)
    assert answer.status_code == 404
    assert msgspec.json.decode(answer.content, type=SURFACES[name].failure)


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PROPFIND", "PUT"])
@pytest.mark.parametrize("name", SURFACES)
async def test_an_unknown_method_is_405_in_the_words_of_its_surface(
    nobody: Caller, name: str, method: str
):
    path, _ = PATHS[name]
    answer = await nobody.send(method, path)
    assert answer.status_code == 405
    assert msgspec.json.decode(answer.content, type=SURFACES[name].failure)
    allowed = {each for surface in SURFACES.values() for each in surface.routes.get(path, {})}
    allowed |= {"GET"} if name == "edubridge" else set()
    assert set(answer.headers["allow"].split(", ")) == allowed | {"HEAD"} & heads(allowed)


def heads(allowed: set[str]) -> set[str]:
    return {"HEAD"} if "GET" in allowed else set()


async def test_a_path_outside_of_every_surface_is_404(nobody: Caller):
    answer = await nobody.get("/nothing")
    assert (answer.status_code, answer.json().keys()) == (404, {"error"})


@pytest.mark.parametrize("path", ["/api/v1/enrollments/", "/api/enrollments/", "/oauth2/token/"])
async def test_a_slash_too_many_is_not_led_elsewhere(adm: Caller, path: str):
    assert (await adm.get(path)).status_code == 404


@routes(GUARDED)
async def test_who_calls_is_asked_before_all_else(campus: World, nobody: Caller, route: Route):
    """401 before 400, 404, 406, 413 and 415."""
    before = quiet(campus)
    path = f"{route.path}?limit=x&page=x&start=x&filter=x&fields=&enrollment_ids=x"
    has_body = route.operation.body is not None
    answer = await nobody.raw(
        route.method, path, b"{" if has_body else b"", content_type="text/plain"
    )
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert route.body(answer.content)
    assert quiet(campus) == before


@routes(WITH_BODY)
async def test_a_body_is_read_only_as_what_it_may_be(campus: World, adm: Caller, route: Route):
    before = quiet(campus)
    for content, kind, status in (
        (b"{}", "text/plain", 415),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"{}", "multipart/form-data; boundary=x", 415),
        (LARGE, "application/json", 413),
        (b"{", "application/json", 400),
        (b'{"a": 1} 2', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"{}", "application/xml", 400 if "application/xml" in route.surface.reads else 415),
    ):
        answer = await adm.raw(route.method, route.path, content, content_type=kind)
        assert answer.status_code in (status, 404), (content[:20], kind)
        assert route.body(answer.content)
    assert quiet(campus) == before


@pytest.mark.parametrize("path", ["/api/v1/enrollments", f"{ONEROSTER}/users?limit=2"])
async def test_head_is_get_without_a_body(adm: Caller, path: str):
    shown, head = await adm.get(path), await adm.send("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    names = ("content-type", "content-length", "x-total-count", "link")
    assert [head.headers.get(n) for n in names] == [shown.headers.get(n) for n in names]


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_an_answer_without_a_body_names_no_media_type(surface: Surface):
    answer = surface.answer(Answer(204), HTTPRequest({"type": "http", "headers": []}))
    assert (answer.body, answer.headers.get("content-type")) == (b"", None)


async def test_who_leaves_in_the_middle_of_a_body_has_closed_the_request():
    """No fault of ours, which the log would have."""

    async def gone(*_: Any) -> dict[str, str]:
        return {"type": "http.disconnect"}

    http = HTTPRequest({"type": "http", "headers": []}, gone)
    with pytest.raises(RPCError) as caught:
        await Incoming(http, Request(http.scope), gone).whole_body()
    assert caught.value.code == "CLIENT_CLOSED_REQUEST"


WISH = b'{"courseId": 42}'


@pytest.mark.parametrize(
    ("kind", "site", "status"),
    [
        ("application/x-www-form-urlencoded", None, 415),
        ("text/plain", None, 415),
        ("multipart/form-data; boundary=x", None, 415),
        ("", None, 415),
        ("application/json", "cross-site", 403),
        ("application/json", "same-site", 403),
        ("application/json", "same-origin", 200),
        ("Application/JSON ; charset=utf-8", None, 200),
        ("application/json", None, 200),
    ],
)
async def test_another_site_cannot_write_with_a_cookie(
    campus: World, kind: str, site: str | None, status: int
):
    before = quiet(campus)
    headers = {"content-type": kind} | ({"sec-fetch-site": site} if site else {})
    me = browser(campus, "usr_lrn001")
    answer = await me.raw("POST", "/api/enrollments", WISH, **headers)
    assert answer.status_code == status
    assert (quiet(campus) == before) == (status != 200)


async def test_a_token_needs_no_content_type_where_there_is_no_body(campus: World, lrn1: Caller):
    """S1-15: as EduBridge's example does; a cookie does, where another site could send it."""
    path = "/edubridge/enrollments/enroll/usr_lrn001/crs_ghi789"
    me = browser(campus, "usr_lrn001")
    assert (await me.raw("POST", path)).status_code == 415
    own = "/api/v1/enrollments/enr_mn0456"
    assert (await me.raw("PUT", own, b'{"status": "active"}')).status_code == 200
    assert (await lrn1.raw("POST", path)).status_code == 201
    assert (await me.raw("POST", path, b"{}", content_type="application/json")).status_code == 200


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic eDp5", "nothing"])
async def test_a_wrong_token_is_401_also_beside_a_good_cookie(campus: World, header: str):
    me = browser(campus, "usr_adm001")
    assert (await me.get("/api/enrollments", authorization=header)).status_code == 401


async def test_a_record_that_is_asked_for_again_under_its_key_is_made_once(
    campus: World, lrn1: Caller
):
    """As docs/surfaces.md says."""
    given = {"user_id": "usr_lrn001", "course_id": "crs_ghi789"}
    first = await lrn1.post("/api/v1/enrollments", given, idempotency_key="once")
    before = campus.contents()
    again = await lrn1.post("/api/v1/enrollments", given, idempotency_key="once")
    assert (first.status_code, again.json()) == (201, first.json())
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert campus.contents() == before
    assert "idempotency-replayed" not in first.headers
    assert (await lrn1.post("/api/v1/enrollments", given)).status_code == 422


async def test_a_call_under_the_same_key_is_answered_as_the_first_time(campus: World, lrn1: Caller):
    first = await lrn1.post("/api/enrollments", {"courseId": 42}, idempotency_key="once")
    before = campus.contents()
    again = await lrn1.post("/api/enrollments", {"courseId": 42}, idempotency_key="once")
    assert (again.status_code, again.content) == (200, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert campus.contents() == before
    other = await lrn1.post("/api/enrollments", {"courseId": 10}, idempotency_key="once")
    assert other.status_code == 409


@routes(GUARDED)
async def test_a_fault_is_500_and_tells_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, adm: Caller, route: Route
):
    """S4-45. The log has it."""

    def fail(*_: Any) -> None:
        raise RuntimeError("the secret text")

    monkeypatch.setattr("procedures.middleware.callers.token_caller", fail)
    answer = await adm.send(route.method, route.path)
    assert answer.status_code == 500
    assert b"secret" not in answer.content and b"Internal Server Error" in answer.content
    assert "the secret text" in caplog.text
    assert route.body(answer.content)


def declared() -> set[str]:
    return {reason for p in surface_router.values() for reason in p.errors}


def test_every_reason_that_a_procedure_declares_has_a_row():
    assert declared() - ROWS.keys() == set()


def raised() -> Iterator[tuple[str, str]]:
    """Reason and code of every refusal that is written in the package."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "RPCError":
                yield from reasons_in(node)


def reasons_in(call: ast.Call) -> Iterator[tuple[str, str]]:
    reasons = [each.value for each in call.keywords if each.arg == "reason"]
    for reason in reasons:
        if isinstance(reason, ast.Constant) and isinstance(call.args[0], ast.Constant):
            yield reason.value, call.args[0].value


def test_refusals_have_the_code_that_the_table_says():
    grants = {"unsupported_grant_type"}  # RFC 6749 has words of its own
    found = {(reason, code) for reason, code in raised() if reason not in grants}
    assert len(found) > 30
    assert found - {(reason, row.code) for reason, row in ROWS.items()} == set()


def test_no_row_is_without_a_use():
    used = declared() | {reason for reason, _ in raised()} | {code.lower() for code in CODES}
    assert ROWS.keys() - used == set()


def test_public_procedures_declare_what_surfaces_may_be_refused_with():
    assert {reason for p in router.values() for reason in p.errors} <= declared()


@routes(ROUTES)
def test_every_operation_says_what_it_does_and_calls_what_there_is(route: Route):
    operation = route.operation
    assert operation.doc.endswith(".") and operation.gives
    assert set(operation.calls) <= surface_router.keys()
    assert inspect.iscoroutinefunction(operation.handler)


def test_no_surface_opens_the_store():
    for path in (PACKAGE / "rest").glob("*.py"):
        assert "procedures.store" not in path.read_text("utf-8"), path.name


OTHER_DOORS = {"rpc", "code", "system"}


def test_every_surface_has_a_door_and_is_tried_here():
    assert SURFACES.keys() == PATHS.keys()
    assert {surface.door for surface in SURFACES.values()} == set(get_args(Door)) - OTHER_DOORS
