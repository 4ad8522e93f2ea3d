"""The real @trpc/client follows `enrollment.onChange`, while the service ends and begins again."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import commands
import httpx2
import node
import pytest
from world import token_text

PROJECT = "watching"  # in tests/client
LINKS = ["httpSubscriptionLink", "wsLink"]
ADA = token_text("usr_ada", "acme")


class Watcher:
    """A running client, told line by line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._said: Queue[list[Any]] = Queue()
        Thread(target=self._listen, args=(process.stdout,), daemon=True).start()

    def _listen(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._said.put(json.loads(line))

    def next(self) -> list[Any]:
        return self._said.get(timeout=node.PATIENCE)

    def started(self) -> None:
        assert self.next() == ["started"]

    def event(self) -> list[Any]:
        """The next event: id, whom, what; over a connection that may be a new one."""
        while (line := self.next()) == ["started"]:
            continue
        assert line[0] == "event", line
        return line[1:]


@pytest.fixture(scope="module")
def script(client_packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("compiled")
    assert node.compiled(client_packages / PROJECT, client_packages, into) == ""
    return into / PROJECT / "watch.js"


@contextmanager
def client(script: Path, *arguments: str) -> Iterator[Watcher]:
    command = ["node", *node.flags(), str(script), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        try:
            yield Watcher(process)
        finally:
            process.kill()


def call(url: str, path: str, **given: Any) -> Any:
    headers = {"authorization": f"Bearer {ADA}"}
    with httpx2.Client(verify=False, trust_env=False) as http:
        answer = http.post(f"{url}/{path}", json=given, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]["data"]


def enroll(url: str, *users: str) -> None:
    for user in users:
        call(url, "enrollment.enroll", courseId="crs_open", userId=user)


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("link", LINKS)
def test_a_client_of_a_restarted_service_misses_nothing_and_hears_nothing_twice(
    database: str, script: Path, link: str, sign: signal.Signals
):
    place = ("--bind", f"127.0.0.1:{commands.free_port()}")
    with commands.serve(database, *place) as first:
        url = first.url
        with client(script, url, link, ADA) as watcher:
            watcher.started()
            enroll(url, "usr_lou")
            told = [watcher.event()]
            first.stop(sign)
            with commands.serve(database) as elsewhere:
                enroll(elsewhere.url, "usr_leo", "usr_lia")
            with commands.serve(database, *place) as second:
                told += [watcher.event(), watcher.event()]
                enroll(second.url, "usr_bob")
                told.append(watcher.event())
                events = call(url, "enrollment.changes", after=0, limit=200)["items"]
    there = [event["id"] for event in events if event["courseId"] == "crs_open"]
    assert [(user, status) for _, user, status in told] == [
        (user, "active") for user in ("usr_lou", "usr_leo", "usr_lia", "usr_bob")
    ]
    assert [id for id, *_ in told] == there


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("link", LINKS)
def test_a_client_without_rights_is_told_why(database: str, script: Path, link: str):
    with commands.serve(database) as serving:
        with client(script, serving.url, link, "of nobody") as watcher:
            lines = [watcher.next()]
            if lines == [["started"]]:  # a stream of events has begun before it is refused
                lines = [watcher.next()]
        assert lines == [["error", "UNAUTHORIZED"]]
