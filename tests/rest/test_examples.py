"""Every printed example of EduBridge, OneRoster, /api/v1 and /api, as printed, in examples/.

Sent by the real curl and Node's own fetch, with only host, variables and credentials supplied. The
answers are compared with the printed ones, else with our own, field for field and type for type.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from campus_world import browser, caller
from commands import require
from world import World, token_text

EXAMPLES = Path(__file__).with_name("examples")
HOST = "https://your-domain.com"
VARIABLES = {"USER_ID": "usr_lrn001", "COURSE_ID": "crs_ghi789", "SCHOOL_ID": "sch_main"}
SCRIPT = {"USER_ID": "userId", "COURSE_ID": "courseId", "SCHOOL_ID": "schoolId"}
SCRIPT |= {"TIMEBACK_API_URL": "TIMEBACK_API_URL", "ACCESS_TOKEN": "accessToken"}
# What a new record has that no file can know.
NEW = ("id", "enrolled_at", "beginDate", "dateLastModified", "user_id")


class Example(NamedTuple):
    file: str
    user: str
    status: int

    @property
    def text(self) -> str:
        return (EXAMPLES / self.file).read_text("utf-8")

    @property
    def answer(self) -> Any:
        """The members as pairs, so that their order counts."""
        file = EXAMPLES / f"{self.file.partition('.')[0]}.answer.json"
        return in_order(file.read_text("utf-8")) if file.exists() else None


WITH_CURL = [
    Example("edubridge-enroll.sh", "usr_adm001", 201),  # S1-15, S1-17..19, S1-27
    Example("edubridge-list.sh", "usr_adm001", 200),  # S1-23
    Example("oneroster-list.sh", "usr_adm001", 200),  # S1-25
    Example("v1-list.sh", "usr_adm001", 200),  # S3-22, S3-44
    Example("v1-get.sh", "usr_lrn001", 200),  # S3-24
    Example("v1-create.sh", "usr_lrn001", 201),  # S3-31
    Example("v1-drop.sh", "usr_lrn001", 200),  # S3-38
    Example("v1-delete.sh", "usr_adm001", 204),  # S3-43
    Example("api-list.sh", "uuid-here", 200),  # S4-03, S4-05
    Example("api-create.sh", "usr_lrn001", 200),  # S4-13, S4-14
    Example("api-complete.sh", "uuid-here", 200),  # S4-22
    Example("api-admin.sh", "usr_adm001", 200),  # S4-38
]
WITH_FETCH = [
    Example("edubridge-enroll.mjs", "usr_adm001", 201),  # S1-16
    Example("edubridge-list.mjs", "usr_adm001", 200),  # S1-24
    Example("oneroster-list.mjs", "usr_adm001", 200),  # S1-26
]


class Reply(NamedTuple):
    status: int
    body: str


def supplied(world: World, example: Example) -> dict[str, str]:
    """S1-05, S1-08, S1-09: the base URL is whatever the service is reached at."""
    host, port = world.address
    token = token_text(example.user, "acme")
    return {**VARIABLES, "TIMEBACK_API_URL": f"http://{host}:{port}", "ACCESS_TOKEN": token}


async def by_curl(world: World, example: Example, home: Path) -> Reply:
    require("curl", "bash")
    values = supplied(world, example)
    text = example.text.replace(HOST, values["TIMEBACK_API_URL"])
    is_signed = "Authorization" in text
    lines = [
        "silent",
        "show-error",
        "max-time = 30",
        'noproxy = "*"',
        'write-out = "\\n%{http_code}"',
    ]
    if not is_signed:
        cookie = browser(world, example.user).headers["cookie"]
        lines.append(f'cookie = "{cookie}"')
    (home / ".curlrc").write_text("\n".join(lines))
    script = text.replace("<access_token>", values["ACCESS_TOKEN"])
    output = await output_of("bash", "-c", script, CURL_HOME=str(home), **values)
    body, _, status = output.rpartition("\n")
    return Reply(int(status), body)


async def by_fetch(world: World, example: Example, home: Path) -> Reply:
    require("node")
    values = supplied(world, example)
    [name] = re.findall(r"^const (\w+) = await", example.text)
    script = home / "example.mjs"
    script.write_text(
        "".join(f"const {SCRIPT[key]} = {json.dumps(value)}\n" for key, value in values.items())
        + example.text
        + f"\nconsole.log(JSON.stringify([{name}.status, await {name}.text()]))"
    )
    return Reply(*json.loads(await output_of("node", str(script))))


async def output_of(*command: str, **environment: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, env=os.environ | environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()


def in_order(text: str) -> Any:
    return json.loads(text, object_pairs_hook=list)


def masked(value: Any) -> Any:
    """A value in which what is new is only told by its type."""
    if isinstance(value, list):
        return [masked(each) for each in value]
    if isinstance(value, tuple):
        name, there = value
        return (name, type(there) if name in NEW else masked(there))
    return value


def named(examples: list[Example]) -> Any:
    return pytest.mark.parametrize("example", examples, ids=[example.file for example in examples])


def require_same(world: World, example: Example, reply: Reply) -> None:
    assert reply.status == example.status, reply.body
    if example.answer is None:
        assert reply.body == ""
        return
    host, port = world.address
    body = reply.body.replace(f"http://{host}:{port}", "http://host")
    is_new = example.status == 201 or example.file in ("api-create.sh", "api-admin.sh")
    given, printed = in_order(body), example.answer
    assert masked(given) == masked(printed)
    if not is_new:
        assert given == printed


@named(WITH_CURL)
async def test_a_curl_example_is_answered_as_printed(
    campus: World, tmp_path: Path, example: Example
):
    require_same(campus, example, await by_curl(campus, example, tmp_path))


@named(WITH_FETCH)
async def test_a_fetch_example_is_answered_as_printed(
    campus: World, tmp_path: Path, example: Example
):
    require_same(campus, example, await by_fetch(campus, example, tmp_path))


async def test_an_example_without_credentials_is_refused(campus: World, nobody: Any):
    """S4-03 as printed, S4-41."""
    assert (await nobody.get("/api/enrollments")).status_code == 401


async def test_missing_prerequisites_are_answered_as_printed(campus: World):
    """S4-30, S4-31."""
    me = caller(campus, "usr_lrn001")
    await me.post("/api/enrollments", {"courseId": 15})
    answer = await me.post("/api/enrollments", {"courseId": 50})
    printed = EXAMPLES / "api-prerequisites.answer.json"
    assert in_order(answer.text) == in_order(printed.read_text("utf-8"))


def test_every_file_is_of_an_example():
    used = {example.file for example in (*WITH_CURL, *WITH_FETCH)}
    answers = {file.name for file in EXAMPLES.glob("*.answer.json")}
    assert used | answers == {file.name for file in EXAMPLES.iterdir()}
    stems = {name.partition(".")[0] for name in used if not name.startswith("v1-delete")}
    assert {name.partition(".")[0] for name in answers} == stems | {"api-prerequisites"}
