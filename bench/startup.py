"""From the start of the process to the first answer: `python -m bench.startup`.

The database is there and the byte code is compiled; what counts is the fastest of some starts.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from procedures.servers.sockets import listen

STARTS = 10
# What keeps some machines from having byte code at all.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def rollcall(*words: str, database: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "procedures", *words, "--database", str(database)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, env=ENVIRONMENT, **quiet)  # type: ignore[call-overload]


def is_ready(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/readyz")
        return line.getresponse().status == 200
    except OSError:
        return False


def seconds_to_ready(server: str, database: Path) -> float:
    with listen("127.0.0.1", 0) as free:
        port: int = free.getsockname()[1]
    begun = time.perf_counter()
    bind = f"127.0.0.1:{port}"
    process = rollcall("serve", "--server", server, "--bind", bind, database=database)
    while not is_ready(port):
        time.sleep(0.002)
    took = time.perf_counter() - begun
    process.terminate()
    process.wait(20)
    return took


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "rollcall.db"
        rollcall("migrate", database=database).wait(60)
        for server in ("hypercorn", "uvicorn", "granian"):
            took = sorted(seconds_to_ready(server, database) for _ in range(STARTS))
            print(
                f"{server}: ready after {took[0]:.2f} s at best, {took[STARTS // 2]:.2f} s mostly"
            )


if __name__ == "__main__":
    main()
