"""The OpenAPI document of all that is served, and generated requests that hold it to its word."""

from __future__ import annotations

import asyncio
import copy
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from campus_world import Caller
from openapi_spec_validator import validate
from test_surfaces import ROUTES, Route, routes
from world import World

from procedures import router
from procedures.rest.openapi import describe

DOCUMENT: Any = describe("1")
PATHS = DOCUMENT["paths"]
SCHEMAS = DOCUMENT["components"]["schemas"]
CHECKS = [
    *("not_a_server_error", "status_code_conformance", "content_type_conformance"),
    *("response_schema_conformance", "allow_header_conformance"),
]
# The same handlers at further addresses, and what clients of /rpc try.
ELSEWHERE = "^/rpc/|/$|^/(sections|groups|enrollments)|^/v1/groups|/(orgs|terms|students|teachers)"
# What there is in the world, so that not everything is refused as unknown.
PARTS = {
    "user": ["usr_lrn001", "SIS-2", "usr_nobody"],
    "course": ["crs_abc123", "crs_ghi789", "crs_multi1"],
    "school": ["sch_main", "acme", "sch/annex 校"],
    "class": ["sec_abc", "sec_red"],
    "id": ["enr_mn0456", "enr_rs3456", "sec_abc", "crs_abc123", "sch_main", "trm_fall", "SIS-2"],
    "section": ["1", "2", "3"],
    "group": ["11"],
    "enrollment": ["1", "2", "3", "4"],
    "periods": ["1", "1,2"],
}
MEMBERS = {
    "user_id": ["usr_lrn001", "usr_lrn002"],
    "course_id": ["crs_abc123", "crs_ghi789"],
    "courseId": [10, 42, 50, 101],
    "sourcedId": ["usr_lrn001", "SIS-2", "sec_abc", "sec_42"],
    "uid": [1, 2, 3, 4],
}


def operation(method: str, path: str) -> Any:
    return PATHS[path][method.lower()]


def schema(content: Any, media: str = "application/json") -> str:
    """The name of the schema that a body has."""
    name: str = content["content"][media]["schema"]["$ref"]
    return name.rpartition("/")[2]


def test_the_document_is_valid():
    validate(DOCUMENT)


def test_every_route_and_every_procedure_is_in_it():
    described = {f"{method.upper()} {path}" for path, each in PATHS.items() for method in each}
    rpc = {name for name in described if " /rpc/" in name}
    assert len(rpc) == len(router)
    assert described - rpc == ROUTES.keys()
    tags = {tag for each in operations_of(DOCUMENT) for tag in each["tags"]}
    assert tags == {each["name"] for each in DOCUMENT["tags"]}


def test_no_two_operations_share_an_id():
    ids = [each["operationId"] for path in PATHS.values() for each in path.values()]
    assert len(set(ids)) == len(ids)


@routes(ROUTES)
def test_an_operation_names_its_bodies_and_refusals(route: Route):
    name = f"{route.method} "
    [path] = [key.removeprefix(name) for key, each in ROUTES.items() if each is route]
    described = operation(route.method, path)
    assert described["summary"] == route.operation.doc
    given = {str(status) for status in route.operation.gives}
    assert given < described["responses"].keys()
    for status, kind in route.operation.gives.items():
        assert ("content" in described["responses"][str(status)]) == (kind is not None)
    refused = described["responses"].keys() - given
    assert {"401", "500", "503"} <= refused
    assert {"413", "415"} <= refused if route.operation.body else "requestBody" not in described
    for status in refused:
        assert schema(described["responses"][status]).endswith(".Failure")
    parameters = {(each["in"], each["name"]) for each in described["parameters"]}
    assert {name for place, name in parameters if place == "path"} == set(names_in(path))


def names_in(path: str) -> list[str]:
    return [part.rstrip("}") for segment in path.split("{")[1:] for part in [segment.split("}")[0]]]


def test_statuses_are_those_of_each_surface():
    """The same reason, told by three surfaces."""
    for method, path, status in (
        ("POST", "/api/v1/enrollments", "422"),
        ("POST", "/api/enrollments", "409"),
        ("POST", "/v1/enrollments/import/course", "400"),
    ):
        refusal = operation(method, path)["responses"][status]["description"]
        word = "`too_many_items`" if "import" in path else "`already_enrolled`"
        assert word in refusal


ALWAYS = {
    "401": ["unauthorized"],
    "404": ["not_found"],
    "429": ["too_many_calls"],
    "500": ["internal_server_error"],
    "503": ["service_unavailable"],
}


@pytest.mark.parametrize(
    ("described", "refused"),
    [
        (
            "GET /ims/oneroster/rostering/v1p2/enrollments/{id}",
            {
                "400": ["invalid_query", "invalid_selection_field"],
                "403": ["cross_site", "not_member"],
            },
        ),
        (
            "GET /ims/oneroster/rostering/v1p2/schools/{school}/enrollments",
            {
                "400": ["invalid_filter_field", "invalid_query", "invalid_selection_field"],
                "403": ["cross_site", "not_member"],
            },
        ),
        (
            "DELETE /v1/enrollments",
            {
                "400": ["idempotency_key", "invalid_query", "too_many_items"],
                "403": ["cross_site", "not_member"],
                "406": ["not_acceptable"],
                "409": ["idempotency_mismatch"],
            },
        ),
        (
            "POST /oauth2/token",
            {
                "400": ["invalid_input", "malformed"],
                "413": ["payload_too_large"],
                "415": ["unsupported_media_type"],
                "429": ["too_many_calls", "too_many_failures"],
            },
        ),
    ],
)
def test_an_operation_tells_why_it_refuses(described: str, refused: dict[str, list[str]]):
    responses = operation(*described.split(" ", 1))["responses"]
    told = {name: re.findall(r"`(\w+)`", each["description"]) for name, each in responses.items()}
    assert {name: words for name, words in told.items() if words} == ALWAYS | refused


def test_queries_and_bodies_are_described():
    listing = operation("GET", "/api/v1/enrollments")
    per_page = next(each for each in listing["parameters"] if each["name"] == "per_page")
    assert (per_page["in"], per_page["schema"]["default"]) == ("query", 20)
    assert schema(listing["responses"]["200"]) == "v1.EnrollmentPage"
    enroll = operation("POST", "/edubridge/enrollments/enroll/{user}/{course}")
    assert (enroll["requestBody"]["required"], schema(enroll["requestBody"])) == (
        False,
        "edubridge.Options",
    )
    assert enroll["responses"].keys() >= {"200", "201"}
    counts = {"totalCount", "pageCount", "pageNumber", "offset", "limit"}
    page = SCHEMAS["oneroster_resources.Page_users"]
    assert page["properties"].keys() == set(page["required"]) == {"users"} | counts
    token = operation("POST", "/oauth2/token")
    assert (
        schema(token["requestBody"], "application/x-www-form-urlencoded"),
        token["security"],
    ) == (
        "oauth.Wish",
        [],
    )


def test_who_waits_is_published_where_that_is_told_and_nowhere_else():
    waiting = {"requested", "waitlisted"}

    def told(name: str) -> set[str]:
        return waiting & set(SCHEMAS[name]["properties"]["status"]["enum"])

    assert told("api.NewRecord") == told("api.Record") == told("v1.Awaited") == waiting
    assert told("api.ListedRecord") == told("v1.Enrollment") == set()
    assert operation("POST", "/api/v1/enrollments")["responses"].keys() >= {"201", "202"}


KEYED = [
    *("POST /api/v1/enrollments", "PUT /ims/oneroster/rostering/v1p2/enrollments/{id}"),
    *("DELETE /v1/enrollments", "POST /rpc/enrollment.enroll", "POST /rpc/auth.createToken"),
]
UNKEYED = [
    "GET /api/v1/enrollments",
    "POST /oauth2/token",
    "POST /rpc/auth.login",
    "GET /rpc/auth.me",
]


@pytest.mark.parametrize("described", [*KEYED, *UNKEYED])
def test_what_is_done_once_under_a_key_says_so(described: str):
    found = operation(*described.split(" ", 1)).get("parameters", [])
    heads = [each["name"] for each in found if each["in"] == "header"]
    assert heads == (["Idempotency-Key"] if described in KEYED else [])


@pytest.mark.parametrize(
    ("key", "is_one"),
    [
        *(("a", True), ("import 17, line 3", True), ("a" * 255, True)),
        *(("", False), (" a", False), ("ä", False), ("a" * 256, False)),
    ],
)
def test_a_key_is_described_as_it_is_taken(key: str, is_one: bool):
    [said] = operation("POST", "/rpc/enrollment.enroll")["parameters"]
    is_fitting = len(key) <= said["schema"]["maxLength"]
    assert (is_fitting and re.search(said["schema"]["pattern"], key) is not None) == is_one


def test_selected_members_are_all_that_an_answer_needs_to_have():
    assert SCHEMAS["oneroster.Enrollment"]["required"] == []
    assert SCHEMAS["v1.Enrollment"]["required"]


def test_who_may_call_is_described():
    assert operation("GET", "/api/enrollments")["security"] == [{"bearer": []}, {"session": []}]
    assert operation("POST", "/rpc/enrollment.enroll")["security"]
    assert "security" not in operation("GET", "/rpc/system.health")
    assert DOCUMENT["components"]["securitySchemes"].keys() == {"bearer", "session"}


def lively() -> Any:
    """The document, asking for what there is."""
    document = copy.deepcopy(DOCUMENT)
    for each in operations_of(document):
        for parameter in each["parameters"]:
            if parameter["in"] == "path":
                parameter["schema"] = {"enum": PARTS[parameter["name"]]}
    for name in asked(document):
        properties = document["components"]["schemas"][name].get("properties", {})
        properties |= {
            member: {"enum": MEMBERS[member]} for member in MEMBERS if member in properties
        }
    return document


def operations_of(document: Any) -> list[Any]:
    rest = (path for name, path in document["paths"].items() if not name.startswith("/rpc/"))
    return [each for path in rest for each in path.values()]


def asked(document: Any) -> set[str]:
    """The names of the schemas of everything in a request."""
    found: set[str] = set()
    wanted = referred([each.get("requestBody") for each in operations_of(document)])
    while wanted - found:
        found |= wanted
        wanted = referred([document["components"]["schemas"][name] for name in found])
    return found


def referred(value: Any) -> set[str]:
    return set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(value)))


@pytest.mark.engine("sqlite")
async def test_generated_requests_are_answered_as_documented(
    campus: World, adm: Caller, tmp_path: Path
):
    """No fault, no status, media type or body that the document does not have."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(lively()))
    host, port = campus.address
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).with_name("schemathesis")), "run", str(file)),
        *("--url", f"http://{host}:{port}", "--exclude-path-regex", ELSEWHERE),
        *(part for name, value in adm.headers.items() for part in ("-H", f"{name}: {value}")),
        *("--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing", "--seed", "3"),
        *("--max-examples", "4", "--generation-database", "none"),
        *("--continue-on-failure", "--no-color", "--suppress-health-check", "all"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()[-8000:]
