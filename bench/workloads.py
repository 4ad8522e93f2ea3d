"""The workloads: what is asked of a peer, as load.lua takes it."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.peers import Running

CONNECTIONS = 32
SCRIPT = Path(__file__).parent / "load.lua"

ECHO = (
    '{"user_id":"usr_01HZX3J8Q2","course_id":"crs_7F3K2M9","role":"student",'
    '"tags":["beta","remote","evening"],"progress":0.425,"active":true}'
)


class Measured(Protocol):
    """Something that peers are asked to do. The first figure is the one that ratios are of, the
    larger the better."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    def is_for(self, peer: Running) -> bool: ...

    def run(self, peer: Running, seconds: int, base: int) -> dict[str, float]: ...


@dataclass(frozen=True)
class Workload:
    """Requests over connections that stay open, by wrk."""

    name: str
    title: str
    method: str
    path: str
    body: str | None = None
    kind: str = "same"
    of_service: bool = False
    as_learner: bool = False
    signed_in: bool = False

    def is_for(self, peer: Running) -> bool:
        return self.of_service == peer.is_service

    def run(self, peer: Running, seconds: int, base: int) -> dict[str, float]:
        before = peer.cpu_seconds()
        ran = subprocess.run(
            [
                *("taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s"),
                *("--timeout", "10s", "-s", str(SCRIPT), f"http://127.0.0.1:{peer.port}/"),
            ],
            env=self.environment(peer, base),
            capture_output=True,
            text=True,
            check=True,
            timeout=seconds + 30,
        )
        found = json.loads(ran.stdout.partition("RESULT ")[2])
        answered = max(1, found["requests"])
        return {
            "answers/s": answered / (found["us"] / 1e6),
            "p50 ms": found["p50"] / 1000,
            "p99 ms": found["p99"] / 1000,
            "CPU µs": (peer.cpu_seconds() - before) / answered * 1e6,
            "RSS MB": peer.rss(),
            "bad": found["bad"],
        }

    def headers(self, peer: Running) -> dict[str, str]:
        """What says who asks and what is sent, and nothing besides."""
        headers: dict[str, str] = {}
        if self.method == "POST":
            headers["content-type"] = "application/json"
        if self.signed_in and peer.cookie is not None:
            headers["cookie"] = peer.cookie
        if peer.tokens:
            token = peer.tokens["learner" if self.as_learner else "admin"]
            headers["authorization"] = f"Bearer {token}"
        return headers

    def environment(self, peer: Running, base: int) -> dict[str, str]:
        wanted = {
            "W_KIND": self.kind,
            "W_METHOD": self.method,
            "W_PATH": f"/rpc/{self.path}",
            "W_BODY": self.body,
            "W_BASE": str(peer.next_base() if self.of_service else base),
        }
        wanted |= {f"W_{name.upper()}": value for name, value in self.headers(peer).items()}
        return os.environ | {name: value for name, value in wanted.items() if value is not None}


BATCH = ",".join(["echo"] * 10) + "?batch=1"
TEN = "{" + ",".join(f'"{i}":{ECHO}' for i in range(10)) + "}"
WORKLOADS = (
    Workload("W1", "query without input", "GET", "ping"),
    Workload("W2", "validated mutation", "POST", "echo", ECHO),
    Workload("W3", "batch of ten of W2", "POST", BATCH, TEN),
    Workload("W4", "a page of 100 records", "GET", "list"),
    Workload("W5", "durable insert", "POST", "insert", kind="insert"),
    Workload("W6", "one record of 100,000 by key", "GET", "read", kind="key"),
    Workload(
        "W7",
        "session cookie and membership",
        "GET",
        "me?input=%7B%22org_id%22%3A7%7D",
        signed_in=True,
    ),
)
AS_LEARNER = Workload(
    "W11",
    "the real enrollment.list of a learner",
    "POST",
    "enrollment.list",
    "{}",
    of_service=True,
    as_learner=True,
)
ENROLL = Workload(
    "W10",
    "the real enrollment.enroll",
    "POST",
    "enrollment.enroll",
    kind="enroll",
    of_service=True,
)
OF_SERVICE = (ENROLL, AS_LEARNER)
