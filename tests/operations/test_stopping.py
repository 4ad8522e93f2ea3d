"""A service that is told to stop answers what it has begun, refuses the rest, and ends in time.

T-08 of the threats, goal G4."""

from __future__ import annotations

import http.client
import json
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any, NamedTuple

import httpx2
import pytest
from commands import Serving, serve
from held import rows, write_lock
from world import token_text

LOU = {"authorization": f"Bearer {token_text('usr_lou', 'acme')}"}
HINT = re.compile(rb"retry: \d+\n\n\Z")
SERVERS = ["hypercorn", "uvicorn", "granian"]


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any


def ask(serving: Serving, method: str, path: str, given: Any = None) -> Answer:
    """One request by lou over a connection of its own."""
    connection = http.client.HTTPConnection(*serving.address, timeout=20)
    body = None if given is None else json.dumps(given)
    connection.request(method, path, body, LOU | {"content-type": "application/json"})
    answer = connection.getresponse()
    headers = {k.lower(): v for k, v in answer.getheaders()}
    text = answer.read()
    connection.close()
    return Answer(answer.status, headers, json.loads(text) if text else None)


def page(serving: Serving, path: str) -> int:
    """The status of a page for operators."""
    host, port = serving.address
    return httpx2.get(f"http://{host}:{port}{path}", verify=False, trust_env=False).status_code


def enroll(serving: Serving, course: str) -> Answer:
    return ask(serving, "POST", "/rpc/enrollment.enroll", {"courseId": course})


def until_refused(serving: Serving) -> Answer:
    """The health of a service that has heard that it has to stop. One of several processes may end
    with our connection in hand while another still has a call under way."""
    while serving.process.poll() is None:
        with suppress(ConnectionError):
            if (answer := ask(serving, "GET", "/rpc/system.health")).status != 200:
                return answer
    raise AssertionError("it ended without a refusal")


@pytest.fixture
def pool():
    with ThreadPoolExecutor() as pool:
        yield pool


def started(pool: ThreadPoolExecutor, serving: Serving) -> Future[Answer]:
    """An enrollment under way: it waits for the lock that the test holds."""
    future = pool.submit(enroll, serving, "crs_open")
    time.sleep(0.3)
    assert not future.done()
    return future


@pytest.mark.parametrize("server", SERVERS)
def test_calls_under_way_are_answered_and_new_ones_sent_elsewhere(
    database: str, pool: ThreadPoolExecutor, server: str
):
    pytest.importorskip(server)
    with serve(database, "--server", server) as serving:
        assert serving.health() == 200
        with write_lock(database):
            under_way = started(pool, serving)
            serving.process.send_signal(signal.SIGTERM)
            health = until_refused(serving)
            pages = [page(serving, path) for path in ("/readyz", "/healthz")]
            batch = ask(serving, "GET", "/rpc/system.info,system.health?batch=1")
            rest = ask(serving, "GET", "/ims/oneroster/rostering/v1p2/classes")
        assert under_way.result().status == 200
        status, errors = serving.end()
    assert (status, "Traceback" in errors) == (0, False)
    assert pages == [503, 200]  # no more work, but alive
    for refusal in (health, batch, rest):
        assert (refusal.status, refusal.headers["retry-after"]) == (503, "1")
        assert refusal.headers["connection"] == "close"
    assert health.body["error"]["data"]["code"] == "SERVICE_UNAVAILABLE"
    assert [one["error"]["data"]["httpStatus"] for one in batch.body] == [503, 503]
    assert "server_busy" in json.dumps(rest.body)
    assert enrolled(database) == [("usr_lou", "crs_open")]


def test_a_call_that_takes_long_is_answered_and_the_process_ends_in_time(
    database: str, pool: ThreadPoolExecutor
):
    with serve(database) as serving, write_lock(database):
        assert serving.health() == 200
        under_way = started(pool, serving)
        told = time.monotonic()
        status, _ = serving.stop()
        assert (status, time.monotonic() - told < 10) == (0, True)
        assert (under_way.result().status, under_way.result().headers["retry-after"]) == (503, "1")
    assert enrolled(database) == []


@pytest.mark.parametrize("server", SERVERS)
def test_streams_end_and_say_when_to_come_back(database: str, server: str):
    pytest.importorskip(server)
    with serve(database, "--server", server) as serving, ExitStack() as open_ones:
        streams = [open_ones.enter_context(followed(serving)) for _ in range(5)]
        status, errors = serving.stop()
        rests = [stream.read() for stream in streams]  # raises where one was cut off
    assert (status, "Traceback" in errors) == (0, False)
    assert [HINT.search(rest) is not None for rest in rests] == [True] * len(rests)


@contextmanager
def followed(serving: Serving) -> Iterator[http.client.HTTPResponse]:
    """A stream that has begun."""
    with closing(http.client.HTTPConnection(*serving.address, timeout=20)) as connection:
        head = LOU | {"accept": "text/event-stream"}
        connection.request("GET", "/rpc/enrollment.onChange?input=%7B%7D", headers=head)
        answer = connection.getresponse()
        assert answer.readline() == b"event: connected\n"
        yield answer


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_the_process_at_once(
    database: str, pool: ThreadPoolExecutor, sign: signal.Signals, workers: str
):
    with serve(database, "--workers", workers) as serving, write_lock(database):
        assert serving.health() == 200  # before that it has nothing to leave in order
        under_way = started(pool, serving)
        serving.process.send_signal(sign)
        until_refused(serving)
        told = time.monotonic()
        assert serving.stop(sign)[0] == 128 + sign
        assert time.monotonic() - told < 1
        assert under_way.exception() is not None


def enrolled(database: str) -> list[tuple[str, str]]:
    """Who has been enrolled by themselves since the database was made, and where."""
    return rows(
        database,
        """
        select a.key, c.key from event v join account a on a.id = v.user_id
        join course c on c.id = v.course_id where v.door = 'rpc'
        """,
    )
