"""The links of the real, unmodified @trpc/client against `python -m tests.contract`."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import node
import pytest

ROOT = Path(__file__).parents[2]
PLAIN = {
    "hello": "world",
    "greeting": {"text": "hello é"},
    "sum": {"sum": 3},
    "isUndefined": True,
    "refused": {
        "message": "taken",
        "code": "CONFLICT",
        "httpStatus": 409,
        "path": "errors.throw",
    },
}
SUBSCRIBED = {
    "counted": [1, 2, 3],
    "tracked": [{"id": "2", "data": {"n": 2}}, {"id": "3", "data": {"n": 3}}],
}
MIXED = [
    "before",
    {"id": "one", "data": "first"},
    "between",
    {"id": "two", "data": "second"},
    "after",
]
TOLD = {
    "httpLink": PLAIN,
    "httpBatchLink": PLAIN,
    "httpBatchStreamLink": PLAIN | {"numbers": [1, 2, 3], "later": "deferred"},
    "httpSubscriptionLink": SUBSCRIBED,
    "wsLink": PLAIN | SUBSCRIBED | {"mixed": MIXED},
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of the conformance router in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.contract", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
        process.terminate()
    assert process.returncode == 0, "it ends when it is asked to"


def wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise TimeoutError("the server does not listen")


@pytest.fixture(scope="module")
def told(server: str, client_packages: Path) -> Any:
    return json.loads(node.output_of(client_packages / "contract.mjs", server))


@pytest.mark.parametrize("link", TOLD)
def test_each_link_has_what_it_asks_for(link: str, told: Any) -> None:
    if link not in told:
        pytest.skip(f"this Node has nothing that {link} could use")
    assert told[link] == TOLD[link]
