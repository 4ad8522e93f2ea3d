"""The peers: how each is started, and what it costs while it answers."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from procedures.servers.sockets import listen

ROOT = Path(__file__).parents[1]
NODE = "tRPC on Node"
PATIENCE = 60  # seconds until a peer that does not answer is a failure
PAUSE, IDLE = 0.1, 0.1  # seconds, and the share of them that a peer with nothing to do takes
# One caller does the work of thousands here.
UNBOUNDED = {
    "ROLLCALL_CALL_RATE": "0",
    "ROLLCALL_MAX_STREAMS": "2000",
    "ROLLCALL_MAX_CONNECTIONS": "2000",
    "ROLLCALL_MAX_PEER_CONNECTIONS": "2000",
}


@dataclass(frozen=True)
class Peer:
    """`command` may hold {port} and {database}."""

    name: str
    command: Sequence[str]
    is_service: bool = False


def on_servers(name: str, module: str) -> list[Peer]:
    python = sys.executable
    app = f"bench.{module}:app"
    hypercorn = ("-m", "hypercorn", "-c", "bench/hypercorn.toml", "-b", "127.0.0.1:{port}", app)
    # As the service is.
    plain = ("--no-access-log", "--no-proxy-headers", "--no-server-header", "--log-level", "error")
    uvicorn = ("-m", "uvicorn", app, "--port", "{port}", *plain)
    granian = ("-m", "granian", "--interface", "asgi", "--port", "{port}", "--no-ws", app)
    return [
        Peer(f"{name} on hypercorn", (python, *hypercorn)),
        Peer(f"{name} on uvicorn", (python, *uvicorn)),
        Peer(f"{name} on granian", (python, *granian)),
    ]


def service(server: str) -> Peer:
    serve = ("serve", "--bind", "127.0.0.1:{port}", "--database", "{database}", "--server", server)
    return Peer(f"service on {server}", (sys.executable, "-m", "procedures", *serve), True)


PEERS = (
    Peer(NODE, ("node", "bench/node/standalone.mjs")),
    *on_servers("bare ASGI", "raw"),
    *on_servers("Rollcall", "ours"),
)
SERVICE = tuple(service(server) for server in ("hypercorn", "uvicorn", "granian"))
REPLAY = tuple(replace(peer, is_service=True) for peer in on_servers("statements", "replay"))


@dataclass
class Running:
    """A started peer."""

    peer: Peer
    database: Path
    folder: Path
    cookie: str | None = None
    tokens: dict[str, str] = field(default_factory=dict)
    sent: int = 0

    def __post_init__(self) -> None:
        with listen("127.0.0.1", 0) as free:
            self.port: int = free.getsockname()[1]
        if self.peer.is_service:
            self._load()
        about = {"port": self.port, "database": self.database}
        self._process = subprocess.Popen(
            ["taskset", "-c", "0", *(part.format(**about) for part in self.peer.command)],
            cwd=ROOT,
            env=os.environ | {"PORT": str(self.port), "BENCH_DB": str(self.database), **UNBOUNDED},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def name(self) -> str:
        return self.peer.name

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_service(self) -> bool:
        return self.peer.is_service

    def next_base(self, count: int = 20_000) -> int:
        """Where the numbers of the next run begin: no enrollment is asked for twice."""
        self.sent += count
        return self.sent - count

    @property
    def subscription(self) -> str:
        return "/rpc/enrollment.onChange" if self.is_service else "/rpc/ticks"

    def cause_event(self) -> None:
        """Do what the subscribers are told of."""
        if self.is_service:
            number = self.next_base(1)
            wish = {"userId": f"usr_{number % 5000}", "courseId": f"crs_{number // 5000}"}
            self.ask("POST", "/rpc/enrollment.enroll", json.dumps(wish))
        else:
            self.ask("POST", "/rpc/tick")

    def request(self, method: str, path: str) -> bytes:
        """A request without a body, as it is sent."""
        lines = [f"{method} {path} HTTP/1.1", "host: localhost", "accept: text/event-stream"]
        lines += [f"{name}: {value}" for name, value in self._headers().items()]
        return "\r\n".join([*lines, "", ""]).encode()

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens['admin']}"} if self.tokens else {}

    def _load(self) -> None:
        self._command("load", str(self.folder / "roster.json"))
        self.tokens = {
            "admin": self._command("token", "usr_admin"),
            "learner": self._command("token", "usr_0"),
        }

    def _command(self, *words: str) -> str:
        command = [sys.executable, "-m", "procedures", *words, "--database", str(self.database)]
        ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        return ran.stdout.strip()

    def wait(self) -> None:
        """Until it answers; then sign in, for the workload with a session."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                if not self.is_service:
                    self.cookie = self._login()
                else:
                    self.ask("GET", "/rpc/system.health")
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.name} did not start")

    def _login(self) -> str:
        answer = self.ask("POST", "/rpc/login", '{"user_id":123}')
        return (answer.getheader("set-cookie") or "").partition(";")[0]

    def ask(self, method: str, path: str, body: str | None = None) -> http.client.HTTPResponse:
        """Raises RuntimeError for anything but 200."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request(method, path, body, {"content-type": "application/json", **self._headers()})
        answer = line.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{self.name} answers {path} with {answer.status}")
        return answer

    def _processes(self) -> list[int]:
        group = self._process.pid
        found = subprocess.run(["pgrep", "-g", str(group)], capture_output=True, text=True)
        return [int(pid) for pid in found.stdout.split()]

    def cpu_seconds(self) -> float:
        """The scheduler's own count, over all threads of all processes."""
        files = [
            f for pid in self._processes() for f in Path(f"/proc/{pid}/task").glob("*/schedstat")
        ]
        return sum(int(f.read_text().split()[0]) for f in files) / 1e9

    def rss(self) -> float:
        """Resident memory in MB."""
        status = [Path(f"/proc/{pid}/status").read_text() for pid in self._processes()]
        sizes = (re.search(r"VmRSS:\s+(\d+)", text) for text in status)
        return sum(int(size[1]) for size in sizes if size) / 1024

    def pause(self) -> None:
        """Let it lie still until it is wanted: what idle servers do now and then would make the
        slowest answers of another one slower."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    @contextmanager
    def awake(self) -> Iterator[None]:
        os.killpg(self._process.pid, signal.SIGCONT)
        yield
        self._settle()
        self.pause()

    def _settle(self) -> None:
        """Wait until it is done with what its clients have left, a thousand connections of W8."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            before = self.cpu_seconds()
            time.sleep(PAUSE)
            if self.cpu_seconds() - before < PAUSE * IDLE:
                return

    def stop(self) -> None:
        os.killpg(self._process.pid, signal.SIGCONT)
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)


def start(peer: Peer, folder: Path) -> Running:
    """A peer that answers, with a database of its own."""
    shutil.copy(folder / "seed.db", database := folder / f"{peer.name.replace(' ', '-')}.db")
    if peer.is_service:
        database = folder / f"{peer.name.replace(' ', '-')}-service.db"
    running = Running(peer, database, folder)
    running.wait()
    return running
