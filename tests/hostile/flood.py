"""Open loop: requests go out at their time, whether or not others have been answered. Each has a
connection of its own and four calls; one in five puts somebody on a course and off it, twice.

Plain sockets: the generator has to be quicker than what it asks, on the same machine."""

from __future__ import annotations

import itertools
import json
import selectors
import socket
import statistics
import time
from collections import Counter
from contextlib import suppress
from typing import NamedTuple

from school import BOSS, COURSES, PEOPLE
from world import token_text

TIMEOUT = 10.0  # seconds until a request that nobody answers is a failure
SOON = 1.0  # seconds in which an answer is of use
READS = "enrollment.list,course.get,enrollment.access,auth.me"
WRITES = "enrollment.enroll,enrollment.unenroll,enrollment.enroll,enrollment.unenroll"


class Answer(NamedTuple):
    status: int  # 0: none came
    seconds: float  # since it should have been asked
    late: float  # of them, until it was
    is_polite: bool  # says when to come again


class Asked:
    """One request on its way."""

    def __init__(self, address: tuple[str, int], request: bytes, due: float) -> None:
        self.due, self.begun = due, time.monotonic()
        self._request, self._got = request, b""
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.connect_ex(address)
        self._send()

    def _send(self) -> None:
        with suppress(OSError):  # not connected yet
            self.socket.send(self._request)
            self._request = b""

    @property
    def events(self) -> int:
        return selectors.EVENT_WRITE if self._request else selectors.EVENT_READ

    def goes_on(self) -> bool:
        """Do what the socket is ready for; whether more may come."""
        if self._request:
            self._send()
            return True
        try:
            piece = self.socket.recv(65_536)
        except OSError:
            return False
        self._got += piece
        return bool(piece)

    def answer(self) -> Answer:
        self.socket.close()
        head = self._got.partition(b"\r\n\r\n")[0].lower()
        status = int(head[9:12] or 0) if head.startswith(b"http/1.1 ") else 0
        seconds, late = time.monotonic() - self.due, self.begun - self.due
        return Answer(status, seconds, late, b"\r\nretry-after:" in head)


class Flood:
    """Asks one service for this and that."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._numbers = itertools.count()
        self._waiting: dict[Asked, None] = {}  # the oldest first
        self._selector = selectors.DefaultSelector()
        self._answers: list[Answer] = []

    def _request(self) -> bytes:
        number = next(self._numbers)
        course = {"courseId": f"crs_{number // PEOPLE % COURSES}"}
        record = course | {"userId": f"usr_{number % PEOPLE}"}
        if is_write := number % 5 == 0:
            wishes = [record] * 4
        else:
            wishes = [{"limit": 10}, course, record, {}]
        body = json.dumps(dict(enumerate(wishes))).encode()
        lines = (
            f"POST /rpc/{WRITES if is_write else READS}?batch=1 HTTP/1.1",
            "host: x",
            "connection: close",
            "content-type: application/json",
            f"content-length: {len(body)}",
            f"authorization: Bearer {token_text(BOSS, 'acme')}",
        )
        return "\r\n".join((*lines, "", "")).encode() + body

    def _ask(self, due: float) -> None:
        asked = Asked(self._address, self._request(), due)
        self._selector.register(asked.socket, asked.events, asked)
        self._waiting[asked] = None

    def _hear(self, until: float) -> None:
        """Read what has come, or comes until then."""
        for key, _ in self._selector.select(max(0, until - time.monotonic())):
            asked: Asked = key.data
            if not asked.goes_on():
                self._end(asked)
            elif key.events != asked.events:
                self._selector.modify(asked.socket, asked.events, asked)
        while self._waiting and time.monotonic() > next(iter(self._waiting)).begun + TIMEOUT:
            self._end(next(iter(self._waiting)))

    def _end(self, asked: Asked) -> None:
        self._selector.unregister(asked.socket)
        del self._waiting[asked]
        self._answers.append(asked.answer())

    def _all(self) -> list[Answer]:
        """Every answer since this was asked before, once the last has come."""
        while self._waiting:
            self._hear(time.monotonic() + TIMEOUT)
        answers, self._answers = self._answers, []
        return answers

    def capacity(self, seconds: float, clients: int = 16) -> float:
        """How many requests a second are answered where each client waits for its answers."""
        begun = time.monotonic()
        while (now := time.monotonic()) < begun + seconds:
            while len(self._waiting) < clients:
                self._ask(now)
            self._hear(now + TIMEOUT)
        return sum(answer.status == 200 for answer in self._all()) / (time.monotonic() - begun)

    def rush(self, rate: float, seconds: float) -> list[Answer]:
        """The answers to so many requests a second."""
        begun = time.monotonic()
        for due in (begun + number / rate for number in range(int(rate * seconds))):
            while time.monotonic() < due:
                self._hear(due)
            self._ask(due)
            self._hear(0)
        return self._all()


class Figures(NamedTuple):
    """What became of a rush."""

    soon: float  # answered soon enough, a second
    p99: float  # seconds until an answer that is no refusal
    refused_p99: float
    late_p99: float  # of them, those for which the generator is to blame
    unanswered: int
    statuses: Counter[int]

    @classmethod
    def of(cls, answers: list[Answer], seconds: float) -> Figures:
        done = [a.seconds for a in answers if a.status == 200]
        refused = [a.seconds for a in answers if a.status in (429, 503) and a.is_polite]
        return cls(
            sum(taken <= SOON for taken in done) / seconds,
            *map(p99, (done, refused, [a.late for a in answers])),
            len(answers) - len(done) - len(refused),
            Counter(a.status for a in answers),
        )


def p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100)[98] if len(seconds) > 1 else 0.0
