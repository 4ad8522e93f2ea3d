"""`make demo`: the service with its demo data and the example front end, until Ctrl-C.

Arguments: HOST:PORT of the service, HOST:PORT of the front end, the database's file.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from procedures.demo import ROSTER, prepare

WEB = Path(__file__).parent / "web"
PATIENCE = 15  # seconds until what does not stop is killed
GLANCE = 0.1  # seconds between two looks whether both answer
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD)
READY = """
  front end  http://{front}
  service    http://{service}/rpc

Come in as anybody of the demo: a learner here, a teacher in another browser's window.
Ctrl-C stops both.
"""


def people() -> list[dict[str, str]]:
    """Who can sign in, as the front end lists them; in the first organization each is of."""
    roster = json.loads(ROSTER.read_text("utf-8"))
    orgs = {org["key"]: org["name"] for org in roster["orgs"]}
    first = {member["user"]: member for member in reversed(roster["memberships"])}
    return [
        {
            "email": account["email"],
            "password": account["password"],
            "nameDisplay": f"{account['name_first']} {account['name_last']}",
            "role": first[account["key"]]["role"],
            "name": orgs[first[account["key"]]["org"]],
        }
        for account in roster["accounts"]
    ]


def signs() -> int:
    """A pipe that can be read once it is time to end: a signal came, or a child has ended."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for sign in ENDINGS:
        signal.signal(sign, lambda *_: None)
    return reading


@contextmanager
def running(command: Sequence[str | Path], **env: str) -> Iterator[None]:
    """A process, told to end when the block is left."""
    # Out of the terminal's group: Ctrl-C reaches us alone, and we tell each once. Vite ends with
    # its input, so also when we are killed.
    with subprocess.Popen(
        command, cwd=WEB, env=os.environ | env, stdin=subprocess.PIPE, start_new_session=True
    ) as process:
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()


def answers(url: str) -> bool:
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=5):
            return True
    except (URLError, OSError):
        return False


def main() -> int:
    """Status 0 if a signal ended it, 1 if one of the two ended by itself."""
    service, front, database = sys.argv[1:]
    place = ["--bind", service, "--database", Path(database).absolute()]
    host, _, port = front.rpartition(":")
    vite = ["node", WEB / "node_modules/vite/bin/vite.js", "--logLevel", "warn"]
    ended = signs()
    prepare(Path(database))
    with (
        running(
            [sys.executable, "-m", "procedures", "serve", *place],
            ROLLCALL_PUBLIC_URL=f"http://{front}",
        ),
        running(
            [*vite, "--host", host, "--port", port, "--strictPort"],
            RPC_URL=f"http://{service}",
            VITE_DEMO_PEOPLE=json.dumps(people()),
        ),
    ):
        while not select.select([ended], [], [], GLANCE)[0]:
            if answers(f"http://{service}/readyz") and answers(f"http://{front}"):
                print(READY.format(service=service, front=front), flush=True)
                break
        sign = os.read(ended, 1)[0]
    return int(sign == signal.SIGCHLD)


if __name__ == "__main__":
    sys.exit(main())
