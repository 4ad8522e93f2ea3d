"""`ROLLCALL_LOG=json`: a line for each call, which names people by their keys only."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from commands import Serving, serve
from world import token_text

CLASSES = "/ims/oneroster/rostering/v1p2/classes"
LOU = {"authorization": f"Bearer {token_text('usr_lou', 'acme')}"}


def lines(errors: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    others = [line for line in errors.splitlines() if not line.startswith("{")]
    assert others == ["no ROLLCALL_SMTP_URL: mail waits in the outbox"]
    return found


def calls(errors: str) -> list[dict[str, Any]]:
    return [line for line in lines(errors) if line["logger"] == "rollcall.calls"]


def url(serving: Serving, path: str) -> str:
    return f"{serving.url}/{path}"


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("server", ["hypercorn", "uvicorn", "granian"])
def test_what_a_server_says_of_itself_is_a_line(database: str, server: str):
    with serve(database, "--server", server, log="json") as serving:
        httpx2.get(f"{serving.url.removesuffix('/rpc')}/healthz", trust_env=False)
        _, errors = serving.stop()
    said = {line["logger"].lstrip("_").partition(".")[0] for line in lines(errors)}
    assert said == {server}


def test_each_call_is_a_line(database: str):
    with serve(database, log="json") as serving, httpx2.Client(trust_env=False) as client:
        named = LOU | {"x-request-id": "r-1"}
        client.get(url(serving, "auth.me"), headers=named)
        client.post(url(serving, "course.create"), headers=LOU, json={"key": "x", "title": "x"})
        client.get(url(serving, "system.info,auth.me?batch=1"))
        client.get(serving.url.removesuffix("/rpc") + CLASSES, headers=LOU)
        status, errors = serving.stop()
    assert status == 0
    [me, create, *batch] = calls(errors)[:4]
    info, stranger = sorted(batch, key=lambda line: line["index"])
    assert {key: me[key] for key in ("request", "procedure", "index", "door", "code", "user")} == {
        "request": "r-1",
        "procedure": "auth.me",
        "index": 0,
        "door": "rpc",
        "code": "OK",
        "user": "usr_lou",
    }
    assert 0 < me["ms"] < 60_000
    assert (create["code"], create["user"]) == ("FORBIDDEN", "usr_lou")
    assert create["request"] not in ("r-1", info["request"])
    assert (info["index"], stranger["index"]) == (0, 1)
    assert (info["request"], info["user"]) == (stranger["request"], None)
    assert (stranger["code"], stranger["user"]) == ("UNAUTHORIZED", None)
    assert {line["door"] for line in calls(errors)[4:]} == {"oneroster"}


def test_no_line_holds_a_secret_or_an_address(database: str):
    mail, password = "lou@acme.example", "a password of mine"
    with serve(database, log="json") as serving, httpx2.Client(trust_env=False) as client:
        client.get(url(serving, "auth.me"), headers=LOU)
        client.post(url(serving, "auth.login"), json={"email": mail, "password": password})
        client.post(url(serving, "auth.login"), json={"email": mail, "passwort": password})
        _, errors = serving.stop()
    assert len(calls(errors)) == 3
    for secret in (mail, password, "usr_lou_acme", "acme.example"):
        assert secret not in errors


def test_other_lines_are_json_too(database: str):
    with serve(database, log="json") as serving:
        assert serving.health() == 200
        _, errors = serving.stop()
    [running] = [line for line in lines(errors) if line["logger"] == "hypercorn.error"]
    assert (running["level"], "Running on" in running["message"]) == ("info", True)
    assert running["at"].endswith("Z")


def test_without_it_there_is_no_line_for_a_call(database: str):
    with serve(database) as serving:
        assert serving.health() == 200
        _, errors = serving.stop()
    assert "system.health" not in errors
