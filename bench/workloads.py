"""The workloads: what is asked of a peer, as load.lua takes it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from bench.peers import Running

ECHO = (
    '{"user_id":"usr_01HZX3J8Q2","course_id":"crs_7F3K2M9","role":"student",'
    '"tags":["beta","remote","evening"],"progress":0.425,"active":true}'
)


@dataclass(frozen=True)
class Workload:
    name: str
    title: str
    method: str
    path: str
    body: str | None = None
    kind: str = "same"
    of_service: bool = False
    as_learner: bool = False

    def is_for(self, peer: Running) -> bool:
        return self.of_service == peer.is_service

    def environment(self, peer: Running, base: int) -> dict[str, str]:
        wanted = {
            "W_KIND": self.kind,
            "W_METHOD": self.method,
            "W_PATH": f"/rpc/{self.path}",
            "W_BODY": self.body,
            "W_BASE": str(peer.next_base() if self.of_service else base),
            "W_COOKIE": peer.cookie,
            "W_TOKEN": peer.tokens.get("learner" if self.as_learner else "admin"),
        }
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
    Workload("W7", "session cookie and membership", "GET", "me?input=%7B%22org_id%22%3A7%7D"),
)
OF_SERVICE = (
    Workload(
        "W10",
        "the real enrollment.enroll",
        "POST",
        "enrollment.enroll",
        kind="enroll",
        of_service=True,
    ),
    Workload(
        "W11",
        "the real enrollment.list of a learner",
        "POST",
        "enrollment.list",
        "{}",
        of_service=True,
        as_learner=True,
    ),
)
